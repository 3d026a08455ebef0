import type { CatalogService } from '../catalog/catalog.service.js';
import type { LearnersService } from '../learners/learners.service.js';
import { requireIds } from '../platform/rowChecks.js';
import type { PolicyService } from '../rules/policy.service.js';
import type { TrainingService } from '../training/training.service.js';
import type { RecommendationInputs } from './inputs.js';
import type { SearchMatcher } from './searchMatcher.js';
import { createServingIndex, type ServingIndex } from './servingIndex.js';
import { rankingOf } from './storedRanking.js';
import { createTrendIndex, type TrendIndex } from './trendIndex.js';

/** Reads everything that lists are made of. */
export class InputGatherer {
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #training: TrainingService;
  readonly #policies: PolicyService;
  readonly #searches: SearchMatcher;
  readonly #clock: () => Date;
  #index: ServingIndex | null = null;
  #trends: { readonly index: ServingIndex; readonly trends: TrendIndex } | null = null;

  constructor(
    catalog: CatalogService,
    learners: LearnersService,
    training: TrainingService,
    policies: PolicyService,
    searches: SearchMatcher,
    clock: () => Date,
  ) {
    this.#catalog = catalog;
    this.#learners = learners;
    this.#training = training;
    this.#policies = policies;
    this.#searches = searches;
    this.#clock = clock;
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

  async trends(): Promise<TrendIndex> {
    const trends = await this.#learners.trends();
    const { index } = this;
    if (this.#trends?.index !== index || this.#trends.trends.trends !== trends) {
      this.#trends = { index, trends: createTrendIndex(index, trends) };
    }
    return this.#trends.trends;
  }

  /**
   * For each learner, in the order of the ids; one round trip for all, and another only for searches that nobody made
   * since the catalogue changed.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async gather(learnerIds: readonly string[]): Promise<RecommendationInputs[]> {
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
    return states.map((state, i) => ({ ...shared, state, searches: searches[i] ?? [] }));
  }
}
