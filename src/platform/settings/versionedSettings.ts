import { Column, type DataSource, Entity, type EntityManager, LessThan, PrimaryColumn, type Repository } from 'typeorm';
import type { z } from 'zod';
import type { AuditedChange, AuditLog } from '../audit.js';
import type { Revisions } from '../database/revisions.js';
import { DomainError, type RowError } from '../errors.js';
import type { Logger } from '../logger.js';
import { RowChecks } from '../rowChecks.js';

/** Versions are added and never changed; the greatest of a kind counts. */
@Entity({ name: 'setting_version' })
export class SettingVersionRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'setting_version_pk' })
  kind!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'setting_version_pk' })
  version!: number;

  @Column({ type: 'jsonb' })
  content!: unknown;

  /** Why it was changed, in the words of whoever changed it. */
  @Column({ type: 'text' })
  reason!: string;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}

/** One state of a setting. */
export interface SettingVersion<T> {
  /** 0: nobody has changed it yet. */
  readonly version: number;
  readonly content: T;
  /** Who made it, when and why; null for version 0. */
  readonly change: SettingChange | null;
}

export interface SettingChange {
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
}

/** What a kind of setting is. */
export interface SettingKind<T> {
  /** As it is stored, such as `policy`. */
  readonly kind: string;
  /** Reads what is stored. Give what may be added later a default, so that versions of before stay readable. */
  readonly schema: z.ZodType<T>;
  /** What counts until somebody changes it. */
  readonly initial: T;
  /**
   * What a CONFLICT tells of the content that counts now and of what has changed since `seen`, which is null when it
   * cannot be read. Left out: the content and every single value that differs.
   */
  conflictDetails?(seen: T | null, current: T): Readonly<Record<string, unknown>>;
  /** What the audit log is told of a new version. Left out: the content before and after. */
  auditedChanges?(before: SettingVersion<T>, made: SettingVersion<T>): readonly AuditedChange[];
}

/** Why, on what basis and by whom a setting is to be changed. */
export interface SettingUpdate {
  /** The version that whoever changes it has seen; null: it was looked up in the transaction that changes it. */
  readonly expectedVersion: number | null;
  readonly reason: string;
  readonly by: string;
}

/** One value that differs between two versions. */
export interface ContentChange {
  /** Field names from the outside in. */
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

const MAX_REASON = 500;

/** What is wrong with the reason of an update; whoever looks at the history later has to understand it. */
export function reasonProblems({ reason }: Pick<SettingUpdate, 'reason'>): readonly RowError[] {
  const check = new RowChecks(0);
  check.longText(reason, MAX_REASON, 'reason');
  return check.errors;
}

/**
 * Settings that people change while the service runs. Each change makes a new version, with its reason, and is in the
 * memory of every process within a second.
 */
export class VersionedSettings {
  /** Why people may not change a setting by itself, with the way out; null: they may. */
  readonly directChangeRefusal: string | null;
  readonly #dataSource: DataSource;
  readonly #revisions: Revisions;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  readonly #audit: AuditLog;
  readonly #settings: Setting<unknown>[] = [];

  constructor(
    dataSource: DataSource,
    revisions: Revisions,
    clock: () => Date,
    logger: Logger,
    audit: AuditLog,
    directChangeRefusal: string | null = null,
  ) {
    this.directChangeRefusal = directChangeRefusal;
    this.#dataSource = dataSource;
    this.#revisions = revisions;
    this.#clock = clock;
    this.#logger = logger;
    this.#audit = audit;
    revisions.onChange('settings', async () => {
      for (const setting of this.#settings) await setting.reload();
    });
  }

  /** The setting of a kind, to be defined once, before the first refresh of the revisions. */
  define<T>(definition: SettingKind<T>): Setting<T> {
    const setting = new Setting(definition, this.#dataSource, this, this.#clock, this.#logger, this.#audit);
    this.#settings.push(setting as Setting<unknown>);
    return setting;
  }

  /** Resolves when everything that was committed before this call is in memory. */
  async refresh(): Promise<void> {
    await this.#revisions.refresh();
  }

  /**
   * One transaction in which settings are changed: all that it does counts, or nothing. Everybody who changes a setting
   * waits here for whoever came first. What was committed is in memory when this resolves.
   */
  async inTurn<Result>(work: (transaction: EntityManager) => Promise<Result>): Promise<Result> {
    const result = await this.#dataSource.transaction(async (transaction) => {
      // Its row lock is what makes them wait.
      await this.#revisions.raise(transaction, 'settings');
      return await work(transaction);
    });
    await this.refresh();
    return result;
  }
}

/** A setting of one kind, always at hand in memory. */
export class Setting<T> {
  readonly #kind: string;
  readonly #definition: SettingKind<T>;
  readonly #initial: SettingVersion<T>;
  readonly #dataSource: DataSource;
  readonly #settings: VersionedSettings;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  readonly #audit: AuditLog;
  #current: SettingVersion<T>;

