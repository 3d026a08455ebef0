import type { DataSource, EntityManager } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import { AudienceFigures } from '../learners/fewPeople/audienceFigures.js';
import type { AuditAction, AuditLog } from '../platform/audit.js';
import type { Revisions } from '../platform/database/revisions.js';
import { DomainError, type RowError } from '../platform/errors.js';
import { grouped } from '../platform/grouped.js';
import { type JobContext, JobStopped, type Jobs } from '../platform/jobs/jobs.js';
import { isGiven, RowChecks, requireIds } from '../platform/rowChecks.js';
import { changesBetween } from '../platform/settings/versionedSettings.js';
import { audienceOf } from '../rules/model/givenRule.js';
import { countsUntilMs, dueMsOf, type Goal, type GoalReview } from './goal.js';
import {
  changedGoal,
  type GivenGoal,
  type GivenMetric,
  type GoalChange,
  type GoalContext,
  goalContentOf,
  goalProblems,
  metricOf,
} from './goalChecks.js';
import { contentOf, type GoalCriteria, type GoalCursor, GoalsStore } from './goals.store.js';
import type { KpisService } from './kpis/kpis.service.js';
import type { GoalMeasurer } from './progress/goalMeasurer.js';
import {
  type GoalOutlook,
  type GoalStatus,
  goalOutlook,
  type MeasuredPoint,
  MOST_WEEKS,
  toldValue,
} from './progress/goalOutlook.js';
import { isOver, type Week, weeksUntil } from './progress/weeks.js';

export type { GoalCursor };

/** A goal with how it is doing and what was noted of it. */
export interface GoalView {
  readonly goal: Goal;
  readonly outlook: GoalOutlook;
  /** Newest first. */
  readonly reviews: readonly GoalReview[];
}

/** What became of a goal that was sent: null when something has to be put right first. */
export interface GoalResult {
  readonly goal: GoalView | null;
  readonly errors: readonly RowError[];
}

export interface GoalFilter extends GoalCriteria {
  readonly status: GoalStatus | null;
}

export interface GoalPage {
  readonly goals: readonly GoalView[];
  readonly hasMore: boolean;
}

export const MEASURE_GOALS_JOB = 'measure-goals';
/** How often the running week is measured again. */
export const MEASURE_EVERY_MINUTES = 360;

/** More than anybody can pursue, and few enough to be looked at with every list. */
const MOST_OPEN_GOALS = 200;
const MOST_REVIEWS = 100;
const MAX_NOTE = 2_000;
const MAX_REASON = 500;
const PAGE = 100;

/** What L&D aims at: who is to get where by when, what serves it, and how it goes. */
export class GoalsService {
  readonly #dataSource: DataSource;
  readonly #store: GoalsStore;
  readonly #catalog: CatalogService;
  readonly #kpis: KpisService;
  readonly #measurer: GoalMeasurer;
  readonly #audit: AuditLog;
  readonly #revisions: Revisions;
  readonly #jobs: Jobs;
  readonly #clock: () => Date;
  readonly #defaultZone: string;
  readonly #secret: () => Uint8Array;
  #open: readonly Goal[] = [];

  /** @param secret by which figures are drawn that are not told as they are */
  constructor(
    dataSource: DataSource,
    services: { readonly catalog: CatalogService; readonly kpis: KpisService; readonly measurer: GoalMeasurer },
    audit: AuditLog,
    revisions: Revisions,
    jobs: Jobs,
    clock: () => Date,
    defaultZone: string,
    secret: () => Uint8Array,
  ) {
    this.#dataSource = dataSource;
    this.#store = new GoalsStore(dataSource);
    this.#catalog = services.catalog;
    this.#kpis = services.kpis;
    this.#measurer = services.measurer;
    this.#audit = audit;
    this.#revisions = revisions;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#defaultZone = defaultZone;
    this.#secret = secret;
    revisions.onChange('goals', async () => {
      this.#open = await this.#store.open();
    });
    jobs.handle(MEASURE_GOALS_JOB, (context) => this.measureAll(context), 'SHORT');
  }

  /** Goals that are not closed, always at hand; another array after every change. */
  get open(): readonly Goal[] {
    return this.#open;
  }

