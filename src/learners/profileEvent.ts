export const VERBS = [
  'VIEWED',
  'STARTED',
  'PROGRESSED',
  'COMPLETED',
  'PASSED',
  'FAILED',
  'ABANDONED',
  'RATED',
  'SAVED',
  'SHARED',
  'DISMISSED',
  'SEARCHED',
  'VISITED',
  'WAIVED',
  'IMPRESSION',
  'CLICKED',
] as const;
export type Verb = (typeof VERBS)[number];

export const DEVICES = ['DESKTOP', 'MOBILE', 'TABLET', 'OTHER'] as const;
export type Device = (typeof DEVICES)[number];

export const CHANNELS = ['PORTAL', 'EMAIL', 'CHAT', 'PUSH', 'CALENDAR', 'OTHER'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Why somebody does not want to be shown a course. */
export const DISMISS_REASONS = [
  'NOT_RELEVANT',
  'ALREADY_KNOW',
  'TOO_EASY',
  'TOO_HARD',
  'TOO_LONG',
  'WRONG_FORMAT',
  'NOT_NOW',
  'OTHER',
] as const;
export type DismissReason = (typeof DISMISS_REASONS)[number];

/** What a learner did, as far as a profile needs to know it. */
export interface ProfileEvent {
  readonly learnerId: string;
  readonly courseId: string | null;
  readonly verb: Verb;
  readonly at: Date;
  readonly device: Device | null;
  readonly channel: Channel | null;
  readonly durationSeconds: number | null;
  /** 0–1. */
  readonly progress: number | null;
  /** −1..1: a rating, or an assessment's result. */
  readonly score: number | null;
  readonly query: string | null;
  readonly resultCount: number | null;
  readonly page: string | null;
  readonly servedListId: string | null;
  /** Only with DISMISSED. */
  readonly reason: DismissReason | null;
}
