import type { Audience } from '../../learners/trends.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { factsFor, reasonsFor } from '../pipeline/leads.js';
import { placementsOf } from '../pipeline/pipeline.js';
import { DONE_IN_WORDS, type ReasonCode, WHERE } from '../pipeline/reasons.js';
import { type ScoredCatalogue, scoreCatalogue } from '../pipeline/scoring.js';
import type { AttributeName } from '../pipeline/servingIndex.js';
import { listed, numberWord, ordinal, quoted, TO_LEARNER, TO_OTHERS, type Whom } from '../pipeline/wording.js';
import { isRemovable, type RemovableEvidence, withoutEvidence } from './withoutEvidence.js';

/** Where a course would stand without one fact, found by making the list again without it. */
export interface Counterfactual {
  readonly text: string;
  /** The kind of fact that is taken away. */
  readonly changed: ReasonCode;
  readonly rankBefore: number;
  /** Null: it would not be in the list. */
  readonly rankAfter: number | null;
}

/** For a course of the list; null when no fact named as a reason makes it fall, or it is not in the list. */
export type Counterfactuals = (courseId: string, isOwn: boolean) => Counterfactual | null;

/** By position, from 1. */
export type Ranks = ReadonlyMap<number, number>;

/** The places of the list that is made of scores. */
export function ranksOf(inputs: RecommendationInputs, scored: ScoredCatalogue, length: number): Ranks {
  return new Map(placementsOf(inputs, scored, length).listed.map(({ position }, i) => [position, i + 1]));
}

/** The fact behind a reason, or several that are one to a person. */
interface Removal {
  /** Equal for removals that leave the same inputs. */
  readonly key: string;
  readonly evidence: RemovableEvidence;
  /** All that is taken away; the searches that a course answers go together. */
  readonly facts: readonly RemovableEvidence[];
}

/**
 * What each course of a list hangs on: its strongest reason whose fact, taken away, makes it fall in the list made
 * again. Nothing is computed before it is asked for; courses with the same fact share one run.
 *
 * @param length of the list, as it is served
 */
export function counterfactualsOf(inputs: RecommendationInputs, length: number): Counterfactuals {
  let base: { readonly scored: ScoredCatalogue; readonly explored: ReadonlySet<number>; readonly ranks: Ranks } | null =
    null;
  const runs = new Map<string, Ranks>();
  const baseOf = () => {
    if (base !== null) return base;
    const scored = scoreCatalogue(inputs);
    const { listed: places } = placementsOf(inputs, scored, length);
    const explored = new Set(places.flatMap(({ isExploration, position }) => (isExploration ? [position] : [])));
    base = { scored, explored, ranks: new Map(places.map(({ position }, i) => [position, i + 1])) };
    return base;
  };
  const without = (removal: Removal, scored: ScoredCatalogue, position: number): Ranks => {
    const known = runs.get(removal.key);
    if (known !== undefined) return known;
    const changed = removal.facts.reduce((left, fact) => withoutEvidence(left, scored, position, fact), inputs);
    const ranks = ranksOf(changed, scoreCatalogue(changed), length);
    runs.set(removal.key, ranks);
    return ranks;
  };
  return (courseId, isOwn) => {
    const position = inputs.index.positionById.get(courseId);
    if (position === undefined) return null;
    const { scored, explored, ranks } = baseOf();
    const rankBefore = ranks.get(position);
    if (rankBefore === undefined) return null;
    for (const removal of removalsFor(inputs, scored, position, explored.has(position))) {
      const rankAfter = without(removal, scored, position).get(position) ?? null;
      if (rankAfter !== null && rankAfter <= rankBefore) continue;
      const text = textOf(removal, rankAfter, isOwn ? TO_LEARNER : TO_OTHERS);
      return { text, changed: removal.evidence.kind, rankBefore, rankAfter };
    }
    return null;
  };
}

/** Each that is tried costs one more run of the pipeline. */
const MOST_FACTS = 4;

