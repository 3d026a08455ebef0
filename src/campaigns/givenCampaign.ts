import type { DeliveryPurpose } from '../delivery/windows/purpose.js';
import type { RowError } from '../platform/errors.js';
import { isGiven, type Optional, RowChecks } from '../platform/rowChecks.js';
import { audienceOf, type GivenAudience, type GivenSchedule, scheduleOf } from '../rules/model/givenRule.js';
import { checkAudience, checkSchedule, RULE_LIMITS, type RuleCatalog } from '../rules/model/ruleChecks.js';
import type { CampaignContent, CampaignMode } from './campaign.js';

/** Limits of what a campaign may say; both ends are allowed. */
export const CAMPAIGN_LIMITS = {
  courses: 50,
  dripDays: { min: 1, max: 90 },
  holdoutPercent: { min: 0, max: 50 },
  weeklyCap: { min: 1, max: 7 },
  dailyCap: { min: 1, max: 100_000 },
} as const;

/** Where nothing is said. */
export const CAMPAIGN_DEFAULTS = { mode: 'BROAD', purpose: 'RECOMMENDATION', holdoutPercent: 0, weeklyCap: 1 } as const;

/** A campaign as its sender gives it. */
export interface GivenCampaign {
  readonly name: string;
  readonly owner: string;
  readonly note?: Optional<string>;
  readonly audience?: Optional<GivenAudience>;
  readonly courseIds?: Optional<readonly string[]>;
  readonly pathRoleId?: Optional<string>;
  readonly mode?: Optional<CampaignMode>;
  readonly dripDays?: Optional<number>;
  readonly purpose?: Optional<DeliveryPurpose>;
  readonly schedule?: Optional<GivenSchedule>;
  readonly holdoutPercent?: Optional<number>;
  readonly weeklyCap?: Optional<number>;
  readonly dailyCap?: Optional<number>;
}

/** What is wrong with a campaign, field by field; empty when it may be stored. @param zone of a schedule that names none */
export function campaignProblems(given: GivenCampaign, catalog: RuleCatalog, zone: string): readonly RowError[] {
  const check = new RowChecks(0);
  check.text(given.name, RULE_LIMITS.label, 'name');
  check.text(given.owner, RULE_LIMITS.label, 'owner');
  check.longText(given.note, RULE_LIMITS.note, 'note');
  checkAudience(given.audience ?? {}, catalog, check);
  checkSchedule(given.schedule ?? {}, zone, check);
  checkLearning(given, catalog, check);
  const { dripDays, holdoutPercent, weeklyCap, dailyCap } = CAMPAIGN_LIMITS;
  check.whole(given.dripDays, dripDays.min, dripDays.max, 'dripDays');
  check.number(given.holdoutPercent, holdoutPercent.min, holdoutPercent.max, 'holdoutPercent');
  check.whole(given.weeklyCap, weeklyCap.min, weeklyCap.max, 'weeklyCap');
  check.whole(given.dailyCap, dailyCap.min, dailyCap.max, 'dailyCap');
  if (isGiven(given.dripDays) && given.mode !== 'DRIP') {
    check.fail('INVALID_VALUE', 'dripDays says nothing about BROAD, which waits for nothing; leave it out', 'dripDays');
  }
  return check.errors;
}

function checkLearning({ courseIds, pathRoleId }: GivenCampaign, catalog: RuleCatalog, check: RowChecks): void {
  const listed = check.list(courseIds, CAMPAIGN_LIMITS.courses, 'courseIds');
  listed.forEach((id, i) => {
    check.id(id, 'courseIds', String(i));
    if (!catalog.courseIndexById.has(id)) {
      check.fail('NOT_FOUND', `courseIds.${i}: there is no course "${id.slice(0, 80)}"`, 'courseIds', String(i));
    }
    if (listed.indexOf(id) < i) {
      check.fail('INVALID_VALUE', `courseIds.${i}: "${id.slice(0, 80)}" is named above`, 'courseIds', String(i));
    }
  });
  const hasCourses = (courseIds ?? []).length > 0;
  if (hasCourses === isGiven(pathRoleId)) {
    const message = 'A campaign needs either courseIds or pathRoleId, and not both';
    check.fail('INVALID_VALUE', message, hasCourses ? 'pathRoleId' : 'courseIds');
  }
  if (isGiven(pathRoleId) && !catalog.roles.has(pathRoleId)) {
    check.fail('NOT_FOUND', `pathRoleId: there is no role "${pathRoleId.slice(0, 80)}"`, 'pathRoleId');
  }
}

/** The campaign that was given, as it is stored; only for one without problems. */
export function campaignOf(given: GivenCampaign, zone: string): CampaignContent {
  return {
    name: given.name,
    owner: given.owner,
    note: given.note ?? null,
    audience: audienceOf(given.audience ?? {}),
    courseIds: [...(given.courseIds ?? [])],
    pathRoleId: given.pathRoleId ?? null,
    mode: given.mode ?? CAMPAIGN_DEFAULTS.mode,
    dripDays: given.dripDays ?? null,
    purpose: given.purpose ?? CAMPAIGN_DEFAULTS.purpose,
    schedule: scheduleOf(given.schedule ?? {}, zone),
    holdoutPercent: given.holdoutPercent ?? CAMPAIGN_DEFAULTS.holdoutPercent,
    weeklyCap: given.weeklyCap ?? CAMPAIGN_DEFAULTS.weeklyCap,
    dailyCap: given.dailyCap ?? null,
  };
}
