import type { DataSource } from 'typeorm';
import type { Queryable } from '../platform/database/database.js';
import { type FoundRow, type SearchAttempt, STAGES } from './courseSearch.js';
import { COURSE_CONFIGURATION_SQL } from './textLanguage.js';

/** What words weigh by where they stand: title 1, skills 0.4, tags and provider 0.2, description 0.1. */
const documentIn = (configuration: string): string => `
  setweight(to_tsvector(${configuration}, course.title), 'A')
  || setweight(to_tsvector(${configuration}, skills.names), 'B')
  || setweight(to_tsvector(${configuration}, concat_ws(' ; ', array_to_string(course.tags, ' ; '), course.provider)), 'C')
  || setweight(to_tsvector(${configuration}, coalesce(course.description, '')), 'D')`;

/** Word stems in the language of the course, and the words as they are, for who searches in another language. */
const DOCUMENTS = `
  SELECT course.id, ${documentIn(`'simple'`)} || CASE language.configuration WHEN 'simple' THEN ''::tsvector ELSE
    ${documentIn('language.configuration::regconfig')} END AS words
  FROM course
  CROSS JOIN LATERAL (SELECT ${COURSE_CONFIGURATION_SQL} AS configuration) AS language
  CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(skill.name, ' ; ' ORDER BY skill.id), '') AS names
    FROM course_skill cs JOIN skill ON skill.id = cs.skill_id WHERE cs.course_id = course.id) AS skills
  WHERE course.id = ANY($1::text[])`;

/** Writes what the courses are found by, after they or the names of their skills have changed. */
export async function refreshSearchDocuments(transaction: Queryable, courseIds: readonly string[]): Promise<void> {
  await transaction.query(
    `UPDATE course SET search_document = document.words FROM (${DOCUMENTS}) AS document
     WHERE course.id = document.id AND course.search_document IS DISTINCT FROM document.words`,
    [courseIds],
  );
}

/**
 * Looks into the index once for each net. `OFFSET 0` keeps it that way: for many of them the planner would rather hold every
 * course of the catalogue against each.
 */
const caughtBy = (net: string): string => `
    CROSS JOIN LATERAL (SELECT one.id, one.language, one.search_document FROM course one
      WHERE one.search_document @@ ${net}.query OFFSET 0) AS course`;

/**
 * A course is asked in its own language and in plain words. Where its own language has nothing but stop words in a term,
 * the term says nothing to it; courses of no language take those of English. `querytree` is `T` for what asks for no
 * word at all ("-excel"), which all the rest of the catalogue would answer.
 *
 * The index is looked into once for an attempt in all languages, not once for each; `ts_match_vq` is `@@` where it must
 * not be looked into again.
 */
const SEARCH = `
  WITH attempt AS (
    SELECT * FROM unnest($1::integer[], $2::integer[], $3::text[]) WITH ORDINALITY AS attempt (place, stage, words, nth)),
  query AS MATERIALIZED (
    SELECT attempt.place, attempt.stage, attempt.nth, language.configuration, asked.query
    FROM attempt
    CROSS JOIN unnest($4::text[]) AS language (configuration)
    CROSS JOIN LATERAL (SELECT
      websearch_to_tsquery(language.configuration::regconfig, attempt.words)
        || websearch_to_tsquery('simple', attempt.words) AS query,
      websearch_to_tsquery((CASE language.configuration WHEN 'simple' THEN 'english'
        ELSE language.configuration END)::regconfig, attempt.words) AS meaningful) AS asked
    WHERE querytree(asked.meaningful) NOT IN ('', 'T') AND querytree(asked.query) NOT IN ('', 'T')),
  net AS MATERIALIZED (
    SELECT query.place, query.stage, query.nth, string_agg('(' || query.query::text || ')', ' | ')::tsquery AS query
    FROM query GROUP BY query.place, query.stage, query.nth),
  whole AS MATERIALIZED (
    SELECT net.place, net.stage, course.id, ts_rank_cd(course.search_document, query.query, 1) AS rank
    FROM net ${caughtBy('net')}
    JOIN query ON query.nth = net.nth AND query.configuration = ${COURSE_CONFIGURATION_SQL}
      AND ts_match_vq(course.search_document, query.query)
    WHERE net.stage < ${STAGES.anyOf}),
  first_stage AS (SELECT whole.place, min(whole.stage) AS stage FROM whole GROUP BY whole.place),
  unanswered AS MATERIALIZED (
    SELECT net.* FROM net
    WHERE net.stage = ${STAGES.anyOf} AND NOT EXISTS (SELECT FROM whole WHERE whole.place = net.place)),
  part AS (
    SELECT unanswered.place, course.id, count(*) AS words,
      sum(ts_rank_cd(course.search_document, query.query, 1)) AS rank
    FROM unanswered ${caughtBy('unanswered')}
    JOIN query ON query.nth = unanswered.nth AND query.configuration = ${COURSE_CONFIGURATION_SQL}
      AND ts_match_vq(course.search_document, query.query)
    GROUP BY unanswered.place, course.id),
  asked_for AS (
    SELECT attempt.place, count(*) AS words FROM attempt
    WHERE attempt.stage = ${STAGES.anyOf} GROUP BY attempt.place),
  found AS (
    SELECT whole.place, whole.stage, whole.id,
      whole.rank::float8 / max(whole.rank) OVER (PARTITION BY whole.place) AS relevance
    FROM whole JOIN first_stage ON first_stage.place = whole.place AND first_stage.stage = whole.stage
    UNION ALL
    SELECT part.place, ${STAGES.anyOf}, part.id,
      0.5 * part.words / asked_for.words * part.rank::float8 / max(part.rank) OVER (PARTITION BY part.place)
    FROM part JOIN asked_for ON asked_for.place = part.place),
  ranked AS (
    SELECT found.*,
      row_number() OVER (PARTITION BY found.place ORDER BY found.relevance DESC, found.id COLLATE "C") AS nth
    FROM found)
  SELECT ranked.place, ranked.stage, ranked.id AS "courseId", ranked.relevance
  FROM ranked WHERE ranked.nth <= $5 ORDER BY ranked.place, ranked.nth`;

/**
 * The best courses for each place, of the first stage that finds any. Relevance is the rank by cover density, where long
 * texts count less (`ts_rank_cd` with 1), as a share of the best; where any of several words will do, times half of the
 * share of the words that the course has.
 */
export async function findCourses(
  dataSource: DataSource,
  attempts: readonly SearchAttempt[],
  configurations: readonly string[],
  limit: number,
): Promise<FoundRow[]> {
  return (await dataSource.query(SEARCH, [
    attempts.map(({ place }) => place),
    attempts.map(({ stage }) => stage),
    attempts.map(({ words }) => words),
    configurations,
    limit,
  ])) as FoundRow[];
}
