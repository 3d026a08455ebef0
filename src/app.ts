import { setTimeout as sleep } from 'node:timers/promises';
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type NonEmptyArray } from 'type-graphql';
import { ActivityResolver } from './activity/activity.resolver.js';
import { ActivityService } from './activity/activity.service.js';
import { FeedbackResolver } from './activity/feedback.resolver.js';
import { CampaignsResolver } from './campaigns/campaigns.resolver.js';
import { CAMPAIGN_JOB, CampaignsService } from './campaigns/campaigns.service.js';
import { CatalogResolver } from './catalog/catalog.resolver.js';
import { CatalogService } from './catalog/catalog.service.js';
import { CalendarResolver } from './delivery/calendar/calendar.resolver.js';
import { CalendarService } from './delivery/calendar/calendar.service.js';
import { DeliveryResolver } from './delivery/delivery.resolver.js';
import { DeliveryService } from './delivery/delivery.service.js';
import { DeliveryGatherer } from './delivery/deliveryGatherer.js';
import { RhythmTimingTrainer } from './delivery/fitting/timingTrainer.js';
import { OrganisationRhythms } from './delivery/organisationRhythm.js';
import { OutcomesResolver } from './delivery/outcomes/outcomes.resolver.js';
import { OutcomesService } from './delivery/outcomes/outcomes.service.js';
import { DeliveryPreviewResolver } from './delivery/preview/deliveryPreview.resolver.js';
import { DeliveryPreviewService } from './delivery/preview/deliveryPreview.service.js';
import { DeliveryPolicyResolver } from './delivery/settings/deliveryPolicy.resolver.js';
import { DeliveryPolicyService } from './delivery/settings/deliveryPolicy.service.js';
import { ExperimentDraftsResolver } from './delivery/settings/experimentDrafts.resolver.js';
import { SettingDraftsResolver } from './delivery/settings/settingDrafts.resolver.js';
import { WeeksResolver } from './delivery/weeks/weeks.resolver.js';
import { WeeksService } from './delivery/weeks/weeks.service.js';
import { ExperimentsResolver } from './experiments/experiments.resolver.js';
import { ExperimentsService } from './experiments/experiments.service.js';
import { LiveExperiments } from './experiments/liveExperiments.js';
import { GoalsResolver } from './goals/goals.resolver.js';
import { GoalsService, MEASURE_EVERY_MINUTES, MEASURE_GOALS_JOB } from './goals/goals.service.js';
import { KpisResolver } from './goals/kpis/kpis.resolver.js';
import { KpisService } from './goals/kpis/kpis.service.js';
import { GoalMeasurer } from './goals/progress/goalMeasurer.js';
import { SurveysResolver } from './goals/surveys/surveys.resolver.js';
import { SurveysService } from './goals/surveys/surveys.service.js';
import { ImpactResolver } from './insights/impact/impact.resolver.js';
import { ImpactService } from './insights/impact/impact.service.js';
import { PreferenceResolver } from './insights/impact/preference/preference.resolver.js';
import { PreferenceService } from './insights/impact/preference/preference.service.js';
import { INSIGHTS_JOB, InsightMonthsService } from './insights/insightMonths.service.js';
import { InsightsQueryResolver, InsightsResolver, SearchesInsightResolver } from './insights/insights.resolver.js';
import { InsightsService } from './insights/insights.service.js';
import { InsightsStore } from './insights/insights.store.js';
import { LearnersResolver } from './learners/learners.resolver.js';
import { LearnersService } from './learners/learners.service.js';
import { LeaveResolver } from './learners/leave.resolver.js';
import { CourseProfilesResolver, LearnerProfileResolver } from './learners/profile.resolver.js';
import { SignalWeightsResolver } from './learners/signalWeights.resolver.js';
import { SignalWeightsService } from './learners/signalWeights.service.js';
import { SkillsResolver } from './learners/skills.resolver.js';
import { secureSchema } from './platform/access/access.js';
import { ApiKeys } from './platform/access/apiKeys.js';
import { createAuthenticate } from './platform/access/authentication.js';
import { ApiKeysResolver } from './platform/apiKeys.resolver.js';
import { AuditLog } from './platform/audit.js';
import { AuditResolver } from './platform/audit.resolver.js';
import type { Config } from './platform/config.js';
import { type Database, openDatabase } from './platform/database/database.js';
import { Revisions } from './platform/database/revisions.js';
import { type RunningHttpServer, startHttpServer } from './platform/http/http.js';
import { Jobs } from './platform/jobs/jobs.js';
import type { Logger } from './platform/logger.js';
import { createMetrics } from './platform/metrics.js';
import { Pseudonyms } from './platform/pseudonyms.js';
import { VersionedSettings } from './platform/settings/versionedSettings.js';
import { PrivacyResolver } from './privacy/privacy.resolver.js';
import { ERASURE_JOB, PrivacyService } from './privacy/privacy.service.js';
import { RETENTION_EVERY_MINUTES, RETENTION_JOB, RetentionService } from './privacy/retention.service.js';
import { ContentNeedsResolver } from './recommendations/contentNeeds.resolver.js';
import { ContentNeedsService } from './recommendations/contentNeeds.service.js';
import { CounterfactualResolver, WhyNotResolver } from './recommendations/explain.resolver.js';
import { FeedResolver, LearnerFeedResolver } from './recommendations/feed.resolver.js';
import { ModelRankingResolver } from './recommendations/fitting/modelRanking.resolver.js';
import { PipelineRankingTrainer } from './recommendations/fitting/rankingTrainer.js';
import { InputGatherer } from './recommendations/inputGatherer.js';
import { LoggedListsStore } from './recommendations/offPolicy/loggedLists.store.js';
import { OffPolicyRunner } from './recommendations/offPolicy/offPolicyRunner.js';
import { LearningPathResolver } from './recommendations/path/learningPath.resolver.js';
import { LearningPathService } from './recommendations/path/learningPath.service.js';
import type { RuleSetInForce } from './recommendations/pipeline/learnerRules.js';
import { SearchMatcher } from './recommendations/pipeline/searchMatcher.js';
import { PreviewsResolver } from './recommendations/previews.resolver.js';
import { LearnerRecommendationsResolver, RecommendationsResolver } from './recommendations/recommendations.resolver.js';
import { RecommendationsService } from './recommendations/recommendations.service.js';
import { RequiredResolver } from './recommendations/required.resolver.js';
import { RuleEffectsResolver } from './recommendations/ruleEffects/ruleEffects.resolver.js';
import { RuleEffectsService } from './recommendations/ruleEffects/ruleEffects.service.js';
import { AudienceCounter } from './recommendations/rulePreview/audienceCounts.js';
import { PreviewedChanges } from './recommendations/rulePreview/previewedChanges.js';
import { RulePreviewRunner } from './recommendations/rulePreview/rulePreviewRunner.js';
import { RulePreviewsResolver } from './recommendations/rulePreview/rulePreviews.resolver.js';
import { PREVIEW_JOB, RulePreviewsService } from './recommendations/rulePreview/rulePreviews.service.js';
import { ServedListsResolver } from './recommendations/servedLists.resolver.js';
import { TrendsResolver } from './recommendations/trends.resolver.js';
import { DraftsResolver } from './rules/drafts.resolver.js';
import { DraftsService } from './rules/drafts.service.js';
import { DraftViewsService } from './rules/draftViews.service.js';
import { DIRECT_CHANGE_REFUSED } from './rules/lifecycle/ruleWords.js';
import { PolicyResolver } from './rules/policy.resolver.js';
import { PolicyService } from './rules/policy.service.js';
import { PublishingService } from './rules/publishing.service.js';
import { RuleAdviceService } from './rules/ruleAdvice.service.js';
import { RuleSetService } from './rules/ruleSets.service.js';
import { RulesResolver } from './rules/rules.resolver.js';
import { DATA_DECLARATIONS, MIGRATIONS, TABLES } from './storage.js';
import { TrainingResolver } from './training/training.resolver.js';
import { TRAINING_JOB, TrainingService } from './training/training.service.js';

