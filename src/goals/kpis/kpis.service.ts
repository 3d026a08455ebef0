import type { DataSource } from 'typeorm';
import type { CatalogService } from '../../catalog/catalog.service.js';
import type { LearnersService } from '../../learners/learners.service.js';
import { requireDaySpan } from '../../platform/days.js';
import { grouped } from '../../platform/grouped.js';
import {
  type BatchResult,
  failRepeats,
  isGiven,
  planOf,
  RowChecks,
  requireIds,
  usableIds,
} from '../../platform/rowChecks.js';
import { planRecords, type RecordResult, recordResult } from '../records.js';
import {
  checkKpi,
  checkObservation,
  type Kpi,
  type KpiInput,
  type KpiObservation,
  type KpiObservationInput,
  kpiOf,
  observationOf,
  rangeOf,
  roundSpan,
} from './kpi.js';
import { type GroupFigure, type KpiGrouping, type KpiPoint, kpiSeries, periodOf, wholesOf } from './kpiSeries.js';
import { KpisStore } from './kpis.store.js';

/** What was told of a group for a period that ended on a day; null: not to be told on. */
interface WholeFigure {
  readonly untilDay: string;
  readonly value: number | null;
}

/** After every day that a period could begin on. */
const ANY_DAY = '9999-12-31';

/** Figures that other systems keep of learners, teams and the organisation. */
export class KpisService {
  readonly #dataSource: DataSource;
  readonly #store: KpisStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #clock: () => Date;

  constructor(dataSource: DataSource, catalog: CatalogService, learners: LearnersService, clock: () => Date) {
    this.#dataSource = dataSource;
    this.#store = new KpisStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#clock = clock;
  }

  /** In the order of their ids. */
  async kpis(): Promise<readonly Kpi[]> {
    return await this.#store.all();
  }

  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, Kpi>> {
    return await this.#store.byIds(this.#dataSource, usableIds(ids));
  }

  async upsertKpis(rows: readonly KpiInput[]): Promise<BatchResult> {
    const checks = rows.map((row, index) => {
      const check = new RowChecks(index);
      checkKpi(check, row);
      return check;
    });
    failRepeats(rows, checks, ({ id }) => id);
    const plan = planOf(rows, checks);
    await this.#store.save(this.#dataSource, plan.accepted.map(kpiOf));
    return { storedCount: plan.accepted.length, errors: plan.errors };
  }

  /** Stores what is new; sending it again changes nothing. */
  async recordKpis(rows: readonly KpiObservationInput[]): Promise<RecordResult> {
    const given = (ids: readonly (string | null | undefined)[]) => ids.filter(isGiven);
    const roleIds = await this.#catalog.knownRoleIds(given(rows.map(({ roleId }) => roleId)));
    return await this.#dataSource.transaction(async (transaction) => {
      const kpis = await this.#store.byIds(transaction, usableIds(rows.map(({ kpiId }) => kpiId)));
      const about = given(rows.map(({ learnerId }) => learnerId)).map((learnerId) => ({ learnerId }));
      const learnerIds = await this.#learners.knownIds(about, transaction);
      const plan = planRecords(
        rows,
        (check, row) => checkObservation(check, row, { kpis, learnerIds, roleIds }),
        observationOf,
      );
      const events = plan.accepted.map(({ event }) => event);
      const appended = await this.#store.append(transaction, events, this.#clock());
      await this.#store.widen(transaction, spansOf(events));
      return recordResult(plan, appended, await this.#store.byKeys(transaction, events));
    });
  }

  /**
   * A KPI over time, by period and group, earliest first.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have, or for days that are none
   */
  async series(kpiId: string, groupBy: KpiGrouping, from: string | null, until: string | null): Promise<KpiPoint[]> {
    requireIds('id', [kpiId]);
    const span = requireDaySpan(from ?? this.#yearAgo(), until, this.#clock());
    const kpi = (await this.byIds([kpiId])).get(kpiId);
    const [learners, groups, active] = await Promise.all([
      this.#store.learnerFigures(kpiId, span),
      this.#store.groupFigures(kpiId, span),
      this.#store.activePeople(),
    ]);
    return kpiSeries({ learners, groups, active, range: kpi === undefined ? null : rangeOf(kpi) }, groupBy);
  }

  /** What was told of these learners since a moment, added up by the end of the period. */
  async sumsOf(kpiId: string, learnerIds: readonly string[], since: Date) {
    return await this.#store.sumsOf(kpiId, learnerIds, since);
  }

  /**
   * What was told of a team or the organisation as a whole, by the end of the period; null: it may not be told on, just as
   * `series` does not.
   */
  async wholeOf(
    kpiId: string,
    kind: KpiGrouping,
    subject: string | null,
    from: string,
  ): Promise<readonly WholeFigure[]> {
    const [figures, active] = await Promise.all([
      this.#store.groupFigures(kpiId, { fromDay: from, untilDay: ANY_DAY }),
      this.#store.activePeople(),
    ]);
    return [...grouped(figures, periodOf).values()].flatMap((told): WholeFigure[] => {
      const value = wholesOf(kind, told, active).get(subject);
      return value === undefined ? [] : [{ untilDay: (told[0] as GroupFigure).untilDay, value }];
    });
  }

  #yearAgo(): string {
    const now = this.#clock();
    return new Date(Date.UTC(now.getUTCFullYear() - 1, now.getUTCMonth(), now.getUTCDate())).toISOString().slice(0, 10);
  }
}

/** Within what the figures of learners lie, by the id of the KPI. */
function spansOf(rows: readonly KpiObservation[]) {
  const ofLearners = rows.filter(({ learnerId }) => learnerId !== null);
  return new Map(
    [...grouped(ofLearners, ({ kpiId }) => kpiId)].map(([id, own]) => [id, roundSpan(own.map(({ value }) => value))]),
  );
}
