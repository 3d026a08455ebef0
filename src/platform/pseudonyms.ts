import { createHmac, randomBytes } from 'node:crypto';
import { Check, Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import type { Viewer } from './access/access.js';

@Entity({ name: 'pseudonym_key' })
@Check('pseudonym_key_one', 'id = 1')
export class PseudonymKeyRow {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'pseudonym_key_pk' })
  id!: number;

  @Column({ type: 'bytea' })
  key!: Buffer;
}

const KEY_BYTES = 32;
const PSEUDONYM_DIGITS = 16;

/**
 * Names for people that tell nothing of their ids to whoever has not the key: in logs, and wherever somebody was erased.
 * The key is random, made once, and the same for all processes on one database.
 */
export class Pseudonyms {
  readonly #dataSource: DataSource;
  #key: Buffer | null = null;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Resolves when the key is at hand; call it once, before anything is served. */
  async load(): Promise<void> {
    await this.#dataSource.query('INSERT INTO pseudonym_key (id, key) VALUES (1, $1) ON CONFLICT (id) DO NOTHING', [
      randomBytes(KEY_BYTES),
    ]);
    const [row] = (await this.#dataSource.query('SELECT k.key FROM pseudonym_key k')) as { key: Buffer }[];
    this.#key = row?.key ?? null;
  }

  /** Such as `p-5d41402abc4b2a76`. */
  of(learnerId: string): string {
    return `p-${this.#digest('pseudonym', learnerId).toString('hex').slice(0, PSEUDONYM_DIGITS)}`;
  }

  /** By which somebody who was erased is known again, and by nothing else; 32 bytes. */
  hashOf(learnerId: string): Buffer {
    return this.#digest('erased', learnerId);
  }

  /** A viewer as logs name them. */
  viewer(viewer: Viewer): object {
    return viewer.kind === 'PERSON' ? { ...viewer, learnerId: this.of(viewer.learnerId) } : viewer;
  }

  /** By which figures are drawn that are not told as they are: the same in all processes, so that asking another tells no more. */
  get figuresSecret(): Uint8Array {
    return this.#digest('figures', '');
  }

  #digest(purpose: string, learnerId: string): Buffer {
    if (this.#key === null) throw new Error('The key of the pseudonyms was not loaded.');
    return createHmac('sha256', this.#key).update(`${purpose}:${learnerId}`, 'utf8').digest();
  }
}
