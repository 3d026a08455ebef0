import { Arg, Ctx, Field, Float, ID, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { Access, isAdmin, type Viewer } from '../../platform/access/access.js';
import { DomainError } from '../../platform/errors.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import { enumOf } from '../../platform/graphql/enums.js';
import type { MeanInterval } from '../../stats/bootstrap.js';
import { MeanIntervalType } from '../../training/training.resolver.js';
import { EFFECT_VERDICTS, type EffectVerdict } from './ruleEffect.js';
import type { RuleEffectsService } from './ruleEffects.service.js';

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
    nullable: true,
    description:
      'People of the audience whom the rule was not kept from, who were shown a list and could still take up any of the ' +
      'courses; 0 while nobody is held out (null for all but administrators), null where they are too few to be told.',
  })
  ruledPeople!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Held-out people of the audience who were shown a list and could still take up any of the courses; null where they ' +
      'are too few to be told.',
  })
  heldOutPeople!: number | null;

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
    nullable: true,
    description:
      'Lists that it touched: it put a course among their first ten places, or anywhere on the shelves of a feed, or, when it buries or caps, held one back. ' +
      'Null where `people` is.',
  })
  lists!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'People whose lists these were; null: too few to be told, or none.',
  })
  people!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Different courses that it moved in them; for all but administrators those that it moved in the lists of five ' +
      'people or more. Null where `people` is.',
  })
  courses!: number | null;

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
      'Share of the relevance of the first ten places that it gave up, 0–1, mean over up to 300 lists, three of a person at most: how much higher the ' +
      'scores there would be without it. Null: it touched no list, or where `people` is.',
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
      'measured so, and what EXCLUDE and REQUIRE_ONLY keep out of lists is not seen here; `previewRules` shows it. ' +
      'Administrators see figures as they are. For everybody else nothing is told of a rule that names people, or of fewer ' +
      'than five people or so few that they may be. Everything has a noise of a few people for each thing that the rule’s ' +
      'audience was chosen by; of nobody more than three lists a week count; counts are multiples of five, less than five off with that noise, shares the rougher the ' +
      'fewer people they are over, and intervals as much wider.',
  })
  async ruleEffect(
    @Arg('ruleId', () => ID, { description: 'Id of the rule, in force or not any more.' }) ruleId: string,
    @Arg('weeks', () => Int, { nullable: true, description: 'How many weeks, 1 to 26; 8 when left out.' })
    weeks: number | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<RuleEffectType> {
    if (weeks != null && (weeks < 1 || weeks > MOST_WEEKS)) {
      throw new DomainError('BAD_USER_INPUT', `\`weeks\` must be 1 to ${MOST_WEEKS}.`, { argument: 'weeks' });
    }
    return { ruleId, weeks: [...(await this.#effects.effect(ruleId, weeks ?? DEFAULT_WEEKS, isAdmin(viewer)))] };
  }
}
