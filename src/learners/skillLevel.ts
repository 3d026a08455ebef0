import type { SkillEvidence } from './learner.js';

/** What all sources together say of one skill. */
export interface SkillLevel {
  /** 0–1. */
  readonly level: number;
  /** 0–1: the chance that at least one source is right, taking them for independent. */
  readonly confidence: number;
}

/** Levels by skill id: the mean over the sources, each weighted by its confidence. */
export function skillLevels(
  evidence: readonly Pick<SkillEvidence, 'skillId' | 'level' | 'confidence'>[],
): ReadonlyMap<string, SkillLevel> {
  const bySkill = new Map<string, { weighted: number; weight: number; doubt: number }>();
  for (const { skillId, level, confidence } of evidence) {
    const sum = bySkill.get(skillId) ?? { weighted: 0, weight: 0, doubt: 1 };
    bySkill.set(skillId, {
      weighted: sum.weighted + level * confidence,
      weight: sum.weight + confidence,
      doubt: sum.doubt * (1 - confidence),
    });
  }
  return new Map(
    [...bySkill].map(([skillId, { weighted, weight, doubt }]) => [
      skillId,
      { level: weight === 0 ? 0 : weighted / weight, confidence: 1 - doubt },
    ]),
  );
}
