import { opensCourse } from '../../learners/search.js';
import { type InsightEvent, isOwnDoing } from './insightEvent.js';

/** From being shown a course to completing it. */
export const FUNNEL_STAGES = ['SHOWN', 'CLICKED', 'STARTED', 'PROGRESSED', 'COMPLETED'] as const;
export type FunnelStage = (typeof FUNNEL_STAGES)[number];

/** How far one person got with one course. */
export interface FunnelPath {
  readonly courseId: string;
  /** In the order of the funnel. */
  readonly stages: readonly FunnelStage[];
  /** Those of them, but for SHOWN, that came after the course was first shown. */
  readonly afterShown: readonly FunnelStage[];
}

/** Courses that this service served somebody at one moment. */
export interface ServedCourses {
  readonly courseIds: readonly string[];
  readonly atMs: number;
}

/**
 * How far one person got with each course in a period.
 *
 * SHOWN: it was in a list that this service served, or a portal reported that it was seen. CLICKED: clicked, saved, or
 * viewed for 5 seconds at least. STARTED: begun. PROGRESSED: progress above 0 was reported. COMPLETED: completed or passed.
 * Whoever reached a stage has passed through all before it but SHOWN, for many courses are found in other ways.
 *
 * @param events in any order
 */
export function funnelPaths(events: readonly InsightEvent[], served: readonly ServedCourses[]): FunnelPath[] {
  const firsts = new Map<string, number[]>();
  const reach = (courseId: string, stage: FunnelStage, atMs: number): void => {
    const known = firsts.get(courseId) ?? FUNNEL_STAGES.map(() => Number.POSITIVE_INFINITY);
    const place = FUNNEL_STAGES.indexOf(stage);
    known[place] = Math.min(known[place] ?? atMs, atMs);
    firsts.set(courseId, known);
  };
  for (const { courseIds, atMs } of served) for (const courseId of courseIds) reach(courseId, 'SHOWN', atMs);
  for (const event of events) {
    const stage = stageOf(event);
    if (event.courseId !== null && stage !== null) reach(event.courseId, stage, event.atMs);
  }
  return [...firsts].map(([courseId, times]) => {
    const [shownAtMs = Number.POSITIVE_INFINITY] = times;
    const reachedAtMs = (place: number) => (place === 0 ? shownAtMs : Math.min(...times.slice(place)));
    const stages = FUNNEL_STAGES.filter((_, place) => Number.isFinite(reachedAtMs(place)));
    const afterShown = stages.filter((stage) => {
      const place = FUNNEL_STAGES.indexOf(stage);
      return place > 0 && times.slice(place).some((atMs) => Number.isFinite(atMs) && atMs >= shownAtMs);
    });
    return { courseId, stages, afterShown };
  });
}

/** The furthest stage that an event stands for; null: none. */
function stageOf(event: InsightEvent): FunnelStage | null {
  const { verb, progress } = event;
  if (verb === 'IMPRESSION') return 'SHOWN';
  if (!isOwnDoing(event)) return null;
  if (verb === 'COMPLETED' || verb === 'PASSED') return 'COMPLETED';
  if (verb === 'PROGRESSED' || (progress ?? 0) > 0) return 'PROGRESSED';
  if (verb === 'STARTED' || verb === 'FAILED' || verb === 'ABANDONED') return 'STARTED';
  return opensCourse(event) ? 'CLICKED' : null;
}
