import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import type { RowError } from '../../platform/errors.js';
import { isGiven, type Optional, RowChecks } from '../../platform/rowChecks.js';
import { isValidZone } from '../../platform/zonedTime.js';
import type { GivenAction, GivenAudience, GivenRule, GivenSchedule, GivenTarget } from './givenRule.js';
import type { RuleActionKind } from './rule.js';
import { checkLocalMoment, instantsOf } from './schedule.js';

/** What ids can be checked against. */
export type RuleCatalog = Pick<CatalogSnapshot, 'courseIndexById' | 'skills' | 'roles'>;

/** Limits of what a rule may say; both ends are allowed. */
export const RULE_LIMITS = {
  /** Values of one criterion. */
  values: 200,
  learnerIds: 1_000,
  label: 200,
  note: 2_000,
  gap: { min: 0.01, max: 1 },
  hiredWithinDays: { min: 0, max: 3_650 },
  durationMinutes: { min: 0, max: 100_000 },
  percent: { min: 1, max: 100 },
  place: { min: 1, max: 50 },
  atMost: { min: 1, max: 10 },
  dueDaysAfterHire: { min: 0, max: 3_650 },
  priority: { min: 0, max: 100 },
  holdoutPercent: { min: 0, max: 50 },
} as const;

/** What each action says beside its kind: what it needs, and what it may say. */
const ACTION_FIELDS: Readonly<Record<RuleActionKind, { readonly needs: ActionField[]; readonly may?: ActionField[] }>> =
  {
    MANDATE: { needs: [], may: ['dueOn', 'dueDaysAfterHire'] },
    EXCLUDE: { needs: [] },
    REQUIRE_ONLY: { needs: [] },
    BOOST: { needs: ['strength'] },
    BURY: { needs: ['strength'] },
    QUOTA: { needs: ['percent'] },
    PIN: { needs: ['place'] },
    CAP: { needs: ['atMost', 'per'] },
  };
type ActionField = Exclude<keyof GivenAction, 'kind'>;
const ALL_ACTION_FIELDS = [
  'strength',
  'percent',
  'place',
  'atMost',
  'per',
  'dueOn',
  'dueDaysAfterHire',
] as const satisfies readonly ActionField[];

/**
 * What is wrong with a rule, field by field; empty when it may be drafted.
 *
 * @param zone of a schedule that names none
 * @param index of the row, for mutations that take many
 */
export function ruleProblems(given: GivenRule, catalog: RuleCatalog, zone: string, index = 0): readonly RowError[] {
  const check = new RowChecks(index);
  checkAudience(given.audience ?? {}, catalog, check);
  checkTarget(given.target ?? {}, catalog, check);
  checkAction(given.action, check);
  checkSchedule(given.schedule ?? {}, zone, check);
  checkTogether(given, check);
  check.list(given.surfaces, RULE_LIMITS.values, 'surfaces');
  check.whole(given.priority, RULE_LIMITS.priority.min, RULE_LIMITS.priority.max, 'priority');
  check.text(given.owner, RULE_LIMITS.label, 'owner');
  check.longText(given.note, RULE_LIMITS.note, 'note');
  return check.errors;
}

/** What is wrong with an audience by itself, field by field; empty when people may be picked by it. */
export function audienceProblems(audience: GivenAudience, catalog: RuleCatalog): readonly RowError[] {
  const check = new RowChecks(0);
  checkAudience(audience, catalog, check);
  return check.errors;
}

/** The same, noted under `audience` of a greater whole. */
export function checkAudience(audience: GivenAudience, catalog: RuleCatalog, check: RowChecks): void {
  const { values, learnerIds, label, gap, hiredWithinDays } = RULE_LIMITS;
  for (const field of ['departments', 'locations'] as const) {
    check.list(audience[field], values, 'audience', field).forEach((text, i) => {
      check.text(text, label, 'audience', field, String(i));
    });
  }
  check.list(audience.languages, values, 'audience', 'languages').forEach((tag, i) => {
    check.language(tag, 'audience', 'languages', String(i));
  });
  check.list(audience.learnerIds, learnerIds, 'audience', 'learnerIds').forEach((id, i) => {
    check.id(id, 'audience', 'learnerIds', String(i));
  });
  checkIds(audience.roleIds, 'role', (id) => catalog.roles.has(id), check, 'audience', 'roleIds');
  if (isGiven(audience.skillGap)) {
    const { skillId, atLeast } = audience.skillGap;
    checkKnown(skillId, 'skill', catalog.skills.has(skillId), check, 'audience', 'skillGap', 'skillId');
    check.number(atLeast, gap.min, gap.max, 'audience', 'skillGap', 'atLeast');
  }
  check.whole(audience.hiredWithinDays, hiredWithinDays.min, hiredWithinDays.max, 'audience', 'hiredWithinDays');
}

function checkTarget(target: GivenTarget, catalog: RuleCatalog, check: RowChecks): void {
  const { values, label, durationMinutes } = RULE_LIMITS;
  checkIds(target.courseIds, 'course', (id) => catalog.courseIndexById.has(id), check, 'target', 'courseIds');
  checkIds(target.skillIds, 'skill', (id) => catalog.skills.has(id), check, 'target', 'skillIds');
  for (const field of ['tags', 'providers'] as const) {
    check.list(target[field], values, 'target', field).forEach((text, i) => {
      check.text(text, label, 'target', field, String(i));
    });
  }
  check.list(target.kinds, values, 'target', 'kinds');
  check.list(target.levels, values, 'target', 'levels');
  for (const field of ['minDurationMinutes', 'maxDurationMinutes'] as const) {
    check.number(target[field], durationMinutes.min, durationMinutes.max, 'target', field);
  }
  const { minDurationMinutes: min, maxDurationMinutes: max } = target;
  if (isGiven(min) && isGiven(max) && min > max) {
    const message = 'target.maxDurationMinutes must not be below target.minDurationMinutes';
    check.fail('INVALID_VALUE', message, 'target', 'maxDurationMinutes');
  }
}

