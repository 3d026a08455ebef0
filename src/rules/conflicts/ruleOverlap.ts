import type { Rule, RuleAudience } from '../model/rule.js';
import { type InstantSpan, instantsOf } from '../model/schedule.js';
import { SURFACES, type Surface } from '../model/surface.js';

/** Where two rules can be told apart for sure: for whom, on what surfaces and when a rule, or several at once, hold. */
export interface Scope extends InstantSpan {
  /** Null: any. A person has one of each at most, so rules for different ones never meet. */
  readonly departments: readonly string[] | null;
  readonly roleIds: readonly string[] | null;
  readonly locations: readonly string[] | null;
  readonly learnerIds: readonly string[] | null;
  readonly surfaces: readonly Surface[];
}

export function scopeOf({ audience, surfaces, schedule }: Rule): Scope {
  return {
    ...instantsOf(schedule),
    departments: anyOrAmong(audience.departments),
    roleIds: anyOrAmong(audience.roleIds),
    locations: anyOrAmong(audience.locations),
    learnerIds: anyOrAmong(audience.learnerIds),
    surfaces: surfaces.length === 0 ? SURFACES : surfaces,
  };
}

const anyOrAmong = (values: readonly string[]): readonly string[] | null => (values.length === 0 ? null : values);

/**
 * Where both hold; null when no person can ever get a list that both are about. Languages, gaps and the day of hiring
 * keep nobody out of both: one can understand several languages and be short of several skills.
 */
export function meetingOf(a: Scope, b: Scope): Scope | null {
  const meeting: Scope = {
    fromMs: Math.max(a.fromMs, b.fromMs),
    untilMs: Math.min(a.untilMs, b.untilMs),
    departments: common(a.departments, b.departments),
    roleIds: common(a.roleIds, b.roleIds),
    locations: common(a.locations, b.locations),
    learnerIds: common(a.learnerIds, b.learnerIds),
    surfaces: a.surfaces.filter((surface) => b.surfaces.includes(surface)),
  };
  const { departments, roleIds, locations, learnerIds, surfaces } = meeting;
  const isNowhere = [departments, roleIds, locations, learnerIds, surfaces].some((values) => values?.length === 0);
  return isNowhere || meeting.fromMs >= meeting.untilMs ? null : meeting;
}

function common(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null) return b;
  if (b === null) return a;
  const among = new Set(b);
  return a.filter((value) => among.has(value));
}

/** Whether everybody for whom `b` is, is one for whom `a` is too, whoever they may be. */
export function audienceCovers(a: RuleAudience, b: RuleAudience): boolean {
  return (
    covers(a.departments, b.departments) &&
    covers(a.roleIds, b.roleIds) &&
    covers(a.locations, b.locations) &&
    covers(a.languages, b.languages) &&
    covers(a.learnerIds, b.learnerIds) &&
    (a.skillGap === null || isAsShort(a.skillGap, b.skillGap)) &&
    (a.hiredWithinDays === null || (b.hiredWithinDays !== null && b.hiredWithinDays <= a.hiredWithinDays))
  );
}

/** Whether `a` holds wherever and whenever `b` does, for everybody for whom `b` does. */
export function holdsWherever(a: Rule, aScope: Scope, b: Rule, bScope: Scope): boolean {
  return (
    aScope.fromMs <= bScope.fromMs &&
    bScope.untilMs <= aScope.untilMs &&
    bScope.surfaces.every((surface) => aScope.surfaces.includes(surface)) &&
    audienceCovers(a.audience, b.audience)
  );
}

function covers(wide: readonly string[], narrow: readonly string[]): boolean {
  if (wide.length === 0) return true;
  const among = new Set(wide);
  return narrow.length > 0 && narrow.every((value) => among.has(value));
}

function isAsShort(a: NonNullable<RuleAudience['skillGap']>, b: RuleAudience['skillGap']): boolean {
  return b !== null && b.skillId === a.skillId && b.atLeast >= a.atLeast;
}
