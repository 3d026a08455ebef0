import type { LocalHour } from '../../platform/zonedTime.js';

export type ConstraintCode =
  | 'NOT_ON_OFFER'
  | 'QUIET_HOURS'
  | 'DEFAULT_QUIET_HOURS'
  | 'WORK_PATTERN'
  | 'LEAVE'
  | 'HOLIDAY'
  | 'DUE_DATE'
  | 'LIVE_SESSION'
  | 'MUTED'
  | 'MINIMUM_GAP'
  | 'WEEKLY_BUDGET';

/** What must hold for every window; `allows` is asked for full local hours only. */
export interface DeliveryConstraint {
  readonly code: ConstraintCode;
  /** For the learner, in the second person. */
  readonly text: string;
  /** Why nothing is left when this constraint alone rules out every hour. */
  readonly exhaustedText: string;
  readonly allows: (hour: LocalHour) => boolean;
}

/** The time to choose from. */
export interface Horizon {
  readonly startMs: number;
  /** Half open. */
  readonly endMs: number;
  /** Days from 1 January 1970 to the local dates of its first and its last instant. */
  readonly firstDay: number;
  readonly lastDay: number;
}
