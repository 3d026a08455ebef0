import type { Course } from '../../src/catalog/course.js';
import type { Goal } from '../../src/goals/goal.js';
import { audienceOf, type GivenAudience } from '../../src/rules/model/givenRule.js';

/** A goal for everybody that is due far away, with what matters to the test. */
export function aGoal({
  audience = {},
  metric = {},
  ...given
}: Partial<Omit<Goal, 'audience' | 'metric'>> & {
  readonly audience?: GivenAudience;
  readonly metric?: Partial<Goal['metric']>;
} = {}): Goal {
  return {
    id: 'goal',
    version: 1,
    name: 'Goal',
    owner: 'L&D',
    note: null,
    metric: { kind: 'COMPLETIONS', courseIds: [], skillIds: [], kpiId: null, ...metric },
    audience: audienceOf(audience),
    baseline: 1,
    target: 2,
    dueOn: '2030-12-31',
    zone: 'UTC',
    skillIds: [],
    courseIds: [],
    alignment: 'MODERATE',
    counterMetric: null,
    createdBy: 'person boss',
    createdAt: new Date('2026-01-01T00:00:00Z'),
    closure: null,
    ...given,
  };
}

/** A course as the catalogue keeps it, teaching these skills from nothing to all. */
export function aCatalogueCourse({
  skills = [],
  ...given
}: Partial<Omit<Course, 'skills'>> & { readonly skills?: readonly string[] }): Course {
  return {
    id: 'course',
    title: 'Course',
    description: null,
    kind: 'COURSE',
    language: null,
    provider: null,
    url: null,
    durationMinutes: null,
    level: null,
    tags: [],
    publishedAt: null,
    retiredAt: null,
    excludedFromRecommendations: false,
    skills: skills.map((skillId) => ({ skillId, levelFrom: 0, levelTo: 1 })),
    prerequisiteIds: [],
    sessions: [],
    addedAt: new Date(0),
    ...given,
  };
}
