import type { CourseOutcome } from '../../activity/activity.service.js';
import type { Viewer } from '../../platform/access/access.js';
import type { Reason } from './reasons.js';

/**
 * A portal shows the list to the learner; of people, nobody else is told what the learner searched for, nor at which
 * time of day they were at something.
 */
export const isOwnList = (viewer: Viewer, learnerId: string): boolean =>
  viewer.kind === 'KEY' || (viewer.kind === 'PERSON' && viewer.learnerId === learnerId);

/** The reasons of a learner's list as the viewer may read them. */
export function reasonsSeenBy(viewer: Viewer, learnerId: string, reasons: readonly Reason[]): readonly Reason[] {
  return isOwnList(viewer, learnerId) ? reasons : reasons.map(withoutPrivateFacts);
}

function withoutPrivateFacts(reason: Reason): Reason {
  if (reason.code === 'SEARCH') return { code: 'SEARCH', text: 'Answers a search of theirs', evidence: null };
  // The words name the day, the evidence the moment.
  return reason.code === 'SAVED' ? { ...reason, evidence: null } : reason;
}

/** What came of a course as the viewer may read it: for anybody but the learner and the portal, to the day. */
export function outcomeSeenBy(viewer: Viewer, learnerId: string, outcome: CourseOutcome): CourseOutcome {
  if (isOwnList(viewer, learnerId)) return outcome;
  return {
    seenAt: utcDayOf(outcome.seenAt),
    clickedAt: utcDayOf(outcome.clickedAt),
    startedAt: utcDayOf(outcome.startedAt),
    completedAt: utcDayOf(outcome.completedAt),
    savedAt: utcDayOf(outcome.savedAt),
    dismissedAt: utcDayOf(outcome.dismissedAt),
  };
}

const utcDayOf = (at: Date | null): Date | null => at && new Date(new Date(at).setUTCHours(0, 0, 0, 0));
