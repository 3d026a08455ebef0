import { Column, type DataSource, Entity, type EntityManager, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What was done to something. */
export const AUDIT_ACTIONS = [
  'DRAFTED',
  'EDITED',
  'DISCARDED',
  'APPROVED',
  'PUBLISHED',
  'ROLLED_BACK',
  'STARTED',
  'STOPPED',
  'SHIPPED',
  'ADDED',
  'CHANGED',
  'REMOVED',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** One change as it is told to people later; entries are added and never changed. */
@Entity({ name: 'audit_entry' })
@Index('audit_entry_subject_ix', ['subject', 'id'])
export class AuditEntryRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'audit_entry_pk',
  })
  id!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'text' })
  by!: string;

  @Column({ type: 'text' })
  action!: AuditAction;

  /** What was changed, such as `policy` or `rule <id>`. */
  @Column({ type: 'text' })
  subject!: string;

  /** One plain sentence in the words of the time: names may be others by now. */
  @Column({ type: 'text' })
  text!: string;

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  before!: unknown;

  @Column({ type: 'jsonb', nullable: true })
  after!: unknown;
}

export type AuditEntry = Readonly<AuditEntryRow>;

/** What happened to one thing; null before it was there, and after it is gone. */
export type AuditedChange = Pick<AuditEntry, 'action' | 'subject' | 'text' | 'before' | 'after'>;

/** Who did it and, where they said so, why. */
export type AuditedBy = Pick<AuditEntry, 'by' | 'reason'>;

/** A page of the log, newest first. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly hasMore: boolean;
}

/** Who changed what, when, why, and what it was before. */
export class AuditLog {
  readonly #dataSource: DataSource;
  readonly #clock: () => Date;

  constructor(dataSource: DataSource, clock: () => Date) {
    this.#dataSource = dataSource;
    this.#clock = clock;
  }

  /** Takes down what one transaction changes, in that transaction: neither is ever there without the other. */
  async record(
    transaction: EntityManager,
    { by, reason }: AuditedBy,
    changes: readonly AuditedChange[],
  ): Promise<void> {
    if (changes.length === 0) return;
    await transaction.query(
      `INSERT INTO audit_entry (at, by, action, subject, text, reason, before, after)
       SELECT $1, $2, new.action, new.subject, new.text, $3, nullif(new.before, 'null'), nullif(new.after, 'null')
       FROM unnest($4::text[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[])
         WITH ORDINALITY AS new (action, subject, text, before, after, place)
       ORDER BY new.place`,
      [
        this.#clock(),
        by,
        reason,
        changes.map(({ action }) => action),
        changes.map(({ subject }) => subject),
        changes.map(({ text }) => text),
        changes.map(({ before }) => JSON.stringify(before)),
        changes.map(({ after }) => JSON.stringify(after)),
      ],
    );
  }

  /** The first thing that ever happened to something; null: nothing has. */
  async first(subject: string): Promise<AuditEntry | null> {
    return await this.#dataSource.getRepository(AuditEntryRow).findOne({ where: { subject }, order: { id: 'ASC' } });
  }

  /**
   * @param beforeId only entries older than this one; null: from the newest on
   * @param subject only what happened to this; null: to anything
   */
  async page(first: number, beforeId: string | null, subject: string | null): Promise<AuditPage> {
    const rows = (await this.#dataSource.query(
      `SELECT a.id, a.at, a.by, a.action, a.subject, a.text, a.reason, a.before, a.after FROM audit_entry a
       WHERE ($1::bigint IS NULL OR a.id < $1) AND ($2::text IS NULL OR a.subject = $2)
       ORDER BY a.id DESC LIMIT $3`,
      [beforeId, subject, first + 1],
    )) as AuditEntry[];
    return { entries: rows.slice(0, first), hasMore: rows.length > first };
  }
}
