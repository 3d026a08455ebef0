import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every training also fits when people are active; the result is kept with the version of its model.
 *
 * Versions of before have none: until the next training suggestions rest on the person, the organisation and usual
 * working hours, as they did.
 */
export class TimingModels1795600000001 implements MigrationInterface {
  name = 'TimingModels1795600000001';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE model_version ADD COLUMN timing jsonb`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE model_version DROP COLUMN timing`);
  }
}
