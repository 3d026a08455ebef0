import { type Course, primaryLanguage } from '../catalog/course.js';
import { courseConfidence, latestTouchMs } from '../learners/confidence.js';
import type { CourseState } from '../learners/courseState.js';
import type { LearnerState } from '../learners/learners.service.js';
import { closingOf, rolesOf, type SkillGap, skillGaps } from '../learners/skillGaps.js';
import { combineSkills } from '../learners/skillLevel.js';
import type { History } from '../recsys/history.js';
import { selectTopK } from '../recsys/kernels/topKKernel.js';
import { explainScore, type HistoryScores, type Model, scoreHistory } from '../training/model.js';
import { type EligibilityContext, eligiblePositions, isBegun, isCompleted, stopperOf } from './eligibility.js';
import { type Evidence, type Reason, reasonOf } from './reasons.js';
import type { ServingIndex } from './servingIndex.js';

/** Everything a list is made of; equal inputs give equal lists. */
export interface RecommendationInputs {
  readonly now: Date;
  readonly state: LearnerState;
  readonly index: ServingIndex;
}

/** How a list came about, from the most personal to the least. */
export const STRATEGIES = ['PERSONAL', 'BLENDED', 'SKILLS', 'POPULAR', 'NEWEST'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface RankedCourse {
  readonly course: Course;
  readonly score: number;
}

export interface RecommendedCourse extends RankedCourse {
  /** Strongest first; at least one. */
  readonly reasons: readonly Reason[];
}

export interface RecommendedList {
  readonly strategy: Strategy;
  /** The whole list in order. Empty only when no course is eligible. */
  readonly ranked: readonly RankedCourse[];
  /** Its beginning, with reasons. */
  readonly firstPage: readonly RecommendedCourse[];
}

/**
 * Weight of closing a whole gap in a skill of full importance, in standard deviations of the blended score: enough to
 * lead a newcomer's list, not enough to override clear taste.
 */
const SKILL_GAP_WEIGHT = 1;
const NEW_WITHIN_MS = 60 * 24 * 3_600_000;
const MAX_REASONS = 3;
/** What carries less than this of a course's lead is not named as a reason for it. */
const MIN_SHARE = 0.1;

/** What the inputs say of the learner, worked out once for a list and its reasons. */
interface LearnerView {
  readonly eligibility: EligibilityContext;
  readonly gaps: ReadonlyMap<string, SkillGap>;
  readonly history: History;
  /** Course states beside `history`. */
  readonly historyStates: readonly (CourseState & { readonly courseId: string })[];
}

/** The best courses for a learner, at most `length`, none of them ineligible; reasons for the first `pageSize`. */
export function recommend(inputs: RecommendationInputs, length: number, pageSize: number): RecommendedList {
  const view = viewOf(inputs);
  const scored = scoreCourses(inputs.index, view);
  const ranked = Array.from(bestPositions(inputs.index, view, scored.scores, length), (position) => ({
    course: inputs.index.courses[position] as Course,
    score: scored.scores[position] as number,
  }));
  const firstPage = withReasons(inputs, view, scored.modelled, ranked.slice(0, pageSize));
  return { strategy: scored.strategy, ranked, firstPage };
}

/** A page of a list served before. */
export interface ContinuedPage {
  readonly courses: readonly RecommendedCourse[];
  readonly hasMore: boolean;
}

/** A later page of a list served before: what has become ineligible meanwhile is left out, the order stays. */
export function continueList(
  inputs: RecommendationInputs,
  entries: readonly { readonly courseId: string; readonly score: number }[],
  pageSize: number,
): ContinuedPage {
  const view = viewOf(inputs);
  const { courses, positionById, model } = inputs.index;
  const open = entries.flatMap(({ courseId, score }) => {
    const course = courses[positionById.get(courseId) ?? -1];
    return course !== undefined && stopperOf(course, view.eligibility) === null ? [{ course, score }] : [];
  });
  const modelled = model === null ? null : scoreHistory(model, view.history);
  return {
    courses: withReasons(inputs, view, modelled, open.slice(0, pageSize)),
    hasMore: open.length > pageSize,
  };
}

function bestPositions(index: ServingIndex, view: LearnerView, scores: Float64Array, length: number): Int32Array {
  const fresh = eligiblePositions(index, view.eligibility);
  const begun = new Uint8Array(fresh.length);
  for (const [courseId, state] of view.eligibility.stateByCourseId) {
    const position = index.positionById.get(courseId);
    if (position === undefined || fresh[position] === 0 || !isBegun(state)) continue;
    fresh[position] = 0;
    begun[position] = 1;
  }
  const best = selectTopK(scores, length, fresh);
  // Unfinished courses have a place of their own; they come up here only when nothing else is left to recommend.
  return best.length > 0 ? best : selectTopK(scores, length, begun);
}

function withReasons(
  inputs: RecommendationInputs,
  view: LearnerView,
  modelled: HistoryScores | null,
  ranked: readonly RankedCourse[],
): readonly RecommendedCourse[] {
  return ranked.map(({ course, score }) => {
    const leads = [...modelLeads(inputs.index, view, modelled, course), ...gapLeads(inputs.index, view, course)].filter(
      ({ amount }) => amount > 0,
    );
    const total = leads.reduce((sum, { amount }) => sum + amount, 0);
    const evidence = leads
      .filter(({ amount, evidenceOf }) => evidenceOf !== null && amount >= MIN_SHARE * total)
      .sort((a, b) => b.amount - a.amount)
      .slice(0, MAX_REASONS)
      .map(({ amount, evidenceOf }) => (evidenceOf as EvidenceOf)(amount / total));
    const stated = [...begunEvidence(view, course), ...evidence];
    const reasons = stated.length > 0 ? stated : [...newnessEvidence(inputs, course), AVAILABLE].slice(0, 1);
    return { course, score, reasons: reasons.map(reasonOf) };
  });
}

function viewOf({ now, state, index }: RecommendationInputs): LearnerView {
  const { learner } = state;
  const isPersonal = learner?.personalisationOptOut !== true;
  const mandatory = new Set(state.assignments.filter((a) => a.obligation === 'MANDATORY').map((a) => a.courseId));
  const asOfMs = latestTouchMs(state.courses);
  const historyStates: LearnerView['historyStates'][number][] = [];
  const values: number[] = [];
  if (isPersonal && index.model !== null) {
    for (const course of state.courses) {
      if (!index.model.indexByCourseId.has(course.courseId)) continue;
      const confidence = courseConfidence(course, {
        mandatory: mandatory.has(course.courseId),
        asOfMs,
        weights: index.model.trained.confidenceWeights,
      });
      if (confidence === 0) continue;
      historyStates.push(course);
      values.push(confidence);
    }
  }
  return {
    eligibility: {
      now,
      languages: learner?.languages.length ? new Set(learner.languages.map(primaryLanguage)) : null,
      stateByCourseId: new Map(state.courses.map((course) => [course.courseId, course])),
      assignedCourseIds: new Set(state.assignments.map((a) => a.courseId)),
    },
    gaps: isPersonal
      ? skillGaps(
          rolesOf(learner, index.catalog.roles),
          combineSkills({
            evidence: state.skills,
            courses: state.courses,
            skillsTaughtBy: (courseId) => index.courses[index.positionById.get(courseId) ?? -1]?.skills ?? [],
            nowMs: now.getTime(),
          }),
        )
      : new Map(),
    history: {
      itemIndices: Int32Array.from(historyStates, (s) => index.model?.indexByCourseId.get(s.courseId) ?? -1),
      values: Float32Array.from(values),
      atMs: Float64Array.from(historyStates, (s) => s.lastAtMs),
    },
    historyStates,
  };
}

interface ScoredCourses {
  /** By position. */
  readonly scores: Float64Array;
  readonly strategy: Strategy;
  /** What the model said, before anything was added to it; null without a model. */
  readonly modelled: HistoryScores | null;
}

function scoreCourses(index: ServingIndex, view: LearnerView): ScoredCourses {
  const { model, itemIndices } = index;
  const scores = new Float64Array(index.courses.length);
  const modelled = model === null ? null : scoreHistory(model, view.history);
  if (modelled !== null) {
    // A course that came after the model knows as little good of itself as the least of those that the model knows.
    const floor = modelled.scores.reduce((least, score) => Math.min(least, score), 0);
    for (let position = 0; position < scores.length; position++) {
      const item = itemIndices[position] as number;
      scores[position] = item < 0 ? floor : (modelled.scores[item] as number);
    }
  }
  let gapsClosed = false;
  for (const gap of view.gaps.values()) {
    for (const { position, ...taught } of index.teachingBySkill.get(gap.skillId) ?? []) {
      const lead = SKILL_GAP_WEIGHT * closingOf(gap, taught);
      gapsClosed ||= lead > 0;
      scores[position] = (scores[position] as number) + lead;
    }
  }
  return { scores, modelled, strategy: strategyOf(model, modelled?.collaborativeWeight ?? 0, gapsClosed) };
}

function strategyOf(model: Model | null, collaborativeWeight: number, gapsClosed: boolean): Strategy {
  if (collaborativeWeight >= 0.5) return 'PERSONAL';
  if (collaborativeWeight > 0) return 'BLENDED';
  if (gapsClosed) return 'SKILLS';
  return model === null ? 'NEWEST' : 'POPULAR';
}

function begunEvidence(view: LearnerView, course: Course): Evidence[] {
  const state = view.eligibility.stateByCourseId.get(course.id);
  return state !== undefined && isBegun(state) ? [{ kind: 'BEGUN', progress: state.maxProgress ?? 0 }] : [];
}

type EvidenceOf = (share: number) => Evidence;

/** Something that puts a course ahead of the average one, in the units of the score; null: nothing to say about it. */
interface Lead {
  readonly amount: number;
  readonly evidenceOf: EvidenceOf | null;
}

const AVAILABLE: Evidence = { kind: 'AVAILABLE' };

/** What the learner's history and the course's popularity add to its score, exactly as the model adds them. */
function modelLeads(index: ServingIndex, view: LearnerView, modelled: HistoryScores | null, course: Course): Lead[] {
  const { model } = index;
  const item = model?.indexByCourseId.get(course.id);
  if (model === null || modelled === null || item === undefined) return [];
  const { contributions, popularity } = explainScore(model, modelled, item);
  const fromHistory = view.historyStates.map((state, i): Lead => {
    const wanted = (view.history.values[i] as number) > 0;
    return {
      amount: contributions[i] as number,
      evidenceOf: wanted
        ? (share) => ({
            kind: 'HISTORY',
            courseId: state.courseId,
            title: index.courses[index.positionById.get(state.courseId) ?? -1]?.title ?? state.courseId,
            did: didOf(state),
            share,
          })
        : null,
    };
  });
  const learnerCount = model.trained.learnersPerCourse[item] as number;
  const usual = (1 - modelled.collaborativeWeight) * model.meanPrior;
  return [...fromHistory, { amount: popularity - usual, evidenceOf: () => ({ kind: 'POPULAR', learnerCount }) }];
}

function didOf(state: CourseState): 'COMPLETED' | 'STARTED' | 'SAVED' | 'LIKED' | 'VIEWED' {
  if (isCompleted(state)) return 'COMPLETED';
  if (state.starts > 0 || (state.maxProgress ?? 0) > 0) return 'STARTED';
  if (state.savedAtMs !== null || state.sharedAtMs !== null) return 'SAVED';
  return (state.rating ?? 0) > 0 ? 'LIKED' : 'VIEWED';
}

/** A lead for each gap that the course closes, as the score counts them. */
function gapLeads(index: ServingIndex, view: LearnerView, course: Course): Lead[] {
  return course.skills.flatMap(({ skillId, levelFrom, levelTo }): Lead[] => {
    const gap = view.gaps.get(skillId);
    if (gap === undefined) return [];
    return [
      {
        amount: SKILL_GAP_WEIGHT * closingOf(gap, { levelFrom, levelTo }),
        evidenceOf: () => ({
          kind: 'SKILL_GAP',
          skillId,
          skillName: index.catalog.skills.get(skillId)?.name ?? skillId,
          roleId: gap.roleId,
          levelBefore: gap.level,
          levelAfter: Math.min(levelTo, gap.targetLevel),
          targetLevel: gap.targetLevel,
        }),
      },
    ];
  });
}

function newnessEvidence({ now, index }: RecommendationInputs, course: Course): Evidence[] {
  const { publishedAt } = course;
  const isNew = publishedAt !== null && now.getTime() - publishedAt.getTime() < NEW_WITHIN_MS;
  // Age decides a place only among courses that nothing else is known of.
  const item = index.model?.indexByCourseId.get(course.id);
  const isDecisive = item === undefined || index.model?.trained.learnersPerCourse[item] === 0;
  return isNew && isDecisive ? [{ kind: 'NEW', publishedAt }] : [];
}
