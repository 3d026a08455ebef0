import type { Course } from '../../catalog/course.js';
import { targetFinder } from '../applying/targetFinder.js';
import type { Rule, RuleTarget } from '../model/rule.js';
import { canonicalJson, canonicalRule } from '../model/ruleSetHash.js';
import { type CourseSet, courseSetOf } from './courseSet.js';
import { type Scope, scopeOf } from './ruleOverlap.js';

/** A rule with where it holds and which courses of a catalogue it is about, each found when it is first asked for. */
export class PlacedRule {
  readonly rule: Rule;
  readonly scope: Scope;
  readonly #find: (target: RuleTarget) => Int32Array;
  readonly #catalogueSize: number;
  #positions: Int32Array | null = null;
  #courses: CourseSet | null = null;
  #deeds: string | null = null;

  constructor(rule: Rule, find: (target: RuleTarget) => Int32Array, catalogueSize: number) {
    this.rule = rule;
    this.scope = scopeOf(rule);
    this.#find = find;
    this.#catalogueSize = catalogueSize;
  }

  /** Where its courses stand in the catalogue, ascending. */
  get positions(): Int32Array {
    this.#positions ??= this.#find(this.rule.target);
    return this.#positions;
  }

  /** The same as a set. */
  get courses(): CourseSet {
    this.#courses ??= courseSetOf(this.positions, this.#catalogueSize);
    return this.#courses;
  }

  get courseCount(): number {
    return this.positions.length;
  }

  /** Equal for rules that do the same. */
  get deeds(): string {
    this.#deeds ??= deedsOf(this.rule);
    return this.#deeds;
  }
}

/** @param catalogue the courses that could be recommended */
export function* placedRules(rules: readonly Rule[], catalogue: readonly Course[]): Generator<PlacedRule> {
  const find = targetFinder(catalogue);
  for (const rule of rules) yield new PlacedRule(rule, find, catalogue.length);
}

/** What a rule does, for whom, where and when, without who answers for it and how much it weighs. */
function deedsOf(rule: Rule): string {
  const { audience, target, surfaces, action, schedule } = canonicalRule(rule);
  return canonicalJson({ audience, target, surfaces, action, schedule });
}
