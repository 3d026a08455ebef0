import { z } from 'zod';
import { COURSE_KINDS, COURSE_LEVELS } from '../../catalog/course.js';
import { SURFACES } from './surface.js';

/** What a rule does, in the order of the stages in which lists are made; a mandate comes before all of them. */
export const RULE_ACTIONS = ['MANDATE', 'EXCLUDE', 'REQUIRE_ONLY', 'BOOST', 'BURY', 'QUOTA', 'PIN', 'CAP'] as const;
export type RuleActionKind = (typeof RULE_ACTIONS)[number];

/** Actions that bind everybody in their audience; the others are soft, and leave the held-out people alone. */
export const HARD_ACTIONS: ReadonlySet<RuleActionKind> = new Set(['MANDATE', 'EXCLUDE', 'REQUIRE_ONLY']);

export const RULE_STRENGTHS = ['SLIGHT', 'MODERATE', 'STRONG'] as const;
export type RuleStrength = (typeof RULE_STRENGTHS)[number];

/** What a cap counts by. */
export const CAP_GROUPS = ['PROVIDER', 'TAG'] as const;
export type CapGroup = (typeof CAP_GROUPS)[number];

const texts = z.array(z.string());
const localMoment = z.string();

export const audienceSchema = z.object({
  departments: texts,
  roleIds: texts,
  locations: texts,
  /** Primary subtags of languages that people understand, lower case. */
  languages: texts,
  learnerIds: texts,
  /** People who are short of a skill by at least so much of 0–1, for the role they have or want. */
  skillGap: z.object({ skillId: z.string(), atLeast: z.number() }).nullable(),
  /** Hired no more than so many days ago. */
  hiredWithinDays: z.number().int().nullable(),
});

const targetSchema = z.object({
  courseIds: texts,
  tags: texts,
  skillIds: texts,
  providers: texts,
  kinds: z.array(z.enum(COURSE_KINDS)),
  levels: z.array(z.enum(COURSE_LEVELS)),
  /** Both ends are included; a course of unknown length fits no bound. */
  minDurationMinutes: z.number().nullable(),
  maxDurationMinutes: z.number().nullable(),
});

export const scheduleSchema = z.object({
  /** Local dates or date-times without offset, such as `2026-11-30` or `2026-11-30T18:00`, in `zone`; null: open. */
  from: localMoment.nullable(),
  /** A date alone means until the end of that day. */
  until: localMoment.nullable(),
  /** IANA. */
  zone: z.string(),
});

const actionSchema = z.discriminatedUnion('kind', [
  /** Courses become obligations of the audience. A date is until its end, in the zone of the schedule. */
  z.object({ kind: z.literal('MANDATE'), dueOn: z.string().nullable(), dueDaysAfterHire: z.number().int().nullable() }),
  z.object({ kind: z.literal('EXCLUDE') }),
  z.object({ kind: z.literal('REQUIRE_ONLY') }),
  z.object({ kind: z.literal('BOOST'), strength: z.enum(RULE_STRENGTHS) }),
  z.object({ kind: z.literal('BURY'), strength: z.enum(RULE_STRENGTHS) }),
  /** At least so many of a hundred places, 1–100. */
  z.object({ kind: z.literal('QUOTA'), percent: z.number() }),
  /** The best of the target that may be recommended takes this place, from 1. */
  z.object({ kind: z.literal('PIN'), place: z.number().int() }),
  /** Of the target, at most so many of each provider, or tag, in any ten places in a row. */
  z.object({ kind: z.literal('CAP'), atMost: z.number().int(), per: z.enum(CAP_GROUPS) }),
]);

/** A rule as it is stored, in a draft or in a published set. */
export const ruleSchema = z.object({
  id: z.string(),
  /** Everything that is filled in has to hold, any of its values will do; nothing filled in: everybody. */
  audience: audienceSchema,
  /** Likewise; nothing filled in: every course. */
  target: targetSchema,
  /** None: everywhere. */
  surfaces: z.array(z.enum(SURFACES)),
  action: actionSchema,
  schedule: scheduleSchema,
  /** 0–100; of rules that want the same place the greater one gets it. */
  priority: z.number().int(),
  /** Who answers for it: a person or a team, in words. */
  owner: z.string(),
  note: z.string().nullable(),
  /** When it was first drafted, ISO instant. */
  createdAt: z.string(),
});

export type Rule = z.infer<typeof ruleSchema>;
export type RuleAudience = Rule['audience'];
export type RuleTarget = Rule['target'];
export type RuleSchedule = Rule['schedule'];
export type RuleAction = Rule['action'];

/** What rules can tell people apart by. */
export interface AudienceFacts {
  readonly learnerId: string;
  readonly department: string | null;
  /** The role they have. */
  readonly roleId: string | null;
  readonly location: string | null;
  /** Primary subtags, lower case; empty: any language will do, so every language matches. */
  readonly languages: readonly string[];
  /** ISO date. */
  readonly hiredOn: string | null;
  /** What they are short of, 0–1, by id of the skill. */
  readonly gaps: ReadonlyMap<string, number>;
}

/** What L&D has published: never changed, only followed by another version. */
export interface RuleSetContent {
  /** In the order of their ids. */
  readonly rules: readonly Rule[];
  /** Share of people whom soft rules never touch, 0–50, to tell what they do. */
  readonly holdoutPercent: number;
}
