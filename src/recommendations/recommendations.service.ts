import type { DataSource } from 'typeorm';
import type { ActivityService } from '../activity/activity.service.js';
import type { Course } from '../catalog/course.js';
import type { Exposure } from '../experiments/exposure.js';
import type { LearnersService } from '../learners/learners.service.js';
import { changedWeights, type SignalWeightsChange, signalWeightsProblems } from '../learners/signalWeights.js';
import type { Audience } from '../learners/trends.js';
import { isAdmin, type Viewer } from '../platform/access/access.js';
import { asUnavailable } from '../platform/database/database.js';
import { DomainError, type RowError } from '../platform/errors.js';
import { requireIds } from '../platform/rowChecks.js';
import { ownTurn } from '../platform/turns/turns.js';
import type { Surface } from '../rules/model/surface.js';
import { changedPolicy, type PolicyChange, policyProblems } from '../rules/policy.js';
import { similarItems } from '../training/model.js';
import { compareLists, type ListMove } from './compareLists.js';
import { type Counterfactual, counterfactualsOf } from './explain/counterfactual.js';
import { type WhyNot, whyNot } from './explain/whyNot.js';
import { type FeedEntry, makeFeed, type Shelf } from './feed/feed.js';
import type { GatheredInputs, InputGatherer } from './inputGatherer.js';
import { exposuresBy, feedRow, LIST_LENGTH, type MadeList, makeList, shownItem } from './madeList.js';
import { alikeBySkills } from './pipeline/alike.js';
import type { RecommendationInputs } from './pipeline/inputs.js';
import { teamAt } from './pipeline/interleavedList.js';
import { continueList, type RecommendedCourse, recommend } from './pipeline/pipeline.js';
import { isOwnList, outcomeSeenBy, reasonsSeenBy } from './pipeline/privateReasons.js';
import type { Reason } from './pipeline/reasons.js';
import { type RequiredCourse, type RequiringRule, requiredCourses, requiringRule } from './pipeline/required.js';
import type { Strategy } from './pipeline/scoring.js';
import {
  isRecorded as isRecordedPage,
  placesOf,
  replayedList,
  type ServedList,
  type ShownPage,
  type StoredList,
} from './pipeline/servedList.js';
import { type Trending, trendingCourses } from './pipeline/trending.js';
import { RecommendationsStore } from './recommendations.store.js';

/** How an answer was made. */
interface Made {
  /** Null: it could not be recorded. */
  readonly servedListId: string | null;
  /** The database was away: it was made of what is in memory alone, or could not be recorded, or both. */
  readonly degraded: boolean;
}

/** One page of a list as it was served. */
export interface ServedPage extends Made {
  readonly learnerId: string;
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
  /** What the place hangs on, worked out when it is called: the list is made again once or more. */
  readonly counterfactualFor: (viewer: Viewer) => Counterfactual | null;
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

export interface RequiredWithRule extends RequiredCourse {
  /** Null: no rule is behind it. */
  readonly requiredBy: RequiringRule | null;
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

/** A feed as it was served. */
export interface ServedFeed extends Made {
  readonly learnerId: string;
  readonly strategy: Strategy;
  /** Null: no model has been trained yet. */
  readonly modelVersion: string | null;
  readonly shelves: readonly ServedShelfOfFeed[];
}

interface ServedShelfOfFeed extends Omit<Shelf, 'entries'> {
  readonly entries: readonly ServedEntry[];
}

interface ServedEntry extends FeedEntry {
  /** Place in the whole feed, from 1. */
  readonly rank: number;
}

/** Pages of one list that are kept: enough for going through it one by one, and then some. */
const MAX_PAGES = 500;

/** Strategies that go by who the learner is or what they did. */
const PERSONAL_STRATEGIES: readonly Strategy[] = ['PERSONAL', 'BLENDED', 'SKILLS', 'PEERS'];

export class RecommendationsService {
  readonly #store: RecommendationsStore;
  readonly #gatherer: InputGatherer;
  readonly #learners: LearnersService;
  readonly #activity: ActivityService;

  constructor(dataSource: DataSource, gatherer: InputGatherer, learners: LearnersService, activity: ActivityService) {
    this.#store = new RecommendationsStore(dataSource);
    this.#gatherer = gatherer;
    this.#learners = learners;
    this.#activity = activity;
  }

