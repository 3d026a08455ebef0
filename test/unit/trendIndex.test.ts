import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCourses } from '../../src/catalog/catalogPlan.js';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import { type Audience, audienceKey, EVERYBODY, type GroupTrends, type Uptake } from '../../src/learners/trends.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { createTrendIndex, growthBound, peerLift } from '../../src/recommendations/pipeline/trendIndex.js';
import { trendingCourses } from '../../src/recommendations/pipeline/trending.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const SALES: Audience = { kind: 'DEPARTMENT', value: 'Sales' };
const OSLO: Audience = { kind: 'LOCATION', value: 'Oslo' };
const { accepted: COURSES } = planCourses(
  [
    { id: 'a', title: 'A' },
    { id: 'b', title: 'B' },
    { id: 'c', title: 'C' },
    { id: 'gone', title: 'Gone', retiredAt: new Date('2026-01-01T00:00:00Z') },
    {
      id: 'full',
      title: 'Full',
      kind: 'LIVE_SESSION',
      sessions: [
        {
          id: 's',
          startsAt: new Date('2026-07-01T08:00:00Z'),
          endsAt: new Date('2026-07-01T09:00:00Z'),
          capacity: 8,
          seatsTaken: 8,
        },
      ],
    },
  ],
  new Map(),
  new Set(),
  [],
  new Set(),
  NOW,
);
const INDEX = createServingIndex(withChanges(EMPTY_CATALOG, { skills: [], roles: [], courses: COURSES }, 1), null);
const at = (id: string) => INDEX.positionById.get(id) ?? -1;

const uptake = (courseId: string, people: number, recentPeople = 0, previousPeople = 0): Uptake => ({
  ...{ courseId, people, recentPeople, previousPeople },
});
const group = (audience: Audience, people: number, ...uptakes: Uptake[]): GroupTrends => ({
  ...{ audience, people, uptakes },
});
const trendsOf = (...groups: GroupTrends[]) =>
  createTrendIndex(INDEX, {
    asOfMs: NOW.getTime(),
    groups: new Map(groups.map((one) => [audienceKey(one.audience), one])),
  });

describe('peers', () => {
  const trends = trendsOf(
    group(EVERYBODY, 1_000, uptake('a', 50), uptake('b', 500), uptake('c', 4)),
    group(SALES, 100, uptake('a', 27), uptake('b', 50)),
    group(OSLO, 20, uptake('a', 4), uptake('unheard of', 9)),
  );

  it('compare a group with the organisation, shrunk by three people', () => {
    // Of 100 people 5 would be usual.
    expect(trends.peers([SALES]).values[at('a')]).toBeCloseTo(Math.log(30 / 8), 6);
    // Half of everybody, half of Sales: nothing special.
    expect(trends.peers([SALES]).values[at('b')]).toBe(0);
    expect(trends.peers([SALES]).values[at('c')]).toBe(0);
    expect(trends.peers([OSLO]).values[at('a')]).toBeCloseTo(Math.log(7 / 4), 6);
  });

  it('of several groups are the greatest, and name it', () => {
    expect(trends.peers([OSLO, SALES]).values[at('a')]).toBeCloseTo(Math.log(30 / 8), 6);
    expect(trends.peers([OSLO]).values[at('a')]).toBeCloseTo(Math.log(7 / 4), 6);
    expect(trends.loudest([OSLO, SALES], at('a'))).toEqual({
      audience: SALES,
      people: 27,
      groupPeople: 100,
      recentPeople: 0,
    });
    expect(trends.loudest([OSLO, SALES], at('b'))).toBeNull();
  });

  it('say nothing for groups that are not known, and for everybody', () => {
    const unknown: Audience = { kind: 'ROLE', value: 'nobody' };
    expect(trends.group(unknown)).toBeNull();
    for (const audiences of [[], [unknown], [EVERYBODY]]) {
      expect(trends.peers(audiences).values.every((value) => value === 0)).toBe(true);
    }
  });

  it('never speak for fewer than three people, rise with people and fall with what is usual', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0, max: 200, noNaN: true }), (people, expected) => {
        const lift = peerLift(people, expected);
        expect(lift).toBeGreaterThanOrEqual(0);
        if (people < 3) expect(lift).toBe(0);
        expect(peerLift(people + 1, expected)).toBeGreaterThanOrEqual(lift);
        expect(peerLift(people, expected + 1)).toBeLessThanOrEqual(lift);
        // Shrunk: never more than the plain ratio says.
        if (expected > 0 && lift > 0) expect(lift).toBeLessThanOrEqual(Math.log(people / expected));
      }),
    );
  });
});

