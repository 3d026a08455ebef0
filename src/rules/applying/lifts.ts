import { RULE_STRENGTHS, type RuleStrength } from '../model/rule.js';
import type { CompiledRule } from './compiledRule.js';

/** How far a rule moves a score, in spreads of the learner's scores. */
export const STRENGTH_IN_SPREADS: Readonly<Record<RuleStrength, number>> = { SLIGHT: 0.25, MODERATE: 0.6, STRONG: 1.5 };

/** What boosts and buries add to scores: of each kind the strongest counts, and a bury takes from a boost. */
export interface Lifts {
  /** By position the strongest boost, 1 to 3, and four times the strongest bury; 0: neither. */
  readonly steps: Uint8Array;
  readonly boosts: LiftingRules<'BOOST'>;
  readonly buries: LiftingRules<'BURY'>;
}

interface LiftingRules<Kind extends 'BOOST' | 'BURY'> {
  readonly rules: readonly CompiledRule<Kind>[];
  /** By position the place of the first of the strongest among the rules, from 1; 0: none. */
  readonly strongest: Uint16Array;
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

/** The rules whose strengths come together at a course; null: of that kind there is none. */
export function liftingAt(
  { boosts, buries }: Lifts,
  position: number,
): { readonly boost: CompiledRule<'BOOST'> | null; readonly bury: CompiledRule<'BURY'> | null } {
  return { boost: strongestAt(boosts, position), bury: strongestAt(buries, position) };
}

const strongestAt = <Kind extends 'BOOST' | 'BURY'>(
  { rules, strongest }: LiftingRules<Kind>,
  position: number,
): CompiledRule<Kind> | null => rules[(strongest[position] ?? 0) - 1] ?? null;

/** Adds its lift to each score. */
export function lift({ steps }: Lifts, scores: Float64Array, spread: number): void {
  const amounts = IN_SPREADS.map((inSpreads) => inSpreads * spread);
  // Also where nothing is added: which courses rules lift nobody could foretell, a processor neither.
  for (let at = 0; at < scores.length; at++) scores[at] = scores[at]! + amounts[steps[at]!]!;
}

export function createLifts(
  boosts: readonly CompiledRule<'BOOST'>[],
  buries: readonly CompiledRule<'BURY'>[],
  length: number,
): Lifts {
  const steps = new Uint8Array(length);
  return {
    steps,
    boosts: { rules: boosts, strongest: strongestOf(boosts, steps, 0) },
    buries: { rules: buries, strongest: strongestOf(buries, steps, 2) },
  };
}

/** Writes how strong they are into two bits of each step. */
function strongestOf(rules: readonly CompiledRule<'BOOST' | 'BURY'>[], steps: Uint8Array, shift: 0 | 2): Uint16Array {
  const strongest = new Uint16Array(steps.length);
  const kept = 0b1100 >> shift;
  // From the slightest to the strongest and from the last to the first: a later one takes the place of an earlier one.
  RULE_STRENGTHS.forEach((strength, i) => {
    for (let at = rules.length - 1; at >= 0; at--) {
      const { rule, positions } = rules[at]!;
      if (rule.action.strength !== strength) continue;
      for (let k = 0; k < positions.length; k++) {
        const position = positions[k]!;
        steps[position] = (steps[position]! & kept) | ((i + 1) << shift);
        strongest[position] = at + 1;
      }
    }
  });
  return strongest;
}
