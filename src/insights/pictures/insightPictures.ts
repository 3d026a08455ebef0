import { renderWeekHeatMap } from '../../delivery/weeks/weekHeatMap.js';
import { WEEKDAYS } from '../../learners/learner.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import { activeHourInsights, funnelInsights, searchInsights, unfinishedTotals } from '../insightSections.js';
import type { InsightsView } from '../insights.service.js';
import { renderBarChart } from './barChart.js';

/** Sections that can be had as a picture. */
export const INSIGHT_PICTURES = ['SEARCHES', 'DROP_POINTS', 'ACTIVE_HOURS', 'FUNNEL'] as const;
export type InsightPicture = (typeof INSIGHT_PICTURES)[number];

const MOST_TERMS = 15;

const PAINTERS: Readonly<Record<InsightPicture, (view: InsightsView) => Promise<string>>> = {
  SEARCHES: paintSearches,
  DROP_POINTS: paintDropPoints,
  ACTIVE_HOURS: paintActiveHours,
  FUNNEL: paintFunnel,
};

/** A section as a stand-alone SVG. */
export async function insightPicture(view: InsightsView, picture: InsightPicture): Promise<string> {
  return await PAINTERS[picture](view);
}

const periodOf = ({ subject, from, until, isPerson }: InsightsView): string =>
  `${subject}, ${from} to ${until}${isPerson ? '' : '; in fives, nothing of fewer than five people'}`;

/** Somebody is at a course for longer than a month, and counts in each month of a group's period. */
const summed = ({ isPerson }: InsightsView): string => (isPerson ? '' : ', sum of months');

async function paintSearches(view: InsightsView): Promise<string> {
  const searches = await searchInsights(view.cells, 'SEARCH', MOST_TERMS);
  return renderBarChart({
    ...{ name: 'searches', title: 'What people searched for' },
    subtitle: `${periodOf(view)}.`,
    kinds: ['no results', 'no click', 'other searches'],
    bars: searches.map(({ term, events, zeroResults, noClicks }) => {
      const [zero, unclicked] = [Math.min(events, zeroResults ?? 0), noClicks ?? 0];
      const dead = Math.min(events - zero, unclicked);
      return {
        label: term,
        parts: [
          { kind: 0, value: zero },
          { kind: 1, value: dead },
          { kind: 2, value: events - zero - dead },
        ],
        note: `${events} searches, ${zero} in vain`,
      };
    }),
  });
}

async function paintDropPoints(view: InsightsView): Promise<string> {
  const unfinished = await unfinishedTotals(view.cells);
  return renderBarChart({
    ...{
      name: 'drops',
      title: `Where people stopped in courses ${view.isPerson ? 'they did not finish' : 'not finished at a month’s end'}${summed(view)}`,
    },
    subtitle: `${periodOf(view)}.`,
    kinds: ['courses left'],
    bars: (unfinished?.dropPoints ?? []).map(({ fromProgress, untilProgress, events }) => ({
      label: `${Math.round(fromProgress * 100)}–${Math.round(untilProgress * 100)} %`,
      parts: [{ kind: 0, value: events }],
      note: String(events),
    })),
  });
}

async function paintActiveHours(view: InsightsView): Promise<string> {
  const hours = await activeHourInsights(view.cells);
  const total = hours.reduce((sum, { events }) => sum + events, 0);
  const shares = new Float64Array(HOURS_PER_WEEK);
  for (const { weekday, hour, events } of hours) shares[WEEKDAYS.indexOf(weekday) * 24 + hour] = events / total;
  return renderWeekHeatMap({
    title: view.isPerson ? `When ${view.subject} learns` : `When people of ${view.subject} learn`,
    subtitle: `By everyone’s local time; ${periodOf(view)}.`,
    panels: [{ name: 'Active hours', note: `${total} hours`, shares: total === 0 ? null : shares }],
  });
}

async function paintFunnel(view: InsightsView): Promise<string> {
  const stages = await funnelInsights(view.cells);
  return renderBarChart({
    ...{ name: 'funnel', title: `From shown to completed${summed(view)}` },
    subtitle: `${periodOf(view)}. A person and a course make one.`,
    kinds: ['people and courses'],
    bars: stages.map(({ stage, people, events, courses }) => ({
      label: stage.charAt(0) + stage.slice(1).toLowerCase(),
      parts: [{ kind: 0, value: events }],
      note: `${events} (${view.isPerson ? '' : `${people} people a month, `}${courses} courses)`,
    })),
  });
}
