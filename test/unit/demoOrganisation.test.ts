import { describe, expect, test } from 'vitest';
import type { Interaction } from '../../src/activity/interaction.js';
import { createDemoOrganisation, type DemoOptions } from '../../src/demo/organisation.js';
import { CHANNELS, DEVICES, VERBS } from '../../src/learners/profileEvent.js';

const NOW = new Date('2026-03-15T12:00:00Z');
const OPTIONS: DemoOptions = { seed: 7, learnerCount: 300, courseCount: 300, now: NOW, months: 12 };
const organisation = createDemoOrganisation(OPTIONS);
const learners = [...organisation.learners()];
const interactions = [...organisation.interactions()];
const assignments = [...organisation.assignments()];
const learnerById = new Map(learners.map((learner) => [learner.id, learner]));
const courseById = new Map(organisation.courses.map((course) => [course.id, course]));
const skillIds = new Set(organisation.skills.map(({ id }) => id));

describe('the same options', () => {
  test('give the same organisation, whatever is read first and how often', () => {
    const again = createDemoOrganisation(OPTIONS);
    // The other way round: the last learner first, evidence before learners, two histories read in turns.
    const lastId = learners.at(-1)?.id ?? '';
    expect(again.interactionsOf(lastId)).toEqual(organisation.interactionsOf(lastId));
    expect([...again.evidence()]).toEqual([...organisation.evidence()]);
    const inTurns = again.interactions()[Symbol.iterator]();
    const alongside = again.interactions()[Symbol.iterator]();
    for (const expected of interactions) {
      alongside.next();
      expect(inTurns.next().value).toEqual(expected);
    }
    expect([...again.assignments()]).toEqual(assignments);
    expect([...again.learners()]).toEqual(learners);
    expect(again.courses).toEqual(organisation.courses);
    expect(again.roles).toEqual(organisation.roles);
  });

  test('but for the number of learners leave those that both have as they are', () => {
    const larger = createDemoOrganisation({ ...OPTIONS, learnerCount: 1000 });
    const first = [...larger.learners()].slice(0, learners.length);
    expect(first).toEqual(learners);
    for (const { id } of learners.slice(100, 140)) {
      expect(larger.interactionsOf(id)).toEqual(organisation.interactionsOf(id));
    }
  });

  test('but for the seed give another one', () => {
    const other = createDemoOrganisation({ ...OPTIONS, seed: 8 });
    expect([...other.learners()]).not.toEqual(learners);
    expect(other.courses.map(({ title }) => title)).not.toEqual(organisation.courses.map(({ title }) => title));
  });
});

describe('the people', () => {
  test('have ids in order, and managers who form one tree under the first of them', () => {
    const seen = new Set<string>();
    for (const [index, { id, managerId }] of learners.entries()) {
      expect(id).toBe(`e-${String(index + 1).padStart(5, '0')}`);
      if (index === 0) expect(managerId).toBeNull();
      else expect(seen).toContain(managerId);
      seen.add(id);
    }
  });

  test('of a large company work in teams of a natural size', () => {
    const reports = new Map<string | null, number>();
    const large = createDemoOrganisation({ ...OPTIONS, learnerCount: 5000 });
    for (const { managerId } of large.learners()) reports.set(managerId, (reports.get(managerId) ?? 0) + 1);
    expect(Math.max(...reports.values())).toBeLessThanOrEqual(15);
    expect(reports.size).toBeGreaterThan(400);
  });

  test('have roles, places and weeks that the service accepts', () => {
    const roleIds = new Set(organisation.roles.map(({ id }) => id));
    for (const { roleId, targetRoleId, timezone, hiredOn, workPattern, quietHours, languages } of learners) {
      expect(roleIds).toContain(roleId);
      if (targetRoleId !== null) expect(roleIds).toContain(targetRoleId);
      expect(() => new Intl.DateTimeFormat('en', { timeZone: timezone ?? '' })).not.toThrow();
      expect(hiredOn).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(Date.parse(hiredOn ?? '')).toBeLessThan(NOW.getTime());
      expect(languages.length).toBeGreaterThan(0);
      for (const { startMinute, endMinute } of workPattern ?? []) {
        expect(startMinute).toBeGreaterThanOrEqual(0);
        expect(endMinute).toBeGreaterThan(startMinute);
        expect(endMinute).toBeLessThanOrEqual(1440);
      }
      for (const minute of Object.values(quietHours ?? {})) expect(minute).toBeLessThanOrEqual(1439);
    }
  });

  test('are of many kinds', () => {
    const count = (is: (learner: (typeof learners)[number]) => boolean): number => learners.filter(is).length;
    expect(new Set(learners.map(({ timezone }) => timezone?.split('/')[0])).size).toBeGreaterThanOrEqual(4);
    expect(new Set(learners.map(({ department }) => department)).size).toBe(12);
    expect(count(({ active }) => !active)).toBeGreaterThan(3);
    expect(count(({ personalisationOptOut }) => personalisationOptOut)).toBeGreaterThan(3);
    expect(count(({ workPattern }) => workPattern === null)).toBeGreaterThan(10);
    expect(count(({ workPattern }) => workPattern !== null && workPattern.length < 5)).toBeGreaterThan(5);
    expect(count(({ workPattern }) => workPattern?.some(({ day }) => day === 'SUNDAY') ?? false)).toBeGreaterThan(5);
    expect(count(({ targetRoleId }) => targetRoleId !== null)).toBeGreaterThan(80);
  });
});

