import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockTimes {
  /** How often an owner touches its lock. */
  readonly heartbeatMs: number;
  /** An owner on another machine or in another container that has been silent this long is taken for dead. */
  readonly silenceMs: number;
}

const LOCK_TIMES: LockTimes = { heartbeatMs: 2_000, silenceMs: 15_000 };

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
 * @param onLost called once when somebody else took the folder or removed the lock, after which nothing may be written
 * @throws Error naming the owner when another process has the folder
 */
export async function lockDataDir(
  dir: string,
  onLost: (error: Error) => void,
  times: LockTimes = LOCK_TIMES,
): Promise<DataDirLock> {
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
    if (await isAlive(owner, path, times)) {
      throw new Error(
        `The data folder ${dir} is in use by process ${owner.pid} on ${owner.host} since ${owner.since}. ` +
          'Stop that process, or set DATA_DIR to another folder, or set DATABASE_URL to use a PostgreSQL server.',
      );
    }
    await removeStale(path, owner);
  }
  let isHeld = true;
  const beat = async () => {
    const owner = await read(path);
    if (!isHeld) return;
    if (owner?.token === own.token) {
      const now = new Date();
      await utimes(path, now, now);
      return;
    }
    isHeld = false;
    clearInterval(heartbeat);
    const what = owner === null ? 'no longer has its lock file' : 'was taken over by another process';
    onLost(new Error(`The data folder ${dir} ${what}`));
  };
  // A lock that cannot be read for a moment (no file handle left, a hiccup of the disk) is not lost; the next beat tells.
  const heartbeat = setInterval(() => void beat().catch(() => {}), times.heartbeatMs);
  heartbeat.unref();
  return {
    async release() {
      isHeld = false;
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

async function isAlive(owner: Owner, path: string, { heartbeatMs, silenceMs }: LockTimes): Promise<boolean> {
  if (owner.host === hostname() && owner.pidNamespace === (await pidNamespace())) {
    try {
      process.kill(owner.pid, 0);
    } catch (error) {
      if (codeOf(error) === 'ESRCH') return false;
    }
    return owner.processStart === (await processStart(owner.pid));
  }
  const before = await touchedAtMs(path);
  for (let waitedMs = 0; waitedMs < silenceMs; waitedMs += heartbeatMs) {
    await sleep(heartbeatMs);
    const touched = await touchedAtMs(path);
    if (touched === null) return false;
    if (touched !== before) return true;
  }
  return false;
}

/** Null when the lock is gone. */
async function touchedAtMs(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
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
