import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which settings a preview takes as changed, told whenever it is asked for; null in those of before, which are soon gone. */
export class PreviewedSettings1797200000001 implements MigrationInterface {
  name = 'PreviewedSettings1797200000001';

  async up(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE rule_preview ADD COLUMN settings jsonb');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE rule_preview DROP COLUMN settings');
  }
}
