/** A level this much short of what a course expects is still enough to follow all of it: levels are not that exact. */
export const READY_WITHIN = 0.1;
/** This much short, nothing of the course can be followed any more. */
export const LOST_BELOW = 0.5;

/**
 * How much of a course a learner can follow: 1 from `levelFrom − READY_WITHIN` upwards, falling in a straight line to 0 at
 * `levelFrom − LOST_BELOW`.
 *
 * @param level what the learner can, 0–1
 * @param levelFrom what the course expects, 0–1
 */
export function readiness(level: number, levelFrom: number): number {
  const shortBy = levelFrom - level;
  return Math.min(1, Math.max(0, (LOST_BELOW - shortBy) / (LOST_BELOW - READY_WITHIN)));
}
