import { describe, expect, test } from 'vitest';
import { type CourseInput, planCourses, planSkills } from '../../src/catalog/catalogPlan.js';
import type { Course } from '../../src/catalog/course.js';

const NO_COURSES: ReadonlyMap<string, Course> = new Map();
const NOW = new Date('2026-06-01T12:00:00Z');
const course = (id: string, ...prerequisiteIds: string[]): CourseInput => ({ id, title: id, prerequisiteIds });
const plan = (
  rows: readonly CourseInput[],
  existing: readonly string[] = [],
  edges: readonly [string, string][] = [],
) => planCourses(rows, NO_COURSES, new Set(), edges, new Set(existing), NOW);

describe('prerequisites within a batch', () => {
  test('may point forwards and backwards', () => {
    expect(plan([course('c', 'b'), course('b', 'a'), course('a')])).toMatchObject({ errors: [] });
  });

  test('what needs something unknown falls, and so does all that needs it, each named once', () => {
    const { accepted, errors } = plan(
      [course('d', 'c'), course('c', 'b', 'known'), course('b', 'gone'), course('a')],
      ['known'],
    );
    expect(accepted.map(({ id }) => id)).toEqual(['a']);
    expect(errors.map(({ index, code, path }) => [index, code, path.join('.')])).toEqual([
      [0, 'NOT_FOUND', 'prerequisiteIds.0'],
      [1, 'NOT_FOUND', 'prerequisiteIds.0'],
      [2, 'NOT_FOUND', 'prerequisiteIds.0'],
    ]);
  });

  test('a stored course that may not change still stands for those that need it', () => {
    const { accepted, errors } = plan([course('old', 'gone'), course('new', 'old')], ['old']);
    expect(accepted.map(({ id }) => id)).toEqual(['new']);
    expect(errors.map(({ index }) => index)).toEqual([0]);
  });

  test('the row that closes a circle falls, with those that need it, and the rest stays', () => {
    const { accepted, errors } = plan([course('a', 'b'), course('b', 'a'), course('c'), course('d', 'c')]);
    expect(accepted.map(({ id }) => id)).toEqual(['c', 'd']);
    expect(errors.map(({ index, code }) => [index, code])).toEqual([
      [0, 'NOT_FOUND'],
      [1, 'CYCLE'],
    ]);
    expect(errors[1]?.message).toBe('This would close a circle: "b" → "a" → "b"');
  });

  test('a circle through what is stored is seen, and one that a change takes apart is none', () => {
    const stored: [string, string][] = [
      ['a', 'b'],
      ['b', 'c'],
    ];
    expect(plan([course('c', 'a')], ['a', 'b', 'c'], stored).errors).toMatchObject([{ code: 'CYCLE' }]);
    expect(plan([course('a'), course('c', 'a')], ['a', 'b', 'c'], stored).errors).toEqual([]);
  });

  test('a thousand rows that hang on one missing course are told so in one pass', () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => course(`c${i}`, `c${i + 1}`));
    // A pass for each row would outlast the test.
    expect(plan(rows).errors).toHaveLength(1_000);
  });
});

test('a skill is not its own parent', () => {
  const { errors } = planSkills([{ id: 'a', name: 'A', parentId: 'a' }], new Map(), [], new Set());
  expect(errors).toMatchObject([{ index: 0, code: 'CYCLE', path: ['parentId'] }]);
});

test('an empty text is no value', () => {
  const { errors } = planCourses(
    [{ id: 'a', title: 'A', url: '', provider: '', language: '' }],
    NO_COURSES,
    new Set(),
    [],
    new Set(),
    NOW,
  );
  expect(new Set(errors.map(({ path }) => path[0]))).toEqual(new Set(['url', 'provider', 'language']));
});

test('a list that is too long is one fault, whatever it holds', () => {
  const skills = Array.from({ length: 1_000 }, () => ({ skillId: '' }));
  const { errors } = planCourses([{ id: 'a', title: 'A', skills }], NO_COURSES, new Set(), [], new Set(), NOW);
  expect(errors).toMatchObject([{ path: ['skills'] }]);
});
