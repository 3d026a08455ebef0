import type { Course } from '../../catalog/course.js';
import { worthOf } from '../../goals/alignment/goalIndex.js';
import type { CourseState } from '../../learners/courseState.js';
import { isBegun, isCompleted } from '../../learners/courseState.js';
import { closingOf } from '../../learners/skillGaps.js';
import type { SignalName } from '../../rules/policy.js';
import { explainScore } from '../../training/model.js';
import type { Answer } from './answers.js';
import { arrivedAtMs } from './catalogueColumns.js';
import type { RecommendationInputs } from './inputs.js';
import { type Evidence, type Reason, reasonOf } from './reasons.js';
import { edgesOf, type SharedFact } from './rivals.js';
import type { ScoredCatalogue } from './scoring.js';
import { ATTRIBUTES, type AttributeName, type ServingIndex } from './servingIndex.js';
import { valueAt } from './signals.js';

const MAX_REASONS = 3;
/** What carries less than this of a course's lead is not named as a reason for it, unless nothing carries more. */
const MIN_SHARE = 0.1;

type EvidenceOf = (share: number) => Evidence;

/** Something that puts a course ahead of the usual one, in the units of the score; null: nothing to say about it. */
export interface Lead {
  readonly amount: number;
  /** Null: it is about this course alone. */
  readonly fact: SharedFact | null;
  readonly evidenceOf: EvidenceOf | null;
}

/** Why the course at a position stands where it stands: its most telling leads in words, at least one. */
export function reasonsFor(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  isExplored: boolean,
): readonly Reason[] {
  const course = inputs.index.courses[position] as Course;
  if (isExplored) return [reasonOf({ kind: 'EXPLORATION', arrivedAt: new Date(arrivedAtMs(course)) })];
  const told: Lead[] = [];
  let total = 0;
  for (const lead of leadsOf(inputs, scored, position)) {
    if (!(lead.amount > 0)) continue;
    total += lead.amount;
    if (lead.evidenceOf !== null) told.push(lead);
  }
  told.sort((a, b) => b.amount - a.amount);
  const evidence = telling(inputs, scored, position, told, MIN_SHARE * total).map(({ amount, evidenceOf }) =>
    (evidenceOf as EvidenceOf)(amount / total),
  );
  const stated = [...begunEvidence(scored, course), ...evidence];
  return (stated.length > 0 ? stated : [AVAILABLE]).map(reasonOf);
}

/** What carries a course, whether or not it is told as a reason: the strongest facts, at most so many. */
export function factsFor(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  most: number,
): readonly Evidence[] {
  const leads = leadsOf(inputs, scored, position).filter(({ amount, evidenceOf }) => amount > 0 && evidenceOf !== null);
  const total = leads.reduce((sum, { amount }) => sum + amount, 0);
  return leads
    .sort((a, b) => b.amount - a.amount)
    .slice(0, most)
    .map(({ amount, evidenceOf }) => (evidenceOf as EvidenceOf)(amount / total));
}

/**
 * The leads to name, at most three, and one if there is any: what carries enough and costs the course places among its
 * rivals when it is taken away, the widest edge first. Where nothing costs a place, as with a course that is first by
 * far, it is what comes nearest to it. Far down the list, what carries most.
 *
 * @param told strongest first
 */
function telling(
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  told: readonly Lead[],
  least: number,
): readonly Lead[] {
  const edgeOf = edgesOf(scored, position, (rival) => splitAt(inputs, scored, rival).history);
  if (edgeOf === null) {
    const notable = told.filter(({ amount }) => amount >= least);
    // In a long history no single course carries much; the one that carries most is still why.
    return notable.length > 0 ? notable.slice(0, MAX_REASONS) : told.slice(0, 1);
  }
  const measure = (lead: Lead) => ({ lead, ...edgeOf(lead.fact, lead.amount) });
  // What carries too little is measured only where nothing else is worth naming.
  const notable = told.filter(({ amount }) => amount >= least).map(measure);
  const costly = notable.filter(({ beyond, places }) => beyond > 0 && places > 0).sort((a, b) => b.beyond - a.beyond);
  if (costly.length > 0) return costly.slice(0, MAX_REASONS).map(({ lead }) => lead);
  const measured = [...notable, ...told.filter(({ amount }) => amount < least).map(measure)];
  const nearest = measured.sort((a, b) => b.places - a.places || b.beyond - a.beyond).slice(0, 1);
  return nearest.map(({ lead }) => lead);
}

const AVAILABLE: Evidence = { kind: 'AVAILABLE' };

