import { Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { isUnrestricted } from '../../learners/processed.js';
import type { Queryable } from '../../platform/database/database.js';
import type { Recorded } from '../records.js';
import type { SurveyAnswer } from './surveyAnswer.js';

@Entity({ name: 'survey_answer' })
@Index('survey_answer_learner_ix', ['learnerId', 'at'])
@Index('survey_answer_question_ix', ['questionId', 'at'])
class SurveyAnswerRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'survey_answer_pk' })
  source!: string;

  @PrimaryColumn({ name: 'event_id', type: 'text', primaryKeyConstraintName: 'survey_answer_pk' })
  eventId!: string;

  @Column({ name: 'learner_id', type: 'text' })
  @ForeignKey('LearnerRow', { name: 'survey_answer_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @Column({ name: 'course_id', type: 'text', nullable: true })
  @ForeignKey('CourseRow', { name: 'survey_answer_course_fk' })
  courseId!: string | null;

  @Column({ name: 'question_id', type: 'text' })
  questionId!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'double precision' })
  score!: number;

  @Column({ name: 'scale_value', type: 'double precision', nullable: true })
  scaleValue!: number | null;

  @Column({ name: 'scale_min', type: 'double precision', nullable: true })
  scaleMin!: number | null;

  @Column({ name: 'scale_max', type: 'double precision', nullable: true })
  scaleMax!: number | null;

  @Column({ type: 'text', nullable: true })
  comment!: string | null;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt!: Date;
}

/** Table classes of surveys, for the data source. */
export const SURVEY_TABLES = [SurveyAnswerRow];

const ANSWER = `a.source, a.event_id AS "eventId", a.learner_id AS "learnerId", a.course_id AS "courseId",
  a.question_id AS "questionId", a.at, a.score, a.scale_value AS "scaleValue", a.scale_min AS "scaleMin",
  a.scale_max AS "scaleMax", a.comment`;

/** What answers come to: the mean over people of what each said. */
export interface AnswerMean {
  /** −1 to 1; null: nobody answered. */
  readonly mean: number | null;
  readonly people: number;
}

/** What one learner answered in the time before a moment. */
export interface ScoresOfLearner {
  /** Of the moments that were asked for, from 1. */
  readonly place: number;
  readonly learnerId: string;
  readonly sum: number;
  readonly count: number;
}

export class SurveysStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Appends what is new, and answers which that was; in the order of the keys, so that two senders cannot deadlock. */
  async append(transaction: Queryable, rows: readonly SurveyAnswer[], receivedAt: Date): Promise<Recorded[]> {
    return (await transaction.query(
      `INSERT INTO survey_answer (source, event_id, learner_id, course_id, question_id, at, score, scale_value,
         scale_min, scale_max, comment, received_at)
       SELECT new.*, $12::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
         $6::timestamptz[], $7::double precision[], $8::double precision[], $9::double precision[],
         $10::double precision[], $11::text[]) AS new (source, event_id)
       ORDER BY new.source, new.event_id
       ON CONFLICT (source, event_id) DO NOTHING
       RETURNING source, event_id AS "eventId"`,
      [
        rows.map((a) => a.source),
        rows.map((a) => a.eventId),
        rows.map((a) => a.learnerId),
        rows.map((a) => a.courseId),
        rows.map((a) => a.questionId),
        rows.map((a) => a.at),
        rows.map((a) => a.score),
        rows.map((a) => a.scaleValue),
        rows.map((a) => a.scaleMin),
        rows.map((a) => a.scaleMax),
        rows.map((a) => a.comment),
        receivedAt,
      ],
    )) as Recorded[];
  }

  async byKeys(transaction: Queryable, keys: readonly Recorded[]): Promise<SurveyAnswer[]> {
    return (await transaction.query(
      `SELECT ${ANSWER} FROM survey_answer a
       JOIN unnest($1::text[], $2::text[]) AS key (source, event_id)
         ON key.source = a.source AND key.event_id = a.event_id`,
      [keys.map(({ source }) => source), keys.map(({ eventId }) => eventId)],
    )) as SurveyAnswer[];
  }

  /** All answers to a question in a span of time, about one course or about any. */
  async meanOf(questionId: string, courseId: string | null, since: Date, until: Date): Promise<AnswerMean> {
    const [row] = (await this.#dataSource.query(
      `SELECT avg(one.score) AS mean, count(*)::integer AS people FROM (
         SELECT avg(a.score) AS score FROM survey_answer a
         WHERE a.question_id = $1 AND ($2::text IS NULL OR a.course_id = $2) AND a.at >= $3 AND a.at < $4
           AND ${isUnrestricted('a.learner_id')}
         GROUP BY a.learner_id) one`,
      [questionId, courseId, since, until],
    )) as AnswerMean[];
    return row ?? { mean: null, people: 0 };
  }

  /** Comments with whom they are of, in an order that tells nothing of time or people; the newest that many people's. */
  async commentsOf(
    questionId: string,
    courseId: string | null,
    since: Date,
    until: Date,
    limit: number,
  ): Promise<{ learnerId: string; comment: string }[]> {
    return (await this.#dataSource.query(
      `SELECT latest.learner_id AS "learnerId", latest.comment FROM (
         SELECT a.learner_id, a.comment, a.source, a.event_id FROM survey_answer a
         WHERE a.question_id = $1 AND ($2::text IS NULL OR a.course_id = $2) AND a.at >= $3 AND a.at < $4
           AND a.comment IS NOT NULL AND ${isUnrestricted('a.learner_id')}
         ORDER BY a.at DESC, a.source, a.event_id LIMIT $5) latest
       ORDER BY md5(latest.source || ' ' || latest.event_id)`,
      [questionId, courseId, since, until, limit],
    )) as { learnerId: string; comment: string }[];
  }

  /** Of these learners, in the time before each of the moments. */
  async scoresBefore(
    learnerIds: readonly string[],
    moments: readonly Date[],
    days: number,
    courseIds: readonly string[],
  ): Promise<ScoresOfLearner[]> {
    return (await this.#dataSource.query(
      `SELECT w.place::integer AS place, a.learner_id AS "learnerId", sum(a.score) AS sum, count(*)::integer AS count
       FROM unnest($2::timestamptz[]) WITH ORDINALITY AS w (at, place)
       JOIN survey_answer a ON a.learner_id = ANY($1::text[])
         AND a.at > w.at - make_interval(days => $3) AND a.at <= w.at
       WHERE cardinality($4::text[]) = 0 OR a.course_id = ANY($4::text[])
       GROUP BY w.place, a.learner_id`,
      [learnerIds, moments, days, courseIds],
    )) as ScoresOfLearner[];
  }
}
