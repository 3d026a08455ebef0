import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../../../src/app.js';
import { createRandom, type Random } from '../../../src/stats/random.js';
import { aCourse, aLearner } from '../builders.js';
import { type ChildService, startChildService } from '../childService.js';
import { store } from '../ingest.js';
import { EventSender } from './eventSender.js';

export interface KillOptions {
  /** Settings with which the service opens its database, which is empty. */
  readonly env: Readonly<Record<string, string>>;
  readonly cycles: number;
  /** Acknowledged events in all. */
  readonly events: number;
  readonly seed: number;
  /** No further cycle is begun after this. */
  readonly budgetMs: number;
  /** Opens the same database in this process, once the service is gone. */
  readonly open: () => Promise<App>;
  /** Another thing to kill, before the service, in each so manieth cycle; null: never. */
  readonly alsoKill?: { readonly everyCycles: number; readonly kill: () => Promise<void> } | null;
  readonly onCycle?: (cycle: number, report: KillProgress) => void;
}

export interface KillProgress {
  readonly acknowledged: number;
  /** Calls that broke off. */
  readonly unanswered: number;
}

export interface KillReport extends KillProgress {
  /** Times that the service was killed: while it served, and while it was starting. */
  readonly kills: { readonly serving: number; readonly starting: number };
  /** Times that something else was killed before it. */
  readonly others: number;
  /** Rows that were stored although their call broke off; sent again they were told to be duplicates. */
  readonly storedUnanswered: number;
  /** Acknowledged events that are not in the log. */
  readonly lost: number;
  /** Events that are in the log more than once, or of which it knows and nobody sent. */
  readonly doubled: number;
  readonly learnersCompared: number;
  /** Learners whose profile differs from one folded anew from the log. */
  readonly profilesAstray: number;
  /** Answers about rows that were not as they should be. */
  readonly problems: readonly string[];
  /** From the start of the process to the first answer, for each start. */
  readonly startMs: readonly number[];
}

const LEARNERS = 200;
const COURSES = 60;
const ROWS_PER_BATCH = 100;
/** Some of the kills come while the service is starting. */
const SHARE_STARTING = 0.1;
const STARTING_MS = 2_000;
const JITTER_MS = 40;
const START_TRIES = 10;

/**
 * Kills the service with SIGKILL again and again at moments of chance while it takes in activity, as a portal sends it
 * that sends again what was not answered; then looks at what is in the database.
 */
export async function runKillCycles(options: KillOptions): Promise<KillReport> {
  const { env, cycles, events, seed, budgetMs, alsoKill = null } = options;
  const random = createRandom(seed);
  const courses = Array.from({ length: COURSES }, () => aCourse());
  const learners = Array.from({ length: LEARNERS }, () => aLearner());
  const sender = new EventSender({
    learnerIds: learners.map(({ id }) => id),
    courseIds: courses.map(({ id }) => id),
    rowsPerBatch: ROWS_PER_BATCH,
    random,
  });
  const startMs: number[] = [];
  const kills = { serving: 0, starting: 0 };
  let others = 0;
  let service = await startChildService({ env, key: null });
  const { key } = service;
  await store(service, { courses, learners });
  const untilMs = performance.now() + budgetMs;
  for (let cycle = 1; cycle <= cycles && performance.now() < untilMs; cycle += 1) {
    const left = events - sender.acknowledgedIds.size;
    const wanted = Math.max(ROWS_PER_BATCH, Math.round((2 * random.uniform() * left) / (cycles - cycle + 1)));
    if (alsoKill !== null && cycle % alsoKill.everyCycles === 0) {
      await sendAround(sender, service, wanted, random, alsoKill.kill);
      others += 1;
    }
    const most = cycle === cycles ? Math.max(wanted, left) : wanted;
    await sendAround(sender, service, most, random, async () => {
      await service.kill('SIGKILL');
    });
    kills.serving += 1;
    if (random.uniform() < SHARE_STARTING) {
      await killWhileStarting(env, key, random);
      kills.starting += 1;
    }
    const startedAtMs = performance.now();
    service = alsoKill === null ? await startChildService({ env, key }) : await startAsSupervised(env, key);
    startMs.push(performance.now() - startedAtMs);
    options.onCycle?.(cycle, { acknowledged: sender.acknowledgedIds.size, unanswered: sender.unanswered });
  }
  await sender.settle(service);
  await service.kill('SIGKILL');
  const app = await options.open();
  try {
    const found = await examine(app, sender.acknowledgedIds);
    const { unanswered, storedUnanswered, problems } = sender;
    const acknowledged = sender.acknowledgedIds.size;
    return { acknowledged, unanswered, kills, others, storedUnanswered, problems, startMs, ...found };
  } finally {
    await app.close();
  }
}

/** Sends, and strikes in the midst of it. */
async function sendAround(
  sender: EventSender,
  service: Pick<ChildService, 'post'>,
  events: number,
  random: Random,
  strike: () => Promise<void>,
): Promise<void> {
  let gone = false;
  await sender.send(service, events, () => false);
  const during = sender.send(service, Number.POSITIVE_INFINITY, () => gone);
  await sleep(random.uniform() * JITTER_MS);
  await strike();
  gone = true;
  await during;
}

/** Starts the service again when it ends because the server is still recovering from a kill of its own. */
async function startAsSupervised(env: KillOptions['env'], key: string): ReturnType<typeof startChildService> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startChildService({ env, key });
    } catch (error) {
      if (tries === START_TRIES) throw error;
      await sleep(500);
    }
  }
}

async function killWhileStarting(env: KillOptions['env'], key: string, random: Random): Promise<void> {
  const starting = startChildService({
    env,
    key,
    onSpawn: (kill) => setTimeout(kill, random.uniform() * STARTING_MS),
  });
  const service = await starting.catch(() => null);
  await service?.kill('SIGKILL');
}

/** Compares the log with what was acknowledged, and the profiles with the log. */
async function examine(app: App, acknowledged: ReadonlySet<string>) {
  const { dataSource } = app.database;
  const rows = (await dataSource.query(
    'SELECT event_id AS id, count(*)::integer AS n FROM interaction GROUP BY event_id',
  )) as { id: string; n: number }[];
  const logged = new Set(rows.map(({ id }) => id));
  const lost = [...acknowledged].filter((id) => !logged.has(id)).length;
  const doubled = rows.filter(({ id, n }) => n > 1 || !acknowledged.has(id)).length;
  const before = await profilesByLearner(app);
  await app.activity.rebuildProfiles({ report: () => {}, shouldStop: () => false });
  const after = await profilesByLearner(app);
  const profilesAstray = [...after].filter(([id, profile]) => before.get(id) !== profile).length;
  return { lost, doubled, learnersCompared: after.size, profilesAstray };
}

const PROFILE_TABLES = [
  'learner_profile',
  'learner_course',
  'learner_active_hour',
  'learner_touchpoint',
  'learner_search',
  'learner_page',
  'learner_sitting',
];

/** Everything that the profile of each learner holds, as text. */
async function profilesByLearner(app: App): Promise<ReadonlyMap<string, string>> {
  const profiles = new Map<string, string>();
  for (const table of PROFILE_TABLES) {
    const rows = (await app.database.dataSource.query(
      `SELECT t.learner_id AS id, json_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text COLLATE "C")::text AS rows
       FROM ${table} t GROUP BY t.learner_id ORDER BY t.learner_id`,
    )) as { id: string; rows: string }[];
    for (const { id, rows: text } of rows) profiles.set(id, `${profiles.get(id) ?? ''}\n${table} ${text}`);
  }
  return profiles;
}
