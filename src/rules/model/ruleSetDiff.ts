import type { Rule, RuleSetContent } from './rule.js';
import { canonicalJson, canonicalRule } from './ruleSetHash.js';

/** A rule that is in both sets and says something else. */
export interface ChangedRule {
  readonly before: Rule;
  readonly after: Rule;
  /** What differs, such as `audience.departments`, in the order of the fields of a rule; never empty. */
  readonly fields: readonly string[];
}

/** What leads from one rule set to another, each list in the order of the ids. */
export interface RuleSetDiff {
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  readonly changed: readonly ChangedRule[];
  /** Null: the same in both. */
  readonly holdoutPercent: { readonly before: number; readonly after: number } | null;
}

/** Rules are the same rule by their id. The order of values in a list is no difference. */
export function ruleSetDiff(before: RuleSetContent, after: RuleSetContent): RuleSetDiff {
  const beforeById = new Map(before.rules.map((rule) => [rule.id, rule]));
  const afterById = new Map(after.rules.map((rule) => [rule.id, rule]));
  return {
    added: inOrder(after.rules.filter((rule) => !beforeById.has(rule.id))),
    removed: inOrder(before.rules.filter((rule) => !afterById.has(rule.id))),
    changed: inOrder(before.rules).flatMap((rule) => changeOf(rule, afterById.get(rule.id))),
    holdoutPercent:
      before.holdoutPercent === after.holdoutPercent
        ? null
        : { before: before.holdoutPercent, after: after.holdoutPercent },
  };
}

const inOrder = (rules: readonly Rule[]): Rule[] => [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));

function changeOf(before: Rule, after: Rule | undefined): ChangedRule[] {
  if (after === undefined) return [];
  const fields = changedFields(before, after);
  return fields.length === 0 ? [] : [{ before, after, fields }];
}

/** What differs between two rules; the parts of audience, target, action and schedule are told apart. */
export function changedFields(before: Rule, after: Rule): string[] {
  const a = fieldsOf(before);
  const b = fieldsOf(after);
  return [...new Set([...a.keys(), ...b.keys()])].filter((field) => a.get(field) !== b.get(field));
}

function fieldsOf(rule: Rule): Map<string, string> {
  const { audience, target, action, schedule, ...own } = canonicalRule(rule);
  const fields = new Map<string, string>();
  for (const [name, part] of Object.entries({ audience, target, action, schedule })) {
    for (const [key, value] of Object.entries(part)) fields.set(`${name}.${key}`, canonicalJson(value));
  }
  for (const [name, value] of Object.entries(own)) fields.set(name, canonicalJson(value));
  return fields;
}
