import {
  type BatchPlan,
  failRepeats,
  isGiven,
  type Optional,
  patched,
  planOf,
  RowChecks,
} from '../platform/rowChecks.js';
import type {
  Assignment,
  Learner,
  Obligation,
  QuietHours,
  SkillEvidence,
  SkillSource,
  Weekday,
  WorkDay,
} from './learner.js';
import { levelOnScale } from './skillScale.js';

// What a batch about people would store, decided without a database. Absent keeps what is stored, null clears it.

export interface LearnerInput {
  readonly id: string;
  readonly timezone?: Optional<string>;
  readonly languages?: Optional<readonly string[]>;
  readonly department?: Optional<string>;
  readonly location?: Optional<string>;
  readonly roleId?: Optional<string>;
  readonly targetRoleId?: Optional<string>;
  readonly managerId?: Optional<string>;
  readonly hiredOn?: Optional<string>;
  /** Times are local, `HH:MM`, up to `24:00`. */
  readonly workPattern?: Optional<readonly { readonly day: Weekday; readonly start: string; readonly end: string }[]>;
  readonly quietHours?: Optional<{ readonly start: string; readonly end: string }>;
  readonly active?: Optional<boolean>;
  readonly personalisationOptOut?: Optional<boolean>;
}

export interface SkillEvidenceInput {
  readonly learnerId: string;
  readonly skillId: string;
  readonly source: SkillSource;
  /** May be left out where `scale` and `scaleValue` say it. */
  readonly level?: Optional<number>;
  readonly confidence?: Optional<number>;
  readonly observedAt?: Optional<Date>;
  readonly scale?: Optional<string>;
  readonly scaleValue?: Optional<string>;
}

export interface AssignmentInput {
  readonly learnerId: string;
  readonly courseId: string;
  readonly obligation: Obligation;
  readonly dueAt?: Optional<Date>;
  readonly countsFrom?: Optional<Date>;
}

