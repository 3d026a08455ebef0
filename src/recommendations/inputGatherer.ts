import type { TakenUp } from '../activity/takenUp.js';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { LiveExperiments } from '../experiments/liveExperiments.js';
import type { Participation, ServedVariant } from '../experiments/runningExperiments.js';
import { createGoalIndex, type GoalIndex } from '../goals/alignment/goalIndex.js';
import type { Goal } from '../goals/goal.js';
import { type LearnerState, type LearnersService, unknownLearner } from '../learners/learners.service.js';
import type { Trends } from '../learners/trends.js';
import { requireIds } from '../platform/rowChecks.js';
import { ruledPerson } from '../rules/applying/ruledPerson.js';
import type { Surface } from '../rules/model/surface.js';
import { changedPolicy } from '../rules/policy.js';
import type { PolicyService } from '../rules/policy.service.js';
import type { LiveModel, TrainingService } from '../training/training.service.js';
import { rankingOf } from './fitting/storedRanking.js';
import type { EligibilityContext } from './pipeline/eligibility.js';
import type { RecommendationInputs } from './pipeline/inputs.js';
import { learnerGoals } from './pipeline/learnerGoals.js';
import {
  createServingRules,
  type RuledLearner,
  type RuleSetInForce,
  ruledLearner,
  type ServingRules,
} from './pipeline/learnerRules.js';
import { eligibilityContext, gapsOf } from './pipeline/learnerView.js';
import { isObliged } from './pipeline/obliged.js';
import { allowedToAll } from './pipeline/rulesForAll.js';
import type { SearchMatcher } from './pipeline/searchMatcher.js';
import { createServingIndex, type ServingIndex, withModel } from './pipeline/servingIndex.js';
import { createTrendIndex, type TrendIndex } from './pipeline/trendIndex.js';

/** Inputs of a list that is to be handed out. */
export interface GatheredInputs extends RecommendationInputs {
  /** The experiment that shapes them; null: none does. */
  readonly participation: Participation | null;
  /** Inputs of the other list that theirs is drawn from; null: it is not interleaved. */
  readonly challenger: RecommendationInputs | null;
}

/** Inputs before anybody asked what rules say. */
export interface UnruledInputs extends Omit<GatheredInputs, 'rules' | 'challenger'> {
  readonly challenger: Omit<RecommendationInputs, 'rules'> | null;
}

/** A learner, and what decides which courses are open to them. */
export interface LearnerEligibility extends Pick<RecommendationInputs, 'now' | 'state' | 'index'> {
  readonly eligibility: EligibilityContext;
}

const NO_GOALS: readonly Goal[] = [];

/** Reads everything that lists are made of. */
export class InputGatherer {
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #training: TrainingService;
  readonly #policies: PolicyService;
  readonly #ruleSet: () => RuleSetInForce;
  readonly #searches: SearchMatcher;
  readonly #experiments: LiveExperiments;
  readonly #clock: () => Date;
  readonly #goals: () => readonly Goal[];
  #index: ServingIndex | null = null;
  #rules: ServingRules | null = null;
  /** Gone with the experiments that they are for. */
  readonly #variantIndices = new WeakMap<LiveModel, ServingIndex>();
  readonly #variantRules = new WeakMap<RuleSetInForce, ServingRules>();
  #goalIndex: { readonly of: readonly Goal[]; readonly index: ServingIndex; readonly goals: GoalIndex } | null = null;
  #trends: { readonly index: ServingIndex; readonly trends: TrendIndex } | null = null;

  constructor(
    catalog: CatalogService,
    learners: LearnersService,
    training: TrainingService,
    policies: PolicyService,
    ruleSet: () => RuleSetInForce,
    searches: SearchMatcher,
    experiments: LiveExperiments,
    clock: () => Date,
    goals: () => readonly Goal[] = () => NO_GOALS,
  ) {
    this.#catalog = catalog;
    this.#learners = learners;
    this.#training = training;
    this.#policies = policies;
    this.#ruleSet = ruleSet;
    this.#searches = searches;
    this.#experiments = experiments;
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
    return this.#trendsOver(await this.#learners.trends());
  }

