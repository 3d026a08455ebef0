import type { CourseDraft } from './courseDrafts.js';
import { SeededRandom } from './seededRandom.js';
import { DAY_MS, HOUR_MS } from './zoneClock.js';

/** When a course can be had. */
export interface CourseLife {
  readonly publishedMs: number;
  readonly retiredMs: number;
  readonly excluded: boolean;
}

/**
 * Most courses are older than the history, a quarter came out during it, a few in the last weeks, and one in two
 * hundred (at least one) is still to come. What others build on is never retired, since nobody could go on.
 */
export function drawLives(
  drafts: readonly CourseDraft[],
  successors: readonly (readonly number[])[],
  { seed, fromMs, nowMs }: { readonly seed: number; readonly fromMs: number; readonly nowMs: number },
): CourseLife[] {
  const random = new SeededRandom(seed, 'lives');
  const standsAlone = (index: number): boolean =>
    drafts[index]?.duty === null && successors[index]?.length === 0 && drafts[index]?.prerequisites.length === 0;
  const alone = random.shuffled(drafts.map((_, index) => index).filter(standsAlone));
  const take = (share: number): ReadonlySet<number> =>
    new Set(alone.splice(0, Math.max(1, Math.round(drafts.length * share))));
  const retired = take(0.04);
  const scheduled = take(0.005);
  const brandNew = take(0.025);
  const excluded = take(0.012);

  const lives: CourseLife[] = [];
  drafts.forEach((draft, index) => {
    const old = fromMs - random.between(1, 1200) * DAY_MS;
    const during = random.between(fromMs, nowMs - 21 * DAY_MS);
    const lately = nowMs - random.between(1, 21) * DAY_MS;
    const later = nowMs + random.between(5, 40) * DAY_MS;
    const isOld = draft.duty !== null || retired.has(index) || random.chance(0.73);
    const drawn = scheduled.has(index) ? later : brandNew.has(index) ? lately : isOld ? old : during;
    const earliest = Math.max(0, ...draft.prerequisites.map((needed) => lives[needed]?.publishedMs ?? 0));
    const publishedMs = Math.max(earliest, Math.floor(drawn / DAY_MS) * DAY_MS + 8 * HOUR_MS);
    const retiredMs =
      Math.floor(random.between(Math.max(fromMs - 90 * DAY_MS, publishedMs + DAY_MS), nowMs) / DAY_MS) * DAY_MS;
    lives.push({
      publishedMs,
      retiredMs: retired.has(index) ? retiredMs : Number.POSITIVE_INFINITY,
      excluded: excluded.has(index),
    });
  });
  return lives;
}
