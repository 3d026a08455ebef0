import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createRunFolder, type SystemUser } from './runFolder.js';

/** A throw-away PostgreSQL server on a loopback port. */
export interface PostgresCluster {
  /** Of its database `postgres`. */
  readonly url: string;
  /** A new, empty database; its address. */
  createDatabase(): Promise<string>;
  /** Stops and starts the server on the same port; `immediate` is what a crash of the server is like. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** Holds every process of the server still: connections stay open, and nothing answers. */
  freeze(): void;
  /** Kills the process behind one of the connections to a database, which makes the server end all and recover. */
  killBackend(url: string): Promise<void>;
  thaw(): void;
  /** Stops the server and removes its folder. */
  remove(): Promise<void>;
}

const OLDEST_SERVER = 15;
const START_WITHIN_MS = 30_000;
const PORT_TRIES = 5;
const SUPERUSER = 'waymark';

const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'wal_level=minimal',
  'max_wal_senders=0',
  'shared_buffers=32MB',
  'jit=off',
  // Unlike the zone of the embedded database, so that a query which depends on the zone of the server is found out.
  'timezone=Asia/Kolkata',
];

/**
 * Nothing has to outlive the machine. Commits still reach the operating system before they are acknowledged, so what the
 * tests say of a server that is killed holds.
 */
const WITHOUT_WAITING = ['fsync=off', 'full_page_writes=off'];

/** The user to run a server as; null: whoever runs the tests. */
function serverUser(): SystemUser | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((option) => spawnSync('id', [option, name], { encoding: 'utf8' }).stdout);
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody" to run it as. ' +
      'Run the tests as another user, or set WAYMARK_TEST_DATABASE_URL to a server that runs already.',
  );
}

/**
 * The folder with the programs of the newest PostgreSQL server on this machine.
 *
 * @throws Error saying what to install when there is none, or none that is new enough
 */
function findServerBin(): string {
  const asked = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  const folders = [
    asked,
    ...versions.map((version) => join(debian, version, 'bin')),
    // Programs on the path are often links, and the server looks for its own files beside where it really is.
    ...(process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '' && existsSync(join(folder, 'postgres')))
      .map((folder) => join(realpathSync(join(folder, 'postgres')), '..')),
  ];
  const found = [...new Set(folders)]
    .filter((folder) => ['initdb', 'pg_ctl', 'postgres'].every((program) => existsSync(join(folder, program))))
    .map((folder) => ({ folder, major: majorVersion(folder) }))
    .sort((a, b) => b.major - a.major);
  const [newest] = found;
  if (newest !== undefined && newest.major >= OLDEST_SERVER) return newest.folder;
  const problem =
    newest === undefined
      ? `No PostgreSQL server (initdb, pg_ctl, postgres) was found by pg_config, on the PATH or in ${debian}`
      : `The newest PostgreSQL found, in ${newest.folder}, is version ${newest.major}`;
  throw new Error(
    `${problem}. The tests start a server of their own and need version ${OLDEST_SERVER} or later: ` +
      'on Debian and Ubuntu `apt-get install postgresql`, on a Mac `brew install postgresql`. ' +
      'Or set WAYMARK_TEST_DATABASE_URL to a running server on which the tests may create databases.',
  );
}

function majorVersion(folder: string): number {
  const { stdout } = spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' });
  return Number(/(\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

export interface ClusterOptions {
  /** Standard 150. */
  readonly maxConnections?: number;
  /** At every commit, as a server in earnest does. Standard false. */
  readonly waitsForDisk?: boolean;
}

/** Makes a new cluster in a folder of its own and starts its server. */
export async function startPostgresCluster({
  maxConnections = 150,
  waitsForDisk = false,
}: ClusterOptions = {}): Promise<PostgresCluster> {
  const bin = findServerBin();
  const user = serverUser();
  const folder = createRunFolder('postgres', user, bin);
  try {
    const program = { bin, user, folder: folder.path, maxConnections, waitsForDisk };
    const password = randomBytes(16).toString('hex');
    initialise(bin, user, folder.path, password);
    let { server, port } = await startOnFreePort(program, password);
    return {
      url: urlOf('postgres', password, port),
      async createDatabase() {
        const name = `test_${randomBytes(6).toString('hex')}`;
        const client = new pg.Client({ connectionString: urlOf('postgres', password, port) });
        await client.connect();
        await client.query(`CREATE DATABASE ${name}`);
        await client.end();
        return urlOf(name, password, port);
      },
      async restart(mode) {
        const stopped = once(server, 'exit');
        server.ref();
        server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
        await stopped;
        server = await startServer(program, password, port);
      },
      freeze: () => signalAll(server, 'SIGSTOP'),
      killBackend: async (url) => {
        const client = new pg.Client({ connectionString: url });
        client.on('error', () => {});
        await client.connect();
        const { rows } = await client.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'waymark'
           ORDER BY state, random() LIMIT 1`,
        );
        await client.end();
        const pid = rows[0]?.pid;
        if (pid === undefined) throw new Error('No service is connected to the database.');
        process.kill(pid, 'SIGKILL');
      },
      thaw: () => signalAll(server, 'SIGCONT'),
      remove: () => folder.remove(),
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

function initialise(bin: string, user: SystemUser | null, folder: string, password: string): void {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== null) chownSync(passwordFile, user.uid, user.gid);
  const { status, stdout, stderr, error } = spawnSync(
    join(bin, 'initdb'),
    [
      ...['--pgdata', join(folder, 'data'), '--username', SUPERUSER, '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-sync', '--no-instructions'],
      // Sorts by language, as most servers do and the embedded database does not: no answer may depend on it.
      ...['--locale', 'C', '--locale-provider', 'icu', '--icu-locale', 'en'],
    ],
    { ...user, cwd: folder, env: serverEnvironment(), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`initdb in ${bin} failed.\n${error?.message ?? ''}${stdout}${stderr}`);
}

const serverEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], LC_ALL: 'C' });

function urlOf(database: string, password: string, port: number): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

/** What server is started where. */
interface ServerProgram {
  readonly bin: string;
  readonly user: SystemUser | null;
  readonly folder: string;
  readonly maxConnections: number;
  readonly waitsForDisk: boolean;
}

async function startOnFreePort(program: ServerProgram, password: string) {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    try {
      return { server: await startServer(program, password, port), port };
    } catch (error) {
      // Somebody else may have taken the port between finding it and using it.
      if (tries === PORT_TRIES || !String(error).includes('could not bind')) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has an address');
  return address.port;
}

/** Resolves when the server answers. */
async function startServer(program: ServerProgram, password: string, port: number): Promise<ChildProcess> {
  const { bin, user, folder, maxConnections, waitsForDisk } = program;
  const settings = [...SETTINGS, ...(waitsForDisk ? [] : WITHOUT_WAITING), `max_connections=${maxConnections}`];
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'w');
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', join(folder, 'data'), '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: folder, env: serverEnvironment(), detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  server.unref();
  const deadline = Date.now() + START_WITHIN_MS;
  while (!(await answers(urlOf('postgres', password, port)))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      throw new Error(`The PostgreSQL server did not start.\n${readFileSync(logFile, 'utf8')}`);
    }
    await sleep(50);
  }
  return server;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The server's processes are its children, each the leader of a process group of its own. */
function signalAll(server: ChildProcess, signal: 'SIGSTOP' | 'SIGCONT'): void {
  if (server.pid === undefined) return;
  const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ');
  // The parent first when stopping, lest it start another child.
  for (const pid of [server.pid, ...children.filter((text) => text !== '').map(Number)]) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // one that has just ended
    }
  }
}
