import type { Course } from '../../catalog/course.js';
import type { Rule } from '../model/rule.js';
import { momentPhrase } from '../model/ruleSentence.js';
import { instantsOf } from '../model/schedule.js';
import { targetPositions } from '../model/target.js';
import type { RuleConflict } from './ruleConflicts.js';

export const RULE_WARNING_KINDS = [
  'MATCHES_NOBODY',
  'MATCHES_NO_COURSE',
  'NOT_YET_IN_FORCE',
  'NO_LONGER_IN_FORCE',
  'SHADOWED',
] as const;
export type RuleWarningKind = (typeof RULE_WARNING_KINDS)[number];

/** Something that keeps a rule, which may be saved all the same, from doing anything. */
export interface RuleWarning {
  readonly kind: RuleWarningKind;
  readonly message: string;
  /** The rule that takes its effect away; null when none does. */
  readonly byRuleId: string | null;
}

/** What a rule is looked at against. */
export interface RuleSurroundings {
  /** The courses that could be recommended, as `ruleConflicts` takes them. */
  readonly catalogue: readonly Course[];
  /** How many active people its audience matches; null: nobody has counted. */
  readonly audienceSize: number | null;
  /** Of `ruleConflicts`, those about this rule; others are passed over. */
  readonly conflicts: readonly RuleConflict[];
  readonly nowMs: number;
}

/** Why a rule does nothing, or not now; in a fixed order, empty when nothing stands in its way. */
export function ruleWarnings(rule: Rule, surroundings: RuleSurroundings): RuleWarning[] {
  const { catalogue, audienceSize, conflicts, nowMs } = surroundings;
  const warnings: RuleWarning[] = [];
  const warn = (kind: RuleWarningKind, message: string, byRuleId: string | null = null) =>
    warnings.push({ kind, message, byRuleId });
  if (audienceSize === 0) warn('MATCHES_NOBODY', 'Its audience matches nobody who is here now.');
  if (targetPositions(rule.target, catalogue).length === 0) {
    warn('MATCHES_NO_COURSE', 'Its target matches no course that could be recommended now.');
  }
  const { from, until, zone } = rule.schedule;
  const { fromMs, untilMs } = instantsOf(rule.schedule);
  if (from !== null && nowMs < fromMs) warn('NOT_YET_IN_FORCE', `It holds only from ${momentPhrase(from)} (${zone}).`);
  if (until !== null && nowMs >= untilMs) {
    warn('NO_LONGER_IN_FORCE', `It held only until ${momentPhrase(until)} (${zone}).`);
  }
  for (const { kind, ruleIds, message } of conflicts) {
    const takesNothing = (kind !== 'SHADOWED' && kind !== 'IDENTICAL') || ruleIds.at(-1) !== rule.id;
    if (!takesNothing) warn('SHADOWED', message, ruleIds[0] ?? null);
  }
  return warnings;
}
