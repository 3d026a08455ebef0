import type { CatalogSnapshot } from '../catalog/catalogSnapshot.js';
import {
  COURSE_KINDS,
  type Course,
  type CourseKind,
  DURATION_BANDS,
  type DurationBand,
  durationBand,
} from '../catalog/course.js';
import { DAY_MS, offsetMsAt } from '../platform/zonedTime.js';
import { betaCdf } from '../stats/beta.js';
import { activeHours } from './activeHours.js';
import { type CourseState, isBegun, isCompleted } from './courseState.js';
import { mandatoryCourseIds, type Obligation, type SkillSource } from './learner.js';
import { CHANNELS, type Channel, DEVICES, type Device } from './profileEvent.js';
import type { LearnerHabits, LearnerState } from './profiles.store.js';
import type { LearnerRhythm, Touchpoint } from './rhythm.store.js';
import { countSittings, sittingQuantile } from './sittings.js';
import type { CombinedSkill } from './skillLevel.js';

/** How a learner stands with a course, from the strongest on. */
export const COURSE_STATUSES = [
  'WAIVED',
  'COMPLETED',
  'DISMISSED',
  'ABANDONED',
  'IN_PROGRESS',
  'SAVED',
  'VIEWED',
  'NOT_STARTED',
] as const;
export type CourseStatus = (typeof COURSE_STATUSES)[number];

/** Lengths of courses; the upper end belongs to the next. */
export const ENGAGEMENT_LEVELS = ['NONE', 'LOW', 'MEDIUM', 'HIGH'] as const;
export type EngagementLevel = (typeof ENGAGEMENT_LEVELS)[number];

export const TRENDS = ['RISING', 'STEADY', 'FALLING', 'UNKNOWN'] as const;
export type Trend = (typeof TRENDS)[number];

/** What one learner and one course have to do with each other. */
export interface CourseProfile {
  readonly course: Course;
  readonly status: CourseStatus;
  /** 0–1, the furthest reported; null: nothing was. */
  readonly progress: number | null;
  /** Assessments passed or failed. */
  readonly attempts: number;
  readonly minutes: number;
  /** 0–1, where they stopped a course that is begun and unfinished; null: it is not, or nobody said where. */
  readonly dropPoint: number | null;
  /** Null: assigned, and not touched yet. */
  readonly lastAtMs: number | null;
  /** ISO date of `lastAtMs` in the learner's zone. */
  readonly lastTouchedOn: string | null;
  readonly obligation: Obligation | null;
}

/** How well courses of one sort work for a learner. */
export interface Preference<T> {
  readonly sort: T;
  readonly started: number;
  readonly completed: number;
  /** 0–1, shrunk: see `preferences`. */
  readonly completionRate: number;
}

/** How much of what they do is done on a device, or by a channel. */
export interface UseShare<T> {
  readonly use: T;
  readonly events: number;
  /** 0–1, of the events whose device (or channel) is known. */
  readonly share: number;
}

/** How long sittings last, in whole minutes. */
export interface SittingLengths {
  /** Null: not known. */
  readonly device: Device | null;
  readonly sittings: number;
  readonly p25Minutes: number;
  readonly p50Minutes: number;
  readonly p75Minutes: number;
}

export interface Engagement {
  readonly level: EngagementLevel;
  readonly trend: Trend;
  /** Local days with any activity, of the last 28 and of the 28 before. */
  readonly activeDays: number;
  readonly previousActiveDays: number;
}

export interface ProfileSkill {
  readonly skillId: string;
  /** 0–1. */
  readonly level: number;
  /** 0–1. */
  readonly confidence: number;
  readonly sources: readonly SkillSource[];
}

