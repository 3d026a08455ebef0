import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Erasure that is proved and outlasts late events, restriction of processing, and retention that says what it deleted.
 */
export class Privacy1796800000000 implements MigrationInterface {
  name = 'Privacy1796800000000';

  async up(q: QueryRunner): Promise<void> {
    // The key that names for people are made with where their ids must not stand. Made by the first process that starts.
    await q.query(`CREATE TABLE pseudonym_key (
      id smallint NOT NULL,
      key bytea NOT NULL,
      CONSTRAINT pseudonym_key_pk PRIMARY KEY (id),
      CONSTRAINT pseudonym_key_one CHECK (id = 1))`);

    // Null: no restriction. With the opt-out it decides about whom nothing is worked out: few, and asked for by their ids.
    await q.query(`ALTER TABLE learner ADD COLUMN restricted_at timestamptz`);
    await q.query(`CREATE INDEX learner_unprocessed_ix ON learner (id)
      WHERE personalisation_opt_out OR restricted_at IS NOT NULL`);

    // Who was erased, known by nothing but a keyed hash of their id.
    await q.query(`CREATE TABLE erased_learner (
      learner_hash bytea NOT NULL,
      erased_at timestamptz NOT NULL,
      CONSTRAINT erased_learner_pk PRIMARY KEY (learner_hash))`);

    // "learner_id" is there only until they are erased; the pseudonym stays.
    await q.query(`CREATE TABLE erasure (
      id text NOT NULL,
      pseudonym text NOT NULL,
      learner_id text,
      status text NOT NULL,
      requested_by text NOT NULL,
      requested_at timestamptz NOT NULL,
      reason text NOT NULL,
      finished_at timestamptz,
      counts jsonb NOT NULL,
      remaining jsonb,
      CONSTRAINT erasure_pk PRIMARY KEY (id),
      CONSTRAINT erasure_pseudonym_uq UNIQUE (pseudonym),
      CONSTRAINT erasure_status_known CHECK (status IN ('QUEUED', 'SUCCEEDED')))`);

    await q.query(`CREATE TABLE retention_sweep (
      table_name text NOT NULL,
      swept_at timestamptz NOT NULL,
      deleted_before timestamptz NOT NULL,
      rows_deleted bigint NOT NULL,
      rows_deleted_ever bigint NOT NULL,
      CONSTRAINT retention_sweep_pk PRIMARY KEY (table_name))`);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of ['retention_sweep', 'erasure', 'erased_learner']) await q.query(`DROP TABLE ${table}`);
    await q.query('DROP INDEX learner_unprocessed_ix');
    await q.query('ALTER TABLE learner DROP COLUMN restricted_at');
    await q.query('DROP TABLE pseudonym_key');
  }
}
