import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { lockDataDir } from '../../src/platform/database/dataDirLock.js';

const QUICK = { heartbeatMs: 10, silenceMs: 200 };

/** Null where the system does not say. */
const pidNamespace = existsSync('/proc/self/ns/pid') ? readlinkSync('/proc/self/ns/pid') : null;

let dir: string;
let path: string;
let losses: string[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-lock-'));
  path = join(dir, 'waymark.lock');
  losses = [];
  onTestFinished(() => rmSync(dir, { recursive: true }));
});

async function take() {
  const lock = await lockDataDir(dir, (error) => losses.push(error.message), QUICK);
  onTestFinished(() => lock.release());
  return lock;
}

const readOwner = () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

/** As another process would leave it. */
function leaveLock(changes: Readonly<Record<string, unknown>>): void {
  const since = '2026-03-02T09:00:00.000Z';
  const here = { host: hostname(), pidNamespace };
  const owner = { token: 'other', pid: process.pid, processStart: null, since, ...here, ...changes };
  writeFileSync(`${path}.new`, JSON.stringify(owner));
  renameSync(`${path}.new`, path);
}

/** Long enough for several heartbeats. */
const someBeats = () => sleep(150);

describe('the lock of a data folder', () => {
  test('is refused to a second owner, who is told the first, and given again once released', async () => {
    const first = await take();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const { since } = readOwner();
    await expect(take()).rejects.toThrow(
      `The data folder ${dir} is in use by process ${process.pid} on ${hostname()} since ${since}. `,
    );
    await first.release();
    expect(readdirSync(dir)).toEqual([]);
    await take();
    expect(losses).toEqual([]);
  });

  test('is taken over from a process that has ended, and from one whose number another process bears now', async () => {
    leaveLock({ pid: spawnSync(process.execPath, ['--version']).pid });
    await (await take()).release();
    leaveLock({ pid: process.pid, processStart: 'long ago' });
    await take();
    expect(readOwner()).toMatchObject({ pid: process.pid });
  });

  test('goes to exactly one of several that find a dead owner', async () => {
    leaveLock({ pid: spawnSync(process.execPath, ['--version']).pid });
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(take));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await someBeats();
    expect(losses).toEqual([]);
    expect(readdirSync(dir)).toEqual(['waymark.lock']);
  });

  test.each([
    ['another machine', { host: 'elsewhere' }],
    ['another container', { pidNamespace: 'pid:[1]' }],
  ])('of %s is respected as long as it is touched, and no longer', async (_, place) => {
    leaveLock({ ...place, pid: 1 });
    let seconds = 0;
    const touching = setInterval(() => utimesSync(path, ++seconds, seconds), 20);
    await expect(take()).rejects.toThrow(
      `is in use by process 1 on ${readOwner()['host']} since 2026-03-02T09:00:00.000Z`,
    );
    clearInterval(touching);
    await take();
    expect(readOwner()).toMatchObject({ host: hostname(), pidNamespace });
  });

  test('of another machine that is given up while we wait is free', async () => {
    leaveLock({ host: 'elsewhere', pid: 1 });
    setTimeout(() => rmSync(path), 30);
    await take();
    expect(readOwner()).toMatchObject({ host: hostname() });
  });
});

describe('an owner', () => {
  test('keeps touching its lock', async () => {
    await take();
    utimesSync(path, 1, 1);
    await vi.waitFor(() => expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() - 60_000), { timeout: 5_000 });
  });

  test('learns once that another process took the folder, and leaves that lock alone', async () => {
    const lock = await take();
    leaveLock({});
    await vi.waitFor(() => expect(losses).toHaveLength(1), { timeout: 5_000 });
    await someBeats();
    expect(losses).toEqual([`The data folder ${dir} was taken over by another process`]);
    await lock.release();
    expect(readOwner()).toMatchObject({ token: 'other' });
  });

  test('learns that its lock was removed', async () => {
    await take();
    rmSync(path);
    await vi.waitFor(() => expect(losses).toHaveLength(1), { timeout: 5_000 });
    expect(losses).toEqual([`The data folder ${dir} no longer has its lock file`]);
  });

  test('does not take a lock that cannot be read for a moment for lost', async () => {
    await take();
    const kept = `${path}.kept`;
    linkSync(path, kept);
    // A link to itself: reading it fails, but it is there.
    symlinkSync(path, `${path}.loop`);
    renameSync(`${path}.loop`, path);
    await someBeats();
    expect(losses).toEqual([]);
    utimesSync(kept, 1, 1);
    renameSync(kept, path);
    await vi.waitFor(() => expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() - 60_000), { timeout: 5_000 });
    expect(losses).toEqual([]);
  });

  test('loses nothing by releasing it', async () => {
    for (let i = 0; i < 20; i += 1) {
      const lock = await take();
      await sleep(i);
      await lock.release();
      expect(existsSync(path)).toBe(false);
    }
    await someBeats();
    expect(losses).toEqual([]);
  });
});
