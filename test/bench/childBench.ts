import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChildService, startChildService } from '../support/childService.js';
import { startPostgresCluster } from '../support/postgresCluster.js';
import { oneOf } from './arguments.js';
import type { Size } from './demoBench.js';
import { count, print, printMachine } from './printing.js';
import { prepare } from './serve.js';

export interface PreparedService {
  readonly service: ChildService;
  /** Of an administrator. */
  readonly key: string;
  readonly learnerIds: readonly string[];
}

/**
 * Tells of machine and size, loads a demo organisation, trains, and starts the service as a process of its own, on the
 * embedded database, on the server of `DATABASE_URL`, or on a server of its own that is gone afterwards.
 *
 * @param settings of the service, besides those of the database
 * @throws BenchUsageError for another database than `postgres` or `embedded`
 */
export async function withPreparedService(
  databaseName: string,
  size: Size,
  settings: Readonly<Record<string, string>>,
  use: (prepared: PreparedService) => Promise<void>,
): Promise<void> {
  const database = oneOf('--database', databaseName, ['postgres', 'embedded']);
  printMachine();
  print(
    `${count(size.learnerCount)} learners × ${count(size.courseCount)} courses, ${size.months} months, ${database}`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  const given = process.env['DATABASE_URL'];
  const ownServer = database === 'postgres' && given === undefined ? await startPostgresCluster() : null;
  const url = database === 'embedded' ? undefined : (given ?? (await ownServer?.createDatabase()));
  const env = { DATA_DIR: folder, ...(url === undefined ? {} : { DATABASE_URL: url }) };
  try {
    const { learnerIds, key } = await prepare(env, size, false);
    const service = await startChildService({ env: { ...env, LOG_LEVEL: 'info', ...settings }, key });
    try {
      await use({ service, key, learnerIds });
    } finally {
      await service.kill('SIGTERM');
    }
  } finally {
    await ownServer?.remove();
    await rm(folder, { recursive: true, force: true });
  }
}
