import type { Rule } from '../model/rule.js';

/** RULE: a rule as it is to be; REMOVAL: a rule is to go; SETTING: a setting is to change; HOLDOUT: the share of people is. */
export const DRAFT_KINDS = ['RULE', 'REMOVAL', 'SETTING', 'HOLDOUT'] as const;
export type DraftKind = (typeof DRAFT_KINDS)[number];

/** What somebody proposes; it counts for nobody until it is published. */
export type Draft = RuleDraft | RemovalDraft | SettingDraft | HoldoutDraft;

interface DraftState {
  readonly id: string;
  /** Version of the rule set, or of the setting, that whoever drafted it had before them. */
  readonly baseVersion: number;
  /** From 1; every edit makes it one more. */
  readonly revision: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly editedBy: string;
  readonly editedAt: Date;
  /** The second person who agreed with this revision; null: nobody yet. */
  readonly approval: { readonly by: string; readonly at: Date } | null;
}

export interface RuleDraft extends DraftState {
  readonly kind: 'RULE';
  readonly rule: Rule;
}

export interface RemovalDraft extends DraftState {
  readonly kind: 'REMOVAL';
  readonly ruleId: string;
}

export interface SettingDraft extends DraftState {
  readonly kind: 'SETTING';
  /** Kind of the setting, such as `policy`. */
  readonly setting: string;
  /** What is to change, as in the mutation of that setting. */
  readonly change: Readonly<Record<string, unknown>>;
}

export const isHoldoutDraft = (draft: Draft): draft is HoldoutDraft => draft.kind === 'HOLDOUT';
export const isSettingDraft = (draft: Draft): draft is SettingDraft => draft.kind === 'SETTING';

/** It changes the rule set itself, whose version it is based on, and no setting beside it. */
export interface HoldoutDraft extends DraftState {
  readonly kind: 'HOLDOUT';
  /** Of people whom soft rules leave alone. */
  readonly holdoutPercent: number;
}

/** What the draft is about: a rule by its id, a setting by its kind, or the holdout. Two drafts of one subject cannot both be published. */
export function subjectOf(draft: Draft): string {
  if (draft.kind === 'SETTING') return draft.setting;
  if (draft.kind === 'HOLDOUT') return 'holdout';
  return `rule ${draft.kind === 'RULE' ? draft.rule.id : draft.ruleId}`;
}
