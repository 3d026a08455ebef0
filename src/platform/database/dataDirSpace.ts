import { statfs } from 'node:fs/promises';
import type { StorageLook } from './storageWatch.js';

const MB = 2 ** 20;
/**
 * The embedded engine cannot end a write for which the log finds no room: it stands still for good. So nothing is written
 * once less is left than four segments of its log, of 16 MB each, take.
 */
const LEAST_TO_WRITE_BYTES = 64 * MB;
/** A little more than that before writing begins again, lest it stop and go. */
const ENOUGH_TO_WRITE_BYTES = 72 * MB;
/** After a crash the engine writes before it answers. */
const LEAST_TO_START_BYTES = 40 * MB;
/** Often enough that what comes in between two looks does not use up the margin. */
const LOOK_EVERY_MS = 250;

interface Session {
  query(sql: string): Promise<unknown>;
}

const freeBytes = async (dir: string): Promise<number> => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

/** @throws Error saying what to do when there is too little room for the engine to start */
export async function requireRoomToStart(dir: string): Promise<void> {
  const free = await freeBytes(dir);
  if (free >= LEAST_TO_START_BYTES) return;
  throw new Error(
    `The disk with the data folder ${dir} is full: ${Math.floor(free / MB)} MB are left, and the embedded database needs ` +
      `${LEAST_TO_START_BYTES / MB} MB to start. Make room on it, or move the folder and set DATA_DIR.`,
  );
}

/**
 * Looks how much room a folder has, and lets the one session of its database write or not accordingly.
 *
 * @param free the bytes that are left on the disk with a folder
 */
export function roomOf(dir: string, session: Session, free = freeBytes): StorageLook {
  return {
    everyMs: LOOK_EVERY_MS,
    always: true,
    async hasRoom(isFull) {
      const room = (await free(dir)) >= (isFull ? ENOUGH_TO_WRITE_BYTES : LEAST_TO_WRITE_BYTES);
      if (room === isFull) await session.query(`SET default_transaction_read_only = ${room ? 'off' : 'on'}`);
      return room;
    },
  };
}
