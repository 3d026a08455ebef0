import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What ties the bytes of a model to the version that they were trained as; null for the versions of before, which are
 * taken as they are. Adding a column without a default touches no row.
 */
export class ModelSeals1796900000000 implements MigrationInterface {
  name = 'ModelSeals1796900000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE model_version ADD COLUMN seal bytea`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE model_version DROP COLUMN seal`);
  }
}
