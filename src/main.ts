import { announceFirstKey } from './platform/access/firstKey.js';
import { readConfig, shareOf } from './platform/config.js';
import { reportReady, Workers, workerSlot } from './platform/jobs/workers.js';
import { createLogger } from './platform/logger.js';
import { gatherMetricsOfWorkers } from './platform/metrics.js';

/** Long enough for requests under way, short enough for an orchestrator's patience. */
const STOP_WITHIN_MS = 25_000;
const EXIT_USAGE = 64;

const USAGE = 'Usage: main.js [serve | work]\n  serve  answers requests only\n  work   does background work only\n';

type Role = 'serve' | 'work' | undefined;

async function main(role: string | undefined): Promise<void> {
  if (role !== undefined && role !== 'serve' && role !== 'work') {
    process.stderr.write(USAGE);
    process.exit(EXIT_USAGE);
  }
  const config = readConfig(process.env);
  const slot = workerSlot();
  if (slot === null && role !== 'work' && config.workers > 1) return await supervise(config);
  await runService(role, config, slot);
}

type Config = ReturnType<typeof readConfig>;

/** Serves, works in the background, or does both, in this process; as a worker, background work is the first one's. */
async function runService(role: Role, wholeConfig: Config, slot: number | null): Promise<void> {
  const config = slot === null ? wholeConfig : shareOf(wholeConfig);
  const logger = slot === null ? createLogger(config.logLevel) : createLogger(config.logLevel).child({ worker: slot });
  // A primary needs none of it.
  const { openApp } = await import('./app.js');
  const app = await openApp({ config, logger, isServing: role !== 'work' });
  const server = role === 'work' ? null : await app.serve();
  const works = role !== 'serve' && (slot === null || slot === 1);
  if (works) app.work();
  if (server !== null) await announceFirstKey(app.apiKeys, config, `${server.url}/graphql`);

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error('could not stop in time');
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
    (async () => {
      await server?.close();
      await app.close();
    })().then(
      () => process.exit(0),
      (error) => {
        logger.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const roles = [server === null ? [] : ['serve'], works ? ['work'] : []].flat().join(' and ');
  const about = { database: app.database.kind, role: roles, ...(server === null ? {} : { url: server.url }) };
  if (slot === null) logger.info(about, 'ready');
  else logger.info({ database: about.database, role: roles }, 'worker ready');
  if (server !== null) reportReady(server.url);
}

/** Keeps the workers running, and answers for them all. */
async function supervise(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel);
  gatherMetricsOfWorkers();
  const workers = new Workers(config.workers, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      logger.info({ signal }, 'stopping');
      workers.stop(STOP_WITHIN_MS + 1_000);
    });
  }
  const ended = await workers.run();
  if (ended.outcome === 'NEVER_READY') process.exit(ended.exitCode);
  process.exit(ended.isClean ? 0 : 1);
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