export interface LearnerProfile {
  /** Latest touch first, then what is assigned and not touched. */
  readonly courses: readonly CourseProfile[];
  /** Highest rate first. */
  readonly formats: readonly Preference<CourseKind>[];
  readonly durations: readonly Preference<DurationBand>[];
  /** Most used first. */
  readonly devices: readonly UseShare<Device>[];
  readonly channels: readonly UseShare<Channel>[];
  /** Decayed active hours per local hour of the week, length 168, Monday 00:00 first. */
  readonly activeHours: Float64Array;
  /** By device, most sittings first. */
  readonly sittings: readonly SittingLengths[];
  readonly searchTerms: LearnerHabits['searchTerms'];
  readonly pages: LearnerHabits['pages'];
  readonly skills: readonly ProfileSkill[];
  readonly engagement: Engagement;
  /** Null: the log holds nothing about them. The days are ISO dates in the learner's zone. */
  readonly evidence: { readonly events: number; readonly firstSeenOn: string; readonly lastSeenOn: string } | null;
}

export interface ProfileInputs {
  readonly state: LearnerState;
  readonly rhythm: LearnerRhythm;
  readonly habits: LearnerHabits;
  /** By id. */
  readonly skills: ReadonlyMap<string, CombinedSkill>;
  readonly catalog: CatalogSnapshot;
  /** IANA. */
  readonly zone: string;
  readonly now: Date;
}

/** What is known of a learner, put into words and figures that a person can check. */
export function learnerProfile({ state, rhythm, habits, skills, catalog, zone, now }: ProfileInputs): LearnerProfile {
  const nowMs = now.getTime();
  const { activeHourStartsMs, touchpoints } = rhythm;
  const courses = courseProfiles(state, catalog, zone);
  const tried = triedCourses(state, catalog);
  return {
    courses,
    formats: preferences(tried, COURSE_KINDS, (course) => course.kind),
    durations: preferences(tried, DURATION_BANDS, ({ durationMinutes: minutes }) =>
      minutes === null ? null : durationBand(minutes),
    ),
    devices: useShares(DEVICES, touchpoints, (touchpoint) => touchpoint.device),
    channels: useShares(CHANNELS, touchpoints, (touchpoint) => touchpoint.channel),
    activeHours: activeHours({ hourStartsMs: activeHourStartsMs, zone, nowMs, observedSinceMs: null }).hourCounts,
    sittings: sittingLengths(habits.sittings),
    searchTerms: habits.searchTerms,
    pages: habits.pages,
    skills: skillsOf(skills),
    engagement: engagement(activeHourStartsMs, habits.evidence?.firstAtMs ?? null, nowMs, zone),
    evidence: habits.evidence && {
      events: habits.evidence.events,
      firstSeenOn: localDate(habits.evidence.firstAtMs, zone),
      lastSeenOn: localDate(habits.evidence.lastAtMs, zone),
    },
  };
}

/** Days from 1 January 1970 to the local date. */
const localDay = (atMs: number, zone: string): number => Math.floor((atMs + offsetMsAt(atMs, zone)) / DAY_MS);

const localDate = (atMs: number, zone: string): string =>
  new Date(localDay(atMs, zone) * DAY_MS).toISOString().slice(0, 10);

/** Of the courses in the catalogue that the learner touched or was assigned. */
function courseProfiles(state: LearnerState, catalog: CatalogSnapshot, zone: string): CourseProfile[] {
  const obligations = new Map(state.assignments.map(({ courseId, obligation }) => [courseId, obligation]));
  const states = new Map(state.courses.map((course) => [course.courseId, course]));
  const profiles: CourseProfile[] = [];
  for (const courseId of new Set([...states.keys(), ...obligations.keys()])) {
    const course = courseOf(catalog, courseId);
    if (course !== null) {
      profiles.push(courseProfile(course, states.get(courseId) ?? null, obligations.get(courseId) ?? null, zone));
    }
  }
  const lastMs = ({ lastAtMs }: CourseProfile) => lastAtMs ?? Number.NEGATIVE_INFINITY;
  return profiles.sort((a, b) => {
    if (lastMs(a) !== lastMs(b)) return lastMs(b) - lastMs(a);
    return a.course.id < b.course.id ? -1 : 1;
  });
}

function courseOf(catalog: CatalogSnapshot, courseId: string): Course | null {
  return catalog.courses[catalog.courseIndexById.get(courseId) ?? -1] ?? null;
}

