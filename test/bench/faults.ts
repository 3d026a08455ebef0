import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type App, openApp } from '../../src/app.js';
import { loadDemo } from '../../src/cli/demo.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger } from '../../src/platform/logger.js';
import { runFreezes } from '../support/faults/freezes.js';
import { runKillCycles } from '../support/faults/killCycles.js';
import { runTrainingKills } from '../support/faults/trainingKills.js';
import { type PostgresCluster, startPostgresCluster } from '../support/postgresCluster.js';
import { BenchUsageError, oneOf, wholeNumber } from './arguments.js';
import { count, figure, median, print, printMachine, quantile } from './printing.js';

const HELP = `Usage: npm run bench -- faults [OPTIONS]

Starts the service as a process of its own, breaks it or its database again and again, and looks what became of what it had
acknowledged. Exits with 1 when anything was lost, doubled or served by the wrong model.

  --part kills|training|freeze   kill -9 while activity comes in (the default), or in the middle of trainings; or a
                            PostgreSQL server whose processes are held still
  --database postgres|embedded   a throw-away PostgreSQL server (the default), or the embedded database
  --cycles N                kills; default 200, of trainings 50; freezes: 5
  --events N                acknowledged events in all; default 200000
  --minutes N               no further kill is begun after this; default 30
  --seed N                  of the moments of chance; default 1

With PostgreSQL every tenth cycle first kills a process of the server, which then recovers by itself. Only processes that the
bench started are killed, and everything listens on loopback.
`;

interface Place {
  readonly env: Readonly<Record<string, string>>;
  readonly cluster: PostgresCluster | null;
  close(): Promise<void>;
}

interface Settings {
  readonly part: Part;
  readonly cycles: number;
  readonly events: number;
  readonly budgetMs: number;
  readonly seed: number;
}

const CYCLES = { kills: '200', training: '50', freeze: '5' } as const;
type Part = keyof typeof CYCLES;
/** How often a process of the server is killed as well. */
const EVERY = 10;
/** Cycles between two lines of progress. */
const TELL_EVERY = 10;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      part: { type: 'string', default: 'kills' },
      database: { type: 'string', default: 'postgres' },
      cycles: { type: 'string' },
      events: { type: 'string', default: '200000' },
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const part = oneOf('--part', values.part, ['kills', 'training', 'freeze']);
  const database = oneOf('--database', values.database, ['postgres', 'embedded']);
  const settings: Settings = {
    part,
    cycles: wholeNumber('--cycles', values.cycles ?? CYCLES[part], 1, 10_000),
    events: wholeNumber('--events', values.events, 1, 100_000_000),
    budgetMs: wholeNumber('--minutes', values.minutes, 1, 1_440) * 60_000,
    seed: wholeNumber('--seed', values.seed, 0),
  };
  printMachine();
  const place = await openPlace(database);
  try {
    const isGood = await PARTS[part](place, settings);
    print(isGood ? 'good' : 'BAD');
    if (!isGood) process.exitCode = 1;
  } finally {
    await place.close();
  }
}