  constructor(
    definition: SettingKind<T>,
    dataSource: DataSource,
    settings: VersionedSettings,
    clock: () => Date,
    logger: Logger,
    audit: AuditLog,
  ) {
    this.#kind = definition.kind;
    this.#definition = definition;
    this.#initial = { version: 0, content: definition.initial, change: null };
    this.#current = this.#initial;
    this.#dataSource = dataSource;
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
    this.#audit = audit;
  }

  /** What counts. Never changes under a caller: a newer version is another object. */
  get current(): SettingVersion<T> {
    return this.#current;
  }

  async reload(): Promise<void> {
    this.#current = await this.#lastReadable(this.#rows);
  }

  /** Null: there is no such version, or this release of the service cannot read it. */
  async at(version: number, manager = this.#dataSource.manager): Promise<SettingVersion<T> | null> {
    if (version === 0) return this.#initial;
    const row = await manager.getRepository(SettingVersionRow).findOneBy({ kind: this.#kind, version });
    return row === null ? null : this.#read(row);
  }

  /** Newest first, without version 0. What cannot be read is left out and reported in the log. */
  async history(limit: number): Promise<SettingVersion<T>[]> {
    const rows = await this.#rows.find({ where: { kind: this.#kind }, order: { version: 'DESC' }, take: limit });
    return rows.map((row) => this.#read(row)).filter((version) => version !== null);
  }

  /** As `updateIn` would throw, before anything else is done in its turn. */
  async requireIn(transaction: EntityManager, expectedVersion: number): Promise<void> {
    const rows = transaction.getRepository(SettingVersionRow);
    const latest = await latestRow(rows, this.#kind);
    if (expectedVersion !== (latest?.version ?? 0)) throw await this.#conflict(rows, latest, expectedVersion);
  }

  /**
   * For whoever puts something in the place of all that the newest version says, on the basis of the last that can be read.
   *
   * @throws DomainError UNAVAILABLE when the newest cannot be read: what it brought would be lost unseen
   */
  async requireReadableIn(transaction: EntityManager): Promise<void> {
    const latest = await latestRow(transaction.getRepository(SettingVersionRow), this.#kind);
    if (latest === null || this.#read(latest) !== null) return;
    throw new DomainError(
      'UNAVAILABLE',
      `Version ${latest.version} of the ${this.#kind}, by ${latest.createdBy}, cannot be read by this process: a later ` +
        'release of the service made it, or it was damaged. Nothing was changed by this call; send it again once all ' +
        'processes run that release.',
    );
  }

  /** What counts in the database at that moment, which may be newer than what is in the memory of this process. */
  async latestIn(transaction: EntityManager): Promise<SettingVersion<T>> {
    return await this.#lastReadable(transaction.getRepository(SettingVersionRow));
  }

  /**
   * Makes a new version, in one transaction.
   *
   * @param change gets the content that counts in the database at that moment, which may be newer than the one in the
   *   memory of this process: what it leaves alone is kept
   * @throws DomainError CONFLICT when somebody else has changed the setting since; nothing is stored then, and the
   *   details say what counts now and what has changed
   */
  async update(change: (content: T) => T, update: SettingUpdate): Promise<SettingVersion<T>> {
    return await this.#settings.inTurn((transaction) => this.updateIn(transaction, change, update));
  }

  /** As `update`, as part of what is done in one turn (`VersionedSettings.inTurn`). */
  async updateIn(
    transaction: EntityManager,
    change: (content: T) => T,
    { expectedVersion, reason, by }: SettingUpdate,
  ): Promise<SettingVersion<T>> {
    const rows = transaction.getRepository(SettingVersionRow);
    const latest = await latestRow(rows, this.#kind);
    const latestVersion = latest?.version ?? 0;
    if (expectedVersion !== null && expectedVersion !== latestVersion) {
      throw await this.#conflict(rows, latest, expectedVersion);
    }
    const before = await this.#lastReadable(rows);
    const [at, kind, version] = [this.#clock(), this.#kind, latestVersion + 1];
    const made = { version, content: change(before.content), change: { reason, by, at } };
    await rows.insert({ kind, version, content: made.content as object, reason, createdBy: by, createdAt: at });
    await this.#audit.record(transaction, { by, reason }, this.#auditedChanges(before, made));
    return made;
  }

  #auditedChanges(before: SettingVersion<T>, made: SettingVersion<T>): readonly AuditedChange[] {
    if (this.#definition.auditedChanges !== undefined) return this.#definition.auditedChanges(before, made);
    const text = `The ${this.#kind} changed: version ${made.version} follows version ${before.version}.`;
    return [{ action: 'CHANGED', subject: this.#kind, text, before: before.content, after: made.content }];
  }

  async #conflict(
    rows: Repository<SettingVersionRow>,
    latest: SettingVersionRow | null,
    expectedVersion: number,
  ): Promise<DomainError> {
    const currentVersion = latest?.version ?? 0;
    const seen =
      expectedVersion === 0
        ? this.#initial.content
        : await rows
            .findOneBy({ kind: this.#kind, version: expectedVersion })
            .then((row) => (row === null ? null : (this.#read(row)?.content ?? null)));
    const current = latest === null ? this.#initial.content : (this.#read(latest)?.content ?? null);
    return new DomainError(
      'CONFLICT',
      `The current version of the ${this.#kind} is ${currentVersion}, not ${expectedVersion}: there was a change meanwhile. ` +
        `Nothing was changed by this call; look at what counts now and send it with expectedVersion ${currentVersion}.` +
        (current === null ? UNREADABLE : ''),
      {
        expectedVersion,
        currentVersion,
        reason: latest?.reason ?? null,
        changedBy: latest?.createdBy ?? null,
        changedAt: latest?.createdAt.toISOString() ?? null,
        ...(current === null ? {} : this.#conflictDetails(seen, current)),
      },
    );
  }

  #conflictDetails(seen: T | null, current: T): Readonly<Record<string, unknown>> {
    if (this.#definition.conflictDetails !== undefined) return this.#definition.conflictDetails(seen, current);
    return { current, changes: seen === null ? [] : changesBetween(seen, current) };
  }

  /** What a later release stored, or what was damaged, must not stop the service: the version before it serves. */
  async #lastReadable(rows: Repository<SettingVersionRow>): Promise<SettingVersion<T>> {
    for (let row = await latestRow(rows, this.#kind); row !== null; ) {
      const version = this.#read(row);
      if (version !== null) return version;
      row = await latestRow(rows, this.#kind, row.version);
    }
    return this.#initial;
  }

  #read(row: SettingVersionRow): SettingVersion<T> | null {
    const parsed = this.#definition.schema.safeParse(row.content);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      this.#logger.error(
        { kind: row.kind, version: row.version, problems },
        'a version of a setting cannot be read and is not used',
      );
      return null;
    }
    const { version, reason, createdBy: by, createdAt: at } = row;
    return { version, content: parsed.data, change: { reason, by, at } };
  }

  get #rows(): Repository<SettingVersionRow> {
    return this.#dataSource.getRepository(SettingVersionRow);
  }
}

/** The latest version of a kind, of those before `before`. */
async function latestRow(
  rows: Repository<SettingVersionRow>,
  kind: string,
  before: number | null = null,
): Promise<SettingVersionRow | null> {
  const where = before === null ? { kind } : { kind, version: LessThan(before) };
  return await rows.findOne({ where, order: { version: 'DESC' } });
}

const UNREADABLE =
  ' This process cannot read that version, which a later release made or which was damaged: whatever it changed would be ' +
  'lost. Better wait until all processes run the same release.';

/** Every single value that differs, by path, in the order of the names. */
export function changesBetween(before: unknown, after: unknown, path: readonly string[] = []): ContentChange[] {
  if (!isRecord(before) || !isRecord(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => changesBetween(before[name] ?? null, after[name] ?? null, [...path, name]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
