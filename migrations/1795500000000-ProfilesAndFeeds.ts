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
    await q.query(FILL_SEARCH_DOCUMENTS);
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

/**
 * What the courses of before are found by: title, names of the skills taught, tags with provider, and description, as they
 * are written and as stems of the language of the course.
 */
const FILL_SEARCH_DOCUMENTS = `
  UPDATE course SET search_document = document.words FROM (
    SELECT c.id,
      setweight(to_tsvector('simple', c.title), 'A')
      || setweight(to_tsvector('simple', skills.names), 'B')
      || setweight(to_tsvector('simple', labels.words), 'C')
      || setweight(to_tsvector('simple', coalesce(c.description, '')), 'D')
      || CASE language.configuration WHEN 'simple' THEN ''::tsvector ELSE
        setweight(to_tsvector(language.configuration::regconfig, c.title), 'A')
        || setweight(to_tsvector(language.configuration::regconfig, skills.names), 'B')
        || setweight(to_tsvector(language.configuration::regconfig, labels.words), 'C')
        || setweight(to_tsvector(language.configuration::regconfig, coalesce(c.description, '')), 'D') END AS words
    FROM course c
    CROSS JOIN LATERAL (SELECT CASE lower(split_part(c.language, '-', 1))
      WHEN 'ar' THEN 'arabic' WHEN 'hy' THEN 'armenian' WHEN 'eu' THEN 'basque' WHEN 'ca' THEN 'catalan'
      WHEN 'da' THEN 'danish' WHEN 'nl' THEN 'dutch' WHEN 'en' THEN 'english' WHEN 'fi' THEN 'finnish'
      WHEN 'fr' THEN 'french' WHEN 'de' THEN 'german' WHEN 'el' THEN 'greek' WHEN 'hi' THEN 'hindi'
      WHEN 'hu' THEN 'hungarian' WHEN 'id' THEN 'indonesian' WHEN 'ga' THEN 'irish' WHEN 'it' THEN 'italian'
      WHEN 'lt' THEN 'lithuanian' WHEN 'ne' THEN 'nepali' WHEN 'no' THEN 'norwegian' WHEN 'nb' THEN 'norwegian'
      WHEN 'nn' THEN 'norwegian' WHEN 'pt' THEN 'portuguese' WHEN 'ro' THEN 'romanian' WHEN 'ru' THEN 'russian'
      WHEN 'sr' THEN 'serbian' WHEN 'es' THEN 'spanish' WHEN 'sv' THEN 'swedish' WHEN 'ta' THEN 'tamil'
      WHEN 'tr' THEN 'turkish' WHEN 'yi' THEN 'yiddish' ELSE 'simple' END AS configuration) AS language
    CROSS JOIN LATERAL (
      SELECT coalesce(string_agg(skill.name, ' ; ' ORDER BY skill.id), '') AS names
      FROM course_skill cs JOIN skill ON skill.id = cs.skill_id WHERE cs.course_id = c.id) AS skills
    CROSS JOIN LATERAL (
      SELECT concat_ws(' ; ', array_to_string(c.tags, ' ; '), c.provider) AS words) AS labels) AS document
  WHERE course.id = document.id`;
