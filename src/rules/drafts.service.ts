import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { AuditAction, AuditLog } from '../platform/audit.js';
import { type Call, idOfCall } from '../platform/calls.js';
import { DomainError, type RowError } from '../platform/errors.js';
import type { Logger } from '../platform/logger.js';
import { RowChecks, requireIds, usableIds } from '../platform/rowChecks.js';
import { DraftsStore } from './drafts.store.js';
import type { DraftView, DraftViewsService } from './draftViews.service.js';
import type { Draft } from './lifecycle/draft.js';
import {
  approvalProblems,
  auditedDraftChange,
  auditSubject,
  type DraftEdit,
  editProblems,
  newDraft,
  type SeenDraft,
} from './lifecycle/draftChanges.js';
import { holdoutProblems, ruleIn } from './lifecycle/draftProblems.js';
import { draftConflict, draftGone, repeatProblems } from './lifecycle/draftWords.js';
import { type GivenRule, ruleOf } from './model/givenRule.js';
import type { Rule, RuleSetContent } from './model/rule.js';
import { ruleProblems } from './model/ruleChecks.js';
import type { RuleNames } from './model/ruleSentence.js';
import type { RuleAdvice, RuleAdviceService } from './ruleAdvice.service.js';
import type { RuleSetService, RuleSetVersion } from './ruleSets.service.js';

/** Most drafts that may wait at once: each is read whenever they are listed. */
const MAX_DRAFTS = 1_000;

/** The draft; null when it was not stored because of the errors. */
export interface DraftResult {
  readonly draft: Draft | null;
  readonly errors: readonly RowError[];
}

/** Changes of rules and settings that wait for being published; they count for nobody until then. */
export class DraftsService {
  readonly #dataSource: DataSource;
  readonly #store: DraftsStore;
  readonly #ruleSets: RuleSetService;
  readonly #views: DraftViewsService;
  readonly #catalog: CatalogService;
  readonly #advice: RuleAdviceService;
  readonly #audit: AuditLog;
  readonly #clock: () => Date;
  readonly #defaultTimezone: string;

  constructor(
    dataSource: DataSource,
    ruleSets: RuleSetService,
    views: DraftViewsService,
    catalog: CatalogService,
    advice: RuleAdviceService,
    audit: AuditLog,
    clock: () => Date,
    defaultTimezone: string,
    logger: Logger,
  ) {
    this.#dataSource = dataSource;
    this.#store = new DraftsStore(dataSource, (kind) => ruleSets.isTunable(kind), logger);
    this.#ruleSets = ruleSets;
    this.#views = views;
    this.#catalog = catalog;
    this.#advice = advice;
    this.#audit = audit;
    this.#clock = clock;
    this.#defaultTimezone = defaultTimezone;
  }

  /** All that wait, in the order in which they were first drafted. */
  async all(): Promise<Draft[]> {
    return await this.#store.all();
  }

