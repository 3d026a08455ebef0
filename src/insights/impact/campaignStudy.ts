import type { CampaignContent } from '../../campaigns/campaign.js';
import { ofAllCourses } from '../../campaigns/progress.js';
import type { Blur, BlurOf } from './blur.js';
import { metricFigures, type Participant, type StudyTerms, studiedMetric } from './experimentStudies.js';
import { armFigures, type Figures, OUTCOMES } from './outcomes.js';
import type { Arm, StudiedMetric, Study } from './study.js';

/** Before each side has so many people, and so many days have passed, nothing is concluded. */
const FEWEST_PEOPLE_PER_SIDE = 50;
const FEWEST_DAYS = 14;

/** Somebody whom a campaign reached, or whom it was held out from, with a figure of the time since and of before. */
export interface CampaignFigure {
  readonly arm: string;
  readonly after: number;
  readonly before: number;
}

/**
 * The people that a campaign reached beside those held out of it, by whether they completed any of its courses (of a
 * campaign of paths: any course); where nobody was held out, the same people before it began.
 *
 * @param comparisons how many effects are told of the campaign: all of them are to hold at once
 */
export function campaignStudy(
  content: CampaignContent,
  participants: readonly Participant[],
  { days, smallestEffect }: StudyTerms,
  comparisons: number,
  blurOf: BlurOf,
): Study {
  const name = 'COMPLETION_RATE';
  const figures = metricFigures(name, ofAllCourses(name, content).parts);
  const completedBy = (wanted: string) =>
    armFigures(
      participants.filter(({ arm }) => arm === wanted),
      OUTCOMES[name],
    );
  const sides = sidesOf(content, completedBy, (side) => blurOf(figures, side, 1));
  const metric = studiedMetric(name, smallestEffect, sides.control, { width: 1, largest: null });
  return studyOf(content, sides, metric, { days, comparisons });
}

/** A metric of a goal, with the people of whom it says something. */
export interface CampaignMetric {
  readonly metric: StudiedMetric;
  readonly people: readonly CampaignFigure[];
  readonly blurOf: (side: string) => Blur;
}

/**
 * The same by the metric of the goal that the campaign serves. People of whom the metric says nothing are on neither side. The
 * counter-metric is a guardrail where people were held out.
 */
export function campaignGoalStudy(
  content: Pick<CampaignContent, 'holdoutPercent'>,
  metric: CampaignMetric,
  counter: CampaignMetric | null,
  terms: { readonly days: number; readonly comparisons: number },
): Study {
  const armsOf = ({ people, blurOf }: CampaignMetric) => sidesOf(content, figuresOf(people), blurOf);
  const study = studyOf(content, armsOf(metric), metric.metric, terms);
  if (counter === null || study.design !== 'HOLDOUT') return study;
  const guardrail = { metric: counter.metric, margin: counter.metric.smallestEffect };
  return { ...study, guardrails: [{ ...guardrail, ...armsOf(counter) }] };
}

const figuresOf =
  (people: readonly CampaignFigure[]) =>
  (wanted: string): Figures => {
    const own = people.filter(({ arm }) => arm === wanted);
    return {
      outcomes: Float64Array.from(own, ({ after }) => after),
      before: Float64Array.from(own, ({ before }) => before),
    };
  };

interface Sides {
  readonly treatment: Arm;
  readonly control: Arm;
}

function sidesOf(
  { holdoutPercent }: Pick<CampaignContent, 'holdoutPercent'>,
  sideOf: (arm: string) => Figures,
  blurOf: (side: string) => Blur,
): Sides {
  const reached = sideOf('REACHED');
  const own =
    holdoutPercent > 0
      ? { name: 'held out', ...sideOf('HELD_OUT') }
      : { name: 'before', outcomes: reached.before, before: null };
  const [blur, controlBlur] = [blurOf('treatment 1'), blurOf('control')];
  // The same people before are as many.
  const { units, unitsDeviation } = holdoutPercent > 0 ? controlBlur : blur;
  return {
    treatment: { name: 'reached', ...reached, strata: null, blur },
    control: { ...own, strata: null, blur: { ...controlBlur, units, unitsDeviation } },
  };
}

function studyOf(
  { holdoutPercent }: Pick<CampaignContent, 'holdoutPercent'>,
  { treatment, control }: Sides,
  metric: StudiedMetric,
  { days, comparisons }: { readonly days: number; readonly comparisons: number },
): Study {
  const isDrawn = holdoutPercent > 0;
  return {
    design: isDrawn ? 'HOLDOUT' : 'BEFORE_AFTER',
    metric,
    unit: 'LEARNER',
    control,
    treatment,
    planned: isDrawn ? { control: holdoutPercent, treatment: 100 - holdoutPercent } : null,
    // Of whom there are figures: a metric of which one side says more is no fair comparison, and the check tells.
    assigned: isDrawn ? { control: control.outcomes.length, treatment: treatment.outcomes.length } : null,
    comparisons,
    days,
    minimumDays: FEWEST_DAYS,
    minimumUnits: FEWEST_PEOPLE_PER_SIDE,
    guardrails: [],
  };
}
