import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { ActivityService } from '../activity/activity.service.js';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { Course } from '../catalog/course.js';
import type { LearnerState, LearnersService } from '../learners/learners.service.js';
import { changedWeights, type SignalWeightsChange, signalWeightsProblems } from '../learners/signalWeights.js';
import type { Audience } from '../learners/trends.js';
import { isAdmin, type Viewer } from '../platform/access.js';
import { DomainError, type RowError } from '../platform/errors.js';
import { requireIds } from '../platform/rowChecks.js';
import { changedPolicy, type PolicyChange, policyProblems } from '../rules/policy.js';
import type { PolicyService } from '../rules/policy.service.js';
import { similarItems } from '../training/model.js';
import type { TrainingService } from '../training/training.service.js';
import { alikeBySkills } from './alike.js';
import { compareLists, type ListMove } from './compareLists.js';
import type { RecommendationInputs } from './inputs.js';
import { noTrends } from './noTrends.js';
import { continueList, type RecommendedCourse, type RecommendedList, recommend } from './pipeline.js';
import { RecommendationsStore } from './recommendations.store.js';
import { type RequiredCourse, requiredCourses } from './required.js';
import type { Strategy } from './scoring.js';
import type { SearchMatcher } from './searchMatcher.js';
import {
  isRecorded,
  placesOf,
  replayedList,
  type ServedList,
  type ShownItem,
  type ShownPage,
  type StoredList,
  servedListRow,
} from './servedList.js';
import { createServingIndex, type ServingIndex } from './servingIndex.js';
import { rankingOf } from './storedRanking.js';
import type { Surface } from './surface.js';
import { createTrendIndex, type TrendIndex } from './trendIndex.js';
import { type Trending, trendingCourses } from './trending.js';

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
  /** Cosine of the courses' factors, −1 to 1; before a model knows the course, of the skills that they teach. */
  readonly similarity: number;
}

/** Changes that are thought about; null: none. */
export interface SettingDrafts {
  readonly policy: PolicyChange | null;
  readonly signalWeights: SignalWeightsChange | null;
}

export interface ListPreview {
  readonly moves: readonly ListMove[];
  /** What has to be put right in the drafts first. */
  readonly errors: readonly RowError[];
}

/** How many courses a list holds, however many a page shows. */
const LIST_LENGTH = 200;
/** Pages of one list that are kept: enough for going through it one by one, and then some. */
const MAX_PAGES = 500;

export class RecommendationsService {
  readonly #store: RecommendationsStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #training: TrainingService;
  readonly #activity: ActivityService;
  readonly #policies: PolicyService;
  readonly #searches: SearchMatcher;
  readonly #clock: () => Date;
  #index: ServingIndex | null = null;
  #trendIndex: { readonly index: ServingIndex; readonly trends: TrendIndex } | null = null;

