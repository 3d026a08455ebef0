import { DomainError } from '../platform/errors.js';
import { foreignCursor } from '../platform/graphql/connection.js';
import type { DataDeclaration, PersonalTable, StoredRow } from '../platform/personalData.js';
import { needleOf, rowNames, toldRow } from './naming.js';
import { couldBeKey, type KeyColumn, keyIn } from './rowKey.js';
import { ownColumn, type TablesStore } from './tables.store.js';

/** Some of what is stored about somebody, of one kind. */
export interface ExportedSection {
  readonly name: string;
  readonly description: string;
  /** Until when it is kept, in words. */
  readonly kept: string;
  /** How many rows are theirs; null: rows of others that name them are not counted beforehand. */
  readonly rowCount: number | null;
  readonly rows: readonly StoredRow[];
  /** Key of the last row that was looked at; null: there is none after. */
  readonly endsAt: StoredRow | null;
}

/** Which rows of a section are asked for, and for how long. */
export interface ExportPage {
  readonly first: number;
  /** `endsAt` of the page before; null: from the first row. */
  readonly after: StoredRow | null;
  /** Rows of others that are looked at for such as name somebody. */
  readonly mostLookedAt: number;
  /** Aborted: nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** Rows of others are read so many at a time, of which only those that name somebody are told. */
const NAMING_STEP = 500;

/** Gathers what is stored about somebody, section by section and page by page. */
export class Exporter {
  readonly #tables: TablesStore;
  readonly #exported: readonly PersonalTable[];
  readonly #keptFor: (table: PersonalTable) => string;

  /** @param keptFor until when rows of a table are kept, in words */
  constructor(
    tables: TablesStore,
    declarations: readonly DataDeclaration[],
    keptFor: (table: PersonalTable) => string,
  ) {
    this.#tables = tables;
    this.#exported = declarations
      .flatMap(({ personal }) => personal)
      .filter(({ exporter }) => typeof exporter === 'string');
    this.#keptFor = keptFor;
  }

  get sections(): readonly string[] {
    return this.#exported.map(({ section }) => section);
  }

  /**
   * A page of a section, in the order of the key of its table. Of rows of others it may hold fewer than asked for, or none,
   * and go on all the same: so many were looked at.
   *
   * @returns null: there is no such section
   * @throws DomainError UNAVAILABLE when nobody waits for it any more; BAD_USER_INPUT when `after` is no key of the section
   */
  async page(section: string, learnerId: string, page: ExportPage): Promise<ExportedSection | null> {
    const table = this.#exported.find((exported) => exported.section === section);
    if (table === undefined) return null;
    const isOwn = ownColumn(table.columns) !== null;
    requireWaiting(page.signal);
    const key = await this.#tables.keyOf(table.table);
    if (page.after !== null && !couldBeKey(key, page.after)) throw foreignCursor();
    const [rowCount, rows] = await Promise.all([
      isOwn ? this.#tables.countOwn(table, learnerId) : null,
      isOwn
        ? this.#ownPage(table, key, learnerId, page.first, page.after)
        : this.#namingPage(table, key, learnerId, page),
    ]);
    return { name: table.section, description: table.description, kept: this.#keptFor(table), rowCount, ...rows };
  }

  async #ownPage(
    table: PersonalTable,
    key: readonly KeyColumn[],
    learnerId: string,
    first: number,
    after: StoredRow | null,
  ): Promise<Pick<ExportedSection, 'rows' | 'endsAt'>> {
    const found = await this.#tables.ownPage(table, key, learnerId, after, first + 1);
    const rows = found.slice(0, first);
    return { rows, endsAt: found.length > first ? keyIn(key, rows.at(-1) ?? after) : null };
  }

  async #namingPage(
    table: PersonalTable,
    key: readonly KeyColumn[],
    learnerId: string,
    { first, after, mostLookedAt, signal }: ExportPage,
  ): Promise<Pick<ExportedSection, 'rows' | 'endsAt'>> {
    const needle = needleOf(learnerId);
    const rows: StoredRow[] = [];
    let from = after;
    for (let left = mostLookedAt; left > 0; ) {
      requireWaiting(signal);
      const step = Math.min(left, NAMING_STEP);
      const { found, lookedAt, last } = await this.#tables.look(table, key, needle, from, step);
      for (const row of found) {
        if (!rowNames(table, row, learnerId)) continue;
        // One more than asked for says that there is more.
        if (rows.length === first) return { rows, endsAt: keyIn(key, rows.at(-1) ?? after) };
        rows.push(toldRow(table, row, learnerId));
      }
      if (lookedAt < step) return { rows, endsAt: null };
      from = keyIn(key, last);
      left -= lookedAt;
    }
    return { rows, endsAt: from };
  }
}

function requireWaiting(signal: AbortSignal): void {
  if (signal.aborted) throw new DomainError('UNAVAILABLE', 'Nobody waited for the export any more.');
}
