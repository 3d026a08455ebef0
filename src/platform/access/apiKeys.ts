import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Check, Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { isAway } from '../database/database.js';
import { raiseRevision } from '../database/revisions.js';
import { DomainError, RETRY_SOON } from '../errors.js';
import type { Logger } from '../logger.js';
import { checkDate, checkText } from '../text.js';
import { KEY_ROLES, type KeyRole, type KeyViewer, SCOPES, type Scope } from './access.js';

@Entity('api_key')
@Check('api_key_role_known', `role IN ('ADMIN', 'PORTAL')`)
export class ApiKeyRow {
  /** The public part of the key. */
  @PrimaryColumn({ name: 'id', type: 'text', primaryKeyConstraintName: 'api_key_pk' })
  id!: string;

  @Column({ name: 'name', type: 'text' })
  name!: string;

  @Column({ name: 'role', type: 'text' })
  role!: KeyRole;

  @Column({ name: 'scopes', type: 'text', array: true })
  scopes!: Scope[];

  @Column({ name: 'secret_hash', type: 'bytea' })
  secretHash!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;
}

/** Everything about a key but its secret. */
export type ApiKey = Readonly<Omit<ApiKeyRow, 'secretHash'>>;

export const API_KEY_PREFIX = 'wmk_';

export interface KeyParts {
  readonly id: string;
  readonly secret: string;
}

/** `wmk_<16 hex digits>_<43 base64url characters: 256 random bits>`. */
export const newKeyParts = (): KeyParts => ({
  id: randomBytes(8).toString('hex'),
  secret: randomBytes(32).toString('base64url'),
});

export const formatKey = (parts: KeyParts): string => `${API_KEY_PREFIX}${parts.id}_${parts.secret}`;

/** The parts of a key as it was shown; null when the text is not a key. */
export function parseKey(text: string): KeyParts | null {
  const [, id, secret] = /^wmk_([0-9a-f]{16})_([\w-]{43})$/.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : null;
}

/** A plain hash is enough: 256 random bits cannot be guessed, so nothing is gained by making each guess slow. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret, 'utf8').digest();

const NO_HASH = Buffer.alloc(32);

/**
 * Why a stored key does not let a secret in at this time; null when it does. Takes the same time for an unknown key
 * (`row` null) as for a wrong secret, and says nothing about the key until the secret is right.
 */
export function keyProblem(row: ApiKeyRow | null, secretHash: Buffer, nowMs: number): string | null {
  const matches = timingSafeEqual(row?.secretHash.length === 32 ? row.secretHash : NO_HASH, secretHash);
  if (row === null || !matches) return 'The API key is not valid.';
  if (row.revokedAt !== null) return 'The API key was revoked.';
  return row.expiresAt !== null && row.expiresAt.getTime() <= nowMs ? 'The API key has expired.' : null;
}

const VERDICT_LIFE_MS = 5_000;
const MAX_VERDICTS = 2_000;
const LAST_USED_EVERY_MS = 60_000;
/** How long a key that was good is taken for good while the database is away. */
const TRUSTED_FOR_MS = 60 * 60_000;

type Verdict = { readonly viewer: KeyViewer } | { readonly problem: string };

/** A key that the database said was good. */
interface GoodKey {
  readonly viewer: KeyViewer;
  readonly untilMs: number;
}

/**
 * Verdicts of the last seconds by key and hash, so that a portal's requests do not each ask the database. The limits in
 * time and number also bound how long a revoked key works in another process, and what a flood of wrong keys can fill.
 */
export class VerdictCache<V> {
  readonly #entries = new Map<string, { readonly verdict: Promise<V>; readonly untilMs: number }>();

  constructor(
    private readonly lifeMs: number,
    private readonly maxEntries: number,
    private readonly now: () => number,
  ) {}

