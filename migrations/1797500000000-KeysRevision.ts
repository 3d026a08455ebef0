import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that a key which is revoked in one process is forgotten in all, whether or not they can ask about it again. */
export class KeysRevision1797500000000 implements MigrationInterface {
  name = 'KeysRevision1797500000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`INSERT INTO revision (name, value) VALUES ('keys', 0)`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DELETE FROM revision WHERE name = 'keys'`);
  }
}
