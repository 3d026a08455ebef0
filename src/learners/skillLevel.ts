import type { CourseSkill } from '../catalog/course.js';
import type { SkillEvidence, SkillSource } from './learner.js';
import { readiness } from './readiness.js';

// What all sources together say of one skill of one learner: a filter over the evidence in the order of time.
//
// Ratings (of the learner, their manager, a test, another system) measure the level at one moment. A confidence c is
// the share of the doubt that the rating takes away, so it stands for a precision of c / (1 − c) beside the 1 of knowing
// nothing (the reliability of classical test theory, Bühlmann's credibility). A rating moves the level by the gain of a
// scalar Kalman filter, K = p / (P + p), where P is what is left of the precision of the evidence before it (Kalman 1960;
// with forgetting: Fagin 1964, "fading memory"). What is known of two ratings at the same moment is their mean, weighted
// by precision.
//
// Completions and passes are steps: from then on the level is higher, by the transition of knowledge tracing (Corbett &
// Anderson 1995, eq. 1), level ← level + T · (levelTo − level), with the chance T that what was taught was learned, less
// for a learner who was not ready for the course. A step is no measurement: it says "at least about this", so it stands
// against a later rating that is below where it led, and never holds back one above. A fail is the mirror image: "not
// there yet". It pulls the level towards the middle of what the course spans, and never up.
//
// So, whatever else is known: one more completion never lowers a level and one more fail never raises it, at whatever
// moment it happened and in whatever order it comes in.
//
// What fades with time is precision, by half-lives. The level stays where the evidence left it: people go on working, the
// log does not see what they practise, and a guess that everybody forgets at one speed would be wrong about most. That
// nobody has looked for years shows in the confidence.

/** Days in which a source's precision halves. */
export const SKILL_HALF_LIFE_DAYS: Readonly<Record<SkillSource, number>> = {
  // Reviews come about once a year: one that was left out halves what the last one is worth.
  SELF: 365,
  MANAGER: 365,
  // Certificates commonly hold two to three years.
  ASSESSMENT: 730,
  // What was learned and is not used fades within a year (Arthur, Bennett, Stanush & McNelly 1998).
  INFERRED: 365,
};

/** What a course can tell of a skill that it teaches. */
export const LEARNING_SIGNS = ['COMPLETED', 'PASSED', 'FAILED', 'ALREADY_KNOWN'] as const;
export type LearningSign = (typeof LEARNING_SIGNS)[number];

/** How sure each sign is, 0–1. A pass was tested; the others are not more than an impression. */
const SIGN_CONFIDENCE: Readonly<Record<LearningSign, number>> = {
  COMPLETED: 0.4,
  PASSED: 0.7,
  FAILED: 0.4,
  ALREADY_KNOWN: 0.4,
};

/** The chance that a learner who was ready learned what the course teaches. */
const LEARNED_SHARE: Readonly<Record<'COMPLETED' | 'PASSED', number>> = { COMPLETED: 0.8, PASSED: 0.95 };

/** A certainty of 1 would make every other source worthless for ever. */
const MAX_CONFIDENCE = 0.99;
const MS_PER_DAY = 86_400_000;

/** What a learner did with a course, as far as it tells of skills. Waived courses were not learned from. */
export interface LearnedCourse {
  readonly courseId: string;
  readonly completedAtMs: number | null;
  readonly passedAtMs: number | null;
  readonly failedAtMs: number | null;
  readonly dismissedAtMs: number | null;
  readonly dismissReason?: string | null;
}

/** A course that told something of a skill. */
export interface SkillOrigin {
  readonly courseId: string;
  readonly sign: LearningSign;
  readonly atMs: number;
}

