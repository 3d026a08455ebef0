import { daysSinceHire, isShortOf } from '../model/audience.js';
import { type AudienceFacts, HARD_ACTIONS, type Rule, type RuleAudience } from '../model/rule.js';
import { SURFACES, type Surface } from '../model/surface.js';

/** Somebody whom rules may be for. */
export interface RuledPerson extends AudienceFacts {
  /** False: they opted out of personal lists, so soft rules that go by who they are leave them alone. */
  readonly isPersonal: boolean;
  /** True: who they are cannot be asked just now. What is kept from anybody, or from all but some, is kept from them. */
  readonly mayBeAnybody?: boolean;
}

/** Which rules are for whom: `matchesAudience` for all rules of a set at once. */
export interface AudienceIndex {
  /** Places of the rules that a person meets on a surface, ascending; of soft ones only where `meetsSoft`. */
  metBy(person: RuledPerson, surface: Surface, meetsSoft: boolean, nowMs: number): number[];
}

/** A set of rules, one bit each by its place. */
type RuleSet = Uint32Array;

/**
 * For each value that rules name there is the set of those that it suits, so that a request only cuts a few sets,
 * however many rules there are.
 *
 * @param rules in the order in which they are found
 */
export function createAudienceIndex(rules: readonly Pick<Rule, 'audience' | 'surfaces' | 'action'>[]): AudienceIndex {
  const those = (test: (rule: (typeof rules)[number]) => boolean) => ruleSetOf(rules.map(test));
  const department = suitedBy(rules, ({ departments }) => departments);
  const role = suitedBy(rules, ({ roleIds }) => roleIds);
  const location = suitedBy(rules, ({ locations }) => locations);
  const named = suitedBy(rules, ({ learnerIds }) => learnerIds);
  const language = suitedBy(rules, ({ languages }) => languages);
  const shownOn = new Map(SURFACES.map((surface) => [surface, those((rule) => isShownOn(rule, surface))]));
  const none = those(() => false);
  const hard = those(({ action }) => HARD_ACTIONS.has(action.kind));
  const restricting = those(({ action: { kind } }) => kind === 'EXCLUDE' || kind === 'REQUIRE_ONLY');
  const impersonal = those(({ action, audience }) => HARD_ACTIONS.has(action.kind) || !goesByPerson(audience));
  const isOfGaps = rules.map(({ audience }) => audience.skillGap !== null);
  const isOfHire = rules.map(({ audience }) => audience.hiredWithinDays !== null);
  return {
    metBy(person, surface, meetsSoft, nowMs) {
      const shown = shownOn.get(surface) ?? none;
      const met = shown.slice();
      cut(met, department(person.department));
      cut(met, role(person.roleId));
      cut(met, location(person.location));
      cut(met, named(person.learnerId));
      // Whoever tells no language understands them all.
      const [first, ...others] = person.languages;
      if (first !== undefined)
        cut(
          met,
          others.reduce((all, one) => joined(all, language(one)), language(first)),
        );
      if (!meetsSoft) cut(met, hard);
      if (!person.isPersonal) cut(met, impersonal);
      const days = daysSinceHire(person.hiredOn, nowMs);
      const certain = placesIn(met).filter((place) => {
        if (!isOfHire[place] && !isOfGaps[place]) return true;
        const { hiredWithinDays, skillGap } = (rules[place] as (typeof rules)[number]).audience;
        return (
          isShortOf(skillGap, person.gaps) && (hiredWithinDays === null || (days !== null && days <= hiredWithinDays))
        );
      });
      if (person.mayBeAnybody !== true) return certain;
      const possible = restricting.slice();
      cut(possible, shown);
      cut(possible, named(person.learnerId));
      return [...new Set([...certain, ...placesIn(possible)])].sort((a, b) => a - b);
    },
  };
}

/** A duty is one wherever people look. */
const isShownOn = ({ surfaces, action }: Pick<Rule, 'surfaces' | 'action'>, surface: Surface): boolean =>
  surfaces.length === 0 || action.kind === 'MANDATE' || surfaces.includes(surface);

/** Whether an audience may be met by somebody at all: whoever opted out is in no group. */
export function mayTouch(audience: RuleAudience, { isPersonal }: RuledPerson): boolean {
  return isPersonal || !goesByPerson(audience);
}

/** Whether an audience goes by who people are among others; what they understand is no such thing. */
function goesByPerson({ skillGap, hiredWithinDays, languages: _, ...lists }: RuleAudience): boolean {
  return skillGap !== null || hiredWithinDays !== null || Object.values(lists).some((values) => values.length > 0);
}

/** By value of one criterion the rules that name it or leave the criterion open. */
function suitedBy(
  rules: readonly Pick<Rule, 'audience'>[],
  valuesOf: (audience: RuleAudience) => readonly string[],
): (value: string | null) => RuleSet {
  const named = rules.map(({ audience }) => valuesOf(audience));
  const open = ruleSetOf(named.map((values) => values.length === 0));
  const byValue = new Map<string, RuleSet>();
  named.forEach((values, place) => {
    for (const value of values) {
      const suited = byValue.get(value) ?? open.slice();
      suited[place >>> 5]! |= 1 << (place & 31);
      byValue.set(value, suited);
    }
  });
  return (value) => (value === null ? open : (byValue.get(value) ?? open));
}

function ruleSetOf(isIn: readonly boolean[]): RuleSet {
  const set = new Uint32Array(Math.ceil(isIn.length / 32));
  isIn.forEach((is, place) => {
    if (is) set[place >>> 5]! |= 1 << (place & 31);
  });
  return set;
}

/** What is in both stays in the first. */
function cut(set: RuleSet, other: RuleSet): void {
  for (let i = 0; i < set.length; i++) set[i]! &= other[i]!;
}

const joined = (a: RuleSet, b: RuleSet): RuleSet => a.map((bits, i) => bits | b[i]!);

function placesIn(set: RuleSet): number[] {
  const places: number[] = [];
  for (let i = 0; i < set.length; i++) {
    for (let bits = set[i]!; bits !== 0; bits &= bits - 1) places.push(32 * i + 31 - Math.clz32(bits & -bits));
  }
  return places;
}