const RESOLVERS: NonEmptyArray<new (...services: never[]) => object> = [
  CatalogResolver,
  LearnersResolver,
  LeaveResolver,
  LearnerProfileResolver,
  CourseProfilesResolver,
  SignalWeightsResolver,
  SkillsResolver,
  ActivityResolver,
  FeedbackResolver,
  TrainingResolver,
  ModelRankingResolver,
  PolicyResolver,
  RulesResolver,
  DraftsResolver,
  ExperimentsResolver,
  GoalsResolver,
  KpisResolver,
  SurveysResolver,
  RecommendationsResolver,
  LearnerRecommendationsResolver,
  CounterfactualResolver,
  WhyNotResolver,
  ServedListsResolver,
  ContentNeedsResolver,
  RequiredResolver,
  TrendsResolver,
  LearningPathResolver,
  PreviewsResolver,
  RulePreviewsResolver,
  RuleEffectsResolver,
  FeedResolver,
  LearnerFeedResolver,
  DeliveryResolver,
  DeliveryPreviewResolver,
  WeeksResolver,
  OutcomesResolver,
  CalendarResolver,
  DeliveryPolicyResolver,
  SettingDraftsResolver,
  ExperimentDraftsResolver,
  CampaignsResolver,
  ImpactResolver,
  PreferenceResolver,
  InsightsQueryResolver,
  InsightsResolver,
  SearchesInsightResolver,
  PrivacyResolver,
  AuditResolver,
  ApiKeysResolver,
];