function begunEvidence({ view }: ScoredCatalogue, course: Course): Evidence[] {
  const state = view.eligibility.stateByCourseId.get(course.id);
  return state !== undefined && isBegun(state) ? [{ kind: 'BEGUN', progress: state.maxProgress ?? 0 }] : [];
}

/** Everything that puts the course ahead of, or behind, the usual one, exactly as the score adds it up. */
export function leadsOf(inputs: RecommendationInputs, scored: ScoredCatalogue, position: number): Lead[] {
  const leads = modelLeads(inputs, scored, position);
  leads.push(
    ...namedLeads(inputs, scored, position),
    ...fitLeads(inputs, scored, position),
    ...groupLeads(inputs, scored, position),
    ...noveltyLeads(inputs, scored, position),
    ...unlockLeads(inputs, scored, position),
  );
  return leads;
}

/** What a score hangs on in the model, in the units of the score. */
interface ModelSplit {
  /** What each course of the history adds, in its order; 0 for the very course. */
  readonly history: Float64Array;
  /** What the learner's own dealings with the very course add; null: there were none. */
  readonly own: { readonly state: CourseState; readonly amount: number } | null;
  readonly popularity: number;
}

/** A lead whose fact has a name, of its kind: the id of a skill or goal, or the term of a search. */
interface NamedLead extends Lead {
  readonly kind: 'SKILL_GAP' | 'ROLE' | 'GOAL' | 'SEARCH';
  readonly name: string;
}

/** What is found out about one course of a page serves for its neighbours, whose rival it is. */
interface Known {
  readonly splits: Map<number, ModelSplit>;
  readonly named: Map<number, readonly NamedLead[]>;
  readonly placeInHistory: ReadonlyMap<string, number>;
  /** Of a course that the model does not know. */
  readonly nothing: ModelSplit;
}

const knownOf = new WeakMap<ScoredCatalogue, Known>();

function known(scored: ScoredCatalogue): Known {
  const found = knownOf.get(scored);
  if (found !== undefined) return found;
  const { historyStates } = scored.view;
  const created: Known = {
    splits: new Map(),
    named: new Map(),
    placeInHistory: new Map(historyStates.map(({ courseId }, place) => [courseId, place])),
    nothing: { history: new Float64Array(historyStates.length), own: null, popularity: 0 },
  };
  knownOf.set(scored, created);
  return created;
}

function splitAt({ index }: RecommendationInputs, scored: ScoredCatalogue, position: number): ModelSplit {
  const { splits, nothing, placeInHistory } = known(scored);
  const found = splits.get(position);
  if (found !== undefined) return found;
  const { modelled } = scored.learned;
  const item = index.itemIndices[position] as number;
  if (index.model === null || modelled === null || item < 0) return nothing;
  const { contributions: history, popularity } = explainScore(index.model, modelled, item);
  const factor = scored.factors.collaborative;
  for (let i = 0; i < history.length; i++) history[i]! *= factor;
  const place = placeInHistory.get((index.courses[position] as Course).id);
  let own: ModelSplit['own'] = null;
  if (place !== undefined) {
    own = { state: scored.view.historyStates[place] as CourseState, amount: history[place]! };
    history[place] = 0;
  }
  const usual = (1 - modelled.collaborativeWeight) * index.model.meanPrior;
  const split = { history, own, popularity: factor * (popularity - usual) };
  splits.set(position, split);
  return split;
}

/** Those whose facts have names. */
function namedLeads(inputs: RecommendationInputs, scored: ScoredCatalogue, position: number): readonly NamedLead[] {
  const { named } = known(scored);
  const found = named.get(position);
  if (found !== undefined) return found;
  const leads = [
    ...gapLeads(inputs, scored, position),
    ...goalLeads(inputs, scored, position),
    ...searchLeads(inputs, scored, position),
  ].map(({ kind, name, amount, evidenceOf }): NamedLead => {
    const fact = (at: number) => amountOf(named.get(at) ?? namedLeads(inputs, scored, at), kind, name);
    return { kind, name, amount, fact, evidenceOf };
  });
  named.set(position, leads);
  return leads;
}

function amountOf(leads: readonly NamedLead[], kind: NamedLead['kind'], name: string): number {
  let amount = 0;
  for (const lead of leads) if (lead.kind === kind && lead.name === name) amount += lead.amount;
  return amount;
}

