import { describe, expect, it } from 'vitest';
import { createGoalIndex, joinedGoals, serviceOf } from '../../src/goals/alignment/goalIndex.js';
import type { RuledPerson } from '../../src/rules/applying/audienceIndex.js';
import { aCatalogueCourse, aGoal } from '../support/goalBuilders.js';

const NOW = Date.parse('2026-06-01T12:00:00Z');

const person = (given: Partial<RuledPerson> = {}): RuledPerson => ({
  learnerId: 'ada',
  department: 'Sales',
  roleId: null,
  location: null,
  languages: [],
  hiredOn: null,
  gaps: new Map(),
  isPersonal: true,
  ...given,
});

describe('what a course does for a goal', () => {
  const courses = new Set(['named']);
  const skills = new Set(['sql', 'python']);
  const teaching = (...ids: readonly string[]) => aCatalogueCourse({ id: 'c', skills: ids });

  it('is all of it when the goal names the course', () => {
    expect(serviceOf(aCatalogueCourse({ id: 'named' }), courses, skills)).toBe(1);
  });

  it('is otherwise the share of what the course teaches that serves the goal', () => {
    expect(serviceOf(teaching('sql'), courses, skills)).toBe(1);
    expect(serviceOf(teaching('sql', 'python', 'go', 'rust'), courses, skills)).toBe(0.5);
    expect(serviceOf(teaching('go'), courses, skills)).toBe(0);
    expect(serviceOf(teaching(), courses, skills)).toBe(0);
  });
});

describe('the goals of a learner', () => {
  const courses = [
    aCatalogueCourse({ id: 'a', skills: ['sql'] }),
    aCatalogueCourse({ id: 'b', skills: ['sql', 'go'] }),
    aCatalogueCourse({ id: 'c' }),
  ];
  const sql = aGoal({ id: 'sql', skillIds: ['sql'], alignment: 'MODERATE', dueOn: '2026-12-31' });
  const named = aGoal({ id: 'named', courseIds: ['b'], alignment: 'STRONG', dueOn: '2026-09-30' });
  const idsOf = (goals: ReturnType<ReturnType<typeof createGoalIndex>['active']>) =>
    goals?.goals.map(({ goal }) => goal.id) ?? null;

  it('say of each course what they come to together, soonest due first', () => {
    const found = createGoalIndex([sql, named], courses).active(person(), NOW);
    expect(idsOf(found)).toEqual(['named', 'sql']);
    const [a, b, c] = found?.values ?? [];
    // MODERATE is 0.6 of a spread and STRONG 1.5, as for rules; half of what b teaches is SQL.
    expect(a).toBeCloseTo(0.6, 6);
    expect(b).toBeCloseTo(1.5 + 0.3, 6);
    expect(c).toBe(0);
    expect([...(found?.positions ?? [])]).toEqual([0, 1]);
  });

  it('lose by each that is taken away just what it gave', () => {
    const found = createGoalIndex([sql, named], courses).active(person(), NOW);
    const left = joinedGoals(found?.goals.filter(({ goal }) => goal.id !== 'sql') ?? [], courses.length);
    expect([...left.values]).toEqual([0, 1.5, 0]);
  });

  it('are those whose audience they are in, of other people nothing is told', () => {
    const forOps = aGoal({ id: 'ops', courseIds: ['a'], audience: { departments: ['Operations'] } });
    const index = createGoalIndex([forOps], courses);
    expect(index.active(person(), NOW)).toBeNull();
    expect(idsOf(index.active(person({ department: 'Operations' }), NOW))).toEqual(['ops']);
  });

  it('are over at the end of the day on which they are due, in their zone', () => {
    const index = createGoalIndex([aGoal({ courseIds: ['a'], dueOn: '2026-06-01', zone: 'Asia/Tokyo' })], courses);
    expect(index.active(person(), Date.parse('2026-06-01T14:59:00Z'))).not.toBeNull();
    expect(index.active(person(), Date.parse('2026-06-01T15:00:00Z'))).toBeNull();
  });

  it('leave those alone who want nothing personal, unless they are for everybody', () => {
    const forSales = aGoal({ id: 'sales', courseIds: ['a'], audience: { departments: ['Sales'] } });
    const forAll = aGoal({ id: 'all', courseIds: ['a'] });
    const index = createGoalIndex([forSales, forAll], courses);
    expect(idsOf(index.active(person({ isPersonal: false }), NOW))).toEqual(['all']);
  });

  it('put nothing forward when nothing was agreed, nothing serves them, or they are closed', () => {
    const closure = { by: 'person boss', at: new Date(NOW), reason: 'Another plan' };
    const index = createGoalIndex(
      [
        aGoal({ id: 'none', courseIds: ['a'], alignment: 'NONE' }),
        aGoal({ id: 'nothing', courseIds: ['retired'] }),
        aGoal({ id: 'closed', courseIds: ['a'], closure }),
      ],
      courses,
    );
    expect(index.isEmpty).toBe(true);
    expect(index.active(person(), NOW)).toBeNull();
  });
});
