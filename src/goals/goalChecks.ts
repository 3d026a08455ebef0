import type { RowError } from '../platform/errors.js';
import { isGiven, type Optional, RowChecks } from '../platform/rowChecks.js';
import { isValidZone } from '../platform/zonedTime.js';
import { audienceOf, type GivenAudience } from '../rules/model/givenRule.js';
import { audienceProblems, type RuleCatalog } from '../rules/model/ruleChecks.js';
import { type Alignment, dueMsOf, type GoalContent, type GoalMetric, type GoalMetricKind } from './goal.js';
import { directionOf, signOf, valueRange } from './goalMetrics.js';
import type { Kpi } from './kpis/kpi.js';

/** A metric as its sender gives it; what its kind does not need is left out. */
export interface GivenMetric {
  readonly kind: GoalMetricKind;
  readonly courseIds?: Optional<readonly string[]>;
  readonly skillIds?: Optional<readonly string[]>;
  readonly kpiId?: Optional<string>;
}

/** A goal as its sender gives it. */
export interface GivenGoal {
  readonly name: string;
  readonly owner: string;
  readonly note?: Optional<string>;
  readonly metric: GivenMetric;
  readonly audience?: Optional<GivenAudience>;
  /** Left out: what is measured now. */
  readonly baseline?: Optional<number>;
  readonly target: number;
  readonly dueOn: string;
  /** Left out: the zone of the service. */
  readonly zone?: Optional<string>;
  readonly skillIds?: Optional<readonly string[]>;
  readonly courseIds?: Optional<readonly string[]>;
  readonly alignment?: Optional<Alignment>;
  readonly counterMetric?: Optional<GivenMetric>;
}

/** What may be changed later; what is left out stays. What a goal is measured by, of whom and from where stays as it is. */
export type GoalChange = Partial<
  Pick<
    GivenGoal,
    'name' | 'owner' | 'target' | 'dueOn' | 'zone' | 'note' | 'skillIds' | 'courseIds' | 'alignment' | 'counterMetric'
  >
>;

/** What goals are checked against. */
export interface GoalContext {
  readonly catalog: RuleCatalog;
  readonly kpis: ReadonlyMap<string, Kpi>;
  /** Of a goal that names none. */
  readonly defaultZone: string;
  readonly nowMs: number;
}

export const MAX_NAME = 200;
const MAX_NOTE = 2_000;
const MOST_IDS = 200;

/** What each kind of metric says beside its kind: what it needs, and what it may say. */
const METRIC_FIELDS: Readonly<Record<GoalMetricKind, { readonly needs?: MetricField; readonly may?: MetricField }>> = {
  COMPLETIONS: { may: 'courseIds' },
  LEARNING_HOURS: { may: 'courseIds' },
  ACTIVE_LEARNER_SHARE: {},
  COMPLETION_RATE: { needs: 'courseIds' },
  SKILL_LEVEL: { needs: 'skillIds' },
  SKILL_TARGET_REACHED: { needs: 'skillIds' },
  SATISFACTION: { may: 'courseIds' },
  EXTERNAL_KPI: { needs: 'kpiId' },
};
type MetricField = 'courseIds' | 'skillIds' | 'kpiId';
const ALL_METRIC_FIELDS = ['courseIds', 'skillIds', 'kpiId'] as const satisfies readonly MetricField[];

/**
 * What is wrong with a goal, field by field; empty when it may be pursued. A baseline that is not given is not looked at.
 *
 * @param isDueNew whether the due date is being set: it has to lie ahead then
 */
export function goalProblems(given: GivenGoal, context: GoalContext, isDueNew: boolean): readonly RowError[] {
  const check = new RowChecks(0);
  check.text(given.name, MAX_NAME, 'name');
  check.text(given.owner, MAX_NAME, 'owner');
  check.longText(given.note, MAX_NOTE, 'note');
  checkMetric(given.metric, context, check, 'metric');
  checkDue(given, context, isDueNew, check);
  checkWay(given, context, check);
  checkAlignment(given, context, check);
  if (isGiven(given.counterMetric)) {
    checkMetric(given.counterMetric, context, check, 'counterMetric');
    if (JSON.stringify(metricOf(given.counterMetric)) === JSON.stringify(metricOf(given.metric))) {
      const message = 'counterMetric must be another than the metric: what is to hold while the goal gets nearer';
      check.fail('INVALID_VALUE', message, 'counterMetric');
    }
  }
  if ((given.audience?.learnerIds ?? []).length > 0) {
    const message =
      'audience.learnerIds: a goal is for a kind of people, such as a department or a role; its figures about people who ' +
      'are named would be figures about each of them';
    check.fail('INVALID_VALUE', message, 'audience', 'learnerIds');
  }
  return [...check.errors, ...audienceProblems(given.audience ?? {}, context.catalog)];
}

