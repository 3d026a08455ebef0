import type { LearnerState } from '../../learners/learners.service.js';
import type { SkillGap } from '../../learners/skillGaps.js';
import type { CompiledRule } from '../../rules/applying/compiledRule.js';
import { withMandates } from '../../rules/applying/mandates.js';
import { personOf } from '../../rules/applying/ruledPerson.js';
import { type ActiveRules, createRuleIndex, NO_ACTIVE_RULES, type RuleIndex } from '../../rules/applying/ruleIndex.js';
import type { Rule, RuleSetContent } from '../../rules/model/rule.js';
import { sentenceOf } from '../../rules/model/ruleSentence.js';
import type { Surface } from '../../rules/model/surface.js';
import type { ServingIndex } from './servingIndex.js';

/** The published rule set that counts. */
export interface RuleSetInForce {
  /** 0: none has been published. */
  readonly version: number;
  readonly content: RuleSetContent;
}

/** A rule set joined to the catalogue that is served from. */
export interface ServingRules {
  readonly version: number;
  readonly rules: RuleIndex;
  readonly index: ServingIndex;
  /** A rule in one sentence that names nobody but one learner. */
  readonly sentenceFor: (rule: Rule, learnerId: string) => string;
}

/** Stands for whoever reads a sentence; no id holds it. */
const READER = '\u0000';

export function createServingRules({ version, content }: RuleSetInForce, index: ServingIndex): ServingRules {
  const { skills, roles } = index.catalog;
  const names = {
    course: (id: string) => index.courses[index.positionById.get(id) ?? -1]?.title ?? null,
    skill: (id: string) => skills.get(id)?.name ?? null,
    role: (id: string) => roles.get(id)?.name ?? null,
  };
  // One is enough for all who read it.
  const sentences = new Map<Rule, string>();
  return {
    version,
    index,
    rules: createRuleIndex(content, index.courses),
    sentenceFor(rule, learnerId) {
      const isOfSome = rule.audience.learnerIds.length > 0;
      const sentence = sentences.get(rule) ?? sentenceOf(isOfSome ? forOne(rule, READER) : rule, names);
      sentences.set(rule, sentence);
      return isOfSome ? sentence.replace(READER, () => learnerId) : sentence;
    },
  };
}

/** What of the rule set is for one learner, on one surface, now. */
export interface LearnerRules extends ActiveRules {
  /** Of the rule set; 0: none has been published. */
  readonly version: number;
  /** By course id the rule that made it mandatory, or due earlier. */
  readonly requiredBy: ReadonlyMap<string, CompiledRule<'MANDATE'>>;
  /** A rule in one sentence, as the learner may read it: whom else it names is nobody's business. */
  readonly sentenceOf: (rule: Rule) => string;
}

export const NO_RULES: LearnerRules = {
  ...NO_ACTIVE_RULES,
  version: 0,
  requiredBy: new Map(),
  sentenceOf: () => '',
};

/** Somebody as rules find them: their state with what mandates add to it, and the rules that are for them. */
export interface RuledLearner {
  readonly state: LearnerState;
  readonly rules: LearnerRules;
}

/**
 * @param gapsOf what the learner is short of; asked only when a rule asks
 * @param mayBeAnybody who they are cannot be asked just now
 */
export function ruledLearner(
  state: LearnerState,
  { version, rules, index, sentenceFor }: ServingRules,
  surface: Surface,
  nowMs: number,
  gapsOf: () => ReadonlyMap<string, SkillGap>,
  mayBeAnybody = false,
): RuledLearner {
  if (rules.content.rules.length === 0) return { state, rules: { ...NO_RULES, version } };
  const { learnerId } = state;
  const person = { ...personOf(state, rules.asksForGaps ? gapsOf() : new Map()), mayBeAnybody };
  const active = rules.active(person, surface, nowMs);
  const { assignments, requiredBy } = withMandates(state.assignments, active.mandates, person.hiredOn, index.courses);
  return {
    state: active.mandates.length === 0 ? state : { ...state, assignments },
    rules: {
      ...active,
      version,
      requiredBy,
      sentenceOf: (rule) => sentenceFor(rule, learnerId),
    },
  };
}

function forOne(rule: Rule, learnerId: string): Rule {
  return { ...rule, audience: { ...rule.audience, learnerIds: [learnerId] } };
}

/** What exclusions and requirements say of courses. */
export interface HardRules {
  /** 1 at each position that they leave. */
  readonly allowed: Uint8Array;
  readonly isExcluded: (courseId: string) => boolean;
  /** Something else is required. */
  readonly isLeftOut: (courseId: string) => boolean;
}

/** Null: there are none. */
export function hardRulesOf(
  { allowed, excludes, requires }: ActiveRules,
  { positionById }: Pick<ServingIndex, 'positionById'>,
): HardRules | null {
  if (allowed === null) return null;
  const isIn = ({ mask }: CompiledRule, courseId: string) => mask[positionById.get(courseId) ?? -1] === 1;
  return {
    allowed,
    isExcluded: (courseId) => excludes.some((rule) => isIn(rule, courseId)),
    isLeftOut: (courseId) => requires.some((rule) => !isIn(rule, courseId)),
  };
}