  /**
   * A new list for each learner, in the order of the ids, recorded before it is returned; while the database is away one
   * that is not personal, not recorded, or neither.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async recommend(learnerIds: readonly string[], first: number, surface: Surface): Promise<ServedPage[]> {
    const gathered = await this.#gather(learnerIds, surface);
    const made: MadeList[] = [];
    for (const inputs of gathered.inputs) {
      // A list takes a moment of nothing but arithmetic.
      await ownTurn();
      made.push(makeList(inputs, surface, first));
    }
    const exposures = made.flatMap(({ row, inputs }) => exposuresBy(row, inputs));
    const rows = made.map(({ row }) => row);
    const isRecorded = !gathered.degraded && (await this.#record(rows, exposures));
    return made.map(({ row, list, inputs }) => ({
      learnerId: row.learnerId,
      servedListId: isRecorded ? row.id : null,
      degraded: !isRecorded,
      strategy: list.strategy,
      modelVersion: row.modelVersion,
      items: explainedByTeam(
        inputs,
        row.teams,
        list.firstPage.map((item, i) => ({ ...item, score: row.scores[i] ?? item.score, rank: i + 1 })),
      ),
      hasNextPage: isRecorded && list.ranked.length > first,
      hasPreviousPage: false,
    }));
  }

  /**
   * A new feed, recorded as one list, shelf after shelf, before it is returned; while the database is away as a list is.
   *
   * @param perShelf 1 to 30
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async feed(learnerId: string, perShelf: number, surface: Surface): Promise<ServedFeed> {
    const gathered = await this.#gather([learnerId], surface);
    const [inputs] = gathered.inputs as [GatheredInputs];
    const feed = makeFeed(inputs, { perShelf });
    // Shelves are not drawn from two: where lists are interleaved, a feed is what the control makes, and tells nothing.
    const isPart = inputs.participation?.challenger === null;
    const row = feedRow(feed, surface, inputs, isPart);
    const isRecorded = !gathered.degraded && (await this.#record([row], isPart ? exposuresBy(row, inputs) : []));
    let rank = 0;
    return {
      learnerId,
      servedListId: isRecorded ? row.id : null,
      degraded: !isRecorded,
      strategy: feed.strategy,
      modelVersion: row.modelVersion,
      shelves: feed.shelves.map((shelf) => ({
        ...shelf,
        entries: shelf.entries.map((entry) => {
          rank += 1;
          return { ...entry, score: row.scores[rank - 1] ?? entry.score, rank };
        }),
      })),
    };
  }

  /**
   * The next page of a list served before, in the order it was made in. What the learner has completed or dismissed
   * meanwhile is left out, and nothing comes twice.
   *
   * @throws DomainError BAD_USER_INPUT when the list is not one of this learner's, or is a personal one and they have
   *   opted out of those since
   */
  async continueList(learnerId: string, first: number, after: ServedPosition): Promise<ServedPage> {
    const [row, [gathered]] = await Promise.all([
      this.#store.byId(after.servedListId),
      this.#gatherer.gatherUnruled([learnerId]),
    ]);
    if (row === null || row.learnerId !== learnerId || gathered === undefined) {
      throw new DomainError('BAD_USER_INPUT', 'The cursor is not from a list of this learner; ask without `after`.', {
        argument: 'after',
      });
    }
    const inputs = this.#gatherer.underRules(gathered, row.surface);
    if (inputs.state.learner?.personalisationOptOut === true && PERSONAL_STRATEGIES.includes(row.strategy)) {
      throw new DomainError(
        'BAD_USER_INPUT',
        'This list was made for the learner personally, and they have opted out of personal lists since; ask without `after`.',
        { argument: 'after' },
      );
    }
    const places = placesOf(row);
    const rest = places.slice(after.rank);
    const shown = shownAmong(row, places.slice(0, after.rank));
    const page = continueList(inputs, rest, first, shown);
    const rankById = new Map(rest.map(({ courseId, rank }) => [courseId, rank]));
    const firstRank = rankById.get(page.courses[0]?.course.id ?? '');
    if (firstRank !== undefined)
      await this.#recordPage(row, { firstRank, at: inputs.now, items: page.courses.map(shownItem) });
    return {
      learnerId,
      servedListId: row.id,
      degraded: false,
      strategy: row.strategy,
      modelVersion: row.modelVersion,
      items: explained(
        inputs,
        page.courses.map((item) => ({ ...item, rank: rankById.get(item.course.id) ?? 0 })),
      ),
      hasNextPage: page.hasMore,
      hasPreviousPage: after.rank > 0,
    };
  }

