import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Experiments, and who was served which variant when. Lists that are drawn from two others keep which of them each place
 * came from.
 */
export class Experiments1796400000000 implements MigrationInterface {
  name = 'Experiments1796400000000';

  async up(q: QueryRunner): Promise<void> {
    // Raised when an experiment starts or ends, so that every process draws people alike within a second.
    await q.query(`INSERT INTO revision (name, value) VALUES ('experiments', 0)`);

    await q.query(`CREATE TABLE experiment (
      id text NOT NULL,
      status text NOT NULL,
      version integer NOT NULL,
      salt text NOT NULL,
      definition jsonb NOT NULL,
      created_by text NOT NULL,
      created_at timestamptz NOT NULL,
      edited_by text NOT NULL,
      started_at timestamptz,
      ended_at timestamptz,
      shipped jsonb,
      reason text NOT NULL,
      CONSTRAINT experiment_pk PRIMARY KEY (id),
      CONSTRAINT experiment_status_known CHECK (status IN ('DRAFT', 'RUNNING', 'STOPPED', 'SHIPPED', 'ROLLED_BACK')))`);

    // A row for each person and variant, changed in place whenever they are served: nothing but the key is indexed, so
    // that the change stays on its page.
    await q.query(`CREATE TABLE experiment_exposure (
      experiment_id text NOT NULL,
      learner_id text NOT NULL,
      variant_id text NOT NULL,
      unit_id text NOT NULL,
      first_exposed_at timestamptz NOT NULL,
      last_exposed_at timestamptz NOT NULL,
      exposure_count integer NOT NULL,
      CONSTRAINT experiment_exposure_pk PRIMARY KEY (experiment_id, learner_id, variant_id),
      CONSTRAINT experiment_exposure_experiment_fk FOREIGN KEY (experiment_id) REFERENCES experiment (id))`);

    // One letter for each place, C of the control or T of the other. Null for all lists but drawn ones: nothing is rewritten.
    await q.query(`ALTER TABLE served_list ADD COLUMN teams text`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE served_list DROP COLUMN teams`);
    await q.query(`DROP TABLE experiment_exposure`);
    await q.query(`DROP TABLE experiment`);
    await q.query(`DELETE FROM revision WHERE name = 'experiments'`);
  }
}