/** What the learner's history and the course's popularity add, exactly as the model adds them. */
function modelLeads(inputs: RecommendationInputs, scored: ScoredCatalogue, position: number): Lead[] {
  const { index, trends } = inputs;
  const { learned, view, factors } = scored;
  const { model } = index;
  const item = index.itemIndices[position] as number;
  if (model === null || learned.modelled === null || item < 0) {
    if (learned.signals.popularity.form === 'ABSENT') return [];
    const popularity = factors.popularity * (valueAt(learned.signals.popularity, position) - meanOf(trends.popularity));
    const learnerCount = Math.round(Math.expm1(trends.popularity[position] as number));
    return learnerCount === 0
      ? [{ amount: popularity, fact: null, evidenceOf: null }]
      : [{ amount: popularity, fact: null, evidenceOf: () => ({ kind: 'POPULAR', learnerCount }) }];
  }
  const { history, own, popularity } = splitAt(inputs, scored, position);
  const leads: Lead[] = [];
  for (let i = 0; i < history.length; i++) {
    const state = view.historyStates[i] as (typeof view.historyStates)[number];
    // What they did with this very course is no reason of its own, unless they put it aside for later.
    if (state === own?.state) leads.push(ownLead(state, own.amount));
    else {
      const isWanted = (view.history.values[i] as number) > 0;
      leads.push({ amount: history[i]!, fact: i, evidenceOf: isWanted ? historyEvidence(index, state) : null });
    }
  }
  const learnerCount = model.trained.learnersPerCourse[item] as number;
  leads.push({
    amount: popularity,
    fact: null,
    evidenceOf: learnerCount === 0 ? null : () => ({ kind: 'POPULAR', learnerCount }),
  });
  return leads;
}

const historyEvidence =
  (index: ServingIndex, state: CourseState & { readonly courseId: string }): EvidenceOf =>
  (share) => ({
    kind: 'HISTORY',
    courseId: state.courseId,
    title: index.courses[index.positionById.get(state.courseId) ?? -1]?.title ?? state.courseId,
    did: didOf(state),
    share,
  });

function ownLead({ savedAtMs }: CourseState, amount: number): Lead {
  return {
    amount,
    fact: null,
    evidenceOf: savedAtMs === null ? null : () => ({ kind: 'SAVED', savedAt: new Date(savedAtMs) }),
  };
}

function didOf(state: CourseState): 'COMPLETED' | 'STARTED' | 'SAVED' | 'LIKED' | 'VIEWED' {
  if (isCompleted(state)) return 'COMPLETED';
  if (state.starts > 0 || (state.maxProgress ?? 0) > 0) return 'STARTED';
  if (state.savedAtMs !== null || state.sharedAtMs !== null) return 'SAVED';
  return (state.rating ?? 0) > 0 ? 'LIKED' : 'VIEWED';
}

/** A lead for each gap that the course closes, and one for teaching what the role needs at all. */
function gapLeads(
  { index }: RecommendationInputs,
  { view, factors, learned, answers }: ScoredCatalogue,
  position: number,
): Omit<NamedLead, 'fact'>[] {
  if (view.gaps.size === 0 && learned.signals.role.form === 'ABSENT') return [];
  const course = index.courses[position] as Course;
  const skillNameOf = (skillId: string): string => index.catalog.skills.get(skillId)?.name ?? skillId;
  const leads: Omit<NamedLead, 'fact'>[] = [];
  for (const taught of course.skills) {
    const gap = view.gaps.get(taught.skillId);
    if (gap === undefined) continue;
    leads.push({
      amount: factors.skillGap * closingOf(gap, taught),
      kind: 'SKILL_GAP',
      name: gap.skillId,
      evidenceOf: () => ({
        kind: 'SKILL_GAP',
        skillId: gap.skillId,
        skillName: skillNameOf(gap.skillId),
        roleId: gap.roleId,
        levelBefore: gap.level,
        levelAfter: Math.min(taught.levelTo, gap.targetLevel),
        targetLevel: gap.targetLevel,
      }),
    });
  }
  if (leads.length > 1) leads.sort((a, b) => b.amount - a.amount);
  const [widest] = leads;
  const lift = liftFor('SKILL_GAP', answers, position);
  if (widest !== undefined && lift > 0) leads[0] = { ...widest, amount: widest.amount + lift };
  const relevance = valueAt(learned.signals.role, position);
  if (relevance <= 0) return leads;
  for (const role of view.roles) {
    const needed = role.skills.find(
      ({ skillId, importance }) =>
        Math.fround(importance) === Math.fround(relevance) &&
        course.skills.some((taught) => taught.skillId === skillId),
    );
    if (needed === undefined) continue;
    const { id: roleId, name: roleName } = role;
    const { skillId } = needed;
    leads.push({
      amount: factors.role * relevance,
      kind: 'ROLE',
      name: skillId,
      evidenceOf: () => ({ kind: 'ROLE', roleId, roleName, skillId, skillName: skillNameOf(skillId) }),
    });
    break;
  }
  return leads;
}

