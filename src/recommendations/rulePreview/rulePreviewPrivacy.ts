import { AudienceFigures, type AudienceShape } from '../../learners/fewPeople/audienceFigures.js';
import type { CoarseFigures } from '../../learners/fewPeople/coarseFigures.js';
import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import type { Rule } from '../../rules/model/rule.js';
import { ruleSetDiff } from '../../rules/model/ruleSetDiff.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { byShare, compareText, type GroupExposure } from '../ruleEffects/ruleMeasures.js';
import type { AudienceCounts } from './audienceCounts.js';
import type { PopulationNoise } from './blurredPopulation.js';
import type { CourseImpact, PopulationImpact, RelevanceChange } from './populationImpact.js';
import type { PreviewSide } from './previewScene.js';

// What keeps previews from telling of single people. Whoever drafts rules chooses whom they are for, and may have any
// number of previews: it is not enough that a preview is of many people.

/** Rules on either side that name people: what they do to lists is what they do to somebody who is known by name. */
export function rulesNamingPeople(before: PreviewSide, after: PreviewSide): string[] {
  const naming = [...before.ruleSet.rules, ...after.ruleSet.rules].filter(namesPeople);
  return [...new Set(naming.map(({ id }) => id))];
}

export const namesPeople = ({ audience }: Pick<Rule, 'audience'>): boolean => audience.learnerIds.length > 0;

/** The rules that lists on either side of a change are made by. */
export interface RulesOfChange {
  /** As they are and as they were. */
  readonly differing: readonly Rule[];
  /** All before the change, whether they differ or not: what is touched for nothing draws no other noise. */
  readonly live: readonly Rule[];
}

/** @param uncountedRuleIds rules that lists are made without */
export function rulesOfChange(
  { before, after }: Readonly<Record<'before' | 'after', Pick<PreviewSide, 'ruleSet'>>>,
  uncountedRuleIds: readonly string[],
): RulesOfChange {
  const isCounted = ({ id }: Rule): boolean => !uncountedRuleIds.includes(id);
  const { added, removed, changed } = ruleSetDiff(before.ruleSet, after.ruleSet);
  const differing = [...added, ...removed, ...changed.flatMap((each) => [each.before, each.after])].filter(isCounted);
  return { differing, live: before.ruleSet.rules.filter(isCounted) };
}

/**
 * The noise of lists before and after a change, of people chosen by these audiences. It is that of the rules that are live, too: somebody chose whom
 * those are for, and one that is live for a single person would show in previews of others.
 */
export function figuresOfLists(
  counted: readonly AudienceShape[],
  { differing, live }: RulesOfChange,
  secret: Uint8Array,
): AudienceFigures {
  const audiencesOf = (rules: readonly Rule[]) => rules.map((rule) => rule.audience);
  return new AudienceFigures([...counted, ...audiencesOf(differing)], secret, audiencesOf(live));
}

/** The noise of a whole preview. */
export function noiseOfPopulation(audience: AudienceShape, change: RulesOfChange, secret: Uint8Array): PopulationNoise {
  const of = (...counted: readonly AudienceShape[]) => ({
    // Mostly it is people alone that are asked about.
    get lists() {
      return figuresOfLists(counted, change, secret);
    },
    people: new AudienceFigures(counted, secret),
  });
  // Those of no department that is told of count as one more, which nobody can have.
  const { lists, people } = of(audience);
  return { lists, people, inDepartment: (name) => of(audience, { ...EVERYBODY, departments: [name ?? ''] }) };
}

const EVERYBODY: AudienceShape = {
  ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
  ...{ hiredWithinDays: null, skillGap: null },
};

/**
 * Rules that differ and are, or were, for fewer than five of the people counted, or for what may be so few. One for nobody is
 * among them: it must not be told from one for somebody.
 *
 * @param blurred a number of people of an audience, as `AudienceFigures.blurredCount`
 */
