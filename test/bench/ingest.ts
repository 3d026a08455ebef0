import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openApp } from '../../src/app.js';
import { loadDemoPeople } from '../../src/cli/demo.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger } from '../../src/platform/logger.js';
import { startChildService } from '../support/childService.js';
import { startPostgresCluster } from '../support/postgresCluster.js';
import { oneOf, wholeNumber } from './arguments.js';
import type { IngestReport, IngestRequest } from './ingestLoad.js';
import { inOwnProcess } from './ownProcess.js';
import { count, figure, megabytes, print, printMachine } from './printing.js';
import { cpuMs, memoryOf } from './processFigures.js';

const HELP = `Usage: npm run bench -- ingest [OPTIONS]

Loads the people and the courses of a demo organisation, starts the service as a process of its own as operators do, and sends
it what they did from another process, in order of time and in batches: each is stored and folded into profiles when answered.

  --learners N                  default 5000
  --courses N                   default 1000
  --months N                    of activity; default 3
  --events N                    of it, the latest; default 200000
  --rows N                      in a batch; default 1000
  --senders N                   batches under way at once; default 2
  --no-sync                     the throw-away server does not wait for the disk at commits
  --database postgres|embedded  a throw-away PostgreSQL server (the default; DATABASE_URL instead when set), or the embedded one

Machines differ and are noisy: compare within one run.
`;

/** Before the clock runs. */
const WARM_UP_EVENTS = 20_000;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      learners: { type: 'string', default: '5000' },
      courses: { type: 'string', default: '1000' },
      months: { type: 'string', default: '3' },
      events: { type: 'string', default: '200000' },
      rows: { type: 'string', default: '1000' },
      senders: { type: 'string', default: '2' },
      database: { type: 'string', default: 'postgres' },
      'no-sync': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const database = oneOf('--database', values.database, ['postgres', 'embedded']);
  const organisation = {
    seed: 1,
    learnerCount: wholeNumber('--learners', values.learners, 50, 100_000),
    courseCount: wholeNumber('--courses', values.courses, 40, 10_000),
    months: wholeNumber('--months', values.months, 1, 60),
    nowMs: Date.now(),
  };
  const sent = {
    events: wholeNumber('--events', values.events, 1_000, 10_000_000),
    warmUpEvents: WARM_UP_EVENTS,
    rowsPerBatch: wholeNumber('--rows', values.rows, 1, 1_000),
    senders: wholeNumber('--senders', values.senders, 1, 16),
  };
  printMachine();
  print(`${count(organisation.learnerCount)} learners × ${count(organisation.courseCount)} courses, ${database}`);
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  const isOwnServer = database === 'postgres' && process.env['DATABASE_URL'] === undefined;
  const ownServer = isOwnServer ? await startPostgresCluster({ waitsForDisk: !values['no-sync'] }) : null;
  const url = database === 'embedded' ? null : (process.env['DATABASE_URL'] ?? (await ownServer?.createDatabase()));
  const env = { DATA_DIR: folder, ...(url == null ? {} : { DATABASE_URL: url }) };
  try {
    const key = await prepare(env, organisation);
    const service = await startChildService({ env, key });
    try {
      const before = await cpuMs(service.pid);
      const report = await inOwnProcess<IngestRequest, IngestReport>('./ingestLoad.js', {
        url: service.url,
        key,
        organisation,
        ...sent,
      });
      const { events, seconds, p50Ms, p99Ms, stored } = report;
      print(
        `${count(Math.round(events / seconds))} events a second, of ${count(events)} in batches of ${sent.rowsPerBatch}`,
      );
      print(`a batch: p50 ${figure(p50Ms)} ms, p99 ${figure(p99Ms)} ms, ${sent.senders} under way at once`);
      const cpu = ((await cpuMs(service.pid)) - before) / stored;
      print(`${count(stored)} stored; CPU of the service ${figure(cpu * 1_000)} µs an event`);
      print(`memory of the service ${megabytes((await memoryOf(service.pid)).nowBytes)}`);
    } finally {
      await service.kill('SIGTERM');
    }
  } finally {
    await ownServer?.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(
  env: Readonly<Record<string, string>>,
  { nowMs, ...size }: IngestRequest['organisation'],
): Promise<string> {
  const app = await openApp({ config: readConfig({ ...env }), logger: createLogger('warn') });
  try {
    await loadDemoPeople(app, createDemoOrganisation({ ...size, now: new Date(nowMs) }));
    const { text } = await app.apiKeys.create({ name: 'Bench', role: 'ADMIN', scopes: [], expiresAt: null });
    return text;
  } finally {
    await app.close();
  }
}
