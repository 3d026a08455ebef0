import { describe, expect, test } from 'vitest';
import { type CatalogSnapshot, EMPTY_CATALOG } from '../../src/catalog/catalogSnapshot.js';
import type { Course } from '../../src/catalog/course.js';
import { type CourseEvent, type CourseState, foldCourseEvent } from '../../src/learners/courseState.js';
import { engagement, learnerProfile, type ProfileInputs } from '../../src/learners/profile.js';
import type { Verb } from '../../src/learners/profileEvent.js';
import { combineSkills } from '../../src/learners/skillLevel.js';

/** Thursday, 12:00 in Berlin. */
const NOW = new Date('2025-03-13T11:00:00Z');
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const aCourse = (id: string, stated: Partial<Course> = {}): Course => ({
  ...{ id, title: id, description: null, kind: 'COURSE', language: null, provider: null, url: null },
  ...{ durationMinutes: null, level: null, tags: [], publishedAt: null, retiredAt: null },
  ...{ excludedFromRecommendations: false, addedAt: NOW, skills: [], prerequisiteIds: [], sessions: [] },
  ...stated,
});

function catalogOf(...courses: readonly Course[]): CatalogSnapshot {
  return { ...EMPTY_CATALOG, courses, courseIndexById: new Map(courses.map(({ id }, index) => [id, index])) };
}

/** What happened with a course, each event so many days ago. */
function courseState(courseId: string, ...events: readonly (readonly [Verb, number, Partial<CourseEvent>?])[]) {
  const state = events.reduce<CourseState | null>(
    (folded, [verb, daysAgo, said]) =>
      foldCourseEvent(folded, {
        ...{ verb, atMs: NOW.getTime() - daysAgo * DAY_MS },
        ...{ durationSeconds: null, progress: null, score: null, reason: null },
        ...said,
      }),
    null,
  );
  if (state === null) throw new Error('The events leave no trace');
  return { courseId, ...state };
}

interface Stated {
  readonly state?: Partial<ProfileInputs['state']>;
  readonly rhythm?: Partial<ProfileInputs['rhythm']>;
  readonly habits?: Partial<ProfileInputs['habits']>;
  readonly catalog?: CatalogSnapshot;
}

function profileOf({ state, rhythm, habits, catalog = EMPTY_CATALOG }: Stated) {
  const evidence = state?.skills ?? [];
  return learnerProfile({
    skills: combineSkills({ evidence, courses: [], skillsTaughtBy: () => [], nowMs: NOW.getTime() }),
    state: {
      learnerId: 'ada',
      learner: null,
      courses: [],
      assignments: [],
      mandatedCourseIds: [],
      skills: [],
      searches: [],
      ...state,
    },
    rhythm: { activeHourStartsMs: [], observedSinceMs: null, touchpoints: [], sittings: [], ...rhythm },
    habits: { evidence: null, searchTerms: [], pages: [], sittings: [], ...habits },
    catalog,
    zone: 'Europe/Berlin',
    now: NOW,
  });
}

test('of somebody nothing is known about is empty and says so', () => {
  expect(profileOf({})).toEqual({
    ...{ courses: [], formats: [], durations: [], devices: [], channels: [], sittings: [], searchTerms: [], pages: [] },
    activeHours: new Float64Array(168),
    skills: [],
    engagement: { level: 'NONE', trend: 'UNKNOWN', activeDays: 0, previousActiveDays: 0 },
    evidence: null,
  });
});

