import type { CatalogService } from '../catalog/catalog.service.js';
import type { CatalogSnapshot } from '../catalog/catalogSnapshot.js';
import type { LearnersService } from '../learners/learners.service.js';
import { offsetMsAt } from '../platform/zonedTime.js';
import { AFTERMATH_MS, learnerCells } from './cells/learnerCells.js';
import { type InsightCells, ownCells, toldCellsOf } from './insightCells.js';
import { cellCatalog, startOfDayMs } from './insightMonths.service.js';
import { type AskedPeriod, daysAsked, monthsAsked } from './insightPeriod.js';
import type { Figures } from './insightSections.js';
import type { InsightsStore } from './insights.store.js';
import { dayNumber, monthAfter, monthsBetween } from './months.js';
import type { TalliedGroup } from './told/monthTally.js';

/** Insights into a person or a group, from which its sections are read. */
export interface InsightsView {
  /** Such as `Sales`, `the organisation` or the learner's id. */
  readonly subject: string;
  readonly isPerson: boolean;
  /** ISO dates, half open. */
  readonly from: string;
  readonly until: string;
  /** As of when the latest part of it was counted; null: nothing is told yet. */
  readonly asOf: Date | null;
  /** Months of the period that nothing is told of yet; none for a person. */
  readonly missingMonths: readonly string[];
  readonly active: Figures | null;
  readonly cells: InsightCells;
  /** The last month of the period and the one before it; null: of a person. */
  readonly lastMonths: { readonly latest: InsightCells; readonly before: InsightCells } | null;
  readonly catalog: CatalogSnapshot;
  readonly now: Date;
}

/** What searches, unfinished courses, active hours and the like say about how people learn. */
export class InsightsService {
  readonly #store: InsightsStore;
  readonly #catalog: Pick<CatalogService, 'snapshot'>;
  readonly #learners: Pick<LearnersService, 'learner' | 'areReports'>;
  readonly #clock: () => Date;
  readonly #defaultTimezone: string;

  constructor(
    store: InsightsStore,
    catalog: Pick<CatalogService, 'snapshot'>,
    learners: Pick<LearnersService, 'learner' | 'areReports'>,
    clock: () => Date,
    defaultTimezone: string,
  ) {
    this.#store = store;
    this.#catalog = catalog;
    this.#learners = learners;
    this.#clock = clock;
    this.#defaultTimezone = defaultTimezone;
  }

  async isReport(managerId: string, learnerId: string): Promise<boolean> {
    return await this.#learners.areReports(managerId, [learnerId]);
  }

  /**
   * From what is told month by month.
   *
   * @throws DomainError BAD_USER_INPUT for a period that is not of whole months
   */
  async ofGroup(group: TalliedGroup, period: AskedPeriod): Promise<InsightsView> {
    const now = this.#clock();
    const known = await this.#store.months();
    const toldAt = new Map(known.flatMap(({ month, toldAt: at }) => (at === null ? [] : [[month, at] as const])));
    const months = monthsAsked(period, [...toldAt.keys()].at(-1) ?? null, now);
    const told = [...toldAt].filter(([month]) => month >= months.from && month < months.until);
    const cells = toldCellsOf(this.#store, group, months);
    const latest = monthAfter(months.until, -1);
    const active = (await cells.of(['ACTIVE'], ['']))('ACTIVE', '');
    const monthOf = (month: string) => toldCellsOf(this.#store, group, { from: month, until: monthAfter(month, 1) });
    return {
      subject: group.kind === 'ORGANISATION' ? 'the organisation' : this.#nameOf(group),
      isPerson: false,
      ...months,
      asOf: told.reduce<Date | null>((last, [, at]) => (last === null || at > last ? at : last), null),
      missingMonths: monthsBetween(months.from, months.until).filter((month) => !toldAt.has(month)),
      active,
      cells,
      lastMonths: { latest: monthOf(latest), before: monthOf(monthAfter(latest, -1)) },
      catalog: this.#catalog.snapshot,
      now,
    };
  }

  /**
   * Straight from the log; everything recorded before the request counts.
   *
   * @throws DomainError BAD_USER_INPUT for a period that is none
   */
  async ofPerson(learnerId: string, period: AskedPeriod): Promise<InsightsView> {
    const now = this.#clock();
    const learner = await this.#learners.learner(learnerId);
    const zone = learner?.timezone ?? this.#defaultTimezone;
    const today = new Date(now.getTime() + offsetMsAt(now.getTime(), zone)).toISOString().slice(0, 10);
    const { fromDay, untilDay } = daysAsked(period, today);
    const startMs = startOfDayMs(dayNumber(fromDay), zone);
    const endMs = Math.min(startOfDayMs(dayNumber(untilDay), zone), now.getTime() + 1);
    const ids = learner === null ? [] : [learner.id];
    const activity = await this.#store.activityOf(ids, startMs, endMs + AFTERMATH_MS);
    const { snapshot } = this.#catalog;
    const counts = learnerCells(
      {
        events: activity.events.get(learnerId) ?? [],
        served: (activity.served.get(learnerId) ?? []).filter(({ atMs }) => atMs < endMs),
        finishedBefore: activity.finishedBefore.get(learnerId) ?? new Set(),
        untilMs: endMs,
        zone,
      },
      cellCatalog(snapshot),
    );
    const cells = ownCells(counts);
    return {
      ...{ subject: learnerId, isPerson: true, from: fromDay, until: untilDay },
      ...{ asOf: now, missingMonths: [], cells, lastMonths: null, catalog: snapshot, now },
      active: (await cells.of(['ACTIVE'], ['']))('ACTIVE', ''),
    };
  }

  #nameOf({ kind, value }: TalliedGroup): string {
    return kind === 'ROLE' ? (this.#catalog.snapshot.roles.get(value)?.name ?? value) : value;
  }
}
