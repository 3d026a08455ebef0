import type { AuditEntry } from '../../platform/audit.js';
import { DomainError, type RowError } from '../../platform/errors.js';
import { RowChecks } from '../../platform/rowChecks.js';
import { changesBetween } from '../../platform/settings/versionedSettings.js';
import { canonicalJson } from '../model/ruleSetHash.js';
import type { Draft } from './draft.js';
import { type AuditedDraft, auditedDraft, type SeenDraft } from './draftChanges.js';

/** That there is no such draft any more. */
export const draftGone = (draftId: string): DomainError =>
  new DomainError(
    'NOT_FOUND',
    `There is no draft "${draftId}": it was published or discarded. The auditLog of "draft ${draftId}" has what it said.`,
    { argument: 'draftId' },
  );

/**
 * That somebody else has edited a draft since it was seen.
 *
 * @param entries of the audit log about the draft, to tell what it said when it was seen
 */
export function draftConflict(
  { revision }: SeenDraft,
  draft: Draft,
  sentence: string,
  entries: readonly AuditEntry[],
): DomainError {
  const seen = entries
    .map(({ after }) => after as Partial<AuditedDraft> | null)
    .find((one) => one?.revision === revision);
  const current = auditedDraft(draft);
  return new DomainError(
    'CONFLICT',
    `The draft is at revision ${draft.revision}, not ${revision}: ${draft.editedBy} has edited it meanwhile. Nothing was ` +
      `changed by this call; look at what it says now and send yours with expectedRevision ${draft.revision}.`,
    {
      ...{ expectedRevision: revision, currentRevision: draft.revision },
      ...{ current, sentence, changedBy: draft.editedBy, changedAt: draft.editedAt.toISOString() },
      changes: seen == null ? [] : changesBetween(seen.says, current.says),
    },
  );
}

/**
 * Why a call that was made before cannot be answered with the draft that it made then.
 *
 * @param first what the audit log says of the draft as it was made
 * @param again the draft as this call would make it
 * @param stored null: it is gone
 */
export function repeatProblems(first: AuditEntry, again: Draft, stored: Draft | null): readonly RowError[] {
  const check = new RowChecks(0);
  if (said((first.after as AuditedDraft).says) !== said(auditedDraft(again).says)) {
    const message =
      'An earlier call with this clientMutationId said something else, which stays; give a new call a new id';
    check.fail('CONFLICT', message, 'clientMutationId');
  } else if (stored === null) {
    const message =
      `An earlier call with this clientMutationId made draft ${again.id}, which was published or discarded since; give a ` +
      'new call a new id';
    check.fail('CONFLICT', message, 'clientMutationId');
  }
  return check.errors;
}

/** When a rule was drafted is not what its sender says. */
const said = (says: unknown): string => canonicalJson({ ...(says as object), createdAt: null });
