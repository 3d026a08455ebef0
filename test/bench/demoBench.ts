import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, openApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger } from '../../src/platform/logger.js';
import { startPostgresCluster } from '../support/postgresCluster.js';
import { oneOf, wholeNumber } from './arguments.js';
import { count, print, printMachine } from './printing.js';

/** Of a demo organisation. */
export interface Size {
  readonly learnerCount: number;
  readonly courseCount: number;
  readonly months: number;
}

interface SizeValues {
  readonly learners: string;
  readonly courses: string;
  readonly months: string;
}

/** @throws BenchUsageError */
export function readSize({ learners, courses, months }: SizeValues): Size {
  return {
    learnerCount: wholeNumber('--learners', learners, 50, 100_000),
    courseCount: wholeNumber('--courses', courses, 40, 10_000),
    months: wholeNumber('--months', months, 1, 60),
  };
}

/**
 * Tells of machine and size, and measures a service in this process: on the embedded database, on the server of
 * `DATABASE_URL`, or on one of its own that is gone afterwards.
 *
 * @throws BenchUsageError for another database than `postgres` or `embedded`
 */
export async function withService(
  databaseName: string,
  { learnerCount, courseCount, months }: Size,
  measure: (app: App) => Promise<void>,
): Promise<void> {
  const database = oneOf('--database', databaseName, ['postgres', 'embedded']);
  printMachine();
  print(`${count(learnerCount)} learners × ${count(courseCount)} courses, ${months} months, ${database}`);
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  const given = process.env['DATABASE_URL'];
  const ownServer = database === 'postgres' && given === undefined ? await startPostgresCluster() : null;
  const url = database === 'embedded' ? undefined : (given ?? (await ownServer?.createDatabase()));
  const env = {
    DATA_DIR: folder,
    PORT: '0',
    // On a busy machine slow answers are figures too.
    REQUEST_TIMEOUT_MS: '60000',
    TRAIN_BUDGET_SECONDS: '0',
    ...(url === undefined ? {} : { DATABASE_URL: url }),
  };
  const app = await openApp({ config: readConfig(env), logger: createLogger('warn') });
  try {
    await measure(app);
  } finally {
    await app.close();
    await ownServer?.remove();
    await rm(folder, { recursive: true, force: true });
  }
}
