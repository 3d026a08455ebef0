import type { Course } from '../../catalog/course.js';
import type { RuleActionKind, RuleSetContent } from '../model/rule.js';
import { compareRules } from '../model/ruleOrder.js';
import { type InstantSpan, isInForce } from '../model/schedule.js';
import type { Surface } from '../model/surface.js';
import { createAudienceIndex, type RuledPerson } from './audienceIndex.js';
import { type CompiledRule, compileRule, type RulesByKind, rulesByKind, targetColumns } from './compiledRule.js';
import { isHeldOut } from './holdout.js';
import { createLifts, type Lifts } from './lifts.js';
import { cut, keyOf, placesIn, type RuleBits, ruleBits } from './ruleBits.js';

/** The rules that bind one person on one surface at one moment, each list by `compareRules`. */
export interface ActiveRules extends RulesByKind {
  /** 1 at each position that exclusions and requirements leave; null: everywhere. */
  readonly allowed: Uint8Array | null;
  /** What is added to each score; null: nothing anywhere. */
  readonly lifts: Lifts | null;
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
  /** 1 at each position that a rule obliges somebody to at some time; null: there is no such rule. */
  readonly mandated: Uint8Array | null;
  active(person: RuledPerson, surface: Surface, nowMs: number): ActiveRules;
}

/** What combinations of rules come to is kept side by side for so many; people who meet the same rules share one. */
const MOST_COMBINATIONS = 256;

/** Made once for a rule set and a catalogue; rules are found by what they ask of people, and joined as they are met. */
export function createRuleIndex(content: RuleSetContent, courses: readonly Course[]): RuleIndex {
  const columnOf = targetColumns(courses);
  const compiled = [...content.rules].sort(compareRules).map((rule, order) => compileRule(rule, order, columnOf));
  const audiences = createAudienceIndex(compiled.map(({ rule }) => rule));
  const { mandates } = rulesByKind(compiled);
  let mandated: Uint8Array | null = null;
  const allowedBy = remembered<Uint8Array>(MOST_COMBINATIONS);
  const liftsBy = remembered<Lifts>(MOST_COMBINATIONS);
  const togetherBy = remembered<ActiveRules>(MOST_COMBINATIONS);
  const inForce = rulesInForce(compiled);
  const bitsOf = (...kinds: readonly RuleActionKind[]) =>
    ruleBits(compiled.map(({ rule }) => kinds.includes(rule.action.kind)));
  const hard = bitsOf('EXCLUDE', 'REQUIRE_ONLY');
  const lifting = bitsOf('BOOST', 'BURY');
  const together = (live: RuleBits, isHeldOut: boolean): ActiveRules => {
    const { excludes, requires, boosts, buries, ...others } = rulesByKind(
      placesIn(live).map((order) => compiled[order] as CompiledRule),
    );
    const isAnyHard = excludes.length + requires.length > 0;
    const isAnyLift = boosts.length + buries.length > 0;
    return {
      ...others,
      ...{ excludes, requires, boosts, buries },
      allowed: isAnyHard
        ? allowedBy(keyAmong(live, hard), () => allowedColumn(excludes, requires, courses.length))
        : null,
      lifts: isAnyLift ? liftsBy(keyAmong(live, lifting), () => createLifts(boosts, buries, courses.length)) : null,
      isHeldOut,
    };
  };
  return {
    content,
    asksForGaps: content.rules.some(({ audience }) => audience.skillGap !== null),
    get mandated() {
      if (mandates.length > 0) mandated ??= anyOf(mandates, courses.length);
      return mandated;
    },
    active(person, surface, nowMs) {
      const heldOut = isHeldOut(person.learnerId, content.holdoutPercent);
      const live = audiences.metBy(person, surface, !heldOut, nowMs);
      cut(live, inForce(nowMs));
      if (live.every((bits) => bits === 0)) return heldOut ? { ...NO_ACTIVE_RULES, isHeldOut: true } : NO_ACTIVE_RULES;
      return togetherBy(`${heldOut ? 1 : 0}${keyOf(live)}`, () => together(live, heldOut));
    },
  };
}

function keyAmong(live: RuleBits, kinds: RuleBits): string {
  const both = live.slice();
  cut(both, kinds);
  return keyOf(both);
}

/** The rules in force at a moment; those of one moment are in force until the next of them begins or ends. */
function rulesInForce(rules: readonly InstantSpan[]): (nowMs: number) => RuleBits {
  let known: RuleBits = ruleBits([]);
  let fromMs = Number.POSITIVE_INFINITY;
  let untilMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (fromMs <= nowMs && nowMs < untilMs) return known;
    known = ruleBits(rules.map((rule) => isInForce(rule, nowMs)));
    const turns = rules.flatMap((rule) => [rule.fromMs, rule.untilMs]);
    fromMs = Math.max(Number.NEGATIVE_INFINITY, ...turns.filter((turnMs) => turnMs <= nowMs));
    untilMs = Math.min(Number.POSITIVE_INFINITY, ...turns.filter((turnMs) => turnMs > nowMs));
    return known;
  };
}

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

function anyOf(rules: readonly CompiledRule[], length: number): Uint8Array {
  const column = new Uint8Array(length);
  for (const { positions } of rules) for (const position of positions) column[position] = 1;
  return column;
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
