import type { ProfileEvent } from '../../learners/profileEvent.js';

/** What a learner did, as far as insights look at it. */
export interface InsightEvent
  extends Pick<
    ProfileEvent,
    'verb' | 'courseId' | 'device' | 'channel' | 'durationSeconds' | 'progress' | 'query' | 'resultCount' | 'page'
  > {
  readonly atMs: number;
}

/** Whether the learner did it, rather than that it happened to them. */
export const isOwnDoing = ({ verb }: Pick<InsightEvent, 'verb'>): boolean => verb !== 'IMPRESSION' && verb !== 'WAIVED';