function courseProfile(
  course: Course,
  state: CourseState | null,
  obligation: Obligation | null,
  zone: string,
): CourseProfile {
  const status = state === null ? 'NOT_STARTED' : courseStatus(state);
  return {
    course,
    status,
    progress: state?.maxProgress ?? null,
    attempts: state?.attempts ?? 0,
    minutes: Math.round((state?.secondsSpent ?? 0) / 60),
    dropPoint: state === null ? null : dropPoint(state, status),
    lastAtMs: state?.lastAtMs ?? null,
    lastTouchedOn: state === null ? null : localDate(state.lastAtMs, zone),
    obligation,
  };
}

/** A dismissal or abandonment holds until the learner comes back; rating, saving or sharing the course is not that. */
function courseStatus(state: CourseState): CourseStatus {
  const { dismissedAtMs, abandonedAtMs, lastAtMs } = state;
  if (state.waivedAtMs !== null) return 'WAIVED';
  if (isCompleted(state)) return 'COMPLETED';
  if (dismissedAtMs === lastAtMs) return 'DISMISSED';
  const saidLast = [state.ratedAtMs, state.savedAtMs, state.sharedAtMs].includes(lastAtMs);
  if (abandonedAtMs !== null && (abandonedAtMs === lastAtMs || saidLast)) return 'ABANDONED';
  if (isBegun(state)) return 'IN_PROGRESS';
  if (state.savedAtMs !== null) return 'SAVED';
  return state.views > 0 ? 'VIEWED' : 'NOT_STARTED';
}

function dropPoint(state: CourseState, status: CourseStatus): number | null {
  if (status === 'ABANDONED') return state.abandonedProgress ?? state.maxProgress;
  return isBegun(state) && status !== 'WAIVED' ? state.maxProgress : null;
}

interface TriedCourse {
  readonly course: Course;
  readonly completed: boolean;
}

/** Courses begun of their own accord: what is mandatory or waived says nothing of what suits somebody. */
function triedCourses(state: LearnerState, catalog: CatalogSnapshot): TriedCourse[] {
  const mandatory = mandatoryCourseIds(state);
  return state.courses.flatMap((own) => {
    const course = courseOf(catalog, own.courseId);
    const isTried = isCompleted(own) || isBegun(own) || own.abandonedAtMs !== null;
    if (course === null || !isTried || own.waivedAtMs !== null || mandatory.has(course.id)) return [];
    return [{ course, completed: isCompleted(own) }];
  });
}

/** What the learner's overall rate is worth, in starts, when the rate of one sort is estimated. */
const PRIOR_STARTS = 4;

/**
 * Completions per start by sort of course, for the sorts that were tried, highest rate first.
 *
 * Few starts say little, so each rate is shrunk towards the learner's own overall rate, as if 4 further starts had come
 * out like that: (completed + 4 · overall) / (started + 4). The overall rate itself starts from one half, as if there had
 * been one more completion and one more failure (Laplace's rule of succession).
 *
 * @param sortOf null: the sort of a course is not known
 */
function preferences<T extends string>(
  tried: readonly TriedCourse[],
  sorts: readonly T[],
  sortOf: (course: Course) => T | null,
): Preference<T>[] {
  const countCompleted = (courses: readonly TriedCourse[]) => courses.filter(({ completed }) => completed).length;
  const overall = (countCompleted(tried) + 1) / (tried.length + 2);
  return sorts
    .map((sort): Preference<T> => {
      const ofSort = tried.filter(({ course }) => sortOf(course) === sort);
      const [started, completed] = [ofSort.length, countCompleted(ofSort)];
      return {
        ...{ sort, started, completed },
        completionRate: (completed + PRIOR_STARTS * overall) / (started + PRIOR_STARTS),
      };
    })
    .filter(({ started }) => started > 0)
    .sort((a, b) => b.completionRate - a.completionRate || b.started - a.started);
}

function useShares<T extends string>(
  uses: readonly T[],
  touchpoints: readonly Touchpoint[],
  useOf: (touchpoint: Touchpoint) => string,
): UseShare<T>[] {
  const counted = uses.map((use) => ({
    use,
    events: touchpoints.reduce((sum, touchpoint) => sum + (useOf(touchpoint) === use ? touchpoint.events : 0), 0),
  }));
  const total = counted.reduce((sum, { events }) => sum + events, 0);
  return counted
    .filter(({ events }) => events > 0)
    .map(({ use, events }) => ({ use, events, share: events / total }))
    .sort((a, b) => b.events - a.events);
}

