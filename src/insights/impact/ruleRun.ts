import type { PublishedRuleSet } from '../../rules/lifecycle/publishedRuleSet.js';
import type { Rule } from '../../rules/model/rule.js';

/** A published version of the rule set. */
interface Version {
  readonly version: number;
  readonly content: Pick<PublishedRuleSet, 'rules' | 'holdoutPercent'>;
  readonly change: { readonly at: Date } | null;
}

/** A version in which a rule was in force. */
export interface LiveRule {
  readonly version: number;
  readonly holdoutPercent: number;
}

/** The latest time in which a rule was published and said the same. */
export interface RuleRun {
  readonly rule: Rule;
  readonly live: readonly LiveRule[];
  readonly since: Date;
  /** Null: it still is. */
  readonly until: Date | null;
}

/**
 * The latest run of versions that have a rule with the same effect; null: none has it.
 *
 * @param versions newest first
 */
export function lastRun(versions: readonly Version[], ruleId: string): RuleRun | null {
  const found = versions.map((version) => ({
    version,
    rule: version.content.rules.find(({ id }) => id === ruleId) ?? null,
  }));
  const last = found.findIndex(({ rule }) => rule !== null);
  const rule = found[last]?.rule ?? null;
  if (rule === null) return null;
  const after = found.slice(last);
  const end = after.findIndex((one) => one.rule === null || effectOf(one.rule) !== effectOf(rule));
  const run = after.slice(0, end === -1 ? after.length : end);
  return {
    rule,
    live: run.map(({ version: { version, content } }) => ({ version, holdoutPercent: content.holdoutPercent })),
    since: run.at(-1)?.version.change?.at ?? new Date(0),
    until: found[last - 1]?.version.change?.at ?? null,
  };
}

/** What of a rule decides on lists. */
const effectOf = ({ audience, target, surfaces, action }: Rule): string =>
  JSON.stringify([audience, target, surfaces, action]);
