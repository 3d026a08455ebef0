import { type AudienceFigures, NEARLY_ALL } from '../../learners/fewPeople/audienceFigures.js';
import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { type Interval, withError } from '../../stats/interval.js';
import { compareText, type GroupExposure } from '../ruleEffects/ruleMeasures.js';
import {
  type CourseImpact,
  FEWEST_FOR_RELEVANCE,
  type PopulationImpact,
  type RelevanceChange,
} from './populationImpact.js';

// The edges of `CoarseFigures` are drawn anew wherever anything else is, so over many drafts that hardly differ they average out.
// The noise of the audiences that somebody chose does not: it is the same in all of them.

type Noise = Pick<AudienceFigures, 'blurredCount' | 'noise' | 'noiseDeviation'>;

const NORMAL_95 = 1.96;

/** A count with the noise of audiences; 0 unless it is of five for certain. */
export const blurredCount = (exact: number, name: string, figures: Pick<Noise, 'blurredCount'>): number =>
  figures.blurredCount(exact, figureOf(name));

const figureOf = (name: string) => ({ name: `preview: ${name}` });

/** The noise of what is told of a preview. */
export interface PopulationNoise {
  /** By the audience of the preview and those of the rules that lists are made by. */
  readonly lists: Noise;
  /** By the former alone: who is counted has nothing to do with the rules. */
  readonly people: Noise;
  /** Likewise of those in one department, which is one more thing that they are chosen by; null: in none of those told of. */
  readonly inDepartment: (department: string | null) => Pick<PopulationNoise, 'lists' | 'people'>;
}

/** The departments of which there are five people for certain, the largest first, as far as may be told. */
export function tellableDepartments(
  counted: readonly (readonly [department: string, people: number])[],
  { inDepartment }: PopulationNoise,
  most: number,
): readonly string[] {
  const told = counted.map(([department, people]) => {
    return [department, blurredCount(people, peopleOf(department), inDepartment(department).people)] as const;
  });
  return told
    .filter(([, people]) => people > 0)
    .sort(([a, one], [b, other]) => other - one || compareText(a, b))
    .slice(0, most)
    .map(([department]) => department);
}

const peopleOf = (department: string | null): string => `people of department ${department}`;

/**
 * What was found, with the noise of whom somebody chose for it. Intervals are as much wider. In any order: by exact figures it would
 * tell what they do not.
 *
 * @param first how many places of a list count
 */
export function blurredPopulation(
  { exposure, departments, winners, losers, relevance }: PopulationImpact,
  first: number,
  noise: PopulationNoise,
): PopulationImpact {
  const { lists, inDepartment } = noise;
  const shifts = (all: readonly CourseImpact[]) => all.map((one) => blurredShift(one, first, lists));
  return {
    exposure: blurredExposure(exposure, 'all', noise),
    departments: departments
      .map((group) => blurredExposure(group, `department ${group.department}`, inDepartment(group.department)))
      .filter(({ people }) => people > 0),
    winners: shifts(winners.filter((shift) => isSurelyOfSeveral(shift, lists))).filter(gains),
    losers: shifts(losers.filter((shift) => isSurelyOfSeveral(shift, lists))).filter(loses),
    relevance: relevance && blurredRelevance(relevance, lists),
  };
}

const gains = ({ listsBefore, listsAfter }: CourseImpact): boolean => listsAfter > listsBefore;
const loses = ({ listsBefore, listsAfter }: CourseImpact): boolean => listsAfter < listsBefore;

/**
 * Whether a course comes into five lists more than it leaves, or leaves five more, for certain, whatever the noise: where it is
 * told at all, that must not show that one list gains or loses it.
 */
function isSurelyOfSeveral({ courseId, listsBefore, listsAfter }: CourseImpact, figures: Noise): boolean {
  const figure = figureOf(`gain of ${courseId}`);
  const gain = Math.abs(listsAfter - listsBefore);
  const noisy = gain + figures.noise(figure) - NEARLY_ALL * figures.noiseDeviation(figure);
  return Math.min(gain, noisy) >= FEWEST_PEOPLE;
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

function blurredExposure<Group extends GroupExposure>(
  group: Group,
  of: string,
  { lists, people }: Pick<PopulationNoise, 'lists' | 'people'>,
): Group {
  const count = (exact: number, name: string) => blurredCount(exact, `${name} of ${of}`, lists);
  // A few places may be one person's: they are told where they come to the lists of five, for certain.
  const share = (exact: number, name: string): number =>
    Math.min(1, count(exact * group.people, name) / Math.max(1, group.people));
  return {
    ...group,
    people: blurredCount(group.people, `people of ${of}`, people),
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

/** Null: there may be too few people. */
function blurredRelevance(
  { before, after, difference, people }: RelevanceChange,
  figures: Noise,
): RelevanceChange | null {
  const counted = figureOf('relevance');
  if (figures.blurredCount(people, counted) - NEARLY_ALL * figures.noiseDeviation(counted) < FEWEST_FOR_RELEVANCE) {
    return null;
  }
  const each = (side: string) => {
    const figure = figureOf(`relevance ${side}`);
    const count = Math.max(FEWEST_PEOPLE, people);
    return { noise: figures.noise(figure) / count, deviation: figures.noiseDeviation(figure) / count };
  };
  const [was, is] = [each('before'), each('after')];
  const moved = ({ mean, low, high, count }: MeanInterval, noise: number, deviation: number): MeanInterval => ({
    ...meanOf(withError({ estimate: mean, low, high }, noise, NORMAL_95 * deviation)),
    count: figures.blurredCount(count, counted),
  });
  return {
    before: moved(before, was.noise, was.deviation),
    after: moved(after, is.noise, is.deviation),
    difference: moved(difference, is.noise - was.noise, Math.hypot(is.deviation, was.deviation)),
    people: figures.blurredCount(people, counted),
  };
}
