import { describe, expect, test } from 'vitest';
import type { Role } from '../../src/catalog/course.js';
import { closingOf, rolesOf, skillGaps } from '../../src/learners/skillGaps.js';

const aRole = (id: string, skills: Readonly<Record<string, readonly [number, number]>>): Role => ({
  id,
  name: id,
  skills: Object.entries(skills).map(([skillId, [targetLevel, importance]]) => ({ skillId, targetLevel, importance })),
});
const known = (levels: Readonly<Record<string, number>>) =>
  new Map(Object.entries(levels).map(([id, level]) => [id, { level, confidence: 0.5 }]));

describe('skill gaps', () => {
  test('come weightiest first, of each skill the weightier of both roles, and say which role needs it', () => {
    const role = aRole('now', { a: [0.8, 1], b: [0.6, 0.5], c: [0.3, 1] });
    const targetRole = aRole('next', { a: [1, 0.5], b: [0.9, 1], d: [0.2, 1] });
    const gaps = skillGaps({ role, targetRole }, known({ a: 0.4, c: 0.3 }));
    expect([...gaps.values()]).toEqual([
      { skillId: 'b', roleId: 'next', isTargetRole: true, level: 0, confidence: 0, targetLevel: 0.9, importance: 1 },
      {
        skillId: 'a',
        roleId: 'now',
        isTargetRole: false,
        level: 0.4,
        confidence: 0.5,
        targetLevel: 0.8,
        importance: 1,
      },
      { skillId: 'd', roleId: 'next', isTargetRole: true, level: 0, confidence: 0, targetLevel: 0.2, importance: 1 },
    ]);
  });

  test('that weigh the same are the ones of the role they have, also where it is the one they want', () => {
    const [role, targetRole] = [aRole('now', { a: [0.5, 1] }), aRole('next', { a: [0.5, 1] })];
    expect(skillGaps({ role, targetRole }, new Map()).get('a')?.roleId).toBe('now');
    expect(skillGaps({ role, targetRole: role }, new Map()).get('a')?.isTargetRole).toBe(false);
    const roles = new Map([['now', role]]);
    expect(rolesOf({ roleId: 'now', targetRoleId: 'gone' }, roles)).toEqual({ role, targetRole: null });
    expect(rolesOf(null, roles)).toEqual({ role: null, targetRole: null });
  });

  test('are closed by a course up to the target, by importance, and less by one that expects more', () => {
    const gap = { level: 0.2, targetLevel: 0.8, importance: 0.5 };
    expect(closingOf(gap, { levelFrom: 0, levelTo: 0.6 })).toBeCloseTo(0.2);
    expect(closingOf(gap, { levelFrom: 0.3, levelTo: 1 })).toBeCloseTo(0.3);
    expect(closingOf(gap, { levelFrom: 0.5, levelTo: 1 })).toBeCloseTo(0.15);
    expect(closingOf(gap, { levelFrom: 0.75, levelTo: 1 })).toBe(0);
    expect(closingOf(gap, { levelFrom: 0, levelTo: 0.1 })).toBe(0);
  });
});
