import type { ConfidenceWeights } from '../../learners/confidence.js';
import type { LearnerState } from '../../learners/learners.service.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { type Proportion, type ProportionInterval, proportionDifference } from '../../stats/proportions.js';
import { takenUpAfter } from '../fitting/rankingCase.js';

/** Whoever takes something up within so many days of a list is said to have done so after it. */
const FOLLOW_UP_DAYS = 14;
const FOLLOW_UP_MS = FOLLOW_UP_DAYS * DAY_MS;
export const WEEK_MS = 7 * DAY_MS;
/** With fewer people on either side it cannot be told what a rule does. */
const FEWEST_TO_TELL = 20;

export const EFFECT_VERDICTS = ['MORE', 'FEWER', 'CANNOT_TELL'] as const;
export type EffectVerdict = (typeof EFFECT_VERDICTS)[number];

/**
 * Whether people take up the courses of a rule, beside people whom it is kept from. Everybody of its audience counts who
 * was shown a list, whatever the rule did to it: those in whose lists it moves a course are other people than the rest,
 * and nobody held out can be told to be like them.
 */
export interface TakeUp {
  /** People who could still take up any of the courses, and those of them who did. */
  readonly ruled: Proportion;
  readonly heldOut: Proportion;
  /** Share of the former who took any up less that of the held-out; null: too few on either side. */
  readonly difference: ProportionInterval | null;
}

/** A course that a rule moved in somebody's list. */
export interface MovedCourse {
  readonly courseId: string;
  /** In how many people's. */
  readonly people: number;
}

/** What a rule did in one week, exactly. */
export interface WeekOfRule {
  /** Monday, 00:00 UTC. */
  readonly weekStartsAt: Date;
  readonly lists: number;
  /** The same, of nobody more than `MOST_LISTS_EACH`. */
  readonly listsAtMost: number;
  readonly people: number;
  readonly courses: readonly MovedCourse[];
  /** Null: nobody is held out from hard rules. */
  readonly takeUp: TakeUp | null;
  /** Everybody has had a fortnight since to take something up. */
  readonly isFollowedUp: boolean;
  /** Share of the relevance of the first ten places given up, per list; null: it moved nothing. */
  readonly relevanceGivenUp: MeanInterval | null;
}

/** Shares are null where there are too few people to tell anything by. */
export interface WeekTakeUp {
  readonly ruledPeople: number | null;
  readonly heldOutPeople: number | null;
  readonly ruledShare: number | null;
  readonly heldOutShare: number | null;
  readonly difference: Pick<ProportionInterval, 'estimate' | 'low' | 'high'> | null;
  readonly verdict: EffectVerdict;
}

/** A week as somebody may see it: counts are null where they are not told. */
export interface RuleWeek extends Omit<WeekOfRule, 'lists' | 'listsAtMost' | 'people' | 'courses' | 'takeUp'> {
  readonly lists: number | null;
  readonly people: number | null;
  readonly courses: number | null;
  readonly takeUp: WeekTakeUp | null;
}

/** Somebody whose list counts in a week. */
export interface EffectPerson {
  readonly state: LearnerState;
  /** When they were first shown a list that counts. */
  readonly at: Date;
  /** The courses of the rule by which the list was made. */
  readonly courseIds: ReadonlySet<string>;
}

/** How many of the people who could still take up any of the courses did so within a fortnight of their list. */
export function takersAmong(people: readonly EffectPerson[], weights: ConfidenceWeights): Proportion {
  let trials = 0;
  let successes = 0;
  for (const { state, at, courseIds } of people) {
    const firstAtMs = new Map(state.courses.map((course) => [course.courseId, course.firstAtMs]));
    const isOpen = (courseId: string): boolean => (firstAtMs.get(courseId) ?? Number.POSITIVE_INFINITY) >= at.getTime();
    if (!isAny(courseIds, isOpen)) continue;
    trials += 1;
    const untilMs = at.getTime() + FOLLOW_UP_MS;
    const taken = takenUpAfter(state, at, weights).some(
      (courseId) => courseIds.has(courseId) && (firstAtMs.get(courseId) ?? untilMs) < untilMs,
    );
    if (taken) successes += 1;
  }
  return { successes, trials };
}

function isAny(courseIds: Iterable<string>, fits: (courseId: string) => boolean): boolean {
  for (const courseId of courseIds) if (fits(courseId)) return true;
  return false;
}

/** What a rule does to what people take up, as far as it can be told. */
export function takeUpOf(ruled: Proportion, heldOut: Proportion): TakeUp {
  const isEnough = ruled.trials >= FEWEST_TO_TELL && heldOut.trials >= FEWEST_TO_TELL;
  const difference = isEnough ? proportionDifference(ruled, heldOut) : null;
  return { ruled, heldOut, difference };
}

export function verdictOn({ low, high }: Pick<ProportionInterval, 'low' | 'high'>): EffectVerdict {
  if (low > 0) return 'MORE';
  return high < 0 ? 'FEWER' : 'CANNOT_TELL';
}

const MONDAY_MS = Date.UTC(1970, 0, 5);

/** The Monday, 00:00 UTC, on or before a moment. */
export function weekStart(at: Date): Date {
  return new Date(Math.floor((at.getTime() - MONDAY_MS) / WEEK_MS) * WEEK_MS + MONDAY_MS);
}

/** Whether everybody shown a list in the week that begins then has had a fortnight since. */
export function isFollowedUp(weekStartsAt: Date, now: Date): boolean {
  return weekStartsAt.getTime() + WEEK_MS + FOLLOW_UP_MS <= now.getTime();
}
