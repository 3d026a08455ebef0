export const COURSE_KINDS = [
  'COURSE',
  'VIDEO',
  'ARTICLE',
  'BOOK',
  'PODCAST',
  'ASSESSMENT',
  'LIVE_SESSION',
  'COACHING',
  'MENTORING',
  'PATH',
] as const;
export type CourseKind = (typeof COURSE_KINDS)[number];

export const COURSE_LEVELS = ['BEGINNER', 'INTERMEDIATE', 'ADVANCED'] as const;
export type CourseLevel = (typeof COURSE_LEVELS)[number];

/** How long a course takes; the shortest first. */
export const DURATION_BANDS = ['UNDER_10_MIN', 'MIN_10_TO_30', 'MIN_30_TO_60', 'HOURS_1_TO_3', 'OVER_3_HOURS'] as const;
export type DurationBand = (typeof DURATION_BANDS)[number];
const BAND_ENDS_MINUTES = [10, 30, 60, 180];

/** A band includes its shorter end. What is below none of the ends is found at −1, and so in the last band. */
export function durationBand(durationMinutes: number): DurationBand {
  return DURATION_BANDS.at(BAND_ENDS_MINUTES.findIndex((end) => durationMinutes < end)) as DurationBand;
}

/** A skill that a course teaches: it takes someone from one level to another, both 0–1. */
export interface CourseSkill {
  readonly skillId: string;
  readonly levelFrom: number;
  readonly levelTo: number;
}

/** A dated meeting of a live course. */
export interface LiveSession {
  readonly id: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** Null: no limit. */
  readonly capacity: number | null;
  /** Null: nobody counts them. */
  readonly seatsTaken: number | null;
}

/** Anything that can be learned from, told apart by `kind`; the id is the caller's own. */
export interface Course {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly kind: CourseKind;
  /** BCP 47, such as `en` or `pt-BR`; null: suits every language. */
  readonly language: string | null;
  readonly provider: string | null;
  readonly url: string | null;
  readonly durationMinutes: number | null;
  /** Null: for everyone. */
  readonly level: CourseLevel | null;
  readonly tags: readonly string[];
  /** Null: published ever since. */
  readonly publishedAt: Date | null;
  readonly retiredAt: Date | null;
  readonly excludedFromRecommendations: boolean;
  readonly skills: readonly CourseSkill[];
  readonly prerequisiteIds: readonly string[];
  readonly sessions: readonly LiveSession[];
  /** Since when people here could have found it: when it was first stored, or published before that. */
  readonly addedAt: Date;
}

export interface Skill {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly parentId: string | null;
  /** Where a public taxonomy such as ESCO describes it. */
  readonly taxonomyUri: string | null;
}

/** What a role needs: target level 0–1, importance 0–1. */
export interface RoleSkill {
  readonly skillId: string;
  readonly targetLevel: number;
  readonly importance: number;
}

export interface Role {
  readonly id: string;
  readonly name: string;
  readonly skills: readonly RoleSkill[];
}

/** Nobody more fits in. */
export function isFull({ capacity, seatsTaken }: Pick<LiveSession, 'capacity' | 'seatsTaken'>): boolean {
  return capacity !== null && (seatsTaken ?? 0) >= capacity;
}

/** The language itself, without script or region: `pt` of `pt-BR`. */
export function primaryLanguage(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? '';
}