  /**
   * Courses that the same people take, most alike first; those that teach the same while no model knows the course. Never
   * those that a rule for everybody rules out.
   *
   * @throws DomainError NOT_FOUND when there is no such course
   */
  similarCourses(courseId: string, first: number): SimilarCourse[] {
    const { index } = this.#gatherer;
    const { model, catalog } = index;
    const asked = catalog.courses[catalog.courseIndexById.get(courseId) ?? -1];
    if (asked === undefined) {
      throw new DomainError('NOT_FOUND', `There is no course "${courseId.slice(0, 80)}".`, { argument: 'courseId' });
    }
    const nowMs = this.#gatherer.now.getTime();
    const allowed = this.#gatherer.allowedToAll;
    const isOffered = (position: number): boolean => {
      const isOpen = (index.openFromMs[position] as number) <= nowMs && nowMs < (index.openUntilMs[position] as number);
      return isOpen && (allowed === null || allowed[position] === 1);
    };
    const item = model?.indexByCourseId.get(courseId);
    if (model === null || item === undefined) return alikeBySkills(index, asked, isOffered, first);
    const offered = new Uint8Array(model.courseIds.length);
    index.itemIndices.forEach((itemIndex, position) => {
      if (itemIndex >= 0 && isOffered(position)) offered[itemIndex] = 1;
    });
    const similar = similarItems(model, item, first, offered).flatMap(({ itemIndex, cosine }) => {
      const course = catalog.courses[catalog.courseIndexById.get(model.courseIds[itemIndex] ?? '') ?? -1];
      return course === undefined ? [] : [{ course, similarity: cosine }];
    });
    // Not every family of models has factors, nor every course.
    return similar.length > 0 ? similar : alikeBySkills(index, asked, isOffered, first);
  }