  constructor(
    dataSource: DataSource,
    catalog: CatalogService,
    learners: LearnersService,
    training: TrainingService,
    activity: ActivityService,
    policies: PolicyService,
    searches: SearchMatcher,
    clock: () => Date,
  ) {
    this.#store = new RecommendationsStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#training = training;
    this.#activity = activity;
    this.#policies = policies;
    this.#searches = searches;
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
    const made: { row: StoredList; list: RecommendedList }[] = [];
    for (const state of states) {
      // A list takes a moment of nothing but arithmetic: let others have their turn in between.
      if (made.length > 0) await nextTurn();
      const inputs = this.#inputsOf(state, index, now);
      const list = recommend(inputs, LIST_LENGTH, first);
      made.push({ list, row: this.#rowOf(state.learnerId, surface, list, inputs) });
    }
    await this.#store.insert(made.map(({ row }) => row));
    return made.map(({ row, list }) => ({
      learnerId: row.learnerId,
      servedListId: row.id,
      strategy: list.strategy,
      modelVersion: row.modelVersion,
      items: list.firstPage.map((item, i) => ({ ...item, score: row.scores[i] ?? item.score, rank: i + 1 })),
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
    const rest = placesOf(row).slice(after.rank);
    const now = this.#clock();
    const page = continueList(this.#inputsOf(state, this.#currentIndex(), now), rest, first);
    const rankById = new Map(rest.map(({ courseId, rank }) => [courseId, rank]));
    const firstRank = rankById.get(page.courses[0]?.course.id ?? '');
    if (firstRank !== undefined)
      await this.#recordPage(row, { firstRank, at: now, items: page.courses.map(shownItem) });
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
   * Courses that the same people take, most alike first; those that teach the same while no model knows the course.
   *
   * @throws DomainError NOT_FOUND when there is no such course
   */
  similarCourses(courseId: string, first: number): SimilarCourse[] {
    const index = this.#currentIndex();
    const { model, catalog } = index;
    const asked = catalog.courses[catalog.courseIndexById.get(courseId) ?? -1];
    if (asked === undefined) {
      throw new DomainError('NOT_FOUND', `There is no course "${courseId.slice(0, 80)}".`, { argument: 'courseId' });
    }
    const nowMs = this.#clock().getTime();
    const item = model?.indexByCourseId.get(courseId);
    if (model === null || item === undefined) return alikeBySkills(index, asked, nowMs, first);
    const offered = new Uint8Array(model.courseIds.length);
    index.itemIndices.forEach((itemIndex, position) => {
      const isOpen = (index.openFromMs[position] as number) <= nowMs && nowMs < (index.openUntilMs[position] as number);
      if (itemIndex >= 0 && isOpen) offered[itemIndex] = 1;
    });
    const similar = similarItems(model, item, first, offered).flatMap(({ itemIndex, cosine }) => {
      const course = catalog.courses[catalog.courseIndexById.get(model.courseIds[itemIndex] ?? '') ?? -1];
      return course === undefined ? [] : [{ course, similarity: cosine }];
    });
    // Not every family of models has factors, nor every course.
    return similar.length > 0 ? similar : alikeBySkills(index, asked, nowMs, first);
  }

  /**
   * What a learner still has to take, the most pressing first.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async requiredLearning(learnerId: string): Promise<readonly RequiredCourse[]> {
    requireIds('learnerId', [learnerId]);
    const [state] = await this.#learners.states([learnerId]);
    if (state === undefined) return [];
    const { assignments, courses } = state;
    return requiredCourses({ now: this.#clock(), assignments, courses, index: this.#currentIndex() });
  }

  /** What people of a group take up faster than before. */
  async trending(audience: Audience, first: number): Promise<Trending> {
    const trends = await this.#currentTrends();
    return trendingCourses(this.#currentIndex(), trends, audience, this.#clock(), first);
  }

  async #currentTrends(): Promise<TrendIndex> {
    const trends = await this.#learners.trends();
    const index = this.#currentIndex();
    if (this.#trendIndex?.index !== index || this.#trendIndex.trends.trends !== trends) {
      this.#trendIndex = { index, trends: createTrendIndex(index, trends) };
    }
    return this.#trendIndex.trends;
  }

  /**
   * A list served before, as it was, with what came of it.
   *
   * @throws DomainError NOT_FOUND when there is none, or none that the viewer may see: that it exists is nobody's business
   */
  async servedList(id: string, viewer: Viewer): Promise<ServedList> {
    requireIds('id', [id]);
    const list = await this.#store.byId(id);
    if (list === null || !(await this.#maySee(viewer, list.learnerId))) {
      throw new DomainError('NOT_FOUND', 'There is no served list with this id that you may see.', { argument: 'id' });
    }
    return replayedList(list, await this.#activity.outcomesOf(list.id, list.learnerId));
  }

  /**
   * Where the courses of a list would move if drafts of settings counted: the same inputs through the same pipeline twice.
   * Nothing is recorded.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async previewList(drafts: SettingDrafts, learnerId: string, first: number): Promise<ListPreview> {
    requireIds('learnerId', [learnerId]);
    const { policy, signalWeights } = drafts;
    const errors = [
      ...within('policy', policy === null ? [] : policyProblems(policy)),
      ...within('signalWeights', signalWeights === null ? [] : signalWeightsProblems(signalWeights)),
    ];
    const [state] = errors.length > 0 ? [] : await this.#learners.states([learnerId]);
    if (state === undefined) return { moves: [], errors };
    const inputs = this.#inputsOf(state, this.#currentIndex(), this.#clock());
    const changed: RecommendationInputs = {
      ...inputs,
      policy: changedPolicy(inputs.policy, policy ?? {}),
      signalWeights: changedWeights(inputs.signalWeights, signalWeights ?? {}),
    };
    const [before, after] = [inputs, changed].map((each) =>
      recommend(each, LIST_LENGTH, 0).ranked.map(({ course }) => course.id),
    ) as [string[], string[]];
    return { moves: compareLists(before, after, first), errors };
  }

  async #maySee(viewer: Viewer, learnerId: string): Promise<boolean> {
    if (viewer.kind !== 'PERSON' || isAdmin(viewer)) return viewer.kind !== 'ANONYMOUS';
    if (viewer.learnerId === learnerId) return true;
    return viewer.roles.includes('MANAGER') && (await this.#learners.areReports(viewer.learnerId, [learnerId]));
  }

  /** What is handed out is written down, but not again when a portal merely asks again. */
  async #recordPage(list: StoredList, page: ShownPage): Promise<void> {
    if (isRecorded(list.pages, page)) return;
    if (list.pages.length >= MAX_PAGES) {
      throw new DomainError(
        'BAD_USER_INPUT',
        `This list was asked for in ${MAX_PAGES} different pages already; ask for a new one without \`after\`.`,
        { argument: 'after', limit: MAX_PAGES },
      );
    }
    await this.#store.appendPage(list.id, page);
  }

  #rowOf(learnerId: string, surface: Surface, list: RecommendedList, inputs: RecommendationInputs): StoredList {
    return servedListRow({
      id: randomUUID(),
      learnerId,
      surface,
      strategy: list.strategy,
      modelVersion: inputs.index.live?.version ?? null,
      policyVersion: inputs.policy.version,
      signalWeightsVersion: this.#learners.signalWeights.version,
      ruleSetVersion: null,
      variant: null,
      at: inputs.now,
      places: list.ranked.map(({ course, ...place }) => ({ ...place, courseId: course.id })),
      shown: list.firstPage.map(shownItem),
      shelves: null,
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
      policy: this.#policies.current,
      signalWeights: this.#learners.signalWeights.weights,
    };
  }

  #currentIndex(): ServingIndex {
    const catalog = this.#catalog.snapshot;
    const live = this.#training.liveModel;
    if (this.#index?.catalog !== catalog || this.#index.live !== live) this.#index = createServingIndex(catalog, live);
    return this.#index;
  }
}

const within = (draft: string, errors: readonly RowError[]): RowError[] =>
  errors.map((error) => ({ ...error, path: [draft, ...error.path] }));

const shownItem = ({ course, reasons }: RecommendedCourse): ShownItem => ({ courseId: course.id, reasons });
