import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a rule did is read from the lists of up to half a year: they are found by when they were made, whoever they were
 * for. Lists wait to be written while the index is made, about a second for each million of them.
 */
export class ServedListsByTime1796100000000 implements MigrationInterface {
  name = 'ServedListsByTime1796100000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`CREATE INDEX served_list_created_ix ON served_list (created_at)`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DROP INDEX served_list_created_ix`);
  }
}