  /** @throws DomainError BAD_USER_INPUT for an id that nobody could have */
  async goal(id: string): Promise<GoalView | null> {
    requireIds('id', [id]);
    const goal = await this.#store.find(id);
    return goal === null ? null : ((await this.#views([goal]))[0] ?? null);
  }

  /** Newest first. */
  async goals({ status, ...criteria }: GoalFilter, first: number, after: GoalCursor | null): Promise<GoalPage> {
    const found: GoalView[] = [];
    for (let cursor = after; ; ) {
      const page = await this.#store.page(criteria, cursor, PAGE);
      const views = await this.#views(page);
      found.push(...views.filter(({ outlook }) => status === null || outlook.status === status));
      const last = page.at(-1);
      if (found.length > first || last === undefined || page.length < PAGE) {
        return { goals: found.slice(0, first), hasMore: found.length > first };
      }
      cursor = { createdAtMs: last.createdAt.getTime(), id: last.id };
    }
  }

  /**
   * Sets a goal. Sending it again says what is there; something else under its id is a conflict.
   *
   * @throws DomainError CONFLICT
   */
  async create(id: string, given: GivenGoal, by: string): Promise<GoalResult> {
    const check = new RowChecks(0);
    check.id(id, 'id');
    const context = await this.#context(given);
    const problems = [...check.errors, ...goalProblems(given, context, true)];
    if (problems.length > 0) return { goal: null, errors: problems };
    if (this.#open.length >= MOST_OPEN_GOALS && !this.#open.some((goal) => goal.id === id)) {
      check.fail('INVALID_VALUE', `${MOST_OPEN_GOALS} goals are open already; close some first`, 'id');
      return { goal: null, errors: check.errors };
    }
    const known = await this.#store.find(id);
    const now = this.#clock();
    const measured = known === null ? await this.#measure(given, now) : [];
    const figures = new AudienceFigures(audienceOf(given.audience ?? {}), this.#secret());
    const baseline = given.baseline ?? known?.baseline ?? toldOf(measured.at(-1), given, figures);
    const wayProblems =
      baseline === null ? noBaseline(figures.fewestForMeans) : goalProblems({ ...given, baseline }, context, true);
    if (baseline === null || wayProblems.length > 0) return { goal: null, errors: wayProblems };
    const content = goalContentOf(given, baseline, this.#defaultZone);
    const goal: Goal = { ...content, id, version: 1, createdBy: by, createdAt: now, closure: null };
    const isNew = await this.#dataSource.transaction(async (transaction) => {
      if (!(await this.#store.insert(transaction, goal))) return false;
      await this.#store.savePoints(transaction, id, 'METRIC', content.metric, measured);
      await this.#record(transaction, by, 'ADDED', null, goal, `Goal “${goal.name}” is pursued.`, null);
      return true;
    });
    await this.#revisions.refresh();
    if (isNew) await this.#jobs.request(MEASURE_GOALS_JOB, by);
    const stored = await this.#store.find(id);
    if (stored !== null && (isNew || saysTheSame(stored, goal))) return { goal: await this.goal(id), errors: [] };
    throw new DomainError('CONFLICT', `There is another goal "${id}" already; give this one an id of its own.`, {
      argument: 'id',
    });
  }

  /** @throws DomainError NOT_FOUND; CONFLICT when somebody else has changed the goal since */
  async update(id: string, change: GoalChange, expectedVersion: number, by: string): Promise<GoalResult> {
    const seen = await this.#require(id);
    const context = await this.#context(changedGoal(seen, change));
    return await this.#change(id, expectedVersion, async (transaction, goal) => {
      const given = changedGoal(contentOf(goal), change);
      const problems = goalProblems(given, context, isGiven(change.dueOn) || isGiven(change.zone));
      if (problems.length > 0) return problems;
      const content = goalContentOf(given, goal.baseline, this.#defaultZone);
      const changed = { ...goal, ...content, version: goal.version + 1 };
      const isOtherCounter = JSON.stringify(goal.counterMetric) !== JSON.stringify(changed.counterMetric);
      if (isOtherCounter) await this.#store.forgetCounter(transaction, id);
      await this.#store.update(transaction, changed);
      const text = `Goal “${changed.name}” changed: version ${changed.version}.`;
      await this.#record(transaction, by, 'CHANGED', goal, changed, text, null);
      return [];
    });
  }

  /** @throws DomainError NOT_FOUND; CONFLICT when somebody else has changed the goal since */
  async close(id: string, reason: string, expectedVersion: number, by: string): Promise<GoalResult> {
    const check = new RowChecks(0);
    check.longText(reason, MAX_REASON, 'reason');
    if (!check.passed) return { goal: null, errors: check.errors };
    return await this.#change(id, expectedVersion, async (transaction, goal) => {
      const closed = { ...goal, version: goal.version + 1, closure: { by, at: this.#clock(), reason } };
      await this.#store.update(transaction, closed);
      await this.#record(transaction, by, 'REMOVED', goal, null, `Goal “${goal.name}” is closed.`, reason);
      return [];
    });
  }

  /** @throws DomainError NOT_FOUND */
  async addReview(id: string, note: string, clientMutationId: string | null, by: string): Promise<GoalResult> {
    const check = new RowChecks(0);
    check.longText(note, MAX_NOTE, 'note');
    check.id(clientMutationId, 'clientMutationId');
    if (!check.passed) return { goal: null, errors: check.errors };
    await this.#require(id);
    await this.#dataSource.transaction((transaction) =>
      this.#store.addReview(transaction, id, { by, at: this.#clock(), note }, clientMutationId),
    );
    return { goal: await this.goal(id), errors: [] };
  }

  /** Measures every goal that is pursued where its weeks are not measured for good. */
  async measureAll(context: Pick<JobContext, 'report' | 'shouldStop'>): Promise<void> {
    const now = this.#clock();
    const goals = (await this.#store.open()).filter((goal) => now.getTime() < dueMsOf(goal) + MEASURED_AFTER_DUE_MS);
    const weeks = weeksUntil(now, MOST_WEEKS);
    const points = await this.#pointsOf(goals, weeks);
    for (const [done, goal] of goals.entries()) {
      if (context.shouldStop()) throw new JobStopped();
      context.report({ phase: 'measuring goals', done, total: goals.length });
      const own = points.get(goal.id) ?? [];
      for (const [series, metric] of [
        ['METRIC', goal.metric],
        ['COUNTER', goal.counterMetric],
      ] as const) {
        if (metric === null) continue;
        const isDone = new Set(own.filter((point) => point.series === series && isOver(point)).map(({ week }) => week));
        // The week of the due date is measured as of then: what comes after it is too late, and must not take its place.
        const inTime = weeksUntil(new Date(Math.min(now.getTime(), countsUntilMs(goal))), MOST_WEEKS);
        const open = metric.kind === 'EXTERNAL_KPI' ? inTime : inTime.filter(({ week }) => !isDone.has(week));
        if (open.length === 0) continue;
        const measured = await this.#measurer.measure(metric, goal.audience, open, now);
        await this.#store.savePoints(this.#dataSource, goal.id, series, metric, measured);
      }
    }
  }

  async #measure(given: GivenGoal, now: Date): Promise<readonly MeasuredPoint[]> {
    const { audience } = goalContentOf(given, 0, this.#defaultZone);
    // A KPI has come to something whenever its last period ended.
    const weeks = given.metric.kind === 'EXTERNAL_KPI' ? MOST_WEEKS : 1;
    return await this.#measurer.measure(metricOf(given.metric), audience, weeksUntil(now, weeks), now);
  }

  async #change(
    id: string,
    expectedVersion: number,
    change: (transaction: EntityManager, goal: Goal) => Promise<readonly RowError[]>,
  ): Promise<GoalResult> {
    await this.#require(id);
    const errors = await this.#dataSource.transaction(async (transaction) => {
      const goal = await this.#store.lock(transaction, id);
      if (goal === null) throw notFound(id);
      if (goal.version !== expectedVersion) throw conflict(goal, expectedVersion);
      if (goal.closure !== null) return closed();
      return await change(transaction, goal);
    });
    await this.#revisions.refresh();
    return errors.length > 0 ? { goal: null, errors } : { goal: await this.goal(id), errors: [] };
  }

