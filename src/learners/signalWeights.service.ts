import { DomainError, type RowError } from '../platform/errors.js';
import {
  reasonProblems,
  type Setting,
  type SettingChange,
  type SettingUpdate,
  type SettingVersion,
  type VersionedSettings,
} from '../platform/versionedSettings.js';
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

/** How much each thing a learner can do tells about their wishes, as L&D has set it. */
export class SignalWeightsService {
  readonly #setting: Setting<ConfidenceWeights>;

  constructor(settings: VersionedSettings) {
    this.#setting = settings.define({
      kind: 'signal weights',
      schema: signalWeightsSchema,
      initial: DEFAULT_CONFIDENCE_WEIGHTS,
    });
  }

  /** Those that count. */
  get current(): SignalWeightsVersion {
    return weightsOf(this.#setting.current);
  }

  /** @throws DomainError NOT_FOUND */
  async at(version: number): Promise<SignalWeightsVersion> {
    const found = await this.#setting.at(version);
    if (found === null) {
      throw new DomainError('NOT_FOUND', `There is no version ${version} of the signal weights.`, {
        argument: 'version',
      });
    }
    return weightsOf(found);
  }

  /** Newest first, without version 0. */
  async versions(limit: number): Promise<SignalWeightsVersion[]> {
    return (await this.#setting.history(limit)).map(weightsOf);
  }

  /**
   * Makes a new version in which what is named has changed; it counts in the next list, and in the model from the next
   * training on.
   *
   * @throws DomainError CONFLICT when somebody else has changed the weights since
   */
  async update(
    change: SignalWeightsChange,
    update: SettingUpdate,
  ): Promise<{ readonly signalWeights: SignalWeightsVersion | null; readonly errors: readonly RowError[] }> {
    const errors = [...signalWeightsProblems(change), ...reasonProblems(update)];
    if (errors.length > 0) return { signalWeights: null, errors };
    const made = await this.#setting.update((weights) => changedWeights(weights, change), update);
    return { signalWeights: weightsOf(made), errors };
  }
}

function weightsOf({ version, content, change }: SettingVersion<ConfidenceWeights>): SignalWeightsVersion {
  return { version, weights: content, change };
}
