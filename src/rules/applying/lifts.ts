import { RULE_STRENGTHS, type RuleStrength } from '../model/rule.js';
import type { CompiledRule } from './compiledRule.js';

/** How far a rule moves a score, in spreads of the learner's scores. */
export const STRENGTH_IN_SPREADS: Readonly<Record<RuleStrength, number>> = { SLIGHT: 0.25, MODERATE: 0.6, STRONG: 1.5 };

/** What boosts and buries add to scores: of each kind the strongest counts, and a bury takes from a boost. */
export interface Lifts {
  /** By position the strongest boost, 1 to 3, and four times the strongest bury; 0: neither. */
  readonly steps: Uint8Array;
}

/** By step, in spreads. */
const IN_SPREADS: Float64Array = Float64Array.from({ length: 16 }, (_, step) => {
  const amountOf = (level: number) => {
    const strength = RULE_STRENGTHS[level - 1];
    return strength === undefined ? 0 : STRENGTH_IN_SPREADS[strength];
  };
  return amountOf(step & 3) - amountOf(step >> 2);
});

/** What is added to the score of a course, in spreads. */
export function liftAt({ steps }: Lifts, position: number): number {
  return IN_SPREADS[steps[position] ?? 0] as number;
}

/** The strengths that come together at a course; null: of that kind there is none. */
export function strengthsAt(
  { steps }: Lifts,
  position: number,
): { readonly boost: RuleStrength | null; readonly bury: RuleStrength | null } {
  const step = steps[position] ?? 0;
  return { boost: RULE_STRENGTHS[(step & 3) - 1] ?? null, bury: RULE_STRENGTHS[(step >> 2) - 1] ?? null };
}

/** Adds its lift to each score. */
export function lift({ steps }: Lifts, scores: Float64Array, spread: number): void {
  for (let at = 0; at < scores.length; at++) {
    const step = steps[at]!;
    if (step !== 0) scores[at] = scores[at]! + IN_SPREADS[step]! * spread;
  }
}

export function createLifts(
  boosts: readonly CompiledRule<'BOOST'>[],
  buries: readonly CompiledRule<'BURY'>[],
  length: number,
): Lifts {
  const steps = new Uint8Array(length);
  RULE_STRENGTHS.forEach((strength, i) => {
    // From the slightest to the strongest: a later one takes the place of an earlier one.
    for (const { rule, positions } of boosts) {
      if (rule.action.strength !== strength) continue;
      for (let k = 0; k < positions.length; k++) steps[positions[k]!] = i + 1;
    }
  });
  RULE_STRENGTHS.forEach((strength, i) => {
    for (const { rule, positions } of buries) {
      if (rule.action.strength !== strength) continue;
      for (let k = 0; k < positions.length; k++) {
        const position = positions[k]!;
        steps[position] = (steps[position]! & 3) | ((i + 1) << 2);
      }
    }
  });
  return { steps };
}
