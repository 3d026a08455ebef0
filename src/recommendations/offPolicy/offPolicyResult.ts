import { type AudienceFigures, NEARLY_ALL } from '../../learners/fewPeople/audienceFigures.js';
import type { CoarseFigures } from '../../learners/fewPeople/coarseFigures.js';
import { boundsInSteps, coarseStep, inSteps } from '../../learners/fewPeople/fewPeople.js';
import { type Interval, withError } from '../../stats/interval.js';
import { type OffPolicyEstimate, selfNormalisedEstimate } from '../../stats/offPolicy.js';
import { type Verdict, verdictOf } from '../../stats/verdict.js';
import type { ReplayedChoice } from './replay.js';

/** What counts as having come of a list: that its learner did this with a course that it showed. */
export const OFF_POLICY_OUTCOMES = ['CLICKED', 'STARTED', 'COMPLETED'] as const;
export type OffPolicyOutcome = (typeof OFF_POLICY_OUTCOMES)[number];

/** Why nothing can be told. */
export const OFF_POLICY_REFUSALS = [
  'NO_LISTS',
  'NOT_REMADE',
  'NOTHING_CHANGES',
  'NO_SUPPORT',
  'TOO_FEW_EFFECTIVE',
  'WEIGHTS_ASTRAY',
  'FAILED',
] as const;
export type OffPolicyRefusal = (typeof OFF_POLICY_REFUSALS)[number];

/** What lists would have brought with a change, as far as the log can tell. Plain values, as they are stored. */
export interface OffPolicyImpact {
  readonly outcome: OffPolicyOutcome;
  readonly withinDays: number;
  /** ISO instants between which the lists were served. */
  readonly since: string;
  readonly until: string;
  /** Lists looked at, one of each learner, those of them that could be made again, and those of these that the change makes otherwise. */
  readonly lists: number | null;
  readonly remade: number | null;
  readonly changed: number | null;
  /** Of what the change would show in those, the part that chance had shown to some, 0–1; null: it changes none. */
  readonly supportedShare: number | null;
  /** As many lists of the change itself would tell as much; null: there is nothing to weigh. */
  readonly effectiveCount: number | null;
  /** About the supported share of the lists weighed when the logged propensities are right; null likewise. */
  readonly meanWeight: number | null;
  /**
   * Per list of those it changes and of which something can be told, each weighed by how much of what the change would show there
   * had a chance; null: nothing can.
   */
  readonly served: number | null;
  readonly drafted: Bounds | null;
  readonly lift80: Bounds | null;
  readonly lift95: Bounds | null;
  readonly refusal: OffPolicyRefusal | null;
  /** Whether the mean weight is far from what has a chance, whatever else refuses it; left out: it is not, or nobody asked. */
  readonly isAstray?: boolean;
  readonly verdict: Verdict;
}

type Bounds = Pick<Interval, 'estimate' | 'low' | 'high'>;

/** What is told of an estimate that failed: nothing. */
export function failedOffPolicy(
  asked: Pick<OffPolicyImpact, 'outcome' | 'withinDays' | 'since' | 'until'>,
): OffPolicyImpact {
  return {
    ...asked,
    ...{ lists: null, remade: null, changed: null, supportedShare: null, effectiveCount: null, meanWeight: null },
    ...{ served: null, drafted: null, lift80: null, lift95: null, refusal: 'FAILED', verdict: 'CANNOT_TELL' },
  };
}

/** What was asked, and of how many lists. */
export interface OffPolicyScope extends Pick<OffPolicyImpact, 'outcome' | 'withinDays' | 'since' | 'until'> {
  readonly lists: number;
}

/** So many courses of a list count at most, lest one learner stand out. */
export const MOST_REWARD = 3;
/** Below, most of what the change would do has never been tried on anybody. */
const LEAST_SUPPORT = 2 / 3;
const LEAST_REMADE = 0.5;
const FEWEST_EFFECTIVE = 100;
/** How far the mean weight may be from what has a chance, as a share of it: with the fewest lists, chance brings it no further. */
const MOST_ASTRAY = 0.25;
/** A tenth of what lists bring is the least that anybody would act upon. */
const SMALLEST_RELATIVE = 0.1;

