import { Arg, Field, Float, ID, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { Access } from '../../platform/access.js';
import { GraphQLInstant } from '../../platform/dateTime.js';
import { enumOf } from '../../platform/enums.js';
import { DomainError } from '../../platform/errors.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { MeanIntervalType } from '../../training/training.resolver.js';
import { EFFECT_VERDICTS, type EffectVerdict, type TakeUp } from './ruleEffect.js';
import type { RuleEffectsService, WeekOfRule } from './ruleEffects.service.js';

const EffectVerdictEnum = enumOf(EFFECT_VERDICTS);
registerEnumType(EffectVerdictEnum, {
  name: 'EffectVerdict',
  description: 'What can be told of the people whom a rule is for, beside held-out people.',
  valuesConfig: {
    MORE: { description: 'More of them take the courses up.' },
    FEWER: { description: 'Fewer of them take the courses up: what a rule that buries or caps is for.' },
    CANNOT_TELL: { description: 'Too few people, or too small a difference.' },
  },
});

@ObjectType('ShareDifference', { simpleResolvers: true, description: 'A difference of two shares, −1 to 1.' })
@Access('inherit')
class ShareDifferenceType {
  @Field(() => Float, { description: 'The difference that was seen.' })
  estimate!: number;

  @Field(() => Float, { description: 'Lower end of its 95 % interval.' })
  low!: number;

  @Field(() => Float, { description: 'Upper end of its 95 % interval.' })
  high!: number;
}

@ObjectType('RuleTakeUp', {
  simpleResolvers: true,
  description:
    'Whether people whom a rule is for take up courses of its target, of their own accord and within 14 days of the first ' +
    'list that they were shown in the week, beside people whom it is kept from. All of them count, whether or not it ' +
    'moved anything in their list: a rule that moves something for few does little here. Up to 1,000 people on either ' +
    'side are looked at; people who knew all of the courses before do not count, nor do those whom the rule would leave ' +
    'alone anyway because they opted out of personal lists.',
})
@Access('inherit')
class RuleTakeUpType {
  @Field(() => Int, {
    description:
      'People of the audience whom the rule was not kept from, who were shown a list and could still take up any of the ' +
      'courses; 0 while nobody is held out.',
  })
  ruledPeople!: number;

  @Field(() => Int, {
    description: 'Held-out people of the audience who were shown a list and could still take up any of the courses.',
  })
  heldOutPeople!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the former who took any of them up, 0–1; null: too few people to tell.',
  })
  ruledShare!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the held-out people who took any of them up, 0–1; null: too few people to tell.',
  })
  heldOutShare!: number | null;

  @Field(() => ShareDifferenceType, {
    nullable: true,
    description:
      'The former less the latter, with its 95 % interval; null: fewer than 20 people on either side, or nobody is held out.',
  })
  difference!: ShareDifferenceType | null;

  @Field(() => EffectVerdictEnum, { description: 'What that tells.' })
  verdict!: EffectVerdict;
}

@ObjectType('RuleWeek', { simpleResolvers: true, description: 'What a rule did in one week.' })
@Access('inherit')
class RuleWeekType {
  @Field(() => GraphQLInstant, { description: 'The Monday, 00:00 UTC, on which the week begins.' })
  weekStartsAt!: Date;

  @Field(() => Int, {
    description:
      'Lists that it touched: it put a course among their first ten places, or, when it buries or caps, held one back.',
  })
  lists!: number;

  @Field(() => Int, { description: 'People whose lists these were.' })
  people!: number;

  @Field(() => Int, { description: 'Different courses that it moved in them.' })
  courses!: number;

  @Field(() => RuleTakeUpType, {
    nullable: true,
    description:
      'What people take up with the rule and without it. Null for MANDATE, EXCLUDE and REQUIRE_ONLY, which bind everybody.',
  })
  takeUp!: RuleTakeUpType | null;

  @Field(() => Boolean, {
    description: 'Whether everybody has had 14 days since to take something up. Until then shares still grow.',
  })
  isFollowedUp!: boolean;

  @Field(() => MeanIntervalType, {
    nullable: true,
    description:
      'Share of the relevance of the first ten places that it gave up, 0–1, mean over up to 300 lists: how much higher the ' +
      'scores there would be without it. Null: it touched no list.',
  })
  relevanceGivenUp!: MeanInterval | null;
}

@ObjectType('RuleEffect', { simpleResolvers: true, description: 'What a rule does, week by week.' })
@Access('inherit')
class RuleEffectType {
  @Field(() => ID, { description: 'Id of the rule.' })
  ruleId!: string;

  @Field(() => [RuleWeekType], { description: 'The latest weeks in order, the present one last.' })
  weeks!: RuleWeekType[];
}

const DEFAULT_WEEKS = 8;
const MOST_WEEKS = 26;

@Resolver()
export class RuleEffectsResolver {
  readonly #effects: RuleEffectsService;

  constructor(effects: RuleEffectsService) {
    this.#effects = effects;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => RuleEffectType, {
    description:
      'What a rule does to what people take up, and what it costs in relevance, from the lists that were served. People ' +
      'whom soft rules are kept from (`holdoutPercent`) are the measure: hard rules, which bind them too, cannot be ' +
      'measured so, and what EXCLUDE and REQUIRE_ONLY keep out of lists is not seen here; `previewRules` shows it.',
  })
  async ruleEffect(
    @Arg('ruleId', () => ID, { description: 'Id of the rule, in force or not any more.' }) ruleId: string,
    @Arg('weeks', () => Int, { nullable: true, description: 'How many weeks, 1 to 26; 8 when left out.' })
    weeks: number | null | undefined,
  ): Promise<RuleEffectType> {
    if (weeks != null && (weeks < 1 || weeks > MOST_WEEKS)) {
      throw new DomainError('BAD_USER_INPUT', `\`weeks\` must be 1 to ${MOST_WEEKS}.`, { argument: 'weeks' });
    }
    return { ruleId, weeks: (await this.#effects.effect(ruleId, weeks ?? DEFAULT_WEEKS)).map(weekType) };
  }
}

function weekType({ takeUp, ...week }: WeekOfRule): RuleWeekType {
  return { ...week, takeUp: takeUp && takeUpType(takeUp) };
}

/** Shares over few people would tell what single ones did. */
function takeUpType({ ruled, heldOut, difference, verdict }: TakeUp): RuleTakeUpType {
  const shareOf = ({ successes, trials }: typeof ruled) => (difference === null ? null : successes / trials);
  return {
    ruledPeople: ruled.trials,
    heldOutPeople: heldOut.trials,
    ruledShare: shareOf(ruled),
    heldOutShare: shareOf(heldOut),
    difference,
    verdict,
  };
}