function sittingLengths(sittings: LearnerHabits['sittings']): SittingLengths[] {
  const deviceOf = (name: string): Device | null => DEVICES.find((device) => device === name) ?? null;
  const sorted = sittings.toSorted((a, b) => a.minutes - b.minutes);
  return [...DEVICES, null]
    .map((device) => {
      const own = sorted.filter((sitting) => deviceOf(sitting.device) === device);
      return {
        ...{ device, sittings: countSittings(own) },
        p25Minutes: sittingQuantile(own, 0.25),
        p50Minutes: sittingQuantile(own, 0.5),
        p75Minutes: sittingQuantile(own, 0.75),
      };
    })
    .filter((lengths) => lengths.sittings > 0)
    .sort((a, b) => b.sittings - a.sittings);
}

function skillsOf(skills: ReadonlyMap<string, CombinedSkill>): ProfileSkill[] {
  return [...skills.values()]
    .map(({ skillId, level, confidence, sources }) => ({
      skillId,
      level,
      confidence,
      sources: [...new Set(sources.map(({ source }) => source))],
    }))
    .sort((a, b) => b.level - a.level || (a.skillId < b.skillId ? -1 : 1));
}

const PERIOD_DAYS = 28;
/** From so many active days of 28 on: once a week on average is little, three times a week much. */
const MEDIUM_ACTIVE_DAYS = 4;
const HIGH_ACTIVE_DAYS = 12;
/** Fewer active days in both periods together could not tell a trend from chance, however they fell. */
const FEWEST_DAYS_FOR_TREND = 6;
const SIGNIFICANCE = 0.05;

/**
 * How often someone is active, and whether that changes.
 *
 * The trend compares the active days of the last 28 with those of the 28 before by an exact sign test: did nothing change,
 * each of the n active days would fall into either period alike, so the number in one is binomial (n, ½). It is a trend
 * when a split as uneven as this, either way, has a chance of less than 5 %. It is unknown with under 6 active days, or
 * when the learner was first seen after the earlier period began.
 */
export function engagement(
  activeHourStartsMs: readonly number[],
  firstAtMs: number | null,
  nowMs: number,
  zone: string,
): Engagement {
  const today = localDay(nowMs, zone);
  const ages = new Set(activeHourStartsMs.map((startMs) => today - localDay(startMs, zone)));
  const countDays = (from: number, until: number) => [...ages].filter((age) => age >= from && age < until).length;
  const activeDays = countDays(0, PERIOD_DAYS);
  const previousActiveDays = countDays(PERIOD_DAYS, 2 * PERIOD_DAYS);
  const isKnownLongEnough = firstAtMs !== null && today - localDay(firstAtMs, zone) >= 2 * PERIOD_DAYS - 1;
  return {
    level: engagementLevel(activeDays),
    trend: isKnownLongEnough ? trendOf(activeDays, previousActiveDays) : 'UNKNOWN',
    activeDays,
    previousActiveDays,
  };
}

function engagementLevel(activeDays: number): EngagementLevel {
  if (activeDays === 0) return 'NONE';
  if (activeDays < MEDIUM_ACTIVE_DAYS) return 'LOW';
  return activeDays < HIGH_ACTIVE_DAYS ? 'MEDIUM' : 'HIGH';
}

function trendOf(now: number, before: number): Trend {
  const n = now + before;
  if (n < FEWEST_DAYS_FOR_TREND) return 'UNKNOWN';
  const more = Math.max(now, before);
  // P(X ≥ k) of a binomial (n, ½) is the regularised incomplete beta function at ½ with k and n − k + 1.
  const chance = 2 * betaCdf(0.5, more, n - more + 1);
  if (chance >= SIGNIFICANCE) return 'STEADY';
  return now > before ? 'RISING' : 'FALLING';
}
