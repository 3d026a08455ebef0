import type { EntityManager } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import { DomainError } from '../platform/errors.js';
import type { TunableSetting } from '../platform/settings/tunableSetting.js';
import {
  type ContentChange,
  changesBetween,
  type Setting,
  type SettingVersion,
  type VersionedSettings,
} from '../platform/settings/versionedSettings.js';
import { ruleIn } from './lifecycle/draftProblems.js';
import {
  INITIAL_RULE_SET,
  type PublishedRuleSet,
  publishedRuleSetSchema,
  type SettingVersions,
} from './lifecycle/publishedRuleSet.js';
import { auditedRuleSet, conflictWords, RULE_SET } from './lifecycle/ruleWords.js';
import type { AnyTunable } from './lifecycle/settingsBack.js';
import type { Rule } from './model/rule.js';
import { ruleNames } from './model/ruleNames.js';
import type { RuleNames } from './model/ruleSentence.js';
import { type RuleSetDiff, ruleSetDiff } from './model/ruleSetDiff.js';

export type RuleSetVersion = SettingVersion<PublishedRuleSet>;

/** What leads from one version to another. */
export interface VersionsDiff {
  readonly before: RuleSetVersion;
  readonly after: RuleSetVersion;
  readonly rules: RuleSetDiff;
  /** Those that differ. */
  readonly settings: readonly SettingDiff[];
}

export interface SettingDiff {
  /** Its kind, such as `policy`. */
  readonly setting: string;
  readonly versions: { readonly before: number; readonly after: number };
  readonly changes: readonly ContentChange[];
}

/** Published rules with the settings that go along with them. */
export class RuleSetService {
  /** As it is stored. */
  readonly setting: Setting<PublishedRuleSet>;
  readonly #settings: VersionedSettings;
  readonly #catalog: CatalogService;
  readonly #tunables = new Map<string, AnyTunable>();

  constructor(settings: VersionedSettings, catalog: CatalogService) {
    this.#settings = settings;
    this.setting = settings.define<PublishedRuleSet>({
      kind: RULE_SET,
      schema: publishedRuleSetSchema,
      initial: INITIAL_RULE_SET,
      conflictDetails: (seen, current) => conflictWords(seen, current, ruleNames(catalog.snapshot)),
      auditedChanges: (before, made) => auditedRuleSet(before, made, ruleNames(catalog.snapshot)),
    });
    this.#catalog = catalog;
  }

  /** From now on the setting is drafted, published and rolled back together with rules. */
  tune<T, Change, Version>(setting: TunableSetting<T, Change, Version>): void {
    this.#tunables.set(setting.kind.kind, setting as unknown as AnyTunable);
  }

  /** @throws Error for a kind that was never registered */
  tunable(kind: string): AnyTunable {
    const found = this.#tunables.get(kind);
    if (found === undefined) throw new Error(`Nobody has registered the setting ${kind}`);
    return found;
  }

  /** Whether this release has a setting of a kind that goes along with rules. */
  isTunable(kind: string): boolean {
    return this.#tunables.has(kind);
  }

  /** What counts. Never changes under a caller: a newer version is another object. */
  get current(): RuleSetVersion {
    return this.setting.current;
  }

  /** As `current`, also when it was published in another process a moment ago. */
  async latest(): Promise<RuleSetVersion> {
    await this.#settings.refresh();
    return this.setting.current;
  }

  /** @throws DomainError NOT_FOUND */
  async at(version: number): Promise<RuleSetVersion> {
    const found = await this.setting.at(version);
    if (found !== null) return found;
    throw new DomainError('NOT_FOUND', `There is no version ${version} of the rule set.`, { argument: 'version' });
  }

  /** Null: there is no such version, or this release cannot read it. */
  async contentAt(version: number, manager?: EntityManager): Promise<PublishedRuleSet | null> {
    return (await this.setting.at(version, manager))?.content ?? null;
  }

  /** The version that counts in the database at that moment. */
  async latestVersionIn(transaction: EntityManager): Promise<number> {
    return (await this.setting.latestIn(transaction)).version;
  }

  /**
   * A published rule.
   *
   * @throws DomainError NOT_FOUND
   */
  async rule(id: string): Promise<Rule> {
    const rule = ruleIn((await this.latest()).content, id);
    if (rule !== null) return rule;
    throw new DomainError('NOT_FOUND', `There is no published rule "${id.slice(0, 80)}".`, { argument: 'id' });
  }

  /** What the catalogue calls the ids in rules. */
  get names(): RuleNames {
    return ruleNames(this.#catalog.snapshot);
  }

  /** Newest first, without version 0. */
  async versions(limit: number): Promise<RuleSetVersion[]> {
    return await this.setting.history(limit);
  }

  /**
   * What leads from one version to another, the settings of then included.
   *
   * @throws DomainError NOT_FOUND
   */
  async diff(from: number, to: number): Promise<VersionsDiff> {
    const [before, after] = [await this.at(from), await this.at(to)];
    const [was, is] = [await this.settingsOf(before), await this.settingsOf(after)];
    const settings: SettingDiff[] = [];
    for (const [kind, { setting }] of this.#tunables) {
      const versions = { before: was[kind] ?? 0, after: is[kind] ?? 0 };
      const contents = [await setting.at(versions.before), await setting.at(versions.after)];
      const changes = changesBetween(contents[0]?.content ?? {}, contents[1]?.content ?? {});
      if (changes.length > 0) settings.push({ setting: kind, versions, changes });
    }
    return { before, after, rules: ruleSetDiff(before.content, after.content), settings };
  }

  /** Versions of the settings that counted with a version, by their kinds. Version 0 is before all: version 1 took down what counted then. */
  async settingsOf({ version, content }: RuleSetVersion): Promise<SettingVersions> {
    if (version > 0) return content.settings;
    const first = await this.setting.at(1);
    if (first !== null) return first.content.settingsBefore;
    return Object.fromEntries([...this.#tunables].map(([kind, { setting }]) => [kind, setting.current.version]));
  }

  /** Versions of the settings that count in the database at that moment, by their kinds. */
  async settingVersionsIn(transaction: EntityManager): Promise<SettingVersions> {
    const versions: Record<string, number> = {};
    for (const [kind, { setting }] of this.#tunables) versions[kind] = (await setting.latestIn(transaction)).version;
    return versions;
  }
}
