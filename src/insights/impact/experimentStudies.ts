import { type Experiment, type ExperimentMetric, METRICS } from '../../experiments/experiment.js';
import { coarseStep, inSteps } from '../../learners/fewPeople/fewPeople.js';
import { summariseSample } from '../../stats/meanDifference.js';
import { SEQUENCE_LEAST_COUNT } from '../../stats/meanSequence.js';
import { armFigures, OUTCOMES, type Watched } from './outcomes.js';
import { type Arm, type GuardrailStudy, guardrailMetric, type StudiedMetric, type Study } from './study.js';

/** What is thought to matter where nobody said. */
const SMALLEST_SHARE = 0.02;
const SMALLEST_RELATIVE = 0.05;

/** Somebody who took part, with what they had. */
export interface Participant extends Watched {
  readonly arm: string;
}

/** How long people were watched, and from when on a difference matters; null: nobody said. */
export interface StudyTerms {
  readonly days: number;
  readonly smallestEffect: number | null;
}

/** One study for each variant but the control, in their order, beside the control. */
export function experimentStudies(
  { definition }: Pick<Experiment, 'definition'>,
  participants: readonly Participant[],
  { days, smallestEffect }: StudyTerms,
): Study[] {
  const control = definition.variants.find(({ isControl }) => isControl);
  const treatments = definition.variants.filter(({ isControl }) => !isControl);
  if (control === undefined) return [];
  const units = new Map(definition.variants.map(({ id }) => [id, unitCount(participants, id)]));
  const armOf = (variantId: string, metric: ExperimentMetric): Arm => ({
    name: variantId,
    ...armFigures(
      participants.filter(({ arm }) => arm === variantId),
      OUTCOMES[metric],
    ),
    strata: null,
  });
  const without = armOf(control.id, definition.primaryMetric);
  return treatments.map((treatment): Study => {
    const withIt = armOf(treatment.id, definition.primaryMetric);
    const metric = studiedMetric(definition.primaryMetric, smallestEffect, { control: without, treatment: withIt });
    return {
      design: 'RANDOMISED',
      metric,
      unit: definition.unit,
      control: without,
      treatment: withIt,
      planned: { control: control.weight, treatment: treatment.weight },
      assigned: { control: units.get(control.id) ?? 0, treatment: units.get(treatment.id) ?? 0 },
      comparisons: treatments.length,
      days,
      minimumDays: definition.minimumDays,
      minimumUnits: definition.minimumPeoplePerVariant,
      guardrails: definition.guardrails.map((guardrail): GuardrailStudy => {
        const arms = { control: armOf(control.id, guardrail.metric), treatment: armOf(treatment.id, guardrail.metric) };
        const studied = studiedMetric(guardrail.metric, null, arms);
        return {
          metric: guardrailMetric(studied, arms, { control: without, treatment: withIt }),
          margin: guardrail.margin,
          ...arms,
        };
      }),
    };
  });
}

function unitCount(participants: readonly Participant[], variantId: string): number {
  return new Set(participants.flatMap(({ arm, unitId }) => (arm === variantId ? [unitId] : []))).size;
}

const UNITS: Readonly<Record<ExperimentMetric, string>> = {
  CLICK_RATE: 'share of people',
  START_RATE: 'share of people',
  COMPLETION_RATE: 'share of people',
  COMPLETIONS_PER_LEARNER: 'courses per person',
  LEARNING_MINUTES: 'minutes per person',
  DISMISS_RATE: 'share of people',
  OPEN_RATE: 'share of messages',
};

type Figures = Pick<Arm, 'outcomes' | 'before'>;

/** @param arms what was found, by which it is told what matters where nobody said */
export function studiedMetric(
  name: ExperimentMetric,
  smallestEffect: number | null,
  { control, treatment }: { readonly control: Figures; readonly treatment: Figures },
): StudiedMetric {
  const { kind, better } = METRICS[name];
  const figures = [control, treatment].flatMap(({ outcomes, before }) => [outcomes, before ?? outcomes]);
  const width = widthOf(kind, figures);
  const usual = usualEffect(kind, control.outcomes, width);
  return { name, unit: UNITS[name], kind, better, smallestEffect: smallestEffect ?? usual, width };
}

/** By how much figures differ at most, 0 being one of them, in a round figure that is nobody's; shares by 1. */
export function widthOf(kind: StudiedMetric['kind'], figures: readonly Float64Array[]): number {
  if (kind !== 'MEAN') return 1;
  let [least, greatest] = [0, 0];
  for (const own of figures) {
    for (const figure of own) [least, greatest] = [Math.min(least, figure), Math.max(greatest, figure)];
  }
  const span = greatest - least || 1;
  const unit = 10 ** Math.floor(Math.log10(span));
  return Math.ceil(span / unit) * unit;
}

/**
 * From where on a difference is thought to matter where nobody said; null: too few people tell what is usual. It is told
 * to whoever asks, so it must not tell more of people than their mean does.
 */
export function usualEffect(kind: StudiedMetric['kind'], controls: Float64Array, width: number): number | null {
  if (kind !== 'MEAN') return SMALLEST_SHARE;
  const { count, mean } = summariseSample(controls);
  if (count < SEQUENCE_LEAST_COUNT) return null;
  const told = inSteps(Math.abs(mean), coarseStep(count, width));
  return Number((SMALLEST_RELATIVE * told).toPrecision(2));
}
