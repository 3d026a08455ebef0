import { type CsvValue, toCsv } from './csv.js';
import {
  activeHourInsights,
  channelInsights,
  deviceInsights,
  formatInsights,
  funnelInsights,
  pageInsights,
  searchInsights,
  skillDemands,
  trendingInsights,
  unfinishedCourses,
  unfinishedTotals,
} from './insightSections.js';
import type { InsightsView } from './insights.service.js';

/** Sections that can be had as a table. */
export const INSIGHT_TABLES_OFFERED = [
  'SEARCHES',
  'SKILLS',
  'UNFINISHED',
  'DROP_POINTS',
  'ACTIVE_HOURS',
  'PAGES',
  'USE',
  'TRENDING',
  'FUNNEL',
] as const;
export type InsightTable = (typeof INSIGHT_TABLES_OFFERED)[number];

/** More than anybody reads. */
const MOST_ROWS = 1_000;

interface Table {
  readonly heads: readonly string[];
  readonly rows: (view: InsightsView) => Promise<readonly (readonly CsvValue[])[]>;
}

const TABLES: Readonly<Record<InsightTable, Table>> = {
  SEARCHES: {
    heads: ['term', 'people', 'searches', 'zero_results', 'no_clicks', 'reformulated'],
    async rows({ cells }) {
      const searches = await searchInsights(cells, 'SEARCH', MOST_ROWS);
      return searches.map((s) => [s.term, s.people, s.events, s.zeroResults, s.noClicks, s.reformulated]);
    },
  },
  SKILLS: {
    heads: ['skill_id', 'skill', 'people', 'searches', 'open_courses'],
    async rows({ cells, catalog, now }) {
      const demands = await skillDemands(cells, catalog, now, MOST_ROWS);
      return demands.map((d) => [d.skill.id, d.skill.name, d.people, d.events, d.openCourses]);
    },
  },
  UNFINISHED: {
    heads: ['course_id', 'title', 'people', 'paused', 'stuck', 'lost_interest'],
    async rows({ cells, catalog }) {
      const courses = await unfinishedCourses(cells, catalog, MOST_ROWS);
      return courses.map(({ course, people, states }) => {
        const of = (state: string) => states.find((one) => one.state === state)?.people ?? null;
        return [course.id, course.title, people, of('PAUSED'), of('STUCK'), of('LOST_INTEREST')];
      });
    },
  },
  DROP_POINTS: {
    heads: ['from_progress', 'until_progress', 'people', 'courses_left'],
    async rows({ cells }) {
      const unfinished = await unfinishedTotals(cells);
      return (unfinished?.dropPoints ?? []).map((p) => [p.fromProgress, p.untilProgress, p.people, p.events]);
    },
  },
  ACTIVE_HOURS: {
    heads: ['weekday', 'hour', 'people', 'active_hours'],
    async rows({ cells }) {
      return (await activeHourInsights(cells)).map((h) => [h.weekday, h.hour, h.people, h.events]);
    },
  },
  PAGES: {
    heads: ['page', 'people', 'visits'],
    async rows({ cells }) {
      return (await pageInsights(cells, MOST_ROWS)).map((p) => [p.page, p.people, p.events]);
    },
  },
  USE: {
    heads: ['of', 'use', 'people', 'events'],
    async rows({ cells }) {
      const [devices, channels, formats] = await Promise.all([
        deviceInsights(cells),
        channelInsights(cells),
        formatInsights(cells),
      ]);
      const rows = (of: string, uses: typeof devices | typeof channels | typeof formats) =>
        uses.map((use) => [of, use.use, use.people, use.events]);
      return [...rows('device', devices), ...rows('channel', channels), ...rows('format', formats)];
    },
  },
  TRENDING: {
    heads: ['course_id', 'title', 'people', 'people_month_before'],
    async rows({ lastMonths, catalog }) {
      if (lastMonths === null) return [];
      const trending = await trendingInsights(lastMonths.latest, lastMonths.before, catalog, MOST_ROWS);
      return trending.map((t) => [t.course.id, t.course.title, t.people, t.previousPeople]);
    },
  },
  FUNNEL: {
    heads: ['stage', 'people', 'people_and_courses', 'courses', 'people_after_shown'],
    async rows({ cells }) {
      const stages = await funnelInsights(cells);
      return stages.map((s) => [s.stage, s.people, s.events, s.courses, s.afterShown?.people ?? null]);
    },
  },
};

/** A section as CSV, at most 1,000 rows. */
export async function insightCsv(view: InsightsView, table: InsightTable): Promise<string> {
  const { heads, rows } = TABLES[table];
  return toCsv(heads, await rows(view));
}
