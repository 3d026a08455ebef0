import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource, type DataSourceOptions, type EntityManager, type MixedList, QueryFailedError } from 'typeorm';
import type { Config } from '../config.js';
import { DomainError, RETRY_SOON } from '../errors.js';
import type { Logger } from '../logger.js';
import { AWAY_MESSAGE, DatabaseAway, DatabaseWatch } from './databaseWatch.js';
import { type DataDirLock, lockDataDir } from './dataDirLock.js';
import { requireRoomToStart, roomOf } from './dataDirSpace.js';
import { startEmbeddedDatabase } from './embeddedDatabase.js';
import { StorageWatch } from './storageWatch.js';

export interface DatabaseOptions {
  readonly config: Config['database'];
  readonly entities: MixedList<new () => object>;
  readonly migrations: NonNullable<DataSourceOptions['migrations']>;
  readonly logger: Logger;
  /** Embedded only, for tests: start from this dump, in memory. */
  readonly seedTar?: string;
}

export interface Database {
  readonly dataSource: DataSource;
  readonly kind: 'postgres' | 'embedded';
  /** Whether it has room to store anything. */
  readonly storage: Pick<StorageWatch, 'isFull'>;
  /**
   * Brings the planner's statistics up to date after much was written. A server also does that by itself within minutes;
   * the embedded database never does.
   */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

/** Whoever can run SQL: the data source, or the manager of an open transaction. */
export type Queryable = Pick<EntityManager, 'query'>;

/** A statement with its values put in: the rows. */
export type PreparedStatement<Row> = (values: readonly unknown[]) => Promise<Row[]>;

/** What the driver of the data source keeps its connections in. */
interface ConnectionPool {
  query(statement: { name?: string; text: string; values: readonly unknown[] }): Promise<{ rows: unknown[] }>;
}

const poolOf = (dataSource: DataSource): ConnectionPool =>
  (dataSource.driver as unknown as { readonly master: ConnectionPool }).master;

/** The server does not know the name, or knows it already: a pooler hands one session to several clients in turn. */
const NAME_OF_ANOTHER_SESSION = new Set(['26000', '42P05']);

/**
 * A statement that each connection reads only once and, on a server, soon plans only once, for what nearly every request
 * asks: planning a large one takes longer than running it. It runs on a connection of its own, so not within a
 * transaction. Behind a pooler that does not keep names apart it does without one, as any other statement.
 *
 * @param sql its result must keep its columns and their types: no `*`
 */
export function prepareStatement<Row>(dataSource: DataSource, sql: string): PreparedStatement<Row> {
  // The name stands for the text: two texts under one name would be taken for the same.
  const name = `waymark_${createHash('sha256').update(sql).digest('hex').slice(0, 32)}`;
  let keepsNames = true;
  return async (values) => {
    const pool = poolOf(dataSource);
    const statement = { text: sql, values };
    if (!keepsNames) return (await pool.query(statement)).rows as Row[];
    try {
      return (await pool.query({ ...statement, name })).rows as Row[];
    } catch (error) {
      if (!NAME_OF_ANOTHER_SESSION.has((error as { readonly code?: string }).code ?? '')) throw error;
      // Refused before anything ran.
      keepsNames = false;
      return (await pool.query(statement)).rows as Row[];
    }
  };
}

/** As `prepareStatement`, one for each number of rows that is asked for. */
export function prepareByCount<Row>(
  dataSource: DataSource,
  sqlOf: (count: number) => string,
): (count: number) => PreparedStatement<Row> {
  const prepared = new Map<number, PreparedStatement<Row>>();
  return (count) => {
    const known = prepared.get(count) ?? prepareStatement<Row>(dataSource, sqlOf(count));
    prepared.set(count, known);
    return known;
  };
}

/** Waiting longer than this for the embedded session means that a transaction waits for itself. */
const EMBEDDED_WAIT_MS = 20_000;
const TIDY_EVERY_MS = 60 * 60_000;
const TRY_STORING_EVERY_MS = 1_000;
const MIGRATION_LOCK = 727_001;
const MIGRATIONS_TABLE = 'schema_migration';
/** The oldest PostgreSQL that the SQL here is tested on. */
const OLDEST_SERVER = 15;

/**
 * An open database with every migration applied: a PostgreSQL server when `config.url` is set, else PostgreSQL in
 * WebAssembly in `config.dataDir`.
 *
 * @throws Error saying what is wrong and what to do when the server or the folder cannot be used
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database =
    options.config.url === null ? await openEmbedded(options) : await openServer(options, options.config.url);
  try {
    if (database.kind === 'embedded') await database.dataSource.runMigrations();
    else if (!(await isMigrated(database.dataSource))) await migrateServer(options, options.config.url ?? '');
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

function commonOptions({ entities, migrations, config }: DatabaseOptions) {
  return {
    type: 'postgres',
    entities,
    migrations,
    migrationsTransactionMode: 'each',
    migrationsTableName: MIGRATIONS_TABLE,
    synchronize: false,
    logging: false,
    applicationName: 'waymark',
    // Without these the driver waits for ever on a frozen server or an exhausted pool.
    connectTimeoutMS: config.connectTimeoutMs,
  } as const satisfies Partial<DataSourceOptions>;
}

async function openServer(options: DatabaseOptions, url: string): Promise<Database> {
  const { config, logger } = options;
  const watch = new DatabaseWatch(url, logger);
  const storage = new StorageWatch(logger);
  const dataSource = new DataSource({
    ...commonOptions(options),
    url,
    driver: { Pool: watchedPool(watch, storage) },
    poolSize: config.poolSize,
    poolErrorHandler: (error: unknown) =>
      logger[watch.isAway ? 'debug' : 'warn']({ err: error }, 'an idle database connection failed'),
    extra: {
      connectionTimeoutMillis: config.connectTimeoutMs,
      query_timeout: config.queryTimeoutMs,
      statement_timeout: config.queryTimeoutMs,
      idle_in_transaction_session_timeout: config.queryTimeoutMs,
      keepAlive: true,
    },
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    throw new Error(`Cannot reach the PostgreSQL server of DATABASE_URL: ${messageOf(error)}`, { cause: error });
  }
  const [row] = (await dataSource.query('SHOW server_version_num')) as { server_version_num: string }[];
  const major = Math.floor(Number(row?.server_version_num ?? 0) / 10_000);
  if (major < OLDEST_SERVER) {
    await dataSource.destroy();
    throw new Error(`The server of DATABASE_URL is PostgreSQL ${major}; version ${OLDEST_SERVER} or later is needed.`);
  }
  const destroyPool = dataSource.destroy.bind(dataSource);
  dataSource.destroy = async () => {
    storage.stop();
    await watch.stop();
    await destroyPool();
  };
  watch.start();
  storage.start({ hasRoom: () => canStore(dataSource), everyMs: TRY_STORING_EVERY_MS, always: false });
  return {
    dataSource,
    kind: 'postgres',
    storage,
    async tidy() {
      await dataSource.query('ANALYZE');
    },
    close: () => dataSource.destroy(),
  };
}

type ConnectCallback = Parameters<pg.Pool['connect']>[0];

/**
 * The driver's pool of connections, which refuses at once while the server is away.
 *
 * @param watch null: the database is part of this process
 */
function watchedPool(watch: DatabaseWatch | null, storage: StorageWatch) {
  return class extends pg.Pool {
    constructor(options: pg.PoolConfig) {
      super(options);
      this.on('connect', (client) => {
        watch?.follow(client);
        storage.follow(client);
        // A server that ends a connection in the very moment in which it is handed out says so before anybody listens,
        // which would end the process. Whoever runs a statement on it next is told.
        client.on('error', () => {});
      });
    }

    override connect(): Promise<pg.PoolClient>;
    override connect(callback: ConnectCallback): void;
    override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
      if (callback === undefined) return watch?.isAway ? Promise.reject(new DatabaseAway()) : super.connect();
      if (watch?.isAway) callback(new DatabaseAway(), undefined, () => {});
      else super.connect(callback);
      return undefined;
    }
  };
}

