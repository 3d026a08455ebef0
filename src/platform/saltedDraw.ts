import { hash } from 'node:crypto';

const PARTS = 2 ** 48;

/**
 * Where an id falls in [0, 1): the first 48 bits of the SHA-256 of `salt:id`. The same in every process, uniform over
 * ids, and independent between salts.
 */
export function saltedDraw(salt: string, id: string): number {
  // In one call: several draws belong to every request, and making a hash object costs more than the hash.
  return Number.parseInt(hash('sha256', `${salt}:${id}`).slice(0, 12), 16) / PARTS;
}
