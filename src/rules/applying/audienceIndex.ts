import { daysSinceHire, isShortOf } from '../model/audience.js';
import { type AudienceFacts, HARD_ACTIONS, type Rule, type RuleAudience } from '../model/rule.js';
import { SURFACES, type Surface } from '../model/surface.js';
import { add, cut, joined, type RuleBits, remove, ruleBits } from './ruleBits.js';

/** Somebody whom rules may be for. */
export interface RuledPerson extends AudienceFacts {
  /** False: they opted out of personal lists, so soft rules that go by who they are leave them alone. */
  readonly isPersonal: boolean;
  /** True: who they are cannot be asked just now. What is kept from anybody, or from all but some, is kept from them. */
  readonly mayBeAnybody?: boolean;
}

/** Which rules are for whom: `matchesAudience` for all rules of a set at once. */
export interface AudienceIndex {
  /** The rules that a person meets on a surface, in bits of their own; of soft ones only where `meetsSoft`. */
  metBy(person: RuledPerson, surface: Surface, meetsSoft: boolean, nowMs: number): RuleBits;
}

/**
 * For each value that rules name there is the set of those that it suits, so that a request only cuts a few sets,
 * however many rules there are.
 *
 * @param rules in the order in which they are found
 */
export function createAudienceIndex(rules: readonly Pick<Rule, 'audience' | 'surfaces' | 'action'>[]): AudienceIndex {
  const those = (test: (rule: (typeof rules)[number]) => boolean) => ruleBits(rules.map(test));
  const department = suitedBy(rules, ({ departments }) => departments);
  const role = suitedBy(rules, ({ roleIds }) => roleIds);
  const location = suitedBy(rules, ({ locations }) => locations);
  const named = suitedBy(rules, ({ learnerIds }) => learnerIds);
  const language = suitedBy(rules, ({ languages }) => languages);
  const hired = suitedAfter(rules);
  const shownOn = new Map(SURFACES.map((surface) => [surface, those((rule) => isShownOn(rule, surface))]));
  const none = those(() => false);
  const hard = those(({ action }) => HARD_ACTIONS.has(action.kind));
  const restricting = those(({ action: { kind } }) => kind === 'EXCLUDE' || kind === 'REQUIRE_ONLY');
  const impersonal = those(({ action, audience }) => HARD_ACTIONS.has(action.kind) || !goesByPerson(audience));
  const ofGaps = rules.flatMap(({ audience }, place) => (audience.skillGap === null ? [] : [place]));
  return {
    metBy(person, surface, meetsSoft, nowMs) {
      const shown = shownOn.get(surface) ?? none;
      const met = shown.slice();
      cut(met, department(person.department));
      cut(met, role(person.roleId));
      cut(met, location(person.location));
      cut(met, named(person.learnerId));
      cut(met, hired(daysSinceHire(person.hiredOn, nowMs)));
      // Whoever tells no language understands them all.
      const [first, ...others] = person.languages;
      if (first !== undefined)
        cut(
          met,
          others.reduce((all, one) => joined(all, language(one)), language(first)),
        );
      if (!meetsSoft) cut(met, hard);
      if (!person.isPersonal) cut(met, impersonal);
      for (const place of ofGaps) {
        if (!isShortOf((rules[place] as (typeof rules)[number]).audience.skillGap, person.gaps)) remove(met, place);
      }
      if (person.mayBeAnybody !== true) return met;
      const possible = restricting.slice();
      cut(possible, shown);
      cut(possible, named(person.learnerId));
      return joined(met, possible);
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
): (value: string | null) => RuleBits {
  const named = rules.map(({ audience }) => valuesOf(audience));
  const open = ruleBits(named.map((values) => values.length === 0));
  const byValue = new Map<string, RuleBits>();
  named.forEach((values, place) => {
    for (const value of values) {
      const suited = byValue.get(value) ?? open.slice();
      add(suited, place);
      byValue.set(value, suited);
    }
  });
  return (value) => (value === null ? open : (byValue.get(value) ?? open));
}

/** By days since somebody was hired, null: not known, the rules that are for people hired so long ago or at any time. */
function suitedAfter(rules: readonly Pick<Rule, 'audience'>[]): (days: number | null) => RuleBits {
  const limits = rules.map(({ audience }) => audience.hiredWithinDays);
  const open = ruleBits(limits.map((limit) => limit === null));
  const steps = [...new Set(limits.filter((limit) => limit !== null))].sort((a, b) => a - b);
  const suited = new Map(
    steps.map((step) => [step, ruleBits(limits.map((limit) => limit === null || limit >= step))] as const),
  );
  return (days) => {
    const step = days === null ? undefined : steps.find((one) => days <= one);
    return step === undefined ? open : (suited.get(step) ?? open);
  };
}
