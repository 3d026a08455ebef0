import { worthOf } from '../../src/goals/alignment/goalIndex.js';
import {
  isRemovable,
  type RemovableEvidence,
  withoutEvidence,
} from '../../src/recommendations/explain/withoutEvidence.js';
import type { RecommendationInputs } from '../../src/recommendations/pipeline/inputs.js';
import { reasonsFor } from '../../src/recommendations/pipeline/leads.js';
import { arrange } from '../../src/recommendations/pipeline/pipeline.js';
import { type ScoredCatalogue, scoreCatalogue } from '../../src/recommendations/pipeline/scoring.js';
import { createRandom, type Random } from '../../src/stats/random.js';

/** What became of courses when the fact behind a reason of one kind was taken away. */
export interface Faithfulness {
  /** How often a reason of the kind was tried. */
  cases: number;
  /** Of those: the place by score fell, rose, or stayed. */
  fell: number;
  rose: number;
  /** The score came nearer to the mean of all: what a course that is first by far can show too. */
  lostLead: number;
  /** Sum of the falls in log2 of the place, and of those when an unrelated fact of the same kind was taken away. */
  fall: number;
  unrelatedFall: number;
  /** Lists may hold no unrelated fact of the kind. */
  unrelatedCases: number;
}

const NONE: Faithfulness = { cases: 0, fell: 0, rose: 0, lostLead: 0, fall: 0, unrelatedFall: 0, unrelatedCases: 0 };

/** Takes away the fact behind each reason of the first ten of each list, and beside it an unrelated fact of its kind. */
export function measureFaithfulness(
  lists: Iterable<RecommendationInputs>,
  seed: number,
): ReadonlyMap<RemovableEvidence['kind'], Faithfulness> {
  const byKind = new Map<RemovableEvidence['kind'], Faithfulness>();
  const random = createRandom(seed);
  for (const inputs of lists) {
    const scored = scoreCatalogue(inputs);
    const top = arrange(inputs, scored, 10);
    for (const { position } of top) {
      for (const { evidence } of reasonsFor(inputs, scored, position, false)) {
        if (evidence === null || !isRemovable(evidence)) continue;
        const unrelated = unrelatedTo(inputs, scored, position, evidence, random);
        const before = standing(scored, scored.eligible, position);
        const after = standing(without(inputs, scored, position, evidence), scored.eligible, position);
        const other =
          unrelated &&
          standing(without(inputs, scored, unrelated.position, unrelated.evidence), scored.eligible, position);
        const sum = byKind.get(evidence.kind) ?? { ...NONE };
        byKind.set(evidence.kind, sum);
        sum.cases += 1;
        if (after.rank > before.rank) sum.fell += 1;
        if (after.rank < before.rank) sum.rose += 1;
        if (after.lead < before.lead) sum.lostLead += 1;
        sum.fall += Math.log2(after.rank / before.rank);
        if (other !== null) {
          sum.unrelatedCases += 1;
          sum.unrelatedFall += Math.log2(other.rank / before.rank);
        }
      }
    }
  }
  return byKind;
}

const without = (
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  evidence: RemovableEvidence,
): ScoredCatalogue => scoreCatalogue(withoutEvidence(inputs, scored, position, evidence));

/** Place by score among the courses that were open, and how far the score is above their mean. */
function standing({ scores }: ScoredCatalogue, open: Uint8Array, position: number): { rank: number; lead: number } {
  const own = scores[position] as number;
  let rank = 1;
  let sum = 0;
  let count = 0;
  open.forEach((isOpen, other) => {
    if (isOpen === 0) return;
    const score = scores[other] as number;
    count += 1;
    sum += score;
    if (score > own || (score === own && other < position)) rank += 1;
  });
  return { rank, lead: own - sum / Math.max(1, count) };
}

/** A fact of the same kind that has nothing to do with the course; null: there is none. */
function unrelatedTo(
  inputs: RecommendationInputs,
  { view, eligible }: ScoredCatalogue,
  position: number,
  evidence: RemovableEvidence,
  random: Random,
): { readonly position: number; readonly evidence: RemovableEvidence } | null {
  const { courses } = inputs.index;
  const pick = <T>(from: readonly T[]): T | null => (from.length === 0 ? null : (from[random.below(from.length)] as T));
  switch (evidence.kind) {
    case 'HISTORY': {
      const other = pick(view.historyStates.filter(({ courseId }) => courseId !== evidence.courseId));
      return other && { position, evidence: { ...evidence, courseId: other.courseId } };
    }
    case 'SKILL_GAP': {
      const taught = new Set(courses[position]?.skills.map(({ skillId }) => skillId));
      const other = pick([...view.gaps.keys()].filter((skillId) => !taught.has(skillId)));
      return other === null ? null : { position, evidence: { ...evidence, skillId: other } };
    }
    case 'SEARCH': {
      const courseId = courses[position]?.id;
      const others = inputs.searches.filter((one) => one.courses.every((match) => match.courseId !== courseId));
      const other = pick(others);
      return other && { position, evidence: { ...evidence, term: other.term } };
    }
    case 'GOAL': {
      const others = inputs.goals?.goals.filter((goal) => worthOf(goal, position) === 0) ?? [];
      const other = pick(others);
      return other && { position, evidence: { ...evidence, goalId: other.goal.id } };
    }
    default: {
      // The same about another course that may be recommended.
      const others = courses.flatMap((_, at) => (eligible[at] === 1 && at !== position ? [at] : []));
      const other = pick(others);
      return other === null ? null : { position: other, evidence };
    }
  }
}

/** For a report: a line for each kind. */
export function faithfulnessTable(measured: ReturnType<typeof measureFaithfulness>): string {
  return [...measured]
    .map(([kind, { cases, fell, rose, lostLead, fall, unrelatedFall, unrelatedCases }]) => {
      const share = (part: number) => `${((100 * part) / cases).toFixed(1)} %`.padStart(8);
      const mean = (sum: number, count: number) => (sum / Math.max(1, count)).toFixed(2).padStart(6);
      return `${kind.padEnd(10)} ${String(cases).padStart(5)} fell${share(fell)} rose${share(rose)} lead less${share(lostLead)} log2 fall${mean(fall, cases)} unrelated${mean(unrelatedFall, unrelatedCases)}`;
    })
    .join('\n');
}
