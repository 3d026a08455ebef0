import type { DataSource, EntityManager } from 'typeorm';
import { DomainError, type RowError } from '../platform/errors.js';
import type { Logger } from '../platform/logger.js';
import { usableIds } from '../platform/rowChecks.js';
import { type ContentChange, changesBetween } from '../platform/settings/versionedSettings.js';
import { DraftsStore } from './drafts.store.js';
import {
  type Draft,
  type HoldoutDraft,
  isSettingDraft,
  type RemovalDraft,
  type RuleDraft,
  type SettingDraft,
} from './lifecycle/draft.js';
import { type DraftBasis, holdoutProblems, overwrittenBy, publishProblems, ruleIn } from './lifecycle/draftProblems.js';
import { withDrafts } from './lifecycle/publishedRuleSet.js';
import { draftSentence } from './lifecycle/ruleWords.js';
import type { RuleSetContent } from './model/rule.js';
import type { RuleSetService } from './ruleSets.service.js';

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

/** Drafts beside what counts now. */
export class DraftViewsService {
  readonly #dataSource: DataSource;
  readonly #store: DraftsStore;
  readonly #ruleSets: RuleSetService;

  constructor(dataSource: DataSource, ruleSets: RuleSetService, logger: Logger) {
    this.#dataSource = dataSource;
    this.#store = new DraftsStore(dataSource, (kind) => ruleSets.isTunable(kind), logger);
    this.#ruleSets = ruleSets;
  }

  /**
   * What would count if these drafts were published now; nothing is changed.
   *
   * @throws DomainError NOT_FOUND naming the ids of drafts that there are not; BAD_USER_INPUT when two of them are about
   *   the same rule or setting
   */
  async draftedContent(draftIds: readonly string[]): Promise<DraftedContent> {
    const ids = [...new Set(draftIds)];
    const drafts = await this.#store.byIds(usableIds(ids));
    const [problem] = publishProblems(ids, drafts, new Map(), false);
    if (problem !== undefined) {
      const code = problem.code === 'NOT_FOUND' ? 'NOT_FOUND' : 'BAD_USER_INPUT';
      throw new DomainError(code, problem.message, { argument: 'draftIds' });
    }
    const { version, content } = this.#ruleSets.current;
    const settings = drafts.filter(isSettingDraft).map((draft) => [draft.setting, this.#settingChange(draft)] as const);
    return { baseVersion: version, content: withDrafts(content, drafts), settings: new Map(settings) };
  }

  /** In the order of the drafts. */
  async of(drafts: readonly Draft[]): Promise<DraftView[]> {
    const overwritten = await this.#overwritten(this.#dataSource.manager, drafts);
    return drafts.map((draft) => ({
      draft,
      sentence: this.sentenceOf(draft),
      changes: this.#changesOf(draft),
      overwrites: overwritten.get(draft.id) ?? [],
    }));
  }

  /** What a draft would do to what counts now, in one plain sentence. */
  sentenceOf(draft: Draft): string {
    return draftSentence(
      draft,
      this.#ruleSets.current.content,
      this.#ruleSets.names,
      isSettingDraft(draft) ? this.#settingChange(draft) : null,
    );
  }

  /**
   * What keeps drafts from being published, by their position among the ids that were named.
   *
   * @param drafts those of the ids that there are
   */
  async problems(
    transaction: EntityManager,
    ids: readonly string[],
    drafts: readonly Draft[],
    approvalRequired: boolean,
  ): Promise<readonly RowError[]> {
    const overwritten = await this.#overwritten(transaction, drafts);
    // What was allowed when it was drafted may be out of range in a later release.
    const invalid = drafts.flatMap((draft) => {
      const index = ids.indexOf(draft.id);
      return this.#settingProblems(draft).map((error) => ({ ...error, index }));
    });
    return [...publishProblems(ids, drafts, overwritten, approvalRequired), ...invalid];
  }

  #settingProblems(draft: Draft): readonly RowError[] {
    if (draft.kind === 'HOLDOUT') return holdoutProblems(draft.holdoutPercent);
    return draft.kind === 'SETTING' ? this.#ruleSets.tunable(draft.setting).kind.problems(draft.change) : [];
  }

  #changesOf(draft: Draft): ContentChange[] {
    const { content } = this.#ruleSets.current;
    if (draft.kind === 'HOLDOUT') return changesBetween(holdoutIn(content), holdoutIn(draft));
    if (draft.kind === 'SETTING') {
      const { before, after } = this.#settingChange(draft);
      return changesBetween(before, after);
    }
    const id = draft.kind === 'RULE' ? draft.rule.id : draft.ruleId;
    return changesBetween(ruleIn(content, id) ?? {}, draft.kind === 'RULE' ? draft.rule : {});
  }

  #settingChange({ setting, change }: SettingDraft): { readonly before: unknown; readonly after: unknown } {
    const tunable = this.#ruleSets.tunable(setting);
    const before = tunable.setting.current.content;
    return { before, after: tunable.kind.changed(before, change) };
  }

  /** What each draft would overwrite of what has changed since it was made, by its id; see `overwrittenBy`. */
  async #overwritten(
    manager: EntityManager,
    drafts: readonly Draft[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const now = (await this.#ruleSets.setting.latestIn(manager)).content;
    const bases = new Map<number, RuleSetContent>();
    const overwritten = new Map<string, readonly string[]>();
    for (const draft of drafts) {
      if (draft.kind === 'SETTING') {
        overwritten.set(draft.id, overwrittenBy(await this.#settingBasis(manager, draft)));
        continue;
      }
      const base =
        bases.get(draft.baseVersion) ?? (await this.#ruleSets.setting.at(draft.baseVersion, manager))?.content ?? now;
      bases.set(draft.baseVersion, base);
      overwritten.set(draft.id, overwrittenBy(ruleSetBasis(draft, base, now)));
    }
    return overwritten;
  }

  async #settingBasis(manager: EntityManager, draft: SettingDraft): Promise<DraftBasis> {
    const { kind, setting } = this.#ruleSets.tunable(draft.setting);
    const now = (await setting.latestIn(manager)).content;
    const base = (await setting.at(draft.baseVersion, manager))?.content ?? now;
    return { kind: draft.kind, base, now, published: kind.changed(now, draft.change) };
  }
}

const holdoutIn = ({ holdoutPercent }: Pick<RuleSetContent, 'holdoutPercent'>) => ({ holdoutPercent });

function ruleSetBasis(
  draft: RuleDraft | RemovalDraft | HoldoutDraft,
  base: RuleSetContent,
  now: RuleSetContent,
): DraftBasis {
  if (draft.kind === 'HOLDOUT') {
    return { kind: draft.kind, base: holdoutIn(base), now: holdoutIn(now), published: holdoutIn(draft) };
  }
  const id = draft.kind === 'RULE' ? draft.rule.id : draft.ruleId;
  return { kind: draft.kind, base: ruleIn(base, id), now: ruleIn(now, id) };
}
