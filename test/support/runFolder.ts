import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A system user to run a program as, since a database server refuses to run as root. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface RunFolder {
  readonly path: string;
  /** Stops the server in it, if one runs there, and removes it with everything inside. */
  remove(): Promise<void>;
}

// Waits for its standard input to end, which also happens when the tests are killed: then a trap or a teardown function
// would be too late. The server may have been frozen by a test, and one that is cannot stop.
const KEEPER = `
  trap '' INT TERM HUP
  cat > /dev/null
  if [ -f "$1/data/postmaster.pid" ]; then
    kill -CONT "$(head -n 1 "$1/data/postmaster.pid")"
    "$2/pg_ctl" stop -D "$1/data" -m immediate -t 20
  fi
  rm -rf "$1"
`;

/**
 * A new folder that is gone once the process that made it is gone, however that ends.
 *
 * @param owner whom it belongs to; null: whoever runs the tests
 * @param serverBin where `pg_ctl` of a server is that will keep its data in `data/` there; null: there will be none
 */
export function createRunFolder(prefix: string, owner: SystemUser | null, serverBin: string | null): RunFolder {
  const path = mkdtempSync(join(folderOpenToAll(), `waymark-${prefix}-`));
  chmodSync(path, 0o700);
  if (owner !== null) chownSync(path, owner.uid, owner.gid);
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', path, serverBin ?? ''], {
    ...owner,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(keeper, 'exit');
  keeper.unref();
  return {
    path,
    async remove() {
      keeper.ref();
      keeper.stdin.end();
      await ended;
    },
  };
}

/** The first of the usual temporary folders that another user can reach too. */
function folderOpenToAll(): string {
  const open = [tmpdir(), '/tmp', '/var/tmp'].find((folder) => isWritable(folder) && isReachable(folder));
  if (open === undefined) throw new Error('None of the temporary folders can be used; set TMPDIR to one that can.');
  return open;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function isReachable(folder: string): boolean {
  if (process.getuid?.() !== 0) return true;
  for (let path = folder; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
