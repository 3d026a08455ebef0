import type { Audience, GroupTrends, Trends } from '../learners/trends.js';

/** How people in one group take up one course. */
export interface GroupUptake {
  readonly audience: Audience;
  /** People of the group who took it up, and how many are in the group. */
  readonly people: number;
  readonly groupPeople: number;
  readonly recentPeople: number;
}

/** Trends laid out by the positions of a serving index; each column is made when it is first asked for. */
export interface TrendIndex {
  readonly trends: Trends;
  /**
   * By position: how much more often people of the audiences take the course up than people elsewhere, as a shrunk
   * logarithm of the ratio, the greatest of the audiences; at least 0, 0 where nothing is known.
   */
  peers(audiences: readonly Audience[]): Float32Array;
  /** By position: how much faster than before the group takes the course up, shrunk; at least 0. */
  trending(audience: Audience): Float32Array;
  /** By position: logarithm of 1 + people who took it up, anywhere. */
  readonly popularity: Float32Array;
  /** The audience that speaks loudest for the course in `peers`; null: none does. */
  loudest(audiences: readonly Audience[], position: number): GroupUptake | null;
  group(audience: Audience): GroupTrends | null;
}
