import type { CampaignContent } from '../../campaigns/campaign.js';
import type { Participant, StudyTerms } from './experimentStudies.js';
import { studiedMetric } from './experimentStudies.js';
import { armFigures, OUTCOMES } from './outcomes.js';
import type { Study } from './study.js';

/** Before each side has so many people, and so many days have passed, nothing is concluded. */
const FEWEST_PEOPLE_PER_SIDE = 50;
const FEWEST_DAYS = 14;

/**
 * The people that a campaign reached beside those held out of it, by whether they completed any of its courses (of a
 * campaign of paths: any course); where nobody was held out, the same people before it began.
 */
export function campaignStudy(
  { holdoutPercent }: Pick<CampaignContent, 'holdoutPercent'>,
  participants: readonly Participant[],
  { days, smallestEffect }: StudyTerms,
): Study {
  const reached = participants.filter(({ arm }) => arm === 'REACHED');
  const heldOut = participants.filter(({ arm }) => arm === 'HELD_OUT');
  const isDrawn = holdoutPercent > 0;
  const treatment = { name: 'reached', ...armFigures(reached, OUTCOMES.COMPLETION_RATE), strata: null };
  const control = isDrawn
    ? { name: 'held out', ...armFigures(heldOut, OUTCOMES.COMPLETION_RATE), strata: null }
    : { name: 'before', outcomes: treatment.before, before: null, strata: null };
  return {
    design: isDrawn ? 'HOLDOUT' : 'BEFORE_AFTER',
    metric: studiedMetric('COMPLETION_RATE', smallestEffect, control.outcomes),
    unit: 'LEARNER',
    control,
    treatment,
    planned: isDrawn ? { control: holdoutPercent, treatment: 100 - holdoutPercent } : null,
    assigned: isDrawn ? { control: heldOut.length, treatment: reached.length } : null,
    comparisons: 1,
    days,
    minimumDays: FEWEST_DAYS,
    minimumUnits: FEWEST_PEOPLE_PER_SIDE,
    guardrails: [],
  };
}
