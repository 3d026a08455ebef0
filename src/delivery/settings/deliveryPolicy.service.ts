import { TunableSetting } from '../../platform/settings/tunableSetting.js';
import type { SettingChange, VersionedSettings } from '../../platform/settings/versionedSettings.js';
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

/** How L&D wants people to be reached; the next suggestion keeps the version that counts. */
export class DeliveryPolicyService extends TunableSetting<DeliveryPolicy, DeliveryPolicyChange, DeliveryPolicyVersion> {
  constructor(settings: VersionedSettings) {
    super(
      settings,
      {
        kind: 'delivery policy',
        schema: deliveryPolicySchema,
        initial: DEFAULT_DELIVERY_POLICY,
        problems: deliveryPolicyProblems,
        changed: changedDeliveryPolicy,
      },
      ({ version, content, change }) => ({ version, ...content, change }),
    );
  }
}
