import type { DataDeclaration, PersonalTable, StoredRow } from '../platform/personalData.js';
import { needleOf, rowNames, toldRow } from './naming.js';
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
  /** Key of the last row; null: there is none after. */
  readonly endsAt: StoredRow | null;
}

/** Rows of others are read in larger pages, of which only those that name somebody are told. */
const NAMING_PAGE = 500;

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
   * A page of a section, in the order of the key of its table.
   *
   * @param after `endsAt` of the page before; null: from the first row
   * @returns null: there is no such section
   */
  async page(
    section: string,
    learnerId: string,
    first: number,
    after: StoredRow | null,
  ): Promise<ExportedSection | null> {
    const table = this.#exported.find((exported) => exported.section === section);
    if (table === undefined) return null;
    const isOwn = ownColumn(table.columns) !== null;
    const [rowCount, page] = await Promise.all([
      isOwn ? this.#tables.countOwn(table, learnerId) : null,
      isOwn ? this.#ownPage(table, learnerId, first, after) : this.#namingPage(table, learnerId, first, after),
    ]);
    return { name: table.section, description: table.description, kept: this.#keptFor(table), rowCount, ...page };
  }

  async #ownPage(
    table: PersonalTable,
    learnerId: string,
    first: number,
    after: StoredRow | null,
  ): Promise<Pick<ExportedSection, 'rows' | 'endsAt'>> {
    const key = await this.#tables.keyOf(table.table);
    const found = await this.#tables.page(table, key, { learnerId, needle: '' }, after, first + 1);
    const rows = found.slice(0, first);
    return { rows, endsAt: found.length > first ? keyIn(key, rows.at(-1)) : null };
  }

  async #namingPage(
    table: PersonalTable,
    learnerId: string,
    first: number,
    after: StoredRow | null,
  ): Promise<Pick<ExportedSection, 'rows' | 'endsAt'>> {
    const key = await this.#tables.keyOf(table.table);
    const who = { learnerId, needle: needleOf(learnerId) };
    const rows: StoredRow[] = [];
    for (let from = after; ; ) {
      const found = await this.#tables.page(table, key, who, from, NAMING_PAGE);
      for (const row of found) {
        if (!rowNames(table, row, learnerId)) continue;
        // One more than asked for says that there is more.
        if (rows.length === first) return { rows, endsAt: keyIn(key, rows.at(-1)) ?? from };
        rows.push(toldRow(table, row, learnerId));
      }
      if (found.length < NAMING_PAGE) return { rows, endsAt: null };
      from = keyIn(key, found.at(-1));
    }
  }
}

function keyIn(key: readonly string[], row: StoredRow | undefined): StoredRow | null {
  return row === undefined ? null : Object.fromEntries(key.map((column) => [column, row[column]]));
}