/** How far a source is believed when it does not say itself. */
const SOURCE_CONFIDENCE: Readonly<Record<SkillSource, number>> = {
  ASSESSMENT: 0.9,
  MANAGER: 0.7,
  SELF: 0.5,
  INFERRED: 0.4,
};
/** Longest department or location. */
export const MAX_LABEL = 200;
/** A sender's clock may run ahead of ours by this much. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

export function planLearners(
  rows: readonly LearnerInput[],
  stored: ReadonlyMap<string, Learner>,
  roleIds: ReadonlySet<string>,
  isTimezone: (zone: string) => boolean,
  erasedIds: ReadonlySet<string> = new Set(),
): BatchPlan<Learner> {
  const checks = rows.map((_, index) => new RowChecks(index));
  failRepeats(rows, checks, (row) => row.id);
  const learners = rows.map((row, index): Learner => {
    const check = checks[index] as RowChecks;
    const before = stored.get(row.id);
    check.id(row.id, 'id');
    if (erasedIds.has(row.id)) {
      const message =
        'This learner was erased and stays so; if they are to be known again, ask for readmitLearner first';
      check.fail('ERASED', message, 'id');
    }
    if (isGiven(row.timezone) && !isTimezone(row.timezone)) {
      check.fail('INVALID_VALUE', 'timezone is not an IANA zone such as "Europe/Berlin"', 'timezone');
    }
    check.list(row.languages, 20, 'languages').forEach((language, i) => {
      check.language(language, 'languages', String(i));
    });
    check.text(row.department, MAX_LABEL, 'department');
    check.text(row.location, MAX_LABEL, 'location');
    check.id(row.managerId, 'managerId');
    if (row.managerId === row.id) check.fail('INVALID_VALUE', 'Nobody is their own manager', 'managerId');
    for (const field of ['roleId', 'targetRoleId'] as const) {
      const roleId = row[field];
      if (isGiven(roleId) && !roleIds.has(roleId)) {
        check.fail('NOT_FOUND', `There is no role "${roleId.slice(0, 80)}"; send it with upsertRoles first`, field);
      }
    }
    check.day(row.hiredOn, 'hiredOn');
    const workPattern = check
      .list(row.workPattern, 50, 'workPattern')
      .map((day, i) => workDay(check, day, ['workPattern', String(i)]));
    const quietHours = row.quietHours && quiet(check, row.quietHours);
    return {
      id: row.id,
      timezone: patched(row.timezone, before?.timezone, null),
      languages: patched(row.languages && [...new Set(row.languages)], before?.languages, []),
      department: patched(row.department, before?.department, null),
      location: patched(row.location, before?.location, null),
      roleId: patched(row.roleId, before?.roleId, null),
      targetRoleId: patched(row.targetRoleId, before?.targetRoleId, null),
      managerId: patched(row.managerId, before?.managerId, null),
      hiredOn: patched(row.hiredOn, before?.hiredOn, null),
      workPattern: patched<readonly WorkDay[] | null>(row.workPattern && workPattern, before?.workPattern, null),
      quietHours: patched<QuietHours | null>(quietHours, before?.quietHours, null),
      active: patched(row.active, before?.active, true),
      personalisationOptOut: patched(row.personalisationOptOut, before?.personalisationOptOut, false),
    };
  });
  return planOf(learners, checks);
}

export function planEvidence(
  rows: readonly SkillEvidenceInput[],
  learnerIds: ReadonlySet<string>,
  skillIds: ReadonlySet<string>,
  now: Date,
): BatchPlan<SkillEvidence> {
  const checks = rows.map((_, index) => new RowChecks(index));
  const evidence = rows.map((row, index): SkillEvidence => {
    const check = checks[index] as RowChecks;
    checkLearner(check, row.learnerId, learnerIds);
    check.id(row.skillId, 'skillId');
    if (check.passed && !skillIds.has(row.skillId)) {
      check.fail('NOT_FOUND', `There is no skill "${row.skillId}"; send it with upsertSkills first`, 'skillId');
    }
    check.number(row.confidence, 0, 1, 'confidence');
    checkPast(check, row.observedAt ?? now, now, 'observedAt');
    check.text(row.scale, MAX_LABEL, 'scale');
    check.text(row.scaleValue, MAX_LABEL, 'scaleValue');
    const level = evidenceLevel(check, row);
    return {
      learnerId: row.learnerId,
      skillId: row.skillId,
      source: row.source,
      level,
      confidence: row.confidence ?? SOURCE_CONFIDENCE[row.source],
      observedAt: row.observedAt ?? now,
      scale: row.scale ?? null,
      scaleValue: row.scaleValue ?? null,
    };
  });
  return planOf(evidence, checks);
}

/**
 * The level a row states, by itself or on the source's own scale. Where it states both, the level counts as given: whoever
 * rates knows best what their marks mean. A mark that says something quite different is a mistake, though, in one of the
 * two; scales that we cannot read are mere notes then.
 */
function evidenceLevel(check: RowChecks, { level, scale, scaleValue }: SkillEvidenceInput): number {
  check.number(level, 0, 1, 'level');
  if (!check.passed) return 0;
  if (!isGiven(scale) || !isGiven(scaleValue)) {
    if (isGiven(level)) return level;
    if (isGiven(scale)) check.fail('INVALID_VALUE', 'scaleValue is needed with scale, or level instead', 'scaleValue');
    else if (isGiven(scaleValue)) check.fail('INVALID_VALUE', 'scale is needed to read scaleValue, or level', 'scale');
    else check.fail('INVALID_VALUE', 'level is needed, or scale and scaleValue to work it out from', 'level');
    return 0;
  }
  const reading = levelOnScale(scale, scaleValue);
  if (!isGiven(level)) {
    if (reading.kind === 'LEVEL') return reading.level;
    const field = reading.kind === 'UNKNOWN_SCALE' ? 'scale' : 'scaleValue';
    check.fail('INVALID_VALUE', `${field} ${reading.problem}`, field);
    return 0;
  }
  if (reading.kind === 'LEVEL' && Math.abs(level - reading.level) > reading.tolerance + 1e-9) {
    const meant = `${Number(reading.level.toFixed(2))}, the level of "${scaleValue}" on the scale "${scale}"`;
    check.fail('INVALID_VALUE', `level ${level} is far from ${meant}; mend one of them, or leave level out`, 'level');
  }
  return level;
}

