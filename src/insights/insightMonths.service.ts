import type { CatalogService } from '../catalog/catalog.service.js';
import type { CatalogSnapshot } from '../catalog/catalogSnapshot.js';
import { FEWEST_PEOPLE } from '../learners/fewPeople/fewPeople.js';
import { type JobContext, JobStopped, type Jobs } from '../platform/jobs/jobs.js';
import { inTurns } from '../platform/turns/turns.js';
import { DAY_MS, instantsOfLocalTime } from '../platform/zonedTime.js';
import { AFTERMATH_MS, type CellCatalog, learnerCells } from './cells/learnerCells.js';
import { TermSkills } from './cells/termSkills.js';
import type { InsightPerson, InsightsStore, KnownMonth, PeoplesActivity } from './insights.store.js';
import { dayNumber, FURTHEST_AHEAD_MS, FURTHEST_BEHIND_MS, monthAfter, toldFromMs } from './months.js';
import { MonthTally } from './told/monthTally.js';
import { type ToldCell, toldCells } from './told/toldCells.js';

export const INSIGHTS_JOB = 'insights';

/** What was being written a moment ago may not be seen yet; it is left to the next time. */
const IN_FLIGHT_MS = 60_000;
const EVENTS_PER_READ = 200_000;
const PEOPLE_PER_PAGE = 250;
/** A month during which people are erased each time is left to the next run. */
const MOST_COUNTED = 3;

/** Tells of groups month by month, in the background, from the log of activity. */
export class InsightMonthsService {
  readonly #store: InsightsStore;
  readonly #catalog: Pick<CatalogService, 'snapshot'>;
  readonly #clock: () => Date;
  readonly #defaultTimezone: string;

  constructor(
    store: InsightsStore,
    catalog: Pick<CatalogService, 'snapshot'>,
    jobs: Jobs,
    clock: () => Date,
    defaultTimezone: string,
  ) {
    this.#store = store;
    this.#catalog = catalog;
    this.#clock = clock;
    this.#defaultTimezone = defaultTimezone;
    jobs.handle(INSIGHTS_JOB, (context) => this.refresh(context));
  }

