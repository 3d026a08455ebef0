import type { AuditAction, AuditedChange } from '../../platform/audit.js';
import type { RowError } from '../../platform/errors.js';
import { RowChecks } from '../../platform/rowChecks.js';
import type { GivenRule } from '../model/givenRule.js';
import { type Draft, subjectOf } from './draft.js';

/** Which revision of a draft somebody has looked at. */
export interface SeenDraft {
  readonly draftId: string;
  readonly revision: number;
}

/** What an edit puts in place of what a draft says. */
export type DraftEdit = { readonly kind: 'RULE'; readonly rule: GivenRule } | SettingEdit;

/** As `DraftEdit`, of anything but a rule. */
export type SettingEdit =
  | { readonly kind: 'SETTING'; readonly setting: string; readonly change: Readonly<Record<string, unknown>> }
  | { readonly kind: 'HOLDOUT'; readonly holdoutPercent: number };

/** What every new draft has beside what it says. */
export const newDraft = (id: string, baseVersion: number, by: string, at: Date) => ({
  ...{ id, baseVersion, revision: 1, approval: null },
  ...{ createdBy: by, createdAt: at, editedBy: by, editedAt: at },
});

/** A draft as the audit log keeps it. */
export interface AuditedDraft {
  readonly revision: number;
  readonly basedOnVersion: number;
  readonly approvedBy: string | null;
  readonly says: unknown;
}

export function auditedDraft(draft: Draft): AuditedDraft {
  const { revision, baseVersion: basedOnVersion, approval } = draft;
  return { revision, basedOnVersion, approvedBy: approval?.by ?? null, says: saidBy(draft) };
}

function saidBy(draft: Draft): unknown {
  switch (draft.kind) {
    case 'RULE':
      return draft.rule;
    case 'REMOVAL':
      return { removes: draft.ruleId };
    case 'SETTING':
      return draft.change;
    case 'HOLDOUT':
      return { holdoutPercent: draft.holdoutPercent };
  }
}

/** What the audit log calls a draft. */
export const auditSubject = ({ id }: Pick<Draft, 'id'>): string => `draft ${id}`;

/** What the audit log says of a draft; null before it was there and after it is gone, never both. */
export function auditedDraftChange(
  action: AuditAction,
  before: Draft | null,
  after: Draft | null,
  text: string,
): AuditedChange {
  return {
    ...{ action, subject: `draft ${(after ?? before)?.id}`, text },
    before: before === null ? null : auditedDraft(before),
    after: after === null ? null : auditedDraft(after),
  };
}

/** Why a draft cannot be edited like this; empty when it can. */
export function editProblems(draft: Draft, edit: DraftEdit): readonly RowError[] {
  const check = new RowChecks(0);
  if (draft.kind === 'REMOVAL') {
    check.fail(
      'INVALID_VALUE',
      'The draft removes a rule, which leaves nothing to edit: discard it instead',
      'draftId',
    );
  } else if (draft.kind !== edit.kind || (edit.kind === 'SETTING' && subjectDiffers(draft, edit.setting))) {
    const isAbout = draft.kind === 'RULE' ? 'a rule' : `the ${subjectOf(draft)}`;
    check.fail('INVALID_VALUE', `The draft is about ${isAbout}; edit that, or draft something new`, 'draftId');
  }
  return check.errors;
}

const subjectDiffers = (draft: Draft, setting: string) => draft.kind === 'SETTING' && draft.setting !== setting;

/** Why somebody cannot approve a draft; empty when they can. */
export function approvalProblems(
  { draftId, revision }: SeenDraft,
  draft: Draft | undefined,
  by: string,
  index: number,
): readonly RowError[] {
  const check = new RowChecks(index);
  if (draft === undefined) {
    check.fail('NOT_FOUND', `There is no draft "${draftId.slice(0, 80)}": it was published or discarded.`, 'draftId');
  } else if (draft.revision !== revision) {
    const message = `Draft ${draftId} is at revision ${draft.revision}, not ${revision}: look at what it says now`;
    check.fail('CONFLICT', message, 'revision');
  } else if (draft.editedBy === by) {
    check.fail('NOT_APPROVED', `You have edited draft ${draftId} yourself: somebody else has to approve it`, 'draftId');
  }
  return check.errors;
}
