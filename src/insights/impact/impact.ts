import type { Interval } from '../../stats/interval.js';
import { summariseSample } from '../../stats/meanDifference.js';
import { SEQUENCE_LEAST_COUNT } from '../../stats/meanSequence.js';
import { studentReach } from '../../stats/student.js';
import { type GuardrailVerdict, guardrailVerdict, type Verdict, verdictOf } from '../../stats/verdict.js';
import { blurredSample, surely } from './blur.js';
import { drawnDifference, probabilitiesBest } from './drawnSides.js';
import { matchedDifference } from './matchedDifference.js';
import { type SideFigures, sidesOf } from './sides.js';
import { changesOf, haveSpread } from './spread.js';
import type { Arm, Design, GuardrailStudy, StudiedMetric, Study } from './study.js';
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
  /** The same, that it is the best of all sides that were drawn; null: nobody was, or one of them is of too few units. */
  readonly probabilityBest: number | null;
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
  /** Null: too few units, or too few of them differ from the others to judge by. */
  readonly effect: Effect | null;
  readonly checks: readonly Check[];
  readonly guardrails: readonly GuardrailImpact[];
  readonly verdict: Verdict;
}

/**
 * What the studies of one experiment tell, each of another treatment beside the same control: as `impactOf`, and which of all
 * of them is the best. Two that are better than the control are not told apart by how they compare with it.
 */
export function impactsOf(studies: readonly Study[]): Impact[] {
  const impacts = studies.map(impactOf);
  const [first] = studies;
  if (first === undefined || studies.length === 1) return impacts;
  const arms = [...studies.map(({ treatment }) => treatment), first.control];
  const isOfMany = arms.every(({ outcomes, blur }) => surely(outcomes.length, blur) >= SEQUENCE_LEAST_COUNT);
  const best = isOfMany ? probabilitiesBest(arms, first) : null;
  return impacts.map((impact, i) => ({
    ...impact,
    effect: impact.effect && { ...impact.effect, probabilityBest: best?.[i] ?? null },
  }));
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
  const { at, relative, varianceReduction } = drawnDifference(study);
  // Bonferroni: all comparisons hold at once.
  const atOnce = (level: number) => at(1 - (1 - level) / study.comparisons);
  const [interval80, interval95] = [atOnce(0.8), atOnce(0.95)];
  if (interval80 === null || interval95 === null) return null;
  const { estimate } = interval95;
  const probabilityBetter = probabilitiesBest([study.treatment, study.control], study)?.[0] ?? null;
  return {
    estimate,
    interval80,
    interval95,
    relative,
    varianceReduction,
    probabilityBetter,
    probabilityBest: probabilityBetter,
  };
}

/** What is not told of people who were not drawn. */
const UNDRAWN = { relative: null, varianceReduction: 0, probabilityBetter: null, probabilityBest: null };

/** Of the same people, in one order on both sides: by how much each of them changed. */
function pairedEffect({ treatment, control }: Study): Effect | null {
  const changes = changesOf({ outcomes: treatment.outcomes, before: control.outcomes });
  if (!haveSpread([treatment], () => changes)) return null;
  const ofTreatment = blurredSample(summariseSample(changes), treatment.blur);
  const { sum, sumDeviation } = control.blur;
  const { count, mean, variance } = blurredSample(ofTreatment, { sum: -sum, sumDeviation });
  const at = (level: number): Interval => {
    const reach = studentReach(level, count - 1) * Math.sqrt(variance / count);
    return { estimate: mean, low: mean - reach, high: mean + reach };
  };
  const [interval80, interval95] = [at(0.8), at(0.95)];
  return { estimate: mean, interval80, interval95, ...UNDRAWN };
}

function matchedEffect(study: Study): Effect | null {
  const at = matchedDifference(study);
  const [interval80, interval95] = [at(0.8), at(0.95)];
  if (interval80 === null || interval95 === null) return null;
  return { estimate: interval95.estimate, interval80, interval95, ...UNDRAWN };
}

function guardrailImpact(guardrail: GuardrailStudy, study: Study): GuardrailImpact {
  const { metric, margin } = guardrail;
  const interval =
    study.design === 'MATCHED' ? matchedGuardrail(guardrail) : drawnDifference(guardedSides(guardrail, study)).at(0.95);
  const isLessBetter = metric.better === 'LOWER';
  return {
    ...{ metric, margin, interval },
    verdict: margin === null ? 'CANNOT_TELL' : guardrailVerdict(interval, margin, isLessBetter),
  };
}

/** As they are: what was before is for what is studied. */
function guardedSides({ metric, control, treatment }: GuardrailStudy, { unit, minimumUnits }: Study) {
  const plain = (arm: Arm): Arm => ({ ...arm, before: null });
  return { metric, unit, minimumUnits, control: plain(control), treatment: plain(treatment) };
}

/** Compared as what is studied is: what sets the sides apart in kind would otherwise pass for harm. */
function matchedGuardrail({ control, treatment }: GuardrailStudy): Interval | null {
  const sides = sidesOf({ design: 'MATCHED', control, treatment });
  const fewest = Math.min(sides.control.effectiveUnits, sides.treatment.effectiveUnits);
  return fewest < SEQUENCE_LEAST_COUNT ? null : matchedDifference({ control, treatment })(0.95);
}
