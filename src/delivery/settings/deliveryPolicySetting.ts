import { z } from 'zod';
import type { RowError } from '../../platform/errors.js';
import { isGiven, type Optional, RowChecks } from '../../platform/rowChecks.js';
import { DEFAULT_DELIVERY_POLICY, type DeliveryPolicy } from './deliveryPolicy.js';

/** What is to be changed; what is left out stays. */
export type DeliveryPolicyChange = { readonly [K in keyof DeliveryPolicy]?: Optional<number> };

interface Range {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

/** What a policy may say; both ends are allowed. */
const DELIVERY_POLICY_RANGES: { readonly [K in keyof DeliveryPolicy]: Range } = {
  minimumGapHours: { min: 0, max: 336, isWhole: false },
  weeklyBudget: { min: 0, max: 50, isWhole: true },
  teamShare: { min: 0, max: 1, isWhole: false },
  teamShareFrom: { min: 1, max: 10_000, isWhole: true },
  // More would spend most of what is known of people on finding out more.
  explorationShare: { min: 0, max: 0.5, isWhole: false },
};
const FIELDS = Object.keys(DELIVERY_POLICY_RANGES) as (keyof DeliveryPolicy)[];

/** A policy as it is stored. What came later has the standard value. */
export const deliveryPolicySchema: z.ZodType<DeliveryPolicy> = z.object(
  Object.fromEntries(
    FIELDS.map((field) => {
      const { min, max, isWhole } = DELIVERY_POLICY_RANGES[field];
      const number = isWhole ? z.number().int() : z.number();
      return [field, number.min(min).max(max).default(DEFAULT_DELIVERY_POLICY[field])];
    }),
  ) as Record<keyof DeliveryPolicy, z.ZodDefault<z.ZodNumber>>,
);

/** What is wrong with a change, field by field; empty when it may be made. */
export function deliveryPolicyProblems(change: DeliveryPolicyChange): readonly RowError[] {
  const check = new RowChecks(0);
  for (const field of FIELDS) {
    const { min, max, isWhole } = DELIVERY_POLICY_RANGES[field];
    if (isWhole) check.whole(change[field], min, max, field);
    else check.number(change[field], min, max, field);
  }
  if (!FIELDS.some((field) => isGiven(change[field]))) {
    check.fail('INVALID_VALUE', 'Name at least one thing to change');
  }
  return check.errors;
}

/** The policy with a change that has no problems. */
export function changedDeliveryPolicy(policy: DeliveryPolicy, change: DeliveryPolicyChange): DeliveryPolicy {
  return Object.fromEntries(
    FIELDS.map((field) => [field, change[field] ?? policy[field]]),
  ) as unknown as DeliveryPolicy;
}