/** How often to look whether the log has grown enough for a training ahead of its time. */
const LOOK_EVERY_MINUTES = 10;

const LOOK_AT_CAMPAIGNS_EVERY_MINUTES = 1;
/** A preview may tell what its requester did: it goes after a day, also when nobody asks for another. */
const FORGET_PREVIEWS_EVERY_MINUTES = 60;
/** How often to look whether a month is over, or late events have come for one. */
const INSIGHTS_EVERY_MINUTES = 60;
/** From when all that is held in memory is asked for until the schema is built, which keeps everything else waiting. */
const SCHEMA_AFTER_MS = 30;
/** How often to look whether an erasure waits that a process left when it ended. */
const LOOK_AT_ERASURES_EVERY_MINUTES = 1;

/** Shown on the landing page. */
const EXAMPLES = [
  {
    title: 'Recommendations for a learner',
    query: `query Recommendations($learnerId: ID!) {
  recommendations(learnerId: $learnerId, first: 5) {
    strategy
    edges { node { rank course { id title durationMinutes } reasons { code text } } }
  }
}`,
    variables: { learnerId: 'e-00042' },
  },
];

export interface AppOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock?: () => Date;
  /** Lists will be asked for at once: what takes longest of what they need is fetched ahead. */
  readonly isServing?: boolean;
  /** For tests: the embedded database starts in memory from this dump. */
  readonly seedTar?: string;
  /** For tests: rules that nobody has published. */
  readonly ruleSet?: () => RuleSetInForce;
}

/** Everything that belongs to one organisation, wired once. */
export interface App {
  readonly database: Database;
  readonly apiKeys: ApiKeys;
  readonly revisions: Revisions;
  readonly jobs: Jobs;
  readonly catalog: CatalogService;
  readonly learners: LearnersService;
  readonly activity: ActivityService;
  readonly training: TrainingService;
  readonly policies: PolicyService;
  readonly ruleSets: RuleSetService;
  readonly draftViews: DraftViewsService;
  readonly publishing: PublishingService;
  readonly drafts: DraftsService;
  readonly experiments: ExperimentsService;
  readonly kpis: KpisService;
  readonly surveys: SurveysService;
  readonly goals: GoalsService;
  readonly recommendations: RecommendationsService;
  readonly rulePreviews: RulePreviewsService;
  readonly delivery: DeliveryService;
  readonly outcomes: OutcomesService;
  readonly calendar: CalendarService;
  readonly deliveryPolicies: DeliveryPolicyService;
  readonly campaigns: CampaignsService;
  readonly insights: InsightsService;
  readonly insightMonths: InsightMonthsService;
  readonly privacy: PrivacyService;
  readonly retention: RetentionService;
  /** Answers requests until closed. */
  serve(): Promise<RunningHttpServer>;
  /** Takes part in background work until closed. */
  work(): void;
  /** Ends background work first, then the database. Close what `serve` returned before. */
  close(): Promise<void>;
}

