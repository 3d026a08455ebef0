import { checkCourse, checkLearner, checkPast } from '../../learners/learnerPlan.js';
import { isGiven, type Optional, type RowChecks } from '../../platform/rowChecks.js';
import type { Recorded } from '../records.js';

/** What somebody said when they were asked. */
export interface SurveyAnswer extends Recorded {
  readonly learnerId: string;
  /** Null: the question was not about a course. */
  readonly courseId: string | null;
  readonly questionId: string;
  readonly at: Date;
  /** −1 to 1. */
  readonly score: number;
  /** As it was given, on a scale of its own; all null when it was given as a score. */
  readonly scaleValue: number | null;
  readonly scaleMin: number | null;
  readonly scaleMax: number | null;
  readonly comment: string | null;
}

export interface SurveyAnswerInput extends Recorded {
  readonly learnerId: string;
  readonly courseId?: Optional<string>;
  readonly questionId: string;
  readonly at: Date;
  readonly score?: Optional<number>;
  readonly scale?: Optional<SurveyScaleInput>;
  readonly comment?: Optional<string>;
}

/** An answer on a scale of the survey's own, such as 4 of 1 to 5. */
export interface SurveyScaleInput {
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

const MAX_COMMENT = 1_000;
const LARGEST_SCALE = 1e6;

export interface AnswerContext {
  readonly learnerIds: ReadonlySet<string>;
  readonly courseIds: ReadonlySet<string>;
  readonly now: Date;
}

export function checkAnswer(
  check: RowChecks,
  row: SurveyAnswerInput,
  { learnerIds, courseIds, now }: AnswerContext,
): void {
  checkLearner(check, row.learnerId, learnerIds);
  if (isGiven(row.courseId)) checkCourse(check, row.courseId, courseIds);
  check.id(row.questionId, 'questionId');
  checkPast(check, row.at, now, 'at');
  check.number(row.score, -1, 1, 'score');
  check.longText(row.comment, MAX_COMMENT, 'comment');
  if (isGiven(row.score) === isGiven(row.scale)) {
    check.fail('INVALID_VALUE', 'Give either score (−1 to 1) or scale, and not both', 'score');
  }
  if (!isGiven(row.scale)) return;
  const { value, min, max } = row.scale;
  const before = check.errors.length;
  check.number(min, -LARGEST_SCALE, LARGEST_SCALE, 'scale', 'min');
  check.number(max, -LARGEST_SCALE, LARGEST_SCALE, 'scale', 'max');
  if (check.errors.length > before) return;
  if (min >= max) check.fail('INVALID_VALUE', 'scale.max must be above scale.min', 'scale', 'max');
  else check.number(value, min, max, 'scale', 'value');
}

/** An answer of a row that passed its checks. */
export function answerOf(row: SurveyAnswerInput): SurveyAnswer {
  const { source, eventId, learnerId, questionId, at, scale } = row;
  return {
    ...{ source, eventId, learnerId, questionId, at },
    courseId: row.courseId ?? null,
    score: isGiven(scale) ? scoreOnScale(scale) : (row.score ?? 0),
    scaleValue: scale?.value ?? null,
    scaleMin: scale?.min ?? null,
    scaleMax: scale?.max ?? null,
    comment: row.comment ?? null,
  };
}

/** −1 at the low end of a scale, 1 at its high end. */
function scoreOnScale({ value, min, max }: SurveyScaleInput): number {
  return (2 * (value - min)) / (max - min) - 1;
}