  /**
   * A rule as it is to be.
   *
   * @param ruleId the published rule that it is to replace; null: it is a new one
   * @param basedOnVersion version of the rule set that whoever drafts it has looked at; null: the one that counts
   * @throws DomainError NOT_FOUND for no such rule or version
   */
  async draftRule(
    given: GivenRule,
    ruleId: string | null,
    basedOnVersion: number | null,
    call: Call,
  ): Promise<DraftResult> {
    const base = await this.#ruleSetAt(basedOnVersion);
    const published = ruleId === null ? null : ruleIn(base.content, ruleId);
    const errors = [...callProblems(call), ...(await this.#ruleProblems(given))];
    if (errors.length > 0) {
      if (ruleId !== null) requireRule(base.content, ruleId);
      return { draft: null, errors };
    }
    const at = this.#clock();
    const createdAt = published?.createdAt ?? at.toISOString();
    const id = draftId(call);
    const rule = ruleOf(given, { id: ruleId ?? idOfCall('rule', id), createdAt, zone: this.#defaultTimezone });
    return await this.#create({ ...newDraft(id, base.version, call.by, at), kind: 'RULE', rule }, call, () => {
      if (ruleId !== null) requireRule(base.content, ruleId);
    });
  }

  /** That a published rule is to go. */
  async draftRemoval(ruleId: string, basedOnVersion: number | null, call: Call): Promise<DraftResult> {
    const base = await this.#ruleSetAt(basedOnVersion);
    const errors = callProblems(call);
    if (errors.length > 0) return { draft: null, errors };
    const state = newDraft(draftId(call), base.version, call.by, this.#clock());
    return await this.#create({ ...state, kind: 'REMOVAL', ruleId }, call, () => requireRule(base.content, ruleId));
  }

  /** A change of a setting of this kind. `basedOnVersion` is about the setting. */
  async draftSetting(
    setting: string,
    change: Readonly<Record<string, unknown>>,
    basedOnVersion: number | null,
    call: Call,
  ): Promise<DraftResult> {
    const baseVersion = await this.#settingVersion(setting, basedOnVersion);
    const errors = [...callProblems(call), ...this.#ruleSets.tunable(setting).kind.problems(change)];
    if (errors.length > 0) return { draft: null, errors };
    const state = newDraft(draftId(call), baseVersion, call.by, this.#clock());
    return await this.#create({ ...state, kind: 'SETTING', setting, change }, call);
  }

  /** Another share of people whom soft rules leave alone. `basedOnVersion` is about the rule set. */
  async draftHoldout(holdoutPercent: number, basedOnVersion: number | null, call: Call): Promise<DraftResult> {
    const base = await this.#ruleSetAt(basedOnVersion);
    const errors = [...callProblems(call), ...holdoutProblems(holdoutPercent)];
    if (errors.length > 0) return { draft: null, errors };
    const state = newDraft(draftId(call), base.version, call.by, this.#clock());
    return await this.#create({ ...state, kind: 'HOLDOUT', holdoutPercent }, call);
  }

  /**
   * Puts something else in place of what a draft says; approvals of it are void.
   *
   * @param basedOnVersion null: what the draft was based on before
   * @throws DomainError CONFLICT when somebody else has edited the draft since; NOT_FOUND when it is gone
   */
  async update(seen: SeenDraft, edit: DraftEdit, basedOnVersion: number | null, by: string): Promise<DraftResult> {
    requireIds('draftId', [seen.draftId]);
    const errors = await this.#editedProblems(edit);
    if (errors.length > 0) return { draft: null, errors };
    const baseVersion = basedOnVersion === null ? null : await this.#baseVersion(edit, basedOnVersion);
    const editedAt = this.#clock();
    return await this.#changeSeen(seen, async (transaction, draft) => {
      const problems = editProblems(draft, edit);
      if (problems.length > 0) return { draft: null, errors: problems };
      const state = {
        ...draft,
        ...{ baseVersion: baseVersion ?? draft.baseVersion, revision: draft.revision + 1, approval: null },
        ...{ editedBy: by, editedAt },
      };
      const made = this.#edited(state, edit);
      await this.#store.save(transaction, made);
      await this.#record(transaction, by, 'EDITED', draft, made, this.sentenceOf(made));
      return { draft: made, errors: [] };
    });
  }

  /** Throws a draft away; what it said stays in the audit log. */
  async discard(seen: SeenDraft, by: string): Promise<Draft> {
    requireIds('draftId', [seen.draftId]);
    return await this.#changeSeen(seen, async (transaction, draft) => {
      await this.#store.remove(transaction, [draft.id]);
      await this.#record(transaction, by, 'DISCARDED', draft, null, this.sentenceOf(draft));
      return draft;
    });
  }

  /** Agrees with drafts that somebody else has edited last; what cannot be approved is told row by row. */
  async approve(
    rows: readonly SeenDraft[],
    by: string,
  ): Promise<{ readonly approved: readonly Draft[]; readonly errors: readonly RowError[] }> {
    const at = this.#clock();
    return await this.#dataSource.transaction(async (transaction) => {
      const drafts = await this.#store.lock(transaction, usableIds(rows.map(({ draftId }) => draftId)));
      const byId = new Map(drafts.map((draft) => [draft.id, draft]));
      const errors = rows.flatMap((row, index) => approvalProblems(row, byId.get(row.draftId), by, index));
      const refused = new Set(errors.map(({ index }) => rows[index]?.draftId));
      const approved = drafts.filter(({ id }) => !refused.has(id)).map((draft) => ({ ...draft, approval: { by, at } }));
      await this.#store.approve(
        transaction,
        approved.map(({ id }) => id),
        by,
        at,
      );
      for (const draft of approved)
        await this.#record(transaction, by, 'APPROVED', byId.get(draft.id) ?? draft, draft, this.sentenceOf(draft));
      return { approved, errors };
    });
  }

  /** See `RuleAdviceService`. */
  async adviceOn(rule: Rule): Promise<RuleAdvice> {
    return await this.#advice.on(rule, await this.#store.all());
  }

  /** Drafts beside what counts now. */
  async views(drafts: readonly Draft[]): Promise<DraftView[]> {
    return await this.#views.of(drafts);
  }

  /** What the catalogue calls the ids in rules. */
  get names(): RuleNames {
    return this.#ruleSets.names;
  }

  /** What a draft says in one plain sentence. */
  sentenceOf(draft: Draft): string {
    return this.#views.sentenceOf(draft);
  }

  /**
   * The draft of the earlier call when this one repeats it.
   *
   * @param requireBase throws when there is nothing to change; a call that has been sent before is past that
   */
  async #create(draft: Draft, { by, clientMutationId }: Call, requireBase?: () => void): Promise<DraftResult> {
    if (clientMutationId !== null) {
      const earlier = await this.#ofEarlierCall(draft);
      if (earlier !== null) return earlier;
    }
    requireBase?.();
    const waiting = await this.#store.count();
    if (waiting >= MAX_DRAFTS) {
      const check = new RowChecks(0);
      check.fail('INVALID_VALUE', `${waiting} drafts wait already; publish or discard some first`);
      return { draft: null, errors: check.errors };
    }
    const isNew = await this.#dataSource.transaction(async (transaction) => {
      if (!(await this.#store.insert(transaction, draft))) return false;
      await this.#record(transaction, by, 'DRAFTED', null, draft, this.sentenceOf(draft));
      return true;
    });
    // Two calls at once: the other has won.
    return (isNew ? null : await this.#ofEarlierCall(draft)) ?? { draft, errors: [] };
  }

  /** What became of a call that would have made the same draft; null: there was none. */
  async #ofEarlierCall(again: Draft): Promise<DraftResult | null> {
    const first = await this.#audit.first(auditSubject(again));
    if (first === null) return null;
    const [stored = null] = await this.#store.byIds([again.id]);
    const errors = repeatProblems(first, again, stored);
    return { draft: errors.length > 0 ? null : stored, errors };
  }

  async #editedProblems(edit: DraftEdit): Promise<readonly RowError[]> {
    if (edit.kind === 'RULE') return await this.#ruleProblems(edit.rule);
    if (edit.kind === 'HOLDOUT') return holdoutProblems(edit.holdoutPercent);
    return this.#ruleSets.tunable(edit.setting).kind.problems(edit.change);
  }

  async #baseVersion(edit: DraftEdit, version: number): Promise<number> {
    if (edit.kind === 'SETTING') return await this.#settingVersion(edit.setting, version);
    return (await this.#ruleSetAt(version)).version;
  }

  #edited(state: Draft, edit: DraftEdit): Draft {
    if (edit.kind === 'SETTING' && state.kind === 'SETTING') return { ...state, change: edit.change };
    if (edit.kind === 'HOLDOUT' && state.kind === 'HOLDOUT') return { ...state, holdoutPercent: edit.holdoutPercent };
    if (edit.kind !== 'RULE' || state.kind !== 'RULE') throw new Error('An edit was not checked before it was made');
    const { id, createdAt } = state.rule;
    return { ...state, rule: ruleOf(edit.rule, { id, createdAt, zone: this.#defaultTimezone }) };
  }

  /** Changes a draft that is as it was seen, while nobody else can. */
  async #changeSeen<Result>(
    seen: SeenDraft,
    change: (transaction: EntityManager, draft: Draft) => Promise<Result>,
  ): Promise<Result> {
    const outcome = await this.#dataSource.transaction(async (transaction) => {
      const [draft] = await this.#store.lock(transaction, [seen.draftId]);
      if (draft === undefined || draft.revision !== seen.revision) return { isSeen: false as const, draft };
      return { isSeen: true as const, result: await change(transaction, draft) };
    });
    if (outcome.isSeen) return outcome.result;
    if (outcome.draft !== undefined) throw await this.#conflict(seen, outcome.draft);
    throw draftGone(seen.draftId);
  }

  async #conflict(seen: SeenDraft, draft: Draft): Promise<DomainError> {
    const { entries } = await this.#audit.page(MAX_REVISIONS_SEARCHED, null, auditSubject(draft));
    return draftConflict(seen, draft, this.sentenceOf(draft), entries);
  }

  async #record(
    transaction: EntityManager,
    by: string,
    action: AuditAction,
    before: Draft | null,
    after: Draft | null,
    text: string,
  ): Promise<void> {
    await this.#audit.record(transaction, { by, reason: null }, [auditedDraftChange(action, before, after, text)]);
  }

  /** Looks once more at the catalogue where this process may not have heard of something yet. */
  async #ruleProblems(given: GivenRule): Promise<readonly RowError[]> {
    await this.#catalog.knownCourseIds(given.target?.courseIds ?? []);
    await this.#catalog.knownRoleIds(given.audience?.roleIds ?? []);
    const skillGap = given.audience?.skillGap;
    await this.#catalog.knownSkillIds([...(given.target?.skillIds ?? []), ...(skillGap ? [skillGap.skillId] : [])]);
    return ruleProblems(given, this.#catalog.snapshot, this.#defaultTimezone);
  }

  async #ruleSetAt(version: number | null): Promise<RuleSetVersion> {
    const current = await this.#ruleSets.latest();
    return version === null || version === current.version ? current : await this.#ruleSets.at(version);
  }

  async #settingVersion(kind: string, version: number | null): Promise<number> {
    await this.#ruleSets.latest();
    const { setting } = this.#ruleSets.tunable(kind);
    if (version === null) return setting.current.version;
    if ((await setting.at(version)) !== null) return version;
    throw new DomainError('NOT_FOUND', `There is no version ${version} of the ${kind}.`, {
      argument: 'basedOnVersion',
    });
  }
}

/** Older revisions of a draft than this are not looked for to say what has changed. */
const MAX_REVISIONS_SEARCHED = 100;

/** The same for a call that is repeated. */
const draftId = ({ by, clientMutationId }: Call): string =>
  clientMutationId === null ? randomUUID() : idOfCall('draft', by, clientMutationId);

function callProblems({ clientMutationId }: Call): readonly RowError[] {
  const check = new RowChecks(0);
  check.id(clientMutationId, 'clientMutationId');
  return check.errors;
}

/** @throws DomainError NOT_FOUND */
function requireRule(content: RuleSetContent, ruleId: string) {
  const rule = ruleIn(content, ruleId);
  if (rule !== null) return rule;
  throw new DomainError('NOT_FOUND', `There is no published rule "${ruleId.slice(0, 80)}".`, { argument: 'ruleId' });
}
