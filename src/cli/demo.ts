import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type App, openApp } from '../app.js';
import { createDemoOrganisation, type DemoOrganisation } from '../demo/organisation.js';
import type { Config } from '../platform/config.js';
import type { RowError } from '../platform/errors.js';
import { createProgress } from '../platform/jobs/progress.js';
import type { Logger } from '../platform/logger.js';
import { DAY_MS } from '../platform/zonedTime.js';
import { trainWithProgress } from './train.js';
import { UsageError } from './usageError.js';

export interface DemoOptions {
  readonly learners: number;
  readonly courses: number;
  readonly seed: number;
  /** End after the demonstration instead of going on serving. */
  readonly exit: boolean;
  /** Folder that its data is left in; null: it goes with the demonstration. */
  readonly keep: string | null;
}

export const DEMO_HELP = `Usage: waymark demo [--learners N] [--courses N] [--seed N] [--keep FOLDER] [--exit]

Makes up an organisation (500 learners and 300 courses unless said otherwise) in a fresh embedded database, trains a model,
starts serving and shows what it recommends. With --exit it ends there, otherwise on Ctrl-C. Its data is
removed at the end, unless a new FOLDER is named to keep it in: DATA_DIR=FOLDER is then for any other command.
`;

const BATCH = 1_000;

const DEMO_TUNING_MS = 5_000;

/** Shows the whole service at work on an invented organisation. */
export async function runDemo(
  options: DemoOptions,
  config: Config,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const dataDir =
    options.keep === null ? await mkdtemp(join(tmpdir(), 'waymark-demo-')) : await newFolder(options.keep);
  try {
    process.stderr.write('Starting an embedded database in a fresh folder …\n');
    const app = await openApp({
      config: {
        ...config,
        database: { ...config.database, url: null, dataDir },
        // Somebody is waiting.
        training: { ...config.training, timeBudgetMs: Math.min(config.training.timeBudgetMs, DEMO_TUNING_MS) },
      },
      logger,
    });
    try {
      await demonstrate(app, options, signal);
    } finally {
      await app.close();
    }
  } finally {
    if (options.keep === null) await rm(dataDir, { recursive: true, force: true });
  }
}

