import { describe, expect, test } from 'vitest';
import { planCourses } from '../../src/catalog/catalogPlan.js';
import type { Course } from '../../src/catalog/course.js';
import { contentNeed } from '../../src/recommendations/pipeline/contentNeeds.js';
import { aCourse } from '../support/builders.js';

const at = (text: string) => new Date(`${text}Z`);
const NOW = at('2025-03-12T12:00');
const SEARCH = {
  term: 'beekeeping',
  people: 7,
  searches: 9,
  firstAt: at('2025-02-03T10:20'),
  lastAt: at('2025-03-04T23:59'),
};

/** As it is when stored at a time. */
function stored(addedAt: Date, stated: Parameters<typeof aCourse>[0] = {}): Course {
  const plan = planCourses([aCourse(stated)], new Map(), new Set(), [], new Set(), addedAt);
  return plan.accepted[0] as Course;
}

function needOf(courses: readonly Course[], { isPartial = false, people = SEARCH.people } = {}) {
  const matches = {
    term: SEARCH.term,
    correctedTerm: null,
    isPartial,
    courses: courses.map(({ id }) => ({ courseId: id, relevance: 1 })),
  };
  return contentNeed({ ...SEARCH, people }, matches, (id) => courses.find((c) => c.id === id) ?? null, NOW);
}

describe('a content need', () => {
  test('that nothing answers is unmet, and tells days instead of moments', () => {
    expect(needOf([])).toEqual({
      term: 'beekeeping',
      status: 'UNMET',
      people: 7,
      searches: 9,
      firstAt: at('2025-02-03T00:00'),
      lastAt: at('2025-03-04T00:00'),
      courses: [],
      answeredSince: null,
    });
  });

  test('is answered since the first course that came after the first search', () => {
    const courses = [
      stored(at('2025-03-01T09:00')),
      stored(at('2025-02-20T08:00')),
      stored(at('2025-01-01T00:00')),
      stored(at('2025-01-01T00:00'), { publishedAt: at('2025-02-25T00:00') }),
    ];
    expect(needOf(courses)).toMatchObject({ status: 'ANSWERED', answeredSince: at('2025-02-20T08:00'), courses });
    expect(needOf(courses.slice(2)).answeredSince).toEqual(at('2025-02-25T00:00'));
  });

  test('was overlooked where the courses were there before', () => {
    const course = stored(at('2025-02-03T10:19'));
    expect(needOf([course])).toMatchObject({ status: 'OVERLOOKED', courses: [course], answeredSince: null });
  });

  test('is not answered by some of the words, nor by what nobody can take now', () => {
    const came = at('2025-03-01T00:00');
    expect(needOf([stored(came)], { isPartial: true }).status).toBe('UNMET');
    const closed = [
      stored(came, { publishedAt: at('2025-04-01T00:00') }),
      stored(came, { retiredAt: NOW }),
      stored(came, { excludedFromRecommendations: true }),
    ];
    expect(needOf(closed)).toMatchObject({ status: 'UNMET', courses: [], answeredSince: null });
  });

  test('of fewer than five people does not say how many', () => {
    expect(needOf([], { people: 5 })).toMatchObject({ people: 5, searches: 9 });
    expect(needOf([], { people: 4 })).toMatchObject({ people: null, searches: null });
  });

  test('shows at most ten courses', () => {
    const courses = Array.from({ length: 12 }, () => stored(at('2025-03-01T00:00')));
    expect(needOf(courses).courses).toEqual(courses.slice(0, 10));
  });
});
