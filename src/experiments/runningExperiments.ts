import type { RuledPerson } from '../rules/applying/audienceIndex.js';
import type { RuleSetContent } from '../rules/model/rule.js';
import type { PolicyChange } from '../rules/policy.js';
import type { LiveModel } from '../training/training.service.js';
import { type Assigning, assign } from './assignment.js';
import {
  DELIVERY_SETTING,
  type Experiment,
  type ExperimentLayer,
  type ExperimentMode,
  INTERLEAVED,
  LIST_SETTING,
  layersOf,
  type Variant,
} from './experiment.js';
import type { Exposure } from './exposure.js';

/** A variant with all that it puts in the place of what counts; null: that counts. */
export interface ServedVariant {
  readonly id: string;
  readonly weight: number;
  readonly policy: PolicyChange | null;
  /** Change of the delivery policy. */
  readonly delivery: Readonly<Record<string, unknown>> | null;
  readonly ruleSet: { readonly version: number; readonly content: RuleSetContent } | null;
  readonly model: LiveModel | null;
}

/** An experiment that runs, with everything in memory that serving it takes. */
export interface RunningExperiment extends Assigning {
  readonly id: string;
  readonly mode: ExperimentMode;
  readonly layers: readonly ExperimentLayer[];
  readonly variants: readonly ServedVariant[];
  readonly controlIndex: number;
}

/** That somebody takes part in an experiment. */
export interface Participation {
  readonly experiment: RunningExperiment;
  readonly unitId: string;
  /** What they are served; where lists are interleaved, the control. */
  readonly variant: ServedVariant;
  /** What their lists are drawn from besides; null: their lists are not interleaved. */
  readonly challenger: ServedVariant | null;
}

/** What variants name by version. */
export interface VariantParts {
  readonly ruleSets: ReadonlyMap<number, RuleSetContent>;
  readonly models: ReadonlyMap<string, LiveModel>;
}

/** @returns null when a rule set or model that it names is not there */
export function runningExperiment({ id, salt, definition }: Experiment, parts: VariantParts): RunningExperiment | null {
  const { unit, mode, audience, sharePercent, variants } = definition;
  const served = variants.map((variant) => servedVariant(variant, parts));
  if (served.some((variant) => variant === null)) return null;
  return {
    ...{ id, salt, unit, mode, audience, sharePercent },
    layers: layersOf(definition),
    variants: served as ServedVariant[],
    controlIndex: variants.findIndex(({ isControl }) => isControl),
  };
}

function servedVariant(variant: Variant, { ruleSets, models }: VariantParts): ServedVariant | null {
  const { id, weight, settings, ruleSetVersion, modelVersion } = variant;
  const rules = ruleSetVersion === null ? null : ruleSets.get(ruleSetVersion);
  const model = modelVersion === null ? null : models.get(modelVersion);
  if (rules === undefined || model === undefined) return null;
  return {
    ...{ id, weight, model },
    policy: (settings[LIST_SETTING] as PolicyChange | undefined) ?? null,
    delivery: settings[DELIVERY_SETTING] ?? null,
    // Whoever takes part is of no holdout: that of another time must not keep the rules from some of them.
    ruleSet:
      rules === null || ruleSetVersion === null
        ? null
        : { version: ruleSetVersion, content: { ...rules, holdoutPercent: 0 } },
  };
}

/** In which of the experiments of a layer somebody takes part: at most one, since overlapping ones are refused. */
export function participationIn(
  experiments: readonly RunningExperiment[],
  layer: ExperimentLayer,
  person: RuledPerson,
  holdoutPercent: number,
  nowMs: number,
): Participation | null {
  for (const experiment of experiments) {
    if (!experiment.layers.includes(layer)) continue;
    const assigned = assign(experiment, person, holdoutPercent, nowMs);
    if (assigned !== null) return participation(experiment, assigned.unitId, assigned.variantIndex);
  }
  return null;
}

/** What somebody gets who is drawn into an experiment. */
export function participation(experiment: RunningExperiment, unitId: string, variantIndex: number): Participation {
  const { mode, variants, controlIndex } = experiment;
  if (mode === 'SPLIT') {
    return { experiment, unitId, variant: variants[variantIndex] as ServedVariant, challenger: null };
  }
  return {
    ...{ experiment, unitId },
    variant: variants[controlIndex] as ServedVariant,
    challenger: variants[1 - controlIndex] as ServedVariant,
  };
}

/** Under which id what somebody gets is taken down. */
export const variantIdOf = ({ variant, challenger }: Participation): string =>
  challenger === null ? variant.id : INTERLEAVED;

/** What was served, for whoever asks later why it was so: `experimentId/variantId`. */
export const variantLabel = (part: Participation): string => `${part.experiment.id}/${variantIdOf(part)}`;

/** That somebody was served what they get. */
export function exposureOf(part: Participation, learnerId: string, at: Date): Exposure {
  return { experimentId: part.experiment.id, variantId: variantIdOf(part), unitId: part.unitId, learnerId, at };
}