async function openPlace(database: 'postgres' | 'embedded'): Promise<Place> {
  if (database === 'postgres') {
    const cluster = await startPostgresCluster();
    return { env: { DATABASE_URL: await cluster.createDatabase() }, cluster, close: () => cluster.remove() };
  }
  const folder = await mkdtemp(join(tmpdir(), 'waymark-faults-'));
  return {
    env: { DATA_DIR: join(folder, 'data') },
    cluster: null,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

const open = ({ env }: Place): Promise<App> => openApp({ config: readConfig(env), logger: createLogger('error') });

async function kills(place: Place, { cycles, events, budgetMs, seed }: Settings): Promise<boolean> {
  const { env, cluster } = place;
  const startedAtMs = performance.now();
  const report = await runKillCycles({
    env,
    cycles,
    events,
    seed,
    budgetMs,
    open: () => open(place),
    alsoKill:
      cluster === null ? null : { everyCycles: EVERY, kill: () => cluster.killBackend(env['DATABASE_URL'] as string) },
    onCycle: (cycle, { acknowledged, unanswered }) => {
      if (cycle % TELL_EVERY === 0) {
        print(`${cycle} cycles, ${count(acknowledged)} events acknowledged, ${unanswered} calls without an answer`);
      }
    },
  });
  const { lost, doubled, profilesAstray, problems } = report;
  print(`kill -9 of the service: ${report.kills.serving} while it served, ${report.kills.starting} while it started`);
  if (cluster !== null) print(`kill -9 of a process of the server: ${report.others}`);
  print(`${count(report.acknowledged)} events acknowledged: ${lost} lost, ${doubled} doubled`);
  print(
    `${report.unanswered} calls without an answer were sent again; ${count(report.storedUnanswered)} of their rows were ` +
      'stored already and told to be duplicates',
  );
  print(`profiles of ${report.learnersCompared} learners folded anew from the log: ${profilesAstray} differ`);
  printStarts(report.startMs);
  print(`${figure((performance.now() - startedAtMs) / 60_000)} minutes`);
  for (const problem of problems.slice(0, 5)) print(`unexpected: ${problem}`);
  return lost + doubled + profilesAstray + problems.length === 0;
}

const SIZE = { seed: 1, learnerCount: 100, courseCount: 50, months: 3 } as const;

async function trainings(place: Place, { cycles, budgetMs, seed }: Settings): Promise<boolean> {
  const organisation = createDemoOrganisation({ ...SIZE, now: new Date() });
  const app = await open(place);
  await loadDemo(app, organisation);
  const { text: key } = await app.apiKeys.create({ name: 'bench', role: 'ADMIN', scopes: [], expiresAt: null });
  await app.close();
  const [learner] = organisation.learners();
  const report = await runTrainingKills({
    env: { ...place.env, TRAIN_THREADS: '1' },
    key,
    learnerId: learner?.id ?? '',
    kills: cycles,
    seed,
    budgetMs,
    // Elsewhere another process takes a job over when its worker has been silent for half a minute.
    forgetWorkers: async () => {
      const url = place.env['DATABASE_URL'];
      if (url !== undefined) await silenceWorkers(url);
    },
    onKill: (kill, { model, whileTraining }) => {
      if (kill % TELL_EVERY === 0)
        print(`${kill} kills, the last ${whileTraining ? 'in' : 'after'} a training; ${model}`);
    },
  });
  print(`${report.kills} kills, ${report.whileTraining} of them while a training was under way`);
  print(`${report.models} different models were live at a restart; ${report.wrongModel} restarts with the wrong one`);
  const ms = report.modelAfterMs;
  print(
    `list of the right model after the first answer: median ${figure(median(ms))} ms, most ${figure(Math.max(...ms))} ms`,
  );
  printStarts(report.startMs);
  return report.wrongModel === 0;
}

async function silenceWorkers(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`UPDATE job SET heartbeat_at = 'epoch' WHERE status = 'RUNNING'`);
  await client.end();
}

const ENDS_WITHIN_MS = 3_000;
const USUAL_WITHIN_MS = 5_000;

async function freezes({ cluster }: Place, { cycles }: Settings): Promise<boolean> {
  if (cluster === null) throw new BenchUsageError('--part freeze takes --database postgres.');
  const { calls, degradedLists, wrong, callMs, usualAfterMs } = await runFreezes(cluster, cycles);
  const [longest, latest] = [Math.max(...callMs), Math.max(...usualAfterMs)];
  print(
    `${cycles} freezes: ${count(calls)} calls, ${count(degradedLists)} of them lists made of memory, ${wrong} wrong`,
  );
  print(`calls: median ${figure(median(callMs))} ms, most ${figure(longest)} ms`);
  print(`the usual service after a thaw: median ${figure(median(usualAfterMs))} ms, most ${figure(latest)} ms`);
  return wrong === 0 && longest < ENDS_WITHIN_MS && latest < USUAL_WITHIN_MS;
}

const PARTS: Readonly<Record<Part, (place: Place, settings: Settings) => Promise<boolean>>> = {
  kills,
  training: trainings,
  freeze: freezes,
};

function printStarts(startMs: readonly number[]): void {
  const [middle, late] = [median(startMs), quantile(startMs, 0.95)].map((ms) => figure(ms / 1_000));
  print(`from the start of the process to its first answer: median ${middle} s, 95th percentile ${late} s`);
}
