import type { CourseKind } from '../../catalog/course.js';
import { clip } from '../../platform/text.js';
import { HOUR_MS, localHourOfWeek } from '../../platform/zonedTime.js';
import { dropBin, dropPoints } from './dropPoints.js';
import { funnelPaths, type ServedCourses } from './funnel.js';
import { cellName, type Section } from './insightCell.js';
import { type InsightEvent, isOwnDoing } from './insightEvent.js';
import { searchOutcomes } from './searchOutcomes.js';

/** How long after the end of a period what happens still tells of a search in it. */
export const AFTERMATH_MS = HOUR_MS / 2;

const MAX_PAGE_LENGTH = 200;

/** What one person did in a period of their own clock. */
export interface LearnerPeriod {
  /** In order of time, from the beginning of the period to `AFTERMATH_MS` after its end. */
  readonly events: readonly InsightEvent[];
  readonly untilMs: number;
  /** IANA. */
  readonly zone: string;
  /** Courses that they had finished before it. */
  readonly finishedBefore: ReadonlySet<string>;
  /** What this service served them in it. */
  readonly served: readonly ServedCourses[];
}

/** What of the catalogue counting needs. */
export interface CellCatalog {
  /** Null: not known. */
  kindOf(courseId: string): CourseKind | null;
  /** Ids of the skills that somebody looks for with this term. */
  skillsOf(term: string): readonly string[];
}

/** What one person counts for in a period: by the name of the cell, how often. */
export function learnerCells(period: LearnerPeriod, catalog: CellCatalog): ReadonlyMap<string, number> {
  const { untilMs, zone } = period;
  const counts = new Map<string, number>();
  const add = (section: Section, key: string): void => {
    const name = cellName({ section, key });
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  const both = (section: Section, key: string): void => {
    add(section, '');
    add(section, key);
  };
  const events = period.events.filter(({ atMs }) => atMs < untilMs);
  countUse(events.filter(isOwnDoing), zone, catalog, add);
  for (const outcome of searchOutcomes(period.events)) {
    if (outcome.atMs >= untilMs) continue;
    both('SEARCH', outcome.term);
    if (outcome.hadNoResults) both('SEARCH_ZERO', outcome.term);
    if (outcome.isNoClick) both('SEARCH_NO_CLICK', outcome.term);
    if (outcome.isReformulated) both('SEARCH_REFORMULATED', outcome.term);
    for (const skillId of catalog.skillsOf(outcome.term)) add('SKILL_DEMAND', skillId);
  }
  for (const { courseId, state, progress } of dropPoints({ ...period, events })) {
    both('UNFINISHED', courseId);
    both(`UNFINISHED_${state}`, courseId);
    both(`UNFINISHED_AT_${dropBin(progress)}` as Section, courseId);
  }
  for (const { courseId, stages, afterShown } of funnelPaths(events, period.served)) {
    for (const stage of stages) both(`FUNNEL_${stage}`, courseId);
    for (const stage of afterShown) add(`AFTER_SHOWN_${stage}`, '');
  }
  return counts;
}

/** When, where and with what. */
function countUse(
  events: readonly InsightEvent[],
  zone: string,
  catalog: CellCatalog,
  add: (section: Section, key: string) => void,
): void {
  const hours = new Set<number>();
  for (const { atMs, verb, page, device, channel, courseId } of events) {
    add('ACTIVE', '');
    const hour = Math.floor(atMs / HOUR_MS);
    if (!hours.has(hour)) {
      hours.add(hour);
      add('ACTIVE_HOUR', String(localHourOfWeek(atMs, zone)));
    }
    if (verb === 'VISITED' && page !== null) add('PAGE', clip(page, MAX_PAGE_LENGTH));
    if (device !== null) add('DEVICE', device);
    if (channel !== null) add('CHANNEL', channel);
    const kind = courseId === null ? null : catalog.kindOf(courseId);
    if (kind !== null) add('FORMAT', kind);
  }
}
