import type { Section } from './cells/insightCell.js';
import { cellName, cellOfName } from './cells/insightCell.js';
import type { CellFigures, InsightsStore, MonthSpan } from './insights.store.js';
import type { TalliedGroup } from './told/monthTally.js';

/** Where the figures of an answer come from: what is told of a group, or what one person did. */
export interface InsightCells {
  /** Keys of a section, those that most people count for first, then the most frequent; the total is left out. */
  top(section: Section, limit: number): Promise<readonly CellFigures[]>;
  /** What there is of these sections and keys. */
  of(sections: readonly Section[], keys: readonly string[]): Promise<FoundCells>;
  /** How many different keys a section has; sections without any are left out. */
  countKeys(sections: readonly Section[]): Promise<ReadonlyMap<Section, number>>;
}

/** Figures by section and key; null: nothing is told. */
export type FoundCells = (section: Section, key: string) => CellFigures | null;

/** What is told of a group over some months. */
export function toldCellsOf(store: InsightsStore, group: TalliedGroup, months: MonthSpan): InsightCells {
  return {
    top: (section, limit) => store.topCells(group, section, months, limit),
    async of(sections, keys) {
      const rows = await store.cells(group, sections, months, keys);
      const found = new Map(rows.map((row) => [cellName(row), row]));
      return (section, key) => found.get(cellName({ section, key })) ?? null;
    },
    countKeys: (sections) => store.countKeys(group, sections, months),
  };
}

/** What one person did, as `learnerCells` counts it. */
export function ownCells(counts: ReadonlyMap<string, number>): InsightCells {
  const bySection = new Map<Section, CellFigures[]>();
  for (const [name, events] of counts) {
    const { section, key } = cellOfName(name);
    const known = bySection.get(section);
    const figures = { key, people: 1, events };
    if (known === undefined) bySection.set(section, [figures]);
    else known.push(figures);
  }
  const keyed = (section: Section) => (bySection.get(section) ?? []).filter(({ key }) => key !== '');
  return {
    async top(section, limit) {
      return keyed(section)
        .sort((a, b) => b.events - a.events || (a.key < b.key ? -1 : 1))
        .slice(0, limit);
    },
    async of() {
      return (section, key) => {
        const events = counts.get(cellName({ section, key }));
        return events === undefined ? null : { key, people: 1, events };
      };
    },
    async countKeys(sections) {
      return new Map(
        sections.map((section) => [section, keyed(section).length] as const).filter(([, count]) => count > 0),
      );
    },
  };
}