function checkIds(
  ids: Optional<readonly string[]>,
  noun: string,
  isKnown: (id: string) => boolean,
  check: RowChecks,
  ...path: readonly string[]
): void {
  check.list(ids, RULE_LIMITS.values, ...path).forEach((id, i) => {
    checkKnown(id, noun, isKnown(id), check, ...path, String(i));
  });
}

function checkKnown(id: string, noun: string, isKnown: boolean, check: RowChecks, ...path: readonly string[]): void {
  const before = check.errors.length;
  check.id(id, ...path);
  if (isKnown || check.errors.length > before) return;
  check.fail('NOT_FOUND', `${path.join('.')}: there is no ${noun} "${id}"`, ...path);
}

function checkAction(action: GivenAction, check: RowChecks): void {
  const { needs, may = [] } = ACTION_FIELDS[action.kind];
  for (const field of ALL_ACTION_FIELDS) {
    if (isGiven(action[field])) {
      if (needs.includes(field) || may.includes(field)) continue;
      check.fail('INVALID_VALUE', `action.${field} says nothing about ${action.kind}; leave it out`, 'action', field);
    } else if (needs.includes(field)) {
      check.fail('INVALID_VALUE', `action.${field} is needed for ${action.kind}`, 'action', field);
    }
  }
  check.number(action.percent, RULE_LIMITS.percent.min, RULE_LIMITS.percent.max, 'action', 'percent');
  check.whole(action.place, RULE_LIMITS.place.min, RULE_LIMITS.place.max, 'action', 'place');
  check.whole(action.atMost, RULE_LIMITS.atMost.min, RULE_LIMITS.atMost.max, 'action', 'atMost');
  check.day(action.dueOn, 'action', 'dueOn');
  const { min, max } = RULE_LIMITS.dueDaysAfterHire;
  check.whole(action.dueDaysAfterHire, min, max, 'action', 'dueDaysAfterHire');
}

/** What is wrong with when something holds, noted under `schedule`. @param defaultZone of one that names none */
export function checkSchedule(schedule: GivenSchedule, defaultZone: string, check: RowChecks): void {
  const { from, until, zone } = { from: schedule.from ?? null, until: schedule.until ?? null, zone: schedule.zone };
  const isKnownZone = isValidZone(zone ?? defaultZone);
  if (!isKnownZone) {
    const message = `schedule.zone: "${zone?.slice(0, 80)}" is not an IANA time zone such as "Europe/Berlin"`;
    check.fail('INVALID_VALUE', message, 'schedule', 'zone');
  }
  const fromProblem = from === null ? null : checkLocalMoment(from);
  if (fromProblem !== null) check.fail('INVALID_VALUE', `schedule.from ${fromProblem}`, 'schedule', 'from');
  const untilProblem = until === null ? null : checkLocalMoment(until);
  if (untilProblem !== null) check.fail('INVALID_VALUE', `schedule.until ${untilProblem}`, 'schedule', 'until');
  if (!isKnownZone || fromProblem !== null || untilProblem !== null) return;
  const { fromMs, untilMs } = instantsOf({ from, until, zone: zone ?? defaultZone });
  if (fromMs < untilMs) return;
  check.fail('INVALID_VALUE', 'schedule.until must be after schedule.from', 'schedule', 'until');
}

/** What actions ask of the rest of the rule. */
function checkTogether({ action, target, surfaces, schedule }: GivenRule, check: RowChecks): void {
  const { kind } = action;
  if (kind === 'MANDATE') {
    if (isGiven(action.dueOn) === isGiven(action.dueDaysAfterHire)) {
      const message = 'A mandate needs either action.dueOn or action.dueDaysAfterHire, and not both';
      check.fail('INVALID_VALUE', message, 'action', isGiven(action.dueOn) ? 'dueDaysAfterHire' : 'dueOn');
    }
    if ((target?.courseIds ?? []).length === 0) {
      const message =
        'target.courseIds must name the courses of a mandate: what people must do is not left to a filter';
      check.fail('INVALID_VALUE', message, 'target', 'courseIds');
    }
    if ((surfaces ?? []).length > 0) {
      const message = 'surfaces: a mandate holds wherever learning is shown; leave them out';
      check.fail('INVALID_VALUE', message, 'surfaces');
    }
  } else if (kind !== 'CAP' && !hasCriterion(target ?? {})) {
    const message = `target: say which courses; ${kind} of every course would leave nothing to recommend or change nothing`;
    check.fail('INVALID_VALUE', message, 'target');
  }
  if (kind === 'PIN' && !isGiven(schedule?.until)) {
    check.fail('INVALID_VALUE', 'schedule.until is needed: a pin must expire', 'schedule', 'until');
  }
}

function hasCriterion(target: GivenTarget): boolean {
  return Object.values(target).some((value) => (Array.isArray(value) ? value.length > 0 : isGiven(value)));
}
