import { randomBytes } from 'node:crypto';
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type NonEmptyArray } from 'type-graphql';
import { Foundation1795300000000 } from '../migrations/1795300000000-Foundation.js';
import { FamiliesOfModels1795400000000 } from '../migrations/1795400000000-FamiliesOfModels.js';
import { ProfilesAndFeeds1795500000000 } from '../migrations/1795500000000-ProfilesAndFeeds.js';
import { DeliveryOutcomes1795600000000 } from '../migrations/1795600000000-DeliveryOutcomes.js';
import { TimingModels1795600000001 } from '../migrations/1795600000001-TimingModels.js';
import { DeliveryIndexes1795600000002 } from '../migrations/1795600000002-DeliveryIndexes.js';
import { RulesAndAudit1795700000000 } from '../migrations/1795700000000-RulesAndAudit.js';
import { AppliedRules1795700000001 } from '../migrations/1795700000001-AppliedRules.js';
import { RulePreviews1795700000005 } from '../migrations/1795700000005-RulePreviews.js';
import { DeliveryPlans1795700000010 } from '../migrations/1795700000010-DeliveryPlans.js';
import { KnownSince1795800000000 } from '../migrations/1795800000000-KnownSince.js';
import { ServedListsByTime1796100000000 } from '../migrations/1796100000000-ServedListsByTime.js';
import { Insights1796200000000 } from '../migrations/1796200000000-Insights.js';
import { GoalsAndKpis1796300000000 } from '../migrations/1796300000000-GoalsAndKpis.js';
import { Experiments1796400000000 } from '../migrations/1796400000000-Experiments.js';
import { Campaigns1796500000000 } from '../migrations/1796500000000-Campaigns.js';
import { MandatedCourses1796600000000 } from '../migrations/1796600000000-MandatedCourses.js';
import { RepeatedCalls1796600000001 } from '../migrations/1796600000001-RepeatedCalls.js';
import { KpiRanges1796700000000 } from '../migrations/1796700000000-KpiRanges.js';
import { Privacy1796800000000 } from '../migrations/1796800000000-Privacy.js';
import { ModelSeals1796900000000 } from '../migrations/1796900000000-ModelSeals.js';
import { CheckedOncePerBatch1797100000000 } from '../migrations/1797100000000-CheckedOncePerBatch.js';
import { QuickerCompression1797100000001 } from '../migrations/1797100000001-QuickerCompression.js';
import { ActivityResolver } from './activity/activity.resolver.js';
import { ActivityService } from './activity/activity.service.js';
import { ACTIVITY_TABLES } from './activity/activity.store.js';
import { FeedbackResolver } from './activity/feedback.resolver.js';
import { ACTIVITY_DATA } from './activity/personalData.js';
import { CampaignsResolver } from './campaigns/campaigns.resolver.js';
import { CAMPAIGN_JOB, CampaignsService } from './campaigns/campaigns.service.js';
import { CAMPAIGN_TABLES } from './campaigns/campaigns.store.js';
import { CAMPAIGN_DATA } from './campaigns/personalData.js';
import { CatalogResolver } from './catalog/catalog.resolver.js';
import { CatalogService } from './catalog/catalog.service.js';
import { CATALOG_TABLES } from './catalog/catalog.store.js';
import { CATALOG_DATA } from './catalog/personalData.js';
import { CalendarResolver } from './delivery/calendar/calendar.resolver.js';
import { CalendarService } from './delivery/calendar/calendar.service.js';
import { CALENDAR_TABLES } from './delivery/calendar/calendar.store.js';
import { DeliveryResolver } from './delivery/delivery.resolver.js';
import { DeliveryService } from './delivery/delivery.service.js';
import { DELIVERY_TABLES } from './delivery/delivery.store.js';
import { DeliveryGatherer } from './delivery/deliveryGatherer.js';
import { RhythmTimingTrainer } from './delivery/fitting/timingTrainer.js';
import { OrganisationRhythms } from './delivery/organisationRhythm.js';
import { OutcomesResolver } from './delivery/outcomes/outcomes.resolver.js';
import { OutcomesService } from './delivery/outcomes/outcomes.service.js';
import { OUTCOME_TABLES } from './delivery/outcomes/outcomes.store.js';
import { DELIVERY_DATA } from './delivery/personalData.js';
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
import { EXPERIMENT_TABLES } from './experiments/experiments.store.js';
import { LiveExperiments } from './experiments/liveExperiments.js';
import { EXPERIMENT_DATA } from './experiments/personalData.js';
import { GoalsResolver } from './goals/goals.resolver.js';
import { GoalsService, MEASURE_EVERY_MINUTES, MEASURE_GOALS_JOB } from './goals/goals.service.js';
import { GOAL_TABLES } from './goals/goals.store.js';
import { KpisResolver } from './goals/kpis/kpis.resolver.js';
import { KpisService } from './goals/kpis/kpis.service.js';
import { KPI_TABLES } from './goals/kpis/kpis.store.js';
import { GOAL_DATA } from './goals/personalData.js';
import { GoalMeasurer } from './goals/progress/goalMeasurer.js';
import { SurveysResolver } from './goals/surveys/surveys.resolver.js';
import { SurveysService } from './goals/surveys/surveys.service.js';
import { SURVEY_TABLES } from './goals/surveys/surveys.store.js';
import { ImpactResolver } from './insights/impact/impact.resolver.js';
import { ImpactService } from './insights/impact/impact.service.js';
import { PreferenceResolver } from './insights/impact/preference/preference.resolver.js';
import { PreferenceService } from './insights/impact/preference/preference.service.js';
import { INSIGHTS_JOB, InsightMonthsService } from './insights/insightMonths.service.js';
import { InsightsQueryResolver, InsightsResolver, SearchesInsightResolver } from './insights/insights.resolver.js';
import { InsightsService } from './insights/insights.service.js';
import { INSIGHT_TABLES, InsightsStore } from './insights/insights.store.js';
import { INSIGHT_DATA } from './insights/personalData.js';
import { LearnersResolver } from './learners/learners.resolver.js';
import { LearnersService } from './learners/learners.service.js';
import { LEARNER_TABLES } from './learners/learners.store.js';
import { LeaveResolver } from './learners/leave.resolver.js';
import { LEAVE_TABLES } from './learners/leave.store.js';
import { LEARNER_DATA } from './learners/personalData.js';
import { CourseProfilesResolver, LearnerProfileResolver } from './learners/profile.resolver.js';
import { PROFILE_TABLES } from './learners/profiles.store.js';
import { SignalWeightsResolver } from './learners/signalWeights.resolver.js';
import { SignalWeightsService } from './learners/signalWeights.service.js';
import { SkillsResolver } from './learners/skills.resolver.js';
import { secureSchema } from './platform/access.js';
import { ApiKeyRow, ApiKeys } from './platform/apiKeys.js';
import { ApiKeysResolver } from './platform/apiKeys.resolver.js';
import { AuditEntryRow, AuditLog } from './platform/audit.js';
import { AuditResolver } from './platform/audit.resolver.js';
import { createAuthenticate } from './platform/authentication.js';
import type { Config } from './platform/config.js';
import { type Database, openDatabase } from './platform/database.js';
import { type RunningHttpServer, startHttpServer } from './platform/http.js';
import { JobRow, Jobs } from './platform/jobs.js';
import { createTokenVerifier } from './platform/jwt.js';
import type { Logger } from './platform/logger.js';
import { createMetrics } from './platform/metrics.js';
import { PLATFORM_DATA } from './platform/ownData.js';
import { PseudonymKeyRow, Pseudonyms } from './platform/pseudonyms.js';
import { RevisionRow, Revisions } from './platform/revisions.js';
import { SettingVersionRow, VersionedSettings } from './platform/versionedSettings.js';
import { PRIVACY_DATA } from './privacy/personalData.js';
import { PrivacyResolver } from './privacy/privacy.resolver.js';
import { ERASURE_JOB, PrivacyService } from './privacy/privacy.service.js';
import { PRIVACY_TABLES } from './privacy/privacy.store.js';
import { RETENTION_EVERY_MINUTES, RETENTION_JOB, RetentionService } from './privacy/retention.service.js';
import { ContentNeedsResolver } from './recommendations/contentNeeds.resolver.js';
import { ContentNeedsService } from './recommendations/contentNeeds.service.js';
import { CounterfactualResolver, WhyNotResolver } from './recommendations/explain.resolver.js';
import { FeedResolver, LearnerFeedResolver } from './recommendations/feed.resolver.js';
import { ModelRankingResolver } from './recommendations/fitting/modelRanking.resolver.js';
import { PipelineRankingTrainer } from './recommendations/fitting/rankingTrainer.js';
import { InputGatherer } from './recommendations/inputGatherer.js';
import { LearningPathResolver } from './recommendations/path/learningPath.resolver.js';
import { LearningPathService } from './recommendations/path/learningPath.service.js';
import { RECOMMENDATION_DATA } from './recommendations/personalData.js';
import type { RuleSetInForce } from './recommendations/pipeline/learnerRules.js';
import { SearchMatcher } from './recommendations/pipeline/searchMatcher.js';
import { PreviewsResolver } from './recommendations/previews.resolver.js';
import { LearnerRecommendationsResolver, RecommendationsResolver } from './recommendations/recommendations.resolver.js';
import { RecommendationsService } from './recommendations/recommendations.service.js';
import { RECOMMENDATION_TABLES } from './recommendations/recommendations.store.js';
import { RequiredResolver } from './recommendations/required.resolver.js';
import { RuleEffectsResolver } from './recommendations/ruleEffects/ruleEffects.resolver.js';
import { RuleEffectsService } from './recommendations/ruleEffects/ruleEffects.service.js';
import { RulePreviewRunner } from './recommendations/rulePreview/rulePreviewRunner.js';
import { RulePreviewsResolver } from './recommendations/rulePreview/rulePreviews.resolver.js';
import { PREVIEW_JOB, RulePreviewsService } from './recommendations/rulePreview/rulePreviews.service.js';
import { PREVIEW_TABLES } from './recommendations/rulePreview/rulePreviews.store.js';
import { ServedListsResolver } from './recommendations/servedLists.resolver.js';
import { TrendsResolver } from './recommendations/trends.resolver.js';
import { DraftsResolver } from './rules/drafts.resolver.js';
import { DraftsService } from './rules/drafts.service.js';
import { RULE_TABLES } from './rules/drafts.store.js';
import { DIRECT_CHANGE_REFUSED } from './rules/lifecycle/ruleWords.js';
import { RULE_DATA } from './rules/personalData.js';
import { PolicyResolver } from './rules/policy.resolver.js';
import { PolicyService } from './rules/policy.service.js';
import { RuleSetService } from './rules/ruleSets.service.js';
import { RulesResolver } from './rules/rules.resolver.js';
import { TRAINING_DATA } from './training/personalData.js';
import { TrainingResolver } from './training/training.resolver.js';
import { TRAINING_JOB, TrainingService } from './training/training.service.js';
import { TRAINING_TABLES } from './training/training.store.js';

