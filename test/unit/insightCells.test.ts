import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../../src/catalog/catalogSnapshot.js';
import type { Course, Skill } from '../../src/catalog/course.js';
import { readInsightsArguments } from '../../src/cli/insights.js';
import { DROP_STATES } from '../../src/insights/cells/dropPoints.js';
import { cellName, cellOfName, parentsOf, partitionOf } from '../../src/insights/cells/insightCell.js';
import { learnerCells } from '../../src/insights/cells/learnerCells.js';
import { openCoursesBySkill, TermSkills } from '../../src/insights/cells/termSkills.js';
import { daysAsked, monthsAsked } from '../../src/insights/insightPeriod.js';
import { monthsBetween, toldFromMs } from '../../src/insights/months.js';
import { CHANNELS, DEVICES, VERBS } from '../../src/learners/profileEvent.js';
import { DAY_MS } from '../../src/platform/zonedTime.js';
import { anEvent } from '../support/insightEvents.js';

const CATALOG = { kindOf: () => 'VIDEO' as const, skillsOf: (term: string) => (term === 'excel' ? ['s'] : []) };
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const someEvents = fc
  .array(
    fc
      .record({
        verb: fc.constantFrom(...VERBS),
        atMs: fc.integer({ min: 0, max: 30 * DAY_MS }),
        courseId: maybe(fc.constantFrom('c', 'd')),
        device: maybe(fc.constantFrom(...DEVICES)),
        channel: maybe(fc.constantFrom(...CHANNELS)),
        progress: maybe(fc.constantFrom(0, 0.4, 0.41, 1)),
        durationSeconds: maybe(fc.constantFrom(2, 60)),
        query: maybe(fc.constantFrom('excel', 'excel pivot', 'sales')),
        resultCount: maybe(fc.constantFrom(0, 3)),
        page: maybe(fc.constantFrom('/a', '/b')),
      })
      .map(anEvent),
    { maxLength: 40 },
  )
  .map((events) => events.sort((a, b) => a.atMs - b.atMs));

describe('what one person counts for', () => {
  test('is nothing when a course was waived for them, however far they were', () => {
    const events = [anEvent({ verb: 'WAIVED', courseId: 'c', progress: 0.4, atMs: 0 })];
    const period = { events, untilMs: DAY_MS, zone: 'UTC', finishedBefore: new Set<string>(), served: [] };
    expect([...learnerCells(period, CATALOG)]).toEqual([]);
  });

  test('is in every cell that is said to include another in which they count, and in one part of an unfinished course', () => {
    fc.assert(
      fc.property(someEvents, fc.boolean(), (events, isServed) => {
        const served = isServed ? [{ courseIds: ['c'], atMs: DAY_MS }] : [];
        const counts = learnerCells(
          { events, untilMs: 30 * DAY_MS, zone: 'UTC', finishedBefore: new Set(), served },
          CATALOG,
        );
        for (const [name, count] of counts) {
          expect(count).toBeGreaterThan(0);
          for (const parent of parentsOf(cellOfName(name)))
            expect([name, counts.has(cellName(parent))]).toEqual([name, true]);
        }
        for (const key of ['c', 'd']) {
          const unfinished = counts.get(cellName({ section: 'UNFINISHED', key })) ?? 0;
          for (const part of [`UNFINISHED_${DROP_STATES[0]}`, 'UNFINISHED_AT_0'] as const) {
            const parts = (partitionOf(part)?.parts ?? []).map(
              (section) => counts.get(cellName({ section, key })) ?? 0,
            );
            expect(parts.reduce((sum, one) => sum + one, 0)).toBe(unfinished);
          }
          const ends = (partitionOf('UNFINISHED')?.parts ?? []).filter((section) =>
            counts.has(cellName({ section, key })),
          );
          expect(ends.length).toBeLessThan(2);
        }
      }),
    );
  });

  test('counts clock hours once, searches by their term, and nothing that merely happened to them', () => {
    const search = anEvent({ verb: 'SEARCHED', query: 'Excel', resultCount: 0, device: 'MOBILE' });
    const events = [search, { ...search, atMs: 1 }, anEvent({ verb: 'IMPRESSION', courseId: 'c', atMs: 2 })];
    const period = { events, untilMs: DAY_MS, zone: 'Asia/Kolkata', finishedBefore: new Set<string>(), served: [] };
    expect(
      Object.fromEntries([...learnerCells(period, CATALOG)].map(([name, n]) => [name.replace('\n', ' '), n])),
    ).toEqual({
      'ACTIVE ': 2,
      // Thursday 05:30 in Kolkata.
      'ACTIVE_HOUR 77': 1,
      'DEVICE MOBILE': 2,
      'SEARCH ': 1,
      'SEARCH excel': 1,
      'SEARCH_ZERO ': 1,
      'SEARCH_ZERO excel': 1,
      'SKILL_DEMAND s': 1,
      'FUNNEL_SHOWN ': 1,
      'FUNNEL_SHOWN c': 1,
    });
  });
});

