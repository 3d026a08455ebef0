import { TunableSetting } from '../platform/settings/tunableSetting.js';
import type { SettingChange, VersionedSettings } from '../platform/settings/versionedSettings.js';
import {
  changedPolicy,
  DEFAULT_POLICY,
  type Policy,
  type PolicyChange,
  type PolicyContent,
  policyProblems,
  policySchema,
} from './policy.js';

/** A policy with who made it, when and why; null for version 0. */
export interface PolicyVersion extends Policy {
  readonly change: SettingChange | null;
}

/** How L&D wants lists to be made; the next list is made with the version that counts. */
export class PolicyService extends TunableSetting<PolicyContent, PolicyChange, PolicyVersion> {
  constructor(settings: VersionedSettings) {
    const { version: _, ...initial } = DEFAULT_POLICY;
    super(
      settings,
      { kind: 'policy', schema: policySchema, initial, problems: policyProblems, changed: changedPolicy },
      ({ version, content, change }) => ({ version, ...content, change }),
    );
  }
}
