import fc from 'fast-check';
import { type CourseState, foldCourseEvent } from '../../src/learners/courseState.js';
import { CHANNELS, DEVICES, DISMISS_REASONS, type ProfileEvent, VERBS } from '../../src/learners/profileEvent.js';

// The profile of a log, said as plainly as can be: what the fold has to come to.

const MINUTE_MS = 60_000;

/** Rows of every table of the profiles, of everyone in the log, in the order of their keys. */
export interface PlainProfiles {
  readonly evidence: readonly object[];
  readonly courses: readonly object[];
  readonly activeHours: readonly object[];
  readonly touchpoints: readonly object[];
  readonly searches: readonly object[];
  readonly pages: readonly object[];
  readonly sittings: readonly object[];
}

export function plainProfiles(log: readonly ProfileEvent[]): PlainProfiles {
  const active = log.filter(({ verb }) => verb !== 'IMPRESSION' && verb !== 'WAIVED');
  const searched = log.filter(({ verb, query }) => verb === 'SEARCHED' && plainTerm(query) !== '');
  const times = (events: readonly ProfileEvent[]) => events.map(({ at }) => at.getTime());
  return {
    evidence: grouped(
      log,
      ({ learnerId }) => ({ learnerId }),
      (events) => ({
        events: events.length,
        firstAtMs: Math.min(...times(events)),
        lastAtMs: Math.max(...times(events)),
      }),
    ),
    courses: grouped(
      log.filter(({ courseId }) => courseId !== null),
      ({ learnerId, courseId }) => ({ learnerId, courseId }),
      (events) =>
        events.reduce<CourseState | null>(
          (state, event) => foldCourseEvent(state, { ...event, atMs: event.at.getTime() }),
          null,
        ),
    ),
    activeHours: grouped(
      active,
      ({ learnerId, at }) => ({ learnerId, hourStartMs: new Date(at).setUTCMinutes(0, 0, 0) }),
      () => ({}),
    ),
    touchpoints: grouped(
      active.filter(({ device, channel }) => device !== null || channel !== null),
      ({ learnerId, device, channel }) => ({ learnerId, device: device ?? 'UNKNOWN', channel: channel ?? 'UNKNOWN' }),
      (events) => ({ events: events.length }),
    ),
    searches: grouped(
      searched,
      ({ learnerId, at, query }) => ({ learnerId, atMs: at.getTime(), term: plainTerm(query) }),
      (events, { learnerId, atMs }) => {
        const after = times(log.filter((event) => event.learnerId === learnerId && opens(event))).filter(
          (openedMs) => openedMs >= atMs && openedMs <= atMs + 30 * MINUTE_MS,
        );
        return {
          searches: events.length,
          zeroResults: events.filter(({ resultCount }) => resultCount === 0).length,
          followedAtMs: after.length === 0 ? null : Math.min(...after),
        };
      },
    ),
    pages: grouped(
      log.filter(({ verb }) => verb === 'VISITED'),
      ({ learnerId, page }) => ({ learnerId, page: (page ?? '').slice(0, 500) }),
      (events) => ({ visits: events.length, lastAtMs: Math.max(...times(events)) }),
    ),
    sittings: grouped(
      active.filter(({ durationSeconds }) => (durationSeconds ?? 0) >= 60),
      ({ learnerId, device, durationSeconds }) => ({
        ...{ learnerId, device: device ?? 'UNKNOWN' },
        minutes: Math.round((durationSeconds ?? 0) / 60),
      }),
      (events) => ({ sittings: events.length }),
    ),
  };
}

const plainTerm = (query: string | null): string => (query ?? '').trim().toLowerCase();

function opens({ verb, courseId, durationSeconds }: ProfileEvent): boolean {
  if (courseId === null) return false;
  if (verb === 'VIEWED') return durationSeconds === null || durationSeconds >= 5;
  return ['STARTED', 'PROGRESSED', 'COMPLETED', 'CLICKED', 'SAVED'].includes(verb);
}

/** One row a key; a key whose events come to null has none. */
function grouped<K extends object>(
  events: readonly ProfileEvent[],
  keyOf: (event: ProfileEvent) => K,
  contentOf: (events: readonly ProfileEvent[], key: K) => object | null,
): object[] {
  const groups = new Map<string, { key: K; events: ProfileEvent[] }>();
  for (const event of events) {
    const key = keyOf(event);
    const name = JSON.stringify(key);
    const group = groups.get(name) ?? { key, events: [] };
    group.events.push(event);
    groups.set(name, group);
  }
  return inOrder(
    [...groups.values()].flatMap((group) => {
      const value = contentOf(group.events, group.key);
      return value === null ? [] : [{ ...group.key, ...value }];
    }),
  );
}

/** The rows in an order that depends on nothing but what they hold. */
export function inOrder(rows: readonly object[]): object[] {
  const nameOf = (row: object) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
  return rows
    .map((row) => ({ row, name: nameOf(row) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ row }) => row);
}

/** Events of a morning, of few people, courses, moments and words, so that much falls together. */
export function someEvents(learnerIds: readonly string[], courseIds: readonly string[], from: Date) {
  return fc
    .record({
      learnerId: fc.constantFrom(...learnerIds),
      courseId: fc.option(fc.constantFrom(...courseIds)),
      // Searches, openings and dismissals are what is hard.
      verb: fc.constantFrom(...VERBS, 'SEARCHED', 'SEARCHED', 'VIEWED', 'DISMISSED', 'DISMISSED'),
      minutes: fc.constantFrom(0, 1, 29, 30, 31, 59, 60, 61, 90),
      device: fc.option(fc.constantFrom(...DEVICES)),
      channel: fc.option(fc.constantFrom(...CHANNELS)),
      durationSeconds: fc.option(fc.constantFrom(4.9, 5, 59.9, 60, 89.9, 90, 600)),
      progress: fc.option(fc.constantFrom(0, 0.25, 1)),
      score: fc.option(fc.constantFrom(-1, 0, 0.5)),
      query: fc.constantFrom('excel', ' Excel ', 'SQL'),
      resultCount: fc.option(fc.constantFrom(0, 3)),
      page: fc.constantFrom('/', '/catalogue', `/${'long/'.repeat(150)}`),
      reason: fc.option(fc.constantFrom(...DISMISS_REASONS)),
    })
    .map(({ minutes, ...said }) => {
      const needsCourse = said.verb !== 'SEARCHED' && said.verb !== 'VISITED';
      return {
        ...said,
        at: new Date(from.getTime() + minutes * MINUTE_MS),
        courseId: said.courseId ?? (needsCourse ? (courseIds[0] as string) : null),
        progress: said.progress ?? (said.verb === 'PROGRESSED' ? 0.5 : null),
        score: said.score ?? (said.verb === 'RATED' ? 0.25 : null),
        reason: said.verb === 'DISMISSED' ? said.reason : null,
        servedListId: null,
      } satisfies ProfileEvent;
    });
}