describe('the skills that a term looks for', () => {
  const skill = (id: string, name: string): Skill => ({
    id,
    name,
    description: null,
    parentId: null,
    taxonomyUri: null,
  });
  const course = (title: string, ...skillIds: string[]) =>
    ({
      title,
      skills: skillIds.map((skillId) => ({ skillId, levelFrom: 0, levelTo: 1 })),
      publishedAt: null,
      retiredAt: null,
    }) as unknown as Course;
  const courses = [
    course('Pivot Tables', 'excel'),
    course('Pivot in a Day', 'excel', 'sales'),
    course('Pivot your Career'),
  ];
  const catalog = {
    ...EMPTY_CATALOG,
    skillList: [skill('excel', 'Excel'), skill('sales', 'Sales Talks'), skill('x', '…')],
    courses,
  };
  const skills = new TermSkills(catalog);

  test.each([
    ['excel for beginners', ['excel']],
    ['sales', ['sales']],
    ['excel and sales talks', ['excel', 'sales']],
    ['pivot', ['excel']],
    ['pivot day', ['excel', 'sales']],
    ['cooking', []],
    ['!?', []],
  ])('of "%s" are %j', (term, expected) => {
    expect([skills.skillsOf(term), skills.skillsOf(term)]).toEqual([expected, expected]);
  });

  test('are taught by courses that can be taken now', () => {
    const now = new Date('2025-03-12T12:00:00Z');
    const later = { ...course('Later', 'excel'), publishedAt: new Date('2025-04-01') };
    const gone = { ...course('Gone', 'sales'), retiredAt: now };
    expect([...openCoursesBySkill({ ...catalog, courses: [...courses, later, gone] }, now)]).toEqual([
      ['excel', 2],
      ['sales', 1],
    ]);
  });
});

describe('a period', () => {
  const now = new Date('2025-03-12T12:00:00Z');

  test('of a group is of the twelve months up to the last that is told', () => {
    expect(monthsAsked({ from: null, until: null }, '2025-01-01', now)).toEqual({
      from: '2024-02-01',
      until: '2025-02-01',
    });
    expect(monthsAsked({ from: null, until: null }, null, now)).toEqual({ from: '2024-03-01', until: '2025-03-01' });
    expect(monthsBetween('2024-11-01', '2025-02-01')).toEqual(['2024-11-01', '2024-12-01', '2025-01-01']);
  });

  test('of a group is never a part of a month', () => {
    for (const from of ['2025-01-02', '2025-01-31', '2025-1-01', 'January']) {
      expect(() => monthsAsked({ from, until: '2025-02-01' }, null, now)).toThrow('by whole months');
    }
  });

  test('of a person is of any days up to today', () => {
    expect(daysAsked({ from: null, until: null }, '2025-03-12')).toEqual({
      fromDay: '2024-03-13',
      untilDay: '2025-03-13',
    });
    expect(() => daysAsked({ from: '2025-03-12', until: '2025-03-12' }, '2025-03-12')).toThrow('1 to 1100 days');
  });

  test('is told two days after it has ended everywhere', () => {
    expect(new Date(toldFromMs('2025-02-01')).toISOString()).toBe('2025-03-03T12:00:00.000Z');
  });
});

test('waymark insights takes one group', () => {
  expect(readInsightsArguments({ role: 'dev', out: 'o' })).toEqual({
    ...{ group: { kind: 'ROLE', value: 'dev' }, period: { from: null, until: null }, folder: 'o' },
  });
  expect(() => readInsightsArguments({ role: 'dev', location: 'Lyon', out: 'o' })).toThrow('Name one of');
});
