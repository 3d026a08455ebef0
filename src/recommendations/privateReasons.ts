import type { Viewer } from '../platform/access.js';
import type { Reason } from './reasons.js';

/** A portal shows the list to the learner; of people, nobody else is told what the learner searched for. */
export const isOwnList = (viewer: Viewer, learnerId: string): boolean =>
  viewer.kind === 'KEY' || (viewer.kind === 'PERSON' && viewer.learnerId === learnerId);

/** The reasons of a learner's list as the viewer may read them. */
export function reasonsSeenBy(viewer: Viewer, learnerId: string, reasons: readonly Reason[]): readonly Reason[] {
  if (isOwnList(viewer, learnerId)) return reasons;
  return reasons.map((reason) =>
    reason.code === 'SEARCH' ? { code: 'SEARCH', text: 'Answers a search of theirs', evidence: null } : reason,
  );
}