  /**
   * What a learner still has to take, the most pressing first.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async requiredLearning(learnerId: string): Promise<readonly RequiredWithRule[]> {
    const [learner] = await this.#gatherer.obliged([learnerId]);
    if (learner === undefined) return [];
    const { assignments, courses } = learner.state;
    const { index, now } = this.#gatherer;
    return requiredCourses({ now, assignments, courses, index }).map((required) => ({
      ...required,
      requiredBy: requiringRule(learner.rules, required.course.id),
    }));
  }

  /** What people of a group take up faster than before. */
  async trending(audience: Audience, first: number): Promise<Trending & { readonly degraded: boolean }> {
    const counted = await unlessAway(this.#gatherer.trends());
    const { index, allowedToAll, now, knownTrends } = this.#gatherer;
    const trends = counted ?? knownTrends.trends;
    const told = trendingCourses(index, trends, audience, { now, first, allowed: allowedToAll });
    return { ...told, degraded: knownTrends.isLate };
  }

  /**
   * Why a course is, or is not, among the first `shown` of the list that the learner would get there now, and what would bring
   * it there. Nothing is recorded.
   *
   * @throws DomainError NOT_FOUND when there is no such course
   */
  async whyNot(learnerId: string, courseId: string, shown: number, surface: Surface, viewer: Viewer): Promise<WhyNot> {
    const [inputs] = (await this.#gatherer.gather([learnerId], surface)) as [GatheredInputs];
    const found = whyNot(inputs, courseId, { length: LIST_LENGTH, shown, isOwn: isOwnList(viewer, learnerId) });
    if (found === null) {
      throw new DomainError('NOT_FOUND', `There is no course "${courseId.slice(0, 80)}".`, { argument: 'courseId' });
    }
    return found;
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
    const replayed = replayedList(list, await this.#activity.outcomesOf(list.id, list.learnerId));
    const seen = (reasons: readonly Reason[]) => reasonsSeenBy(viewer, list.learnerId, reasons);
    return {
      ...replayed,
      places: replayed.places.map((place) => ({
        ...place,
        reasons: place.reasons && seen(place.reasons),
        outcome: outcomeSeenBy(viewer, list.learnerId, place.outcome),
      })),
      pages: replayed.pages.map((page) => ({
        ...page,
        items: page.items.map((item) => ({ ...item, reasons: seen(item.reasons) })),
      })),
    };
  }

  /**
   * Where the courses of a list would move if drafts of settings counted: the same inputs through the same pipeline twice.
   * Nothing is recorded.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async previewList(drafts: SettingDrafts, learnerId: string, first: number): Promise<ListPreview> {
    const { policy, signalWeights } = drafts;
    const errors = [
      ...within('policy', policy === null ? [] : policyProblems(policy)),
      ...within('signalWeights', signalWeights === null ? [] : signalWeightsProblems(signalWeights)),
    ];
    const [inputs] = errors.length > 0 ? [] : await this.#gatherer.gather([learnerId], 'HOME');
    if (inputs === undefined) return { moves: [], errors };
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

  async #gather(learnerIds: readonly string[], surface: Surface): Promise<Gathered> {
    const inputs = await unlessAway(this.#gatherer.gather(learnerIds, surface));
    if (inputs !== null) return { inputs, degraded: false };
    return { inputs: this.#gatherer.gatherFromMemory(learnerIds, surface), degraded: true };
  }

  /**
   * False: the database is away, or cannot take any more. A list is worth having all the same.
   *
   * @throws DomainError NOT_FOUND when somebody was erased since the list was begun
   */
  async #record(rows: readonly StoredList[], exposures: readonly Exposure[]): Promise<boolean> {
    const learnerIds = rows.map(({ learnerId }) => learnerId);
    const hashes = this.#learners.erasureHashes(learnerIds);
    const isStored = await unlessAway(this.#store.insert(rows, exposures, hashes));
    if (isStored === false) await this.#learners.refuseAsErased(learnerIds);
    return isStored ?? false;
  }

  async #maySee(viewer: Viewer, learnerId: string): Promise<boolean> {
    if (viewer.kind !== 'PERSON' || isAdmin(viewer)) return viewer.kind !== 'ANONYMOUS';
    if (viewer.learnerId === learnerId) return true;
    return viewer.roles.includes('MANAGER') && (await this.#learners.areReports(viewer.learnerId, [learnerId]));
  }

  /** What is handed out is written down, but not again when a portal merely asks again. */
  async #recordPage(list: StoredList, page: ShownPage): Promise<void> {
    if (isRecordedPage(list.pages, page)) return;
    if (list.pages.length >= MAX_PAGES) {
      throw new DomainError(
        'BAD_USER_INPUT',
        `This list was asked for in ${MAX_PAGES} different pages already; ask for a new one without \`after\`.`,
        { argument: 'after', limit: MAX_PAGES },
      );
    }
    await this.#store.appendPage(list.id, page);
  }
}

/** Of places of a list, the courses that were handed out, in order. */
function shownAmong({ pages }: StoredList, places: readonly { readonly courseId: string }[]): readonly string[] {
  const shown = new Set(pages.flatMap(({ items }) => items.map(({ courseId }) => courseId)));
  return places.flatMap(({ courseId }) => (shown.has(courseId) ? [courseId] : []));
}

/** What lists are made of. */
interface Gathered {
  readonly inputs: readonly GatheredInputs[];
  /** Whether it is what is in memory alone. */
  readonly degraded: boolean;
}

/** What was asked of the database; null: it is away. */
async function unlessAway<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (asUnavailable(error) === null) throw error;
    return null;
  }
}

/** Problems of one draft, as problems of the argument that it came in. */
function within(argument: string, errors: readonly RowError[]): RowError[] {
  return errors.map((error) => ({ ...error, path: [argument, ...error.path] }));
}

/** The items with what each of them hangs on; nothing is worked out before it is asked for. */
function explained<Item extends RecommendedCourse>(inputs: RecommendationInputs, items: readonly Item[]) {
  const counterfactuals = counterfactualsOf(inputs, LIST_LENGTH);
  const { learnerId } = inputs.state;
  return items.map((item) => ({
    ...item,
    counterfactualFor: (viewer: Viewer) => counterfactuals(item.course.id, isOwnList(viewer, learnerId)),
  }));
}

/** The items, each with what it hangs on in the list that it was drawn from. */
function explainedByTeam<Item extends RecommendedCourse>(
  inputs: GatheredInputs,
  teams: string | null,
  items: readonly Item[],
) {
  const { challenger } = inputs;
  const control = explained(inputs, items);
  if (challenger === null) return control;
  return explained(challenger, items).map((item, i) =>
    teamAt(teams, i) === 'CHALLENGER' ? item : (control[i] ?? item),
  );
}
