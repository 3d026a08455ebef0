import { assertFinite, type Interval } from './interval.js';

/** What a measured effect is worth, and what it cost to get. */
export interface Investment {
  /** Per unit, with its interval, from a comparison that may be called causal. */
  readonly effect: Pick<Interval, 'estimate' | 'low' | 'high'>;
  /** People, teams or whatever the effect is per; above 0. */
  readonly units: number;
  /** In money per unit of the effect, as agreed with whoever answers for it; negative where less is better. */
  readonly valuePerEffect: number;
  /** In the same money, everything it took. */
  readonly cost: number;
}

/** In shares of the cost: 0.5 when each coin spent came back with half another; −1 when nothing came back. */
export type ReturnOnInvestment = Interval;

/**
 * The return on an investment, `(benefit − cost) / cost` (Phillips 2003, level 5), at either end and in the middle of
 * the interval of the effect. Linear: units, value and cost are taken as certain, so the true spread is wider.
 *
 * @returns null when the cost is not above 0: there is no return on nothing
 * @throws RangeError when a figure is not finite, or there are no units
 */
export function returnOnInvestment(investment: Investment): ReturnOnInvestment | null {
  const { effect, units, valuePerEffect, cost } = investment;
  for (const figure of [effect.estimate, effect.low, effect.high, units, valuePerEffect, cost]) {
    assertFinite(figure, 'A figure');
  }
  if (!(units > 0)) throw new RangeError(`Units must be above 0, not ${units}.`);
  if (!(cost > 0)) return null;
  const at = (size: number): number => (size * units * valuePerEffect - cost) / cost;
  const ends = [at(effect.low), at(effect.high)];
  return { estimate: at(effect.estimate), low: Math.min(...ends), high: Math.max(...ends) };
}