describe('the interactions', () => {
  /** Where a rule is broken; whole histories are walked, so a check per event would take too long. */
  const breaking = (isRight: (event: Interaction) => boolean): readonly Interaction[] =>
    interactions.filter((event) => !isRight(event)).slice(0, 3);

  test('name existing learners and courses, under unique event ids of one source', () => {
    expect(new Set(interactions.map(({ eventId }) => eventId)).size).toBe(interactions.length);
    expect(new Set(interactions.map(({ source }) => source))).toEqual(new Set(['demo-portal']));
    expect(breaking(({ learnerId }) => learnerById.has(learnerId))).toEqual([]);
    expect(
      breaking(({ verb, courseId }) =>
        verb === 'SEARCHED' || verb === 'VISITED' ? courseId === null : courseById.has(courseId ?? ''),
      ),
    ).toEqual([]);
  });

  test('happen between joining and now, and while the course can be had', () => {
    const hiredMs = ({ learnerId }: Interaction): number => Date.parse(learnerById.get(learnerId)?.hiredOn ?? '');
    expect(breaking((event) => event.at <= NOW && event.at.getTime() > hiredMs(event))).toEqual([]);
    expect(
      breaking(({ at, courseId, verb }) => {
        const course = courseById.get(courseId ?? '');
        if (course === undefined) return true;
        const isBegun = verb === 'VIEWED' || verb === 'STARTED';
        return at >= (course.publishedAt ?? 0) && !(isBegun && course.retiredAt !== null && at >= course.retiredAt);
      }),
    ).toEqual([]);
  });

  test('hold values in their ranges, and fields where they belong', () => {
    const within = (value: number | null, low: number, high: number): boolean =>
      value === null || (value >= low && value <= high);
    const isCount = (value: number | null): boolean => value === null || (Number.isInteger(value) && value >= 0);
    expect(breaking(({ verb }) => VERBS.includes(verb))).toEqual([]);
    expect(breaking(({ device }) => device !== null && DEVICES.includes(device))).toEqual([]);
    expect(breaking(({ channel }) => channel !== null && CHANNELS.includes(channel))).toEqual([]);
    expect(breaking(({ progress, score }) => within(progress, 0, 1) && within(score, -1, 1))).toEqual([]);
    expect(breaking(({ durationSeconds, resultCount }) => isCount(durationSeconds) && isCount(resultCount))).toEqual(
      [],
    );
    expect(breaking(({ query, page }) => (query ?? '').length < 500 && (page ?? '').length < 500)).toEqual([]);
    expect(breaking(({ query, verb }) => (query !== null) === (verb === 'SEARCHED'))).toEqual([]);
    expect(breaking(({ score, verb }) => (score !== null) === ['RATED', 'PASSED', 'FAILED'].includes(verb))).toEqual(
      [],
    );
    expect(breaking(({ servedListId }) => servedListId === null)).toEqual([]);
  });

  test('come learner by learner in order of time', () => {
    const order = interactions.map(({ learnerId }) => learnerId);
    expect(order.filter((learnerId, i) => learnerId !== order[i - 1])).toEqual([...new Set(order)]);
    const previous = (index: number): Interaction | undefined => interactions[index - 1];
    const late = interactions.filter(
      ({ learnerId, at }, i) => previous(i)?.learnerId === learnerId && at < (previous(i)?.at ?? at),
    );
    expect(late).toEqual([]);
  });

  test('respect prerequisites, languages and endings', () => {
    const done = new Set<string>();
    const wrong: string[] = [];
    for (const { learnerId, courseId, verb } of interactions) {
      const course = courseById.get(courseId ?? '');
      if (course === undefined) continue;
      const isDone = (id: string): boolean => done.has(`${learnerId} ${id}`);
      const languages = learnerById.get(learnerId)?.languages ?? [];
      const isReadable = course.language === null || languages.includes(course.language);
      const isEnding = verb === 'COMPLETED' || verb === 'PASSED';
      const isReady = verb !== 'STARTED' || course.prerequisiteIds.every(isDone);
      const isRepeated = (verb === 'STARTED' || isEnding) && isDone(course.id);
      if (!isReadable || !isReady || isRepeated) wrong.push(`${learnerId} ${verb} ${course.id}`);
      if (isEnding) done.add(`${learnerId} ${course.id}`);
    }
    expect(wrong).toEqual([]);
  });

  test('come from everybody’s own amount of interest: none, one, some, very many', () => {
    const counts = learners.map(({ id }) => organisation.interactionsOf(id).length).toSorted((a, b) => a - b);
    const median = counts[150] ?? 0;
    expect(counts.filter((count) => count === 0).length).toBeGreaterThan(3);
    expect(counts.filter((count) => count === 1).length).toBeGreaterThan(3);
    expect(median).toBeGreaterThan(15);
    expect(counts.at(-1)).toBeGreaterThan(6 * median);
  });
});

