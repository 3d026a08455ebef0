import { saltedDraw } from '../../platform/saltedDraw.js';

/** Anything else that is drawn by learner id is drawn independently of this. */
const SALT = 'rules-holdout';

/**
 * Whether somebody belongs to the share of people whom soft rules never touch and who take part in no experiment: the one
 * holdout that everything is measured against. The same people always: a greater share holds out everybody whom a
 * smaller one does, and nothing but the id decides.
 *
 * @param percent 0–100
 */
export function isHeldOut(learnerId: string, percent: number): boolean {
  return percent > 0 && saltedDraw(SALT, learnerId) < percent / 100;
}
