import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What rules had to do with the places of a served list; no rule had with those of before. */
export class AppliedRules1795700000001 implements MigrationInterface {
  name = 'AppliedRules1795700000001';

  async up(q: QueryRunner): Promise<void> {
    // A constant default is kept beside the table: no row is written.
    await q.query(`ALTER TABLE served_list ADD COLUMN applied_rules jsonb NOT NULL DEFAULT '[]'`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE served_list DROP COLUMN applied_rules`);
  }
}
