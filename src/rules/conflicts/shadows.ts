import { dutyStart } from '../applying/mandates.js';
import { RULE_STRENGTHS, type RuleAction } from '../model/rule.js';
import { endOfDayMs } from '../model/schedule.js';
import { isDisjoint, isSubset } from './courseSet.js';
import type { PlacedRule } from './placedRule.js';
import { holdsWherever } from './ruleOverlap.js';

/** Stages that arrange what may be recommended; they have nothing to do with what may not. */
const ARRANGING: ReadonlySet<RuleAction['kind']> = new Set(['BOOST', 'BURY', 'QUOTA', 'PIN', 'CAP']);

/** Why the second of two rules changes nothing that the first does not see to already; null when it may change something. */
export function shadowOf(first: PlacedRule, second: PlacedRule): string | null {
  if (!holdsWherever(first.rule, first.scope, second.rule, second.scope)) return null;
  if (first.rule.action.kind === second.rule.action.kind) {
    return isRepeated(first, second)
      ? 'The first rule does all that the second does, for everybody whom it is for.'
      : null;
  }
  return emptiedBy(first, second);
}

function emptiedBy(first: PlacedRule, second: PlacedRule): string | null {
  const { action } = first.rule;
  const { kind } = second.rule.action;
  switch (action.kind) {
    case 'MANDATE':
      // Who has no known day of hiring has no obligation that counts from it, and keeps the course in the list.
      return action.dueOn !== null && ARRANGING.has(kind) && isSubset(second.courses, first.courses)
        ? 'The second rule does nothing: its courses are mandatory by the first, and so in the Required lane, not in the list.'
        : null;
    case 'EXCLUDE':
      return ARRANGING.has(kind) && isSubset(second.courses, first.courses)
        ? 'The second rule does nothing: the first excludes all its courses, and what is excluded comes back by no other rule.'
        : null;
    case 'REQUIRE_ONLY':
      return (ARRANGING.has(kind) || kind === 'EXCLUDE') && isDisjoint(second.courses, first.courses)
        ? 'The second rule does nothing: none of its courses is among those that the first leaves to be recommended.'
        : null;
    default:
      return null;
  }
}

/** Of two rules of one action. */
function isRepeated(first: PlacedRule, second: PlacedRule): boolean {
  const a = first.rule.action;
  const b = second.rule.action;
  const holdsAll = isSubset(second.courses, first.courses);
  const isWithin = isSubset(first.courses, second.courses);
  if (a.kind === 'EXCLUDE') return holdsAll;
  if (a.kind === 'REQUIRE_ONLY') return isWithin;
  if ((a.kind === 'BOOST' && b.kind === 'BOOST') || (a.kind === 'BURY' && b.kind === 'BURY')) {
    return holdsAll && RULE_STRENGTHS.indexOf(a.strength) >= RULE_STRENGTHS.indexOf(b.strength);
  }
  if (a.kind === 'QUOTA' && b.kind === 'QUOTA') return holdsAll && isWithin && a.percent >= b.percent;
  if (a.kind === 'CAP' && b.kind === 'CAP') return holdsAll && a.per === b.per && a.atMost <= b.atMost;
  if (a.kind === 'PIN' && b.kind === 'PIN') {
    return a.place === b.place && holdsAll && isWithin && first.courseCount === 1;
  }
  return a.kind === 'MANDATE' && b.kind === 'MANDATE' && holdsAll && isDueNoLater(first, a, second, b);
}

type Mandate = Extract<RuleAction, { kind: 'MANDATE' }>;

function isDueNoLater(first: PlacedRule, a: Mandate, second: PlacedRule, b: Mandate): boolean {
  if (a.dueOn !== null && b.dueOn !== null) {
    return endOfDayMs(a.dueOn, first.rule.schedule.zone) <= endOfDayMs(b.dueOn, second.rule.schedule.zone);
  }
  const { dueDaysAfterHire: aDays } = a;
  const { dueDaysAfterHire: bDays } = b;
  const isInOneZone = first.rule.schedule.zone === second.rule.schedule.zone;
  const startsNoLater = dutyStart(first.rule) <= dutyStart(second.rule);
  return aDays !== null && bDays !== null && aDays <= bDays && startsNoLater && isInOneZone;
}
