import { DAY_MS } from '../../platform/zonedTime.js';
import type { AudienceFacts, RuleAudience } from './rule.js';

/** More than all other criteria together: a rule for named people is more specific than any rule for a kind of people. */
const NAMED_PEOPLE = 10;

/**
 * Whether a rule is for this person. A person who has no department is in none that could be named; one who starts only
 * next week has been hired within any number of days. Days are those of UTC.
 */
export function matchesAudience(audience: RuleAudience, facts: AudienceFacts, nowMs: number): boolean {
  return audienceTest(facts, nowMs)(audience);
}

/** `matchesAudience` for one person and many audiences. */
export function audienceTest(facts: AudienceFacts, nowMs: number): (audience: RuleAudience) => boolean {
  const days = daysSinceHire(facts.hiredOn, nowMs);
  return (audience) =>
    isAmong(audience.departments, facts.department) &&
    isAmong(audience.roleIds, facts.roleId) &&
    isAmong(audience.locations, facts.location) &&
    isAmong(audience.learnerIds, facts.learnerId) &&
    understandsOneOf(audience.languages, facts.languages) &&
    isShortOf(audience.skillGap, facts.gaps) &&
    (audience.hiredWithinDays === null || (days !== null && days <= audience.hiredWithinDays));
}

function isAmong(values: readonly string[], value: string | null): boolean {
  return values.length === 0 || (value !== null && values.includes(value));
}

function understandsOneOf(wanted: readonly string[], understood: readonly string[]): boolean {
  return wanted.length === 0 || understood.length === 0 || understood.some((language) => wanted.includes(language));
}

export function isShortOf(skillGap: RuleAudience['skillGap'], gaps: AudienceFacts['gaps']): boolean {
  return skillGap === null || (gaps.get(skillGap.skillId) ?? 0) >= skillGap.atLeast;
}

/** Below 0: they start only then; null: not known. */
export function daysSinceHire(hiredOn: string | null, nowMs: number): number | null {
  return hiredOn === null ? null : Math.floor(nowMs / DAY_MS) - Date.parse(hiredOn) / DAY_MS;
}

/** How narrow an audience is: how many of its criteria are filled in, 0–16. One that names people is always narrower. */
export function specificity(audience: RuleAudience): number {
  const { departments, roleIds, locations, languages, learnerIds, skillGap, hiredWithinDays } = audience;
  const lists = [departments, roleIds, locations, languages].filter((values) => values.length > 0).length;
  const others = [skillGap, hiredWithinDays].filter((value) => value !== null).length;
  return lists + others + (learnerIds.length > 0 ? NAMED_PEOPLE : 0);
}
