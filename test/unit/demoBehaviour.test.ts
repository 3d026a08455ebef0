import { describe, expect, test } from 'vitest';
import type { Interaction } from '../../src/activity/interaction.js';
import { createDemoOrganisation, type GroundTruth } from '../../src/demo/organisation.js';
import { UNCOVERED_SEARCHES } from '../../src/demo/vocabulary/searchWords.js';
import type { Learner } from '../../src/learners/learner.js';

const NOW = new Date('2026-03-15T12:00:00Z');
const organisation = createDemoOrganisation({ seed: 21, learnerCount: 1500, courseCount: 300, now: NOW, months: 12 });
const duties = new Set(organisation.courses.filter(({ tags }) => tags.includes('mandatory')).map(({ id }) => id));

interface Known {
  readonly learner: Learner;
  readonly truth: GroundTruth;
  readonly events: readonly Interaction[];
  /** Courses begun or finished of their own choice. */
  readonly chosen: ReadonlySet<string>;
}

const everyone: readonly Known[] = [...organisation.learners()].map((learner) => {
  const events = organisation.interactionsOf(learner.id);
  const chosen = events.filter(
    ({ verb, courseId }) => ['STARTED', 'COMPLETED'].includes(verb) && !duties.has(courseId ?? ''),
  );
  return {
    learner,
    truth: organisation.groundTruth(learner.id),
    events,
    chosen: new Set(chosen.map(({ courseId }) => courseId ?? '')),
  };
});

describe('choices', () => {
  test('have a long tail: a tenth of the courses takes over a third of the starts, and most courses are met', () => {
    const counts = new Map<string, number>();
    for (const { chosen } of everyone) for (const course of chosen) counts.set(course, (counts.get(course) ?? 0) + 1);
    const sorted = [...counts.values()].toSorted((a, b) => b - a);
    const total = sorted.reduce((sum, count) => sum + count, 0);
    const head = sorted.slice(0, 30).reduce((sum, count) => sum + count, 0);
    expect(head / total).toBeGreaterThan(0.33);
    expect(head / total).toBeLessThan(0.7);
    expect(sorted.length).toBeGreaterThan(240);
  });

  test('are shared more within a role than across roles', () => {
    const readers = everyone.filter(({ chosen }) => chosen.size >= 3);
    const sums = { same: [0, 0], other: [0, 0] };
    readers.forEach((one, i) => {
      for (const two of readers.slice(i + 1, i + 120)) {
        let shared = 0;
        for (const course of one.chosen) if (two.chosen.has(course)) shared++;
        const sum = sums[one.learner.roleId === two.learner.roleId ? 'same' : 'other'];
        sum[0] = (sum[0] ?? 0) + shared / Math.sqrt(one.chosen.size * two.chosen.size);
        sum[1] = (sum[1] ?? 0) + 1;
      }
    });
    const mean = ([sum = 0, count = 1]: number[]): number => sum / count;
    expect(mean(sums.same)).toBeGreaterThan(1.5 * mean(sums.other));
  });

  test('follow the planted taste of the person more than that of others', () => {
    const courseIndex = new Map(organisation.courses.map(({ id }, index) => [id, index]));
    const chance = (truth: GroundTruth, chosen: ReadonlySet<string>): number => {
      let sum = 0;
      for (const course of chosen) sum += truth.taste[courseIndex.get(course) ?? 0] ?? 0;
      return sum / chosen.size;
    };
    const readers = everyone.filter(({ chosen }) => chosen.size >= 5);
    let own = 0;
    let others = 0;
    readers.forEach(({ truth, chosen }, i) => {
      own += chance(truth, chosen);
      others += chance(readers[(i + 17) % readers.length]?.truth ?? truth, chosen);
    });
    expect(own).toBeGreaterThan(1.6 * others);
    for (const { truth } of everyone.slice(0, 50)) {
      expect(truth.taste.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 6);
    }
  });

  test('lead on along chains', () => {
    const steps = organisation.courses.filter(({ prerequisiteIds }) => prerequisiteIds.length > 0).map(({ id }) => id);
    const taken = everyone.flatMap(({ chosen }) => steps.filter((step) => chosen.has(step)));
    expect(taken.length).toBeGreaterThan(100);
  });

  test('end in dropping out more often when the course is long', () => {
    const minutes = new Map(organisation.courses.map(({ id, durationMinutes }) => [id, durationMinutes ?? 0]));
    const rate = (isOfLength: (minutes: number) => boolean): number => {
      const count = { ABANDONED: 0, COMPLETED: 0 };
      for (const { events } of everyone) {
        for (const { verb, courseId } of events) {
          if (courseId === null || duties.has(courseId) || !isOfLength(minutes.get(courseId) ?? 0)) continue;
          if (verb === 'ABANDONED' || verb === 'COMPLETED') count[verb]++;
        }
      }
      return count.ABANDONED / (count.ABANDONED + count.COMPLETED);
    };
    expect(rate((length) => length > 120)).toBeGreaterThan(1.5 * rate((length) => length < 45));
  });
});