/** A little of nothing, gone as soon as it is stored; while there is no room for it the server says so. */
async function canStore(dataSource: DataSource): Promise<boolean> {
  await dataSource.query(
    `CREATE TEMPORARY TABLE storage_probe ON COMMIT DROP AS SELECT repeat('x', 1000) FROM generate_series(1, 100)`,
  );
  return true;
}

async function openEmbedded(options: DatabaseOptions): Promise<Database> {
  const { config, logger, seedTar = null } = options;
  const fatal = (error: Error) => {
    // Without its database the process can do nothing, and must not pretend: let the supervisor start it again.
    logger.fatal({ err: error }, 'the embedded database is gone');
    process.exit(70);
  };
  const lock: DataDirLock | null = seedTar === null ? await lockDataDir(config.dataDir, fatal) : null;
  const storage = new StorageWatch(logger);
  try {
    if (lock !== null) await requireRoomToStart(config.dataDir);
    const embedded = await startEmbeddedDatabase(
      { dataDir: seedTar === null ? join(config.dataDir, 'postgres') : null, seedTar },
      fatal,
    );
    const dataSource = new DataSource({
      ...commonOptions(options),
      driver: { Pool: watchedPool(null, storage) },
      poolSize: 1,
      extra: {
        stream: () => embedded.stream(),
        ssl: false,
        user: 'postgres',
        database: 'postgres',
        idleTimeoutMillis: 0,
        connectionTimeoutMillis: EMBEDDED_WAIT_MS,
      },
    });
    // Whoever destroys the data source must close the engine as well: left open it keeps the process alive and leaves
    // its folder as after a crash.
    const destroyPool = dataSource.destroy.bind(dataSource);
    dataSource.destroy = async () => {
      storage.stop();
      await destroyPool();
      await embedded.close();
      await lock?.release();
    };
    await dataSource.initialize();
    // Nothing tells this session that its tables have grown, so a plan that is kept could be one for empty tables.
    await dataSource.query('SET plan_cache_mode = force_custom_plan');
    if (lock !== null) storage.start(roomOf(config.dataDir, dataSource));
    const tidy = async () => {
      if (!storage.isFull) await dataSource.query('VACUUM (ANALYZE)');
    };
    const timer = setInterval(() => {
      tidy().catch((error) => logger.warn({ err: error }, 'the embedded database could not be tidied'));
    }, TIDY_EVERY_MS);
    timer.unref();
    return {
      dataSource,
      kind: 'embedded',
      storage,
      tidy,
      async close() {
        clearInterval(timer);
        await dataSource.destroy();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

/**
 * Whether every migration has been applied, as at most starts. Each is noted in its own transaction: where another process
 * is at it, its last one is missing still.
 */
async function isMigrated(dataSource: DataSource): Promise<boolean> {
  const [found] = (await dataSource.query(`SELECT to_regclass($1) IS NOT NULL AS "hasAny"`, [MIGRATIONS_TABLE])) as {
    hasAny: boolean;
  }[];
  if (found?.hasAny !== true) return false;
  const rows = (await dataSource.query(`SELECT m.name FROM ${MIGRATIONS_TABLE} m`)) as { name: string }[];
  const applied = new Set(rows.map(({ name }) => name));
  return dataSource.migrations.every(({ name }) => applied.has(name ?? ''));
}

/**
 * Migrates over connections of their own: TypeORM takes no lock, so services that start together would run one migration
 * twice and fail, and a migration of a large table may take longer than any request may.
 */
async function migrateServer(options: DatabaseOptions, url: string): Promise<void> {
  // Without the tables, which take a while to be put together.
  const dataSource = new DataSource({ ...commonOptions(options), entities: [], url, poolSize: 2 });
  await dataSource.initialize();
  const session = dataSource.createQueryRunner();
  try {
    await session.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.runMigrations();
  } finally {
    await session.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => {});
    await session.release();
    await dataSource.destroy();
  }
}

/** What the driver says, without a code, of a connection that is gone, cannot be had, or no longer answers. */
const DRIVER_GAVE_UP =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired$|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable|The embedded database stopped)/;
/** What TypeORM says of a connection that was lost within a transaction, from the next statement on. */
const LOST_IN_TRANSACTION = /^QueryRunner(Provider)?AlreadyReleasedError$/;
const UNAVAILABLE_CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['08000', '08001', '08003', '08004', '08006'], // connection exceptions
  ...['53300', '57P01', '57P02', '57P03'], // too many connections, shutting down, crashed, starting up
  ...['57014', '25P03', '25P04'], // statement, idle and transaction time-outs
]);
/** Disk full; a session or server that may not write: the embedded one of a disk that is nearly full. */
const NO_STORING_CODES = new Set(['53100', '25006']);
/** The server undid a transaction because others were in its way. */
const GAVE_WAY_CODES = new Set(['40P01', '40001']); // deadlock, serialization failure

