import { TunableSetting } from '../platform/settings/tunableSetting.js';
import type { SettingChange, VersionedSettings } from '../platform/settings/versionedSettings.js';
import { type ConfidenceWeights, DEFAULT_CONFIDENCE_WEIGHTS } from './confidence.js';
import {
  changedWeights,
  type SignalWeightsChange,
  signalWeightsProblems,
  signalWeightsSchema,
} from './signalWeights.js';

/** Weights with the number of their version. */
export interface SignalWeights {
  /** 0: nobody has changed them yet. */
  readonly version: number;
  readonly weights: ConfidenceWeights;
}

/** With who made it, when and why; null for version 0. */
export interface SignalWeightsVersion extends SignalWeights {
  readonly change: SettingChange | null;
}

/**
 * How much each thing a learner can do tells about their wishes, as L&D has set it. The version that counts does so in the
 * next list, and in the model from the next training on.
 */
export class SignalWeightsService extends TunableSetting<ConfidenceWeights, SignalWeightsChange, SignalWeightsVersion> {
  constructor(settings: VersionedSettings) {
    super(
      settings,
      {
        kind: 'signal weights',
        schema: signalWeightsSchema,
        initial: DEFAULT_CONFIDENCE_WEIGHTS,
        problems: signalWeightsProblems,
        changed: changedWeights,
      },
      ({ version, content: weights, change }) => ({ version, weights, change }),
    );
  }
}
