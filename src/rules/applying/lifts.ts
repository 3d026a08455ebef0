import { RULE_STRENGTHS, type RuleStrength } from '../model/rule.js';
import type { CompiledRule } from './compiledRule.js';

/** How far a rule moves a score, in spreads of the learner's scores. */
export const STRENGTH_IN_SPREADS: Readonly<Record<RuleStrength, number>> = { SLIGHT: 0.25, MODERATE: 0.6, STRONG: 1.5 };

/** What boosts and buries add to scores: of each kind the strongest counts, and a bury takes from a boost. */
export interface Lifts {
  /** By position the strongest boost, 1 to 3, and four times the strongest bury; 0: neither. */
  readonly steps: Uint8Array;
  readonly boosts: RulesByStrength<'BOOST'>;
  readonly buries: RulesByStrength<'BURY'>;
}

/** From the slightest to the strongest the rules so strong, and beside them the masks of their targets. */
type RulesByStrength<Kind extends 'BOOST' | 'BURY'> = readonly {
  readonly rules: readonly CompiledRule<Kind>[];
  readonly masks: readonly Uint8Array[];
}[];

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
  { steps, boosts, buries }: Lifts,
  position: number,
): { readonly boost: CompiledRule<'BOOST'> | null; readonly bury: CompiledRule<'BURY'> | null } {
  const step = steps[position] ?? 0;
  return { boost: firstAt(boosts, step & 3, position), bury: firstAt(buries, step >> 2, position) };
}

/** The first of those that are strongest there; looked for when asked, since few courses are shown. */
function firstAt<Kind extends 'BOOST' | 'BURY'>(
  byStrength: RulesByStrength<Kind>,
  level: number,
  position: number,
): CompiledRule<Kind> | null {
  const strongest = byStrength[level - 1];
  if (strongest === undefined) return null;
  const { rules, masks } = strongest;
  for (let i = 0; i < masks.length; i++) if (masks[i]![position] === 1) return rules[i] ?? null;
  return null;
}

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
  const byStrength = { boosts: grouped(boosts), buries: grouped(buries) };
  addStrongest(byStrength.boosts, steps, 0);
  addStrongest(byStrength.buries, steps, 2);
  return { steps, ...byStrength };
}

function grouped<Kind extends 'BOOST' | 'BURY'>(rules: readonly CompiledRule<Kind>[]): RulesByStrength<Kind> {
  return RULE_STRENGTHS.map((strength) => {
    const so = rules.filter(({ rule: { action } }) => 'strength' in action && action.strength === strength);
    return { rules: so, masks: so.map(({ mask }) => mask) };
  });
}

/** Writes how strong they are into two bits of each step: the strongest comes last, and stays. */
function addStrongest(byStrength: RulesByStrength<'BOOST' | 'BURY'>, steps: Uint8Array, shift: 0 | 2): void {
  const kept = 0b1100 >> shift;
  byStrength.forEach(({ rules }, i) => {
    const level = (i + 1) << shift;
    for (const { positions } of rules) {
      for (let k = 0; k < positions.length; k++) steps[positions[k]!] = (steps[positions[k]!]! & kept) | level;
    }
  });
}
