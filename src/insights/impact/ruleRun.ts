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
  readonly since: Date;
  /** All that were in force together. */
  readonly rules: readonly Rule[];
}

/** Versions in which a rule was in force, and from when to when it was. */
export interface RuleTime {
  readonly rule: Rule;
  readonly live: readonly LiveRule[];
  readonly since: Date;
  readonly until: Date;
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
  const live = run.map(({ version: { version, content, change } }) => ({
    version,
    holdoutPercent: content.holdoutPercent,
    since: change?.at ?? BEGINNING,
    rules: content.rules,
  }));
  return {
    ...{ rule, live },
    since: live.at(-1)?.since ?? BEGINNING,
    until: found[last - 1]?.version.change?.at ?? null,
  };
}

/**
 * The newest part of a run in which there were people held out without a break; null: there never were. In a version without
 * a holdout everybody gets the rule, so whoever was held out before is not from then on.
 */
export function heldOutRun(run: RuleRun): RuleRun | null {
  const newest = run.live.findIndex(({ holdoutPercent }) => holdoutPercent > 0);
  if (newest === -1) return null;
  const rest = run.live.slice(newest);
  const end = rest.findIndex(({ holdoutPercent }) => holdoutPercent === 0);
  const live = rest.slice(0, end === -1 ? rest.length : end);
  return {
    ...{ rule: run.rule, live },
    since: live.at(-1)?.since ?? run.since,
    until: run.live[newest - 1]?.since ?? run.until,
  };
}

const BEGINNING = new Date(0);

/** What of a rule decides on lists. */
export const effectOf = ({ audience, target, surfaces, action }: Rule): string =>
  JSON.stringify([audience, target, surfaces, action]);
