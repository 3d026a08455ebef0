/** How much an organisation lets its people be reached, set by L&D. */
export interface DeliveryPolicy {
  /** Least time between two messages to one person, in hours, 0 or more. */
  readonly minimumGapHours: number;
  /** Most messages to one person in one week of their local calendar, from Monday on; a whole number, 0 or more. */
  readonly weeklyBudget: number;
  /** 0–1: most of a team, by head count, in windows at any instant, whoever plans them; but always one person. */
  readonly teamShare: number;
  /** Smallest team, by active people of the department, that `teamShare` applies to; a whole number, 1 or more. */
  readonly teamShareFrom: number;
  /** 0–1: share of suggestions that try out an hour at random instead of the best one; see `firstChoice`. */
  readonly explorationShare: number;
}

/**
 * What holds until L&D says otherwise. The gap is below a day, so that a person may be reached at the same hour on two
 * days in a row.
 */
export const DEFAULT_DELIVERY_POLICY: DeliveryPolicy = {
  minimumGapHours: 20,
  weeklyBudget: 3,
  teamShare: 0.2,
  teamShareFrom: 5,
  explorationShare: 0.1,
};
