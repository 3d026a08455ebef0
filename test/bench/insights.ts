import { parseArgs } from 'node:util';
import pg from 'pg';
import type { App } from '../../src/app.js';
import {
  activeHourInsights,
  funnelInsights,
  pageInsights,
  searchInsights,
  skillDemands,
  trendingInsights,
  unfinishedCourses,
  unfinishedTotals,
} from '../../src/insights/insightSections.js';
import type { InsightsView } from '../../src/insights/insights.service.js';
import { insightCsv } from '../../src/insights/insightTables.js';
import { monthAfter } from '../../src/insights/months.js';
import type { TalliedGroup } from '../../src/insights/told/monthTally.js';
import { wholeNumber } from './arguments.js';
import { withService } from './demoBench.js';
import { count, figure, median, megabytes, print, printTable } from './printing.js';

const HELP = `Usage: npm run bench -- insights [OPTIONS]

Makes up a year of activity inside the database, has it counted month by month, and reads every section of the answer for
the organisation and for a department over the whole year.

  --events N    default 500000
  --learners N  default 20000
  --courses N   default 2000
  --rounds N    of each answer; default 5

On a throw-away PostgreSQL server, which does not wait for the disk at commits, or on an empty one named by DATABASE_URL.
Machines differ and are noisy: compare within one run.
`;

interface Load {
  readonly events: number;
  readonly learners: number;
  readonly courses: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '500000' },
      learners: { type: 'string', default: '20000' },
      courses: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const load = {
    events: wholeNumber('--events', values.events, 1_000),
    learners: wholeNumber('--learners', values.learners, 100, 1_000_000),
    courses: wholeNumber('--courses', values.courses, 10, 100_000),
  };
  const rounds = wholeNumber('--rounds', values.rounds, 1, 1_000);
  const size = { learnerCount: load.learners, courseCount: load.courses, months: 12 };
  await withService('postgres', size, (app) => measure(app, load, rounds));
}

async function measure(app: App, load: Load, rounds: number): Promise<void> {
  await inventYear(app, load);
  const stop = { report: () => {}, shouldStop: () => false };
  const [startMs, cpu] = [performance.now(), process.cpuUsage()];
  const { toldMonths } = await app.insightMonths.refresh(stop, 0);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startMs) / 1000;
  print(
    `${toldMonths.length} months counted in ${figure(seconds)} s, ${figure((user + system) / 1e6)} s of this process: ` +
      `${count(Math.round(load.events / seconds))} events/s; memory ${megabytes(process.memoryUsage.rss())}`,
  );
  const [stored] = (await app.database.dataSource.query(
    `SELECT count(*)::integer AS cells, pg_total_relation_size('insight_cell')::double precision AS bytes FROM insight_cell`,
  )) as { cells: number; bytes: number }[];
  print(`${count(stored?.cells ?? 0)} cells told, ${megabytes(stored?.bytes ?? 0)}`);
  const groups: readonly TalliedGroup[] = [
    { kind: 'ORGANISATION', value: '' },
    { kind: 'DEPARTMENT', value: 'department-1' },
  ];
  const rows: string[][] = [];
  for (const [name, answer] of Object.entries(ANSWERS)) {
    const row = [name];
    for (const group of groups) row.push(...(await timesOf(app, group, answer, rounds)));
    rows.push(row);
  }
  printTable(['a year of …, ms', 'organisation', 'worst', 'department', 'worst'], rows);
}

const FIRST = 100;
const ANSWERS: Readonly<Record<string, (view: InsightsView) => Promise<unknown>>> = {
  'the period alone': async () => null,
  'top searches': ({ cells }) => searchInsights(cells, 'SEARCH', FIRST),
  'searches without a click': ({ cells }) => searchInsights(cells, 'SEARCH_NO_CLICK', FIRST),
  'demand and supply': ({ cells, catalog, now }) => skillDemands(cells, catalog, now, FIRST),
  'drop points': ({ cells }) => unfinishedTotals(cells),
  'unfinished courses': ({ cells, catalog }) => unfinishedCourses(cells, catalog, FIRST),
  'active hours': ({ cells }) => activeHourInsights(cells),
  pages: ({ cells }) => pageInsights(cells, FIRST),
  trending: async ({ lastMonths, catalog }) =>
    lastMonths && (await trendingInsights(lastMonths.latest, lastMonths.before, catalog, FIRST)),
  funnel: ({ cells }) => funnelInsights(cells),
  'searches as CSV': (view) => insightCsv(view, 'SEARCHES'),
};

/** Of an answer with all it takes to get there: median and worst, in milliseconds. */
async function timesOf(
  app: App,
  group: TalliedGroup,
  answer: (view: InsightsView) => Promise<unknown>,
  rounds: number,
): Promise<string[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    await answer(await app.insights.ofGroup(group, { from: null, until: null }));
    times.push(performance.now() - startMs);
  }
  return [figure(median(times)), figure(Math.max(...times))];
}

