import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
/** An owner on another machine or in another container that has been silent this long is taken for dead. */
const SILENCE_MS = 15_000;

interface Owner {
  readonly token: string;
  readonly pid: number;
  /** Tells a process from a later one with the same pid; null where the system does not say. */
  readonly processStart: string | null;
  readonly host: string;
  /** Containers count their processes by themselves, each from 1; null where the system does not say. */
  readonly pidNamespace: string | null;
  readonly since: string;
}

export interface DataDirLock {
  release(): Promise<void>;
}

/**
 * Takes the folder for this process alone. The embedded database has no lock of its own, and two processes on one folder
 * silently lose each other's writes.
 *
 * The lock cannot go stale: an owner on this machine is alive exactly when its process is, and one elsewhere (a shared
 * volume, another container) must keep touching the file.
 *
 * @param onLost called when somebody else took the folder, after which nothing may be written to it
 * @throws Error naming the owner when another process has the folder
 */
export async function lockDataDir(dir: string, onLost: (error: Error) => void): Promise<DataDirLock> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const path = join(dir, 'waymark.lock');
  const own: Owner = {
    token: randomUUID(),
    pid: process.pid,
    processStart: await processStart(process.pid),
    host: hostname(),
    pidNamespace: await pidNamespace(),
    since: new Date().toISOString(),
  };
  while (!(await create(path, own))) {
    const owner = await read(path);
    if (owner === null) continue;
    if (await isAlive(owner, path)) {
      throw new Error(
        `The data folder ${dir} is in use by process ${owner.pid} on ${owner.host} since ${owner.since}. ` +
          'Stop that process, or set DATA_DIR to another folder, or set DATABASE_URL to use a PostgreSQL server.',
      );
    }
    await removeStale(path, owner);
  }
  const heartbeat = setInterval(() => {
    void (async () => {
      const owner = await read(path);
      if (owner?.token === own.token) {
        const now = new Date();
        await utimes(path, now, now);
      } else {
        clearInterval(heartbeat);
        onLost(new Error(`The data folder ${dir} was taken over by another process`));
      }
    })().catch(onLost);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      if ((await read(path))?.token === own.token) await rm(path, { force: true });
    },
  };
}

/** True when the lock file is ours now. Linking a complete file makes it appear whole or not at all. */
async function create(path: string, owner: Owner): Promise<boolean> {
  const draft = `${path}.${owner.token}`;
  await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function read(path: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function isAlive(owner: Owner, path: string): Promise<boolean> {
  if (owner.host === hostname() && owner.pidNamespace === (await pidNamespace())) {
    try {
      process.kill(owner.pid, 0);
    } catch (error) {
      if (codeOf(error) === 'ESRCH') return false;
    }
    return owner.processStart === (await processStart(owner.pid));
  }
  const touchedAt = async () => (await stat(path)).mtimeMs;
  const before = await touchedAt();
  for (let waited = 0; waited < SILENCE_MS; waited += HEARTBEAT_MS) {
    await sleep(HEARTBEAT_MS);
    if ((await touchedAt()) !== before) return true;
  }
  return false;
}

/** Renaming decides between two processes that both saw the same dead owner; a lock that was newer is put back. */
async function removeStale(path: string, dead: Owner): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await read(aside))?.token !== dead.token) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/** The start time of a process in kernel ticks; null where /proc does not exist. */
async function processStart(pid: number): Promise<string | null> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces: count from behind it.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

async function pidNamespace(): Promise<string | null> {
  return await readlink('/proc/self/ns/pid').catch(() => null);
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
