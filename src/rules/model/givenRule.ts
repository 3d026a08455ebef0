import { type CourseKind, type CourseLevel, primaryLanguage } from '../../catalog/course.js';
import type { Optional } from '../../platform/rowChecks.js';
import type { CapGroup, Rule, RuleAction, RuleActionKind, RuleAudience, RuleSchedule, RuleStrength } from './rule.js';
import { canonicalRule } from './ruleSetHash.js';
import type { Surface } from './surface.js';

/** Where a rule stands when its sender says nothing. */
export const DEFAULT_PRIORITY = 50;

/** A rule as its sender gives it: what is left out, null or empty asks for nothing. */
export interface GivenRule {
  readonly audience?: Optional<GivenAudience>;
  readonly target?: Optional<GivenTarget>;
  readonly surfaces?: Optional<readonly Surface[]>;
  readonly action: GivenAction;
  readonly schedule?: Optional<GivenSchedule>;
  readonly priority?: Optional<number>;
  readonly owner: string;
  readonly note?: Optional<string>;
}

export interface GivenAudience {
  readonly departments?: Optional<readonly string[]>;
  readonly roleIds?: Optional<readonly string[]>;
  readonly locations?: Optional<readonly string[]>;
  /** BCP 47; the primary subtag is what counts. */
  readonly languages?: Optional<readonly string[]>;
  readonly learnerIds?: Optional<readonly string[]>;
  readonly skillGap?: Optional<{ readonly skillId: string; readonly atLeast: number }>;
  readonly hiredWithinDays?: Optional<number>;
}

export interface GivenTarget {
  readonly courseIds?: Optional<readonly string[]>;
  readonly tags?: Optional<readonly string[]>;
  readonly skillIds?: Optional<readonly string[]>;
  readonly providers?: Optional<readonly string[]>;
  readonly kinds?: Optional<readonly CourseKind[]>;
  readonly levels?: Optional<readonly CourseLevel[]>;
  readonly minDurationMinutes?: Optional<number>;
  readonly maxDurationMinutes?: Optional<number>;
}

/** The fields of all actions; each action needs its own and takes no other. */
export interface GivenAction {
  readonly kind: RuleActionKind;
  readonly strength?: Optional<RuleStrength>;
  readonly percent?: Optional<number>;
  readonly place?: Optional<number>;
  readonly atMost?: Optional<number>;
  readonly per?: Optional<CapGroup>;
  readonly dueOn?: Optional<string>;
  readonly dueDaysAfterHire?: Optional<number>;
}

export interface GivenSchedule {
  readonly from?: Optional<string>;
  readonly until?: Optional<string>;
  readonly zone?: Optional<string>;
}

/** What a rule has that its sender does not give. */
export interface RuleOrigin {
  readonly id: string;
  /** ISO instant. */
  readonly createdAt: string;
  /** IANA; the zone of a schedule that names none. */
  readonly zone: string;
}

/** The rule that was given, as it is stored; only for one without problems. */
export function ruleOf(given: GivenRule, { id, createdAt, zone }: RuleOrigin): Rule {
  const { audience, target, schedule } = given;
  return canonicalRule({
    id,
    audience: audienceOf(audience ?? {}),
    target: {
      courseIds: listOf(target?.courseIds),
      tags: listOf(target?.tags),
      skillIds: listOf(target?.skillIds),
      providers: listOf(target?.providers),
      kinds: listOf(target?.kinds),
      levels: listOf(target?.levels),
      minDurationMinutes: target?.minDurationMinutes ?? null,
      maxDurationMinutes: target?.maxDurationMinutes ?? null,
    },
    surfaces: listOf(given.surfaces),
    action: actionOf(given.action),
    schedule: scheduleOf(schedule ?? {}, zone),
    priority: given.priority ?? DEFAULT_PRIORITY,
    owner: given.owner,
    note: given.note ?? null,
    createdAt,
  });
}

/** The audience that was given, as it is stored; only for one without problems. */
export function audienceOf(given: GivenAudience): RuleAudience {
  return {
    departments: listOf(given.departments),
    roleIds: listOf(given.roleIds),
    locations: listOf(given.locations),
    languages: listOf(given.languages).map(primaryLanguage),
    learnerIds: listOf(given.learnerIds),
    skillGap: given.skillGap ?? null,
    hiredWithinDays: given.hiredWithinDays ?? null,
  };
}

/** The schedule that was given, as it is stored. @param zone of one that names none */
export function scheduleOf({ from, until, zone: own }: GivenSchedule, zone: string): RuleSchedule {
  return { from: from ?? null, until: until ?? null, zone: own ?? zone };
}

const listOf = <T>(values: Optional<readonly T[]>): T[] => [...(values ?? [])];

function actionOf(given: GivenAction): RuleAction {
  const { kind } = given;
  switch (kind) {
    case 'MANDATE':
      return { kind, dueOn: given.dueOn ?? null, dueDaysAfterHire: given.dueDaysAfterHire ?? null };
    case 'BOOST':
    case 'BURY':
      return { kind, strength: given.strength ?? 'MODERATE' };
    case 'QUOTA':
      return { kind, percent: needed(given.percent, kind) };
    case 'PIN':
      return { kind, place: needed(given.place, kind) };
    case 'CAP':
      return { kind, atMost: needed(given.atMost, kind), per: given.per ?? 'PROVIDER' };
    default:
      return { kind };
  }
}

function needed(value: Optional<number>, kind: RuleActionKind): number {
  if (value === null || value === undefined) throw new Error(`A ${kind} was not checked before it was made`);
  return value;
}
