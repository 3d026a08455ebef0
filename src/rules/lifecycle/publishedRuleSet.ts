import { z } from 'zod';
import { type Rule, type RuleSetContent, ruleSchema } from '../model/rule.js';
import { ruleSetHash } from '../model/ruleSetHash.js';
import { type Draft, isHoldoutDraft } from './draft.js';

/** Versions of the settings that are published together with rules, by their kinds. */
export type SettingVersions = Readonly<Record<string, number>>;

/** A rule set as it was published. */
export interface PublishedRuleSet extends RuleSetContent {
  /** See `ruleSetHash`. */
  readonly contentHash: string;
  /** What counted right before it was published, and from then on. */
  readonly settingsBefore: SettingVersions;
  readonly settings: SettingVersions;
  /** The version whose content this one brought back; null: it was made of drafts. */
  readonly rollbackOf: number | null;
}

/** Most rules that a set may hold, in force or not. */
export const MAX_RULES = 1_000;

/** A rule that some people never see is a surprise to whoever publishes it, so that is theirs to decide. */
const INITIAL_HOLDOUT_PERCENT = 0;

const settingVersions = z.record(z.string(), z.number().int());

/** A rule set as it is stored. */
export const publishedRuleSetSchema: z.ZodType<PublishedRuleSet> = z.object({
  rules: z.array(ruleSchema),
  holdoutPercent: z.number(),
  contentHash: z.string(),
  settingsBefore: settingVersions,
  settings: settingVersions,
  rollbackOf: z.number().int().nullable(),
});

const NO_RULES: RuleSetContent = { rules: [], holdoutPercent: INITIAL_HOLDOUT_PERCENT };

/** What counts until somebody publishes. */
export const INITIAL_RULE_SET: PublishedRuleSet = {
  ...NO_RULES,
  contentHash: ruleSetHash(NO_RULES),
  settingsBefore: {},
  settings: {},
  rollbackOf: null,
};

/** The rules and the holdout with those of drafts, at most one draft of each; rules in the order of their ids, in whatever order they were drafted. */
export function withDrafts(before: RuleSetContent, drafts: readonly Draft[]): RuleSetContent {
  const byId = new Map<string, Rule>(before.rules.map((rule) => [rule.id, rule]));
  for (const draft of drafts) {
    if (draft.kind === 'RULE') byId.set(draft.rule.id, draft.rule);
    if (draft.kind === 'REMOVAL') byId.delete(draft.ruleId);
  }
  const holdoutPercent = drafts.find(isHoldoutDraft)?.holdoutPercent ?? before.holdoutPercent;
  return { rules: [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), holdoutPercent };
}
