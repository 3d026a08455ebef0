import type { Course } from '../../catalog/course.js';
import type { Rule, RuleAction, RuleActionKind } from '../model/rule.js';
import { instantsOf } from '../model/schedule.js';
import { targetFinder } from './targetFinder.js';

type ActionOf<Kind extends RuleActionKind> = Extract<RuleAction, { readonly kind: Kind }>;

/** The courses of a target, found when they are first asked for: most rules of a large set are seldom met. */
export interface TargetColumn {
  /** Ascending. */
  readonly positions: Int32Array;
  /** 1 at each of them. */
  readonly mask: Uint8Array;
}

/** A rule of one kind, or of any, joined to a catalogue. */
export type CompiledRule<Kind extends RuleActionKind = RuleActionKind> = RuleWithColumn<ActionOf<Kind>>;

class RuleWithColumn<out Action extends RuleAction> {
  readonly rule: Omit<Rule, 'action'> & { readonly action: Action };
  /** Its place by `compareRules` among all rules of the set: the smaller wins. */
  readonly order: number;
  /** In force from then on, and before then. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly #columnOf: (rule: Rule) => TargetColumn;
  #column: TargetColumn | null = null;

  constructor(
    rule: Omit<Rule, 'action'> & { readonly action: Action },
    order: number,
    columnOf: (rule: Rule) => TargetColumn,
  ) {
    this.rule = rule;
    this.order = order;
    const { fromMs, untilMs } = instantsOf(rule.schedule);
    this.fromMs = fromMs;
    this.untilMs = untilMs;
    this.#columnOf = columnOf;
  }

  /** Of the courses of its target, ascending. */
  get positions(): Int32Array {
    return this.#found.positions;
  }

  /** 1 at the position of each course of its target. */
  get mask(): Uint8Array {
    return this.#found.mask;
  }

  get #found(): TargetColumn {
    this.#column ??= this.#columnOf(this.rule);
    return this.#column;
  }
}

export interface RulesByKind {
  readonly mandates: readonly CompiledRule<'MANDATE'>[];
  readonly excludes: readonly CompiledRule<'EXCLUDE'>[];
  readonly requires: readonly CompiledRule<'REQUIRE_ONLY'>[];
  readonly boosts: readonly CompiledRule<'BOOST'>[];
  readonly buries: readonly CompiledRule<'BURY'>[];
  readonly quotas: readonly CompiledRule<'QUOTA'>[];
  readonly pins: readonly CompiledRule<'PIN'>[];
  readonly caps: readonly CompiledRule<'CAP'>[];
}

const LIST_OF = {
  MANDATE: 'mandates',
  EXCLUDE: 'excludes',
  REQUIRE_ONLY: 'requires',
  BOOST: 'boosts',
  BURY: 'buries',
  QUOTA: 'quotas',
  PIN: 'pins',
  CAP: 'caps',
} as const satisfies Record<RuleActionKind, keyof RulesByKind>;

/** Each list in the order of the rules. */
export function rulesByKind(rules: readonly CompiledRule[]): RulesByKind {
  const lists: Record<keyof RulesByKind, CompiledRule[]> = {
    ...{ mandates: [], excludes: [], requires: [], boosts: [], buries: [], quotas: [], pins: [], caps: [] },
  };
  for (const rule of rules) lists[LIST_OF[rule.rule.action.kind]].push(rule);
  return lists as unknown as RulesByKind;
}

const NONE: readonly number[] = [];

/** For each of some positions the indices of the masks that hold it, mask by mask: that is faster than course by course. */
export function indicesAt(masks: readonly Uint8Array[], positions: readonly number[]): readonly (readonly number[])[] {
  const found = new Array<number[] | null>(positions.length).fill(null);
  for (let i = 0; i < masks.length; i++) {
    const mask = masks[i]!;
    for (let at = 0; at < positions.length; at++) {
      if (mask[positions[at]!] !== 1) continue;
      const before = found[at]!;
      if (before === null) found[at] = [i];
      else before.push(i);
    }
  }
  return found.map((indices) => indices ?? NONE);
}

/** `indicesAt` for one position. */
export function indicesOf(masks: readonly Uint8Array[], position: number): readonly number[] {
  let found: number[] | null = null;
  for (let i = 0; i < masks.length; i++) {
    if (masks[i]![position] !== 1) continue;
    if (found === null) found = [i];
    else found.push(i);
  }
  return found ?? NONE;
}

/** By target, so that rules with the same one share what is found. */
export function targetColumns(courses: readonly Course[]): (rule: Rule) => TargetColumn {
  const find = targetFinder(courses);
  const byRule = new WeakMap<Rule, TargetColumn>();
  const byTarget = new Map<string, TargetColumn>();
  return (rule) => {
    const known = byRule.get(rule);
    if (known !== undefined) return known;
    const key = JSON.stringify(rule.target);
    const column = byTarget.get(key) ?? columnOf(find(rule.target), courses.length);
    byTarget.set(key, column);
    byRule.set(rule, column);
    return column;
  };
}

function columnOf(positions: Int32Array, length: number): TargetColumn {
  const mask = new Uint8Array(length);
  for (const position of positions) mask[position] = 1;
  return { positions, mask };
}

export function compileRule(rule: Rule, order: number, columnOf: (rule: Rule) => TargetColumn): CompiledRule {
  return new RuleWithColumn(rule, order, columnOf);
}
