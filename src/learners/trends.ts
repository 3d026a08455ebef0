/** A group of people who learn alike, or everybody. */
export const AUDIENCE_KINDS = ['ORGANISATION', 'DEPARTMENT', 'ROLE', 'LOCATION'] as const;
export type AudienceKind = (typeof AUDIENCE_KINDS)[number];

export interface Audience {
  readonly kind: AudienceKind;
  /** Department, role id or location; empty for the organisation. */
  readonly value: string;
}

/** How many different people of a group took a course up of their own accord. */
export interface Uptake {
  readonly courseId: string;
  /** Ever. */
  readonly people: number;
  /** Of those, within the last `TREND_DAYS`, and within as many days before. */
  readonly recentPeople: number;
  readonly previousPeople: number;
}

export const TREND_DAYS = 28;

export interface GroupTrends {
  readonly audience: Audience;
  /** Active learners in the group. */
  readonly people: number;
  readonly uptakes: readonly Uptake[];
}

/** What people take up, by group, as of one moment. */
export interface Trends {
  readonly asOfMs: number;
  /** By `audienceKey`. Groups of fewer than five people are left out, the organisation is always there. */
  readonly groups: ReadonlyMap<string, GroupTrends>;
}

/**
 * Single people must not be read off what a group does either: in groups other than the organisation, counts below this
 * are told as 0, and courses that fewer people took up are left out.
 */
export const FEWEST_TAKERS = 3;

export const EVERYBODY: Audience = { kind: 'ORGANISATION', value: '' };

export const audienceKey = ({ kind, value }: Audience): string => `${kind}:${value}`;

export const NO_TRENDS: Trends = { asOfMs: 0, groups: new Map() };
