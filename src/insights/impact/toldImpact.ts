import { boundsInSteps, coarseCount, coarseOrNull, coarseStep, inSteps } from '../../learners/fewPeople/fewPeople.js';
import { SEQUENCE_LEAST_COUNT } from '../../stats/meanSequence.js';
import { type ReturnOnInvestment, returnOnInvestment } from '../../stats/returnOnInvestment.js';
import { guardrailVerdict, type Verdict, verdictOf } from '../../stats/verdict.js';
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
const OF_FIGURES: ReadonlySet<CheckName> = new Set([
  'MINIMUM_DAYS',
  'ENOUGH_HAPPENED',
  'SAMPLE_RATIO',
  'ALIKE_BEFORE',
  'OVERLAP',
]);
/** How probable it is that a side is better hangs the most on single people where it is open. */
const PROBABILITY_STEP = 0.1;

/**
 * In steps of which each is at least five people of it; with the blur of its sides, two audiences that differ by one tell nothing
 * of that one. What is concluded is concluded from the figures as they are told; intervals only ever get wider, so it is never
 * more than the exact ones allow.
 *
 * @param isTold whether anything may be told of whom it was for
 */
export function toldImpact(impact: Impact, stakes: Stakes | null, isTold = true): ToldImpact {
  if (!isTold) return nothingTold(impact);
  const { treatment, control, guardrails, metric } = impact;
  const isOfMany = isOfManyPeople(impact);
  const fewest = Math.min(treatment.effectiveUnits, control.effectiveUnits);
  const sides = { treatment: toldSide(treatment, metric), control: toldSide(control, metric) };
  const effect = isOfMany && impact.effect !== null ? toldEffect(impact.effect, metric.width, fewest, sides) : null;
  const verdict = isOfMany ? verdictOfTold(impact, effect) : 'CANNOT_TELL';
  return {
    ...sides,
    effect,
    checks: impact.checks.filter(({ name }) => isOfMany || !OF_FIGURES.has(name)),
    guardrails: guardrails.map((guardrail) => (isOfMany ? toldGuardrail(guardrail, fewest) : withheld(guardrail))),
    verdict,
    roi: stakes === null || effect === null ? null : roiOf({ ...impact, effect, verdict }, stakes),
  };
}

/** An effect is told of as many people as an interval takes, which no single one of them moves by much. */
export const isOfManyPeople = ({ treatment, control }: Pick<Impact, 'treatment' | 'control'>): boolean =>
  Math.min(treatment.effectiveUnits, control.effectiveUnits) >= SEQUENCE_LEAST_COUNT;

/** Whoever names people one by one knows all of them but one. */
function nothingTold({ treatment, control, guardrails }: Impact): ToldImpact {
  return {
    treatment: { name: treatment.name, units: null, mean: null },
    control: { name: control.name, units: null, mean: null },
    effect: null,
    checks: [],
    guardrails: guardrails.map(withheld),
    verdict: 'CANNOT_TELL',
    roi: null,
  };
}

function verdictOfTold({ design, metric, checks }: Impact, effect: ToldEffect | null): Verdict {
  return verdictOf(effect?.interval95 ?? null, {
    smallestEffect: metric.smallestEffect ?? 0,
    isTrustworthy: design !== 'BEFORE_AFTER' && checks.every(({ passed }) => passed),
    isLessBetter: metric.better === 'LOWER',
  });
}

/** Whoever asks chooses whom to try things with, so a mean is told of as many people as an effect is. */
function toldSide(
  { name, units, effectiveUnits, mean }: SideFigures,
  { width, kind, largest }: Impact['metric'],
): ToldSide {
  const isOfMany = mean !== null && effectiveUnits >= SEQUENCE_LEAST_COUNT;
  // What is drawn must not show by figures that nobody can have.
  const most = kind === 'MEAN' ? largest : 1;
  const possible = mean !== null && most !== null ? Math.min(most, Math.max(0, mean)) : mean;
  const told = isOfMany && possible !== null ? inSteps(possible, coarseStep(effectiveUnits, width)) : null;
  return { name, units: coarseOrNull(units), mean: told };
}

function toldEffect(
  { estimate, interval80, interval95, relative, varianceReduction, probabilityBetter, probabilityBest }: Effect,
  width: number,
  people: number,
  { control }: { readonly control: ToldSide },
): ToldEffect {
  const step = coarseStep(people, width);
  const told = inSteps(estimate, step);
  return {
    estimate: told,
    interval80: boundsInSteps(interval80, step),
    interval95: boundsInSteps(interval95, step),
    // Of what is told, so that it tells no more.
    relative: relative === null || !control.mean ? null : Number((told / Math.abs(control.mean)).toPrecision(2)),
    varianceReduction: inSteps(varianceReduction, coarseStep(people, 1)),
    probabilityBetter: toldChance(probabilityBetter),
    probabilityBest: toldChance(probabilityBest),
  };
}

const toldChance = (chance: number | null): number | null =>
  chance === null ? null : inSteps(chance, PROBABILITY_STEP);

function toldGuardrail(guardrail: GuardrailImpact, people: number): GuardrailImpact {
  const { metric, margin } = guardrail;
  const interval = guardrail.interval && boundsInSteps(guardrail.interval, coarseStep(people, metric.width));
  const isLessBetter = metric.better === 'LOWER';
  return {
    ...guardrail,
    interval,
    verdict: margin === null ? 'CANNOT_TELL' : guardrailVerdict(interval, margin, isLessBetter),
  };
}

const withheld = (guardrail: GuardrailImpact): GuardrailImpact => ({
  ...guardrail,
  interval: null,
  verdict: 'CANNOT_TELL',
});

interface Worth extends Pick<Impact, 'design' | 'unit' | 'treatment'> {
  readonly verdict: Verdict;
  readonly effect: ToldEffect;
}

/** Only of people who were drawn one by one, and of what can be told: money is not counted on guesses. */
function roiOf(
  { design, unit, verdict, effect, treatment }: Worth,
  { valuePerEffect, cost }: Stakes,
): ToldImpact['roi'] {
  const isCausal = unit === 'LEARNER' && (design === 'RANDOMISED' || design === 'HOLDOUT');
  if (!isCausal || verdict === 'CANNOT_TELL') return null;
  const at = (interval: Effect['interval95']) =>
    returnOnInvestment({ effect: interval, units: coarseCount(treatment.units), valuePerEffect, cost });
  const [interval80, interval95] = [at(effect.interval80), at(effect.interval95)];
  return interval80 === null || interval95 === null
    ? null
    : { interval80: rounded(interval80), interval95: rounded(interval95) };
}

function rounded({ estimate, low, high }: ReturnOnInvestment): ReturnOnInvestment {
  const digits = (value: number): number => Number(value.toPrecision(2));
  return { estimate: digits(estimate), low: digits(low), high: digits(high) };
}
