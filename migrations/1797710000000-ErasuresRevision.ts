import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that whoever reads about people for a while, and then writes, sees that somebody was erased in between. */
export class ErasuresRevision1797710000000 implements MigrationInterface {
  name = 'ErasuresRevision1797710000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`INSERT INTO revision (name, value) VALUES ('erasures', 0)`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DELETE FROM revision WHERE name = 'erasures'`);
  }
}
