import { z } from 'zod';
import { type RuleAudience, ruleSchema } from '../rules/model/rule.js';

/** A draft may be changed, what runs may not, and what is over stays as it was. */
export const EXPERIMENT_STATUSES = ['DRAFT', 'RUNNING', 'STOPPED', 'SHIPPED', 'ROLLED_BACK'] as const;
export type ExperimentStatus = (typeof EXPERIMENT_STATUSES)[number];

/** What is drawn into a variant: each person by themself, or all people of a department together. */
export const EXPERIMENT_UNITS = ['LEARNER', 'TEAM'] as const;
export type ExperimentUnit = (typeof EXPERIMENT_UNITS)[number];

/** Whether each unit gets one variant, or each list is drawn from the lists of both. */
export const EXPERIMENT_MODES = ['SPLIT', 'INTERLEAVED'] as const;
export type ExperimentMode = (typeof EXPERIMENT_MODES)[number];

/** What variants change. At any time a person takes part in one experiment of each layer at most. */
export const EXPERIMENT_LAYERS = ['LISTS', 'DELIVERY'] as const;
export type ExperimentLayer = (typeof EXPERIMENT_LAYERS)[number];

/** What can be compared between variants, each a figure of one person: see `METRICS`. */
export const EXPERIMENT_METRICS = [
  'CLICK_RATE',
  'START_RATE',
  'COMPLETION_RATE',
  'COMPLETIONS_PER_LEARNER',
  'LEARNING_MINUTES',
  'DISMISS_RATE',
  'OPEN_RATE',
] as const;
export type ExperimentMetric = (typeof EXPERIMENT_METRICS)[number];

/** What a metric is, for whoever compares variants by it. */
export interface MetricKind {
  /** YES_OR_NO: each person has 0 or 1; SHARE: each has something within 0–1; MEAN: each has a number of 0 or more. */
  readonly kind: 'YES_OR_NO' | 'SHARE' | 'MEAN';
  readonly better: 'HIGHER' | 'LOWER';
  /** It is about single places of a list, so it can be credited to the team of a place. */
  readonly isOfPlaces: boolean;
}

export const METRICS: Readonly<Record<ExperimentMetric, MetricKind>> = {
  CLICK_RATE: { kind: 'YES_OR_NO', better: 'HIGHER', isOfPlaces: true },
  START_RATE: { kind: 'YES_OR_NO', better: 'HIGHER', isOfPlaces: true },
  COMPLETION_RATE: { kind: 'YES_OR_NO', better: 'HIGHER', isOfPlaces: true },
  COMPLETIONS_PER_LEARNER: { kind: 'MEAN', better: 'HIGHER', isOfPlaces: false },
  LEARNING_MINUTES: { kind: 'MEAN', better: 'HIGHER', isOfPlaces: false },
  DISMISS_RATE: { kind: 'YES_OR_NO', better: 'LOWER', isOfPlaces: true },
  OPEN_RATE: { kind: 'SHARE', better: 'HIGHER', isOfPlaces: false },
};

/** Stands in the place of the id of a variant where somebody got both. */
export const INTERLEAVED = 'interleaved';

const change = z.record(z.string(), z.unknown());

const variantSchema = z.object({
  id: z.string(),
  name: z.string(),
  isControl: z.boolean(),
  /** Its share is its weight over the sum of all, whole, 1–100. */
  weight: z.number().int(),
  /** Changes of settings by their kinds, upon what counts when somebody is served. */
  settings: z.record(z.string(), change),
  /** A published version; null: the one that counts. */
  ruleSetVersion: z.number().int().nullable(),
  /** A kept version; null: the live one. */
  modelVersion: z.string().nullable(),
});

/** Something people get instead of what counts. */
export type Variant = z.infer<typeof variantSchema>;