describe('courses', () => {
  const statusOf = (...events: Parameters<typeof courseState> extends [string, ...infer E] ? E : never) => {
    const [profile] = profileOf({ state: { courses: [courseState('c', ...events)] }, catalog: catalogOf(aCourse('c')) })
      .courses as [ReturnType<typeof profileOf>['courses'][number]];
    return [profile.status, profile.dropPoint];
  };

  test('stand where the events have led', () => {
    expect(statusOf(['VIEWED', 1])).toEqual(['VIEWED', null]);
    expect(statusOf(['VIEWED', 1], ['SAVED', 2])).toEqual(['SAVED', null]);
    expect(statusOf(['STARTED', 1])).toEqual(['IN_PROGRESS', null]);
    expect(statusOf(['STARTED', 2], ['PROGRESSED', 1, { progress: 0.4 }])).toEqual(['IN_PROGRESS', 0.4]);
    expect(statusOf(['PROGRESSED', 2, { progress: 0.9 }], ['COMPLETED', 1])).toEqual(['COMPLETED', null]);
    expect(statusOf(['FAILED', 1, { progress: 1 }])).toEqual(['IN_PROGRESS', 1]);
    expect(statusOf(['PROGRESSED', 2, { progress: 0.9 }], ['WAIVED', 1])).toEqual(['WAIVED', null]);
    expect(statusOf(['PROGRESSED', 2, { progress: 0.3 }], ['DISMISSED', 1])).toEqual(['DISMISSED', 0.3]);
    expect(statusOf(['DISMISSED', 2], ['STARTED', 1])).toEqual(['IN_PROGRESS', null]);
  });

  test('given up stop where that happened, until they are taken up again', () => {
    const furthest = ['PROGRESSED', 5, { progress: 0.6 }] as const;
    const givenUp = ['ABANDONED', 4, { progress: 0.5 }] as const;
    expect(statusOf(furthest, givenUp)).toEqual(['ABANDONED', 0.5]);
    expect(statusOf(furthest, ['ABANDONED', 4])).toEqual(['ABANDONED', 0.6]);
    expect(statusOf(furthest, givenUp, ['RATED', 3, { score: -1 }])).toEqual(['ABANDONED', 0.5]);
    expect(statusOf(furthest, givenUp, ['PROGRESSED', 3, { progress: 0.2 }])).toEqual(['IN_PROGRESS', 0.6]);
  });

  test('come latest touch first, and those assigned but untouched last', () => {
    const [old, fresh, waiting] = [aCourse('old'), aCourse('fresh'), aCourse('waiting')];
    const { courses } = profileOf({
      state: {
        courses: [
          courseState('old', ['STARTED', 9, { durationSeconds: 100 }], ['FAILED', 8], ['PASSED', 7]),
          // 23:30 of the day before in UTC, but half past midnight in Berlin.
          courseState('fresh', ['VIEWED', 11.5 / 24, { progress: 0.5 }]),
          courseState('gone from the catalogue', ['VIEWED', 1]),
        ],
        assignments: [
          { courseId: 'waiting', obligation: 'MANDATORY', dueAt: null, countsFrom: null },
          { courseId: 'old', obligation: 'ASSIGNED', dueAt: null, countsFrom: null },
        ],
      },
      catalog: catalogOf(waiting, old, fresh),
    });
    expect(courses.map(({ lastAtMs, ...course }) => course)).toEqual([
      {
        ...{ course: fresh, status: 'IN_PROGRESS', progress: 0.5, attempts: 0, minutes: 0, dropPoint: 0.5 },
        ...{ lastTouchedOn: '2025-03-13', obligation: null },
      },
      {
        ...{ course: old, status: 'COMPLETED', progress: null, attempts: 2, minutes: 2, dropPoint: null },
        ...{ lastTouchedOn: '2025-03-06', obligation: 'ASSIGNED' },
      },
      {
        ...{ course: waiting, status: 'NOT_STARTED', progress: null, attempts: 0, minutes: 0, dropPoint: null },
        ...{ lastTouchedOn: null, obligation: 'MANDATORY' },
      },
    ]);
  });
});

