import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, inject } from 'vitest';

const DATABASE_KINDS = ['embedded', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASE_KINDS)[number];

/** Runs the same tests on both kinds of database. */
export function describeOnBothDatabases(name: string, tests: (kind: DatabaseKind) => void): void {
  describe.each(DATABASE_KINDS)(`${name}, database: %s`, tests);
}

/** A database that belongs to one test file or one test alone. */
export interface FreshDatabase {
  /** Settings with which the service opens it. */
  readonly env: Readonly<Record<string, string>>;
  /** Embedded: what it begins with, in memory. */
  readonly seedTar: string | null;
  drop(): Promise<void>;
}

/** A migrated, otherwise empty database. */
export async function createDatabase(kind: DatabaseKind): Promise<FreshDatabase> {
  if (kind === 'embedded') return { env: {}, seedTar: inject('seedTar'), drop: async () => {} };
  const { url, drop } = await createServerDatabase(inject('templateDatabase'));
  return { env: { DATABASE_URL: url }, seedTar: null, drop };
}

/** A database on the tests' PostgreSQL server; copied from `template0` it has no tables. */
export async function createServerDatabase(template: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `${inject('templateDatabase')}_${randomBytes(6).toString('hex')}`;
  const url = new URL(inject('postgresUrl'));
  url.pathname = name;
  await execute(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  return { url: url.href, drop: () => execute(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** A data folder as after a first start; making one takes seconds. */
export function newDataDir(): string {
  const dataDir = mkdtempSync(join(inject('runFolder'), 'data-'));
  const postgres = join(dataDir, 'postgres');
  mkdirSync(postgres, { mode: 0o700 });
  execFileSync('tar', ['-xf', inject('seedTar'), '-C', postgres], { stdio: 'ignore' });
  return dataDir;
}

async function execute(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
