import { isGiven, type Optional, type RowChecks } from '../../platform/rowChecks.js';
import { DIRECTIONS, type Direction } from '../goal.js';
import type { Recorded } from '../records.js';

/** What a KPI is about. */
export const KPI_KINDS = [
  'ENGAGEMENT',
  'SKILL_ACQUISITION',
  'PERFORMANCE',
  'RETENTION',
  'SATISFACTION',
  'OTHER',
] as const;
export type KpiKind = (typeof KPI_KINDS)[number];

/** The levels of evaluation of Phillips (1997), from 1 on. */
export const PHILLIPS_LEVELS = ['REACTION', 'LEARNING', 'APPLICATION', 'IMPACT', 'ROI'] as const;
export type PhillipsLevel = (typeof PHILLIPS_LEVELS)[number];

/** A figure that another system keeps. */
export interface Kpi {
  readonly id: string;
  readonly name: string;
  /** In words, such as `%`, `days` or `tickets`. */
  readonly unit: string;
  readonly direction: Direction;
  readonly kind: KpiKind;
  readonly level: PhillipsLevel;
  /** Values outside of these are refused; null: open. */
  readonly expectedMin: number | null;
  readonly expectedMax: number | null;
  /** Within what all figures of learners lie so far, in round figures; null: there are none. */
  readonly observed: ValueSpan | null;
}

export interface ValueSpan {
  readonly min: number;
  readonly max: number;
}

export interface KpiInput {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly direction?: Optional<Direction>;
  readonly kind?: Optional<KpiKind>;
  readonly level?: Optional<PhillipsLevel>;
  readonly expectedMin?: Optional<number>;
  readonly expectedMax?: Optional<number>;
}

