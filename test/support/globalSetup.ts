import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger } from '../../src/platform/logger.js';
import { startPostgresCluster } from './postgresCluster.js';
import { createRunFolder } from './runFolder.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a PostgreSQL server's database `postgres`, for making and dropping others. */
    readonly postgresUrl: string;
    /** A migrated, otherwise empty database there; the names of the tests' databases begin with its name. */
    readonly templateDatabase: string;
    /** A dump of a migrated, otherwise empty embedded database. */
    readonly seedTar: string;
    /** For files; it goes when the run ends. */
    readonly runFolder: string;
  }
}

let undo: (() => Promise<unknown>)[] = [];

/** One PostgreSQL server and one migrated database of each kind for the whole run; tests copy from these. */
export async function setup(project: TestProject): Promise<void> {
  const folder = createRunFolder('tests', null, null);
  undo.push(() => folder.remove());
  try {
    const postgresUrl = process.env['WAYMARK_TEST_DATABASE_URL'] || (await startServer());
    const templateDatabase = `waymark_test_${randomBytes(4).toString('hex')}`;
    const seedTar = join(folder.path, 'seed.tar');
    await Promise.all([createTemplate(postgresUrl, templateDatabase), createSeed(join(folder.path, 'seed'), seedTar)]);
    project.provide('postgresUrl', postgresUrl);
    project.provide('templateDatabase', templateDatabase);
    project.provide('seedTar', seedTar);
    project.provide('runFolder', folder.path);
  } catch (error) {
    await teardown();
    throw error;
  }
}

export async function teardown(): Promise<void> {
  const steps = undo.reverse();
  undo = [];
  for (const step of steps) await step();
}

async function startServer(): Promise<string> {
  const cluster = await startPostgresCluster();
  undo.push(() => cluster.remove());
  return cluster.url;
}

async function createTemplate(postgresUrl: string, name: string): Promise<void> {
  const url = new URL(postgresUrl);
  url.pathname = name;
  await execute(postgresUrl, `CREATE DATABASE ${name}`);
  undo.push(() => dropDatabases(postgresUrl, name));
  await migrate({ DATABASE_URL: url.href });
}

/** The tests drop their own databases; this is for the template, and for tests that broke off. */
async function dropDatabases(postgresUrl: string, prefix: string): Promise<void> {
  const rows = await execute(postgresUrl, `SELECT datname FROM pg_database WHERE starts_with(datname, '${prefix}')`);
  for (const { datname } of rows) await execute(postgresUrl, `DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
}

async function execute(url: string, sql: string): Promise<{ datname: string }[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ datname: string }>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function createSeed(dataDir: string, tarFile: string): Promise<void> {
  await migrate({ DATA_DIR: dataDir });
  const db = await PGlite.create({ dataDir: join(dataDir, 'postgres') });
  const tar = await db.dumpDataDir('none');
  await db.close();
  writeFileSync(tarFile, Buffer.from(await tar.arrayBuffer()));
}

async function migrate(env: Readonly<Record<string, string>>): Promise<void> {
  const app = await openApp({ config: readConfig(env), logger: createLogger('error') });
  await app.close();
}
