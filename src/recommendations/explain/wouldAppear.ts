import { foldCourseEvent } from '../../learners/courseState.js';
import { normaliseTerm } from '../../learners/search.js';
import { similarItems } from '../../training/model.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { type ScoredCatalogue, scoreCatalogue } from '../pipeline/scoring.js';
import { ordinal, quoted, type Whom } from '../pipeline/wording.js';
import { ranksOf } from './counterfactual.js';
import { withSkillLevel } from './withoutEvidence.js';

/** One change after which a course is among those shown, found by making the list again with it. */
export interface WouldAppear {
  readonly text: string;
  /** The place that it would get. */
  readonly rank: number;
}

/** What is tried of each kind: every try is a list made anew. */
const SKILLS_TRIED = 5;
const COMPLETIONS_TRIED = 3;

interface Change {
  /** After "if": what would have to be so. */
  readonly condition: string;
  readonly inputs: RecommendationInputs;
}

/**
 * The first of a few changes that brings a course among the first `shown` of the list: a skill that reaches the level
 * that this course starts from, or the one that the role needs; a search for its title; the completion of a course like
 * it. Null when none of them does, or nothing personal counts for the learner.
 */
export function wouldAppear(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  { shown, length, whom }: { readonly shown: number; readonly length: number; readonly whom: Whom },
): WouldAppear | null {
  if (!scored.view.isPersonal) return null;
  for (const { condition, inputs: changed } of changes(inputs, scored, position, whom)) {
    const rank = ranksOf(changed, scoreCatalogue(changed), length).get(position);
    if (rank !== undefined && rank <= shown) return { text: `It would be ${ordinal(rank)} if ${condition}`, rank };
  }
  return null;
}

function* changes(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  whom: Whom,
): Generator<Change> {
  yield* skillChanges(inputs, scored, position);
  yield* searchFor(inputs, position, whom);
  yield* completions(inputs, scored, position, whom);
}

/** Ready for the course; or done with what other courses of the list are there for. */
function* skillChanges(inputs: RecommendationInputs, { view }: ScoredCatalogue, position: number): Generator<Change> {
  const { courses, catalog } = inputs.index;
  const reaching = (skillId: string, level: number): Change => ({
    condition: `${catalog.skills.get(skillId)?.name ?? skillId} reached ${level.toFixed(1)}`,
    inputs: withSkillLevel(inputs, skillId, level),
  });
  const taught = courses[position]?.skills ?? [];
  for (const { skillId, levelFrom } of taught) {
    const gap = view.gaps.get(skillId);
    if (gap !== undefined && gap.level < levelFrom) yield reaching(skillId, levelFrom);
  }
  const others = [...view.gaps.values()].filter(({ skillId }) => !taught.some((one) => one.skillId === skillId));
  const weightOf = ({ targetLevel, level, importance }: (typeof others)[number]) => (targetLevel - level) * importance;
  const heaviest = others.sort((a, b) => weightOf(b) - weightOf(a) || (a.skillId < b.skillId ? -1 : 1));
  for (const { skillId, targetLevel } of heaviest.slice(0, SKILLS_TRIED)) yield reaching(skillId, targetLevel);
}

function* searchFor(inputs: RecommendationInputs, position: number, { subject }: Whom): Generator<Change> {
  const course = inputs.index.courses[position];
  const term = normaliseTerm(course?.title ?? '');
  if (course === undefined || term === '') return;
  const search = {
    term,
    atMs: inputs.now.getTime(),
    hadNoResults: false,
    // Nothing answers a search for a title better than the course itself.
    courses: [{ courseId: course.id, relevance: 1 }],
  };
  yield {
    condition: `${subject} searched for ${quoted(term)}`,
    inputs: { ...inputs, searches: [search, ...inputs.searches] },
  };
}

/** The nearest by the model, of those that the learner could take. */
function* completions(
  inputs: RecommendationInputs,
  { eligible }: ScoredCatalogue,
  position: number,
  { subject }: Whom,
): Generator<Change> {
  const { index, state, now } = inputs;
  const item = index.itemIndices[position] as number;
  if (index.model === null || item < 0) return;
  const offered = new Uint8Array(index.model.courseIds.length);
  index.itemIndices.forEach((other, at) => {
    if (other >= 0 && at !== position) offered[other] = eligible[at] as number;
  });
  for (const { itemIndex } of similarItems(index.model, item, COMPLETIONS_TRIED, offered)) {
    const courseId = index.model.courseIds[itemIndex] as string;
    const before = state.courses.find((one) => one.courseId === courseId) ?? null;
    const completion = {
      verb: 'COMPLETED',
      atMs: now.getTime(),
      durationSeconds: null,
      progress: 1,
      score: null,
      reason: null,
    } as const;
    const after = foldCourseEvent(before, completion);
    if (after === null) continue;
    const courses = [...state.courses.filter((one) => one.courseId !== courseId), { ...after, courseId }];
    const title = index.courses[index.positionById.get(courseId) ?? -1]?.title ?? courseId;
    yield {
      condition: `${subject} completed ${quoted(title)}`,
      inputs: { ...inputs, state: { ...state, courses } },
    };
  }
}