/** What an experiment is, as it is stored. Never changed once it has run. */
export const definitionSchema = z.object({
  name: z.string(),
  hypothesis: z.string(),
  owner: z.string(),
  unit: z.enum(EXPERIMENT_UNITS),
  mode: z.enum(EXPERIMENT_MODES),
  audience: ruleSchema.shape.audience,
  /** Share of the units of the audience that take part, above 0, at most 100. */
  sharePercent: z.number(),
  /** Two to five, exactly one of them the control. */
  variants: z.array(variantSchema),
  primaryMetric: z.enum(EXPERIMENT_METRICS),
  /** What must not get worse by more than the margin, in the unit of the metric. */
  guardrails: z.array(z.object({ metric: z.enum(EXPERIMENT_METRICS), margin: z.number() })),
  /** Before each variant has so many people, and so many days have passed, nothing is concluded. */
  minimumPeoplePerVariant: z.number().int(),
  minimumDays: z.number().int(),
  /** How many people were thought to be needed in all; null: not said. */
  plannedPeople: z.number().int().nullable(),
});

export type ExperimentDefinition = z.infer<typeof definitionSchema>;
export type Guardrail = ExperimentDefinition['guardrails'][number];

/** What of the live settings gave way when a variant was shipped. */
export interface Shipped {
  readonly variantId: string;
  /** Versions before and after by the kind of the setting. */
  readonly settings: Readonly<Record<string, Replaced<number>>>;
  readonly ruleSet: Replaced<number> | null;
  readonly model: Replaced<string> | null;
}

export interface Replaced<Version> {
  /** Null: there was none. */
  readonly before: Version | null;
  readonly after: Version;
}

/** An experiment as it stands. */
export interface Experiment {
  readonly id: string;
  readonly status: ExperimentStatus;
  /** One more with each change. */
  readonly version: number;
  /** What units are drawn with: hexadecimal, drawn itself when the experiment is made. */
  readonly salt: string;
  readonly definition: ExperimentDefinition;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Who said last what it is. */
  readonly editedBy: string;
  /** Null: it has not run yet. */
  readonly startedAt: Date | null;
  /** Null: it runs, or has not run yet. */
  readonly endedAt: Date | null;
  /** Null: no variant was shipped. */
  readonly shipped: Shipped | null;
  /** Of the last change, in the words of whoever made it. */
  readonly reason: string;
}

/** Settings that shape lists; the others shape deliveries. */
export const LIST_SETTING = 'policy';
export const DELIVERY_SETTING = 'delivery policy';

/** The layers that the variants of an experiment change anything in, in a fixed order. */
export function layersOf({ variants }: Pick<ExperimentDefinition, 'variants'>): ExperimentLayer[] {
  return EXPERIMENT_LAYERS.filter((layer) => variants.some((variant) => changesLayer(variant, layer)));
}

function changesLayer({ settings, ruleSetVersion, modelVersion }: Variant, layer: ExperimentLayer): boolean {
  if (layer === 'DELIVERY') return settings[DELIVERY_SETTING] !== undefined;
  return settings[LIST_SETTING] !== undefined || ruleSetVersion !== null || modelVersion !== null;
}

/** Whether it changes anything at all. */
export const isOverriding = (variant: Variant): boolean =>
  EXPERIMENT_LAYERS.some((layer) => changesLayer(variant, layer));

/**
 * Whether nobody can be in both audiences at once, as far as that can be told from what they say: of one criterion they
 * name different values, of which a person has one. People with several languages may be in both of two.
 */
export function areDisjoint(a: RuleAudience, b: RuleAudience): boolean {
  return (['departments', 'roleIds', 'locations', 'learnerIds'] as const).some(
    (field) => a[field].length > 0 && b[field].length > 0 && !a[field].some((value) => b[field].includes(value)),
  );
}

/** Shares of the variants in order, summing to 1. */
export function plannedShares(variants: readonly Pick<Variant, 'weight'>[]): number[] {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  return variants.map(({ weight }) => weight / total);
}

/** So many of one person's exposures count at most, lest that one stand out. */
export const MOST_EXPOSURES = 20;
