import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Campaigns, who is in each of them, and what each of those was brought when. */
export class Campaigns1796500000000 implements MigrationInterface {
  name = 'Campaigns1796500000000';

  async up(q: QueryRunner): Promise<void> {
    // "plan_seq" is raised by everything that is planned: whoever plans sees whether others did meanwhile.
    await q.query(`CREATE TABLE campaign (
      id text NOT NULL,
      state text NOT NULL,
      version integer NOT NULL,
      content jsonb NOT NULL,
      created_by text NOT NULL,
      created_at timestamptz NOT NULL,
      started_at timestamptz,
      ended_at timestamptz,
      swept_at timestamptz,
      plan_seq integer NOT NULL DEFAULT 0,
      CONSTRAINT campaign_pk PRIMARY KEY (id),
      CONSTRAINT campaign_state_check CHECK (state IN ('DRAFT', 'RUNNING', 'PAUSED', 'ENDED')))`);
    await q.query(`CREATE INDEX campaign_created_at_ix ON campaign (created_at, id)`);

    // Who was in, and who of them was held out, stays written down whatever becomes of them: that is what the effect of a
    // campaign is told by.
    await q.query(`CREATE TABLE campaign_member (
      campaign_id text NOT NULL,
      learner_id text NOT NULL,
      is_held_out boolean NOT NULL,
      department text,
      enrolled_at timestamptz NOT NULL,
      left_at timestamptz,
      finished_at timestamptz,
      next_look_at timestamptz NOT NULL,
      CONSTRAINT campaign_member_pk PRIMARY KEY (campaign_id, learner_id),
      CONSTRAINT campaign_member_campaign_fk FOREIGN KEY (campaign_id) REFERENCES campaign (id) ON DELETE CASCADE,
      CONSTRAINT campaign_member_learner_fk FOREIGN KEY (learner_id) REFERENCES learner (id) ON DELETE CASCADE)`);
    await q.query(`CREATE INDEX campaign_member_look_ix ON campaign_member (campaign_id, next_look_at)`);
    await q.query(`CREATE INDEX campaign_member_learner_ix ON campaign_member (learner_id)`);

    // At most one row for each step of a person: a message that was withdrawn gives way to the one in its place.
    // Suggestions may be removed before, so no key refers to them.
    await q.query(`CREATE TABLE campaign_step (
      campaign_id text NOT NULL,
      learner_id text NOT NULL,
      step integer NOT NULL,
      course_id text NOT NULL,
      suggestion_id text NOT NULL,
      channel text,
      planned_at timestamptz NOT NULL,
      starts_at timestamptz NOT NULL,
      ends_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      sent_at timestamptz,
      opened_at timestamptz,
      started_at timestamptz,
      completed_at timestamptz,
      withdrawn_at timestamptz,
      withdrawn_because text,
      CONSTRAINT campaign_step_pk PRIMARY KEY (campaign_id, learner_id, step),
      CONSTRAINT campaign_step_member_fk FOREIGN KEY (campaign_id, learner_id)
        REFERENCES campaign_member (campaign_id, learner_id) ON DELETE CASCADE,
      CONSTRAINT campaign_step_course_fk FOREIGN KEY (course_id) REFERENCES course (id),
      CONSTRAINT campaign_step_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_because IS NULL)))`);
    await q.query(
      `CREATE INDEX campaign_step_starts_at_ix ON campaign_step (campaign_id, starts_at, learner_id, step)`,
    );
    await q.query(`CREATE INDEX campaign_step_learner_ix ON campaign_step (learner_id, starts_at)`);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of ['campaign_step', 'campaign_member', 'campaign']) await q.query(`DROP TABLE ${table}`);
  }
}
