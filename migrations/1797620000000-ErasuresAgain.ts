import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that an erasure that leaves rows behind is not carried out every minute for ever. */
export class ErasuresAgain1797620000000 implements MigrationInterface {
  name = 'ErasuresAgain1797620000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE erasure ADD COLUMN again_at timestamptz`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE erasure DROP COLUMN again_at`);
  }
}
