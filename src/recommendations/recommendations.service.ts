import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { Course } from '../catalog/course.js';
import { DEFAULT_CONFIDENCE_WEIGHTS } from '../learners/confidence.js';
import type { LearnerState, LearnersService } from '../learners/learners.service.js';
import { DomainError } from '../platform/errors.js';
import { requireIds } from '../platform/rowChecks.js';
import { DEFAULT_POLICY } from '../rules/policy.js';
import { similarItems } from '../training/model.js';
import type { TrainingService } from '../training/training.service.js';
import type { RecommendationInputs } from './inputs.js';
import { noTrends } from './noTrends.js';
import { continueList, type RecommendedCourse, type RecommendedList, recommend } from './pipeline.js';
import { RecommendationsStore, type ServedListRow } from './recommendations.store.js';
import type { Strategy } from './scoring.js';
import { createServingIndex, type ServingIndex } from './servingIndex.js';
import { rankingOf } from './storedRanking.js';
import type { Surface } from './surface.js';

/** One page of a list as it was served. */
export interface ServedPage {
  readonly learnerId: string;
  readonly servedListId: string;
  readonly strategy: Strategy;
  /** Null: no model has been trained yet. */
  readonly modelVersion: string | null;
  readonly items: readonly ServedItem[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

export interface ServedItem extends RecommendedCourse {
  /** Place in the whole list, from 1. */
  readonly rank: number;
}

/** Where a page of a served list begins. */
export interface ServedPosition {
  readonly servedListId: string;
  /** Rank of the last item before the page. */
  readonly rank: number;
}

export interface SimilarCourse {
  readonly course: Course;
  /** Cosine of the courses' factors, −1 to 1. */
  readonly similarity: number;
}

/** How many courses a list holds, however many a page shows. */
const LIST_LENGTH = 200;

export class RecommendationsService {
  readonly #store: RecommendationsStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #training: TrainingService;
  readonly #clock: () => Date;
  #index: ServingIndex | null = null;

  constructor(
    dataSource: DataSource,
    catalog: CatalogService,
    learners: LearnersService,
    training: TrainingService,
    clock: () => Date,
  ) {
    this.#store = new RecommendationsStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#training = training;
    this.#clock = clock;
  }

  /**
   * A new list for each learner, in the order of the ids, recorded before it is returned.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async recommend(learnerIds: readonly string[], first: number, surface: Surface): Promise<ServedPage[]> {
    requireIds('learnerId', learnerIds);
    const states = await this.#learners.states(learnerIds);
    const index = this.#currentIndex();
    const now = this.#clock();
    const made: { row: ServedListRow; list: RecommendedList }[] = [];
    for (const state of states) {
      // A list takes a moment of nothing but arithmetic: let others have their turn in between.
      if (made.length > 0) await nextTurn();
      const list = recommend(this.#inputsOf(state, index, now), LIST_LENGTH, first);
      made.push({ list, row: rowOf(state.learnerId, surface, list, index, now) });
    }
    await this.#store.insert(made.map(({ row }) => row));
    return made.map(({ row, list }) => ({
      learnerId: row.learnerId,
      servedListId: row.id,
      strategy: list.strategy,
      modelVersion: row.modelVersion,
      items: list.firstPage.map((item, i) => ({ ...item, rank: i + 1 })),
      hasNextPage: list.ranked.length > first,
      hasPreviousPage: false,
    }));
  }

  /**
   * The next page of a list served before, in the order it was made in. What the learner has completed or dismissed
   * meanwhile is left out, and nothing comes twice.
   *
   * @throws DomainError BAD_USER_INPUT when the list is not one of this learner's
   */
  async continueList(learnerId: string, first: number, after: ServedPosition): Promise<ServedPage> {
    requireIds('learnerId', [learnerId]);
    const [row, [state]] = await Promise.all([
      this.#store.byId(after.servedListId),
      this.#learners.states([learnerId]),
    ]);
    if (row === null || row.learnerId !== learnerId || state === undefined) {
      throw new DomainError('BAD_USER_INPUT', 'The cursor is not from a list of this learner; ask without `after`.', {
        argument: 'after',
      });
    }
    const entries = row.courseIds.map((courseId, i) => ({
      courseId,
      score: row.scores[i] ?? 0,
      sources: [],
      propensity: 1,
      rank: i + 1,
    }));
    const rest = entries.slice(after.rank);
    const inputs = this.#inputsOf(state, this.#currentIndex(), this.#clock());
    const page = continueList(inputs, rest, first);
    const rankById = new Map(rest.map(({ courseId, rank }) => [courseId, rank]));
    return {
      learnerId,
      servedListId: row.id,
      strategy: row.strategy,
      modelVersion: row.modelVersion,
      items: page.courses.map((item) => ({ ...item, rank: rankById.get(item.course.id) ?? 0 })),
      hasNextPage: page.hasMore,
      hasPreviousPage: after.rank > 0,
    };
  }

  /**
   * Courses that the same people take, most alike first; empty for a course that the model does not know yet.
   *
   * @throws DomainError NOT_FOUND when there is no such course
   */
  similarCourses(courseId: string, first: number): SimilarCourse[] {
    const index = this.#currentIndex();
    const { model, catalog } = index;
    if (!catalog.courseIndexById.has(courseId)) {
      throw new DomainError('NOT_FOUND', `There is no course "${courseId.slice(0, 80)}".`, { argument: 'courseId' });
    }
    const item = model?.indexByCourseId.get(courseId);
    if (model === null || item === undefined) return [];
    const nowMs = this.#clock().getTime();
    const offered = new Uint8Array(model.courseIds.length);
    index.itemIndices.forEach((itemIndex, position) => {
      const isOpen = (index.openFromMs[position] as number) <= nowMs && nowMs < (index.openUntilMs[position] as number);
      if (itemIndex >= 0 && isOpen) offered[itemIndex] = 1;
    });
    return similarItems(model, item, first, offered).flatMap(({ itemIndex, cosine }) => {
      const course = catalog.courses[catalog.courseIndexById.get(model.courseIds[itemIndex] ?? '') ?? -1];
      return course === undefined ? [] : [{ course, similarity: cosine }];
    });
  }

  #inputsOf(state: LearnerState, index: ServingIndex, now: Date): RecommendationInputs {
    return {
      now,
      state,
      index,
      trends: noTrends(index),
      searches: [],
      ranking: rankingOf(index.live),
      policy: DEFAULT_POLICY,
      signalWeights: DEFAULT_CONFIDENCE_WEIGHTS,
    };
  }

  #currentIndex(): ServingIndex {
    const catalog = this.#catalog.snapshot;
    const live = this.#training.liveModel;
    if (this.#index?.catalog !== catalog || this.#index.live !== live) this.#index = createServingIndex(catalog, live);
    return this.#index;
  }
}

function rowOf(
  learnerId: string,
  surface: Surface,
  list: RecommendedList,
  index: ServingIndex,
  now: Date,
): ServedListRow {
  return {
    id: randomUUID(),
    learnerId,
    surface,
    strategy: list.strategy,
    modelVersion: index.live?.version ?? null,
    createdAt: now,
    courseIds: list.ranked.map((r) => r.course.id),
    scores: list.ranked.map((r) => r.score),
  };
}
