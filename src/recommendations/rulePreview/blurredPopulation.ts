import type { AudienceFigures } from '../../learners/fewPeople/audienceFigures.js';
import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { type Interval, withError } from '../../stats/interval.js';
import type { GroupExposure } from '../ruleEffects/ruleMeasures.js';
import type { CourseImpact, PopulationImpact, RelevanceChange } from './populationImpact.js';

// The edges of `CoarseFigures` are drawn anew wherever anything else is, so over many drafts that hardly differ they average out.
// The noise of the audiences that somebody chose does not: it is the same in all of them.

type Noise = Pick<AudienceFigures, 'blurredCount' | 'noise' | 'noiseDeviation'>;

const NORMAL_95 = 1.96;

/** A count with the noise of audiences; 0 unless it is of five for certain. */
export const blurredCount = (exact: number, name: string, figures: Pick<Noise, 'blurredCount'>): number =>
  figures.blurredCount(exact, figureOf(name));

const figureOf = (name: string) => ({ name: `preview: ${name}` });

/**
 * What was found, with the noise of the audiences that somebody chose for it: that of the preview and those of all rules that
 * differ. Intervals are as much wider.
 *
 * @param first how many places of a list count
 * @param figures of all of them
 * @param counted of the preview alone: who is counted has nothing to do with the rules
 */
export function blurredPopulation(
  { exposure, departments, winners, losers, relevance }: PopulationImpact,
  first: number,
  figures: Noise,
  counted: Noise,
): PopulationImpact {
  const shifts = (all: readonly CourseImpact[]) => all.map((one) => blurredShift(one, first, figures));
  return {
    exposure: blurredExposure(exposure, 'all', figures, counted),
    departments: departments.map((group) => blurredExposure(group, `department ${group.department}`, figures, counted)),
    winners: shifts(winners).filter(({ listsBefore, listsAfter }) => listsAfter > listsBefore),
    losers: shifts(losers).filter(({ listsBefore, listsAfter }) => listsAfter < listsBefore),
    relevance: relevance && blurredRelevance(relevance, figures),
  };
}

function blurredShift(shift: CourseImpact, first: number, figures: Noise): CourseImpact {
  const { courseId, listsBefore, listsAfter, meanRankBefore, meanRankAfter } = shift;
  // A few lists move a mean over few of them by much.
  const rank = (mean: number | null, lists: number, side: string): number | null => {
    if (mean === null) return null;
    const noise = figures.noise(figureOf(`rank ${side} of ${courseId}`));
    return Math.min(first, Math.max(1, mean + (first * noise) / Math.max(FEWEST_PEOPLE, lists)));
  };
  return {
    courseId,
    listsBefore: blurredCount(listsBefore, `lists before with ${courseId}`, figures),
    listsAfter: blurredCount(listsAfter, `lists after with ${courseId}`, figures),
    meanRankBefore: rank(meanRankBefore, listsBefore, 'before'),
    meanRankAfter: rank(meanRankAfter, listsAfter, 'after'),
  };
}

function blurredExposure<Group extends GroupExposure>(group: Group, of: string, figures: Noise, counted: Noise): Group {
  const count = (exact: number, name: string) => blurredCount(exact, `${name} of ${of}`, figures);
  const share = (exact: number, name: string): number => {
    const noise = figures.noise(figureOf(`${name} of ${of}`)) / Math.max(FEWEST_PEOPLE, group.people);
    return exact === 0 ? 0 : Math.min(1, Math.max(0, exact + noise));
  };
  return {
    ...group,
    people: blurredCount(group.people, `people of ${of}`, counted),
    changed: count(group.changed, 'changed'),
    shortBefore: count(group.shortBefore, 'short before'),
    shortAfter: count(group.shortAfter, 'short after'),
    providers: group.providers.map(({ provider, before, after }) => ({
      provider,
      before: share(before, `before ${provider}`),
      after: share(after, `after ${provider}`),
    })),
  };
}

const meanOf = ({ estimate, low, high }: Interval) => ({ mean: estimate, low, high });

function blurredRelevance({ before, after, difference, people }: RelevanceChange, figures: Noise): RelevanceChange {
  const each = (side: string) => {
    const figure = figureOf(`relevance ${side}`);
    const count = Math.max(FEWEST_PEOPLE, people);
    return { noise: figures.noise(figure) / count, deviation: figures.noiseDeviation(figure) / count };
  };
  const [was, is] = [each('before'), each('after')];
  const moved = ({ mean, low, high, count }: MeanInterval, noise: number, deviation: number): MeanInterval => ({
    ...meanOf(withError({ estimate: mean, low, high }, noise, NORMAL_95 * deviation)),
    count: blurredCount(count, 'relevance', figures),
  });
  return {
    before: moved(before, was.noise, was.deviation),
    after: moved(after, is.noise, is.deviation),
    difference: moved(difference, is.noise - was.noise, Math.hypot(is.deviation, was.deviation)),
    people: blurredCount(people, 'relevance', figures),
  };
}
