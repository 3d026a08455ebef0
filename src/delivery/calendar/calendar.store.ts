import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import type { DaySpan } from '../../platform/days.js';
import type { HolidayKey, LocatedHoliday } from './calendar.js';

/** A key holds no null, and no location can be sent as an empty text. */
const EVERYWHERE = '';

@Entity({ name: 'holiday' })
class HolidayRow {
  @PrimaryColumn({ type: 'date', primaryKeyConstraintName: 'holiday_pk' })
  day!: string;

  /** Empty: everywhere. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'holiday_pk' })
  location!: string;

  @Column({ type: 'text' })
  name!: string;
}

/** Table classes of the calendar, for the data source. */
export const CALENDAR_TABLES = [HolidayRow];

export class CalendarStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async save(holidays: readonly LocatedHoliday[]): Promise<void> {
    await this.#dataSource.query(
      `INSERT INTO holiday (day, location, name)
       SELECT * FROM unnest($1::date[], $2::text[], $3::text[]) AS new (day, location, name)
       ORDER BY new.day, new.location
       ON CONFLICT (day, location) DO UPDATE SET name = excluded.name`,
      [holidays.map((h) => h.day), holidays.map((h) => h.location ?? EVERYWHERE), holidays.map((h) => h.name)],
    );
  }

  /** How many of them there were. */
  async remove(keys: readonly HolidayKey[]): Promise<number> {
    const [, removed] = (await this.#dataSource.query(
      `DELETE FROM holiday USING unnest($1::date[], $2::text[]) AS gone (day, location)
       WHERE holiday.day = gone.day AND holiday.location = gone.location`,
      [keys.map((h) => h.day), keys.map((h) => h.location ?? EVERYWHERE)],
    )) as [unknown, number];
    return removed;
  }

  /**
   * In order of time, what holds everywhere first.
   *
   * @param locations besides what holds everywhere; null: all there are
   */
  async between({ fromDay, untilDay }: DaySpan, locations: readonly string[] | null): Promise<LocatedHoliday[]> {
    return (await this.#dataSource.query(
      `SELECT nullif(holiday.location, '${EVERYWHERE}') AS location, holiday.day::text AS day, holiday.name
       FROM holiday
       WHERE holiday.day >= $1::date AND holiday.day < $2::date
         AND ($3::text[] IS NULL OR holiday.location = '${EVERYWHERE}' OR holiday.location = ANY($3::text[]))
       ORDER BY holiday.day, holiday.location COLLATE "C"`,
      [fromDay, untilDay, locations],
    )) as LocatedHoliday[];
  }
}
