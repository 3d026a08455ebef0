import type { Role } from '../catalog/course.js';
import type { SkillLevel } from '../learners/skillLevel.js';

/** A skill in which a learner is short of what their role, or the role they want, needs. */
export interface SkillGap {
  readonly skillId: string;
  readonly roleId: string;
  /** 0–1. */
  readonly level: number;
  /** 0–1, above `level`. */
  readonly targetLevel: number;
  /** 0–1. */
  readonly importance: number;
}

/** Gaps by skill id. Where both roles need a skill, the wider gap counts; a skill nobody spoke of is at level 0. */
export function skillGaps(
  roles: readonly Role[],
  levels: ReadonlyMap<string, SkillLevel>,
): ReadonlyMap<string, SkillGap> {
  const gaps = new Map<string, SkillGap>();
  for (const role of roles) {
    for (const { skillId, targetLevel, importance } of role.skills) {
      const level = levels.get(skillId)?.level ?? 0;
      const gap: SkillGap = { skillId, roleId: role.id, level, targetLevel, importance };
      if (targetLevel > level && size(gap) > size(gaps.get(skillId))) gaps.set(skillId, gap);
    }
  }
  return gaps;
}

/** How much of a gap a course closes that leads up to a level, weighted by importance: 0–1. */
export function closingOf(gap: SkillGap, { levelTo }: { readonly levelTo: number }): number {
  return Math.max(0, Math.min(levelTo, gap.targetLevel) - gap.level) * gap.importance;
}

function size(gap: SkillGap | undefined): number {
  return gap === undefined ? 0 : (gap.targetLevel - gap.level) * gap.importance;
}