/** What one source says of a skill. What was inferred here stands beside what other systems inferred. */
export interface SkillContribution {
  readonly source: SkillSource;
  /** 0–1, what this source alone says. */
  readonly level: number;
  /** 0–1, as of now: it has faded since. */
  readonly confidence: number;
  /** Part of the combined level that this source decided, 0–1; they add up to 1 unless nothing can be believed. */
  readonly weight: number;
  /** The latest observation. */
  readonly observedAt: Date;
  /** The source's own scale and value, as given. */
  readonly scale: string | null;
  readonly scaleValue: string | null;
  /** What it was inferred from, latest first; empty for what was told. */
  readonly origins: readonly SkillOrigin[];
}

/** What all sources together say of one skill. */
export interface SkillLevel {
  /** 0–1; 0 when nothing is known. */
  readonly level: number;
  /** 0–1: the share of the doubt that all evidence together takes away. */
  readonly confidence: number;
}

export interface CombinedSkill extends SkillLevel {
  readonly skillId: string;
  /** In the order of `SKILL_SOURCES`. */
  readonly sources: readonly SkillContribution[];
}

export interface SkillInputs {
  /** One observation of a source and skill at most. */
  readonly evidence: readonly Omit<SkillEvidence, 'learnerId'>[];
  readonly courses: readonly LearnedCourse[];
  /** What a course teaches; empty for one that is not known. */
  readonly skillsTaughtBy: (courseId: string) => readonly CourseSkill[];
  readonly nowMs: number;
}

type Rating = Omit<SkillEvidence, 'learnerId'>;
type Observation =
  | { readonly kind: 'RATING'; readonly atMs: number; readonly rating: Rating }
  | { readonly kind: LearningSign; readonly atMs: number; readonly courseId: string; readonly taught: CourseSkill };

/** Skills by id, those that anything is known of, in the order of their ids. The order of the inputs plays no part. */
export function combineSkills(inputs: SkillInputs): ReadonlyMap<string, CombinedSkill> {
  const observations = observationsBySkill(inputs);
  return new Map(
    [...observations.keys()].sort().map((skillId) => {
      const ordered = (observations.get(skillId) ?? []).sort(byTime);
      return [skillId, combine(skillId, ordered, inputs.nowMs)];
    }),
  );
}

/** What `combineSkills` finds of some skills, those that anything is known of, without what each source says. */
export function skillLevels(inputs: SkillInputs, skillIds: ReadonlySet<string>): ReadonlyMap<string, SkillLevel> {
  const levels = new Map<string, SkillLevel>();
  for (const [skillId, observations] of observationsBySkill(inputs, skillIds)) {
    levels.set(skillId, filter(observations.sort(byTime), inputs.nowMs, null));
  }
  return levels;
}

/** @param skillIds the skills that are asked for; null: all */
function observationsBySkill(
  { evidence, courses, skillsTaughtBy }: SkillInputs,
  skillIds: ReadonlySet<string> | null = null,
): Map<string, Observation[]> {
  const bySkill = new Map<string, Observation[]>();
  const add = (skillId: string, observation: Observation) => {
    if (skillIds !== null && !skillIds.has(skillId)) return;
    const known = bySkill.get(skillId);
    if (known === undefined) bySkill.set(skillId, [observation]);
    else known.push(observation);
  };
  for (const rating of evidence) {
    add(rating.skillId, { kind: 'RATING', atMs: rating.observedAt.getTime(), rating });
  }
  for (const course of courses) {
    const signs = signsOf(course);
    if (signs.length === 0) continue;
    for (const taught of skillsTaughtBy(course.courseId)) {
      for (const { sign, atMs } of signs) {
        add(taught.skillId, { kind: sign, atMs, courseId: course.courseId, taught });
      }
    }
  }
  return bySkill;
}

function signsOf(course: LearnedCourse): { sign: LearningSign; atMs: number }[] {
  const alreadyKnownAtMs = course.dismissReason === 'ALREADY_KNOW' ? course.dismissedAtMs : null;
  const signs: { sign: LearningSign; atMs: number }[] = [];
  if (course.failedAtMs !== null) signs.push({ sign: 'FAILED', atMs: course.failedAtMs });
  if (alreadyKnownAtMs !== null) signs.push({ sign: 'ALREADY_KNOWN', atMs: alreadyKnownAtMs });
  if (course.completedAtMs !== null) signs.push({ sign: 'COMPLETED', atMs: course.completedAtMs });
  if (course.passedAtMs !== null) signs.push({ sign: 'PASSED', atMs: course.passedAtMs });
  return signs;
}