  /** As last counted, without the database; nothing when they never were. */
  get knownTrends(): { readonly trends: TrendIndex; readonly isLate: boolean } {
    const { trends, isLate } = this.#learners.knownTrends;
    return { trends: this.#trendsOver(trends), isLate };
  }

  #trendsOver(trends: Trends): TrendIndex {
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
  async gather(learnerIds: readonly string[], surface: Surface): Promise<GatheredInputs[]> {
    return (await this.gatherUnruled(learnerIds)).map((inputs) => this.underRules(inputs, surface));
  }

  /**
   * As `gather`, of what is in memory alone, for when the database is away: each learner is taken for somebody nobody has
   * told us about, outside of every experiment. Since they may be anybody, what rules keep from anybody is kept from them.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  gatherFromMemory(learnerIds: readonly string[], surface: Surface): GatheredInputs[] {
    requireIds('learnerId', learnerIds);
    const shared = this.#shared(this.knownTrends.trends);
    return learnerIds.map((learnerId) => {
      const state = unknownLearner(learnerId);
      const inputs = { ...shared, state, searches: [], participation: null, challenger: null };
      return { ...inputs, ...this.#ruled(inputs, surface, null, true), challenger: null };
    });
  }

  /** Inputs with the rules that count on a surface, and the duties that they make. */
  underRules(inputs: UnruledInputs, surface: Surface): GatheredInputs {
    const { participation, challenger } = inputs;
    return {
      ...inputs,
      ...this.#ruled(inputs, surface, participation?.variant ?? null),
      challenger: challenger && {
        ...challenger,
        ...this.#ruled(challenger, surface, participation?.challenger ?? null),
      },
    };
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
    return states.map((state) =>
      this.#ruled({ state, index, now }, 'OTHER', this.#participation(state)?.variant ?? null),
    );
  }

  /**
   * Of what people took up, that which a rule obliged them to at that time and which they had not done yet. Asks the
   * database only where there is a rule that could have.
   */
  async obligedTo(takenUp: readonly TakenUp[]): Promise<readonly TakenUp[]> {
    const { index } = this;
    const columns = [
      this.#rulesOver(index),
      ...this.#variantRuleSets.map((one) => this.#variantRulesOver(index, one)),
    ].flatMap(({ rules }) => rules.mandated ?? []);
    const isMandated = (position: number) => columns.some((mandated) => mandated[position] === 1);
    const maybe = takenUp.filter(({ courseId }) => isMandated(index.positionById.get(courseId) ?? -1));
    if (maybe.length === 0) return [];
    const states = await this.#learners.states([...new Set(maybe.map(({ learnerId }) => learnerId))]);
    const stateOf = new Map(states.map((state) => [state.learnerId, state]));
    return maybe.filter(({ learnerId, courseId, at }) => {
      const state = stateOf.get(learnerId);
      if (state === undefined) return false;
      const variant = this.#participation(state)?.variant ?? null;
      return isObliged(this.#ruled({ state, index, now: at }, 'OTHER', variant), courseId, at, index);
    });
  }

  /**
   * What decides which courses are open to each of the learners wherever they look, in the order of the ids.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async eligibility(learnerIds: readonly string[]): Promise<LearnerEligibility[]> {
    requireIds('learnerId', learnerIds);
    const states = await this.#learners.states(learnerIds);
    const { index, now } = this;
    return states.map((given) => {
      const variant = this.#participation(given)?.variant ?? null;
      const { state, rules } = this.#ruled({ state: given, index, now }, 'OTHER', variant);
      return { now, state, index, eligibility: eligibilityContext({ now, state, index, rules }) };
    });
  }

  /**
   * When a course is due for each of the learners who have to take it by a day, assigned or because a rule says so.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async dueDates(learnerIds: readonly string[], courseId: string): Promise<ReadonlyMap<string, Date>> {
    const ruleSets = [this.#ruleSet(), ...this.#variantRuleSets];
    const mayBeMandated = ruleSets.some(({ content }) =>
      content.rules.some(
        ({ action, target: { courseIds } }) =>
          action.kind === 'MANDATE' && (courseIds.length === 0 || courseIds.includes(courseId)),
      ),
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

  #ruled(
    known: Pick<RecommendationInputs, 'state' | 'index' | 'now'>,
    surface: Surface,
    variant: ServedVariant | null,
    mayBeAnybody = false,
  ): RuledLearner {
    const { state, index, now } = known;
    const rules = variant?.ruleSet == null ? this.#rulesOver(index) : this.#variantRulesOver(index, variant.ruleSet);
    return ruledLearner(state, rules, surface, now.getTime(), () => gapsOf(known), mayBeAnybody);
  }

  #participation({ learnerId, learner }: LearnerState): Participation | null {
    if (this.#experiments.in('LISTS').length === 0) return null;
    return this.#experiments.participation('LISTS', ruledPerson(learnerId, learner, new Map()));
  }

  /** What a variant puts in the place of what counts. */
  #asVariant(
    { policy, model }: ServedVariant,
    counting: Pick<RecommendationInputs, 'policy' | 'index'>,
  ): Pick<RecommendationInputs, 'policy' | 'index' | 'ranking'> {
    const index = model === null ? counting.index : this.#variantIndex(counting.index, model);
    return {
      policy: policy === null ? counting.policy : changedPolicy(counting.policy, policy),
      index,
      ranking: rankingOf(index.live),
    };
  }

  #variantIndex(counting: ServingIndex, model: LiveModel): ServingIndex {
    if (model === counting.live) return counting;
    const known = this.#variantIndices.get(model);
    if (known?.courses === counting.courses) return known;
    const made = withModel(counting, model);
    this.#variantIndices.set(model, made);
    return made;
  }

