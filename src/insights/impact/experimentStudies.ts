import { type Experiment, type ExperimentMetric, METRICS } from '../../experiments/experiment.js';
import { coarseStep, inSteps } from '../../learners/fewPeople/fewPeople.js';
import { summariseSample } from '../../stats/meanDifference.js';
import { SEQUENCE_LEAST_COUNT } from '../../stats/meanSequence.js';
import { type Blur, type BlurOf, blurredSample, type MetricFigures, NO_BLUR, surely } from './blur.js';
import { cutOff, largestFigure } from './largestFigure.js';
import { armFigures, type Figures, OUTCOMES, type Watched } from './outcomes.js';
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
  blurOf: BlurOf,
): Study[] {
  const { variants, primaryMetric } = definition;
  const control = variants.find(({ isControl }) => isControl);
  if (control === undefined) return [];
  const studiedBy = (name: ExperimentMetric, smallest: number | null) => {
    const figures = variants.map(({ id }) =>
      armFigures(
        participants.filter(({ arm }) => arm === id),
        OUTCOMES[name],
      ),
    );
    return studiedSides(name, smallest, figures, variants, blurOf);
  };
  const primary = studiedBy(primaryMetric, smallestEffect);
  const guardrails = definition.guardrails.map(({ metric, margin }) => ({ margin, ...studiedBy(metric, null) }));
  return variants.flatMap((variant, i): Study[] => {
    if (variant.isControl) return [];
    const arms = { control: primary.control, treatment: armAt(primary, i) };
    return [
      {
        design: 'RANDOMISED',
        metric: primary.metric,
        unit: definition.unit,
        ...arms,
        planned: { control: control.weight, treatment: variant.weight },
        assigned: { control: unitCount(participants, control.id), treatment: unitCount(participants, variant.id) },
        comparisons: variants.length - 1,
        days,
        minimumDays: definition.minimumDays,
        minimumUnits: definition.minimumPeoplePerVariant,
        guardrails: guardrails.map((guardrail): GuardrailStudy => {
          const own = { control: guardrail.control, treatment: armAt(guardrail, i) };
          return { metric: guardrailMetric(guardrail.metric, own, arms), margin: guardrail.margin, ...own };
        }),
      },
    ];
  });
}

interface StudiedSides {
  readonly metric: StudiedMetric;
  readonly control: Arm;
  /** Of all variants, in their order. */
  readonly arms: readonly Arm[];
}

/** All variants by one metric: they count alike, and each has one noise, whatever it is compared with. */
function studiedSides(
  name: ExperimentMetric,
  smallestEffect: number | null,
  figures: readonly Figures[],
  variants: readonly Pick<Experiment['definition']['variants'][number], 'id' | 'isControl'>[],
  blurOf: BlurOf,
): StudiedSides {
  const told = toldFigures(name, figures, blurOf);
  const treatmentIds = variants.flatMap(({ id, isControl }) => (isControl ? [] : [id]));
  const arms = variants.map(({ id, isControl }, i): Arm => {
    // Whoever names variants must not have another noise by another name.
    const side = isControl ? 'control' : `treatment ${treatmentIds.indexOf(id) + 1}`;
    const own = told.figures[i] ?? NO_FIGURES;
    return { name: id, ...own, strata: null, blur: told.blurOf(side) };
  });
  const control = arms[variants.findIndex(({ isControl }) => isControl)] ?? emptyArm('');
  return { metric: studiedMetric(name, smallestEffect, control, told), control, arms };
}

const NO_FIGURES: Figures = { outcomes: new Float64Array(), before: new Float64Array() };
const emptyArm = (name: string): Arm => ({ name, ...NO_FIGURES, strata: null, blur: NO_BLUR });
const armAt = ({ arms }: StudiedSides, i: number): Arm => arms[i] ?? emptyArm('');

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

/** What anybody may have without standing out, of metrics that have no end of their own. */
const USUAL: Partial<Record<ExperimentMetric, number>> = { COMPLETIONS_PER_LEARNER: 3, LEARNING_MINUTES: 60 };

/** Of these not everybody has a figure. */
const OF_SOME: ReadonlySet<ExperimentMetric> = new Set(['OPEN_RATE']);

/** @param parts to which the courses that count are limited: see `Figure` */
export function metricFigures(name: ExperimentMetric, parts: readonly string[] = []): MetricFigures {
  return { value: { name, parts }, people: { name: OF_SOME.has(name) ? `people, ${name}` : 'people' } };
}

/** Figures as they are compared. */
export interface ToldFigures {
  readonly figures: readonly Figures[];
  /** By how much the figures of two units differ at most, 0 being one of them, in a round figure that is nobody's; shares by 1. */
  readonly width: number;
  /** What a unit counts for at most; null: figures have an end of their own. */
  readonly largest: number | null;
  readonly blurOf: (side: string) => Blur;
}

/** @param sides everybody's figures that are compared with each other */
function toldFigures(name: ExperimentMetric, sides: readonly Figures[], blurOf: BlurOf): ToldFigures {
  const { kind } = METRICS[name];
  const metric = metricFigures(name);
  if (kind !== 'MEAN') return { figures: sides, width: 1, largest: null, blurOf: (side) => blurOf(metric, side, 1) };
  const all = (of: 'outcomes' | 'before') => Float64Array.from(sides.flatMap((side) => Array.from(side[of])));
  const largest = largestFigure([all('outcomes'), all('before')], USUAL[name] ?? 0, blurOf(metric, 'control', 1));
  const width = largest;
  return {
    figures: sides.map(({ outcomes, before }) => ({
      outcomes: cutOff(outcomes, largest),
      before: cutOff(before, largest),
    })),
    ...{ width, largest },
    blurOf: (side) => blurOf(metric, side, width),
  };
}

/** @param control what was found of it, by which it is told what matters where nobody said */
export function studiedMetric(
  name: ExperimentMetric,
  smallestEffect: number | null,
  control: Pick<Arm, 'outcomes' | 'blur'>,
  { width, largest }: Pick<ToldFigures, 'width' | 'largest'>,
): StudiedMetric {
  const { kind, better } = METRICS[name];
  const usual = usualEffect(kind, control, width);
  return { name, unit: UNITS[name], kind, better, smallestEffect: smallestEffect ?? usual, width, largest };
}

/**
 * From where on a difference is thought to matter where nobody said; null: too few people tell what is usual. It is told
 * to whoever asks, so it must not tell more of people than their mean does.
 */
export function usualEffect(
  kind: StudiedMetric['kind'],
  { outcomes, blur }: Pick<Arm, 'outcomes' | 'blur'>,
  width: number,
): number | null {
  if (kind !== 'MEAN') return SMALLEST_SHARE;
  const { count, mean } = blurredSample(summariseSample(outcomes), blur);
  if (surely(count, blur) < SEQUENCE_LEAST_COUNT) return null;
  const told = inSteps(Math.abs(mean), coarseStep(count, width));
  return Number((SMALLEST_RELATIVE * told).toPrecision(2));
}