describe('weeks', () => {
  test('look as planted, in local time and on both sides of a change of the clocks', () => {
    // Commuters on the American east coast: the clocks went forward on 2025-03-30 in Europe, on 2026-03-08 here, and
    // back on 2025-11-02.
    const commuters = everyone.filter(
      ({ learner, truth }) => learner.timezone === 'America/New_York' && truth.rhythm === 'COMMUTER',
    );
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'America/New_York',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    const hoursOf = (from: string, to: string): { local: number[]; utc: number[] } => {
      const times = commuters
        .flatMap(({ events }) => events)
        .map(({ at }) => at)
        .filter((at) => at >= new Date(from) && at < new Date(to));
      return { local: times.map((at) => Number(format.format(at))), utc: times.map((at) => at.getUTCHours()) };
    };
    const summer = hoursOf('2025-04-01', '2025-11-02');
    const winter = hoursOf('2025-11-03', '2026-03-07');
    const morning = (hours: number[]): number => hours.filter((hour) => hour >= 5 && hour < 10).length / hours.length;
    expect(summer.local.length).toBeGreaterThan(150);
    expect(winter.local.length).toBeGreaterThan(100);
    expect(morning(summer.local)).toBeGreaterThan(0.5);
    expect(morning(winter.local)).toBeGreaterThan(0.5);
    const mean = (hours: number[]): number => hours.reduce((sum, hour) => sum + hour, 0) / hours.length;
    const early = ({ local, utc }: typeof summer): number[] => utc.filter((_, i) => (local[i] ?? 0) < 12);
    expect(mean(early(winter)) - mean(early(summer))).toBeGreaterThan(0.5);
  });

  test('put what people do where their planted hours are', () => {
    const hits = { inTop: 0, all: 0 };
    for (const { learner, truth, events } of everyone) {
      const top = new Set(
        [...truth.activeHours.keys()]
          .toSorted((a, b) => (truth.activeHours[b] ?? 0) - (truth.activeHours[a] ?? 0))
          .slice(0, 42),
      );
      const format = new Intl.DateTimeFormat('en-GB', {
        timeZone: learner.timezone ?? 'UTC',
        weekday: 'short',
        hour: '2-digit',
        hourCycle: 'h23',
      });
      for (const { at } of events) {
        const [day = '', hour = ''] = format.format(at).split(/[ ,]+/);
        const slot = 24 * ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(day) + Number(hour);
        hits.all++;
        if (top.has(slot)) hits.inTop++;
      }
      expect(truth.activeHours).toHaveLength(168);
      expect(truth.activeHours.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 6);
    }
    // A quarter of the week holds well over half of what is done.
    expect(hits.inTop / hits.all).toBeGreaterThan(0.6);
  });

  test('from Sunday to Thursday leave Friday and Saturday free', () => {
    const cairo = everyone.filter(
      ({ learner }) => learner.timezone === 'Africa/Cairo' || learner.timezone === 'Asia/Riyadh',
    );
    const day = new Intl.DateTimeFormat('en', { timeZone: 'Africa/Cairo', weekday: 'long' });
    const days = cairo
      .filter(({ truth }) => truth.rhythm !== 'WEEKEND')
      .flatMap(({ events }) => events.map(({ at }) => day.format(at)));
    const share = (name: string): number => days.filter((each) => each === name).length / days.length;
    expect(share('Sunday')).toBeGreaterThan(0.08);
    expect(share('Friday')).toBeLessThan(0.06);
  });

  test('mean a telephone on the way and a desk at work', () => {
    const share = (rhythm: GroundTruth['rhythm'], device: Interaction['device']): number => {
      const free = everyone
        .filter(({ truth }) => truth.rhythm === rhythm)
        .flatMap(({ events }) => events)
        .filter(({ courseId }) => !duties.has(courseId ?? ''));
      return free.filter((event) => event.device === device).length / free.length;
    };
    expect(share('COMMUTER', 'MOBILE')).toBeGreaterThan(2 * share('OFFICE_HOURS', 'MOBILE'));
    expect(share('OFFICE_HOURS', 'DESKTOP')).toBeGreaterThan(0.6);
  });
});

describe('searches', () => {
  const searches = everyone.flatMap(({ events }) => events.filter(({ verb }) => verb === 'SEARCHED'));
  const skillNames = new Set(organisation.skills.map(({ name }) => name.toLowerCase()));

  test('sometimes find nothing, always for what the catalogue lacks', () => {
    const empty = searches.filter(({ resultCount }) => resultCount === 0);
    expect(empty.length / searches.length).toBeGreaterThan(0.1);
    expect(empty.length / searches.length).toBeLessThan(0.5);
    const uncovered = searches.filter(({ query }) => UNCOVERED_SEARCHES.includes(query ?? ''));
    expect(uncovered.length).toBeGreaterThan(50);
    for (const { resultCount } of uncovered) expect(resultCount).toBe(0);
    const titles = organisation.courses.map(({ title }) => title.toLowerCase());
    for (const query of UNCOVERED_SEARCHES) {
      expect(titles.some((title) => title.includes(query))).toBe(false);
      expect(skillNames).not.toContain(query);
    }
  });

  test('ask for skills by name, with words added and with typing errors', () => {
    const queries = new Set(searches.map(({ query }) => query ?? ''));
    expect([...queries].filter((query) => skillNames.has(query)).length).toBeGreaterThan(40);
    expect([...queries].some((query) => query.endsWith(' for beginners'))).toBe(true);
    expect([...queries].some((query) => skillNames.has(query.replace(/(.)\1/, '$1')) && !skillNames.has(query))).toBe(
      true,
    );
  });
});
