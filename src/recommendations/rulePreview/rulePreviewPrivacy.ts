import type { CoarseFigures } from '../../learners/fewPeople/coarseFigures.js';
import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import type { Rule } from '../../rules/model/rule.js';
import { ruleSetDiff } from '../../rules/model/ruleSetDiff.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import type { GroupExposure } from '../ruleEffects/ruleMeasures.js';
import type { CourseImpact, PopulationImpact, RelevanceChange } from './populationImpact.js';
import type { PreviewSide } from './previewScene.js';
import type { PreviewTally } from './rulePreview.js';

// What keeps previews from telling of single people. Whoever drafts rules chooses whom they are for, and may have any
// number of previews: it is not enough that a preview is of many people.

/** Rules on either side that name people: what they do to lists is what they do to somebody who is known by name. */
export function rulesNamingPeople(before: PreviewSide, after: PreviewSide): string[] {
  const naming = [...before.ruleSet.rules, ...after.ruleSet.rules].filter(namesPeople);
  return [...new Set(naming.map(({ id }) => id))];
}

export const namesPeople = ({ audience }: Pick<Rule, 'audience'>): boolean => audience.learnerIds.length > 0;

/**
 * Rules that differ and are, or were, for one to four of the people counted, or for what may be so few.
 *
 * @param blurred a number of people of an audience, as `AudienceFigures.blurredCount`
 */
export function rulesForFew(
  before: PreviewSide,
  after: PreviewSide,
  found: readonly PreviewTally[],
  blurred: (people: number, audience: Rule['audience']) => number,
): string[] {
  const { added, removed, changed } = ruleSetDiff(before.ruleSet, after.ruleSet);
  const isForFew = ({ id, audience }: Rule, side: 'audiences' | 'audiencesBefore'): boolean => {
    const people = found.reduce((sum, each) => sum + (each[side].get(id) ?? 0), 0);
    return people > 0 && blurred(people, audience) === 0;
  };
  const now = [...added, ...changed.map((change) => change.after)].filter((rule) => isForFew(rule, 'audiences'));
  const was = [...removed, ...changed.map((change) => change.before)].filter((rule) =>
    isForFew(rule, 'audiencesBefore'),
  );
  return [...new Set([...now, ...was].map(({ id }) => id))];
}

/** @param first how many places of a list count */
export function coarsePopulation(
  population: PopulationImpact,
  first: number,
  figures: CoarseFigures,
): PopulationImpact {
  const { exposure, departments, winners, losers, relevance } = population;
  const coarseShifts = (shifts: readonly CourseImpact[]): CourseImpact[] =>
    shifts
      .filter(isOfSeveral)
      .map((shift) => coarseShift(shift, first, figures))
      // Told so roughly, some neither win nor lose.
      .filter(({ listsBefore, listsAfter }) => listsBefore !== listsAfter);
  return {
    exposure: coarseExposure(exposure, figures),
    departments: departments.map((group) => coarseExposure(group, figures)),
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

function coarseExposure<Group extends GroupExposure>(group: Group, figures: CoarseFigures): Group {
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
      .filter(({ before, after }) => before > 0 || after > 0),
  };
}

function coarseRelevance(
  { before, after, difference, people }: RelevanceChange,
  figures: CoarseFigures,
): RelevanceChange {
  const coarse = ({ mean, low, high, count }: MeanInterval): MeanInterval => ({
    mean: figures.mean(mean, people),
    low: figures.mean(low, people),
    high: figures.mean(high, people),
    count: figures.count(count),
  });
  return {
    before: coarse(before),
    after: coarse(after),
    difference: coarse(difference),
    people: figures.count(people),
  };
}
