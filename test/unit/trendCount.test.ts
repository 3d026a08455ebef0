import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FEWEST_PEOPLE } from '../../src/learners/fewPeople/fewPeople.js';
import { countTrends, type Member, type WishPage } from '../../src/learners/trendCount.js';
import { audienceKey, EVERYBODY, FEWEST_TAKERS, type Trends } from '../../src/learners/trends.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const COURSES = ['a', 'b', 'c'];

interface Person extends Member {
  /** For each course the period in which it was taken up; null: never. */
  readonly periods: readonly (number | null)[];
}

const value = fc.constantFrom('x', 'y', null);
const person: fc.Arbitrary<Person> = fc.record({
  department: value,
  roleId: value,
  location: value,
  periods: fc.tuple(...COURSES.map(() => fc.constantFrom(0, 1, 2, null))),
});

const pageOf = (members: readonly Person[]): WishPage => ({
  members,
  courses: COURSES.map((courseId, course) => ({
    courseId,
    wishes: members.flatMap(({ periods }, place) => {
      const period = periods[course] ?? null;
      return period === null ? [] : [place * 4 + period];
    }),
  })).filter(({ wishes }) => wishes.length > 0),
});

/** The same, as one would count by hand. */
function plainly(people: readonly Person[]) {
  const groups = [
    { key: audienceKey(EVERYBODY), members: people },
    ...(['department', 'roleId', 'location'] as const).flatMap((field, kind) =>
      ['x', 'y'].map((name) => ({
        key: `${['DEPARTMENT', 'ROLE', 'LOCATION'][kind]}:${name}`,
        members: people.filter((one) => one[field] === name),
      })),
    ),
  ];
  return Object.fromEntries(
    groups.flatMap(({ key, members }, number) => {
      const fewest = number === 0 ? 1 : FEWEST_TAKERS;
      if (number > 0 && members.length < FEWEST_PEOPLE) return [];
      const uptakes = COURSES.flatMap((courseId, course) => {
        const counts = [0, 1, 2].map((period) => members.filter(({ periods }) => periods[course] === period).length);
        const all = counts.reduce((sum, count) => sum + count, 0);
        const [previous, recent] = counts.slice(1).map((count) => (count >= fewest ? count : 0));
        return all >= fewest ? [[courseId, all, recent, previous]] : [];
      });
      return [[key, { people: members.length, uptakes }]];
    }),
  );
}

const shown = ({ groups }: Trends) =>
  Object.fromEntries(
    [...groups].map(([key, { people, uptakes }]) => [
      key,
      {
        people,
        uptakes: uptakes
          .map((one) => [one.courseId, one.people, one.recentPeople, one.previousPeople])
          .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
      },
    ]),
  );

test('counts by group as one would by hand, however the learners come in pages', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(person, { maxLength: 20 }), { maxLength: 4 }), async (pages) => {
      const trends = await countTrends(pages.map(pageOf), NOW);
      expect(shown(trends)).toEqual(plainly(pages.flat()));
      expect(trends.asOfMs).toBe(NOW.getTime());
      for (const [key, { audience }] of trends.groups) expect(audienceKey(audience)).toBe(key);
    }),
  );
});

test('lets others have their turn while it counts', async () => {
  const members = Array.from({ length: 100_000 }, () => ({ department: 'x', roleId: null, location: null }));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await countTrends([{ members, courses: [{ courseId: 'a', wishes: members.map((_, place) => place * 4) }] }], NOW);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
});
