import { bestMean } from '../../stats/bestVariant.js';
import { adjustByCovariate, pairedSample } from '../../stats/cuped.js';
import type { Interval } from '../../stats/interval.js';
import { matchExactly } from '../../stats/matching.js';
import { relativeDifference, type Sample, summariseSample } from '../../stats/meanDifference.js';
import { meanDifferenceSequence, SEQUENCE_LEAST_COUNT } from '../../stats/meanSequence.js';
import { studentReach } from '../../stats/student.js';
import { type GuardrailVerdict, guardrailVerdict, type Verdict, verdictOf } from '../../stats/verdict.js';
import { matchingUnits } from './matchedUnits.js';
import { type SideFigures, sidesOf } from './sides.js';
import type { Design, GuardrailStudy, StudiedMetric, Study } from './study.js';
import { type Check, checksOf } from './studyChecks.js';

/** A difference as far as it is known, in the unit of the metric. */
export interface Effect {
  /** Treatment less control. */
  readonly estimate: number;
  readonly interval80: Interval;
  readonly interval95: Interval;
  /** As a share of the control's mean, 0.1 for 10 % more, with its 95 % interval; null: that mean may be 0. */
  readonly relative: Interval | null;
  /** By which share the figures from before narrowed the variance, 0–1. */
  readonly varianceReduction: number;
  /** How probable it is that the treatment is the better side, believing nothing before; null: nobody was drawn. */
  readonly probabilityBetter: number | null;
}

/** Whether something that must not get worse stayed as it was. */
export interface GuardrailImpact {
  readonly metric: StudiedMetric;
  readonly margin: number | null;
  /** Treatment less control, 95 %; null: too few units. */
  readonly interval: Interval | null;
  readonly verdict: GuardrailVerdict;
}

/** What became of the people, and how far that may be laid at the door of what was tried. */
export interface Impact {
  readonly design: Design;
  readonly metric: StudiedMetric;
  readonly unit: Study['unit'];
  readonly control: SideFigures;
  readonly treatment: SideFigures;
  readonly days: number;
  /** Null: too few units, or no spread to judge by. */
  readonly effect: Effect | null;
  readonly checks: readonly Check[];
  readonly guardrails: readonly GuardrailImpact[];
  readonly verdict: Verdict;
}

/**
 * What a study tells. Comparisons that were drawn have intervals that hold however often one looks; matched ones and
 * before/after have plain ones, and before/after never gets a verdict, since what else changed in between is not known.
 */
export function impactOf(study: Study): Impact {
  const effect = effectOf(study);
  const checks = checksOf(study);
  const guardrails = study.guardrails.map((guardrail) => guardrailImpact(guardrail, study));
  return {
    design: study.design,
    metric: study.metric,
    unit: study.unit,
    ...sidesOf(study),
    days: study.days,
    effect,
    checks,
    guardrails,
    verdict: verdictOf(effect?.interval95 ?? null, {
      smallestEffect: study.metric.smallestEffect ?? 0,
      isTrustworthy: study.design !== 'BEFORE_AFTER' && checks.every(({ passed }) => passed),
      isLessBetter: study.metric.better === 'LOWER',
    }),
  };
}

/** Where intervals are to be narrowest: at the least that was asked for, or at what there is. */
function plannedUnits({ minimumUnits }: Pick<Study, 'minimumUnits'>): number {
  return Math.max(2, 2 * minimumUnits);
}

function effectOf(study: Study): Effect | null {
  switch (study.design) {
    case 'RANDOMISED':
    case 'HOLDOUT':
      return drawnEffect(study);
    case 'MATCHED':
      return matchedEffect(study);
    case 'BEFORE_AFTER':
      return pairedEffect(study);
  }
}

function drawnEffect(study: Study): Effect | null {
  const { treatment, control, varianceReduction } = adjusted(study);
  const plannedCount = plannedUnits(study);
  // Bonferroni: all comparisons hold at once.
  const at = (level: number) =>
    meanDifferenceSequence(treatment, control, { plannedCount, level: 1 - (1 - level) / study.comparisons });
  const interval80 = at(0.8);
  const interval95 = at(0.95);
  if (interval80 === null || interval95 === null) return null;
  const { estimate } = interval95;
  const relative = relativeDifference(treatment, control);
  const probabilityBetter = betterProbability(treatment, control, study.metric);
  return { estimate, interval80, interval95, relative, varianceReduction, probabilityBetter };
}