function goalLeads(
  { goals }: RecommendationInputs,
  { factors }: ScoredCatalogue,
  position: number,
): Omit<NamedLead, 'fact'>[] {
  if (goals == null) return [];
  return goals.goals.flatMap((aligned): Omit<NamedLead, 'fact'>[] => {
    const worth = worthOf(aligned, position);
    const { id: goalId, name: goalName, dueOn } = aligned.goal;
    if (worth === 0) return [];
    return [
      {
        amount: factors.goal * worth,
        kind: 'GOAL',
        name: goalId,
        evidenceOf: () => ({ kind: 'GOAL', goalId, goalName, dueOn }),
      },
    ];
  });
}

function searchLeads(
  inputs: RecommendationInputs,
  { learned, factors, answers }: ScoredCatalogue,
  position: number,
): Omit<NamedLead, 'fact'>[] {
  const intent = valueAt(learned.signals.search, position);
  const courseId = inputs.index.courses[position]?.id;
  if (intent <= 0) return [];
  const asked = inputs.searches.filter(({ courses }) => courses.some((match) => match.courseId === courseId));
  // The latest search is what people remember; one that found nothing is what they wait for.
  const named = asked.find(({ hadNoResults }) => hadNoResults) ?? asked[0];
  if (named === undefined) return [];
  const { term, atMs, hadNoResults } = named;
  const evidence: Evidence = { kind: 'SEARCH', term, searchedAt: new Date(atMs), hadNoResults };
  return [
    {
      amount: factors.search * intent + liftFor('SEARCH', answers, position),
      kind: 'SEARCH',
      name: term,
      evidenceOf: () => evidence,
    },
  ];
}

function liftFor(to: Answer['to'], answers: ScoredCatalogue['answers'], position: number): number {
  const answer = answers.get(position);
  return answer?.to === to ? answer.lift : 0;
}

/** What colleagues take up, and what gains ground among them. */
function groupLeads({ trends }: RecommendationInputs, scored: ScoredCatalogue, position: number): Lead[] {
  const { learned, factors, view } = scored;
  const lift = valueAt(learned.signals.peers, position);
  const growth = valueAt(learned.signals.trending, position);
  const leads: Lead[] = [];
  const loudest = lift > 0 ? trends.loudest(view.audiences, position) : null;
  if (loudest !== null) {
    const { audience, people, groupPeople } = loudest;
    leads.push({
      amount: factors.peers * lift,
      fact: null,
      evidenceOf: () => ({ kind: 'PEERS', audience, people, groupPeople }),
    });
  }
  if (growth > 0) {
    const { trendAudience: audience } = view;
    leads.push({
      amount: factors.trending * growth,
      fact: null,
      evidenceOf: () => ({ kind: 'TRENDING', audience, recentPeople: trends.recentPeople(audience, position) }),
    });
  }
  return leads;
}

function fitLeads({ index }: RecommendationInputs, { learned, factors }: ScoredCatalogue, position: number): Lead[] {
  return ATTRIBUTES.map((attribute: AttributeName & SignalName): Lead => {
    const { indices, values } = index.attributes[attribute];
    const own = indices[position] as number;
    const amountAt = (at: number) => factors[attribute] * valueAt(learned.signals[attribute], at);
    return {
      amount: amountAt(position),
      fact: (at) => (indices[at] === own ? amountAt(at) : 0),
      evidenceOf: () => ({ kind: 'FIT', attribute, value: values[own] as string }),
    };
  });
}

function noveltyLeads(inputs: RecommendationInputs, { learned, factors }: ScoredCatalogue, position: number): Lead[] {
  const course = inputs.index.courses[position] as Course;
  const amount = factors.freshness * valueAt(learned.signals.freshness, position);
  const evidenceOf = (): Evidence => ({ kind: 'NEW', publishedAt: new Date(arrivedAtMs(course)) });
  return [{ amount, fact: null, evidenceOf }];
}

function unlockLeads({ index }: RecommendationInputs, { unlocks }: ScoredCatalogue, position: number): Lead[] {
  const unlock = unlocks.get(position);
  const opened = index.courses[unlock?.lockedPosition ?? -1];
  if (unlock === undefined || opened === undefined) return [];
  const evidence: Evidence = {
    kind: 'UNLOCKS',
    courseId: opened.id,
    title: opened.title,
    stepCount: unlock.steps,
  };
  return [{ amount: unlock.lead, fact: null, evidenceOf: () => evidence }];
}

const means = new WeakMap<Float32Array, number>();

function meanOf(column: Float32Array): number {
  const known = means.get(column);
  if (known !== undefined) return known;
  const mean = column.reduce((sum, value) => sum + value, 0) / Math.max(1, column.length);
  means.set(column, mean);
  return mean;
}