  /** The verdict under a name, asked for at most once at a time; a failure to find out is not kept. */
  get(name: string, findOut: () => Promise<V>): Promise<V> {
    const known = this.#entries.get(name);
    if (known !== undefined && this.now() < known.untilMs) return known.verdict;
    this.#entries.delete(name);
    if (this.#entries.size >= this.maxEntries) {
      const oldest = this.#entries.keys().next().value;
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    const verdict = findOut();
    const entry = { verdict, untilMs: this.now() + this.lifeMs };
    this.#entries.set(name, entry);
    verdict.catch(() => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    });
    return verdict;
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }
}

export interface NewApiKey {
  /** What the key is for, such as `Intranet portal`. */
  readonly name: string;
  readonly role: KeyRole;
  /** At least one for PORTAL, none for ADMIN. */
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

/** Keys of portals and administrators: kept as hashes, shown once. */
export class ApiKeys {
  readonly #verdicts: VerdictCache<Verdict>;
  /** By key and hash as the verdicts are. */
  readonly #good = new Map<string, GoodKey>();
  /** How often all were forgotten: what was found out before the last time is not remembered after it. */
  #timesForgotten = 0;
  readonly #lastUsedMs = new Map<string, number>();

  constructor(
    private readonly database: DataSource,
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {
    this.#verdicts = new VerdictCache(VERDICT_LIFE_MS, MAX_VERDICTS, now);
  }

  /**
   * Makes a key. This is the only time that its text exists outside its owner's hands.
   *
   * @throws DomainError BAD_USER_INPUT for a wrong name, role, scope or expiry
   */
  async create(wanted: NewApiKey): Promise<{ readonly text: string; readonly key: ApiKey }> {
    const problem = newKeyProblem(wanted, this.now());
    if (problem !== null) throw new DomainError('BAD_USER_INPUT', problem);
    const parts = newKeyParts();
    const row: ApiKeyRow = {
      id: parts.id,
      name: wanted.name,
      role: wanted.role,
      scopes: [...new Set(wanted.scopes)].sort(),
      secretHash: hashSecret(parts.secret),
      createdAt: new Date(this.now()),
      expiresAt: wanted.expiresAt,
      revokedAt: null,
      lastUsedAt: null,
    };
    await this.database.getRepository(ApiKeyRow).insert(row);
    return { text: formatKey(parts), key: withoutSecret(row) };
  }

  /** All keys, revoked and expired ones too, oldest first. */
  async list(): Promise<ApiKey[]> {
    const rows = await this.database.getRepository(ApiKeyRow).find({ order: { createdAt: 'ASC', id: 'ASC' } });
    return rows.map(withoutSecret);
  }

  /**
   * Ends a key: at once in this process, within 5 seconds in others. A process that loses the database before it has heard
   * of it, which takes a second or so, cannot know, and lets the key in for up to an hour while the database is away.
   * Revoking again changes nothing.
   *
   * @throws DomainError NOT_FOUND
   */
  async revoke(id: string): Promise<ApiKey> {
    const revoked = await this.database.transaction(async (transaction) => {
      const keys = transaction.getRepository(ApiKeyRow);
      const row = await keys.findOneBy({ id });
      if (row === null) throw new DomainError('NOT_FOUND', `There is no API key "${id}".`);
      const revokedAt = row.revokedAt ?? new Date(this.now());
      await keys.update({ id }, { revokedAt });
      await raiseRevision(transaction, 'keys');
      return withoutSecret({ ...row, revokedAt });
    });
    this.forget();
    return revoked;
  }

  /** Forgets who was let in: a key may have been revoked elsewhere. */
  forget(): void {
    this.#timesForgotten += 1;
    this.#verdicts.clear();
    this.#good.clear();
  }

  /**
   * Who holds this key.
   *
   * @throws DomainError UNAUTHENTICATED with the reason, UNAVAILABLE when the database cannot be asked
   */
  async authenticate(text: string): Promise<KeyViewer> {
    const parts = parseKey(text);
    if (parts === null) {
      throw new DomainError('UNAUTHENTICATED', 'The API key is incomplete or has characters that no key has.');
    }
    const hash = hashSecret(parts.secret);
    const name = `${parts.id} ${hash.toString('base64')}`;
    const verdict = await this.#verdicts.get(name, () => this.#judge(parts.id, hash, name));
    if ('problem' in verdict) throw new DomainError('UNAUTHENTICATED', verdict.problem);
    this.#noteUse(parts.id);
    return verdict.viewer;
  }

  /** While the database is away, whoever was let in lately is let in still: reads are answered from memory. */
  async #judge(id: string, hash: Buffer, name: string): Promise<Verdict> {
    const timesForgotten = this.#timesForgotten;
    let row: ApiKeyRow | null;
    try {
      row = await this.database.getRepository(ApiKeyRow).findOneBy({ id });
    } catch (error) {
      const good = isAway(error) ? this.#good.get(name) : undefined;
      if (good !== undefined && this.now() < good.untilMs) return { viewer: good.viewer };
      this.logger.error({ reason: error instanceof Error ? error.message : String(error) }, 'API keys cannot be read');
      throw new DomainError('UNAVAILABLE', 'API keys cannot be checked just now; try again in a moment.', RETRY_SOON);
    }
    this.#good.delete(name);
    const problem = keyProblem(row, hash, this.now());
    if (row === null || problem !== null) return { problem: problem ?? 'The API key is not valid.' };
    const viewer: KeyViewer = { kind: 'KEY', keyId: row.id, role: row.role, scopes: row.scopes };
    // It may have been revoked after it was read.
    if (timesForgotten !== this.#timesForgotten) return { viewer };
    const untilMs = Math.min(this.now() + TRUSTED_FOR_MS, row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
    this.#good.set(name, { viewer, untilMs });
    const oldest = this.#good.size > MAX_VERDICTS ? this.#good.keys().next().value : undefined;
    if (oldest !== undefined) this.#good.delete(oldest);
    return { viewer };
  }

  /** Does not keep the request waiting, and gives up when the write fails: the time is for people tidying up keys. */
  #noteUse(id: string): void {
    const nowMs = this.now();
    if (nowMs - (this.#lastUsedMs.get(id) ?? 0) < LAST_USED_EVERY_MS) return;
    this.#lastUsedMs.set(id, nowMs);
    this.database
      .getRepository(ApiKeyRow)
      .update({ id }, { lastUsedAt: new Date(nowMs) })
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn({ keyId: id, reason }, 'the last use of an API key was not noted');
      });
  }
}

function newKeyProblem(wanted: NewApiKey, nowMs: number): string | null {
  const name = checkText(wanted.name, { maxLength: 200 });
  if (name !== null) return `The name ${name}.`;
  if (!KEY_ROLES.includes(wanted.role)) return `The role must be one of ${KEY_ROLES.join(', ')}.`;
  const unknown = wanted.scopes.find((scope) => !Object.hasOwn(SCOPES, scope));
  if (unknown !== undefined) return `"${unknown}" is no scope; scopes are ${Object.keys(SCOPES).join(', ')}.`;
  if (wanted.role === 'PORTAL' && wanted.scopes.length === 0) {
    return `A portal's key needs at least one scope of ${Object.keys(SCOPES).join(', ')}.`;
  }
  if (wanted.role === 'ADMIN' && wanted.scopes.length > 0) return 'An admin key may do everything; give it no scopes.';
  if (wanted.expiresAt === null) return null;
  const expiry = checkDate(wanted.expiresAt);
  if (expiry !== null) return `The expiry ${expiry}.`;
  return wanted.expiresAt.getTime() <= nowMs ? 'The expiry must lie in the future.' : null;
}

function withoutSecret(row: ApiKeyRow): ApiKey {
  const { secretHash: _, ...key } = row;
  return key;
}
