import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What may be told of groups, month by month: only what gives nobody away is ever stored here, so no query can ask for
 * more. It can be made again from the log at any time.
 */
export class Insights1796200000000 implements MigrationInterface {
  name = 'Insights1796200000000';

  async up(q: QueryRunner): Promise<void> {
    // The months that the log has anything of. Up to its greatest read_seq the log was looked through for months that
    // have changed; people who wait are those whose late events are too few to tell the month anew.
    await q.query(`CREATE TABLE insight_month (
      month date NOT NULL,
      read_seq bigint NOT NULL,
      told_at timestamptz,
      waiting_learner_ids text[] NOT NULL,
      CONSTRAINT insight_month_pk PRIMARY KEY (month))`);
    // In the order in which a section of one group is read over some months.
    await q.query(`CREATE TABLE insight_cell (
      group_kind text NOT NULL,
      group_value text NOT NULL,
      section text NOT NULL,
      month date NOT NULL,
      key text NOT NULL,
      people integer NOT NULL,
      events integer NOT NULL,
      CONSTRAINT insight_cell_pk PRIMARY KEY (group_kind, group_value, section, month, key),
      CONSTRAINT insight_cell_month_fk FOREIGN KEY (month) REFERENCES insight_month (month) ON DELETE CASCADE)`);
    // A month is replaced whole.
    await q.query(`CREATE INDEX insight_cell_month_ix ON insight_cell (month)`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DROP TABLE insight_cell`);
    await q.query(`DROP TABLE insight_month`);
  }
}