describe('duties and evidence', () => {
  const endings = new Map<string, Interaction>();
  for (const event of interactions) {
    if (['COMPLETED', 'PASSED', 'WAIVED'].includes(event.verb))
      endings.set(`${event.learnerId} ${event.courseId}`, event);
  }

  test('are assigned once each, to people and courses that exist', () => {
    expect(new Set(assignments.map(({ learnerId, courseId }) => `${learnerId} ${courseId}`)).size).toBe(
      assignments.length,
    );
    for (const { learnerId, courseId, obligation, dueAt } of assignments) {
      expect(learnerById.has(learnerId) && courseById.has(courseId)).toBe(true);
      if (obligation === 'MANDATORY') expect(dueAt).not.toBeNull();
    }
    expect(assignments.some(({ obligation }) => obligation === 'ASSIGNED')).toBe(true);
  });

  test('are mostly done in time, sometimes late, sometimes overdue, and some are still open', () => {
    const counts = { inTime: 0, late: 0, overdue: 0, open: 0 };
    for (const { learnerId, courseId, dueAt } of assignments) {
      if (dueAt === null) continue;
      const ending = endings.get(`${learnerId} ${courseId}`);
      if (ending !== undefined) counts[ending.at <= dueAt ? 'inTime' : 'late']++;
      else counts[dueAt < NOW ? 'overdue' : 'open']++;
    }
    expect(counts.inTime).toBeGreaterThan(0.6 * assignments.length);
    for (const count of [counts.late, counts.overdue, counts.open])
      expect(count).toBeGreaterThan(0.01 * assignments.length);
  });

  test('follow the true levels, each source on its own scale with the normalised level beside it', () => {
    const evidence = [...organisation.evidence()];
    const truths = new Map(learners.map(({ id }) => [id, organisation.groundTruth(id).skillLevels]));
    expect(new Set(evidence.map((row) => `${row.learnerId} ${row.skillId} ${row.source}`)).size).toBe(evidence.length);
    const wrong = evidence.filter(({ learnerId, skillId, level, scale, scaleValue, observedAt, confidence }) => {
      const value = Number(scaleValue);
      const normalised = scale === '1-5' ? (value - 1) / 4 : scale === 'percent' ? value / 100 : -1;
      const hiredOn = new Date(learnerById.get(learnerId)?.hiredOn ?? '');
      const isInTime = observedAt > hiredOn && observedAt <= NOW;
      return level !== normalised || !isInTime || !skillIds.has(skillId) || !(confidence > 0 && confidence <= 1);
    });
    expect(wrong).toEqual([]);
    const pairs = new Map<string, [number, number][]>();
    for (const { learnerId, skillId, source, level } of evidence) {
      const ofSource = pairs.get(source) ?? [];
      ofSource.push([level, truths.get(learnerId)?.get(skillId) ?? 0]);
      pairs.set(source, ofSource);
    }
    expect([...pairs.keys()].toSorted()).toEqual(['ASSESSMENT', 'MANAGER', 'SELF']);
    expect(correlation(pairs.get('ASSESSMENT') ?? [])).toBeGreaterThan(0.9);
    expect(correlation(pairs.get('MANAGER') ?? [])).toBeGreaterThan(0.75);
    expect(correlation(pairs.get('SELF') ?? [])).toBeGreaterThan(0.6);
  });
});

test.each([
  { learnerCount: 49 },
  { learnerCount: 50.5 },
  { courseCount: 39 },
  { courseCount: 10_001 },
  { months: 0 },
  { seed: 0.5 },
  { now: new Date(Number.NaN) },
])('options out of range are refused: %o', (wrong) => {
  expect(() => createDemoOrganisation({ ...OPTIONS, ...wrong })).toThrow(RangeError);
});

test('a learner who does not exist is refused', () => {
  for (const id of ['e-00301', 'e-00000', 'e-1', 'nobody', '']) {
    expect(() => organisation.interactionsOf(id)).toThrow(RangeError);
  }
});

test('the smallest company and the shortest history work too', () => {
  const small = createDemoOrganisation({ seed: 3, learnerCount: 50, courseCount: 40, now: NOW, months: 1 });
  const events = [...small.interactions()];
  expect(events.length).toBeGreaterThan(50);
  for (const { at } of events) expect(NOW.getTime() - at.getTime()).toBeLessThan(32 * 86_400_000);
});

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))];
  const covariance = mean(pairs.map(([x, y]) => (x - meanX) * (y - meanY)));
  return (
    covariance / Math.sqrt(mean(pairs.map(([x]) => (x - meanX) ** 2)) * mean(pairs.map(([, y]) => (y - meanY) ** 2)))
  );
}
