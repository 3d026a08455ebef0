import type { CourseSkill, Role } from '../catalog/course.js';
import { readiness } from './readiness.js';
import type { SkillLevel } from './skillLevel.js';

/** A skill in which a learner is short of what their role, or the role they want, needs. */
export interface SkillGap {
  readonly skillId: string;
  /** The role that needs it. */
  readonly roleId: string;
  /** False: they have that role already. */
  readonly isTargetRole: boolean;
  /** 0–1. */
  readonly level: number;
  /** How sure the level is, 0–1; 0 for a skill nobody spoke of. */
  readonly confidence: number;
  /** 0–1, above `level`. */
  readonly targetLevel: number;
  /** How much it matters to the role, 0–1. */
  readonly importance: number;
}

/** The roles that a learner is measured by. */
export interface RolesOfLearner {
  readonly role: Role | null;
  readonly targetRole: Role | null;
}

export function rolesOf(
  learner: { readonly roleId: string | null; readonly targetRoleId: string | null } | null,
  roles: ReadonlyMap<string, Role>,
): RolesOfLearner {
  const find = (id: string | null | undefined) => (id == null ? null : (roles.get(id) ?? null));
  return { role: find(learner?.roleId), targetRole: find(learner?.targetRoleId) };
}

/**
 * Gaps by skill id, the weightiest first: by importance × size, then by id. Where both roles need a skill the weightier
 * gap counts, and of two that weigh the same the one of the role they have. A skill nobody spoke of is at level 0.
 */
export function skillGaps(
  { role, targetRole }: RolesOfLearner,
  levels: ReadonlyMap<string, SkillLevel>,
): ReadonlyMap<string, SkillGap> {
  const gaps = new Map<string, SkillGap>();
  const measured = [
    { role, isTargetRole: false },
    { role: targetRole?.id === role?.id ? null : targetRole, isTargetRole: true },
  ];
  for (const { role: needing, isTargetRole } of measured) {
    for (const { skillId, targetLevel, importance } of needing?.skills ?? []) {
      const { level, confidence } = levels.get(skillId) ?? UNKNOWN;
      if (needing === null || targetLevel <= level) continue;
      const gap: SkillGap = { skillId, roleId: needing.id, isTargetRole, level, confidence, targetLevel, importance };
      const known = gaps.get(skillId);
      if (known === undefined || gapWeight(gap) > gapWeight(known)) gaps.set(skillId, gap);
    }
  }
  return new Map([...gaps].sort(([, a], [, b]) => gapWeight(b) - gapWeight(a) || (a.skillId < b.skillId ? -1 : 1)));
}

/**
 * How much of a gap a course closes, 0–1: the part of the way to the target that it covers, less for a learner who is not
 * ready for it, weighted by the importance of the skill.
 */
export function closingOf(
  gap: Pick<SkillGap, 'level' | 'targetLevel' | 'importance'>,
  { levelFrom, levelTo }: Pick<CourseSkill, 'levelFrom' | 'levelTo'>,
): number {
  const covered = Math.max(0, Math.min(levelTo, gap.targetLevel) - gap.level);
  return covered * readiness(gap.level, levelFrom) * gap.importance;
}

const UNKNOWN: SkillLevel = { level: 0, confidence: 0 };

function gapWeight({ targetLevel, level, importance }: SkillGap): number {
  return (targetLevel - level) * importance;
}