const TABLES = [
  RevisionRow,
  SettingVersionRow,
  AuditEntryRow,
  JobRow,
  ApiKeyRow,
  PseudonymKeyRow,
  ...CATALOG_TABLES,
  ...LEARNER_TABLES,
  ...LEAVE_TABLES,
  ...PROFILE_TABLES,
  ...ACTIVITY_TABLES,
  ...TRAINING_TABLES,
  ...RULE_TABLES,
  ...EXPERIMENT_TABLES,
  ...GOAL_TABLES,
  ...KPI_TABLES,
  ...SURVEY_TABLES,
  ...RECOMMENDATION_TABLES,
  ...PREVIEW_TABLES,
  ...DELIVERY_TABLES,
  ...OUTCOME_TABLES,
  ...CALENDAR_TABLES,
  ...CAMPAIGN_TABLES,
  ...INSIGHT_TABLES,
  ...PRIVACY_TABLES,
];

/** What each feature knows about people, in the order of the features: what an export tells, and an erasure takes away. */
export const DATA_DECLARATIONS = [
  CATALOG_DATA,
  LEARNER_DATA,
  ACTIVITY_DATA,
  TRAINING_DATA,
  RULE_DATA,
  EXPERIMENT_DATA,
  GOAL_DATA,
  RECOMMENDATION_DATA,
  DELIVERY_DATA,
  CAMPAIGN_DATA,
  INSIGHT_DATA,
  PRIVACY_DATA,
  PLATFORM_DATA,
];
const MIGRATIONS = [
  Foundation1795300000000,
  FamiliesOfModels1795400000000,
  ProfilesAndFeeds1795500000000,
  DeliveryOutcomes1795600000000,
  TimingModels1795600000001,
  DeliveryIndexes1795600000002,
  RulesAndAudit1795700000000,
  AppliedRules1795700000001,
  RulePreviews1795700000005,
  DeliveryPlans1795700000010,
  KnownSince1795800000000,
  ServedListsByTime1796100000000,
  Insights1796200000000,
  GoalsAndKpis1796300000000,
  Experiments1796400000000,
  Campaigns1796500000000,
  MandatedCourses1796600000000,
  RepeatedCalls1796600000001,
  KpiRanges1796700000000,
  Privacy1796800000000,
  ModelSeals1796900000000,
  CheckedOncePerBatch1797100000000,
  QuickerCompression1797100000001,
];

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
  const ruleSets = new RuleSetService(dataSource, settings, catalog, audit, logger, config.ruleApprovalRequired);
  ruleSets.tune(policies);
  ruleSets.tune(signalWeights);
  ruleSets.tune(deliveryPolicies);
  const learners = new LearnersService(
    dataSource,
    catalog,
    signalWeights,
    clock,
    config.defaultTimezone,
    logger,
    pseudonyms,
  );
  const drafts = new DraftsService(dataSource, ruleSets, catalog, learners, audit, clock, config.defaultTimezone);
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
  const experiments = new ExperimentsService(
    dataSource,
    { revisions, settings, catalog, learners, audit, live, ruleSets, training },
    clock,
  );
  const kpis = new KpisService(dataSource, catalog, learners, clock);
  const surveys = new SurveysService(dataSource, catalog, learners, clock);
  const goals = new GoalsService(
    dataSource,
    { catalog, kpis, measurer: new GoalMeasurer(activity, learners, surveys, kpis, catalog) },
    audit,
    revisions,
    jobs,
    clock,
    config.defaultTimezone,
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
  // Of this process: figures that are not told as they are need only be hard to guess.
  const secret = randomBytes(32);
  const rulePreviews = new RulePreviewsService(
    dataSource,
    {
      catalog,
      ruleSets,
      policies,
      signalWeights,
      runner: new RulePreviewRunner(activity, learners, gatherer, searches),
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
  const delivery = new DeliveryService(dataSource, catalog, deliveryGatherer, clock);
  const paths = new LearningPathService(catalog, learners, gatherer, clock);
  const campaigns = new CampaignsService(
    dataSource,
    { catalog, learners, gatherer, paths, delivery, outcomes, goals },
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
  const impacts = new ImpactService(dataSource, impactSources, clock);
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
    [RulesResolver, new RulesResolver(ruleSets)],
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
      new DeliveryPreviewResolver(new DeliveryPreviewService(delivery, ruleSets, deliveryPolicies, learners, secret)),
    ],
    [WeeksResolver, new WeeksResolver(new WeeksService(deliveryGatherer, training, clock))],
    [OutcomesResolver, new OutcomesResolver(outcomes)],
    [CalendarResolver, new CalendarResolver(calendar)],
    [DeliveryPolicyResolver, new DeliveryPolicyResolver(deliveryPolicies)],
    [SettingDraftsResolver, new SettingDraftsResolver(drafts)],
    [ExperimentDraftsResolver, new ExperimentDraftsResolver(experiments)],
    [CampaignsResolver, new CampaignsResolver(campaigns)],
    [ImpactResolver, new ImpactResolver(impacts)],
    [PreferenceResolver, new PreferenceResolver(new PreferenceService(dataSource, experiments, clock))],
    [InsightsQueryResolver, new InsightsQueryResolver(insights)],
    [InsightsResolver, new InsightsResolver()],
    [SearchesInsightResolver, new SearchesInsightResolver()],
    [PrivacyResolver, new PrivacyResolver(privacy, retention)],
    [AuditResolver, new AuditResolver(audit)],
    [ApiKeysResolver, new ApiKeysResolver(apiKeys)],
  ]);

  try {
    await pseudonyms.load();
    if (database.kind === 'embedded') await jobs.declareOthersDead();
    await revisions.refresh();
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
      const schema = secureSchema(await createSchema(resolvers), (managerId, learnerIds) =>
        learners.areReports(managerId, learnerIds),
      );
      const verifyToken = config.jwt === null ? null : createTokenVerifier(config.jwt, logger);
      return await startHttpServer({
        config: config.http,
        schema,
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

/** The whole GraphQL schema. Without resolvers it can be printed and inspected, but not executed. */
export async function createSchema(resolvers: ReadonlyMap<unknown, object> = new Map()): Promise<GraphQLSchema> {
  return await buildSchema({
    resolvers: RESOLVERS,
    validate: false,
    container: { get: (resolver) => resolvers.get(resolver) },
  });
}
