import type { DataSource } from 'typeorm';
import type { CatalogService } from '../../catalog/catalog.service.js';
import { coarseOrNull, FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import type { LearnersService } from '../../learners/learners.service.js';
import { isGiven, requireIds } from '../../platform/rowChecks.js';
import { coarseValue } from '../coarseValue.js';
import { planRecords, type RecordResult, recordResult } from '../records.js';
import { isOneMonth, requireMonthsOver } from './monthsOver.js';
import { answerOf, checkAnswer, type SurveyAnswerInput } from './surveyAnswer.js';
import { SurveysStore } from './surveys.store.js';

/** What is told of the answers to a question: nothing of fewer than five people. */
export interface FeedbackSummary {
  readonly people: number | null;
  /** −1 to 1. */
  readonly meanScore: number | null;
  readonly comments: readonly string[];
}

export interface FeedbackQuestion {
  readonly questionId: string;
  readonly courseId: string | null;
  readonly from: string | null;
  readonly until: string | null;
}

const MOST_COMMENTS = 100;
const SCORES = { min: -1, max: 1 };

/** What people say when they are asked. */
export class SurveysService {
  readonly #dataSource: DataSource;
  readonly #store: SurveysStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #clock: () => Date;

  constructor(dataSource: DataSource, catalog: CatalogService, learners: LearnersService, clock: () => Date) {
    this.#dataSource = dataSource;
    this.#store = new SurveysStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#clock = clock;
  }

  /** Stores what is new; sending it again changes nothing. */
  async recordFeedback(rows: readonly SurveyAnswerInput[]): Promise<RecordResult> {
    const now = this.#clock();
    const courseIds = await this.#catalog.knownCourseIds(rows.map(({ courseId }) => courseId).filter(isGiven));
    return await this.#dataSource.transaction(async (transaction) => {
      const learnerIds = await this.#learners.knownIds(rows, transaction);
      const plan = planRecords(rows, (check, row) => checkAnswer(check, row, { learnerIds, courseIds, now }), answerOf);
      const events = plan.accepted.map(({ event }) => event);
      const appended = await this.#store.append(transaction, events, now);
      return recordResult(plan, appended, await this.#store.byKeys(transaction, events));
    });
  }

  /**
   * What is said of a question in months that are over: by five people or more, or nothing. Comments are told of one month,
   * about all courses together, when five people commented: of other windows what one leaves out of another would be told.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have, or for days that are no whole months
   */
  async feedback({ questionId, courseId, from, until }: FeedbackQuestion): Promise<FeedbackSummary> {
    requireIds('questionId', [questionId]);
    if (courseId !== null) requireIds('courseId', [courseId]);
    const span = requireMonthsOver(from, until, this.#clock());
    const [since, before] = [new Date(`${span.fromDay}T00:00:00Z`), new Date(`${span.untilDay}T00:00:00Z`)];
    const [{ mean, people }, comments] = await Promise.all([
      this.#store.meanOf(questionId, courseId, since, before),
      this.#store.commentsOf(questionId, courseId, since, before, MOST_COMMENTS),
    ]);
    if (mean === null || people < FEWEST_PEOPLE) return { people: null, meanScore: null, comments: [] };
    const isTold = courseId === null && isOneMonth(span);
    const commenters = new Set(comments.map(({ learnerId }) => learnerId)).size;
    return {
      people: coarseOrNull(people),
      meanScore: coarseValue(mean, people, SCORES),
      comments: isTold && commenters >= FEWEST_PEOPLE ? comments.map(({ comment }) => comment) : [],
    };
  }

  /** Of these learners, in so many days before each of the moments; who did not answer is left out. */
  async scoresBefore(
    learnerIds: readonly string[],
    moments: readonly Date[],
    days: number,
    courseIds: readonly string[],
  ): ReturnType<SurveysStore['scoresBefore']> {
    return await this.#store.scoresBefore(learnerIds, moments, days, courseIds);
  }
}
