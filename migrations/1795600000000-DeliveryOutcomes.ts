import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When nobody is at work: leave of one person, holidays of a location. */
export class DeliveryOutcomes1795600000000 implements MigrationInterface {
  name = 'DeliveryOutcomes1795600000000';

  async up(q: QueryRunner): Promise<void> {
    // Half open: the learner is back on ends_on.
    await q.query(`CREATE TABLE learner_leave (
      learner_id text NOT NULL,
      starts_on date NOT NULL,
      ends_on date NOT NULL,
      CONSTRAINT learner_leave_pk PRIMARY KEY (learner_id, starts_on),
      CONSTRAINT learner_leave_learner_fk FOREIGN KEY (learner_id) REFERENCES learner (id) ON DELETE CASCADE)`);

    // The empty location is everywhere: a key holds no null, and no location can be sent as an empty text.
    await q.query(`CREATE TABLE holiday (
      day date NOT NULL,
      location text NOT NULL,
      name text NOT NULL,
      CONSTRAINT holiday_pk PRIMARY KEY (day, location))`);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of ['holiday', 'learner_leave']) {
      await q.query(`DROP TABLE ${table}`);
    }
  }
}
