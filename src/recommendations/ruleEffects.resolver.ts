import { Arg, Field, Float, ID, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { Access } from '../platform/access.js';
import { GraphQLInstant } from '../platform/dateTime.js';
import { enumOf } from '../platform/enums.js';
import { DomainError } from '../platform/errors.js';
import type { MeanInterval } from '../stats/bootstrap.js';
import { MeanIntervalType } from '../training/training.resolver.js';
import { EFFECT_VERDICTS, type EffectVerdict } from './ruleEffect.js';
import type { RuleEffectsService, WeekOfRule } from './ruleEffects.service.js';

const EffectVerdictEnum = enumOf(EFFECT_VERDICTS);
registerEnumType(EffectVerdictEnum, {
  name: 'EffectVerdict',
  description: 'What can be told of the people whom a rule touches, beside held-out people.',
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
    'Whether people take up the courses that a rule moved in a week, of their own accord and within 14 days of the first ' +
    'such list. Up to 1,000 people on either side are looked at; people who knew all of the courses before do not count.',
})
@Access('inherit')
class RuleTakeUpType {
  @Field(() => Int, {
    description: 'People whose list the rule touched and who could still take up any of the courses.',
  })
  touchedPeople!: number;

  @Field(() => Int, {
    description: 'Held-out people of the audience who were shown a list and could still take up any of the courses.',
  })
  heldOutPeople!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the touched people who took any of them up, 0–1; null: too few people to tell.',
  })
  touchedShare!: number | null;

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

  @Field(() => RuleTakeUpType, { description: 'What people took up of these courses.' })
  takeUp!: RuleTakeUpType;

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

/** Shares over few people would tell what single ones did. */
function weekType({ takeUp, ...week }: WeekOfRule): RuleWeekType {
  const { touched, heldOut, difference, verdict } = takeUp;
  const shareOf = ({ successes, trials }: typeof touched) => (difference === null ? null : successes / trials);
  return {
    ...week,
    takeUp: {
      touchedPeople: touched.trials,
      heldOutPeople: heldOut.trials,
      touchedShare: shareOf(touched),
      heldOutShare: shareOf(heldOut),
      difference,
      verdict,
    },
  };
}