export async function openApp({
  config,
  logger,
  seedTar,
  clock = () => new Date(),
  ruleSet,
  isServing = false,
}: AppOptions): Promise<App> {
  const database = await openDatabase({
    config: config.database,
    entities: TABLES,
    migrations: MIGRATIONS,
    logger,
    ...(seedTar === undefined ? {} : { seedTar }),
  });
  const { dataSource } = database;
  const metrics = createMetrics();
  const revisions = new Revisions(dataSource, logger);
  const jobs = new Jobs(dataSource, logger, { metrics });
  const apiKeys = new ApiKeys(dataSource, logger);
  revisions.onChange('keys', async () => apiKeys.forget());
  const pseudonyms = new Pseudonyms(dataSource);
  const catalog = new CatalogService(dataSource, revisions, clock);
  const audit = new AuditLog(dataSource, clock);
  const settings = new VersionedSettings(
    dataSource,
    revisions,
    clock,
    logger,
    audit,
    config.ruleApprovalRequired ? DIRECT_CHANGE_REFUSED : null,
  );
  const signalWeights = new SignalWeightsService(settings);
  const policies = new PolicyService(settings);
  const deliveryPolicies = new DeliveryPolicyService(settings);
  const ruleSets = new RuleSetService(settings, catalog);
  ruleSets.tune(policies);
  ruleSets.tune(signalWeights);
  ruleSets.tune(deliveryPolicies);
  const draftViews = new DraftViewsService(dataSource, ruleSets, logger);
  const publishing = new PublishingService(
    dataSource,
    ruleSets,
    draftViews,
    settings,
    audit,
    logger,
    config.ruleApprovalRequired,
  );
  const learners = new LearnersService(
    dataSource,
    catalog,
    signalWeights,
    clock,
    config.defaultTimezone,
    logger,
    pseudonyms,
  );
  const ruleAdvice = new RuleAdviceService(ruleSets, catalog, learners, clock);
  const drafts = new DraftsService(
    dataSource,
    ruleSets,
    draftViews,
    catalog,
    ruleAdvice,
    audit,
    clock,
    config.defaultTimezone,
    logger,
  );
  const activity: ActivityService = new ActivityService(dataSource, catalog, learners, jobs, clock, (takenUp) =>
    gatherer.obligedTo(takenUp),
  );
  const searches = new SearchMatcher(catalog);
  const outcomes = new OutcomesService(dataSource, catalog, learners, clock, logger);
  const samples = { learners, outcomes, defaultTimezone: config.defaultTimezone };
  const training = new TrainingService(
    dataSource,
    activity,
    catalog,
    learners,
    revisions,
    jobs,
    clock,
    logger,
    config.training,
    new PipelineRankingTrainer(activity, learners, catalog, searches),
    new RhythmTimingTrainer(samples),
  );
  const live = new LiveExperiments(dataSource, revisions, ruleSets, training, clock, logger);
  const secret = () => pseudonyms.figuresSecret;
  const experiments = new ExperimentsService(
    dataSource,
    { revisions, settings, catalog, learners, audit, live, ruleSets, publishing, training, secret },
    clock,
  );
  const kpis = new KpisService(dataSource, catalog, learners, clock);
  const surveys = new SurveysService(dataSource, catalog, learners, clock);
  const goals = new GoalsService(
    dataSource,
    { catalog, kpis, measurer: new GoalMeasurer(activity, learners, surveys, kpis, catalog, secret) },
    audit,
    revisions,
    jobs,
    clock,
    config.defaultTimezone,
    secret,
  );
  const gatherer = new InputGatherer(
    catalog,
    learners,
    training,
    policies,
    ruleSet ?? (() => ruleSets.current),
    searches,
    live,
    clock,
    () => goals.open,
  );
  const recommendations = new RecommendationsService(dataSource, gatherer, learners, activity);
  const rulePreviews = new RulePreviewsService(
    dataSource,
    {
      ...{ catalog, learners, revisions },
      changes: new PreviewedChanges({ ruleSets, drafts: draftViews, publishing, policies, signalWeights }),
      audiences: new AudienceCounter(learners, gatherer),
      runner: new RulePreviewRunner(activity, learners, gatherer, searches),
      estimates: new OffPolicyRunner(
        new LoggedListsStore(dataSource),
        activity,
        learners,
        training,
        gatherer,
        searches,
      ),
      secret,
    },
    jobs,
    clock,
    logger,
  );
  const contentNeeds = new ContentNeedsService(catalog, learners, searches, clock);
  const calendar = new CalendarService(dataSource, clock);
  const rhythms = new OrganisationRhythms(samples, activity, logger);
  const deliveryGatherer = new DeliveryGatherer(
    dataSource,
    learners,
    outcomes,
    calendar,
    deliveryPolicies,
    training,
    rhythms,
    gatherer,
    live,
    config.defaultTimezone,
  );
  const delivery = new DeliveryService(dataSource, catalog, learners, deliveryGatherer, clock);
  const paths = new LearningPathService(catalog, learners, gatherer, clock);
  const campaigns = new CampaignsService(
    dataSource,
    { catalog, learners, gatherer, paths, delivery, outcomes, goals, secret },
    audit,
    jobs,
    clock,
    logger,
    config.defaultTimezone,
  );
  const insightsStore = new InsightsStore(dataSource);
  const insightMonths = new InsightMonthsService(insightsStore, catalog, jobs, clock, config.defaultTimezone);
  const insights = new InsightsService(insightsStore, catalog, learners, clock, config.defaultTimezone);
  const impactSources = { experiments, campaigns, ruleSets, goals, kpis, catalog, learners };
  const impacts = new ImpactService(dataSource, impactSources, clock, secret);
  const privacy = new PrivacyService(
    dataSource,
    DATA_DECLARATIONS,
    config.retentionDays,
    learners,
    pseudonyms,
    revisions,
    audit,
    jobs,
    clock,
    logger,
  );
  const retention = new RetentionService(
    dataSource,
    DATA_DECLARATIONS,
    config.retentionDays,
    new Map([['interaction', (before, context) => activity.forgetTrail(before, context)]]),
    jobs,
    clock,
    logger,
  );
  const resolvers = new Map<unknown, object>([
    [CatalogResolver, new CatalogResolver(catalog)],
    [LearnersResolver, new LearnersResolver(learners)],
    [LeaveResolver, new LeaveResolver(learners)],
    [LearnerProfileResolver, new LearnerProfileResolver(learners)],
    [CourseProfilesResolver, new CourseProfilesResolver()],
    [SignalWeightsResolver, new SignalWeightsResolver(signalWeights, learners)],
    [SkillsResolver, new SkillsResolver(learners)],
    [ActivityResolver, new ActivityResolver(activity)],
    [FeedbackResolver, new FeedbackResolver(activity)],
    [TrainingResolver, new TrainingResolver(training)],
    [ModelRankingResolver, new ModelRankingResolver()],
    [PolicyResolver, new PolicyResolver(policies)],
    [RulesResolver, new RulesResolver(ruleSets, publishing, ruleAdvice)],
    [DraftsResolver, new DraftsResolver(drafts)],
    [ExperimentsResolver, new ExperimentsResolver(experiments)],
    [GoalsResolver, new GoalsResolver(goals)],
    [KpisResolver, new KpisResolver(kpis)],
    [SurveysResolver, new SurveysResolver(surveys)],
    [RecommendationsResolver, new RecommendationsResolver(recommendations)],
    [LearnerRecommendationsResolver, new LearnerRecommendationsResolver(recommendations)],
    [PreviewsResolver, new PreviewsResolver(recommendations)],
    [RulePreviewsResolver, new RulePreviewsResolver(rulePreviews, catalog)],
    [
      RuleEffectsResolver,
      new RuleEffectsResolver(new RuleEffectsService(dataSource, ruleSets, learners, gatherer, secret)),
    ],
    [CounterfactualResolver, new CounterfactualResolver()],
    [WhyNotResolver, new WhyNotResolver(recommendations)],
    [ServedListsResolver, new ServedListsResolver(recommendations)],
    [ContentNeedsResolver, new ContentNeedsResolver(contentNeeds)],
    [RequiredResolver, new RequiredResolver(recommendations)],
    [TrendsResolver, new TrendsResolver(recommendations)],
    [LearningPathResolver, new LearningPathResolver(paths)],
    [FeedResolver, new FeedResolver(recommendations)],
    [LearnerFeedResolver, new LearnerFeedResolver(recommendations)],
    [DeliveryResolver, new DeliveryResolver(delivery)],
    [
      DeliveryPreviewResolver,
      new DeliveryPreviewResolver(new DeliveryPreviewService(delivery, draftViews, deliveryPolicies, learners, secret)),
    ],
    [WeeksResolver, new WeeksResolver(new WeeksService(deliveryGatherer, training, clock))],
    [OutcomesResolver, new OutcomesResolver(outcomes)],
    [CalendarResolver, new CalendarResolver(calendar)],
    [DeliveryPolicyResolver, new DeliveryPolicyResolver(deliveryPolicies)],
    [SettingDraftsResolver, new SettingDraftsResolver(drafts)],
    [ExperimentDraftsResolver, new ExperimentDraftsResolver(experiments)],
    [CampaignsResolver, new CampaignsResolver(campaigns)],
    [ImpactResolver, new ImpactResolver(impacts)],
    [PreferenceResolver, new PreferenceResolver(new PreferenceService(dataSource, experiments, clock, secret))],
    [InsightsQueryResolver, new InsightsQueryResolver(insights)],
    [InsightsResolver, new InsightsResolver()],
    [SearchesInsightResolver, new SearchesInsightResolver()],
    [PrivacyResolver, new PrivacyResolver(privacy, retention)],
    [AuditResolver, new AuditResolver(audit)],
    [ApiKeysResolver, new ApiKeysResolver(apiKeys)],
  ]);

  let schema: GraphQLSchema | null = null;
  try {
    await pseudonyms.load();
    if (database.kind === 'embedded') await jobs.declareOthersDead();
    // Whoever asks first waits for what is left of it, or hears what went wrong.
    if (isServing) learners.trends().catch((error) => logger.debug({ err: error }, 'trends were not counted ahead'));
    [schema] = await Promise.all([isServing ? createSchemaSoon(resolvers) : null, revisions.refresh()]);
  } catch (error) {
    await database.close();
    throw error;
  }
  revisions.start();

  return {
    database,
    apiKeys,
    revisions,
    jobs,
    catalog,
    learners,
    activity,
    training,
    policies,
    ruleSets,
    draftViews,
    publishing,
    drafts,
    experiments,
    kpis,
    surveys,
    goals,
    recommendations,
    rulePreviews,
    delivery,
    outcomes,
    calendar,
    deliveryPolicies,
    campaigns,
    insights,
    insightMonths,
    privacy,
    retention,
    async serve() {
      const secured = secureSchema(schema ?? (await createSchema(resolvers)), (managerId, learnerIds) =>
        learners.areReports(managerId, learnerIds),
      );
      // Nobody waits for what checks tokens to be loaded where there are none.
      const verifyToken =
        config.jwt === null ? null : (await import('./platform/access/jwt.js')).createTokenVerifier(config.jwt, logger);
      return await startHttpServer({
        config: config.http,
        schema: secured,
        authenticate: createAuthenticate((text) => apiKeys.authenticate(text), verifyToken),
        contextOf: (request) => request,
        readiness: async () => ({
          database: await dataSource.query('SELECT 1').then(
            () => true,
            () => false,
          ),
          storage: !database.storage.isFull,
        }),
        logger,
        metrics,
        pseudonymOf: (learnerId) => pseudonyms.of(learnerId),
        audit: ({ viewer, ...entry }) =>
          logger[entry.operationType === 'mutation' ? 'info' : 'debug'](
            { ...entry, viewer: pseudonyms.viewer(viewer) },
            'administrator',
          ),
        examples: EXAMPLES,
      });
    },
    work() {
      const { trainEveryMinutes } = config;
      if (trainEveryMinutes > 0) {
        jobs.every(TRAINING_JOB, Math.min(trainEveryMinutes, LOOK_EVERY_MINUTES), () =>
          training.isDue(trainEveryMinutes),
        );
      }
      jobs.every(CAMPAIGN_JOB, LOOK_AT_CAMPAIGNS_EVERY_MINUTES, () => campaigns.isDue());
      jobs.every(INSIGHTS_JOB, INSIGHTS_EVERY_MINUTES, () => insightMonths.isDue());
      jobs.every(PREVIEW_JOB, FORGET_PREVIEWS_EVERY_MINUTES, () => rulePreviews.isDue());
      jobs.every(ERASURE_JOB, LOOK_AT_ERASURES_EVERY_MINUTES, () => privacy.isDue());
      jobs.every(RETENTION_JOB, RETENTION_EVERY_MINUTES);
      jobs.every(MEASURE_GOALS_JOB, MEASURE_EVERY_MINUTES, async () => goals.open.length > 0);
      jobs.start();
    },
    async close() {
      await jobs.stop();
      await revisions.stop();
      await database.close();
    },
  };
}

/** By then the database has been asked for what is to be held in memory, and has to read it first. */
async function createSchemaSoon(resolvers: ReadonlyMap<unknown, object>): Promise<GraphQLSchema> {
  await sleep(SCHEMA_AFTER_MS);
  return await createSchema(resolvers);
}

/**
 * The whole GraphQL schema. Without resolvers it can be printed and inspected, but not executed. Only then is it checked
 * whether it can be introspected, which takes longer than building it: CI prints it.
 */
export async function createSchema(resolvers: ReadonlyMap<unknown, object> = new Map()): Promise<GraphQLSchema> {
  return await buildSchema({
    resolvers: RESOLVERS,
    validate: false,
    skipCheck: resolvers.size > 0,
    container: { get: (resolver) => resolvers.get(resolver) },
  });
}
