import type { Course } from '../catalog/course.js';
import { audienceTest, daysSinceHire } from './audience.js';
import { type CompiledRule, compileRule, ofKind, targetColumns } from './compiledRule.js';
import { isHeldOut } from './holdout.js';
import {
  type AudienceFacts,
  HARD_ACTIONS,
  type Rule,
  type RuleAudience,
  type RuleSetContent,
  type RuleStrength,
} from './rule.js';
import { compareRules } from './ruleOrder.js';
import type { Surface } from './surface.js';

/** How far a rule moves a score, in spreads of the learner's scores. */
export const STRENGTH_IN_SPREADS: Readonly<Record<RuleStrength, number>> = { SLIGHT: 0.25, MODERATE: 0.6, STRONG: 1.5 };

/** Somebody whom rules may be for. */
export interface RuledPerson extends AudienceFacts {
  /** False: they opted out of personal lists, so soft rules that go by who they are leave them alone. */
  readonly isPersonal: boolean;
}

/** The rules that bind one person on one surface at one moment, each list by `compareRules`. */
export interface ActiveRules {
  readonly mandates: readonly CompiledRule<'MANDATE'>[];
  readonly excludes: readonly CompiledRule<'EXCLUDE'>[];
  readonly requires: readonly CompiledRule<'REQUIRE_ONLY'>[];
  readonly boosts: readonly CompiledRule<'BOOST'>[];
  readonly buries: readonly CompiledRule<'BURY'>[];
  readonly quotas: readonly CompiledRule<'QUOTA'>[];
  readonly pins: readonly CompiledRule<'PIN'>[];
  readonly caps: readonly CompiledRule<'CAP'>[];
  /** 1 at each position that exclusions and requirements leave; null: everywhere. */
  readonly allowed: Uint8Array | null;
  /** What is added to each score, in spreads: the strongest boost less the strongest bury; null: nothing anywhere. */
  readonly lifts: Float32Array | null;
  /** Soft rules are kept from them, to tell what those do. */
  readonly isHeldOut: boolean;
}

export const NO_ACTIVE_RULES: ActiveRules = {
  mandates: [],
  excludes: [],
  requires: [],
  boosts: [],
  buries: [],
  quotas: [],
  pins: [],
  caps: [],
  allowed: null,
  lifts: null,
  isHeldOut: false,
};

/** A rule set joined to a catalogue. */
export interface RuleIndex {
  readonly content: RuleSetContent;
  /** Whether any rule asks what people are short of: otherwise nobody need work it out. */
  readonly asksForGaps: boolean;
  active(person: RuledPerson, surface: Surface, nowMs: number): ActiveRules;
}

/** Columns of so many combinations of rules are kept side by side; people of one kind share one. */
const MOST_COMBINATIONS = 128;
/** For so many kinds of people it is remembered which rules they meet. */
const MOST_KINDS_OF_PEOPLE = 1024;

