import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Access } from '../platform/access/access.js';
import { enumOf } from '../platform/graphql/enums.js';
import { RULE_ACTIONS, type RuleActionKind } from '../rules/model/rule.js';
import type { AppliedRule } from './pipeline/appliedRules.js';

const AppliedActionEnum = enumOf(RULE_ACTIONS);
registerEnumType(AppliedActionEnum, {
  name: 'AppliedRuleAction',
  description: 'What an L&D rule does, in the order of the stages in which lists are made.',
  valuesConfig: {
    MANDATE: { description: 'Makes courses mandatory for its audience.' },
    EXCLUDE: { description: 'Takes courses out of the choice.' },
    REQUIRE_ONLY: { description: 'Takes everything else out of the choice.' },
    BOOST: { description: 'Raises scores.' },
    BURY: { description: 'Lowers scores.' },
    QUOTA: { description: 'Gives courses a share of the places.' },
    PIN: { description: 'Gives a course a place.' },
    CAP: { description: 'Limits how much of one provider or tag stands in ten places.' },
  },
});

@ObjectType('AppliedRule', {
  simpleResolvers: true,
  description: 'An L&D rule that moved a course of a list, or gave it its place.',
})
@Access('inherit')
export class AppliedRuleType implements AppliedRule {
  @Field(() => ID, { description: 'Id of the rule.' })
  ruleId!: string;

  @Field(() => AppliedActionEnum, { description: 'What it does.' })
  action!: RuleActionKind;

  @Field(() => String, {
    description: 'The rule in one sentence, in English. Of the people whom it names it tells of this learner only.',
  })
  sentence!: string;

  @Field(() => String, {
    description: 'What it did to this course in this list, in English, such as “Holds the 1st place”.',
  })
  effect!: string;
}

/** What is said of rules wherever a course of a list is. */
export const APPLIED_RULES =
  'The L&D rules that changed its score or gave it its place, in the order of the stages; mostly none. Rules that keep ' +
  'courses out are told by `whyNot`.';