export function planAssignments(
  rows: readonly AssignmentInput[],
  learnerIds: ReadonlySet<string>,
  courseIds: ReadonlySet<string>,
): BatchPlan<Assignment> {
  const checks = rows.map((_, index) => new RowChecks(index));
  failRepeats(rows, checks, (row) => JSON.stringify([row.learnerId, row.courseId]));
  const assignments = rows.map((row, index): Assignment => {
    const check = checks[index] as RowChecks;
    checkLearner(check, row.learnerId, learnerIds);
    checkCourse(check, row.courseId, courseIds);
    check.instant(row.dueAt, 'dueAt');
    check.instant(row.countsFrom, 'countsFrom');
    return {
      learnerId: row.learnerId,
      courseId: row.courseId,
      obligation: row.obligation,
      dueAt: row.dueAt ?? null,
      countsFrom: row.countsFrom ?? null,
    };
  });
  return planOf(assignments, checks);
}

export function checkLearner(check: RowChecks, learnerId: string, known: ReadonlySet<string>): void {
  const before = check.errors.length;
  check.id(learnerId, 'learnerId');
  if (check.errors.length === before && !known.has(learnerId)) {
    check.fail('NOT_FOUND', `There is no learner "${learnerId}"; send them with upsertLearners first`, 'learnerId');
  }
}

export function checkCourse(check: RowChecks, courseId: string, known: ReadonlySet<string>): void {
  const before = check.errors.length;
  check.id(courseId, 'courseId');
  if (check.errors.length === before && !known.has(courseId)) {
    check.fail('NOT_FOUND', `There is no course "${courseId}"; send it with upsertCourses first`, 'courseId');
  }
}

/** Refuses times in the future, clocks that run a little ahead excepted. */
export function checkPast(check: RowChecks, at: Date, now: Date, field: string): void {
  check.instant(at, field);
  if (at.getTime() > now.getTime() + CLOCK_TOLERANCE_MS) {
    check.fail('INVALID_VALUE', `${field} is more than 5 minutes in the future; check the sender's clock`, field);
  }
}

function workDay(
  check: RowChecks,
  given: { readonly day: Weekday; readonly start: string; readonly end: string },
  path: readonly string[],
): WorkDay {
  const startMinute = minuteOfDay(check, given.start, [...path, 'start']);
  const endMinute = minuteOfDay(check, given.end, [...path, 'end']);
  if (startMinute >= endMinute) {
    check.fail('INVALID_VALUE', 'end must be after start; split a night shift at midnight', ...path, 'end');
  }
  return { day: given.day, startMinute, endMinute };
}

function quiet(check: RowChecks, given: { readonly start: string; readonly end: string }): QuietHours {
  const startMinute = minuteOfDay(check, given.start, ['quietHours', 'start']);
  const endMinute = minuteOfDay(check, given.end, ['quietHours', 'end']);
  if (startMinute === endMinute) {
    check.fail('INVALID_VALUE', 'start and end are the same; to receive nothing at all, opt out', 'quietHours', 'end');
  }
  return { startMinute, endMinute };
}

/** NaN when it is none, so that no further check complains of the same value. */
function minuteOfDay(check: RowChecks, time: string, path: readonly string[]): number {
  const parts = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(time);
  const minute = parts === null ? Number.NaN : Number(parts[1]) * 60 + Number(parts[2]);
  if (minute <= 1_440) return minute;
  check.fail('INVALID_VALUE', `${path.join('.')} is not a time of day such as "09:30"`, ...path);
  return Number.NaN;
}