  async #record(
    transaction: EntityManager,
    by: string,
    action: AuditAction,
    before: Goal | null,
    after: Goal | null,
    text: string,
    reason: string | null,
  ): Promise<void> {
    await this.#revisions.raise(transaction, 'goals');
    const said = (goal: Goal | null) => goal && contentOf(goal);
    const subject = `goal ${(after ?? before)?.id ?? ''}`;
    await this.#audit.record(transaction, { by, reason }, [
      { action, subject, text, before: said(before), after: said(after) },
    ]);
  }

  async #views(goals: readonly Goal[]): Promise<GoalView[]> {
    const [now, secret] = [this.#clock(), this.#secret()];
    const ids = goals.map(({ id }) => id);
    const earliest = weeksUntil(now, MOST_WEEKS);
    const [points, reviews, kpis] = await Promise.all([
      this.#pointsOf(goals, earliest),
      this.#store.reviewsOf(ids, MOST_REVIEWS),
      this.#kpis.byIds(goals.flatMap(kpiIdsOf)),
    ]);
    const reviewsById = grouped(reviews, ({ goalId }) => goalId);
    return goals.map((goal) => {
      const own = points.get(goal.id) ?? [];
      const of = (series: string) => own.filter((point) => point.series === series);
      return {
        goal,
        outlook: goalOutlook({ goal, kpis, points: of('METRIC'), counterPoints: of('COUNTER'), now, secret }),
        reviews: reviewsById.get(goal.id) ?? [],
      };
    });
  }

  /** Of a goal that is over, the points until then. */
  async #pointsOf(goals: readonly Goal[], weeks: readonly Week[]) {
    const dueMs = Math.min(Number.POSITIVE_INFINITY, ...goals.map(dueMsOf));
    const now = this.#clock();
    const since = dueMs < now.getTime() ? weeksUntil(new Date(dueMs), weeks.length)[0] : weeks[0];
    const points = await this.#store.pointsOf(
      goals.map(({ id }) => id),
      (since as Week).week,
    );
    return grouped(points, ({ goalId }) => goalId);
  }

  /** Looks once more at the catalogue where this process may not have heard of something yet. */
  async #context(given: GivenGoal): Promise<GoalContext> {
    const { metric, counterMetric, audience } = given;
    const courseIds = [given.courseIds, metric.courseIds, counterMetric?.courseIds].flatMap((ids) => ids ?? []);
    const skillIds = [given.skillIds, metric.skillIds, counterMetric?.skillIds].flatMap((ids) => ids ?? []);
    await this.#catalog.knownCourseIds(courseIds);
    await this.#catalog.knownSkillIds([...skillIds, ...(audience?.skillGap ? [audience.skillGap.skillId] : [])]);
    await this.#catalog.knownRoleIds(audience?.roleIds ?? []);
    const kpis = await this.#kpis.byIds(kpiIdsOf(given));
    return { catalog: this.#catalog.snapshot, kpis, defaultZone: this.#defaultZone, nowMs: this.#clock().getTime() };
  }

  async #require(id: string): Promise<Goal> {
    requireIds('id', [id]);
    const goal = await this.#store.find(id);
    if (goal === null) throw notFound(id);
    return goal;
  }
}

