import type { Course } from '../catalog/course.js';
import { type CourseSet, courseSetOf } from './courseSet.js';
import type { Rule } from './rule.js';
import { type Scope, scopeOf } from './ruleOverlap.js';
import { canonicalJson, canonicalRule } from './ruleSetHash.js';
import { targetPositions } from './target.js';

/** A rule with where it holds and which courses of a catalogue it is about. */
export interface PlacedRule {
  readonly rule: Rule;
  readonly scope: Scope;
  /** Where they stand in the catalogue, ascending, and the same as a set. */
  readonly positions: Int32Array;
  readonly courses: CourseSet;
  readonly courseCount: number;
  /** Equal for rules that do the same. */
  readonly deeds: string;
}

export function placedRule(rule: Rule, catalogue: readonly Course[]): PlacedRule {
  const positions = targetPositions(rule.target, catalogue);
  return {
    rule,
    scope: scopeOf(rule),
    positions,
    courses: courseSetOf(positions, catalogue.length),
    courseCount: positions.length,
    deeds: deedsOf(rule),
  };
}

/** What a rule does, for whom, where and when, without who answers for it and how much it weighs. */
function deedsOf(rule: Rule): string {
  const { audience, target, surfaces, action, schedule } = canonicalRule(rule);
  return canonicalJson({ audience, target, surfaces, action, schedule });
}
