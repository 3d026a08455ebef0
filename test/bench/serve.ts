import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openApp } from '../../src/app.js';
import { loadDemo } from '../../src/cli/demo.js';
import { trainWithProgress } from '../../src/cli/train.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger } from '../../src/platform/logger.js';
import { LIST_LENGTH } from '../../src/recommendations/madeList.js';
import { recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { startChildService } from '../support/childService.js';
import { startPostgresCluster } from '../support/postgresCluster.js';
import { recommendationInputs } from '../support/recommendationInputs.js';
import { oneOf, wholeNumber, wholeNumbers } from './arguments.js';
import { inOwnProcess } from './ownProcess.js';
import { count, figure, megabytes, print, printMachine, printTable } from './printing.js';
import { memoryOf } from './processFigures.js';
import type { LoadReport, LoadRequest } from './serveLoad.js';
import { timed } from './timed.js';

const HELP = `Usage: npm run bench -- serve [OPTIONS]

Loads a demo organisation, trains, starts the service as a process of its own as operators do, and asks it over HTTP from another
process for the first ten recommendations of one learner after the other, with the course and the reasons of each.

  --learners N                  default 2000
  --courses N                   default 1000
  --months N                    of activity; default 3
  --seconds N                   of load at each rate; default 10
  --rates N,N,…                 requests a second, sent whether or not earlier ones were answered; default 50,100,200
  --warm-up N                   requests before anything is timed; default 1000
  --within N                    ms: looks for the highest rate at which 99 of 100 are answered in time; default 20
  --loaded                      the server of DATABASE_URL holds the organisation already, trained
  --database postgres|embedded  a throw-away PostgreSQL server (the default; DATABASE_URL instead when set), or the embedded one

Machines differ and are noisy: compare within one run. A server of this bench does not wait for the disk at commits.
`;

/** Enough that hardly a request finds its learner in a cache. */
const MOST_LEARNERS_ASKED = 20_000;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      learners: { type: 'string', default: '2000' },
      courses: { type: 'string', default: '1000' },
      months: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '10' },
      rates: { type: 'string', default: '50,100,200' },
      'warm-up': { type: 'string', default: '1000' },
      within: { type: 'string', default: '20' },
      database: { type: 'string', default: 'postgres' },
      loaded: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const seconds = wholeNumber('--seconds', values.seconds, 1, 600);
  const rates = wholeNumbers('--rates', values.rates, 1);
  const warmUp = wholeNumber('--warm-up', values['warm-up'], 0, 100_000);
  const withinMs = wholeNumber('--within', values.within, 1, 10_000);
  const database = oneOf('--database', values.database, ['postgres', 'embedded']);
  const size = {
    learnerCount: wholeNumber('--learners', values.learners, 50, 100_000),
    courseCount: wholeNumber('--courses', values.courses, 40, 10_000),
    months: wholeNumber('--months', values.months, 1, 60),
  };
  printMachine();
  print(
    `${count(size.learnerCount)} learners × ${count(size.courseCount)} courses, ${size.months} months, ${database}`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  const ownServer =
    database === 'postgres' && process.env['DATABASE_URL'] === undefined ? await startPostgresCluster() : null;
  const url = database === 'embedded' ? null : (process.env['DATABASE_URL'] ?? (await ownServer?.createDatabase()));
  const env = { DATA_DIR: folder, LOG_LEVEL: 'info', ...(url == null ? {} : { DATABASE_URL: url }) };
  try {
    const { learnerIds, key } = await prepare(env, size, values.loaded);
    const startedMs = performance.now();
    const service = await startChildService({ env: { ...env, LOG_LEVEL: 'info' }, key });
    try {
      await firstAnswer(service.ask, learnerIds[0] as string);
      print(`from start to the first recommendation ${figure((performance.now() - startedMs) / 1000)} s`);
      const report = await inOwnProcess<LoadRequest, LoadReport>('./serveLoad.js', {
        url: service.url,
        key,
        learnerIds,
        seconds,
        rates,
        warmUp,
        withinMs,
      });
      printReport(report, withinMs);
      print(await eventLoopDelay(service.url, key));
      print(`memory of the service ${megabytes((await memoryOf(service.pid)).nowBytes)}`);
    } finally {
      await service.kill('SIGTERM');
    }
    await printSplit(env, learnerIds);
  } finally {
    await ownServer?.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Size {
  readonly learnerCount: number;
  readonly courseCount: number;
  readonly months: number;
}

/** Loads the organisation, trains, and makes a key. */
export async function prepare(env: Readonly<Record<string, string>>, size: Size, isLoaded: boolean) {
  const app = await openApp({
    config: readConfig({ TRAIN_BUDGET_SECONDS: '0', ...env }),
    logger: createLogger('warn'),
  });
  try {
    const organisation = createDemoOrganisation({ seed: 1, ...size, now: new Date() });
    if (!isLoaded) {
      await loadDemo(app, organisation);
      await trainWithProgress(app.training);
    }
    const { text: key } = await app.apiKeys.create({ name: 'Bench', role: 'ADMIN', scopes: [], expiresAt: null });
    const learnerIds: string[] = [];
    for (const { id } of organisation.learners()) {
      learnerIds.push(id);
      if (learnerIds.length === MOST_LEARNERS_ASKED) break;
    }
    return { learnerIds, key };
  } finally {
    await app.close();
  }
}

async function firstAnswer(ask: <Data>(query: string) => Promise<Data>, learnerId: string): Promise<void> {
  await ask(`{ recommendations(learnerId: ${JSON.stringify(learnerId)}, first: 10) { servedListId } }`);
}

function printReport({ emptyP50Ms, alone, rates, mostWithin }: LoadReport, withinMs: number): void {
  print(`a request that asks for nothing: p50 ${figure(emptyP50Ms)} ms`);
  print(`one at a time: p50 ${figure(alone.p50Ms)} ms, p99 ${figure(alone.p99Ms)} ms, of ${count(alone.requests)}`);
  printTable(
    ['sent a second', 'answered a second', 'p50', 'p99', 'failed'],
    rates.map(({ rate, answeredPerSecond, p50Ms, p99Ms, failed }) => [
      String(rate),
      figure(answeredPerSecond),
      `${figure(p50Ms)} ms`,
      `${figure(p99Ms)} ms`,
      String(failed),
    ]),
  );
  const most = mostWithin === null ? 'none that was tried' : `${mostWithin} a second`;
  print(`highest rate with p99 ≤ ${withinMs} ms: ${most}`);
}

/** The clock that Node measures the delay by looks so often, and counts that as well. */
const SAMPLED_EVERY_MS = 10;

/** As the service tells it itself: since its last reading, which is that of the start. */
async function eventLoopDelay(url: string, key: string): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  const ms = (name: string) =>
    Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, 'm').exec(text)?.[1]) * 1_000 - SAMPLED_EVERY_MS;
  return `delay of the event loop: p50 ${figure(ms('p50'))} ms, p99 ${figure(ms('p99'))} ms, longest ${figure(ms('max'))} ms`;
}

/** Where the time of a request goes, in this process and without any load. */
async function printSplit(env: Readonly<Record<string, string>>, learnerIds: readonly string[]): Promise<void> {
  const app = await openApp({ config: readConfig({ ...env }), logger: createLogger('warn') });
  try {
    const index = createServingIndex(app.catalog.snapshot, app.training.liveModel);
    const asked = learnerIds.slice(0, SPLIT_LEARNERS);
    const states = await app.learners.states(asked);
    const now = new Date();
    await timed('of it: reading the learner', asked, (id) => app.learners.states([id]));
    await timed('of it: working out list and reasons', states, async (state) => {
      recommend(recommendationInputs({ now, state, index }), LIST_LENGTH, 10);
    });
    await timed('all but HTTP and GraphQL, recorded', asked, (id) => app.recommendations.recommend([id], 10, 'HOME'));
  } finally {
    await app.close();
  }
}

const SPLIT_LEARNERS = 1_000;
