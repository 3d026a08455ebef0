import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By what a call for a preview that is repeated with its id is told from one that asks for something else. */
export class RepeatedCalls1796600000001 implements MigrationInterface {
  name = 'RepeatedCalls1796600000001';

  async up(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE rule_preview ADD COLUMN request_hash text');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('ALTER TABLE rule_preview DROP COLUMN request_hash');
  }
}
