import type { Role } from '../../catalog/course.js';
import { joinedGoals } from '../../goals/alignment/goalIndex.js';
import { explainScore } from '../../training/model.js';
import type { AsIf, RecommendationInputs, SignalChange } from '../pipeline/inputs.js';
import type { Evidence } from '../pipeline/reasons.js';
import type { ScoredCatalogue } from '../pipeline/scoring.js';
import { valueAt } from '../pipeline/signals.js';

/** Facts that put a course into a place of its own, rather than up the list, cannot be weighed by taking them away. */
const LANE_KINDS = ['ASSIGNED', 'BEGUN', 'SAVED', 'EXPLORATION', 'AVAILABLE'] as const;

export type RemovableEvidence = Exclude<Evidence, { readonly kind: (typeof LANE_KINDS)[number] }>;

export function isRemovable(evidence: Evidence): evidence is RemovableEvidence {
  return !LANE_KINDS.some((kind) => kind === evidence.kind);
}

/**
 * The inputs as if the fact behind a reason were not there, everything else as it is and shared with the original:
 *
 * - HISTORY: the course tells nothing of what the learner likes; whether it is done with, and what it opens, stays.
 * - SKILL_GAP: the learner is at the level that the roles need.
 * - ROLE: the roles do not need what the course teaches.
 * - GOAL: nobody pursues the goal.
 * - SEARCH: no search with that term.
 * - PEERS, TRENDING, POPULAR: the group takes the course up as it takes up a usual one.
 * - FIT: no habit for or against what the course is like.
 * - NEW: it came long ago.
 * - UNLOCKS: the course that it leads to is not to be reached by recommendations.
 *
 * @param scored from the same inputs
 * @param position the course that the reason is given for
 */
export function withoutEvidence(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  evidence: RemovableEvidence,
): RecommendationInputs {
  const changing = (changes: readonly SignalChange[]) =>
    supposing(inputs, ({ signals }) => ({ signals: [...signals, ...changes] }));
  switch (evidence.kind) {
    case 'HISTORY':
      return supposing(inputs, ({ unheardCourseIds }) => ({
        unheardCourseIds: new Set(unheardCourseIds).add(evidence.courseId),
      }));
    case 'SKILL_GAP':
      return withSkillLevel(inputs, evidence.skillId, targetLevelOf(scored.view.roles, evidence.skillId));
    case 'ROLE':
      return withoutNeedFor(inputs, new Set(inputs.index.courses[position]?.skills.map(({ skillId }) => skillId)));
    case 'GOAL':
      return withoutGoal(inputs, evidence.goalId);
    case 'SEARCH':
      return { ...inputs, searches: inputs.searches.filter(({ term }) => term !== evidence.term) };
    case 'PEERS':
      return changing([{ signal: 'peers', position, value: 0 }]);
    case 'TRENDING':
      return changing([{ signal: 'trending', position, value: 0 }]);
    case 'POPULAR':
      return changing(usualPopularity(inputs, scored, position));
    case 'FIT':
      return changing([{ signal: evidence.attribute, position, value: 0 }]);
    case 'NEW':
      return changing([{ signal: 'freshness', position, value: 0 }]);
    case 'UNLOCKS':
      return withoutWayTo(inputs, evidence.courseId);
  }
}

const AS_IT_IS: AsIf = { unheardCourseIds: new Set(), signals: [] };

function supposing(inputs: RecommendationInputs, change: (asIf: AsIf) => Partial<AsIf>): RecommendationInputs {
  const asIf = inputs.asIf ?? AS_IT_IS;
  return { ...inputs, asIf: { ...asIf, ...change(asIf) } };
}

/** The inputs as if somebody who knows had just found the learner at a level of a skill. */
export function withSkillLevel(inputs: RecommendationInputs, skillId: string, level: number): RecommendationInputs {
  const { state, now } = inputs;
  const others = state.skills.filter((one) => one.skillId !== skillId);
  const found = {
    skillId,
    source: 'ASSESSMENT',
    level,
    confidence: 1,
    observedAt: now,
    scale: null,
    scaleValue: null,
  } as const;
  return { ...inputs, state: { ...state, skills: [...others, found] } };
}

const targetLevelOf = (roles: readonly Role[], wanted: string): number =>
  Math.max(0, ...roles.flatMap(({ skills }) => skills.flatMap((s) => (s.skillId === wanted ? [s.targetLevel] : []))));

/** A new index around the same columns; what is kept beside an index is made again, in well under a millisecond. */
function withoutNeedFor(inputs: RecommendationInputs, skillIds: ReadonlySet<string>): RecommendationInputs {
  const { index, state } = inputs;
  const roles = new Map(index.catalog.roles);
  for (const id of [state.learner?.roleId, state.learner?.targetRoleId]) {
    const role = roles.get(id ?? '');
    if (role === undefined) continue;
    roles.set(role.id, { ...role, skills: role.skills.filter(({ skillId }) => !skillIds.has(skillId)) });
  }
  return { ...inputs, index: { ...index, catalog: { ...index.catalog, roles } } };
}

function withoutGoal(inputs: RecommendationInputs, goalId: string): RecommendationInputs {
  const left = inputs.goals?.goals.filter(({ goal }) => goal.id !== goalId) ?? [];
  return { ...inputs, goals: left.length === 0 ? null : joinedGoals(left, inputs.index.courses.length) };
}

/** As popular as a usual course, by what the model and the trends count, just as `leadsOf` measures the lead. */
function usualPopularity(
  { index, trends }: RecommendationInputs,
  { learned }: ScoredCatalogue,
  position: number,
): SignalChange[] {
  const { model } = index;
  const { popularity } = trends;
  const mean = popularity.reduce((sum, value) => sum + value, 0) / Math.max(1, popularity.length);
  const usual: SignalChange = { signal: 'popularity', position, value: mean };
  const item = index.itemIndices[position] as number;
  if (model === null || learned.modelled === null || item < 0) return [usual];
  const { modelled, signals } = learned;
  const ahead = explainScore(model, modelled, item).popularity - (1 - modelled.collaborativeWeight) * model.meanPrior;
  return [usual, { signal: 'collaborative', position, value: valueAt(signals.collaborative, position) - ahead }];
}

/** What is assigned has a lane of its own, and lists do not lead to it. */
function withoutWayTo(inputs: RecommendationInputs, courseId: string): RecommendationInputs {
  const { state } = inputs;
  const assigned = { courseId, obligation: 'ASSIGNED', dueAt: null, countsFrom: null } as const;
  return { ...inputs, state: { ...state, assignments: [...state.assignments, assigned] } };
}
