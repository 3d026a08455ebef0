import type { Channel, Device } from '../../learners/profileEvent.js';
import type { Basis } from '../model/weekModel.js';
import type { ConstraintCode } from './deliveryConstraint.js';
import type { DeliveryReason } from './deliveryReason.js';
import type { SuggestedChannel } from './messageChoice.js';
import type { PreferredUse } from './preferredUse.js';

/**
 * What there is to deliver in a window: the WHOLE course, which fits in; one SITTING of a course that is too long for it;
 * an INVITATION to a session that comes later; or a LINK to a course of unknown length.
 */
export const DELIVERY_FORMATS = ['WHOLE', 'SITTING', 'INVITATION', 'LINK'] as const;
export type DeliveryFormat = (typeof DELIVERY_FORMATS)[number];

/** One hour of the local clock in which to deliver. */
export interface DeliveryWindow {
  readonly rank: number;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** In local time, such as `Tue 24 Nov, 09:00–10:00`. */
  readonly label: string;
  /** Probability that the learner is active on a learning portal in this very hour, with an 80 % interval. */
  readonly probabilityActive: number;
  readonly probabilityLow: number;
  readonly probabilityHigh: number;
  /** `probabilityActive` over that of the common slot: above 1, this window suits the learner better. */
  readonly lift: number;
  /** Null: nothing is known that is not muted. */
  readonly channel: SuggestedChannel | null;
  /** What the learner muted for this window, in the order of `CHANNELS`; never the suggested one. */
  readonly mutedChannels: readonly Channel[];
  readonly device: PreferredUse<Device> | null;
  readonly format: DeliveryFormat;
  /** The longest sitting to plan here: the usual one, or less when the allowed time ends before; null: not known. */
  readonly maxMinutes: number | null;
  /** The next session with a free seat after the window; null for courses without sessions. */
  readonly sessionId: string | null;
  /** True when the window was drawn at random, to learn whether it suits. */
  readonly isExploration: boolean;
  /**
   * Above 0, at most 1: how likely it was that this window came to its rank, given those of better rank and, in a
   * campaign, the people placed before. 1 wherever nothing is left to chance.
   */
  readonly propensity: number;
  /** Not to be delivered later: too little of the window would be left for the sitting. May be its very start. */
  readonly expiresAt: Date;
  readonly reasons: readonly DeliveryReason[];
}

/** A part of the course: the first lies in the best window, the others in the hours after it that suit best. */
export interface Sitting {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly label: string;
  readonly minutes: number;
  /** Probability that the learner is active in the hour it begins in. */
  readonly probabilityActive: number;
}

export interface SittingPlan {
  readonly sittings: readonly Sitting[];
  /** Minutes of the course for which the allowed time of the horizon, or the team, has no room; 0: it all fits. */
  readonly minutesLeft: number;
}

/** What one would choose without knowing the learner: the organisation's best hour under the same constraints. */
export interface CommonSlot {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly label: string;
  /** Of this learner. */
  readonly probabilityActive: number;
}

export interface AppliedConstraint {
  readonly code: ConstraintCode | 'TEAM_SPREAD' | 'ASSUMED_ZONE';
  readonly text: string;
  /** Full local hours of the horizon that it rules out, counted for each constraint by itself. */
  readonly hoursRuledOut: number;
}

export interface NoWindowReason {
  /**
   * The constraint that leaves nothing; or the horizon, without a full hour; or several that leave nothing together; or
   * the team, whose share of every window that is left is taken.
   */
  readonly code: ConstraintCode | 'HORIZON_TOO_SHORT' | 'CONSTRAINTS_TOGETHER' | 'TEAM_SPREAD';
  readonly text: string;
}

export interface DeliverySuggestion {
  readonly outcome: 'SUGGESTED' | 'NO_WINDOW';
  /** Best first; empty when the outcome is NO_WINDOW. */
  readonly windows: readonly DeliveryWindow[];
  /** Null when the outcome is SUGGESTED. */
  readonly noWindowReason: NoWindowReason | null;
  readonly commonSlot: CommonSlot | null;
  readonly zone: string;
  readonly isZoneAssumed: boolean;
  readonly basis: Basis;
  /** Expected active hours of the learner per week, shrunk to the organisation's. */
  readonly weeklyActiveHours: number;
  readonly constraintsApplied: readonly AppliedConstraint[];
  /** Those of the best window, or what would be suggested now where there is none. */
  readonly device: PreferredUse<Device> | null;
  readonly channel: SuggestedChannel | null;
  /** The usual sitting, shrunk to the organisation's; null: not known. */
  readonly maxMinutes: number | null;
  /** In how many sittings to offer the course; null when its length or the usual sitting is not known, or it is live. */
  readonly sittings: number | null;
  /** Where the course is too long for its best window: a plan in sittings; null otherwise. */
  readonly sittingPlan: SittingPlan | null;
  /** From when on to ask anew. */
  readonly expiresAt: Date;
}