export function rulesForFew(
  before: PreviewSide,
  after: PreviewSide,
  people: AudienceCounts,
  blurred: (people: number, audience: Rule['audience']) => number,
): string[] {
  const { added, removed, changed } = ruleSetDiff(before.ruleSet, after.ruleSet);
  const isForFew = ({ id, audience }: Rule, side: keyof AudienceCounts): boolean =>
    blurred(people[side].get(id) ?? 0, audience) === 0;
  const counted = [...added, ...removed, ...changed.map((change) => change.after)];
  const now = counted.filter((rule) => isForFew(rule, 'after'));
  const was = changed.map((change) => change.before).filter((rule) => isForFew(rule, 'before'));
  return [...new Set([...now, ...was].map(({ id }) => id))];
}

/** How many are told of at most. */
export interface MostTold {
  /** Winners, and losers. */
  readonly shifts: number;
  readonly departments: number;
  /** Of everybody, and of each department. */
  readonly providers: number;
}

/** @param first how many places of a list count */
export function coarsePopulation(
  population: PopulationImpact,
  first: number,
  figures: CoarseFigures,
  most: MostTold,
): PopulationImpact {
  const { exposure, departments, winners, losers, relevance } = population;
  const gain = ({ listsBefore, listsAfter }: CourseImpact): number => listsAfter - listsBefore;
  const coarseShifts = (shifts: readonly CourseImpact[]): CourseImpact[] =>
    shifts
      .filter(isOfSeveral)
      .map((shift) => coarseShift(shift, first, figures))
      // Told so roughly, some neither win nor lose.
      .filter((shift) => gain(shift) !== 0)
      // Which is first must not tell more than the figures do.
      .sort((a, b) => Math.abs(gain(b)) - Math.abs(gain(a)) || compareText(a.courseId, b.courseId))
      .slice(0, most.shifts);
  return {
    exposure: coarseExposure(exposure, figures, most.providers),
    departments: departments
      .map((group) => coarseExposure(group, figures, most.providers))
      .filter(({ people }) => people > 0)
      .sort((a, b) => b.people - a.people || compareText(a.department ?? '', b.department ?? '')),
    winners: coarseShifts(winners),
    losers: coarseShifts(losers),
    relevance: relevance && coarseRelevance(relevance, figures),
  };
}

/** A course that comes into a few lists or leaves them stands for those few. */
const isOfSeveral = ({ listsBefore, listsAfter }: CourseImpact): boolean =>
  Math.abs(listsAfter - listsBefore) >= FEWEST_PEOPLE;

function coarseShift(shift: CourseImpact, first: number, figures: CoarseFigures): CourseImpact {
  const rank = (mean: number | null, lists: number): number | null =>
    mean === null || lists < FEWEST_PEOPLE ? null : Math.max(1, figures.mean(mean / first, lists) * first);
  return {
    courseId: shift.courseId,
    listsBefore: figures.count(shift.listsBefore),
    listsAfter: figures.count(shift.listsAfter),
    meanRankBefore: rank(shift.meanRankBefore, shift.listsBefore),
    meanRankAfter: rank(shift.meanRankAfter, shift.listsAfter),
  };
}

function coarseExposure<Group extends GroupExposure>(
  group: Group,
  figures: CoarseFigures,
  mostProviders: number,
): Group {
  const { people } = group;
  const shown = figures.count(people);
  // More than there are would only be puzzling.
  const among = (count: number) => Math.min(shown, figures.count(count));
  return {
    ...group,
    people: shown,
    changed: among(group.changed),
    shortBefore: among(group.shortBefore),
    shortAfter: among(group.shortAfter),
    providers: group.providers
      .map(({ provider, before, after }) => ({
        provider,
        before: figures.mean(before, people),
        after: figures.mean(after, people),
      }))
      .filter(({ before, after }) => before > 0 || after > 0)
      .sort(byShare)
      .slice(0, mostProviders),
  };
}

function coarseRelevance(
  { before, after, difference, people }: RelevanceChange,
  figures: CoarseFigures,
): RelevanceChange {
  const coarse = ({ mean, low, high, count }: MeanInterval, least: number): MeanInterval => {
    const { estimate, ...ends } = figures.interval({ estimate: mean, low, high }, people, least);
    return { mean: estimate, ...ends, count: figures.count(count) };
  };
  return {
    before: coarse(before, 0),
    after: coarse(after, 0),
    difference: coarse(difference, -1),
    people: figures.count(people),
  };
}