/** A year up to the end of the last month but one, in order of time as a log grows. */
async function inventYear(app: App, { events, learners, courses }: Load): Promise<void> {
  const startMs = performance.now();
  const until = monthAfter(`${new Date().toISOString().slice(0, 7)}-01`, -1);
  await app.catalog.upsertSkills(
    Array.from({ length: SKILLS }, (_, s) => ({ id: `skill-${s}`, name: `Subject ${s}` })),
  );
  for (let first = 0; first < courses; first += 1_000) {
    await app.catalog.upsertCourses(
      Array.from({ length: Math.min(1_000, courses - first) }, (_, i) => ({
        id: `course-${first + i}`,
        title: `Subject ${(first + i) % SKILLS} in practice`,
        kind: 'VIDEO' as const,
        skills: [{ skillId: `skill-${(first + i) % SKILLS}`, levelFrom: 0, levelTo: 0.5 }],
      })),
    );
  }
  // A connection of its own: an index of ten million events takes longer to build than the service waits for anything.
  const { url } = app.database.dataSource.options as { readonly url: string };
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await loadYear(client, { events, learners, courses }, monthAfter(until, -12));
  } finally {
    await client.end();
  }
  print(`${count(events)} events made in ${figure((performance.now() - startMs) / 1000)} s`);
}

async function loadYear(client: pg.Client, { events, learners, courses }: Load, fromDay: string): Promise<void> {
  await client.query(`SET maintenance_work_mem = '512MB'`);
  await client.query(
    `INSERT INTO learner (id, timezone, languages, department, location, active, personalisation_opt_out)
     SELECT 'learner-' || n, 'Europe/Berlin', '{}', 'department-' || (n % 20), 'location-' || (n * 7919 % 12), true, false
     FROM generate_series(1, $1::integer) n`,
    [learners],
  );
  // Built once at the end, as for any load of this size; the log itself is written in order of time.
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename = 'interaction' AND indexname LIKE 'interaction_learner%'`,
  );
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  const drop = 'ALTER TABLE interaction DROP CONSTRAINT interaction_event_uq';
  await client.query(drop);
  for (let first = 0; first < events; first += EVENTS_PER_STATEMENT) {
    await client.query(INVENT_EVENTS, [
      ...[first, Math.min(events, first + EVENTS_PER_STATEMENT), events, learners, courses],
      `${fromDay}T00:00:00Z`,
    ]);
  }
  await client.query(`ALTER TABLE interaction ADD CONSTRAINT interaction_event_uq UNIQUE (source, event_id)`);
  for (const { definition } of indexes) await client.query(definition);
  await client.query('ANALYZE interaction');
}

const SKILLS = 200;
const EVENTS_PER_STATEMENT = 100_000;

/**
 * Sittings of ten events of one person: a search, sometimes another, a page, a course opened, begun and gone on with,
 * sometimes completed. People, terms and courses differ in how frequent they are: a share r of the way through all of
 * them is reached by a share of √r of the draws.
 */
const INVENT_EVENTS = `
  INSERT INTO interaction (source, event_id, learner_id, course_id, verb, at, received_at, device, channel, progress, query,
    result_count, page)
  SELECT 'bench', 'e' || n, 'learner-' || (1 + floor($4::integer * sitting.a * sitting.a)::integer),
    CASE WHEN step >= 3 THEN 'course-' || floor($5::integer * sitting.b * sitting.b)::integer END,
    CASE WHEN step < 2 THEN 'SEARCHED' WHEN step = 2 THEN 'VISITED' WHEN step = 3 THEN 'CLICKED' WHEN step = 4 THEN 'STARTED'
      WHEN step = 9 AND sitting.c < 0.4 THEN 'COMPLETED' ELSE 'PROGRESSED' END,
    at.moment, at.moment, (ARRAY['DESKTOP', 'MOBILE', 'TABLET'])[1 + floor(3 * sitting.b)::integer], 'PORTAL',
    CASE WHEN step > 4 THEN (step - 4) * 0.1 * (0.5 + sitting.c) END,
    CASE WHEN step < 2 THEN CASE WHEN sitting.c < 0.5 THEN 'subject ' || floor(200 * sitting.b * sitting.b)::integer
      ELSE 'subject ' || floor(200 * sitting.b * sitting.b)::integer || ' for ' || floor(40 * sitting.a)::integer END END,
    CASE WHEN step < 2 THEN CASE WHEN sitting.c > 0.9 THEN 0 ELSE 12 END END,
    CASE WHEN step = 2 THEN '/page/' || floor(50 * sitting.c)::integer END
  FROM generate_series($1::integer, $2::integer - 1) n
  CROSS JOIN LATERAL (SELECT n % 10 AS step, n / 10 AS number) s
  CROSS JOIN LATERAL (SELECT abs(hashint4(number)) / 2147483648.0 AS a, abs(hashint4(number + 500000000)) / 2147483648.0 AS b,
    abs(hashint4(number + 1000000000)) / 2147483648.0 AS c) sitting
  CROSS JOIN LATERAL (SELECT $6::timestamptz + interval '365 days' * (number * 10.0 / $3::integer)
    + step * interval '3 minutes' AS moment) at
  ORDER BY n`;
