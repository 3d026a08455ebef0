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
import { HoldoutDrafts1797200000000 } from '../migrations/1797200000000-HoldoutDrafts.js';
import { PreviewedSettings1797200000001 } from '../migrations/1797200000001-PreviewedSettings.js';
import { KeysRevision1797500000000 } from '../migrations/1797500000000-KeysRevision.js';
import { ErasuresAgain1797620000000 } from '../migrations/1797620000000-ErasuresAgain.js';
import { ErasuresRevision1797710000000 } from '../migrations/1797710000000-ErasuresRevision.js';
import { ACTIVITY_TABLES } from './activity/activity.store.js';
import { ACTIVITY_DATA } from './activity/personalData.js';
import { CAMPAIGN_TABLES } from './campaigns/campaigns.store.js';
import { CAMPAIGN_DATA } from './campaigns/personalData.js';
import { CATALOG_TABLES } from './catalog/catalog.store.js';
import { CATALOG_DATA } from './catalog/personalData.js';
import { CALENDAR_TABLES } from './delivery/calendar/calendar.store.js';
import { DELIVERY_TABLES } from './delivery/delivery.store.js';
import { OUTCOME_TABLES } from './delivery/outcomes/outcomes.store.js';
import { DELIVERY_DATA } from './delivery/personalData.js';
import { EXPERIMENT_TABLES } from './experiments/experiments.store.js';
import { EXPERIMENT_DATA } from './experiments/personalData.js';
import { GOAL_TABLES } from './goals/goals.store.js';
import { KPI_TABLES } from './goals/kpis/kpis.store.js';
import { GOAL_DATA } from './goals/personalData.js';
import { SURVEY_TABLES } from './goals/surveys/surveys.store.js';
import { INSIGHT_TABLES } from './insights/insights.store.js';
import { INSIGHT_DATA } from './insights/personalData.js';
import { LEARNER_TABLES } from './learners/learners.store.js';
import { LEAVE_TABLES } from './learners/leave.store.js';
import { LEARNER_DATA } from './learners/personalData.js';
import { PROFILE_TABLES } from './learners/profiles.store.js';
import { ApiKeyRow } from './platform/access/apiKeys.js';
import { AuditEntryRow } from './platform/audit.js';
import { RevisionRow } from './platform/database/revisions.js';
import { JobRow } from './platform/jobs/jobs.js';
import { PLATFORM_DATA } from './platform/platformData.js';
import { PseudonymKeyRow } from './platform/pseudonyms.js';
import { SettingVersionRow } from './platform/settings/versionedSettings.js';
import { PRIVACY_DATA } from './privacy/personalData.js';
import { PRIVACY_TABLES } from './privacy/privacy.store.js';
import { RECOMMENDATION_DATA } from './recommendations/personalData.js';
import { RECOMMENDATION_TABLES } from './recommendations/recommendations.store.js';
import { PREVIEW_TABLES } from './recommendations/rulePreview/rulePreviews.store.js';
import { RULE_TABLES } from './rules/drafts.store.js';
import { RULE_DATA } from './rules/personalData.js';
import { TRAINING_DATA } from './training/personalData.js';
import { TRAINING_TABLES } from './training/training.store.js';

// What is stored: the tables of all parts, how they came to be, and what they hold of people.

/** All tables, as the database is to have them. */
export const TABLES = [
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

/** In the order of their times. */
export const MIGRATIONS = [
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
  HoldoutDrafts1797200000000,
  PreviewedSettings1797200000001,
  KeysRevision1797500000000,
  ErasuresAgain1797620000000,
  ErasuresRevision1797710000000,
];
