import type { DataSource, EntityManager } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { AuditLog } from '../platform/audit.js';
import { DomainError, type RowError } from '../platform/errors.js';
import type { Logger } from '../platform/logger.js';
import { usableIds } from '../platform/rowChecks.js';
import type { TunableSetting } from '../platform/tunableSetting.js';
import {
  type ContentChange,
  changesBetween,
  reasonProblems,
  type Setting,
  type SettingUpdate,
  type SettingVersion,
  type VersionedSettings,
} from '../platform/versionedSettings.js';
import { DraftsStore } from './drafts.store.js';
import type { Draft, RemovalDraft, RuleDraft, SettingDraft } from './lifecycle/draft.js';
import { auditedDraftChange, type SeenDraft } from './lifecycle/draftChanges.js';
import {
  type DraftBasis,
  notEarlier,
  overwrittenBy,
  publishProblems,
  requestProblems,
  revisionProblems,
  ruleIn,
  sizeProblems,
} from './lifecycle/draftProblems.js';
import {
  INITIAL_RULE_SET,
  type PublishedRuleSet,
  publishedRuleSetSchema,
  type SettingVersions,
  withDrafts,
} from './lifecycle/publishedRuleSet.js';
import { auditedRuleSet, conflictWords, draftSentence, RULE_SET } from './lifecycle/ruleWords.js';
import { type AnyTunable, requireNothingLost, settingsBack } from './lifecycle/settingsBack.js';
import type { Rule, RuleSetContent } from './model/rule.js';
import { ruleNames } from './model/ruleNames.js';
import type { RuleNames } from './model/ruleSentence.js';
import { type RuleSetDiff, ruleSetDiff } from './model/ruleSetDiff.js';
import { ruleSetHash } from './model/ruleSetHash.js';

export type RuleSetVersion = SettingVersion<PublishedRuleSet>;

/** The new version; null when nothing was published because of the errors. */
export interface PublishedResult {
  readonly made: RuleSetVersion | null;
  readonly errors: readonly RowError[];
}

/** What would count if some drafts were published now. */
export interface DraftedContent {
  /** The version that the drafts were put on. */
  readonly baseVersion: number;
  readonly content: RuleSetContent;
  /** Content of each setting that the drafts change, by its kind, such as `policy`. */
  readonly settings: ReadonlyMap<string, { readonly before: unknown; readonly after: unknown }>;
}

