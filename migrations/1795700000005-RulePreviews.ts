import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What changes of rules would do, worked out by one process and asked for at any. */
export class RulePreviews1795700000005 implements MigrationInterface {
  name = 'RulePreviews1795700000005';

  async up(q: QueryRunner): Promise<void> {
    // "order" is what is to be looked at, until it was; "result" what was found. Gone after a day.
    await q.query(`CREATE TABLE rule_preview (
      id text NOT NULL,
      status text NOT NULL,
      requested_by text NOT NULL,
      requested_at timestamptz NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      "order" jsonb,
      progress jsonb,
      finished_at timestamptz,
      result jsonb,
      error text,
      CONSTRAINT rule_preview_pk PRIMARY KEY (id),
      CONSTRAINT rule_preview_status_check CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')))`);
    await q.query(`CREATE INDEX rule_preview_requested_at_ix ON rule_preview (requested_at)`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE rule_preview');
  }
}