const TIE_ORDER = ['RATING', 'FAILED', 'ALREADY_KNOWN', 'COMPLETED', 'PASSED'] as const;

/** Of what happened at one moment ratings come first, by source, and the better news after the worse. */
function byTime(a: Observation, b: Observation): number {
  return a.atMs - b.atMs || TIE_ORDER.indexOf(a.kind) - TIE_ORDER.indexOf(b.kind) || compareKeys(keyOf(a), keyOf(b));
}

const keyOf = (one: Observation): string => (one.kind === 'RATING' ? one.rating.source : one.courseId);
const compareKeys = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function combine(skillId: string, ordered: readonly Observation[], nowMs: number): CombinedSkill {
  const weights = new Map<WeightKey, number>();
  const all = { ...filter(ordered, nowMs, weights), weights };
  const ratings = ordered.flatMap((one) => (one.kind === 'RATING' ? [one.rating] : []));
  const signs = ordered.filter((one) => one.kind !== 'RATING');
  const told = ratings.map(
    (rating): SkillContribution => ({
      source: rating.source,
      level: rating.level,
      confidence: confidenceOf(fadedPrecision(ratingTrace(rating), nowMs)),
      weight: all.weights.get(rating.source) ?? 0,
      observedAt: rating.observedAt,
      scale: rating.scale,
      scaleValue: rating.scaleValue,
      origins: [],
    }),
  );
  const sources = signs.length === 0 ? told : [...told, inferredContribution(signs, all, nowMs)];
  return { skillId, level: all.level, confidence: all.confidence, sources: sources.sort(bySource) };
}

function inferredContribution(
  signs: readonly Exclude<Observation, { kind: 'RATING' }>[],
  all: FilteredLevel,
  nowMs: number,
): SkillContribution {
  const alone = filter(signs, nowMs, null);
  return {
    source: 'INFERRED',
    level: alone.level,
    confidence: alone.confidence,
    weight: all.weights.get(COURSES) ?? 0,
    observedAt: new Date(signs.at(-1)?.atMs ?? nowMs),
    scale: null,
    scaleValue: null,
    origins: signs.map(({ courseId, kind, atMs }) => ({ courseId, sign: kind, atMs })).reverse(),
  };
}

const SOURCE_ORDER: readonly SkillSource[] = ['SELF', 'MANAGER', 'ASSESSMENT', 'INFERRED'];

function bySource(a: SkillContribution, b: SkillContribution): number {
  return SOURCE_ORDER.indexOf(a.source) - SOURCE_ORDER.indexOf(b.source) || a.origins.length - b.origins.length;
}

/** Weight key of what courses tell, apart from what other systems inferred. */
const COURSES = 'COURSES';
type WeightKey = SkillSource | typeof COURSES;

interface FilteredLevel extends SkillLevel {
  readonly weights: ReadonlyMap<WeightKey, number>;
}

/** What one observation leaves behind for those after it. */
interface Trace {
  readonly atMs: number;
  readonly precision: number;
  readonly halfLifeDays: number;
  /** What the observation speaks against: levels below, above or on both sides of `bound`. */
  readonly opposes: 'BELOW' | 'ABOVE' | 'BOTH';
  readonly bound: number;
}

/** @param weights what each source decided goes in here; null: nobody asks */
function filter(ordered: readonly Observation[], nowMs: number, weights: Map<WeightKey, number> | null): SkillLevel {
  const traces: Trace[] = [];
  let level = 0;
  for (const one of ordered) {
    const trace = traceOf(one);
    const moved = movedLevel(level, one, trace, traces);
    if (weights !== null && moved.share > 0) {
      for (const [key, weight] of weights) weights.set(key, weight * (1 - moved.share));
      const key = one.kind === 'RATING' ? one.rating.source : COURSES;
      weights.set(key, (weights.get(key) ?? 0) + (weights.size === 0 ? 1 : moved.share));
    }
    level = moved.level;
    traces.push(trace);
  }
  const precision = traces.reduce((sum, trace) => sum + fadedPrecision(trace, nowMs), 0);
  return { level, confidence: confidenceOf(precision) };
}

