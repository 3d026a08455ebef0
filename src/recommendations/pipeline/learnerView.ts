import { primaryLanguage, type Role } from '../../catalog/course.js';
import { courseConfidence, latestTouchMs } from '../../learners/confidence.js';
import type { CourseState } from '../../learners/courseState.js';
import { isFulfilled, mandatoryCourseIds } from '../../learners/learner.js';
import { rolesOf, type SkillGap, skillGaps } from '../../learners/skillGaps.js';
import { skillLevels } from '../../learners/skillLevel.js';
import { type Audience, EVERYBODY } from '../../learners/trends.js';
import type { History } from '../../recsys/history.js';
import type { EligibilityContext } from './eligibility.js';
import type { RecommendationInputs } from './inputs.js';
import { hardRulesOf } from './learnerRules.js';

/** What the inputs say of the learner, worked out once for a list, its reasons and its feed. */
export interface LearnerView {
  /** False: the learner has opted out of personal lists. What they may not see is still kept from them. */
  readonly isPersonal: boolean;
  readonly eligibility: EligibilityContext;
  /** The role they want first, then the one they have. */
  readonly roles: readonly Role[];
  readonly gaps: ReadonlyMap<string, SkillGap>;
  /** The groups that they belong to. */
  readonly audiences: readonly Audience[];
  /** The group whose trends are theirs: the department where it is known, or everybody. */
  readonly trendAudience: Audience;
  /** For the model. */
  readonly history: History;
  /** Course states beside `history`. */
  readonly historyStates: readonly (CourseState & { readonly courseId: string })[];
  /** Courses that they wanted, with a confidence above 0, by position. */
  readonly wanted: readonly { readonly position: number; readonly confidence: number }[];
  /** Sum of the positive confidences, in average interactions of the model. */
  readonly evidence: number;
}

export function learnerView(inputs: RecommendationInputs): LearnerView {
  const { now, state, index, trends, signalWeights, asIf } = inputs;
  const { learner } = state;
  const isPersonal = learner?.personalisationOptOut !== true;
  const mandatory = mandatoryCourseIds(state);
  const roles = [learner?.targetRoleId, learner?.roleId]
    .map((id) => index.catalog.roles.get(id ?? ''))
    .filter((role, i, all): role is Role => role !== undefined && all.indexOf(role) === i);
  const asOfMs = latestTouchMs(state.courses);
  const historyStates: LearnerView['historyStates'][number][] = [];
  const itemIndices: number[] = [];
  const values: number[] = [];
  const wanted: LearnerView['wanted'][number][] = [];
  for (const course of isPersonal ? state.courses : []) {
    const position = index.positionById.get(course.courseId);
    if (position === undefined || asIf?.unheardCourseIds.has(course.courseId)) continue;
    const isMandatory = mandatory.has(course.courseId);
    const confidence = courseConfidence(course, { mandatory: isMandatory, asOfMs, weights: signalWeights });
    if (confidence === 0) continue;
    if (confidence > 0) wanted.push({ position, confidence });
    const item = index.itemIndices[position] as number;
    if (item < 0) continue;
    historyStates.push(course);
    itemIndices.push(item);
    values.push(confidence);
  }
  const scale = index.model?.trained.confidenceScale ?? 1;
  const audiences = isPersonal && learner !== null ? audiencesOf(learner) : [];
  const department = audiences.find(({ kind }) => kind === 'DEPARTMENT');
  return {
    isPersonal,
    eligibility: eligibilityContext(inputs),
    roles: isPersonal ? roles : [],
    gaps: isPersonal ? gapsOf({ now, state, index }) : new Map(),
    audiences,
    trendAudience: department !== undefined && trends.group(department) !== null ? department : EVERYBODY,
    history: {
      itemIndices: new Int32Array(itemIndices),
      values: new Float32Array(values),
      atMs: new Float64Array(historyStates.map(({ lastAtMs }) => lastAtMs)),
    },
    historyStates,
    wanted,
    evidence: wanted.reduce((sum, { confidence }) => sum + confidence, 0) * scale,
  };
}

/** What of the catalogue is open to the learner hangs on this, whether their lists are personal or not. */
export function eligibilityContext({
  now,
  state,
  index,
  rules,
}: Pick<RecommendationInputs, 'now' | 'state' | 'index' | 'rules'>): EligibilityContext {
  const { learner } = state;
  const stateByCourseId = new Map(state.courses.map((course) => [course.courseId, course]));
  const open = state.assignments.filter(
    (assignment) => !isFulfilled(assignment, stateByCourseId.get(assignment.courseId)),
  );
  return {
    now,
    languages: learner?.languages.length ? new Set(learner.languages.map(primaryLanguage)) : null,
    stateByCourseId,
    assignedCourseIds: new Set(open.map(({ courseId }) => courseId)),
    rules: hardRulesOf(rules, index),
  };
}

/** What the learner is short of for the roles they have and want. */
export function gapsOf({
  now,
  state,
  index,
}: Pick<RecommendationInputs, 'now' | 'state' | 'index'>): ReadonlyMap<string, SkillGap> {
  const roles = rolesOf(state.learner, index.catalog.roles);
  const needed = [roles.role, roles.targetRole].flatMap((role) => role?.skills ?? []);
  if (needed.length === 0) return new Map();
  const known = {
    evidence: state.skills,
    courses: state.courses,
    skillsTaughtBy: (courseId: string) => index.courses[index.positionById.get(courseId) ?? -1]?.skills ?? [],
    nowMs: now.getTime(),
  };
  return skillGaps(roles, skillLevels(known, new Set(needed.map(({ skillId }) => skillId))));
}

function audiencesOf(learner: {
  readonly department: string | null;
  readonly roleId: string | null;
  readonly location: string | null;
}): Audience[] {
  const groups = [
    { kind: 'DEPARTMENT', value: learner.department },
    { kind: 'ROLE', value: learner.roleId },
    { kind: 'LOCATION', value: learner.location },
  ] as const;
  return groups.flatMap(({ kind, value }) => (value === null ? [] : [{ kind, value }]));
}
