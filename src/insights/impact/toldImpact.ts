import { coarseCount, coarseOrNull } from '../../learners/fewPeople/fewPeople.js';
import { SEQUENCE_LEAST_COUNT } from '../../stats/meanSequence.js';
import { type ReturnOnInvestment, returnOnInvestment } from '../../stats/returnOnInvestment.js';
import type { Effect, GuardrailImpact, Impact } from './impact.js';
import type { SideFigures } from './sides.js';
import type { Check, CheckName } from './studyChecks.js';

/** What an effect is worth, and what it cost to get. */
export interface Stakes {
  /** Of one unit of the metric for one person, in money; negative where less of it is better. */
  readonly valuePerEffect: number;
  /** Everything it took, in the same money, above 0. */
  readonly cost: number;
}

/** An impact as it may be told: nothing that few people could be read off. */
export interface ToldImpact {
  readonly treatment: ToldSide;
  readonly control: ToldSide;
  readonly effect: ToldEffect | null;
  readonly checks: readonly Check[];
  readonly guardrails: readonly GuardrailImpact[];
  readonly verdict: Impact['verdict'];
  readonly roi: { readonly interval80: ReturnOnInvestment; readonly interval95: ReturnOnInvestment } | null;
}

interface ToldSide {
  readonly name: string;
  readonly units: number | null;
  readonly mean: number | null;
}

interface ToldEffect extends Omit<Effect, 'relative'> {
  readonly relative: number | null;
}

/** Checks that rest on how many there are exactly, or on what they did: told, as figures are, of many people. */
const OF_FIGURES: ReadonlySet<CheckName> = new Set(['ENOUGH_HAPPENED', 'SAMPLE_RATIO', 'ALIKE_BEFORE', 'OVERLAP']);
/** Digits of what is told of many people: one person more or less changes the third at most. */
const DIGITS = 2;

export function toldImpact(impact: Impact, stakes: Stakes | null): ToldImpact {
  const { treatment, control, effect, guardrails } = impact;
  // An effect is told of as many people as an interval takes, which no single one of them moves by much.
  const isOfMany = Math.min(treatment.effectiveUnits, control.effectiveUnits) >= SEQUENCE_LEAST_COUNT;
  return {
    treatment: toldSide(treatment),
    control: toldSide(control),
    effect: isOfMany && effect !== null ? toldEffect(effect) : null,
    checks: impact.checks.filter(({ name }) => isOfMany || !OF_FIGURES.has(name)),
    guardrails: guardrails.map((guardrail) => ({
      ...guardrail,
      interval: isOfMany ? guardrail.interval && rounded(guardrail.interval) : null,
    })),
    verdict: isOfMany ? impact.verdict : 'CANNOT_TELL',
    roi: isOfMany && stakes !== null ? roiOf(impact, stakes) : null,
  };
}

/** Whoever asks chooses whom to try things with, so a mean is told of as many people as an effect is. */
function toldSide({ name, units, effectiveUnits, mean }: SideFigures): ToldSide {
  const isOfMany = mean !== null && effectiveUnits >= SEQUENCE_LEAST_COUNT;
  return { name, units: coarseOrNull(units), mean: isOfMany ? Number(mean.toPrecision(DIGITS)) : null };
}

function toldEffect({ relative, ...effect }: Effect): ToldEffect {
  return {
    estimate: Number(effect.estimate.toPrecision(DIGITS)),
    interval80: rounded(effect.interval80),
    interval95: rounded(effect.interval95),
    relative: relative && Number(relative.estimate.toPrecision(DIGITS)),
    varianceReduction: Number(effect.varianceReduction.toPrecision(DIGITS)),
    probabilityBetter: toldChance(effect.probabilityBetter),
    probabilityBest: toldChance(effect.probabilityBest),
  };
}

const toldChance = (chance: number | null): number | null => (chance === null ? null : Math.round(chance * 100) / 100);

function rounded<I extends { readonly estimate: number; readonly low: number; readonly high: number }>(interval: I): I {
  const digits = (value: number): number => Number(value.toPrecision(DIGITS));
  return { ...interval, estimate: digits(interval.estimate), low: digits(interval.low), high: digits(interval.high) };
}

/** Only of people who were drawn one by one, and of what can be told: money is not counted on guesses. */
function roiOf(
  { design, unit, verdict, effect, treatment }: Impact,
  { valuePerEffect, cost }: Stakes,
): ToldImpact['roi'] {
  const isCausal = unit === 'LEARNER' && (design === 'RANDOMISED' || design === 'HOLDOUT');
  if (!isCausal || verdict === 'CANNOT_TELL' || effect === null) return null;
  const at = (interval: Effect['interval95']) =>
    returnOnInvestment({ effect: interval, units: coarseCount(treatment.units), valuePerEffect, cost });
  const interval80 = at(effect.interval80);
  const interval95 = at(effect.interval95);
  return interval80 === null || interval95 === null
    ? null
    : { interval80: rounded(interval80), interval95: rounded(interval95) };
}
