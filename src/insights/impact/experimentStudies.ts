import { type Experiment, type ExperimentMetric, METRICS } from '../../experiments/experiment.js';
import { summariseSample } from '../../stats/meanDifference.js';
import { SEQUENCE_LEAST_COUNT } from '../../stats/meanSequence.js';
import { armFigures, OUTCOMES, type Watched } from './outcomes.js';
import type { Arm, GuardrailStudy, StudiedMetric, Study } from './study.js';

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
  const metric = studiedMetric(definition.primaryMetric, smallestEffect, without.outcomes);
  return treatments.map(
    (treatment): Study => ({
      design: 'RANDOMISED',
      metric,
      unit: definition.unit,
      control: without,
      treatment: armOf(treatment.id, definition.primaryMetric),
      planned: { control: control.weight, treatment: treatment.weight },
      assigned: { control: units.get(control.id) ?? 0, treatment: units.get(treatment.id) ?? 0 },
      comparisons: treatments.length,
      days,
      minimumDays: definition.minimumDays,
      minimumUnits: definition.minimumPeoplePerVariant,
      guardrails: definition.guardrails.map(
        (guardrail): GuardrailStudy => ({
          metric: studiedMetric(guardrail.metric, null, armOf(control.id, guardrail.metric).outcomes),
          margin: guardrail.margin,
          control: armOf(control.id, guardrail.metric),
          treatment: armOf(treatment.id, guardrail.metric),
        }),
      ),
    }),
  );
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

/** @param controls figures of those without it, by which it is told what matters where nobody said */
export function studiedMetric(
  name: ExperimentMetric,
  smallestEffect: number | null,
  controls: Float64Array,
): StudiedMetric {
  const { kind, better } = METRICS[name];
  return { name, unit: UNITS[name], kind, better, smallestEffect: smallestEffect ?? usualEffect(kind, controls) };
}

/**
 * From where on a difference is thought to matter where nobody said; null: too few people tell what is usual. It is told
 * to whoever asks, so it must not tell more of people than their mean does.
 */
export function usualEffect(kind: StudiedMetric['kind'], controls: Float64Array): number | null {
  if (kind !== 'MEAN') return SMALLEST_SHARE;
  const { count, mean } = summariseSample(controls);
  return count < SEQUENCE_LEAST_COUNT ? null : Number((SMALLEST_RELATIVE * Math.abs(mean)).toPrecision(2));
}
