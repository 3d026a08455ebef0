import type { AuditAction, AuditedChange } from '../platform/audit.js';
import { DomainError, type RowError } from '../platform/errors.js';
import { RowChecks } from '../platform/rowChecks.js';
import type { Experiment, ExperimentStatus } from './experiment.js';

/** What the audit log calls an experiment. */
const subjectOf = ({ id }: Pick<Experiment, 'id'>): string => `experiment ${id}`;

const DONE: Partial<Record<AuditAction, string>> = {
  DRAFTED: 'is drafted',
  EDITED: 'is changed before it runs',
  STARTED: 'starts',
  STOPPED: 'ends',
  ROLLED_BACK: 'is rolled back: what counted before counts for everybody',
};

/** What the audit log is told of a change. */
export function auditedExperiment(action: AuditAction, before: Experiment | null, after: Experiment): AuditedChange {
  const { definition, shipped } = after;
  const what =
    action === 'SHIPPED'
      ? `ships variant "${shipped?.variantId}": it counts for everybody`
      : (DONE[action] ?? 'changes');
  return {
    action,
    subject: subjectOf(after),
    text: `Experiment "${definition.name}" ${what}.`,
    before: before && told(before),
    after: told(after),
  };
}

const told = ({ status, definition, shipped }: Experiment) => ({ status, ...definition, shipped });

/** What the caller wants cannot be done with an experiment as it stands; empty: it can. */
export function statusProblems(
  { id, status }: Pick<Experiment, 'id' | 'status'>,
  allowed: readonly ExperimentStatus[],
  verb: string,
): readonly RowError[] {
  if (allowed.includes(status)) return [];
  const message = `Experiment "${id}" is ${status}; only one that is ${allowed.join(' or ')} can be ${verb}`;
  return single('CONFLICT', message, 'id');
}

/** Where a second person has to agree: whoever said last what the experiment is does not agree with themself. */
export function secondPersonProblems(
  { editedBy }: Pick<Experiment, 'editedBy'>,
  by: string,
  isRequired: boolean,
): readonly RowError[] {
  if (!isRequired || editedBy !== by) return [];
  return single('NOT_APPROVED', 'You defined this experiment; here somebody else has to start it and to ship variants');
}

/** One error about the request. */
export function single(code: RowError['code'], message: string, ...path: readonly string[]): readonly RowError[] {
  const check = new RowChecks(0);
  check.fail(code, message, ...path);
  return check.errors;
}

export function noSuchExperiment(id: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no experiment "${id.slice(0, 80)}".`, { argument: 'id' });
}

/** Somebody else has changed it since the caller looked. */
export function changedSince({ version, status, reason }: Experiment, expectedVersion: number): DomainError {
  return new DomainError(
    'CONFLICT',
    `The experiment is at version ${version}, not ${expectedVersion}: there was a change meanwhile. Nothing was changed by ` +
      `this call; look at it and send it with expectedVersion ${version}.`,
    { expectedVersion, currentVersion: version, status, reason },
  );
}