  /** Whether the log has grown since it was looked through, or a month has become one to tell of. */
  async isDue(): Promise<boolean> {
    const [{ settledSeq, readSeq }, months] = await Promise.all([
      this.#store.logEnds(this.#before(IN_FLIGHT_MS)),
      this.#store.months(),
    ]);
    return settledSeq > readSeq || months.some((month) => this.#isToTell(month));
  }

  /**
   * Looks through what came into the log and tells every month that is over and has not been told, or has late events of
   * five people at least since: with fewer, what changes would be theirs. Each month is told whole or not at all.
   *
   * @param inFlightMs what came later is left to the next time; 0 when nobody else writes
   * @returns the months told
   */
  async refresh(context: JobContext, inFlightMs = IN_FLIGHT_MS): Promise<{ readonly toldMonths: readonly string[] }> {
    await this.#readLog(context, inFlightMs);
    const months = (await this.#store.months()).filter((month) => this.#isToTell(month));
    const catalog = cellCatalog(this.#catalog.snapshot);
    const toldMonths: string[] = [];
    for (const { month } of months) {
      context.report({ phase: 'Counting months', done: toldMonths.length, total: months.length });
      if (await this.#tell(month, catalog, context)) toldMonths.push(month);
    }
    context.report({ phase: 'Counting months', done: toldMonths.length, total: months.length });
    return { toldMonths };
  }

  /** Counts again where somebody was erased meanwhile, who may be named by what was counted. @returns whether it is told */
  async #tell(month: string, catalog: CellCatalog, context: JobContext): Promise<boolean> {
    for (let counted = 0; counted < MOST_COUNTED; counted += 1) {
      const erasures = await this.#store.erasures();
      const tally = await this.#tally(month, catalog, context);
      const cells = await inTurns(collected(toldCells(tally, catalog.skillsOf)));
      if (await this.#store.replaceMonth(month, cells, this.#clock(), erasures)) return true;
    }
    return false;
  }

  #before(ms: number): Date {
    return new Date(this.#clock().getTime() - ms);
  }

  #isToTell({ month, toldAt, waiting }: KnownMonth): boolean {
    if (toldFromMs(month) > this.#clock().getTime()) return false;
    return toldAt === null || waiting >= FEWEST_PEOPLE;
  }

  async #readLog(context: JobContext, inFlightMs: number): Promise<void> {
    const { settledSeq, readSeq } = await this.#store.logEnds(this.#before(inFlightMs));
    for (let from = readSeq; from < settledSeq; from += EVENTS_PER_READ) {
      if (context.shouldStop()) throw new JobStopped();
      context.report({ phase: 'Reading the log', done: from - readSeq, total: settledSeq - readSeq });
      await this.#store.markMonths(from, Math.min(settledSeq, from + EVENTS_PER_READ), FEWEST_PEOPLE);
    }
  }

  /** Everybody's month, by their own clock and the groups that they are in now. */
  async #tally(month: string, catalog: CellCatalog, context: JobContext): Promise<MonthTally> {
    const [firstDay, endDay] = [dayNumber(month), dayNumber(monthAfter(month, 1))];
    const fromMs = firstDay * DAY_MS - FURTHEST_AHEAD_MS;
    const untilMs = endDay * DAY_MS + FURTHEST_BEHIND_MS + AFTERMATH_MS;
    const tally = new MonthTally();
    let page: readonly InsightPerson[] = await this.#store.peoplePage('', PEOPLE_PER_PAGE);
    for (;;) {
      const last = page.at(-1);
      if (last === undefined) return tally;
      if (context.shouldStop()) throw new JobStopped();
      const people = page;
      const [activity, next] = await Promise.all([
        this.#store.activityOf(
          people.map(({ id }) => id),
          fromMs,
          untilMs,
        ),
        this.#store.peoplePage(last.id, PEOPLE_PER_PAGE),
      ]);
      await inTurns(this.#counted(people, activity, [firstDay, endDay], catalog, tally));
      page = next;
    }
  }

  /** Left for other work between any two people. */
  *#counted(
    people: readonly InsightPerson[],
    activity: PeoplesActivity,
    [firstDay, endDay]: readonly [number, number],
    catalog: CellCatalog,
    tally: MonthTally,
  ): Generator<void, void> {
    for (const { id, timezone, department, location, roleId } of people) {
      const [events, served] = [activity.events.get(id) ?? [], activity.served.get(id) ?? []];
      if (events.length === 0 && served.length === 0) continue;
      const zone = timezone ?? this.#defaultTimezone;
      const [startMs, endMs] = [startOfDayMs(firstDay, zone), startOfDayMs(endDay, zone)];
      const counts = learnerCells(
        {
          events: events.filter(({ atMs }) => atMs >= startMs && atMs < endMs + AFTERMATH_MS),
          served: served.filter(({ atMs }) => atMs >= startMs && atMs < endMs),
          finishedBefore: activity.finishedBefore.get(id) ?? new Set(),
          ...{ untilMs: endMs, zone },
        },
        catalog,
      );
      tally.add({ DEPARTMENT: department, LOCATION: location, ROLE: roleId }, counts);
      yield;
    }
  }
}

/** When the clock of a zone shows the beginning of a day, given by its number since 1970. */
export const startOfDayMs = (day: number, zone: string): number => instantsOfLocalTime(day * DAY_MS, zone).firstMs;

/** What counting needs to know of a catalogue. */
export function cellCatalog(snapshot: CatalogSnapshot): CellCatalog {
  const terms = new TermSkills(snapshot);
  return {
    kindOf: (courseId) => snapshot.courses[snapshot.courseIndexById.get(courseId) ?? -1]?.kind ?? null,
    skillsOf: (term) => terms.skillsOf(term),
  };
}

function* collected(cells: Iterable<ToldCell>): Generator<void, readonly ToldCell[]> {
  const all: ToldCell[] = [];
  for (const cell of cells) {
    all.push(cell);
    yield;
  }
  return all;
}
