import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How often somebody is active can be told only of the time in which it would have been seen, which begins when they
 * become known. Of people of before it is not known when they did: for them it begins now, unless activity says that it
 * began earlier.
 *
 * The default stays: while releases run side by side, the one of before does not name the column.
 */
export class KnownSince1795800000000 implements MigrationInterface {
  name = 'KnownSince1795800000000';

  async up(q: QueryRunner): Promise<void> {
    // A default that is the same for all rows is kept beside the table: nothing is rewritten.
    await q.query(`ALTER TABLE learner ADD COLUMN known_since timestamptz NOT NULL DEFAULT now()`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE learner DROP COLUMN known_since`);
  }
}
