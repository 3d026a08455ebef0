import type { DataSource } from 'typeorm';
import { requireDaySpan } from '../../platform/days.js';
import { DomainError } from '../../platform/errors.js';
import type { BatchResult, RemovalResult } from '../../platform/rowChecks.js';
import { checkText } from '../../platform/text.js';
import {
  type Holiday,
  type HolidayInput,
  type HolidayKeyInput,
  holidaysAt,
  type LocatedHoliday,
  planHolidayRemoval,
  planHolidays,
} from './calendar.js';
import { CalendarStore } from './calendar.store.js';

/** When nobody works, by location. */
export class CalendarService {
  readonly #store: CalendarStore;
  readonly #clock: () => Date;

  constructor(dataSource: DataSource, clock: () => Date) {
    this.#store = new CalendarStore(dataSource);
    this.#clock = clock;
  }

  async upsertHolidays(rows: readonly HolidayInput[]): Promise<BatchResult> {
    const { accepted, errors } = planHolidays(rows);
    if (accepted.length > 0) await this.#store.save(accepted);
    return { storedCount: accepted.length, errors };
  }

  async removeHolidays(rows: readonly HolidayKeyInput[]): Promise<RemovalResult> {
    const { accepted, errors } = planHolidayRemoval(rows);
    return { removedCount: accepted.length > 0 ? await this.#store.remove(accepted) : 0, errors };
  }

  /**
   * The holidays of each location from `fromDay` to before `untilDay` (ISO dates), in order, with those of everywhere.
   *
   * @param locations null among them: of somebody whose location is not known
   * @returns an entry for each of the locations
   */
  async holidays(
    locations: readonly (string | null)[],
    fromDay: string,
    untilDay: string,
  ): Promise<ReadonlyMap<string | null, readonly Holiday[]>> {
    const known = [...new Set(locations)].filter((location) => location !== null);
    const found = await this.#store.between({ fromDay, untilDay }, known);
    return new Map(locations.map((location) => [location, holidaysAt(found, location)]));
  }

  /**
   * The calendar as it is stored, in order.
   *
   * @param location with what holds everywhere; null: of every location
   * @throws DomainError BAD_USER_INPUT for a location that nobody could have, or for days that are none
   */
  async entries(location: string | null, from: string | null, until: string | null): Promise<LocatedHoliday[]> {
    const problem = location === null ? null : checkText(location, { maxLength: 200 });
    if (problem !== null) throw new DomainError('BAD_USER_INPUT', `\`location\` ${problem}.`, { argument: 'location' });
    return await this.#store.between(requireDaySpan(from, until, this.#clock()), location === null ? null : [location]);
  }
}
