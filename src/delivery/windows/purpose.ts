/** What a delivery is for; see `budgetApplies` and `mayExplore` for what hangs on it. */
export const DELIVERY_PURPOSES = ['RECOMMENDATION', 'REQUIRED', 'REMINDER', 'LIVE_SESSION'] as const;
export type DeliveryPurpose = (typeof DELIVERY_PURPOSES)[number];

/**
 * Whether the weekly budget of messages limits this purpose. Required learning is exempt: somebody whose week is used up
 * by recommendations must still hear of what they are obliged to do. It counts against the budget like anything else,
 * and keeps every other constraint: quiet hours, work pattern, leave, holidays, mutes and the gap between messages.
 */
export function budgetApplies(purpose: DeliveryPurpose): boolean {
  return purpose !== 'REQUIRED';
}

/** Whether hours may be tried out with this purpose: nobody's required learning is an experiment. */
export function mayExplore(purpose: DeliveryPurpose): boolean {
  return purpose !== 'REQUIRED';
}
