import { Column, type DataSource, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { Queryable } from '../platform/database/database.js';
import type { DaySpan } from '../platform/days.js';
import type { Leave, LeaveKey } from './leave.js';

@Entity({ name: 'learner_leave' })
class LearnerLeaveRow {
  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'learner_leave_pk' })
  @ForeignKey('LearnerRow', { name: 'learner_leave_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @PrimaryColumn({ name: 'starts_on', type: 'date', primaryKeyConstraintName: 'learner_leave_pk' })
  startsOn!: string;

  @Column({ name: 'ends_on', type: 'date' })
  endsOn!: string;
}

/** Table classes of leave, for the data source. */
export const LEAVE_TABLES = [LearnerLeaveRow];

export class LeaveStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async save(transaction: Queryable, leave: readonly Leave[]): Promise<void> {
    await transaction.query(
      `INSERT INTO learner_leave (learner_id, starts_on, ends_on)
       SELECT * FROM unnest($1::text[], $2::date[], $3::date[]) AS new (learner_id, starts_on, ends_on)
       ORDER BY new.learner_id, new.starts_on
       ON CONFLICT (learner_id, starts_on) DO UPDATE SET ends_on = excluded.ends_on`,
      [leave.map((l) => l.learnerId), leave.map((l) => l.startsOn), leave.map((l) => l.endsOn)],
    );
  }

  /** How many of them there were. */
  async remove(transaction: Queryable, keys: readonly LeaveKey[]): Promise<number> {
    const [, removed] = (await transaction.query(
      `DELETE FROM learner_leave USING unnest($1::text[], $2::date[]) AS gone (learner_id, starts_on)
       WHERE learner_leave.learner_id = gone.learner_id AND learner_leave.starts_on = gone.starts_on`,
      [keys.map((l) => l.learnerId), keys.map((l) => l.startsOn)],
    )) as [unknown, number];
    return removed;
  }

  /** What touches the days, as it was sent. */
  async between(learnerIds: readonly string[], { fromDay, untilDay }: DaySpan): Promise<Leave[]> {
    return (await this.#dataSource.query(
      `SELECT leave.learner_id AS "learnerId", leave.starts_on::text AS "startsOn", leave.ends_on::text AS "endsOn"
       FROM learner_leave leave
       WHERE leave.learner_id = ANY($1::text[]) AND leave.starts_on < $3::date AND leave.ends_on > $2::date
       ORDER BY leave.learner_id, leave.starts_on`,
      [learnerIds, fromDay, untilDay],
    )) as Leave[];
  }
}