/** The level after an observation, and the share of it that this observation decided. */
function movedLevel(
  level: number,
  one: Observation,
  trace: Trace,
  before: readonly Trace[],
): { level: number; share: number } {
  if (one.kind === 'COMPLETED' || one.kind === 'PASSED') {
    return afterStep(level, LEARNED_SHARE[one.kind], one.taught, certaintyOf(before, one.atMs));
  }
  const { bound, opposes, precision } = trace;
  const isNews = opposes === 'BOTH' || (opposes === 'BELOW' ? level < bound : level > bound);
  if (!isNews || precision === 0) return { level, share: 0 };
  const gain = precision / (opposingPrecision(before, bound, level, one.atMs) + precision);
  return { level: level + gain * (bound - level), share: gain };
}

/**
 * The level after a course was completed. What is not known of the learner is taken from the course: whoever finishes it
 * most likely brought what it expects.
 */
function afterStep(level: number, learnedShare: number, { levelFrom, levelTo }: CourseSkill, certainty: number) {
  if (level >= levelTo) return { level, share: 0 };
  const start = certainty * level + (1 - certainty) * Math.max(level, levelFrom);
  const after = start + learnedShare * readiness(start, levelFrom) * (levelTo - start);
  return { level: after, share: (after - level) / (levelTo - level) };
}

/** How well the level has been measured, 0–1. Steps do not count: one step must not make the next one smaller. */
function certaintyOf(traces: readonly Trace[], atMs: number): number {
  let precision = 0;
  for (const trace of traces) if (trace.opposes === 'BOTH') precision += fadedPrecision(trace, atMs);
  return confidenceOf(precision);
}

/** The precision of the earlier observations that speak against moving the level to a value. */
function opposingPrecision(traces: readonly Trace[], value: number, level: number, atMs: number): number {
  let precision = 0;
  for (const trace of traces) {
    const opposes =
      trace.opposes === 'BOTH' ||
      (trace.opposes === 'BELOW' ? value < level && value < trace.bound : value > level && value > trace.bound);
    if (opposes) precision += fadedPrecision(trace, atMs);
  }
  return precision;
}

function traceOf(one: Observation): Trace {
  if (one.kind === 'RATING') return ratingTrace(one.rating);
  const { levelFrom, levelTo } = one.taught;
  return {
    atMs: one.atMs,
    precision: precisionOf(SIGN_CONFIDENCE[one.kind]),
    halfLifeDays: SKILL_HALF_LIFE_DAYS.INFERRED,
    opposes: one.kind === 'FAILED' ? 'ABOVE' : 'BELOW',
    // All that a fail says is that they are not at the end: of what is left, the middle.
    bound: one.kind === 'FAILED' ? (levelFrom + levelTo) / 2 : levelTo,
  };
}

function ratingTrace({ source, level, confidence, observedAt }: Rating): Trace {
  return {
    atMs: observedAt.getTime(),
    precision: precisionOf(confidence),
    halfLifeDays: SKILL_HALF_LIFE_DAYS[source],
    opposes: 'BOTH',
    bound: level,
  };
}

/** A time not yet come counts as now: senders' clocks run ahead a little. */
function fadedPrecision({ precision, atMs, halfLifeDays }: Trace, nowMs: number): number {
  return precision * 2 ** (-Math.max(0, nowMs - atMs) / MS_PER_DAY / halfLifeDays);
}

function precisionOf(confidence: number): number {
  const believed = Math.min(confidence, MAX_CONFIDENCE);
  return believed / (1 - believed);
}

function confidenceOf(precision: number): number {
  return precision / (1 + precision);
}