  /** The rule sets that experiments try. */
  get #variantRuleSets(): readonly RuleSetInForce[] {
    const variants = this.#experiments.in('LISTS').flatMap((experiment) => experiment.variants);
    return variants.flatMap(({ ruleSet }) => ruleSet ?? []);
  }

  /** As `#rulesOver`, for the rule set of a variant. */
  #variantRulesOver(index: ServingIndex, ruleSet: RuleSetInForce): ServingRules {
    const known = this.#variantRules.get(ruleSet);
    if (known?.index.catalog === index.catalog) return known;
    const made = createServingRules(ruleSet, index);
    this.#variantRules.set(ruleSet, made);
    return made;
  }

  /** As `gather`, for whoever knows the surface only later. */
  async gatherUnruled(learnerIds: readonly string[]): Promise<UnruledInputs[]> {
    requireIds('learnerId', learnerIds);
    const states = await this.#learners.states(learnerIds);
    await this.#learners.refuseErased(states);
    const searches = await this.#searches.matchesOf(states.map((state) => state.searches));
    // Last, and of one moment: what the columns of trends are laid out by must be the index that is served from.
    const shared = this.#shared(await this.trends());
    const { index, now } = shared;
    const goalIndex = this.#goalsOver(index);
    return states.map((state, i) => {
      const participation = this.#participation(state);
      const goals = learnerGoals(state, goalIndex, now.getTime(), () => gapsOf({ now, state, index }));
      const inputs = { ...shared, state, searches: searches[i] ?? [], goals, participation, challenger: null };
      if (participation === null) return inputs;
      const { variant, challenger } = participation;
      return {
        ...inputs,
        ...this.#asVariant(variant, inputs),
        challenger: challenger && { ...inputs, ...this.#asVariant(challenger, inputs) },
      };
    });
  }

  /** What inputs have in common, whoever they are for. */
  #shared(trends: TrendIndex) {
    const { index, now } = this;
    const { signalWeights } = this.#learners;
    return {
      now,
      index,
      trends,
      ranking: rankingOf(index.live),
      policy: this.#policies.current,
      signalWeights: signalWeights.weights,
      signalWeightsVersion: signalWeights.version,
    };
  }
}