/** @throws UsageError when it is there already: nothing of anybody’s is mixed with what is made up */
export async function newFolder(folder: string): Promise<string> {
  await mkdir(dirname(resolve(folder)), { recursive: true });
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${folder} exists already; --keep takes a new folder.`);
  }
  return folder;
}

async function demonstrate(app: App, options: DemoOptions, signal: AbortSignal): Promise<void> {
  // Served from the start, so that a port that is taken shows at once and not after all the work.
  const server = await app.serve();
  try {
    const organisation = createDemoOrganisation({
      seed: options.seed,
      learnerCount: options.learners,
      courseCount: options.courses,
      months: 12,
      now: new Date(),
    });
    await loadDemo(app, organisation, signal);
    await trainWithProgress(app.training, signal);
    await aimAt(app, exampleLearner(organisation));
    app.work();
    await show(app, organisation, `${server.url}/graphql`);
    if (options.exit) return;
    process.stdout.write(`\nServing at ${server.url} until you press Ctrl-C.\n`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await server.close({ graceMs: 2_000 });
  }
}

/** Sends a demo organisation through the services, as a portal would. */
export async function loadDemo(
  app: App,
  organisation: DemoOrganisation,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await loadDemoPeople(app, organisation, signal);
  await batcher(signal)('Activity', organisation.interactions(), (rows) => app.activity.recordActivity(rows));
  await app.database.tidy();
}

/** All of it but what people did. */
export async function loadDemoPeople(
  app: App,
  organisation: DemoOrganisation,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const { catalog, learners } = app;
  const inBatches = batcher(signal);
  await inBatches('Skills', organisation.skills, (rows) => catalog.upsertSkills(rows));
  await inBatches('Roles', organisation.roles, (rows) => catalog.upsertRoles(rows));
  await inBatches('Courses', organisation.courses, (rows) => catalog.upsertCourses(rows));
  await inBatches('Learners', organisation.learners(), (rows) =>
    learners.upsertLearners(rows.map((row) => ({ ...row, ...localTimes(row) }))),
  );
  await inBatches('Skill evidence', organisation.evidence(), (rows) => learners.recordSkillEvidence(rows));
  await inBatches('Assignments', organisation.assignments(), (rows) => learners.assignCourses(rows));
}

type Learner = ReturnType<DemoOrganisation['learners']> extends Iterable<infer L> ? L : never;

function localTimes({ workPattern, quietHours }: Learner) {
  return {
    workPattern: workPattern?.map(({ day, startMinute, endMinute }) => ({
      day,
      start: clock(startMinute),
      end: clock(endMinute),
    })),
    quietHours: quietHours && { start: clock(quietHours.startMinute), end: clock(quietHours.endMinute) },
  };
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** A function that stores rows in batches and shows how far it is; it ends early when the signal says so. */
function batcher(signal: AbortSignal) {
  return async <T>(
    label: string,
    rows: Iterable<T>,
    store: (rows: T[]) => Promise<{ readonly errors: readonly RowError[] }>,
  ): Promise<void> => {
    const progress = createProgress(label, null, process.stderr);
    let done = 0;
    const flush = async (batch: T[]) => {
      signal.throwIfAborted();
      const [problem] = (await store(batch)).errors;
      if (problem !== undefined) throw new Error(`${label}, row ${done + problem.index}: ${problem.message}`);
      done += batch.length;
      progress.update(done);
    };
    let batch: T[] = [];
    for (const row of rows) {
      batch.push(row);
      if (batch.length < BATCH) continue;
      await flush(batch);
      batch = [];
    }
    if (batch.length > 0) await flush(batch);
    progress.finish();
  };
}

/** One goal of the example learner's department, with a KPI beside it: what `goal(id: "at-home")` and `kpi` show. */
async function aimAt(app: App, { department, roleId }: Learner): Promise<void> {
  const skillIds = app.catalog.snapshot.roles.get(roleId ?? '')?.skills.map(({ skillId }) => skillId) ?? [];
  const now = new Date();
  await app.kpis.upsertKpis([
    {
      id: 'first-time-right',
      name: 'Work right the first time',
      unit: '%',
      kind: 'PERFORMANCE',
      expectedMin: 0,
      expectedMax: 100,
    },
  ]);
  const weeks = Array.from({ length: DEMO_KPI_WEEKS }, (_, i) => DEMO_KPI_WEEKS - i);
  const dayBefore = (days: number) => new Date(now.getTime() - days * DAY_MS).toISOString().slice(0, 10);
  await app.kpis.recordKpis(
    weeks.map((ago) => ({
      ...{ source: 'demo', eventId: `first-time-right ${ago}`, kpiId: 'first-time-right', department },
      ...{ from: dayBefore(7 * ago), until: dayBefore(7 * (ago - 1)), value: 82 + (ago % 3) - ago / 10 },
    })),
  );
  const { errors } = await app.goals.create(
    DEMO_GOAL,
    {
      name: 'People at home in their role',
      owner: 'L&D',
      metric: { kind: 'ACTIVE_LEARNER_SHARE' },
      audience: { departments: department === null ? [] : [department] },
      ...{ baseline: 0.2, target: 0.95, dueOn: dayBefore(-DEMO_GOAL_DAYS) },
      ...{ skillIds: skillIds.slice(0, 2), alignment: 'MODERATE' },
      counterMetric: { kind: 'EXTERNAL_KPI', kpiId: 'first-time-right' },
    },
    'demo',
  );
  const [problem] = errors;
  if (problem !== undefined) throw new Error(problem.message);
  await app.goals.measureAll({ report: () => {}, shouldStop: () => false });
}

const DEMO_GOAL = 'at-home';
const DEMO_GOAL_DAYS = 120;
const DEMO_KPI_WEEKS = 16;

/** How the goal is doing. */
async function showGoal(app: App, out: Out): Promise<void> {
  const found = await app.goals.goal(DEMO_GOAL);
  if (found === null) return;
  const { goal, outlook } = found;
  out();
  out(
    `Goal “${goal.name}”: ${percent(outlook.current ?? 0)} of ${percent(goal.target)} by ${goal.dueOn}, ${outlook.status}`,
  );
}

async function show(app: App, organisation: DemoOrganisation, endpoint: string): Promise<void> {
  const learner = exampleLearner(organisation);
  const [page] = await app.recommendations.recommend([learner.id], 5, 'HOME');
  if (page === undefined) throw new Error('One learner gives one list');
  const out = (line = '') => process.stdout.write(`${line}\n`);
  out();
  out(`What should ${learner.id} (${learner.department}, ${learner.location}) learn next?`);
  out(`  strategy ${page.strategy}, model ${page.modelVersion}`);
  for (const { rank, course, reasons } of page.items) {
    const length = course.durationMinutes === null ? '' : `, ${course.durationMinutes} min`;
    out(`  ${rank}. ${course.title} (${course.kind.toLowerCase()}${length})`);
    for (const reason of reasons) out(`       ${reason.text}`);
  }
  const [first] = page.items;
  if (first !== undefined) {
    const suggestion = await app.delivery.suggest(learner.id, {
      courseId: first.course.id,
      from: null,
      horizonDays: 14,
      count: 3,
      purpose: 'RECOMMENDATION',
    });
    out();
    out(`When should “${first.course.title}” reach them?`);
    for (const { label, probabilityActive, lift, reasons } of suggestion.windows) {
      out(
        `  ${label} (${suggestion.zone}): active with ${percent(probabilityActive)}, ${lift.toFixed(1)} × the usual hour`,
      );
      out(`       ${reasons[0]?.text ?? ''}`);
    }
    const basis = Object.entries(suggestion.basis).filter(([, share]) => share > 0);
    out(`  based on ${basis.map(([source, share]) => `${source.toLowerCase()} ${percent(share)}`).join(', ')}`);
  }
  await showGoal(app, out);
  for (const reader of await feedReaders(app, organisation)) await showFeed(app, organisation, reader, out);
  const { text: key } = await app.apiKeys.create({ name: 'Demo', role: 'ADMIN', scopes: [], expiresAt: null });
  const query = `{ recommendations(learnerId: \\"${learner.id}\\", first: 3) { edges { node { rank course { title } reasons { text } } } } }`;
  out();
  out(`Endpoint  ${endpoint}`);
  out(`API key   ${key}`);
  out(`Try       curl -s ${endpoint} -H 'content-type: application/json' -H 'authorization: Bearer ${key}' \\`);
  out(`            -d '{"query":"${query}"}'`);
}

type Out = (line?: string) => void;

const SHOWN_PER_SHELF = 3;

/** Somebody's feed as a portal would show it. */
async function showFeed(app: App, organisation: DemoOrganisation, { learner, who }: FeedReader, out: Out) {
  const { shelves } = await app.recommendations.feed(learner.id, SHOWN_PER_SHELF, 'HOME');
  const role = organisation.roles.find(({ id }) => id === learner.roleId)?.name ?? 'no role';
  out();
  out(`The feed of ${learner.id}: ${role} in ${learner.department}, ${who}`);
  for (const { title, reason, entries } of shelves) {
    out();
    out(`  ${title}`);
    out(`  ${reason}`);
    for (const entry of entries) {
      out(`    – ${entry.course.title} (${factsOf(entry).join(', ')})`);
      const [first] = entry.reasons;
      if (first !== undefined && first.text !== title) out(`        ${first.text}`);
    }
  }
}

type FeedEntry = Awaited<ReturnType<App['recommendations']['feed']>>['shelves'][number]['entries'][number];

/** What somebody wants to know of a course before they open it. */
function factsOf({ course, minutesLeft, nextSession }: FeedEntry): string[] {
  const facts = [course.kind.toLowerCase().replace('_', ' ')];
  if (minutesLeft !== null) facts.push(`${minutesLeft} min left`);
  else if (course.durationMinutes !== null) facts.push(`${course.durationMinutes} min`);
  if (nextSession !== null) facts.push(`next on ${nextSession.startsAt.toISOString().slice(0, 10)}`);
  return facts;
}

interface FeedReader {
  readonly learner: Learner;
  readonly who: string;
}

/** Three people in different places: somebody who started today, somebody with a history, somebody with duties. */
async function feedReaders(app: App, organisation: DemoOrganisation): Promise<FeedReader[]> {
  const now = new Date();
  const open = new Set<string>();
  for (const { learnerId, courseId, dueAt } of organisation.assignments()) {
    if (dueAt === null || dueAt < now) continue;
    const isDone = organisation.interactionsOf(learnerId).some((i) => i.courseId === courseId && ENDS.has(i.verb));
    if (!isDone) open.add(learnerId);
  }
  const personal: FeedReader[] = [];
  for (const isDuty of [false, true]) {
    const learner = firstLearner(organisation, (one, completed) => {
      return open.has(one.id) === isDuty && completed >= TELLING_HISTORY / (isDuty ? 3 : 1);
    });
    if (learner !== null) personal.push({ learner, who: isDuty ? 'with training due' : 'with a history' });
  }
  return [{ learner: await welcomeNewcomer(app, organisation), who: 'who started today' }, ...personal];
}

const ENDS = new Set(['COMPLETED', 'PASSED', 'WAIVED']);

function firstLearner(
  organisation: DemoOrganisation,
  isWanted: (learner: Learner, completed: number) => boolean,
): Learner | null {
  for (const learner of organisation.learners()) {
    if (!learner.active || learner.personalisationOptOut || learner.roleId === null) continue;
    const completed = organisation.interactionsOf(learner.id).filter((i) => i.verb === 'COMPLETED').length;
    if (isWanted(learner, completed)) return learner;
  }
  return null;
}

/** Stores a colleague of the same post as somebody there, of whom nothing is known but two skills. */
async function welcomeNewcomer(app: App, organisation: DemoOrganisation): Promise<Learner> {
  const model = firstLearner(organisation, (_, completed) => completed === 0) ?? exampleLearner(organisation);
  const newcomer = { ...model, id: 'newcomer', targetRoleId: null, managerId: null, hiredOn: null };
  await app.learners.upsertLearners([{ ...newcomer, ...localTimes(newcomer) }]);
  const role = organisation.roles.find(({ id }) => id === newcomer.roleId);
  const skills = role?.skills.slice(0, 2) ?? [];
  await app.learners.recordSkillEvidence(
    skills.map(({ skillId }, i) => ({ learnerId: newcomer.id, skillId, source: 'SELF', level: i === 0 ? 0.7 : 0.3 })),
  );
  return newcomer;
}

/** Courses completed, enough to show a personal list. */
const TELLING_HISTORY = 25;

/** Somebody with a fair history and a rhythm to find. */
function exampleLearner(organisation: DemoOrganisation): Learner {
  let best: { learner: Learner; distance: number } | null = null;
  for (const learner of organisation.learners()) {
    if (!learner.active || learner.personalisationOptOut) continue;
    const completed = organisation.interactionsOf(learner.id).filter((i) => i.verb === 'COMPLETED').length;
    const distance = Math.abs(completed - TELLING_HISTORY);
    if (best === null || distance < best.distance) best = { learner, distance };
    if (distance === 0) break;
  }
  if (best === null) throw new Error('The demo organisation has no active learner');
  return best.learner;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