/**
 * The error for the caller when the database was to blame for a failure, rather than the query, and the same call may
 * succeed later; else null. TypeORM wraps what the driver throws, and a service may wrap it once more: the whole chain
 * counts.
 */
export function asUnavailable(error: unknown): DomainError | null {
  for (const cause of causesOf(error)) {
    if (cause instanceof DomainError) return cause.code === 'UNAVAILABLE' ? cause : null;
    const { code } = cause as { readonly code?: unknown };
    if (typeof code === 'string' && GAVE_WAY_CODES.has(code)) {
      return new DomainError(
        'UNAVAILABLE',
        'Other calls changed the same rows at the same time. Nothing was stored by this call; try again shortly.',
        RETRY_SOON,
      );
    }
    if (typeof code === 'string' && NO_STORING_CODES.has(code)) {
      return new DomainError(
        'UNAVAILABLE',
        'The database can store nothing at the moment: its disk is full, or it takes reads only. Nothing that this call ' +
          'was to store is acknowledged; send it again once there is room.',
        RETRY_SOON,
      );
    }
    if (isLoss(cause)) return new DomainError('UNAVAILABLE', AWAY_MESSAGE, RETRY_SOON);
  }
  return null;
}

/** Whether the database could not be asked at all, or did not answer in time. */
export const isAway = (error: unknown): boolean =>
  causesOf(error).some((cause) => cause instanceof DatabaseAway || isLoss(cause));

function isLoss(cause: Error): boolean {
  const { code } = cause as { readonly code?: unknown };
  return (
    (typeof code === 'string' && UNAVAILABLE_CODES.has(code)) ||
    DRIVER_GAVE_UP.test(cause.message) ||
    LOST_IN_TRANSACTION.test(cause.name)
  );
}

/**
 * How loud to say that what is tried again by itself did not work: that the database is away, or full, is in the log once,
 * not with everything that it keeps from working.
 */
export function levelOf(error: unknown): 'debug' | 'warn' {
  if (error instanceof DatabaseAway) return 'debug';
  return NO_STORING_CODES.has(String((error as { readonly code?: unknown } | null)?.code)) ? 'debug' : 'warn';
}

/** An error and those it wraps, from the outside in. */
function causesOf(error: unknown): readonly Error[] {
  const found = new Set<Error>();
  const waiting = [error];
  while (waiting.length > 0) {
    const next = waiting.shift();
    if (!(next instanceof Error) || found.has(next)) continue;
    found.add(next);
    waiting.push(next.cause);
    if (next instanceof QueryFailedError) waiting.push(next.driverError);
    if (next instanceof AggregateError) waiting.push(...next.errors);
  }
  return [...found];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