function betterProbability(treatment: Sample, control: Sample, { better }: StudiedMetric): number | null {
  const [first, second] = better === 'HIGHER' ? [treatment, control] : [control, treatment];
  const beliefs = [first, second].map(({ mean, variance, count }) => ({
    mean,
    standardError: Math.sqrt(variance / count),
  }));
  if (beliefs.some(({ standardError }) => !(standardError > 0))) return null;
  return bestMean(beliefs)[0]?.probabilityBest ?? null;
}

/** Of the same people, in one order on both sides: by how much each of them changed. */
function pairedEffect({ treatment, control }: Study): Effect | null {
  const { count, mean, variance } = summariseSample(
    treatment.outcomes.map((after, i) => after - (control.outcomes[i] ?? 0)),
  );
  if (count < 2 || variance === 0) return null;
  const at = (level: number): Interval => {
    const reach = studentReach(level, count - 1) * Math.sqrt(variance / count);
    return { estimate: mean, low: mean - reach, high: mean + reach };
  };
  const [interval80, interval95] = [at(0.8), at(0.95)];
  return { estimate: mean, interval80, interval95, relative: null, varianceReduction: 0, probabilityBetter: null };
}

/** Of the change since before, so that what always set the sides apart is no part of it. */
function matchedEffect(study: Study): Effect | null {
  const units = matchingUnits(study);
  const interval80 = matchExactly(units, 0.8).effect;
  const interval95 = matchExactly(units, 0.95).effect;
  if (interval80 === null || interval95 === null) return null;
  return {
    estimate: interval95.estimate,
    interval80,
    interval95,
    relative: null,
    varianceReduction: 0,
    probabilityBetter: null,
  };
}

/** Fewer people than this on a side are compared as they are: to learn from before costs about one of them. */
const FEWEST_TO_ADJUST = 20;

function adjusted({ treatment, control }: Study): { treatment: Sample; control: Sample; varianceReduction: number } {
  const plain = { treatment: summariseSample(treatment.outcomes), control: summariseSample(control.outcomes) };
  const fewest = Math.min(plain.treatment.count, plain.control.count);
  if (treatment.before === null || control.before === null || fewest < FEWEST_TO_ADJUST) {
    return { ...plain, varianceReduction: 0 };
  }
  const { samples, varianceReduction } = adjustByCovariate([
    pairedSample(treatment.outcomes, treatment.before),
    pairedSample(control.outcomes, control.before),
  ]);
  const [first, second] = samples as readonly [Sample, Sample];
  return { treatment: first, control: second, varianceReduction };
}

function guardrailImpact(guardrail: GuardrailStudy, study: Study): GuardrailImpact {
  const { metric, margin } = guardrail;
  const interval = study.design === 'MATCHED' ? matchedGuardrail(guardrail) : drawnGuardrail(guardrail, study);
  const isLessBetter = metric.better === 'LOWER';
  return {
    ...{ metric, margin, interval },
    verdict: margin === null ? 'CANNOT_TELL' : guardrailVerdict(interval, margin, isLessBetter),
  };
}

function drawnGuardrail({ control, treatment }: GuardrailStudy, study: Study): Interval | null {
  const [first, second] = [summariseSample(treatment.outcomes), summariseSample(control.outcomes)];
  return meanDifferenceSequence(first, second, { plannedCount: plannedUnits(study) });
}

/** Compared as what is studied is: what sets the sides apart in kind would otherwise pass for harm. */
function matchedGuardrail({ control, treatment }: GuardrailStudy): Interval | null {
  const sides = sidesOf({ design: 'MATCHED', control, treatment });
  const fewest = Math.min(sides.control.effectiveUnits, sides.treatment.effectiveUnits);
  return fewest < SEQUENCE_LEAST_COUNT ? null : matchExactly(matchingUnits({ control, treatment })).effect;
}
