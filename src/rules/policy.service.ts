import { DomainError, type RowError } from '../platform/errors.js';
import {
  reasonProblems,
  type Setting,
  type SettingChange,
  type SettingUpdate,
  type SettingVersion,
  type VersionedSettings,
} from '../platform/versionedSettings.js';
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

/** How L&D wants lists to be made. */
export class PolicyService {
  readonly #setting: Setting<PolicyContent>;

  constructor(settings: VersionedSettings) {
    const { version: _, ...initial } = DEFAULT_POLICY;
    this.#setting = settings.define({ kind: 'policy', schema: policySchema, initial });
  }

  /** The one that counts. */
  get current(): PolicyVersion {
    return policyOf(this.#setting.current);
  }

  /** @throws DomainError NOT_FOUND */
  async at(version: number): Promise<PolicyVersion> {
    const found = await this.#setting.at(version);
    if (found === null) {
      throw new DomainError('NOT_FOUND', `There is no policy version ${version}.`, { argument: 'version' });
    }
    return policyOf(found);
  }

  /** Newest first, without version 0. */
  async versions(limit: number): Promise<PolicyVersion[]> {
    return (await this.#setting.history(limit)).map(policyOf);
  }

  /**
   * Makes a new version in which what is named has changed; the next list is made with it.
   *
   * @throws DomainError CONFLICT when somebody else has changed the policy since
   */
  async update(
    change: PolicyChange,
    update: SettingUpdate,
  ): Promise<{ readonly policy: PolicyVersion | null; readonly errors: readonly RowError[] }> {
    const errors = [...policyProblems(change), ...reasonProblems(update)];
    if (errors.length > 0) return { policy: null, errors };
    const made = await this.#setting.update((policy) => changedPolicy(policy, change), update);
    return { policy: policyOf(made), errors };
  }
}

function policyOf({ version, content, change }: SettingVersion<PolicyContent>): PolicyVersion {
  return { version, ...content, change };
}
