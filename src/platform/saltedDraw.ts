import { createHash } from 'node:crypto';

const PARTS = 2 ** 48;

/**
 * Where an id falls in [0, 1): the first 48 bits of the SHA-256 of `salt:id`. The same in every process, uniform over
 * ids, and independent between salts.
 */
export function saltedDraw(salt: string, id: string): number {
  return createHash('sha256').update(`${salt}:${id}`).digest().readUIntBE(0, 6) / PARTS;
}