/** Strongest first. */
function removalsFor(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  isExplored: boolean,
): Removal[] {
  const removals = new Map<string, Removal>();
  // What is told as a reason first, then whatever else carries it: a place may hang on what is not worth telling.
  const told = reasonsFor(inputs, scored, position, isExplored).map(({ evidence }) => evidence);
  for (const evidence of isExplored ? told : [...told, ...factsFor(inputs, scored, position, MOST_FACTS)]) {
    if (evidence === null || !isRemovable(evidence)) continue;
    const facts = evidence.kind === 'SEARCH' ? searchesFor(inputs, position) : [evidence];
    const key = keyOf(inputs, position, facts);
    if (!removals.has(key)) removals.set(key, { key, evidence, facts });
  }
  return [...removals.values()];
}

/** Every search that the course answers, each term once. */
function searchesFor({ searches, index }: RecommendationInputs, position: number): RemovableEvidence[] {
  const courseId = index.courses[position]?.id;
  const answered = searches.filter(({ courses }) => courses.some((match) => match.courseId === courseId));
  const latest = new Map(answered.toReversed().map((search) => [search.term, search]));
  return [...latest.values()].toReversed().map(({ term, atMs, hadNoResults }) => {
    return { kind: 'SEARCH', term, searchedAt: new Date(atMs), hadNoResults };
  });
}

function keyOf({ index }: RecommendationInputs, position: number, facts: readonly RemovableEvidence[]): string {
  const partsOf = (fact: RemovableEvidence): readonly unknown[] => {
    switch (fact.kind) {
      case 'HISTORY':
      case 'UNLOCKS':
        return [fact.courseId];
      case 'SKILL_GAP':
        return [fact.skillId];
      case 'ROLE':
        return (index.courses[position]?.skills ?? []).map(({ skillId }) => skillId).sort();
      case 'GOAL':
        return [fact.goalId];
      case 'SEARCH':
        return [fact.term];
      case 'FIT':
        return [fact.attribute, fact.value];
      default:
        return [position];
    }
  };
  return JSON.stringify(facts.map((fact) => [fact.kind, ...partsOf(fact)]));
}

function textOf({ evidence, facts }: Removal, rankAfter: number | null, whom: Whom): string {
  const outcome = rankAfter === null ? 'this would not be in the list' : `this would be ${ordinal(rankAfter)}`;
  return `${conditionOf(evidence, facts, whom)} ${outcome}`;
}

const THIS_ATTRIBUTE: Readonly<Record<AttributeName, (value: string) => string>> = {
  format: () => 'this format',
  length: () => 'courses of this length',
  level: () => 'courses of this level',
  language: () => 'this language',
  provider: (value) => `courses from ${value}`,
};

function conditionOf(evidence: RemovableEvidence, facts: readonly RemovableEvidence[], whom: Whom): string {
  const { subject, possessive } = whom;
  const where = (audience: Audience) =>
    audience.kind === 'ROLE' ? `in ${possessive} role` : WHERE[audience.kind](audience);
  switch (evidence.kind) {
    case 'HISTORY':
      return `Without ${quoted(evidence.title)}, which ${subject} ${DONE_IN_WORDS[evidence.did]},`;
    case 'SEARCH':
      return withoutSearches(facts, whom);
    case 'SKILL_GAP':
      return `If ${subject} were at ${evidence.targetLevel.toFixed(1)} in ${evidence.skillName} already,`;
    case 'ROLE':
      return `If the role ${evidence.roleName} did not need what this teaches,`;
    case 'GOAL':
      return `Without the goal ${quoted(evidence.goalName)},`;
    case 'PEERS':
      return `If people ${where(evidence.audience)} took it up no more than others do,`;
    case 'TRENDING':
      return `If it were not gaining ground ${where(evidence.audience)},`;
    case 'POPULAR':
      return 'If it were no more popular than a usual course,';
    case 'FIT':
      return `If ${subject} did not tend to choose ${THIS_ATTRIBUTE[evidence.attribute](evidence.value)},`;
    case 'NEW':
      return 'If it were not new,';
    case 'UNLOCKS':
      return `If it did not lead to ${quoted(evidence.title)},`;
  }
}

function withoutSearches(facts: readonly RemovableEvidence[], { isOwn }: Whom): string {
  const terms = facts.flatMap((fact) => (fact.kind === 'SEARCH' ? [quoted(fact.term)] : []));
  if (terms.length === 1) return isOwn ? `Without your search for ${terms[0]}` : 'Without a search of theirs';
  const count = numberWord(terms.length);
  return isOwn ? `Without your ${count} searches for ${listed(terms)}` : `Without ${count} searches of theirs`;
}
