import type { InsightEvent } from '../../src/insights/cells/insightEvent.js';

export const MINUTE_MS = 60_000;

/** An event in the first moment of 1970, of which nothing more is known than is stated. */
export function anEvent(stated: Partial<InsightEvent>): InsightEvent {
  return {
    ...{ verb: 'VIEWED', atMs: 0, courseId: null, device: null, channel: null, durationSeconds: null },
    ...{ progress: null, query: null, resultCount: null, page: null },
    ...stated,
  };
}
