import { z } from 'zod';
import type { RowError } from '../platform/errors.js';
import { isGiven, type Optional, RowChecks } from '../platform/rowChecks.js';

/** What can put a course ahead of another, in the order in which it is shown. */
export const SIGNALS = [
  'collaborative',
  'skillGap',
  'role',
  'goal',
  'peers',
  'search',
  'format',
  'length',
  'level',
  'language',
  'provider',
  'popularity',
  'trending',
  'freshness',
] as const;
export type SignalName = (typeof SIGNALS)[number];

/** What a goal is worth is agreed between people: no activity of the past could tell it. */
export type FittedSignal = Exclude<SignalName, 'goal'>;
/** Signals whose weight is fitted on what people took up, in the order in which they are shown. */
export const FITTED_SIGNALS = SIGNALS.filter((signal): signal is FittedSignal => signal !== 'goal');

/** How L&D wants lists to be made. */
export interface Policy {
  /** 0: nobody has changed the policy yet. */
  readonly version: number;
  /** Multiplies the weight of each signal, fitted or agreed, 0 to 3; 0 switches it off, 1 leaves it as it is. */
  readonly strengths: Readonly<Record<SignalName, number>>;
  /** 0: by score alone; 1: as varied as possible. */
  readonly diversity: number;
  /** Share of places given to new courses that have not had their chance, 0 to 0.2. */
  readonly explorationShare: number;
}

export const DEFAULT_POLICY: Policy = {
  version: 0,
  strengths: Object.fromEntries(SIGNALS.map((signal) => [signal, 1])) as Record<SignalName, number>,
  diversity: 0.3,
  explorationShare: 0.05,
};

/** Limits of what a policy may say; both ends are allowed. */
const POLICY_RANGES = {
  strength: { min: 0, max: 3 },
  diversity: { min: 0, max: 1 },
  explorationShare: { min: 0, max: 0.2 },
} as const;

export type PolicyContent = Omit<Policy, 'version'>;

const within = ({ min, max }: { readonly min: number; readonly max: number }) => z.number().min(min).max(max);

/** A policy as it is stored. A signal that came later is as strong as it was fitted. */
export const policySchema: z.ZodType<PolicyContent> = z.object({
  strengths: z.object(
    Object.fromEntries(SIGNALS.map((signal) => [signal, within(POLICY_RANGES.strength).default(1)])) as Record<
      SignalName,
      z.ZodDefault<z.ZodNumber>
    >,
  ),
  diversity: within(POLICY_RANGES.diversity),
  explorationShare: within(POLICY_RANGES.explorationShare),
});

/** What is to be changed; what is left out stays. */
export interface PolicyChange {
  readonly strengths?: Optional<readonly SignalStrength[]>;
  readonly diversity?: Optional<number>;
  readonly explorationShare?: Optional<number>;
}

export interface SignalStrength {
  readonly signal: SignalName;
  readonly strength: number;
}

/** What is wrong with a change, field by field; empty when it may be made. */
export function policyProblems(change: PolicyChange): readonly RowError[] {
  const check = new RowChecks(0);
  const named = new Set<SignalName>();
  check.list(change.strengths, SIGNALS.length, 'strengths').forEach(({ signal, strength }, i) => {
    const { min, max } = POLICY_RANGES.strength;
    check.number(strength, min, max, 'strengths', String(i), 'strength');
    if (named.has(signal)) {
      check.fail(
        'DUPLICATE_IN_BATCH',
        `strengths.${i} names a signal a second time; name it once`,
        'strengths',
        `${i}`,
      );
    }
    named.add(signal);
  });
  check.number(change.diversity, POLICY_RANGES.diversity.min, POLICY_RANGES.diversity.max, 'diversity');
  check.number(
    change.explorationShare,
    POLICY_RANGES.explorationShare.min,
    POLICY_RANGES.explorationShare.max,
    'explorationShare',
  );
  const changesNothing =
    !isGiven(change.diversity) && !isGiven(change.explorationShare) && (change.strengths ?? []).length === 0;
  if (changesNothing) check.fail('INVALID_VALUE', 'Name at least one thing to change');
  return check.errors;
}

/** The policy with a change that has no problems. */
export function changedPolicy<P extends PolicyContent>(policy: P, change: PolicyChange): P {
  return {
    ...policy,
    strengths: {
      ...policy.strengths,
      ...Object.fromEntries((change.strengths ?? []).map(({ signal, strength }) => [signal, strength])),
    },
    diversity: change.diversity ?? policy.diversity,
    explorationShare: change.explorationShare ?? policy.explorationShare,
  };
}