/** What was measured, as it may be told: a baseline is read by whoever reads the goal. */
function toldOf(point: MeasuredPoint | undefined, { metric }: GivenGoal, figures: AudienceFigures): number | null {
  return point === undefined ? null : toldValue(point, metricOf(metric), figures);
}

/** What comes in late still belongs to the last week. */
const MEASURED_AFTER_DUE_MS = 14 * 24 * 60 * 60 * 1_000;

function kpiIdsOf({ metric, counterMetric }: { metric: GivenMetric; counterMetric?: GivenMetric | null | undefined }) {
  return [metric.kpiId, counterMetric?.kpiId].filter(isGiven);
}

const saysTheSame = (a: Goal, b: Goal): boolean => changesBetween(contentOf(a), contentOf(b)).length === 0;

const notFound = (id: string) => new DomainError('NOT_FOUND', `There is no goal "${id}".`, { argument: 'id' });

function conflict(goal: Goal, expectedVersion: number): DomainError {
  return new DomainError(
    'CONFLICT',
    `The goal is at version ${goal.version}, not ${expectedVersion}: there was a change meanwhile. Nothing was changed by ` +
      `this call; look at what it says now and send yours with expectedVersion ${goal.version}.`,
    { expectedVersion, currentVersion: goal.version, current: contentOf(goal) },
  );
}

function noBaseline(fewest: number): readonly RowError[] {
  const check = new RowChecks(0);
  const message = Number.isFinite(fewest)
    ? `baseline is needed: nothing can be measured of ${fewest} people or more yet`
    : 'baseline is needed: nothing is told of people who are chosen by a gap in finer steps than hundredths';
  check.fail('INVALID_VALUE', message, 'baseline');
  return check.errors;
}

function closed(): readonly RowError[] {
  const check = new RowChecks(0);
  check.fail('INVALID_VALUE', 'The goal is closed; what was decided of it stays as it is', 'id');
  return check.errors;
}
