import { DomainError, type RowError } from '../platform/errors.js';
import {
  reasonProblems,
  type Setting,
  type SettingChange,
  type SettingUpdate,
  type SettingVersion,
  type VersionedSettings,
} from '../platform/versionedSettings.js';
import { DEFAULT_DELIVERY_POLICY, type DeliveryPolicy } from './deliveryPolicy.js';
import {
  changedDeliveryPolicy,
  type DeliveryPolicyChange,
  deliveryPolicyProblems,
  deliveryPolicySchema,
} from './deliveryPolicySetting.js';

/** A policy with its version, and who made it, when and why; null for version 0. */
export interface DeliveryPolicyVersion extends DeliveryPolicy {
  readonly version: number;
  readonly change: SettingChange | null;
}

/** How L&D wants people to be reached. */
export class DeliveryPolicyService {
  readonly #setting: Setting<DeliveryPolicy>;

  constructor(settings: VersionedSettings) {
    this.#setting = settings.define({
      kind: 'delivery policy',
      schema: deliveryPolicySchema,
      initial: DEFAULT_DELIVERY_POLICY,
    });
  }

  /** The one that counts. */
  get current(): DeliveryPolicyVersion {
    return policyOf(this.#setting.current);
  }

  /** @throws DomainError NOT_FOUND */
  async at(version: number): Promise<DeliveryPolicyVersion> {
    const found = await this.#setting.at(version);
    if (found === null) {
      throw new DomainError('NOT_FOUND', `There is no delivery policy version ${version}.`, { argument: 'version' });
    }
    return policyOf(found);
  }

  /** Newest first, without version 0. */
  async versions(limit: number): Promise<DeliveryPolicyVersion[]> {
    return (await this.#setting.history(limit)).map(policyOf);
  }

  /**
   * Makes a new version in which what is named has changed; the next suggestion keeps it.
   *
   * @throws DomainError CONFLICT when somebody else has changed the policy since
   */
  async update(
    change: DeliveryPolicyChange,
    update: SettingUpdate,
  ): Promise<{ readonly policy: DeliveryPolicyVersion | null; readonly errors: readonly RowError[] }> {
    const errors = [...deliveryPolicyProblems(change), ...reasonProblems(update)];
    if (errors.length > 0) return { policy: null, errors };
    const made = await this.#setting.update((policy) => changedDeliveryPolicy(policy, change), update);
    return { policy: policyOf(made), errors };
  }
}

function policyOf({ version, content, change }: SettingVersion<DeliveryPolicy>): DeliveryPolicyVersion {
  return { version, ...content, change };
}
