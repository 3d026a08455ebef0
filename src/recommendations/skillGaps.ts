import type { Course, Role } from '../catalog/course.js';
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

/** What a course would do about one gap. */
export interface GapClosing {
  readonly gap: SkillGap;
  /** Level after the course, at most the target. */
  readonly levelAfter: number;
  /** How much of the level it adds, weighted by importance, 0–1. */
  readonly closing: number;
}

/** What a course would do about each gap that it closes in part or whole, most first. */
export function closings(course: Course, gaps: ReadonlyMap<string, SkillGap>): GapClosing[] {
  const found: GapClosing[] = [];
  for (const { skillId, levelTo } of course.skills) {
    const gap = gaps.get(skillId);
    if (gap === undefined || levelTo <= gap.level) continue;
    const levelAfter = Math.min(levelTo, gap.targetLevel);
    found.push({ gap, levelAfter, closing: (levelAfter - gap.level) * gap.importance });
  }
  return found.sort((a, b) => b.closing - a.closing || (a.gap.skillId < b.gap.skillId ? -1 : 1));
}

function size(gap: SkillGap | undefined): number {
  return gap === undefined ? 0 : (gap.targetLevel - gap.level) * gap.importance;
}
