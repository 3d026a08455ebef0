import { specificity } from './audience.js';
import type { Rule } from './rule.js';

/** Why one rule comes before another; the first of these that tells the two apart. */
export type RuleOrderReason = 'PRIORITY' | 'SPECIFICITY' | 'TEMPORARY' | 'AGE' | 'ID';

/**
 * Who gets what only one of two rules can have: the one of higher priority, else the one for the more specific audience,
 * else the one that ends over the one that stays, else the older, else the one whose id comes first. Negative when it is
 * `a`; zero only for a rule and itself.
 */
export function compareRules(a: Rule, b: Rule): number {
  return decide(a, b).order;
}

/** What decides between two rules. */
export function orderReason(a: Rule, b: Rule): RuleOrderReason {
  return decide(a, b).reason;
}

function decide(a: Rule, b: Rule): { readonly order: number; readonly reason: RuleOrderReason } {
  const byPriority = b.priority - a.priority;
  if (byPriority !== 0) return { order: byPriority, reason: 'PRIORITY' };
  const bySpecificity = specificity(b.audience) - specificity(a.audience);
  if (bySpecificity !== 0) return { order: bySpecificity, reason: 'SPECIFICITY' };
  const byEnd = Number(b.schedule.until !== null) - Number(a.schedule.until !== null);
  if (byEnd !== 0) return { order: byEnd, reason: 'TEMPORARY' };
  const byAge = Date.parse(a.createdAt) - Date.parse(b.createdAt);
  if (byAge !== 0) return { order: byAge, reason: 'AGE' };
  return { order: a.id === b.id ? 0 : a.id < b.id ? -1 : 1, reason: 'ID' };
}
