import { AudienceFigures } from '../../learners/fewPeople/audienceFigures.js';
import { type CoarseFigures, coarseFiguresOf } from '../../learners/fewPeople/coarseFigures.js';
import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import type { Rule } from '../../rules/model/rule.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { withError } from '../../stats/interval.js';
import { type RuleWeek, type TakeUp, takeUpOf, verdictOn, type WeekOfRule, type WeekTakeUp } from './ruleEffect.js';
import { MOST_LISTS_EACH } from './ruleEffects.store.js';

const NORMAL_95 = 1.96;

// Whoever drafts rules chooses whom they are for: what a rule did to few people, or to ten and not to the same ten and
// one more, is what it did to single ones.

/** A week as it was. */
export function exactWeek({ takeUp, courses, listsAtMost: _, ...week }: WeekOfRule): RuleWeek {
  return { ...week, courses: courses.length, takeUp: takeUp && exactTakeUp(takeUp) };
}

/**
 * A week as it may be told to those who must not learn of single people.
 *
 * @param audiences of all versions of the rule; where one names people, or nothing is told of it otherwise, neither is it of the rule
 * @param secret by which figures are drawn
 */
export function coarseWeek(exact: WeekOfRule, audiences: readonly Rule['audience'][], secret: Uint8Array): RuleWeek {
  const audience = new AudienceFigures(audiences, secret);
  const week = blurredWeek(exact, audience);
  const { weekStartsAt, isFollowedUp, takeUp } = week;
  const untold = { weekStartsAt, isFollowedUp, lists: null, people: null, courses: null, relevanceGivenUp: null };
  if (!audience.isTold) return { ...untold, takeUp: takeUp && NOTHING_TOLD };
  const figures = coarseFiguresOf(week, secret);
  const told = takeUp && coarseTakeUp(takeUp, figures);
  const people = figures.countOrNull(week.people);
  if (people === null) return { ...untold, takeUp: told };
  return {
    ...{ weekStartsAt, isFollowedUp, people, takeUp: told },
    lists: Math.max(people, figures.count(week.lists)),
    courses: week.courses.length,
    relevanceGivenUp: week.relevanceGivenUp && coarseInterval(week.relevanceGivenUp, figures),
  };
}

/** With the noise of its audience: whoever publishes a rule again has other edges, but the same noise. */
function blurredWeek(week: WeekOfRule, figures: AudienceFigures): WeekOfRule {
  const { courses, takeUp, relevanceGivenUp } = week;
  const count = (exact: number, name: string): number => figures.blurredCount(exact, figureOf(name));
  return {
    ...week,
    people: count(week.people, 'people'),
    lists: MOST_LISTS_EACH * count(week.listsAtMost / MOST_LISTS_EACH, 'lists'),
    // Those that it moved in the lists of five people or more, and what may be fewer is not.
    courses: courses.filter(({ courseId, people }) => count(people, `people who were moved ${courseId}`) > 0),
    takeUp: takeUp && blurredTakeUp(takeUp, figures),
    relevanceGivenUp: relevanceGivenUp && blurredMean(relevanceGivenUp, figures),
  };
}

const figureOf = (name: string) => ({ name: `rule effect: ${name}` });

function blurredTakeUp(takeUp: TakeUp, figures: AudienceFigures): TakeUp {
  const side = (name: string, { trials, successes }: TakeUp['ruled']): TakeUp['ruled'] => {
    const told = figures.blurredCount(trials, figureOf(`people ${name}`));
    const noisy = Math.round(successes + figures.noise(figureOf(`takers ${name}`)));
    return { trials: told, successes: Math.min(told, Math.max(0, noisy)) };
  };
  const [ruled, heldOut] = [side('ruled', takeUp.ruled), side('held out', takeUp.heldOut)];
  const { difference } = takeUpOf(ruled, heldOut);
  if (difference === null) return { ruled, heldOut, difference };
  const deviation = figures.noiseDeviation(figureOf('takers ruled'));
  // Takers and people have a noise of their own: a share has that of either, of people as much as it is.
  const reachOf = ({ trials, successes }: TakeUp['ruled']): number =>
    ((NORMAL_95 * deviation) / trials) * Math.hypot(1, successes / trials);
  const reach = Math.hypot(reachOf(ruled), reachOf(heldOut));
  const wider = withError(difference, 0, reach);
  const possible = { ...wider, low: Math.max(-1, wider.low), high: Math.min(1, wider.high) };
  return { ruled, heldOut, difference: possible };
}

function blurredMean({ mean, low, high, count }: MeanInterval, figures: AudienceFigures): MeanInterval {
  const figure = figureOf('relevance');
  const perPerson = MOST_LISTS_EACH / Math.max(1, count);
  const noise = perPerson * figures.noise(figure);
  const reach = NORMAL_95 * perPerson * figures.noiseDeviation(figure);
  const told = withError({ estimate: mean, low, high }, noise, reach);
  return {
    mean: told.estimate,
    low: told.low,
    high: told.high,
    count: MOST_LISTS_EACH * figures.blurredCount(count / MOST_LISTS_EACH, figure),
  };
}

const NOTHING_TOLD: WeekTakeUp = {
  ...{ ruledPeople: null, heldOutPeople: null, ruledShare: null, heldOutShare: null },
  ...{ difference: null, verdict: 'CANNOT_TELL' },
};

/** Shares over few people are mostly chance. */
function exactTakeUp({ ruled, heldOut, difference }: TakeUp): WeekTakeUp {
  const shareOf = ({ successes, trials }: typeof ruled) => (difference === null ? null : successes / trials);
  return {
    ruledPeople: ruled.trials,
    heldOutPeople: heldOut.trials,
    ruledShare: shareOf(ruled),
    heldOutShare: shareOf(heldOut),
    difference,
    verdict: difference === null ? 'CANNOT_TELL' : verdictOn(difference),
  };
}

/** What is concluded is concluded from what is told. */
function coarseTakeUp({ ruled, heldOut, difference }: TakeUp, figures: CoarseFigures): WeekTakeUp {
  const shareOf = ({ successes, trials }: typeof ruled) =>
    difference === null ? null : figures.mean(successes / trials, trials);
  const fewer = Math.min(ruled.trials, heldOut.trials);
  const told = difference && figures.interval(difference, fewer);
  return {
    ruledPeople: figures.countOrNull(ruled.trials),
    heldOutPeople: figures.countOrNull(heldOut.trials),
    ruledShare: shareOf(ruled),
    heldOutShare: shareOf(heldOut),
    difference: told,
    verdict: told === null ? 'CANNOT_TELL' : verdictOn(told),
  };
}

function coarseInterval({ mean, low, high, count }: MeanInterval, figures: CoarseFigures): MeanInterval | null {
  if (count < FEWEST_PEOPLE) return null;
  const { estimate, ...ends } = figures.interval({ estimate: mean, low, high }, count, 0);
  return { mean: estimate, ...ends, count: figures.count(count) };
}