/**
 * The self-normalised estimate over those lists that the change makes otherwise, as far as what it makes of them had a
 * chance of being shown: of the rest nothing is logged that could tell. What was served is weighed alike, so both are of the
 * same lists.
 */
export function offPolicyImpact(scope: OffPolicyScope, replayed: readonly ReplayedChoice[]): OffPolicyImpact {
  const changed = replayed.filter(({ isChanged }) => isChanged);
  const known = changed.filter(({ support }) => support > 0);
  const supportedShare = meanSupport(changed);
  const estimateAt = (level: number) =>
    selfNormalisedEstimate(
      {
        rewards: known.map(({ reward }) => reward),
        loggedPropensities: known.map(({ loggedPropensity }) => loggedPropensity),
        targetPropensities: known.map(({ targetPropensity }) => targetPropensity),
        supports: known.map(({ support }) => Math.min(1, support)),
      },
      { level, leastEffectiveCount: FEWEST_EFFECTIVE },
    );
  const [at80, at95] = [estimateAt(0.8), estimateAt(0.95)];
  const counts = { lists: scope.lists, remade: replayed.length, changed: changed.length, supportedShare };
  const isAstray = Math.abs(at95.meanWeight / (meanSupport(known) ?? 1) - 1) > MOST_ASTRAY;
  const refusal = refusalOf(counts, at95, isAstray);
  const { served } = at95;
  return {
    ...scope,
    ...counts,
    effectiveCount: known.length === 0 ? null : at95.effectiveCount,
    meanWeight: known.length === 0 ? null : at95.meanWeight,
    served,
    drafted: boundsOf(at95.value),
    lift80: boundsOf(at80.lift),
    lift95: boundsOf(at95.lift),
    refusal,
    isAstray,
    verdict: verdictOf(at95.lift, {
      smallestEffect: SMALLEST_RELATIVE * (served ?? 0),
      isTrustworthy: refusal === null,
    }),
  };
}

const meanSupport = (choices: readonly ReplayedChoice[]): number | null =>
  choices.length === 0 ? null : Math.min(1, choices.reduce((sum, { support }) => sum + support, 0) / choices.length);

const boundsOf = (interval: Interval | null): Bounds | null =>
  interval && { estimate: interval.estimate, low: interval.low, high: interval.high };

function refusalOf(
  {
    lists,
    remade,
    changed,
    supportedShare,
  }: Pick<OffPolicyImpact, 'supportedShare'> & {
    readonly lists: number;
    readonly remade: number;
    readonly changed: number;
  },
  { refusal }: Pick<OffPolicyEstimate, 'refusal'>,
  isAstray: boolean,
): OffPolicyRefusal | null {
  if (lists === 0) return 'NO_LISTS';
  if (remade < LEAST_REMADE * lists) return 'NOT_REMADE';
  if (changed === 0) return 'NOTHING_CHANGES';
  if ((supportedShare ?? 0) < LEAST_SUPPORT) return 'NO_SUPPORT';
  if (refusal !== null) return 'TOO_FEW_EFFECTIVE';
  return isAstray ? 'WEIGHTS_ASTRAY' : null;
}

const NORMAL_80 = 1.2816;
const NORMAL_95 = 1.96;

/**
 * As those may be told who must not learn of single people: whoever drafts chooses whose lists are changed. That a few are is not
 * told from that none is. Means come in steps of which each is at least five lists of it, by counts as they are told; and what is
 * concluded, or refused, is so by what is told.
 *
 * @param audience of the preview and of the rules that differ: each thing that they were chosen by adds its noise
 * @param figuresOf drawn for one count, by its name and what it is: asked for again, and a moment later, it is the same
 */
