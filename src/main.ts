import { openApp } from './app.js';
import { readConfig } from './platform/config.js';
import { announceFirstKey } from './platform/firstKey.js';
import { createLogger } from './platform/logger.js';

/** Long enough for requests under way, short enough for an orchestrator's patience. */
const STOP_WITHIN_MS = 25_000;
const EXIT_USAGE = 64;

const USAGE = 'Usage: main.js [serve | work]\n  serve  answers requests only\n  work   does background work only\n';

async function main(role: string | undefined): Promise<void> {
  if (role !== undefined && role !== 'serve' && role !== 'work') {
    process.stderr.write(USAGE);
    process.exit(EXIT_USAGE);
  }
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const app = await openApp({ config, logger });
  const server = role === 'work' ? null : await app.serve();
  if (role !== 'serve') app.work();
  if (server !== null) {
    await announceFirstKey(app.apiKeys, config, `${server.url}/graphql`);
    logger.info({ url: server.url, database: app.database.kind, role: role ?? 'serve and work' }, 'ready');
  } else {
    logger.info({ database: app.database.kind, role }, 'ready');
  }

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
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