/** Made once for a rule set and a catalogue; rules are found by what they ask of people, and joined as they are met. */
export function createRuleIndex(content: RuleSetContent, courses: readonly Course[]): RuleIndex {
  const columnOf = targetColumns(courses);
  const compiled = [...content.rules].sort(compareRules).map((rule, order) => compileRule(rule, order, columnOf));
  const find = rulesByAudience(compiled);
  const metBy = remembered<readonly CompiledRule[]>(MOST_KINDS_OF_PEOPLE);
  const asksForHireDate = content.rules.some(({ audience }) => audience.hiredWithinDays !== null);
  const hireKey = ({ hiredOn }: RuledPerson, nowMs: number) => (asksForHireDate ? [daysSinceHire(hiredOn, nowMs)] : []);
  const allowedBy = remembered<Uint8Array>(MOST_COMBINATIONS);
  const liftsBy = remembered<Float32Array>(MOST_COMBINATIONS);
  return {
    content,
    asksForGaps: content.rules.some(({ audience }) => audience.skillGap !== null),
    active(person, surface, nowMs) {
      const heldOut = isHeldOut(person.learnerId, content.holdoutPercent);
      const mayMeet = (candidates: readonly CompiledRule[]) => {
        const isForThem = audienceTest(person, nowMs);
        return candidates.filter(
          ({ rule }) =>
            isShownOn(rule, surface) &&
            isForThem(rule.audience) &&
            (HARD_ACTIONS.has(rule.action.kind) || (!heldOut && mayTouch(rule.audience, person))),
        );
      };
      const kindOfPerson = [surface, heldOut, person.isPersonal, ...hireKey(person, nowMs), ...groupsOf(person)];
      const shared = metBy(JSON.stringify(kindOfPerson), () => mayMeet(find.ofGroups(person)));
      const own = mayMeet(find.ofPerson(person));
      const met = own.length === 0 ? shared : [...shared, ...own].sort(byOrder);
      const live = met.filter(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
      if (live.length === 0) return heldOut ? { ...NO_ACTIVE_RULES, isHeldOut: true } : NO_ACTIVE_RULES;
      const excludes = ofKind(live, 'EXCLUDE');
      const requires = ofKind(live, 'REQUIRE_ONLY');
      const boosts = ofKind(live, 'BOOST');
      const buries = ofKind(live, 'BURY');
      const isAnyHard = excludes.length + requires.length > 0;
      const isAnyLift = boosts.length + buries.length > 0;
      return {
        mandates: ofKind(live, 'MANDATE'),
        excludes,
        requires,
        boosts,
        buries,
        quotas: ofKind(live, 'QUOTA'),
        pins: ofKind(live, 'PIN'),
        caps: ofKind(live, 'CAP'),
        allowed: isAnyHard
          ? allowedBy(keyOf(excludes, requires), () => allowedColumn(excludes, requires, courses.length))
          : null,
        lifts: isAnyLift ? liftsBy(keyOf(boosts, buries), () => liftsColumn(boosts, buries, courses.length)) : null,
        isHeldOut: heldOut,
      };
    },
  };
}

/** A duty is one wherever people look. */
const isShownOn = ({ surfaces, action }: Rule, surface: Surface): boolean =>
  surfaces.length === 0 || action.kind === 'MANDATE' || surfaces.includes(surface);

/** Whoever opted out is in no group, but understands what they understand. */
export function mayTouch(audience: RuleAudience, { isPersonal }: RuledPerson): boolean {
  if (isPersonal) return true;
  const { skillGap, hiredWithinDays, languages: _, ...lists } = audience;
  return skillGap === null && hiredWithinDays === null && Object.values(lists).every((values) => values.length === 0);
}

/** Where a person's rules are looked for. */
interface RuleFinder {
  /** What goes by who they are among others, by `compareRules`: the same for everybody of one kind. */
  ofGroups(person: RuledPerson): CompiledRule[];
  /** What names people, or asks what they are short of, by `compareRules`. */
  ofPerson(person: RuledPerson): CompiledRule[];
}

/** Rules are filed under the narrowest thing that they ask of people, so that most need not be looked at. */
function rulesByAudience(compiled: readonly CompiledRule[]): RuleFinder {
  const isOwn = ({ rule: { audience } }: CompiledRule) => audience.learnerIds.length > 0 || audience.skillGap !== null;
  const own = filedBy(compiled.filter(isOwn));
  const shared = filedBy(compiled.filter((one) => !isOwn(one)));
  return { ofGroups: shared, ofPerson: own };
}

function filedBy(compiled: readonly CompiledRule[]): (person: RuledPerson) => CompiledRule[] {
  const filed = new Map<string, CompiledRule[]>();
  const forAll: CompiledRule[] = [];
  for (const one of compiled) {
    const keys = new Set(keysOf(one.rule.audience));
    if (keys.size === 0) forAll.push(one);
    for (const key of keys) {
      const others = filed.get(key);
      if (others === undefined) filed.set(key, [one]);
      else others.push(one);
    }
  }
  return ({ learnerId, roleId, department, location }) => {
    const keys = [`learner ${learnerId}`, `role ${roleId}`, `department ${department}`, `location ${location}`];
    return [forAll, ...keys.map((key) => filed.get(key) ?? [])].flat().sort(byOrder);
  };
}

const byOrder = (a: CompiledRule, b: CompiledRule): number => a.order - b.order;

const groupsOf = ({ department, roleId, location, languages }: RuledPerson) => [
  department,
  roleId,
  location,
  ...languages,
];

function keysOf({ learnerIds, roleIds, departments, locations }: RuleAudience): string[] {
  if (learnerIds.length > 0) return learnerIds.map((id) => `learner ${id}`);
  if (roleIds.length > 0) return roleIds.map((id) => `role ${id}`);
  if (departments.length > 0) return departments.map((name) => `department ${name}`);
  return locations.map((name) => `location ${name}`);
}

const keyOf = (...lists: readonly (readonly CompiledRule[])[]): string =>
  lists.map((rules) => rules.map(({ order }) => order).join()).join('|');

/** What is asked for again and again, up to a number of keys; the one that was made first goes first. */
function remembered<Value>(most: number): (key: string, make: () => Value) => Value {
  const values = new Map<string, Value>();
  return (key, make) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = make();
    const [oldest] = values.keys();
    if (values.size >= most && oldest !== undefined) values.delete(oldest);
    values.set(key, value);
    return value;
  };
}

function allowedColumn(
  excludes: readonly CompiledRule<'EXCLUDE'>[],
  requires: readonly CompiledRule<'REQUIRE_ONLY'>[],
  length: number,
): Uint8Array {
  const allowed = new Uint8Array(length).fill(1);
  for (const { mask } of requires) for (let i = 0; i < length; i++) allowed[i] = allowed[i]! & mask[i]!;
  for (const { positions } of excludes) for (const position of positions) allowed[position] = 0;
  return allowed;
}

function liftsColumn(
  boosts: readonly CompiledRule<'BOOST'>[],
  buries: readonly CompiledRule<'BURY'>[],
  length: number,
): Float32Array {
  const lifts = strongest(boosts, length);
  if (buries.length === 0) return lifts;
  const drops = strongest(buries, length);
  for (let i = 0; i < length; i++) lifts[i] = lifts[i]! - drops[i]!;
  return lifts;
}

function strongest(rules: readonly CompiledRule<'BOOST' | 'BURY'>[], length: number): Float32Array {
  const column = new Float32Array(length);
  for (const { rule, positions } of rules) {
    const strength = STRENGTH_IN_SPREADS[rule.action.strength];
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      if (column[position]! < strength) column[position] = strength;
    }
  }
  return column;
}
