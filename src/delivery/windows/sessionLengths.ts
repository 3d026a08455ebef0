import { countSittings, type SittingCount, sittingQuantile } from '../../learners/sittings.js';
import type { SessionLengths } from './preferredUse.js';

/**
 * How long somebody's sittings are; null without any.
 *
 * @param sorted shortest first
 */
export function sessionLengths(sorted: readonly SittingCount[]): SessionLengths | null {
  const sessions = countSittings(sorted);
  if (sessions === 0) return null;
  return { sessions, p50Minutes: sittingQuantile(sorted, 0.5), p75Minutes: sittingQuantile(sorted, 0.75) };
}
