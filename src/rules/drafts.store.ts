import { Check, Column, type DataSource, Entity, type EntityManager, PrimaryColumn } from 'typeorm';
import { z } from 'zod';
import type { Logger } from '../platform/logger.js';
import type { Draft, DraftKind } from './lifecycle/draft.js';
import { ruleSchema } from './model/rule.js';

const holdoutSchema = z.object({ holdoutPercent: z.number() });

@Entity({ name: 'rule_draft' })
@Check('rule_draft_kind_known', `kind IN ('RULE', 'REMOVAL', 'SETTING', 'HOLDOUT')`)
class RuleDraftRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'rule_draft_pk' })
  id!: string;

  @Column({ type: 'text' })
  kind!: DraftKind;

  /** Id of the rule, kind of the setting, or `holdout`. */
  @Column({ type: 'text' })
  subject!: string;

  /** The rule, the change of the setting, or `{ holdoutPercent }`; null for a removal. */
  @Column({ type: 'jsonb', nullable: true })
  content!: unknown;

  @Column({ name: 'base_version', type: 'integer' })
  baseVersion!: number;

  @Column({ type: 'integer' })
  revision!: number;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'edited_by', type: 'text' })
  editedBy!: string;

  @Column({ name: 'edited_at', type: 'timestamptz' })
  editedAt!: Date;

  @Column({ name: 'approved_by', type: 'text', nullable: true })
  approvedBy!: string | null;

  @Column({ name: 'approved_at', type: 'timestamptz', nullable: true })
  approvedAt!: Date | null;
}

/** Table classes of this feature, for the data source. */
export const RULE_TABLES = [RuleDraftRow];

/** Drafts that this release cannot read, which a later one has made, are left out wherever drafts are read, and logged. */
export class DraftsStore {
  readonly #dataSource: DataSource;
  readonly #isSetting: (kind: string) => boolean;
  readonly #logger: Logger;

  /** @param isSetting whether this release has a setting of a kind */
  constructor(dataSource: DataSource, isSetting: (kind: string) => boolean, logger: Logger) {
    this.#dataSource = dataSource;
    this.#isSetting = isSetting;
    this.#logger = logger;
  }

  /** In the order in which they were first drafted. */
  async all(): Promise<Draft[]> {
    const order = { createdAt: 'ASC', id: 'ASC' } as const;
    return this.#readable(await this.#dataSource.getRepository(RuleDraftRow).find({ order }));
  }

  async count(): Promise<number> {
    return await this.#dataSource.getRepository(RuleDraftRow).count();
  }

  /** Those that there are, in no particular order. */
  async byIds(ids: readonly string[]): Promise<Draft[]> {
    return this.#readable(await found(this.#dataSource.manager, ids, ''));
  }

  /** As `byIds`; nobody else can change them until the end of the transaction. */
  async lock(transaction: EntityManager, ids: readonly string[]): Promise<Draft[]> {
    return this.#readable(await found(transaction, ids, 'FOR UPDATE'));
  }

  /** False: there is one with its id, which stays. */
  async insert(transaction: EntityManager, draft: Draft): Promise<boolean> {
    const made = await transaction
      .createQueryBuilder()
      .insert()
      .into(RuleDraftRow)
      .values(rowOf(draft) as object)
      .orIgnore()
      .returning('id')
      .execute();
    return (made.raw as readonly unknown[]).length > 0;
  }

  /** In place of the draft with its id. */
  async save(transaction: EntityManager, draft: Draft): Promise<void> {
    await transaction.getRepository(RuleDraftRow).upsert(rowOf(draft) as object, ['id']);
  }

  async approve(transaction: EntityManager, ids: readonly string[], by: string, at: Date): Promise<void> {
    await transaction.query(
      'UPDATE rule_draft SET approved_by = $2, approved_at = $3 WHERE rule_draft.id = ANY($1::text[])',
      [ids, by, at],
    );
  }

  async remove(transaction: EntityManager, ids: readonly string[]): Promise<void> {
    await transaction.query('DELETE FROM rule_draft WHERE rule_draft.id = ANY($1::text[])', [ids]);
  }

  #readable(rows: readonly RuleDraftRow[]): Draft[] {
    return rows.flatMap((row) => {
      const draft = draftOf(row);
      if (draft !== null && (draft.kind !== 'SETTING' || this.#isSetting(draft.setting))) return [draft];
      this.#logger.warn({ draftId: row.id, kind: row.kind }, 'a draft cannot be read by this release, and is left out');
      return [];
    });
  }
}

async function found(manager: EntityManager, ids: readonly string[], lock: '' | 'FOR UPDATE'): Promise<RuleDraftRow[]> {
  // In one order for all, so that two who lock the same drafts never wait for each other.
  return (await manager.query(
    `SELECT d.id, d.kind, d.subject, d.content, d.base_version AS "baseVersion", d.revision, d.created_by AS "createdBy",
       d.created_at AS "createdAt", d.edited_by AS "editedBy", d.edited_at AS "editedAt",
       d.approved_by AS "approvedBy", d.approved_at AS "approvedAt"
     FROM rule_draft d WHERE d.id = ANY($1::text[]) ORDER BY d.id ${lock}`,
    [ids],
  )) as RuleDraftRow[];
}

/** Null: this release does not know the kind, or cannot read what it says. */
function draftOf({ kind, subject, content, approvedBy, approvedAt, ...state }: RuleDraftRow): Draft | null {
  const approval = approvedBy === null || approvedAt === null ? null : { by: approvedBy, at: approvedAt };
  switch (kind) {
    case 'RULE': {
      const rule = ruleSchema.safeParse(content);
      return rule.success ? { ...state, kind, approval, rule: rule.data } : null;
    }
    case 'REMOVAL':
      return { ...state, kind, approval, ruleId: subject };
    case 'SETTING':
      return { ...state, kind, approval, setting: subject, change: content as Readonly<Record<string, unknown>> };
    case 'HOLDOUT': {
      const holdout = holdoutSchema.safeParse(content);
      return holdout.success ? { ...state, kind, approval, ...holdout.data } : null;
    }
    default:
      return null;
  }
}

function rowOf(draft: Draft): RuleDraftRow {
  const { id, kind, baseVersion, revision, createdBy, createdAt, editedBy, editedAt, approval } = draft;
  const state = { id, kind, baseVersion, revision, createdBy, createdAt, editedBy, editedAt };
  const approved = { approvedBy: approval?.by ?? null, approvedAt: approval?.at ?? null };
  switch (draft.kind) {
    case 'RULE':
      return { ...state, ...approved, subject: draft.rule.id, content: draft.rule };
    case 'REMOVAL':
      return { ...state, ...approved, subject: draft.ruleId, content: null };
    case 'SETTING':
      return { ...state, ...approved, subject: draft.setting, content: draft.change };
    case 'HOLDOUT':
      return { ...state, ...approved, subject: 'holdout', content: { holdoutPercent: draft.holdoutPercent } };
  }
}
