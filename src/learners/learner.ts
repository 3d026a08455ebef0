import type { CourseState } from './courseState.js';

export const WEEKDAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Working time of one weekday, in minutes after local midnight, half open; `endMinute` is at most 1440. */
export interface WorkDay {
  readonly day: Weekday;
  readonly startMinute: number;
  readonly endMinute: number;
}

/** Local time in which nothing may be sent; wraps midnight when the start is after the end. Minutes after midnight. */
export interface QuietHours {
  readonly startMinute: number;
  readonly endMinute: number;
}

/** One employee, known by an opaque id: no name and no e-mail address is stored. */
export interface Learner {
  readonly id: string;
  /** IANA; null: the organisation's zone. */
  readonly timezone: string | null;
  /** BCP 47; empty: any language will do. */
  readonly languages: readonly string[];
  readonly department: string | null;
  readonly location: string | null;
  readonly roleId: string | null;
  readonly targetRoleId: string | null;
  readonly managerId: string | null;
  /** ISO date. */
  readonly hiredOn: string | null;
  /** Null: not known. Empty: no working day. */
  readonly workPattern: readonly WorkDay[] | null;
  readonly quietHours: QuietHours | null;
  readonly active: boolean;
  readonly personalisationOptOut: boolean;
}

export const SKILL_SOURCES = ['SELF', 'MANAGER', 'ASSESSMENT', 'INFERRED'] as const;
export type SkillSource = (typeof SKILL_SOURCES)[number];

/** What one source says of one skill of one learner; the latest observation of a source replaces its earlier one. */
export interface SkillEvidence {
  readonly learnerId: string;
  readonly skillId: string;
  readonly source: SkillSource;
  /** 0–1. */
  readonly level: number;
  /** 0–1. */
  readonly confidence: number;
  readonly observedAt: Date;
  /** The source's own scale and value, kept as given beside the normalised level, such as `1-5` and `4`. */
  readonly scale: string | null;
  readonly scaleValue: string | null;
}

export const OBLIGATIONS = ['MANDATORY', 'ASSIGNED'] as const;
export type Obligation = (typeof OBLIGATIONS)[number];

export interface Assignment {
  readonly learnerId: string;
  readonly courseId: string;
  readonly obligation: Obligation;
  readonly dueAt: Date | null;
  /** What was completed before does not count: the course is due again. Null: every completion counts. */
  readonly countsFrom: Date | null;
}

/** Whether the learner has done what the assignment asks for: completed, passed, or been spared the course. */
export function isFulfilled({ countsFrom }: Pick<Assignment, 'countsFrom'>, state: CourseState | undefined): boolean {
  if (state === undefined) return false;
  const fromMs = countsFrom?.getTime() ?? Number.NEGATIVE_INFINITY;
  // States keep the latest time of each, so nothing earlier hides a later one.
  return [state.completedAtMs, state.passedAtMs, state.waivedAtMs].some((atMs) => atMs !== null && atMs >= fromMs);
}

/**
 * The courses of which having taken them says nothing of somebody's wishes: they are obliged to, or a rule obliged them
 * when they took it.
 */
export function mandatoryCourseIds({
  assignments,
  mandatedCourseIds,
}: {
  readonly assignments: readonly Pick<Assignment, 'courseId' | 'obligation'>[];
  readonly mandatedCourseIds: readonly string[];
}): ReadonlySet<string> {
  const duties = assignments.filter(({ obligation }) => obligation === 'MANDATORY');
  return new Set([...duties.map(({ courseId }) => courseId), ...mandatedCourseIds]);
}