describe('preferences', () => {
  const video = (id: string, durationMinutes: number | null) => aCourse(id, { kind: 'VIDEO', durationMinutes });
  const book = (id: string, durationMinutes: number) => aCourse(id, { kind: 'BOOK', durationMinutes });
  const profile = profileOf({
    catalog: catalogOf(
      ...[video('v1', 9), video('v2', 10), video('v3', null), video('unopened', 5)],
      ...[book('b1', 180), book('b2', 500), book('duty', 500), book('waived', 500)],
    ),
    state: {
      courses: [
        courseState('v1', ['COMPLETED', 1]),
        courseState('v2', ['STARTED', 2], ['PASSED', 1]),
        courseState('v3', ['STARTED', 2]),
        courseState('unopened', ['VIEWED', 2], ['SAVED', 1]),
        courseState('b1', ['STARTED', 2]),
        courseState('b2', ['ABANDONED', 2]),
        courseState('duty', ['COMPLETED', 2]),
        courseState('waived', ['COMPLETED', 2], ['WAIVED', 2]),
      ],
      assignments: [{ courseId: 'duty', obligation: 'MANDATORY', dueAt: null, countsFrom: null }],
    },
  });
  // 2 of 5 completed: the overall rate is (2 + 1) / (5 + 2).
  const overall = 3 / 7;

  test('of formats are completions per start, shrunk towards the overall rate', () => {
    expect(profile.formats).toEqual([
      { sort: 'VIDEO', started: 3, completed: 2, completionRate: (2 + 4 * overall) / 7 },
      { sort: 'BOOK', started: 2, completed: 0, completionRate: (0 + 4 * overall) / 6 },
    ]);
  });

  test('of lengths put a length on an end into the longer band, and leave out what has none', () => {
    expect(profile.durations).toEqual([
      { sort: 'UNDER_10_MIN', started: 1, completed: 1, completionRate: (1 + 4 * overall) / 5 },
      { sort: 'MIN_10_TO_30', started: 1, completed: 1, completionRate: (1 + 4 * overall) / 5 },
      { sort: 'OVER_3_HOURS', started: 2, completed: 0, completionRate: (0 + 4 * overall) / 6 },
    ]);
  });
});

test('shares of devices and channels are of what is known', () => {
  const { devices, channels } = profileOf({
    rhythm: {
      touchpoints: [
        { device: 'MOBILE', channel: 'EMAIL', events: 1 },
        { device: 'DESKTOP', channel: 'PORTAL', events: 2 },
        { device: 'DESKTOP', channel: 'UNKNOWN', events: 4 },
        { device: 'UNKNOWN', channel: 'PORTAL', events: 5 },
      ],
    },
  });
  expect(devices).toEqual([
    { use: 'DESKTOP', events: 6, share: 6 / 7 },
    { use: 'MOBILE', events: 1, share: 1 / 7 },
  ]);
  expect(channels).toEqual([
    { use: 'PORTAL', events: 7, share: 7 / 8 },
    { use: 'EMAIL', events: 1, share: 1 / 8 },
  ]);
});

test('active hours are those of the local clock, Monday 00:00 first, and fade', () => {
  const { activeHours } = profileOf({
    rhythm: {
      // Sunday 23:00 in UTC is Monday 00:00 in Berlin; the other is 180 days before now, in summer time: Saturday 13:00.
      activeHourStartsMs: [Date.parse('2025-03-09T23:00:00Z'), NOW.getTime() - 180 * DAY_MS],
    },
  });
  const local = [...activeHours].flatMap((count, hour) => (count > 0 ? [[hour, count]] : []));
  expect(local).toEqual([
    [0, expect.closeTo(2 ** (-3.5 / 365), 12)],
    [5 * 24 + 13, expect.closeTo(2 ** (-180 / 365), 12)],
  ]);
});

test('sittings are told by device as quantiles of nearest rank', () => {
  const { sittings } = profileOf({
    habits: {
      sittings: [
        { device: 'DESKTOP', minutes: 30, sittings: 1 },
        { device: 'DESKTOP', minutes: 5, sittings: 2 },
        { device: 'DESKTOP', minutes: 9, sittings: 1 },
        { device: 'UNKNOWN', minutes: 7, sittings: 9 },
        { device: 'MOBILE', minutes: 2, sittings: 1 },
      ],
    },
  });
  expect(sittings).toEqual([
    { device: null, sittings: 9, p25Minutes: 7, p50Minutes: 7, p75Minutes: 7 },
    // 5, 5, 9, 30
    { device: 'DESKTOP', sittings: 4, p25Minutes: 5, p50Minutes: 5, p75Minutes: 9 },
    { device: 'MOBILE', sittings: 1, p25Minutes: 2, p50Minutes: 2, p75Minutes: 2 },
  ]);
});

