import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = ['course_ids', 'scores', 'sources', 'propensities', 'pages', 'shelves', 'applied_rules'];

/**
 * Every list that is handed out is written down first, and a third of the time of that was the server's standard
 * compression. Lists that are there stay as they are; servers and engines that were built without LZ4 go on as before.
 */
export class QuickerCompression1797100000001 implements MigrationInterface {
  name = 'QuickerCompression1797100000001';

  async up(q: QueryRunner): Promise<void> {
    const alter = COLUMNS.map((column) => `ALTER COLUMN ${column} SET COMPRESSION lz4`).join(', ');
    await q.query(`DO $$ BEGIN
      ALTER TABLE served_list ${alter};
    EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL;
    END $$`);
  }

  async down(q: QueryRunner): Promise<void> {
    const alter = COLUMNS.map((column) => `ALTER COLUMN ${column} SET COMPRESSION default`).join(', ');
    await q.query(`ALTER TABLE served_list ${alter}`);
  }
}