function checkMetric(metric: GivenMetric, { catalog, kpis }: GoalContext, check: RowChecks, path: string): void {
  const { needs, may } = METRIC_FIELDS[metric.kind];
  for (const field of ALL_METRIC_FIELDS) {
    const value = metric[field];
    const isFilled = isGiven(value) && value.length > 0;
    if (isFilled && field !== needs && field !== may) {
      check.fail('INVALID_VALUE', `${path}.${field} says nothing about ${metric.kind}; leave it out`, path, field);
    } else if (!isFilled && field === needs) {
      check.fail('INVALID_VALUE', `${path}.${field} is needed for ${metric.kind}`, path, field);
    }
  }
  checkIds(metric.courseIds, 'course', (id) => catalog.courseIndexById.has(id), check, path, 'courseIds');
  checkIds(metric.skillIds, 'skill', (id) => catalog.skills.has(id), check, path, 'skillIds');
  if (isGiven(metric.kpiId)) checkIds([metric.kpiId], 'KPI', (id) => kpis.has(id), check, path, 'kpiId');
}

function checkIds(
  ids: Optional<readonly string[]>,
  noun: string,
  isKnown: (id: string) => boolean,
  check: RowChecks,
  ...path: readonly string[]
): void {
  check.list(ids, MOST_IDS, ...path).forEach((id, i) => {
    const before = check.errors.length;
    check.id(id, ...path, String(i));
    if (check.errors.length > before || isKnown(id)) return;
    check.fail('NOT_FOUND', `${path.join('.')}: there is no ${noun} "${id}"`, ...path, String(i));
  });
}

function checkDue(given: GivenGoal, { defaultZone, nowMs }: GoalContext, isDueNew: boolean, check: RowChecks): void {
  const zone = given.zone ?? defaultZone;
  if (!isValidZone(zone)) {
    check.fail(
      'INVALID_VALUE',
      `zone: "${zone.slice(0, 80)}" is not an IANA time zone such as "Europe/Berlin"`,
      'zone',
    );
  }
  const before = check.errors.length;
  check.day(given.dueOn, 'dueOn');
  if (check.errors.length > before || !isValidZone(zone) || !isDueNew) return;
  if (dueMsOf({ dueOn: given.dueOn, zone }) <= nowMs) {
    check.fail('INVALID_VALUE', `dueOn: ${given.dueOn} is over; a goal has to be due in the future`, 'dueOn');
  }
}

/** The way from the baseline to the target has to lead to what is better. */
function checkWay(given: GivenGoal, { kpis }: GoalContext, check: RowChecks): void {
  const metric = metricOf(given.metric);
  const kpi = kpis.get(metric.kpiId ?? '') ?? null;
  const { min, max } = valueRange(metric, kpi);
  const before = check.errors.length;
  check.number(given.target, min, max, 'target');
  check.number(given.baseline, min, max, 'baseline');
  if (check.errors.length > before || !isGiven(given.baseline)) return;
  const direction = directionOf(metric, kpi);
  if (signOf(direction) * (given.target - given.baseline) > 0) return;
  const side = direction === 'HIGHER_IS_BETTER' ? 'above' : 'below';
  const message = `target: ${given.target} must be ${side} the baseline, ${given.baseline}: that is where it gets better`;
  check.fail('INVALID_VALUE', message, 'target');
}

function checkAlignment(
  { alignment, courseIds, skillIds }: GivenGoal,
  { catalog }: GoalContext,
  check: RowChecks,
): void {
  checkIds(courseIds, 'course', (id) => catalog.courseIndexById.has(id), check, 'courseIds');
  checkIds(skillIds, 'skill', (id) => catalog.skills.has(id), check, 'skillIds');
  const servesNothing = (courseIds ?? []).length + (skillIds ?? []).length === 0;
  if (servesNothing && isGiven(alignment) && alignment !== 'NONE') {
    const message = 'alignment: name the courseIds or skillIds that serve the goal, or agree on NONE';
    check.fail('INVALID_VALUE', message, 'alignment');
  }
}

export function metricOf({ kind, courseIds, skillIds, kpiId }: GivenMetric): GoalMetric {
  return { kind, courseIds: sorted(courseIds), skillIds: sorted(skillIds), kpiId: kpiId ?? null };
}

/** The goal that was given, as it is stored; only for one without problems. */
export function goalContentOf(given: GivenGoal, baseline: number, defaultZone: string): GoalContent {
  return {
    name: given.name,
    owner: given.owner,
    note: given.note ?? null,
    metric: metricOf(given.metric),
    audience: audienceOf(given.audience ?? {}),
    baseline,
    target: given.target,
    dueOn: given.dueOn,
    zone: given.zone ?? defaultZone,
    skillIds: sorted(given.skillIds),
    courseIds: sorted(given.courseIds),
    alignment: given.alignment ?? 'NONE',
    counterMetric: isGiven(given.counterMetric) ? metricOf(given.counterMetric) : null,
  };
}

/** The goal with a change: what is left out stays; null takes away what may be missing. */
export function changedGoal(content: GoalContent, change: GoalChange): GivenGoal {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const kept = {
    name: content.name,
    owner: content.owner,
    target: content.target,
    dueOn: content.dueOn,
    zone: content.zone,
  };
  const cleared = Object.keys(kept).filter((field) => given[field] === null);
  return {
    ...content,
    ...given,
    ...Object.fromEntries(cleared.map((field) => [field, kept[field as keyof typeof kept]])),
  };
}

const sorted = (values: Optional<readonly string[]>): string[] => [...new Set(values ?? [])].sort();
