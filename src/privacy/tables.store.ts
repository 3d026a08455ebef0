import type { DataSource, EntityManager } from 'typeorm';
import type { Queryable } from '../platform/database/database.js';
import type { PersonalTable, StoredRow } from '../platform/personalData.js';
import type { KeyColumn } from './rowKey.js';

/** A column as the database describes it. */
export interface TableColumn {
  readonly table: string;
  readonly column: string;
  /** `text`, `jsonb`, `bytea`, …, and `ARRAY` of whatever. */
  readonly type: string;
}

/** Some rows of a table, one after the other, that were looked through. */
export interface Looked {
  /** Those that contain what was looked for. */
  readonly found: readonly StoredRow[];
  /** How many were looked at; fewer than asked for: there are no more. */
  readonly lookedAt: number;
  /** The last that was looked at; null: there was none. */
  readonly last: StoredRow | null;
}

/** Pages of a table that are read at once: 16 MB, which take a moment. */
const BLOCKS_PER_STEP = 2_000;
const ROWS_PER_STEP = 500;

/** Types that can hold an id. */
const TEXT_TYPES = new Set(['text', 'character varying', 'jsonb', 'json', 'ARRAY', 'tsvector']);

/** Reads and changes tables by what is declared of them, whatever they hold. Names of tables and columns are never a caller's. */
export class TablesStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Every column of every table, in order. */
  async columns(): Promise<readonly TableColumn[]> {
    return (await this.#dataSource.query(
      // The catalogue itself: the views of the information schema over it take ten times as long.
      `SELECT t.relname AS "table", c.attname AS "column",
         CASE WHEN type.typcategory = 'A' THEN 'ARRAY' ELSE format_type(c.atttypid, NULL) END AS type
       FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid JOIN pg_type type ON type.oid = c.atttypid
       WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' AND c.attnum > 0 AND NOT c.attisdropped
       ORDER BY t.relname, c.attnum`,
    )) as TableColumn[];
  }

  /** Bytes of all tables with their indexes. */
  async totalBytes(): Promise<number> {
    const [row] = (await this.#dataSource.query(
      `SELECT COALESCE(sum(pg_total_relation_size(c.oid)), 0)::double precision AS bytes
       FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace`,
    )) as { bytes: number }[];
    return row?.bytes ?? 0;
  }

  /** Open transactions that have written, or are about to write, to any of the tables. */
  async writersOf(tables: readonly string[]): Promise<readonly string[]> {
    const rows = (await this.#dataSource.query(
      `SELECT DISTINCT l.virtualtransaction AS writer FROM pg_locks l
       WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()
         AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
         AND l.relation = ANY($1::regclass[]::oid[])`,
      [tables.map(name)],
    )) as { writer: string }[];
    return rows.map(({ writer }) => writer);
  }

  /** Deletes the rows that are somebody's. @returns how many */
  async deleteOwn(transaction: Queryable, { table, columns }: PersonalTable, learnerId: string): Promise<number> {
    const own = ownColumn(columns);
    if (own === null) return 0;
    const [, count] = (await transaction.query(`DELETE FROM ${name(table)} t WHERE t.${name(own)} = $1`, [
      learnerId,
    ])) as [unknown, number];
    return count;
  }

  /**
   * The parts of a table, one after the other, as a condition on `t`. Rows that are written meanwhile may be in a part that
   * was passed.
   */
  async *parts(table: string): AsyncGenerator<string> {
    const [row] = (await this.#dataSource.query(
      `SELECT (pg_relation_size($1::regclass) / current_setting('block_size')::integer)::integer AS blocks`,
      [name(table)],
    )) as { blocks: number }[];
    const blocks = row?.blocks ?? 0;
    if (blocks === 0) return;
    let from = 0;
    for (; from + BLOCKS_PER_STEP < blocks; from += BLOCKS_PER_STEP) {
      yield `t.ctid >= '(${from},0)'::tid AND t.ctid < '(${from + BLOCKS_PER_STEP},0)'::tid`;
    }
    // To wherever it has grown meanwhile.
    yield `t.ctid >= '(${from},0)'::tid`;
  }

  /** Rows of a part in which a text of some columns contains the needle, held until the end of the transaction. */
  async holdNaming(
    transaction: EntityManager,
    { table, columns }: PersonalTable,
    part: string,
    needle: string,
  ): Promise<(StoredRow & { readonly ctid: string })[]> {
    const named = Object.keys(columns);
    if (named.length === 0) return [];
    return (await transaction.query(
      `SELECT t.ctid::text AS ctid, ${named.map((column) => `t.${name(column)}`).join(', ')}
       FROM ${name(table)} t WHERE ${part} AND ${containing(named, '$1')} FOR UPDATE`,
      [needle],
    )) as (StoredRow & { ctid: string })[];
  }

  async update(
    transaction: EntityManager,
    { table, columns }: PersonalTable,
    types: ReadonlyMap<string, string>,
    row: StoredRow & { readonly ctid: string },
  ): Promise<void> {
    const named = Object.keys(columns);
    await transaction.query(
      `UPDATE ${name(table)} SET ${named.map((column, i) => `${name(column)} = $${i + 2}`).join(', ')}
       WHERE ctid = $1::tid`,
      [
        row.ctid,
        ...named.map((column) => {
          const value = row[column] ?? null;
          return types.get(column) === 'jsonb' && value !== null ? JSON.stringify(value) : value;
        }),
      ],
    );
  }

  async deleteRows(transaction: EntityManager, table: string, ctids: readonly string[]): Promise<void> {
    await transaction.query(`DELETE FROM ${name(table)} WHERE ctid = ANY($1::tid[])`, [ctids]);
  }

  /**
   * Rows of a part that contain the needle in any text, as JSON, in steps. Of bytes nothing is read: see `countBytes`.
   */
  async *containing(
    columns: readonly TableColumn[],
    part: string,
    needle: string,
  ): AsyncGenerator<readonly StoredRow[]> {
    const texts = columns.filter(({ type }) => TEXT_TYPES.has(type));
    const [first] = texts;
    if (first === undefined) return;
    const listed = texts.map(({ column }) => `'${column}', to_jsonb(t.${name(column)})`).join(', ');
    for (let after = '(0,0)'; ; ) {
      const rows = (await this.#dataSource.query(
        `SELECT t.ctid::text AS ctid, jsonb_build_object(${listed}) AS row FROM ${name(first.table)} t
         WHERE ${part} AND t.ctid > $2::tid AND ${containing(
           texts.map(({ column }) => column),
           '$1',
         )}
         ORDER BY t.ctid LIMIT ${ROWS_PER_STEP}`,
        [needle, after],
      )) as { ctid: string; row: StoredRow }[];
      yield rows.map(({ row }) => row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_PER_STEP) return;
      after = last.ctid;
    }
  }

  /** How many rows have these bytes in a column of bytes. */
  async countBytes({ table, column }: TableColumn, text: string): Promise<number> {
    const [row] = (await this.#dataSource.query(
      `SELECT count(*)::integer AS n FROM ${name(table)} t WHERE position($1::bytea IN t.${name(column)}) > 0`,
      [Buffer.from(text, 'utf8')],
    )) as { n: number }[];
    return row?.n ?? 0;
  }

  /** Rows of a part from before a moment go. `only`: a condition on `t` beside. */
  async deleteOld(table: string, part: string, at: string, before: Date, only: string): Promise<number> {
    const [, count] = (await this.#dataSource.query(
      `DELETE FROM ${name(table)} t WHERE ${part} AND t.${name(at)} < $1 AND (${only})`,
      [before],
    )) as [unknown, number];
    return count;
  }

  /** The columns of the primary key, in order. */
  async keyOf(table: string): Promise<readonly KeyColumn[]> {
    return (await this.#dataSource.query(
      `SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type FROM pg_index i
       CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
       WHERE i.indrelid = $1::regclass AND i.indisprimary ORDER BY k.place`,
      [name(table)],
    )) as KeyColumn[];
  }

  async countOwn({ table, columns }: PersonalTable, learnerId: string): Promise<number> {
    const own = ownColumn(columns);
    if (own === null) return 0;
    const [row] = (await this.#dataSource.query(
      `SELECT count(*)::integer AS n FROM ${name(table)} t WHERE t.${name(own)} = $1`,
      [learnerId],
    )) as { n: number }[];
    return row?.n ?? 0;
  }

  /**
   * The next rows of a table that are somebody's, in the order of its key.
   *
   * @param after the key of the last row before; null: from the first
   */
  async ownPage(
    { table, columns }: PersonalTable,
    key: readonly KeyColumn[],
    learnerId: string,
    after: StoredRow | null,
    limit: number,
  ): Promise<StoredRow[]> {
    const own = ownColumn(columns);
    if (own === null) return [];
    const rows = (await this.#dataSource.query(
      `SELECT to_jsonb(t) AS row FROM ${name(table)} t
       WHERE t.${name(own)} = $1 AND ${isPast(key, after, 3)} ORDER BY ${listed(key)} LIMIT $2`,
      [learnerId, limit, ...passed(key, after)],
    )) as { row: StoredRow }[];
    return rows.map(({ row }) => row);
  }

  /**
   * Looks at the next rows of a table in the order of its key, and no further, whatever it finds.
   *
   * @param after the key of the last row before; null: from the first
   */
  async look(
    { table, columns }: PersonalTable,
    key: readonly KeyColumn[],
    needle: string,
    after: StoredRow | null,
    limit: number,
  ): Promise<Looked> {
    const rows = (await this.#dataSource.query(
      `SELECT to_jsonb(seen.row) AS row, seen."isNamed", seen.total::integer AS total FROM (
         SELECT t AS row, ${containing(Object.keys(columns), '$1')} AS "isNamed",
           row_number() OVER (ORDER BY ${listed(key)}) AS place, count(*) OVER () AS total
         FROM (SELECT t.* FROM ${name(table)} t WHERE ${isPast(key, after, 3)} ORDER BY ${listed(key)} LIMIT $2) t) seen
       WHERE seen."isNamed" OR seen.place = seen.total ORDER BY seen.place`,
      [needle, limit, ...passed(key, after)],
    )) as { row: StoredRow; isNamed: boolean; total: number }[];
    const found = rows.filter(({ isNamed }) => isNamed).map(({ row }) => row);
    return { found, lookedAt: rows[0]?.total ?? 0, last: rows.at(-1)?.row ?? null };
  }
}

export function ownColumn(columns: PersonalTable['columns']): string | null {
  return Object.keys(columns).find((column) => columns[column] === 'SUBJECT') ?? null;
}

const name = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

const containing = (columns: readonly string[], parameter: string): string =>
  `(${columns.map((column) => `position(lower(${parameter}) IN lower(t.${name(column)}::text)) > 0`).join(' OR ')})`;

const listed = (key: readonly KeyColumn[]): string => key.map(({ column }) => `t.${name(column)}`).join(', ');

/** Whether a row comes after a key whose values are parameters of their types, so that the index of the key is gone along. */
function isPast(key: readonly KeyColumn[], after: StoredRow | null, firstParameter: number): string {
  if (after === null) return 'true';
  return `(${listed(key)}) > (${key.map(({ type }, i) => `$${firstParameter + i}::${type}`).join(', ')})`;
}

const passed = (key: readonly KeyColumn[], after: StoredRow | null): unknown[] =>
  after === null ? [] : key.map(({ column }) => after[column]);
