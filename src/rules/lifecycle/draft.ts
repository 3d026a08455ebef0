import type { Rule } from '../model/rule.js';

/** RULE: a rule as it is to be; REMOVAL: a rule is to go; SETTING: a setting is to change. */
export const DRAFT_KINDS = ['RULE', 'REMOVAL', 'SETTING'] as const;
export type DraftKind = (typeof DRAFT_KINDS)[number];

/** What somebody proposes; it counts for nobody until it is published. */
export type Draft = RuleDraft | RemovalDraft | SettingDraft;

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

/** What the draft is about: a rule by its id, or a setting by its kind. Two drafts of one subject cannot both be published. */
export function subjectOf(draft: Draft): string {
  if (draft.kind === 'SETTING') return draft.setting;
  return `rule ${draft.kind === 'RULE' ? draft.rule.id : draft.ruleId}`;
}
