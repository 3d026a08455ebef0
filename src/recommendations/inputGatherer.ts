import type { CatalogService } from '../catalog/catalog.service.js';
import { createGoalIndex, type GoalIndex } from '../goals/alignment/goalIndex.js';
import type { Goal } from '../goals/goal.js';
import type { LearnersService } from '../learners/learners.service.js';
import { requireIds } from '../platform/rowChecks.js';
import type { PolicyService } from '../rules/policy.service.js';
import type { Surface } from '../rules/surface.js';
import type { TrainingService } from '../training/training.service.js';
import { rankingOf } from './fitting/storedRanking.js';
import type { RecommendationInputs } from './pipeline/inputs.js';
import { learnerGoals } from './pipeline/learnerGoals.js';
import {
  createServingRules,
  type RuledLearner,
  type RuleSetInForce,
  ruledLearner,
  type ServingRules,
} from './pipeline/learnerRules.js';
import { gapsOf } from './pipeline/learnerView.js';
import { allowedToAll } from './pipeline/rulesForAll.js';
import type { SearchMatcher } from './pipeline/searchMatcher.js';
import { createServingIndex, type ServingIndex } from './pipeline/servingIndex.js';
import { createTrendIndex, type TrendIndex } from './pipeline/trendIndex.js';

/** Inputs before anybody asked what rules say. */
export type UnruledInputs = Omit<RecommendationInputs, 'rules'>;

const NO_GOALS: readonly Goal[] = [];

/** Reads everything that lists are made of. */
export class InputGatherer {
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #training: TrainingService;
  readonly #policies: PolicyService;
  readonly #ruleSet: () => RuleSetInForce;
  readonly #searches: SearchMatcher;
  readonly #clock: () => Date;
  readonly #goals: () => readonly Goal[];
  #index: ServingIndex | null = null;
  #rules: ServingRules | null = null;
  #goalIndex: { readonly of: readonly Goal[]; readonly index: ServingIndex; readonly goals: GoalIndex } | null = null;
  #trends: { readonly index: ServingIndex; readonly trends: TrendIndex } | null = null;

  constructor(
    catalog: CatalogService,
    learners: LearnersService,
    training: TrainingService,
    policies: PolicyService,
    ruleSet: () => RuleSetInForce,
    searches: SearchMatcher,
    clock: () => Date,
    goals: () => readonly Goal[] = () => NO_GOALS,
  ) {
    this.#catalog = catalog;
    this.#learners = learners;
    this.#training = training;
    this.#policies = policies;
    this.#ruleSet = ruleSet;
    this.#searches = searches;
    this.#clock = clock;
    this.#goals = goals;
  }

  get now(): Date {
    return this.#clock();
  }

  /** The catalogue and the live model as of now. */
  get index(): ServingIndex {
    const catalog = this.#catalog.snapshot;
    const live = this.#training.liveModel;
    if (this.#index?.catalog !== catalog || this.#index.live !== live) this.#index = createServingIndex(catalog, live);
    return this.#index;
  }

  /** The rule set that counts, joined to the catalogue of an index: a new model makes a new index of the same one. */
  #rulesOver(index: ServingIndex): ServingRules {
    const ruleSet = this.#ruleSet();
    const known = this.#rules;
    const isSame = known?.rules.content === ruleSet.content && known.index.catalog === index.catalog;
    if (isSame && known.version === ruleSet.version) return known;
    this.#rules = createServingRules(ruleSet, index);
    return this.#rules;
  }

  /** The goals that are pursued now. */
  get goals(): readonly Goal[] {
    return this.#goals();
  }

  #goalsOver(index: ServingIndex): GoalIndex {
    const { goals } = this;
    const known = this.#goalIndex;
    if (known?.of === goals && known.index.catalog === index.catalog) return known.goals;
    this.#goalIndex = { of: goals, index, goals: createGoalIndex(goals, index.courses) };
    return this.#goalIndex.goals;
  }

  /** 1 at each position of the index that rules for everybody leave; null: everywhere. */
  get allowedToAll(): Uint8Array | null {
    return allowedToAll(this.#rulesOver(this.index).rules, this.now.getTime());
  }

  async trends(): Promise<TrendIndex> {
    const trends = await this.#learners.trends();
    const { index } = this;
    if (this.#trends?.index !== index || this.#trends.trends.trends !== trends) {
      this.#trends = { index, trends: createTrendIndex(index, trends) };
    }
    return this.#trends.trends;
  }

  /**
   * For each learner, in the order of the ids, with the rules of a surface; one round trip for all, and another only for
   * searches that nobody made since the catalogue changed.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async gather(learnerIds: readonly string[], surface: Surface): Promise<RecommendationInputs[]> {
    return (await this.gatherUnruled(learnerIds)).map((inputs) => this.underRules(inputs, surface));
  }

  /** Inputs with the rules that count on a surface, and the duties that they make. */
  underRules(inputs: UnruledInputs, surface: Surface): RecommendationInputs {
    return { ...inputs, ...this.#ruled(inputs, surface) };
  }

  /**
   * The learners with what rules oblige them to beside what is assigned, in the order of the ids.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async obliged(learnerIds: readonly string[]): Promise<RuledLearner[]> {
    requireIds('learnerId', learnerIds);
    const states = await this.#learners.states(learnerIds);
    const { index, now } = this;
    // Duties are the same wherever people look.
    return states.map((state) => this.#ruled({ state, index, now }, 'OTHER'));
  }

  /**
   * When a course is due for each of the learners who have to take it by a day, assigned or because a rule says so.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async dueDates(learnerIds: readonly string[], courseId: string): Promise<ReadonlyMap<string, Date>> {
    const mayBeMandated = this.#ruleSet().content.rules.some(
      ({ action, target: { courseIds } }) =>
        action.kind === 'MANDATE' && (courseIds.length === 0 || courseIds.includes(courseId)),
    );
    if (!mayBeMandated) return await this.#learners.dueDates(learnerIds, courseId);
    const obliged = await this.obliged(learnerIds);
    return new Map(
      obliged.flatMap(({ state: { learnerId, assignments } }) => {
        const dueAt = assignments.find((duty) => duty.courseId === courseId)?.dueAt ?? null;
        return dueAt === null ? [] : [[learnerId, dueAt] as const];
      }),
    );
  }

  #ruled(known: Pick<RecommendationInputs, 'state' | 'index' | 'now'>, surface: Surface): RuledLearner {
    const { state, index, now } = known;
    return ruledLearner(state, this.#rulesOver(index), surface, now.getTime(), () => gapsOf(known));
  }

  /** As `gather`, for whoever knows the surface only later. */
  async gatherUnruled(learnerIds: readonly string[]): Promise<UnruledInputs[]> {
    requireIds('learnerId', learnerIds);
    const states = await this.#learners.states(learnerIds);
    const searches = await this.#searches.matchesOf(states.map((state) => state.searches));
    // Last, and of one moment: what the columns of trends are laid out by must be the index that is served from.
    const trends = await this.trends();
    const { index, now } = this;
    const { signalWeights } = this.#learners;
    const shared = {
      now,
      index,
      trends,
      ranking: rankingOf(index.live),
      policy: this.#policies.current,
      signalWeights: signalWeights.weights,
      signalWeightsVersion: signalWeights.version,
    };
    const goalIndex = this.#goalsOver(index);
    return states.map((state, i) => ({
      ...shared,
      state,
      searches: searches[i] ?? [],
      goals: learnerGoals(state, goalIndex, now.getTime(), () => gapsOf({ now, state, index })),
    }));
  }
}
