import { type BatchPlan, failRepeats, planOf, RowChecks } from '../platform/rowChecks.js';
import { checkLearner } from './learnerPlan.js';

/** Days away from work by the learner's own calendar, as ISO dates, half open: `endsOn` is the first day back. */
export interface LeaveSpan {
  readonly startsOn: string;
  readonly endsOn: string;
}

/** One stretch of a learner's leave; the day it starts on names it, so that its end can be moved. */
export interface Leave extends LeaveSpan {
  readonly learnerId: string;
}

export type LeaveKey = Omit<Leave, 'endsOn'>;

/** What a batch of leave would store, decided without a database. */
export function planLeave(rows: readonly Leave[], learnerIds: ReadonlySet<string>): BatchPlan<Leave> {
  const checks = rows.map((row, index) => checkedKey(row, index, learnerIds));
  failRepeats(rows, checks, keyOf);
  rows.forEach((row, index) => {
    const check = checks[index] as RowChecks;
    check.day(row.endsOn, 'endsOn');
    if (check.passed && row.endsOn <= row.startsOn) {
      check.fail('INVALID_VALUE', 'endsOn must be after startsOn: it is the first day back at work', 'endsOn');
    }
  });
  return planOf(rows, checks);
}

/** Which leave a batch would remove. */
export function planLeaveRemoval(rows: readonly LeaveKey[], learnerIds: ReadonlySet<string>): BatchPlan<LeaveKey> {
  const checks = rows.map((row, index) => checkedKey(row, index, learnerIds));
  failRepeats(rows, checks, keyOf);
  return planOf(rows, checks);
}

function checkedKey({ learnerId, startsOn }: LeaveKey, index: number, learnerIds: ReadonlySet<string>): RowChecks {
  const check = new RowChecks(index);
  checkLearner(check, learnerId, learnerIds);
  check.day(startsOn, 'startsOn');
  return check;
}

const keyOf = ({ learnerId, startsOn }: LeaveKey): string => JSON.stringify([learnerId, startsOn]);

/** The same days in as few stretches as possible, in order: those that overlap or touch are one. */
export function mergedLeave(spans: readonly LeaveSpan[]): readonly LeaveSpan[] {
  const merged: LeaveSpan[] = [];
  for (const { startsOn, endsOn } of spans.toSorted((a, b) => (a.startsOn < b.startsOn ? -1 : 1))) {
    const last = merged.at(-1);
    if (last === undefined || startsOn > last.endsOn) merged.push({ startsOn, endsOn });
    else if (endsOn > last.endsOn) merged[merged.length - 1] = { startsOn: last.startsOn, endsOn };
  }
  return merged;
}
