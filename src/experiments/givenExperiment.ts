import type { Optional } from '../platform/rowChecks.js';
import { audienceOf, type GivenAudience } from '../rules/model/givenRule.js';
import {
  type ExperimentDefinition,
  type ExperimentMetric,
  type ExperimentMode,
  type ExperimentUnit,
  type Guardrail,
  INTERLEAVED,
  isOverriding,
  layersOf,
  METRICS,
  type Variant,
} from './experiment.js';

/** An experiment as its sender gives it. */
export interface GivenExperiment {
  readonly name: string;
  readonly hypothesis: string;
  readonly owner: string;
  readonly unit: ExperimentUnit;
  readonly mode?: Optional<ExperimentMode>;
  readonly audience?: Optional<GivenAudience>;
  readonly sharePercent?: Optional<number>;
  readonly variants: readonly GivenVariant[];
  readonly primaryMetric: ExperimentMetric;
  readonly guardrails?: Optional<readonly Guardrail[]>;
  readonly minimumPeoplePerVariant: number;
  readonly minimumDays: number;
  readonly plannedPeople?: Optional<number>;
}

export interface GivenVariant {
  readonly id: string;
  readonly name: string;
  readonly isControl: boolean;
  readonly weight: number;
  /** Changes of settings by their kinds. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly ruleSetVersion?: Optional<number>;
  readonly modelVersion?: Optional<string>;
}

const EVERYBODY_PERCENT = 100;

/** The experiment that was given, as it is stored. */
export function definitionOf(given: GivenExperiment): ExperimentDefinition {
  return {
    name: given.name,
    hypothesis: given.hypothesis,
    owner: given.owner,
    unit: given.unit,
    mode: given.mode ?? 'SPLIT',
    audience: audienceOf(given.audience ?? {}),
    sharePercent: given.sharePercent ?? EVERYBODY_PERCENT,
    variants: given.variants.map(variantOf),
    primaryMetric: given.primaryMetric,
    guardrails: (given.guardrails ?? []).map(({ metric, margin }) => ({ metric, margin })),
    minimumPeoplePerVariant: given.minimumPeoplePerVariant,
    minimumDays: given.minimumDays,
    plannedPeople: given.plannedPeople ?? null,
  };
}

function variantOf({ id, name, isControl, weight, settings, ruleSetVersion, modelVersion }: GivenVariant): Variant {
  return {
    ...{ id, name, isControl, weight },
    settings: Object.fromEntries(Object.entries(settings).map(([kind, change]) => [kind, { ...change }])),
    ruleSetVersion: ruleSetVersion ?? null,
    modelVersion: modelVersion ?? null,
  };
}

/** One thing that is wrong, and where. */
interface Problem {
  readonly message: string;
  readonly path: readonly string[];
}

/** What makes variants impossible to tell apart, or to compare fairly; empty when they may be run. */
export function variantProblems(definition: ExperimentDefinition): Problem[] {
  const { variants, mode } = definition;
  const controls = variants.filter(({ isControl }) => isControl).length;
  const problems: Problem[] = [];
  const fail = (message: string, ...path: readonly string[]) => problems.push({ message, path });
  if (controls !== 1) fail(`Exactly one variant must be the control, not ${controls}`, 'variants');
  variants.forEach((variant, i) => {
    const at = ['variants', String(i)];
    const { id } = variant;
    // Served lists name experiment and variant with a stroke between them.
    if (id.includes('/') || id === INTERLEAVED) {
      fail(`variants.${i}.id must hold no "/" and not be "${INTERLEAVED}"`, ...at, 'id');
    }
    if (variants.findIndex((other) => other.id === id) < i) {
      fail(`Variant "${id.slice(0, 80)}" is there twice; give each an id of its own`, ...at, 'id');
    }
    if (!variant.isControl && !isOverriding(variant)) {
      const ways = 'a change of the policy or of the delivery policy, a rule set version, or a model version';
      fail(`Variant "${id.slice(0, 80)}" changes nothing; give it ${ways}`, ...at);
    }
  });
  if (mode === 'INTERLEAVED') problems.push(...interleavingProblems(definition));
  return problems;
}

function interleavingProblems(definition: ExperimentDefinition): Problem[] {
  const { unit, variants, primaryMetric, guardrails } = definition;
  const problems: Problem[] = [];
  const fail = (message: string, ...path: readonly string[]) => problems.push({ message, path });
  if (unit !== 'LEARNER') fail('Interleaved lists need the unit LEARNER: everybody gets both variants', 'unit');
  if (variants.length !== 2) fail('Interleaved lists are drawn from two variants, the control and another', 'variants');
  if (new Set(variants.map(({ weight }) => weight)).size > 1) {
    fail('Both variants of interleaved lists have the same chance; give them the same weight', 'variants');
  }
  if (layersOf(definition).includes('DELIVERY')) fail('Only lists can be interleaved, not deliveries', 'variants');
  const isCredited = (metric: ExperimentMetric) => METRICS[metric].isOfPlaces;
  if (!isCredited(primaryMetric)) {
    fail(`${primaryMetric} cannot be credited to places of a list; choose another metric`, 'primaryMetric');
  }
  guardrails.forEach(({ metric }, i) => {
    if (!isCredited(metric)) {
      fail(`${metric} cannot be credited to places of a list; choose another metric`, 'guardrails', String(i));
    }
  });
  return problems;
}
