import { DROP_BINS, DROP_STATES } from './dropPoints.js';
import { FUNNEL_STAGES, type FunnelStage } from './funnel.js';

const DROP_SECTIONS = DROP_STATES.map((state) => `UNFINISHED_${state}` as const);
const DROP_BIN_SECTIONS = Array.from({ length: DROP_BINS }, (_, bin) => `UNFINISHED_AT_${bin}` as const);
const FUNNEL_SECTIONS = FUNNEL_STAGES.map((stage) => `FUNNEL_${stage}` as const);
const AFTER_SHOWN_SECTIONS = FUNNEL_STAGES.map((stage) => `AFTER_SHOWN_${stage}` as const);

/** What is counted by key; sections of searches, of unfinished courses and of the funnel have a total under the empty key. */
export type Section =
  | 'ACTIVE'
  | 'SEARCH'
  | 'SEARCH_ZERO'
  | 'SEARCH_NO_CLICK'
  | 'SEARCH_REFORMULATED'
  | 'SKILL_DEMAND'
  | 'UNFINISHED'
  | (typeof DROP_SECTIONS)[number]
  | (typeof DROP_BIN_SECTIONS)[number]
  | 'ACTIVE_HOUR'
  | 'PAGE'
  | 'DEVICE'
  | 'CHANNEL'
  | 'FORMAT'
  | (typeof FUNNEL_SECTIONS)[number]
  | (typeof AFTER_SHOWN_SECTIONS)[number];

/** One thing that is counted: the people who did it, and how often. */
export interface InsightCell {
  readonly section: Section;
  /** A term, the id of a course or a skill, an hour of the week, a page, a device …; empty: the total. */
  readonly key: string;
}

/** One text for each cell. */
export const cellName = ({ section, key }: InsightCell): string => `${section}\n${key}`;

export function cellOfName(name: string): InsightCell {
  const end = name.indexOf('\n');
  return { section: name.slice(0, end) as Section, key: name.slice(end + 1) };
}

/** Sections that, with the same key, have none of their people in common, and the one that has them all. */
export interface Partition {
  readonly whole: Section;
  readonly parts: readonly Section[];
}

/** What of these is told leaves nobody or not a few of the whole. */
const PARTITIONS: readonly Partition[] = [
  { whole: 'UNFINISHED', parts: DROP_SECTIONS },
  { whole: 'UNFINISHED', parts: DROP_BIN_SECTIONS },
  { whole: 'FUNNEL_STARTED', parts: ['UNFINISHED', 'FUNNEL_COMPLETED'] },
];

/** The partition that a section is a part of; null: it stands alone. */
export const partitionOf = (section: Section): Partition | null =>
  PARTITIONS.find(({ parts }) => parts.includes(section)) ?? null;

/** Cells whose people include those of this one: whoever counts here counts there. */
export function parentsOf({ section, key }: InsightCell): readonly InsightCell[] {
  if (section === 'SKILL_DEMAND') return [{ section: 'SEARCH', key: '' }];
  const own: InsightCell[] = withinOf(section).map((parent) => ({
    section: parent,
    key: parent === 'ACTIVE' ? '' : key,
  }));
  return hasTotal(section) && key !== '' ? [...own, { section, key: '' }] : own;
}

function withinOf(section: Section): readonly Section[] {
  // Shown is what happens to people: they need not have done anything.
  if (section === 'ACTIVE' || section === 'FUNNEL_SHOWN') return [];
  if (section.startsWith('SEARCH_')) return ['SEARCH'];
  if (section.startsWith('UNFINISHED_')) return ['UNFINISHED'];
  if (section === 'UNFINISHED') return ['FUNNEL_STARTED', 'ACTIVE'];
  const [, family, stage] = /^(FUNNEL|AFTER_SHOWN)_(.+)$/.exec(section) ?? [];
  if (family === undefined) return ['ACTIVE'];
  const before = FUNNEL_STAGES[FUNNEL_STAGES.indexOf(stage as FunnelStage) - 1] ?? 'SHOWN';
  if (family === 'AFTER_SHOWN') {
    const earlier: Section = before === 'SHOWN' ? 'FUNNEL_SHOWN' : `AFTER_SHOWN_${before}`;
    return [`FUNNEL_${stage as FunnelStage}`, earlier];
  }
  return before === 'SHOWN' ? ['ACTIVE'] : [`FUNNEL_${before}`];
}

const hasTotal = (section: Section): boolean =>
  section.startsWith('SEARCH') || section.startsWith('UNFINISHED') || section.startsWith('FUNNEL_');