export function coarseOffPolicy(
  impact: OffPolicyImpact,
  audience: Pick<AudienceFigures, 'blurredCount' | 'noise' | 'noiseDeviation'>,
  figuresOf: (figure: readonly [name: string, exact: number]) => CoarseFigures,
): OffPolicyImpact {
  const figureOf = (name: string) => ({ name: `estimate: ${name}` });
  const blurred = (name: string, exact: number | null) =>
    exact === null ? 0 : audience.blurredCount(Math.floor(exact), figureOf(name));
  const counted = (name: string, count: number) => figuresOf([name, count]).countOrNull(count);
  const [changed, effective] = [blurred('changed', impact.changed), blurred('effective', impact.effectiveCount)];
  const isChanged = counted('changed', changed) !== null;
  // As many for certain: that there are none more must not show.
  const isEnough =
    impact.drafted !== null &&
    effective - NEARLY_ALL * audience.noiseDeviation(figureOf('effective')) >= FEWEST_EFFECTIVE;
  const isOfMany = isChanged && isEnough;
  // One list more or less moves a share, or a mean, by so much at most.
  const perList = (name: string, lists: number, most: number) =>
    (most * audience.noise(figureOf(name))) / Math.max(1, lists);
  const shareOf = (name: string, exact: number | null, lists: number) =>
    exact === null ? null : Math.max(0, exact + perList(name, lists, 1));
  const support = shareOf('support', impact.supportedShare, changed);
  const weight = shareOf('weight', impact.meanWeight, effective);
  const lists = counted('lists', blurred('lists', impact.lists));
  const refusal = toldRefusal(impact, { lists, isChanged, isEnough, support });
  const shareStep = coarseStep(Math.max(1, changed), 1);
  const step = coarseStep(Math.max(1, effective), MOST_REWARD);
  const deviation = (MOST_REWARD * audience.noiseDeviation(figureOf('served'))) / Math.max(1, effective);
  const told = (bounds: Bounds | null, by: number, reach: number): Bounds | null =>
    isOfMany && bounds !== null ? boundsInSteps(withError(bounds, by, reach), step) : null;
  const [ofServed, ofDrafted] = ['served', 'drafted'].map((name) => perList(name, effective, MOST_REWARD)) as [
    number,
    number,
  ];
  const served = isOfMany && impact.served !== null ? inSteps(Math.max(0, impact.served + ofServed), step) : null;
  const drafted = told(impact.drafted, ofDrafted, NORMAL_95 * deviation);
  const lift95 = told(impact.lift95, ofDrafted - ofServed, NORMAL_95 * Math.SQRT2 * deviation);
  const { isAstray: _, ...exact } = impact;
  return {
    ...exact,
    lists,
    remade: counted('remade', blurred('remade', impact.remade)),
    changed: counted('changed', changed),
    refusal,
    supportedShare: isOfMany && support !== null ? inSteps(Math.min(1, support), shareStep) : null,
    effectiveCount: isOfMany ? counted('effective', effective) : null,
    meanWeight: isOfMany && weight !== null ? inSteps(weight, shareStep) : null,
    served,
    drafted: drafted && {
      estimate: Math.max(0, drafted.estimate),
      low: Math.max(0, drafted.low),
      high: Math.max(0, drafted.high),
    },
    lift80: told(impact.lift80, ofDrafted - ofServed, NORMAL_80 * Math.SQRT2 * deviation),
    lift95,
    verdict: verdictOf(lift95, {
      smallestEffect: SMALLEST_RELATIVE * (served ?? 0),
      isTrustworthy: refusal === null,
    }),
  };
}

/** By what is told; of all lists, which nobody chose, as it is. */
function toldRefusal(
  { refusal, isAstray = false }: OffPolicyImpact,
  told: {
    readonly lists: number | null;
    readonly isChanged: boolean;
    readonly isEnough: boolean;
    readonly support: number | null;
  },
): OffPolicyRefusal | null {
  if (refusal === 'FAILED') return refusal;
  if (told.lists === null) return 'NO_LISTS';
  if (refusal === 'NOT_REMADE') return refusal;
  if (!told.isChanged) return 'NOTHING_CHANGES';
  if ((told.support ?? 0) < LEAST_SUPPORT) return 'NO_SUPPORT';
  if (!told.isEnough) return 'TOO_FEW_EFFECTIVE';
  return isAstray ? 'WEIGHTS_ASTRAY' : null;
}