describe('engagement', () => {
  const LONG_AGO = NOW.getTime() - 365 * DAY_MS;
  /** Active around noon so many days ago. */
  const hours = (...daysAgo: readonly number[]) => daysAgo.map((days) => NOW.getTime() - days * DAY_MS);
  const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
  const of = (activeHours: readonly number[], firstAtMs: number | null = LONG_AGO) =>
    engagement(activeHours, firstAtMs, NOW.getTime(), 'Europe/Berlin');

  test.each([
    [0, 'NONE'],
    [1, 'LOW'],
    [3, 'LOW'],
    [4, 'MEDIUM'],
    [11, 'MEDIUM'],
    [12, 'HIGH'],
    [28, 'HIGH'],
  ])('on %d days of 28 is %s', (days, level) => {
    expect(of(hours(...range(0, days)))).toMatchObject({ level, activeDays: days });
  });

  test('counts local days once, today the first of them', () => {
    const lateInBerlin = Date.parse('2025-03-12T23:30:00Z');
    expect(of([NOW.getTime(), lateInBerlin, NOW.getTime() - 28 * DAY_MS])).toMatchObject({
      activeDays: 1,
      previousActiveDays: 1,
    });
    expect(of([NOW.getTime() - 27 * DAY_MS, NOW.getTime() - 55 * DAY_MS, NOW.getTime() - 56 * DAY_MS])).toMatchObject({
      activeDays: 1,
      previousActiveDays: 1,
    });
  });

  test.each([
    // Of 6 days all in one period: 2 / 64. Of 8 days 7 to 1: 2 · 9 / 256 = 7 %; of 9 days 8 to 1: 2 · 10 / 512 = 4 %.
    [6, 0, 'RISING'],
    [0, 6, 'FALLING'],
    [5, 0, 'UNKNOWN'],
    [7, 1, 'STEADY'],
    [8, 1, 'RISING'],
    [1, 8, 'FALLING'],
    [10, 10, 'STEADY'],
    [28, 28, 'STEADY'],
    [28, 14, 'RISING'],
    [20, 14, 'STEADY'],
  ])('%d days after %d is %s', (now, before, trend) => {
    expect(of([...hours(...range(0, now)), ...hours(...range(28, before))]).trend).toBe(trend);
  });

  test('has no trend before somebody is known for both periods', () => {
    const rising = hours(...range(0, 10));
    expect(of(rising, NOW.getTime() - 54 * DAY_MS).trend).toBe('UNKNOWN');
    expect(of(rising, NOW.getTime() - 55 * DAY_MS).trend).toBe('RISING');
    expect(of(rising, null).trend).toBe('UNKNOWN');
  });

  test('by chance alone is hardly ever a trend', () => {
    // Somebody who comes every third day in a random walk of offsets: 500 pairs of periods, drawn without any change.
    let seed = 7;
    const uniform = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const drawn = Array.from({ length: 500 }, () => of(hours(...range(0, 56).filter(() => uniform() < 1 / 3))).trend);
    expect(drawn.filter((trend) => trend !== 'STEADY').length / drawn.length).toBeLessThan(0.05);
  });
});

test('evidence is dated in the local zone', () => {
  const firstAtMs = Date.parse('2024-12-31T23:30:00Z');
  const { evidence } = profileOf({
    habits: { evidence: { events: 3, firstAtMs, lastAtMs: firstAtMs + 25 * HOUR_MS - 60 * MINUTE_MS } },
  });
  expect(evidence).toEqual({ events: 3, firstSeenOn: '2025-01-01', lastSeenOn: '2025-01-02' });
});

test('skills name their sources, highest level first', () => {
  const observed = { confidence: 0.5, observedAt: NOW, scale: null, scaleValue: null };
  const { skills } = profileOf({
    state: {
      skills: [
        { skillId: 'excel', source: 'MANAGER', level: 0.25, ...observed },
        { skillId: 'excel', source: 'SELF', level: 0.75, ...observed },
        { skillId: 'sql', source: 'ASSESSMENT', level: 0.75, ...observed },
      ],
    },
  });
  // Two ratings of confidence ½ have a precision of 1 each, beside the 1 of knowing nothing.
  expect(skills).toEqual([
    { skillId: 'sql', level: 0.75, confidence: 0.5, sources: ['ASSESSMENT'] },
    { skillId: 'excel', level: 0.5, confidence: 2 / 3, sources: ['SELF', 'MANAGER'] },
  ]);
});
