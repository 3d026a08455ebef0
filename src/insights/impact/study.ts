import type { AudienceShape } from '../../learners/fewPeople/audienceFigures.js';
import type { Blur } from './blur.js';

/** How the people who are compared came to be apart. */
export const DESIGNS = ['RANDOMISED', 'HOLDOUT', 'MATCHED', 'BEFORE_AFTER'] as const;
export type Design = (typeof DESIGNS)[number];

/** What is compared: each unit has one figure of it. */
export interface StudiedMetric {
  readonly name: string;
  /** In words: "per person", "points", "minutes". */
  readonly unit: string;
  /** YES_OR_NO: each person has 0 or 1. SHARE: each has something within 0–1. */
  readonly kind: 'YES_OR_NO' | 'SHARE' | 'MEAN';
  readonly better: 'HIGHER' | 'LOWER';
  /** The smallest difference that anybody would act upon, in the unit of the metric; null: nobody said, and it is not known. */
  readonly smallestEffect: number | null;
  /** By how much the figures of two units of the study may differ, above 0: what one of them may move. */
  readonly width: number;
  /** What a unit counts for at most, where figures have no end of their own; null: they have. */
  readonly largest: number | null;
}

/** Units that had the same. */
export interface Arm {
  readonly name: string;
  /** One per unit, finite. */
  readonly outcomes: Float64Array;
  /** The same metric of the same units, in the same order, in a time of the same length before; null: not known. */
  readonly before: Float64Array | null;
  /** What units are matched by, in the same order; null: they are not. */
  readonly strata: readonly string[] | null;
  /** What its figures are told with. */
  readonly blur: Blur;
}

/** What must not get worse. */
export interface GuardrailStudy {
  readonly metric: StudiedMetric;
  /** How much worse is still accepted, at least 0, in the unit of the metric; null: not known. */
  readonly margin: number | null;
  readonly control: Arm;
  readonly treatment: Arm;
}

/** Everything that an effect is judged by. */
export interface Study {
  readonly design: Design;
  readonly metric: StudiedMetric;
  readonly unit: 'LEARNER' | 'TEAM' | 'WEEK';
  readonly control: Arm;
  readonly treatment: Arm;
  /** Weights that units were drawn with; null: nothing was drawn. */
  readonly planned: { readonly control: number; readonly treatment: number } | null;
  /** Units that were drawn into each arm; null: nothing was drawn. */
  readonly assigned: { readonly control: number; readonly treatment: number } | null;
  /** How many treatments are compared with the control: the more, the wider every interval. At least 1. */
  readonly comparisons: number;
  /** How long units were watched so far, and how long at least. */
  readonly days: number;
  readonly minimumDays: number;
  /** Per arm. */
  readonly minimumUnits: number;
  readonly guardrails: readonly GuardrailStudy[];
  /**
   * Of a holdout from several things at once: another of them that is about the same, in words; null: there is none. Default:
   * the control lacks nothing else.
   */
  readonly sharedWith?: string | null;
}

type Arms = Pick<GuardrailStudy, 'control' | 'treatment'>;

/** The metric of a guardrail of which fewer units say something than of the study: each of them may move it by more. */
export function guardrailMetric(metric: StudiedMetric, own: Arms, study: Arms): StudiedMetric {
  const fewest = ({ control, treatment }: Arms) => Math.min(control.outcomes.length, treatment.outcomes.length);
  return { ...metric, width: metric.width * Math.max(1, fewest(study) / Math.max(1, fewest(own))) };
}

/** What there is to tell of something. */
export interface FoundStudy {
  readonly name: string;
  /** Whom it was for. */
  readonly audience: AudienceShape;
  readonly study: Study;
}
