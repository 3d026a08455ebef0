import { DomainError, type RowError } from '../errors.js';
import {
  reasonProblems,
  type Setting,
  type SettingKind,
  type SettingUpdate,
  type SettingVersion,
  type VersionedSettings,
} from './versionedSettings.js';

/** A kind of setting that is changed by naming what is to become different; what is left out stays. */
export interface TunableKind<T, Change> extends SettingKind<T> {
  /** What is wrong with a change, field by field; empty when it may be made. */
  problems(change: Change): readonly RowError[];
  /** The content with a change that has no problems. */
  changed(content: T, change: Change): T;
}

/** The new version; null when nothing was changed because of the errors. */
export interface TunedSetting<Version> {
  readonly made: Version | null;
  readonly errors: readonly RowError[];
}

/** A setting that L&D changes in parts, always at hand in memory; `Version` is how it is shown. */
export class TunableSetting<T, Change, Version> {
  /** What it is, for whoever changes it together with other settings. */
  readonly kind: TunableKind<T, Change>;
  /** As it is stored. */
  readonly setting: Setting<T>;
  readonly #directChangeRefusal: string | null;
  readonly #versionOf: (version: SettingVersion<T>) => Version;

  constructor(
    settings: VersionedSettings,
    kind: TunableKind<T, Change>,
    versionOf: (version: SettingVersion<T>) => Version,
  ) {
    this.kind = kind;
    this.setting = settings.define(kind);
    this.#directChangeRefusal = settings.directChangeRefusal;
    this.#versionOf = versionOf;
  }

  /** The one that counts. */
  get current(): Version {
    return this.#versionOf(this.setting.current);
  }

  /** @throws DomainError NOT_FOUND */
  async at(version: number): Promise<Version> {
    const found = await this.setting.at(version);
    if (found === null) {
      throw new DomainError('NOT_FOUND', `There is no version ${version} of the ${this.kind.kind}.`, {
        argument: 'version',
      });
    }
    return this.#versionOf(found);
  }

  /** Newest first, without version 0. */
  async versions(limit: number): Promise<Version[]> {
    return (await this.setting.history(limit)).map(this.#versionOf);
  }

  /**
   * Makes a new version in which what is named has changed; it counts from now on.
   *
   * @throws DomainError CONFLICT when somebody else has changed the setting since; FORBIDDEN when settings change by way of
   *   drafts only
   */
  async update(change: Change, update: SettingUpdate): Promise<TunedSetting<Version>> {
    if (this.#directChangeRefusal !== null) throw new DomainError('FORBIDDEN', this.#directChangeRefusal);
    const errors = [...this.kind.problems(change), ...reasonProblems(update)];
    if (errors.length > 0) return { made: null, errors };
    const made = await this.setting.update((content) => this.kind.changed(content, change), update);
    return { made: this.#versionOf(made), errors };
  }
}
