/** How many sittings lasted so many whole minutes. */
export interface SittingCount {
  readonly minutes: number;
  readonly sittings: number;
}

export const countSittings = (counts: readonly SittingCount[]): number =>
  counts.reduce((sum, { sittings }) => sum + sittings, 0);

/**
 * The least length that this share of sittings does not exceed: the quantile by nearest rank; 0 without any.
 *
 * @param sorted shortest first
 * @param share  0–1
 */
export function sittingQuantile(sorted: readonly SittingCount[], share: number): number {
  const rank = share * countSittings(sorted);
  let seen = 0;
  for (const { minutes, sittings } of sorted) {
    seen += sittings;
    if (seen >= rank) return minutes;
  }
  return 0;
}
