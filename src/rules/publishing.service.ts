import type { DataSource, EntityManager } from 'typeorm';
import type { AuditLog } from '../platform/audit.js';
import { DomainError, type RowError } from '../platform/errors.js';
import type { Logger } from '../platform/logger.js';
import { usableIds } from '../platform/rowChecks.js';
import { reasonProblems, type SettingUpdate, type VersionedSettings } from '../platform/settings/versionedSettings.js';
import { DraftsStore } from './drafts.store.js';
import type { DraftViewsService } from './draftViews.service.js';
import { isSettingDraft } from './lifecycle/draft.js';
import { auditedDraftChange, type SeenDraft } from './lifecycle/draftChanges.js';
import { notEarlier, requestProblems, revisionProblems, sizeProblems, twoHoldouts } from './lifecycle/draftProblems.js';
import { withDrafts } from './lifecycle/publishedRuleSet.js';
import { loggedChanges } from './lifecycle/ruleWords.js';
import { requireNothingLost, type SettingBack, settingsBack } from './lifecycle/settingsBack.js';
import type { RuleSetContent } from './model/rule.js';
import { ruleSetDiff } from './model/ruleSetDiff.js';
import { ruleSetHash } from './model/ruleSetHash.js';
import type { RuleSetService, RuleSetVersion } from './ruleSets.service.js';

/** The new version; null when nothing was published because of the errors. */
export interface PublishedResult {
  readonly made: RuleSetVersion | null;
  readonly errors: readonly RowError[];
}

/** What going back to an earlier version makes count. */
export interface RollbackOutcome {
  readonly content: RuleSetContent;
  readonly settings: readonly SettingBack[];
}

/** Makes new versions of the rule set, and of the settings that go along with it. */
export class PublishingService {
  readonly #dataSource: DataSource;
  readonly #store: DraftsStore;
  readonly #ruleSets: RuleSetService;
  readonly #views: DraftViewsService;
  readonly #settings: VersionedSettings;
  readonly #audit: AuditLog;
  readonly #logger: Logger;
  readonly #approvalRequired: boolean;

  constructor(
    dataSource: DataSource,
    ruleSets: RuleSetService,
    views: DraftViewsService,
    settings: VersionedSettings,
    audit: AuditLog,
    logger: Logger,
    approvalRequired: boolean,
  ) {
    this.#dataSource = dataSource;
    this.#store = new DraftsStore(dataSource, (kind) => ruleSets.isTunable(kind), logger);
    this.#ruleSets = ruleSets;
    this.#views = views;
    this.#settings = settings;
    this.#audit = audit;
    this.#logger = logger;
    this.#approvalRequired = approvalRequired;
  }

  /**
   * Publishes drafts, all or none of them, as a new version of the rule set and of each setting they change.
   *
   * @param seen revisions of them that whoever publishes has looked at; of the others whatever they say now is published
   * @param holdoutPercent null: as it is
   * @throws DomainError CONFLICT when somebody else has published since; UNAVAILABLE when what they published cannot be read
   *   by this release; the drafts stay
   */
  async publish(
    draftIds: readonly string[],
    seen: readonly SeenDraft[],
    holdoutPercent: number | null,
    update: SettingUpdate & { readonly expectedVersion: number },
  ): Promise<PublishedResult> {
    const errors = [...reasonProblems(update), ...requestProblems(draftIds, holdoutPercent, this.#approvalRequired)];
    if (errors.length > 0) return { made: null, errors };
    return await this.#settings.inTurn(async (transaction) => {
      await this.#ruleSets.setting.requireIn(transaction, update.expectedVersion);
      await this.#ruleSets.setting.requireReadableIn(transaction);
      const drafts = await this.#store.lock(transaction, usableIds(draftIds));
      const before = (await this.#ruleSets.setting.latestIn(transaction)).content;
      const drafted = withDrafts(before, drafts);
      const content = { ...drafted, holdoutPercent: holdoutPercent ?? drafted.holdoutPercent };
      const problems = [
        ...revisionProblems(draftIds, drafts, seen),
        ...(await this.#views.problems(transaction, draftIds, drafts, this.#approvalRequired)),
        ...twoHoldouts(drafts, holdoutPercent),
        ...sizeProblems(content),
      ];
      if (problems.length > 0) return { made: null, errors: problems };
      // In the words of before, which tell what a setting was and what a removed rule said.
      const published = drafts.map((d) => auditedDraftChange('PUBLISHED', d, null, this.#views.sentenceOf(d)));
      const made = await this.#publishIn(transaction, content, null, update, async () => {
        for (const { setting, change } of drafts.filter(isSettingDraft)) {
          const tunable = this.#ruleSets.tunable(setting);
          await tunable.setting.requireReadableIn(transaction);
          const changed = (old: unknown) => tunable.kind.changed(old, change);
          await tunable.setting.updateIn(transaction, changed, { ...update, expectedVersion: null });
        }
      });
      await this.#store.remove(transaction, draftIds);
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
      await this.#ruleSets.setting.requireIn(transaction, update.expectedVersion);
      const earlier = notEarlier(toVersion, update.expectedVersion);
      if (earlier.length > 0) return { made: null, errors: earlier };
      const back = await this.#outcomeIn(transaction, toVersion);
      if (!overwriteSettings) requireNothingLost(back.settings);
      const made = await this.#publishIn(transaction, back.content, toVersion, update, async () => {
        for (const { setting, content } of back.settings) {
          await setting.setting.updateIn(transaction, () => content, { ...update, expectedVersion: null });
        }
      });
      return { made, errors: [] };
    });
  }

