import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whole profiles (searches, pages, sittings, evidence), full-text search over the catalogue, seats of live sessions,
 * versioned settings of L&D, fitted ranking weights, and served lists that can be replayed.
 *
 * Profiles of before lack what is new; `waymark rebuild-profiles` folds them again from the log.
 */
export class ProfilesAndFeeds1795500000000 implements MigrationInterface {
  name = 'ProfilesAndFeeds1795500000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`INSERT INTO revision (name, value) VALUES ('settings', 0)`);

    // Settings that L&D changes while the service runs; versions are never changed, the latest one counts.
    await q.query(`CREATE TABLE setting_version (
      kind text NOT NULL,
      version integer NOT NULL,
      content jsonb NOT NULL,
      reason text NOT NULL,
      created_by text NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT setting_version_pk PRIMARY KEY (kind, version))`);

    // When a course came into the catalogue: what was searched for in vain before may be answered since.
    await q.query(`ALTER TABLE course ADD COLUMN added_at timestamptz NOT NULL DEFAULT now()`);
    await q.query(`UPDATE course SET added_at = coalesce(course.published_at, course.added_at)`);
    await q.query(`ALTER TABLE course ADD COLUMN search_document tsvector NOT NULL DEFAULT ''::tsvector`);
    await q.query(`CREATE INDEX course_search_ix ON course USING gin (search_document)`);
    await q.query(`ALTER TABLE live_session ADD COLUMN seats_taken integer`);

    await q.query(`ALTER TABLE assignment ADD COLUMN counts_from timestamptz`);

    await q.query(`ALTER TABLE interaction ADD COLUMN reason text`);
    await q.query(`CREATE INDEX interaction_served_list_ix ON interaction (served_list_id)
      WHERE served_list_id IS NOT NULL`);
    // For the fold: what a learner touched soon after a search.
    await q.query(`CREATE INDEX interaction_learner_at_ix ON interaction (learner_id, at)`);

    await q.query(`ALTER TABLE learner_course ADD COLUMN dismiss_reason text`);
    // One row a learner: how much is known, and what writers of one learner wait for each other at.
    await q.query(`CREATE TABLE learner_profile (
      learner_id text NOT NULL,
      events integer NOT NULL,
      first_at timestamptz NOT NULL,
      last_at timestamptz NOT NULL,
      CONSTRAINT learner_profile_pk PRIMARY KEY (learner_id),
      CONSTRAINT learner_profile_learner_fk FOREIGN KEY (learner_id) REFERENCES learner (id) ON DELETE CASCADE)`);
    await q.query(`CREATE TABLE learner_search (
      learner_id text NOT NULL,
      at timestamptz NOT NULL,
      term text NOT NULL,
      searches integer NOT NULL,
      zero_results integer NOT NULL,
      followed_at timestamptz,
      CONSTRAINT learner_search_pk PRIMARY KEY (learner_id, at, term),
      CONSTRAINT learner_search_learner_fk FOREIGN KEY (learner_id) REFERENCES learner (id) ON DELETE CASCADE)`);
    await q.query(`CREATE INDEX learner_search_unmet_ix ON learner_search (term) WHERE zero_results > 0`);
    await q.query(`CREATE TABLE learner_page (
      learner_id text NOT NULL,
      page text NOT NULL,
      visits integer NOT NULL,
      last_at timestamptz NOT NULL,
      CONSTRAINT learner_page_pk PRIMARY KEY (learner_id, page),
      CONSTRAINT learner_page_learner_fk FOREIGN KEY (learner_id) REFERENCES learner (id) ON DELETE CASCADE)`);
    await q.query(`CREATE TABLE learner_sitting (
      learner_id text NOT NULL,
      device text NOT NULL,
      minutes integer NOT NULL,
      sittings integer NOT NULL,
      CONSTRAINT learner_sitting_pk PRIMARY KEY (learner_id, device, minutes),
      CONSTRAINT learner_sitting_learner_fk FOREIGN KEY (learner_id) REFERENCES learner (id) ON DELETE CASCADE)`);

    await q.query(`ALTER TABLE model_version ADD COLUMN ranking jsonb`);

    await q.query(`ALTER TABLE served_list
      ADD COLUMN policy_version integer,
      ADD COLUMN signal_weights_version integer,
      ADD COLUMN rule_set_version integer,
      ADD COLUMN variant text,
      ADD COLUMN sources text[] NOT NULL DEFAULT '{}',
      ADD COLUMN propensities real[] NOT NULL DEFAULT '{}',
      ADD COLUMN pages jsonb NOT NULL DEFAULT '[]',
      ADD COLUMN shelves jsonb`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE served_list
      DROP COLUMN policy_version,
      DROP COLUMN signal_weights_version,
      DROP COLUMN rule_set_version,
      DROP COLUMN variant,
      DROP COLUMN sources,
      DROP COLUMN propensities,
      DROP COLUMN pages,
      DROP COLUMN shelves`);
    await q.query('ALTER TABLE model_version DROP COLUMN ranking');
    for (const table of ['learner_sitting', 'learner_page', 'learner_search', 'learner_profile']) {
      await q.query(`DROP TABLE ${table}`);
    }
    await q.query('ALTER TABLE learner_course DROP COLUMN dismiss_reason');
    await q.query('DROP INDEX interaction_learner_at_ix');
    await q.query('DROP INDEX interaction_served_list_ix');
    await q.query('ALTER TABLE interaction DROP COLUMN reason');
    await q.query('ALTER TABLE assignment DROP COLUMN counts_from');
    await q.query('ALTER TABLE live_session DROP COLUMN seats_taken');
    await q.query('DROP INDEX course_search_ix');
    await q.query('ALTER TABLE course DROP COLUMN search_document, DROP COLUMN added_at');
    await q.query('DROP TABLE setting_version');
    await q.query(`DELETE FROM revision WHERE name = 'settings'`);
  }
}
