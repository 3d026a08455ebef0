import { arrivedAtMs } from './catalogueColumns.js';
import type { RecommendationInputs, SearchMatch } from './inputs.js';
import type { ServingIndex } from './servingIndex.js';

const DAY_MS = 86_400_000;
const HALF_LIFE_DAYS = 14;

/** How much a recent search speaks for each course that answers it, by position: the greatest over the searches, 0–1. */
export function searchIntents(
  searches: RecommendationInputs['searches'],
  index: ServingIndex,
  nowMs: number,
  isPersonal: boolean,
): ReadonlyMap<number, number> {
  const intents = new Map<number, number>();
  for (const match of isPersonal ? searches : []) {
    for (const { courseId, relevance } of match.courses) {
      const position = index.positionById.get(courseId);
      const course = index.courses[position ?? -1];
      if (position === undefined || course === undefined) continue;
      const intent = relevance * fading(match, arrivedAtMs(course), nowMs);
      if (intent > (intents.get(position) ?? 0)) intents.set(position, intent);
    }
  }
  return intents;
}

function fading({ atMs, hadNoResults }: SearchMatch, arrivedMs: number, nowMs: number): number {
  const sinceMs = hadNoResults ? Math.max(atMs, arrivedMs) : atMs;
  return 2 ** (-Math.max(0, nowMs - sinceMs) / DAY_MS / HALF_LIFE_DAYS);
}