describe('trending', () => {
  it('is the cautious end of the growth', () => {
    const growth = (recentPeople: number, previousPeople: number) => growthBound({ recentPeople, previousPeople });
    expect(growth(30, 10)).toBeCloseTo(Math.log(33 / 13) - Math.sqrt(1 / 33 + 1 / 13), 9);
    expect(growth(2, 0)).toBe(0);
    expect(growth(3, 0)).toBe(0);
    expect(growth(10, 10)).toBe(0);
    // The same ratio of more people counts for more, and a lucky few do not lead.
    expect(growth(300, 100)).toBeGreaterThan(growth(30, 10));
    expect(growth(30, 10)).toBeGreaterThan(growth(4, 0));
  });

  it('rises with recent and falls with earlier people', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (recentPeople, previousPeople) => {
        const bound = growthBound({ recentPeople, previousPeople });
        expect(growthBound({ recentPeople: recentPeople + 1, previousPeople })).toBeGreaterThanOrEqual(bound);
        expect(growthBound({ recentPeople, previousPeople: previousPeople + 1 })).toBeLessThanOrEqual(bound);
        if (recentPeople <= previousPeople || recentPeople < 3) expect(bound).toBe(0);
      }),
    );
  });

  const trends = trendsOf(
    group(EVERYBODY, 50, uptake('a', 40, 12, 2), uptake('b', 40, 30, 2), uptake('gone', 40, 40, 0)),
    group(SALES, 9, uptake('a', 8, 8, 0), uptake('full', 8, 8, 0)),
    group({ kind: 'ROLE', value: 'few' }, 4, uptake('a', 4, 4, 0)),
  );
  const ask = (audience: Audience, first = 10, allowed: Uint8Array | null = null) =>
    trendingCourses(INDEX, trends, audience, { now: NOW, first, allowed });

  it('lists what is open, fastest first, and hides counts under three', () => {
    const { people, note, courses } = ask(EVERYBODY);
    expect([people, note]).toEqual([50, null]);
    expect(
      courses.map(({ course, recentPeople, previousPeople }) => [course.id, recentPeople, previousPeople]),
    ).toEqual([
      ['b', 30, 0],
      ['a', 12, 0],
    ]);
    expect(courses[0]?.growth).toBeCloseTo(Math.exp(growthBound({ recentPeople: 30, previousPeople: 2 })), 6);
    expect(ask(EVERYBODY, 1).courses).toHaveLength(1);
    expect(ask(SALES).courses.map(({ course, text }) => [course.id, text])).toEqual([
      ['a', '8 people in Sales took it up in the last 28 days, fewer than 3 in the 28 days before'],
    ]);
  });

  it('leaves out what rules leave nobody', () => {
    const allowed = new Uint8Array(INDEX.courses.length).fill(1);
    allowed[INDEX.positionById.get('b') ?? -1] = 0;
    expect(ask(EVERYBODY, 10, allowed).courses.map(({ course }) => course.id)).toEqual(['a']);
  });

  it('tells nothing of a group under five, and not even whether there is one', () => {
    const few = ask({ kind: 'ROLE', value: 'few' });
    expect(few).toMatchObject({ people: null, courses: [] });
    expect(ask({ kind: 'ROLE', value: 'no such' })).toEqual(few);
  });
});

it('popularity is the logarithm of one more than the people, anywhere', () => {
  const { popularity } = trendsOf(group(EVERYBODY, 50, uptake('a', 40)));
  expect(popularity[at('a')]).toBeCloseTo(Math.log(41), 6);
  expect(popularity[at('b')]).toBe(0);
});
