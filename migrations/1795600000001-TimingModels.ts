import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every training also fits when people are active; the result is kept with the version of its model. Suggestions say
 * whether they are to be followed, so that later ones keep their distance.
 *
 * Versions of before have no timing: until the next training suggestions rest on the person, the organisation and usual
 * working hours, as they did. Suggestions of before are taken for questions that nobody followed.
 */
export class TimingModels1795600000001 implements MigrationInterface {
  name = 'TimingModels1795600000001';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE model_version ADD COLUMN timing jsonb`);
    await q.query(`ALTER TABLE delivery_suggestion ADD COLUMN planned_at timestamptz, ADD COLUMN planned_channel text`);
    await q.query(`CREATE INDEX delivery_suggestion_planned_ix ON delivery_suggestion (learner_id, planned_at)
      WHERE planned_at IS NOT NULL`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE delivery_suggestion DROP COLUMN planned_at, DROP COLUMN planned_channel`);
    await q.query(`ALTER TABLE model_version DROP COLUMN timing`);
  }
}