  /**
   * What `rollBack` would make count if it were called now; nothing is changed.
   *
   * @returns null with the errors when there is nothing to go back to
   * @throws DomainError NOT_FOUND as `rollBack`
   */
  async rollbackOutcome(
    toVersion: number,
  ): Promise<{ readonly outcome: RollbackOutcome | null; readonly errors: readonly RowError[] }> {
    const errors = notEarlier(toVersion, (await this.#ruleSets.latest()).version);
    if (errors.length > 0) return { outcome: null, errors };
    return { outcome: await this.#outcomeIn(this.#dataSource.manager, toVersion), errors };
  }

  async #outcomeIn(manager: EntityManager, toVersion: number): Promise<RollbackOutcome> {
    const target = await this.#ruleSets.setting.at(toVersion, manager);
    if (target === null) {
      throw new DomainError('NOT_FOUND', `There is no version ${toVersion} of the rule set.`, {
        argument: 'toVersion',
      });
    }
    const next = await this.#ruleSets.setting.at(toVersion + 1, manager);
    const wanted = next?.content.settingsBefore ?? target.content.settings;
    const current = (await this.#ruleSets.setting.latestIn(manager)).content;
    const settings = await settingsBack(manager, wanted, current, (kind) => this.#ruleSets.tunable(kind));
    return { content: target.content, settings };
  }

  /**
   * Publishes the rules of an earlier version once more, and changes of settings with them, as part of what is done in one
   * turn (`VersionedSettings.inTurn`). Holdout and other settings stay as they are.
   *
   * @param changeSettings within the same turn
   * @returns versions before and after
   * @throws DomainError NOT_FOUND; UNAVAILABLE when the newest version cannot be read by this release
   */
  async republishIn(
    transaction: EntityManager,
    version: number,
    update: SettingUpdate,
    changeSettings: () => Promise<void>,
  ): Promise<{ readonly before: number; readonly after: number }> {
    await this.#ruleSets.setting.requireReadableIn(transaction);
    const target = await this.#ruleSets.contentAt(version, transaction);
    if (target === null) throw new DomainError('NOT_FOUND', `There is no version ${version} of the rule set.`);
    const latest = await this.#ruleSets.setting.latestIn(transaction);
    const content = { rules: target.rules, holdoutPercent: latest.content.holdoutPercent };
    const made = await this.#publishIn(transaction, content, version, update, changeSettings);
    return { before: latest.version, after: made.version };
  }

  async #publishIn(
    transaction: EntityManager,
    { rules, holdoutPercent }: RuleSetContent,
    rollbackOf: number | null,
    update: SettingUpdate,
    changeSettings: () => Promise<void>,
  ): Promise<RuleSetVersion> {
    const settingsBefore = await this.#ruleSets.settingVersionsIn(transaction);
    await changeSettings();
    const settings = await this.#ruleSets.settingVersionsIn(transaction);
    const contentHash = ruleSetHash({ rules, holdoutPercent });
    const content = { rules, holdoutPercent, contentHash, settingsBefore, settings, rollbackOf };
    const before = (await this.#ruleSets.setting.latestIn(transaction)).content;
    const made = await this.#ruleSets.setting.updateIn(transaction, () => content, update);
    const changes = loggedChanges(ruleSetDiff(before, content), this.#ruleSets.names);
    this.#logger.info({ version: made.version, contentHash, settings, rollbackOf, changes }, 'rules published');
    return made;
  }
}