/** Whose figure it is. */
export const SUBJECT_KINDS = ['LEARNER', 'DEPARTMENT', 'ROLE', 'LOCATION', 'ORGANISATION'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** What a KPI came to for somebody in a period. */
export interface KpiObservation extends Recorded {
  readonly kpiId: string;
  readonly subjectKind: SubjectKind;
  /** The department, location or role id; null for a learner and for the organisation. */
  readonly subject: string | null;
  readonly learnerId: string | null;
  /** ISO dates, half open. */
  readonly fromDay: string;
  readonly untilDay: string;
  readonly value: number;
}

export interface KpiObservationInput extends Recorded {
  readonly kpiId: string;
  readonly learnerId?: Optional<string>;
  readonly department?: Optional<string>;
  readonly roleId?: Optional<string>;
  readonly location?: Optional<string>;
  readonly from: string;
  readonly until: string;
  readonly value: number;
  readonly unit?: Optional<string>;
}

/**
 * Within what a figure of a learner lies: where it was expected and where figures were, so that nobody can make it narrower
 * by what they expect. Null: there are no figures of learners.
 */
export function rangeOf({ expectedMin, expectedMax, observed }: Kpi): ValueSpan | null {
  return (
    observed && {
      min: Math.min(expectedMin ?? observed.min, observed.min),
      max: Math.max(expectedMax ?? observed.max, observed.max),
    }
  );
}

/** Values with ends that are round at the size of what they span, so that neither is somebody's value. */
export function roundSpan(values: readonly number[]): ValueSpan {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const unit = 10 ** Math.floor(Math.log10(greatest - least || Math.abs(greatest) || 1));
  const [min, max] = [Math.floor(least / unit) * unit, Math.ceil(greatest / unit) * unit];
  return { min, max: max > min ? max : min + unit };
}

export const LARGEST_KPI = 1e15;
const MAX_NAME = 200;
const MAX_UNIT = 40;

export function checkKpi(check: RowChecks, kpi: KpiInput): void {
  check.id(kpi.id, 'id');
  check.text(kpi.name, MAX_NAME, 'name');
  check.text(kpi.unit, MAX_UNIT, 'unit');
  check.number(kpi.expectedMin, -LARGEST_KPI, LARGEST_KPI, 'expectedMin');
  check.number(kpi.expectedMax, -LARGEST_KPI, LARGEST_KPI, 'expectedMax');
  if (isGiven(kpi.expectedMin) && isGiven(kpi.expectedMax) && kpi.expectedMin >= kpi.expectedMax) {
    check.fail('INVALID_VALUE', 'expectedMax must be above expectedMin', 'expectedMax');
  }
}

export function kpiOf(given: KpiInput): Omit<Kpi, 'observed'> {
  return {
    id: given.id,
    name: given.name,
    unit: given.unit,
    direction: given.direction ?? DIRECTIONS[0],
    kind: given.kind ?? 'OTHER',
    level: given.level ?? 'IMPACT',
    expectedMin: given.expectedMin ?? null,
    expectedMax: given.expectedMax ?? null,
  };
}

/** What rows are checked against. */
export interface ObservationContext {
  readonly kpis: ReadonlyMap<string, Kpi>;
  readonly learnerIds: ReadonlySet<string>;
  readonly roleIds: ReadonlySet<string>;
}

export function checkObservation(
  check: RowChecks,
  row: KpiObservationInput,
  { kpis, learnerIds, roleIds }: ObservationContext,
): void {
  const before = check.errors.length;
  check.id(row.kpiId, 'kpiId');
  const kpi = kpis.get(row.kpiId);
  if (kpi === undefined && check.errors.length === before) {
    check.fail('NOT_FOUND', `There is no KPI "${row.kpiId}"; send it with upsertKpis first`, 'kpiId');
  }
  const subjects = [row.learnerId, row.department, row.roleId, row.location].filter(isGiven);
  if (subjects.length > 1) {
    const message = 'Name one of learnerId, department, roleId and location, or none for the whole organisation';
    check.fail('INVALID_VALUE', message, 'learnerId');
  }
  check.text(row.department, MAX_NAME, 'department');
  check.text(row.location, MAX_NAME, 'location');
  checkKnown(check, row.learnerId, learnerIds, 'learner', 'learnerId');
  checkKnown(check, row.roleId, roleIds, 'role', 'roleId');
  const dates = check.errors.length;
  check.day(row.from, 'from');
  check.day(row.until, 'until');
  if (check.errors.length === dates && row.from >= row.until) {
    check.fail('INVALID_VALUE', 'until must be after from: it is the first day that does not count any more', 'until');
  }
  if (kpi === undefined) return;
  check.number(row.value, kpi.expectedMin ?? -LARGEST_KPI, kpi.expectedMax ?? LARGEST_KPI, 'value');
  check.text(row.unit, MAX_UNIT, 'unit');
  if (isGiven(row.unit) && row.unit !== kpi.unit && row.unit.length <= MAX_UNIT) {
    check.fail('INVALID_VALUE', `unit: "${kpi.id}" is kept in ${kpi.unit}, not in ${row.unit}`, 'unit');
  }
}

function checkKnown(
  check: RowChecks,
  id: Optional<string>,
  known: ReadonlySet<string>,
  noun: string,
  field: string,
): void {
  const before = check.errors.length;
  check.id(id, field);
  if (!isGiven(id) || known.has(id) || check.errors.length > before) return;
  check.fail('NOT_FOUND', `There is no ${noun} "${id}"; send it first`, field);
}

export function observationOf(row: KpiObservationInput): KpiObservation {
  const { source, eventId, kpiId, value, from: fromDay, until: untilDay } = row;
  const about = { source, eventId, kpiId, fromDay, untilDay, value };
  const team = (subjectKind: SubjectKind, subject: string) => ({ ...about, subjectKind, subject, learnerId: null });
  if (isGiven(row.learnerId)) return { ...about, subjectKind: 'LEARNER', subject: null, learnerId: row.learnerId };
  if (isGiven(row.department)) return team('DEPARTMENT', row.department);
  if (isGiven(row.roleId)) return team('ROLE', row.roleId);
  if (isGiven(row.location)) return team('LOCATION', row.location);
  return { ...about, subjectKind: 'ORGANISATION', subject: null, learnerId: null };
}
