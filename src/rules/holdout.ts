import { createHash } from 'node:crypto';

/** Anything else that is drawn by learner id is drawn independently of this. */
const SALT = 'rules-holdout';
const PARTS = 2 ** 48;

/**
 * Whether somebody belongs to the share of people whom soft rules never touch. The same people always: a greater share
 * holds out everybody whom a smaller one does, and nothing but the id decides.
 *
 * @param percent 0–100
 */
export function isHeldOut(learnerId: string, percent: number): boolean {
  if (percent <= 0) return false;
  const drawn = createHash('sha256').update(`${SALT}:${learnerId}`).digest().readUIntBE(0, 6);
  return drawn < (percent / 100) * PARTS;
}
