import { z } from 'zod';
import type { RowError } from '../platform/errors.js';
import { isGiven, type Optional, RowChecks } from '../platform/rowChecks.js';
import { type ConfidenceWeights, courseConfidence, DEFAULT_CONFIDENCE_WEIGHTS, latestTouchMs } from './confidence.js';
import type { CourseState } from './courseState.js';

export type WeightName = keyof ConfidenceWeights;

interface Range {
  readonly min: number;
  readonly max: number;
}

const WANTED: Range = { min: 0, max: 1 };
const UNWANTED: Range = { min: -1, max: 0 };

/**
 * What each weight may be; both ends are allowed. The yardstick is a rating, which is −1 to 1 whatever the weights.
 * Completions must count for something: most of what a model learns from are completions.
 */
export const WEIGHT_RANGES: Readonly<Record<WeightName, Range>> = {
  completed: { min: 0.1, max: 1 },
  progressed: WANTED,
  saved: WANTED,
  started: WANTED,
  viewedOnce: WANTED,
  viewedAgain: WANTED,
  abandoned: UNWANTED,
  dismissed: UNWANTED,
  halfLifeDays: { min: 1, max: 3650 },
};
const WEIGHT_NAMES = Object.keys(WEIGHT_RANGES) as WeightName[];

/** Weights as they are stored. One that came later has its standard value. */
export const signalWeightsSchema: z.ZodType<ConfidenceWeights> = z.object(
  Object.fromEntries(
    WEIGHT_NAMES.map((name) => {
      const { min, max } = WEIGHT_RANGES[name];
      return [name, z.number().min(min).max(max).default(DEFAULT_CONFIDENCE_WEIGHTS[name])];
    }),
  ) as Record<WeightName, z.ZodDefault<z.ZodNumber>>,
);

/** What is to be changed; what is left out stays. */
export type SignalWeightsChange = { readonly [K in WeightName]?: Optional<number> };

/** What is wrong with a change, field by field; empty when it may be made. */
export function signalWeightsProblems(change: SignalWeightsChange): readonly RowError[] {
  const check = new RowChecks(0);
  for (const name of WEIGHT_NAMES) check.number(change[name], WEIGHT_RANGES[name].min, WEIGHT_RANGES[name].max, name);
  if (!WEIGHT_NAMES.some((name) => isGiven(change[name]))) {
    check.fail('INVALID_VALUE', 'Name at least one weight to change');
  }
  return check.errors;
}

/** The weights with a change that has no problems. */
export function changedWeights(weights: ConfidenceWeights, change: SignalWeightsChange): ConfidenceWeights {
  const given = WEIGHT_NAMES.flatMap((name) => (isGiven(change[name]) ? [[name, change[name]]] : []));
  return { ...weights, ...Object.fromEntries(given) };
}

/** What a course in somebody's history tells of their wishes, by the weights that count and by others. */
export interface PreviewedConfidence {
  readonly courseId: string;
  readonly now: number;
  readonly draft: number;
}

/** The courses of a history, those first whose confidence would change the most; equal changes by course id. */
export function previewConfidences(
  courses: readonly (CourseState & { readonly courseId: string })[],
  mandatoryCourseIds: ReadonlySet<string>,
  current: ConfidenceWeights,
  draft: ConfidenceWeights,
): PreviewedConfidence[] {
  const asOfMs = latestTouchMs(courses);
  const confidenceWith = (course: CourseState & { readonly courseId: string }, weights: ConfidenceWeights) =>
    courseConfidence(course, { mandatory: mandatoryCourseIds.has(course.courseId), asOfMs, weights });
  const moved = ({ now, draft: after }: PreviewedConfidence) => Math.abs(after - now);
  return courses
    .map((course) => ({
      courseId: course.courseId,
      now: confidenceWith(course, current),
      draft: confidenceWith(course, draft),
    }))
    .sort((a, b) => moved(b) - moved(a) || (a.courseId < b.courseId ? -1 : 1));
}