/** A draft, what it says, and how it stands to what counts now. */
export interface DraftView {
  readonly draft: Draft;
  readonly sentence: string;
  /** What publishing it would change. */
  readonly changes: readonly ContentChange[];
  /** Fields that somebody else has changed since and that it would change back; see `overwrittenBy`. */
  readonly overwrites: readonly string[];
}

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
  readonly #dataSource: DataSource;
  readonly #setting: Setting<PublishedRuleSet>;
  readonly #settings: VersionedSettings;
  readonly #drafts: DraftsStore;
  readonly #catalog: CatalogService;
  readonly #logger: Logger;
  readonly #audit: AuditLog;
  readonly #approvalRequired: boolean;
  readonly #tunables = new Map<string, AnyTunable>();

  constructor(
    dataSource: DataSource,
    settings: VersionedSettings,
    catalog: CatalogService,
    audit: AuditLog,
    logger: Logger,
    approvalRequired: boolean,
  ) {
    this.#dataSource = dataSource;
    this.#settings = settings;
    this.#setting = settings.define<PublishedRuleSet>({
      kind: RULE_SET,
      schema: publishedRuleSetSchema,
      initial: INITIAL_RULE_SET,
      conflictDetails: (seen, current) => conflictWords(seen, current, ruleNames(catalog.snapshot)),
      auditedChanges: (before, made) => auditedRuleSet(before, made, ruleNames(catalog.snapshot)),
    });
    this.#drafts = new DraftsStore(dataSource);
    this.#catalog = catalog;
    this.#audit = audit;
    this.#logger = logger;
    this.#approvalRequired = approvalRequired;
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

  /** What counts. Never changes under a caller: a newer version is another object. */
  get current(): RuleSetVersion {
    return this.#setting.current;
  }

  /** As `current`, also when it was published in another process a moment ago. */
  async latest(): Promise<RuleSetVersion> {
    await this.#settings.refresh();
    return this.#setting.current;
  }

  /** @throws DomainError NOT_FOUND */
  async at(version: number): Promise<RuleSetVersion> {
    const found = await this.#setting.at(version);
    if (found !== null) return found;
    throw new DomainError('NOT_FOUND', `There is no version ${version} of the rule set.`, { argument: 'version' });
  }

  /** Null: there is no such version, or this release cannot read it. */
  async contentAt(version: number, manager?: EntityManager): Promise<PublishedRuleSet | null> {
    return (await this.#setting.at(version, manager))?.content ?? null;
  }

  /** The version that counts in the database at that moment. */
  async latestVersionIn(transaction: EntityManager): Promise<number> {
    return (await this.#setting.latestIn(transaction)).version;
  }

  /**
   * A published rule.
   *
   * @throws DomainError NOT_FOUND
   */
  async rule(id: string): Promise<Rule> {
    const rule = ruleIn((await this.latest()).content, id);
    if (rule !== null) return rule;
    throw new DomainError('NOT_FOUND', `There is no published rule "${id}".`, { argument: 'id' });
  }

  /** What the catalogue calls the ids in rules. */
  get names(): RuleNames {
    return ruleNames(this.#catalog.snapshot);
  }

  /** Newest first, without version 0. */
  async versions(limit: number): Promise<RuleSetVersion[]> {
    return await this.#setting.history(limit);
  }

  /**
   * What would count if these drafts were published now; nothing is changed.
   *
   * @throws DomainError NOT_FOUND naming the ids of drafts that there are not; BAD_USER_INPUT when two of them are about
   *   the same rule or setting
   */
  async draftedContent(draftIds: readonly string[]): Promise<DraftedContent> {
    const ids = [...new Set(draftIds)];
    const drafts = await this.#drafts.byIds(usableIds(ids));
    const [problem] = publishProblems(ids, drafts, new Map(), false);
    if (problem !== undefined) {
      const code = problem.code === 'NOT_FOUND' ? 'NOT_FOUND' : 'BAD_USER_INPUT';
      throw new DomainError(code, problem.message, { argument: 'draftIds' });
    }
    const { version, content } = this.current;
    const settings = drafts.filter(isSettingDraft).map((draft) => [draft.setting, this.#settingChange(draft)] as const);
    return { baseVersion: version, content: withDrafts(content, drafts), settings: new Map(settings) };
  }

  /** Drafts beside what counts now. */
  async views(drafts: readonly Draft[]): Promise<DraftView[]> {
    const overwritten = await this.#overwritten(this.#dataSource.manager, drafts);
    return drafts.map((draft) => ({
      draft,
      sentence: this.draftSentence(draft),
      changes: this.#changesOf(draft),
      overwrites: overwritten.get(draft.id) ?? [],
    }));
  }

  #changesOf(draft: Draft): ContentChange[] {
    if (draft.kind === 'SETTING') {
      const { before, after } = this.#settingChange(draft);
      return changesBetween(before, after);
    }
    const id = draft.kind === 'RULE' ? draft.rule.id : draft.ruleId;
    return changesBetween(ruleIn(this.current.content, id) ?? {}, draft.kind === 'RULE' ? draft.rule : {});
  }

  /**
   * What leads from one version to another, the settings of then included.
   *
   * @throws DomainError NOT_FOUND
   */
  async diff(from: number, to: number): Promise<VersionsDiff> {
    const [before, after] = [await this.at(from), await this.at(to)];
    const [was, is] = [await this.#settingsOf(before), await this.#settingsOf(after)];
    const settings: SettingDiff[] = [];
    for (const [kind, { setting }] of this.#tunables) {
      const versions = { before: was[kind] ?? 0, after: is[kind] ?? 0 };
      const contents = [await setting.at(versions.before), await setting.at(versions.after)];
      const changes = changesBetween(contents[0]?.content ?? {}, contents[1]?.content ?? {});
      if (changes.length > 0) settings.push({ setting: kind, versions, changes });
    }
    return { before, after, rules: ruleSetDiff(before.content, after.content), settings };
  }

  /** Nothing was published before version 1: it took down what counted then. */
  async #settingsOf({ version, content }: RuleSetVersion): Promise<SettingVersions> {
    if (version > 0) return content.settings;
    const first = await this.#setting.at(1);
    if (first !== null) return first.content.settingsBefore;
    return Object.fromEntries([...this.#tunables].map(([kind, { setting }]) => [kind, setting.current.version]));
  }

  /** What a draft would do to what counts now, in one plain sentence. */
  draftSentence(draft: Draft): string {
    return draftSentence(
      draft,
      this.current.content,
      this.names,
      isSettingDraft(draft) ? this.#settingChange(draft) : null,
    );
  }

  /**
   * Publishes drafts, all or none of them, as a new version of the rule set and of each setting they change.
   *
   * @param seen revisions of them that whoever publishes has looked at; of the others whatever they say now is published
   * @param holdoutPercent null: as it is
   * @throws DomainError CONFLICT when somebody else has published since; the drafts stay
   */
  async publish(
    draftIds: readonly string[],
    seen: readonly SeenDraft[],
    holdoutPercent: number | null,
    update: SettingUpdate & { readonly expectedVersion: number },
  ): Promise<PublishedResult> {
    const ids = [...new Set(draftIds)];
    const errors = [...reasonProblems(update), ...requestProblems(ids, holdoutPercent, this.#approvalRequired)];
    if (errors.length > 0) return { made: null, errors };
    return await this.#settings.inTurn(async (transaction) => {
      await this.#setting.requireIn(transaction, update.expectedVersion);
      const drafts = await this.#drafts.lock(transaction, usableIds(ids));
      const before = (await this.#setting.latestIn(transaction)).content;
      const content = { ...withDrafts(before, drafts), holdoutPercent: holdoutPercent ?? before.holdoutPercent };
      const problems = [
        ...revisionProblems(ids, drafts, seen),
        ...(await this.#draftProblems(transaction, ids, drafts)),
        ...sizeProblems(content),
      ];
      if (problems.length > 0) return { made: null, errors: problems };
      // In the words of before, which tell what a setting was and what a removed rule said.
      const published = drafts.map((d) => auditedDraftChange('PUBLISHED', d, null, this.draftSentence(d)));
      const made = await this.#publishIn(transaction, content, null, update, async () => {
        for (const { setting, change } of drafts.filter(isSettingDraft)) {
          const tunable = this.tunable(setting);
          const changed = (old: unknown) => tunable.kind.changed(old, change);
          await tunable.setting.updateIn(transaction, changed, { ...update, expectedVersion: null });
        }
      });
      await this.#drafts.remove(transaction, ids);
      await this.#audit.record(transaction, update, published);
      return { made, errors: [] };
    });
  }

  /**
   * Publishes what counted under an earlier version once more, as a new version: its rules, its holdout, and the settings
   * as they were when the version after it was published.
   *
   * @param overwriteSettings also those that somebody has changed by hand since the current version was published
   * @throws DomainError CONFLICT when somebody else has published since, or such a setting would be overwritten; NOT_FOUND
   *   for no such version
   */
  async rollBack(
    toVersion: number,
    overwriteSettings: boolean,
    update: SettingUpdate & { readonly expectedVersion: number },
  ): Promise<PublishedResult> {
    const errors = reasonProblems(update);
    if (errors.length > 0) return { made: null, errors };
    return await this.#settings.inTurn(async (transaction) => {
      await this.#setting.requireIn(transaction, update.expectedVersion);
      if (toVersion >= update.expectedVersion)
        return { made: null, errors: notEarlier(toVersion, update.expectedVersion) };
      const target = await this.#setting.at(toVersion, transaction);
      if (target === null) {
        throw new DomainError('NOT_FOUND', `There is no version ${toVersion} of the rule set.`, {
          argument: 'toVersion',
        });
      }
      const next = await this.#setting.at(toVersion + 1, transaction);
      const wanted = next?.content.settingsBefore ?? target.content.settings;
      const current = (await this.#setting.latestIn(transaction)).content;
      const back = await settingsBack(transaction, wanted, current, (kind) => this.tunable(kind));
      if (!overwriteSettings) requireNothingLost(back);
      const made = await this.#publishIn(transaction, target.content, toVersion, update, async () => {
        for (const { setting, content } of back) {
          await setting.setting.updateIn(transaction, () => content, { ...update, expectedVersion: null });
        }
      });
      return { made, errors: [] };
    });
  }

  /**
   * Publishes the rules of an earlier version once more, and changes of settings with them, as part of what is done in one
   * turn (`VersionedSettings.inTurn`). Holdout and other settings stay as they are.
   *
   * @param changeSettings within the same turn
   * @returns versions before and after
   * @throws DomainError NOT_FOUND
   */
  async republishIn(
    transaction: EntityManager,
    version: number,
    update: SettingUpdate,
    changeSettings: () => Promise<void>,
  ): Promise<{ readonly before: number; readonly after: number }> {
    const target = await this.contentAt(version, transaction);
    if (target === null) throw new DomainError('NOT_FOUND', `There is no version ${version} of the rule set.`);
    const latest = await this.#setting.latestIn(transaction);
    const content = { rules: target.rules, holdoutPercent: latest.content.holdoutPercent };
    const made = await this.#publishIn(transaction, content, version, update, changeSettings);
    return { before: latest.version, after: made.version };
  }

  #settingChange({ setting, change }: SettingDraft): { readonly before: unknown; readonly after: unknown } {
    const tunable = this.tunable(setting);
    const before = tunable.setting.current.content;
    return { before, after: tunable.kind.changed(before, change) };
  }

  async #publishIn(
    transaction: EntityManager,
    { rules, holdoutPercent }: RuleSetContent,
    rollbackOf: number | null,
    update: SettingUpdate,
    changeSettings: () => Promise<void>,
  ): Promise<RuleSetVersion> {
    const settingsBefore = await this.#settingVersions(transaction);
    await changeSettings();
    const settings = await this.#settingVersions(transaction);
    const contentHash = ruleSetHash({ rules, holdoutPercent });
    const content = { rules, holdoutPercent, contentHash, settingsBefore, settings, rollbackOf };
    const made = await this.#setting.updateIn(transaction, () => content, update);
    this.#logger.info({ version: made.version, contentHash, by: update.by, settings, rollbackOf }, 'rules published');
    return made;
  }

  async #settingVersions(transaction: EntityManager): Promise<SettingVersions> {
    const versions: Record<string, number> = {};
    for (const [kind, { setting }] of this.#tunables) versions[kind] = (await setting.latestIn(transaction)).version;
    return versions;
  }

  async #draftProblems(
    transaction: EntityManager,
    ids: readonly string[],
    drafts: readonly Draft[],
  ): Promise<readonly RowError[]> {
    const overwritten = await this.#overwritten(transaction, drafts);
    // What was allowed when it was drafted may be out of range in a later release.
    const invalid = drafts.filter(isSettingDraft).flatMap(({ id, setting, change }) => {
      const index = ids.indexOf(id);
      return this.tunable(setting)
        .kind.problems(change)
        .map((error) => ({ ...error, index }));
    });
    return [...publishProblems(ids, drafts, overwritten, this.#approvalRequired), ...invalid];
  }

  /** What each draft would overwrite of what has changed since it was made, by its id; see `overwrittenBy`. */
  async #overwritten(
    manager: EntityManager,
    drafts: readonly Draft[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const now = (await this.#setting.latestIn(manager)).content;
    const bases = new Map<number, RuleSetContent>();
    const overwritten = new Map<string, readonly string[]>();
    for (const draft of drafts) {
      if (draft.kind === 'SETTING') {
        overwritten.set(draft.id, overwrittenBy(await this.#settingBasis(manager, draft)));
        continue;
      }
      const base = bases.get(draft.baseVersion) ?? (await this.#setting.at(draft.baseVersion, manager))?.content ?? now;
      bases.set(draft.baseVersion, base);
      overwritten.set(draft.id, overwrittenBy(ruleBasis(draft, base, now)));
    }
    return overwritten;
  }

  async #settingBasis(manager: EntityManager, draft: SettingDraft): Promise<DraftBasis> {
    const { kind, setting } = this.tunable(draft.setting);
    const now = (await setting.latestIn(manager)).content;
    const base = (await setting.at(draft.baseVersion, manager))?.content ?? now;
    return { kind: draft.kind, base, changed: kind.changed(base, draft.change), now };
  }
}

function ruleBasis(draft: RuleDraft | RemovalDraft, base: RuleSetContent, now: RuleSetContent): DraftBasis {
  const id = draft.kind === 'RULE' ? draft.rule.id : draft.ruleId;
  return { kind: draft.kind, base: ruleIn(base, id), now: ruleIn(now, id) };
}

const isSettingDraft = (draft: Draft): draft is SettingDraft => draft.kind === 'SETTING';
