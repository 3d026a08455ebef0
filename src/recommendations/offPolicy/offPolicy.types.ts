import { Field, Float, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Access } from '../../platform/access/access.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import { enumOf } from '../../platform/graphql/enums.js';
import { VERDICTS, type Verdict } from '../../stats/verdict.js';
import {
  OFF_POLICY_OUTCOMES,
  OFF_POLICY_REFUSALS,
  type OffPolicyImpact,
  type OffPolicyOutcome,
  type OffPolicyRefusal,
} from './offPolicyResult.js';

const OffPolicyOutcomeEnum = enumOf(OFF_POLICY_OUTCOMES);
registerEnumType(OffPolicyOutcomeEnum, {
  name: 'OffPolicyOutcome',
  description:
    'What counts as having come of a list: what its learner did with the courses that it showed, three of them at most.',
  valuesConfig: {
    CLICKED: { description: 'They clicked on them there.' },
    STARTED: { description: 'They began, went on with or completed them, wherever they found them.' },
    COMPLETED: { description: 'They completed or passed them, wherever they found them.' },
  },
});

const OffPolicyRefusalEnum = enumOf(OFF_POLICY_REFUSALS);
registerEnumType(OffPolicyRefusalEnum, {
  name: 'OffPolicyRefusal',
  description: 'Why the log cannot tell what a change would bring.',
  valuesConfig: {
    NO_LISTS: { description: 'No list was served in that time by the settings that count, outside of experiments.' },
    NOT_REMADE: {
      description:
        'Most lists cannot be made again as they were: what was known then is not kept, or pins, quotas or caps took part.',
    },
    NOTHING_CHANGES: {
      description:
        'The change would have made all of the lists as they were, or all but so few that single people could be told apart.',
    },
    NO_SUPPORT: {
      description:
        'Less than two thirds of what the change would show had any chance of being shown. Only an experiment can tell.',
    },
    TOO_FEW_EFFECTIVE: {
      description:
        'Too few of the lists are such as the change would make: under 100, weighed, or so few that they may be.',
    },
    WEIGHTS_ASTRAY: {
      description:
        'The mean weight is not about `supportedShare`, as it must be: propensities were not as they were logged.',
    },
    FAILED: {
      description:
        'The estimate failed, the preview did not; the log of the service says why. Ask again for another try.',
    },
  },
});

const OffPolicyVerdictEnum = enumOf(VERDICTS);
registerEnumType(OffPolicyVerdictEnum, {
  name: 'OffPolicyVerdict',
  description: 'What may be said of a change that nobody has been shown yet.',
  valuesConfig: {
    IMPROVED: { description: 'More would have come of the lists: the whole 95 % interval is above 0.' },
    NO_CLEAR_CHANGE: { description: 'The whole interval is within a tenth of what came of them.' },
    WORSE: { description: 'Less would have come of the lists: the whole interval is below 0.' },
    CANNOT_TELL: { description: 'The log does not tell; `refusal` says why, or the interval is too wide.' },
  },
});

@InputType({ description: 'What the log is to say of a change.' })
export class OffPolicyInput {
  @Field(() => OffPolicyOutcomeEnum, { defaultValue: 'STARTED', description: 'What counts as having come of a list.' })
  outcome!: OffPolicyOutcome;

  @Field(() => Int, { defaultValue: 14, description: 'Within how many days after it was shown, 1 to 30.' })
  withinDays!: number;

  @Field(() => Int, {
    defaultValue: 28,
    description:
      'How many days of lists, before the last `withinDays`, 1 to 90. Only what was served since settings last changed counts.',
  })
  pastDays!: number;
}

@ObjectType('OffPolicyInterval', { simpleResolvers: true, description: 'A figure per list, and where it lies.' })
@Access('inherit')
class OffPolicyIntervalType {
  @Field(() => Float, { description: 'The figure.' })
  estimate!: number;

  @Field(() => Float, { description: 'Lower end of the interval.' })
  low!: number;

  @Field(() => Float, { description: 'Upper end of the interval.' })
  high!: number;
}

@ObjectType('OffPolicyEstimate', {
  simpleResolvers: true,
  description:
    'What the log says of a change that nobody was shown: lists of the past are made again with it, and what came of them ' +
    'is weighed by how much more, or less, likely the change would have shown the same courses (self-normalised inverse ' +
    'propensity). Only what chance showed to somebody can be told of: one place of each first page of ten, which ' +
    'exploration gives to new courses now and then. So a change of the exploration share, or a rule that pins, holds back ' +
    'or puts forward courses that are explored, may be judged so; a change of the other places cannot, and is refused ' +
    'with NO_SUPPORT: try it in an experiment. Everybody’s lists count, whatever audience was named. For all but ' +
    'administrators everything has a noise of a few lists for each thing that an audience was chosen by, counts are multiples ' +
    'of five, less than five off with that noise, and the rest is in steps of which each is five lists at least.',
})
@Access('inherit')
export class OffPolicyEstimateType {
  @Field(() => OffPolicyOutcomeEnum, { description: 'What counts as having come of a list.' })
  outcome!: OffPolicyOutcome;

  @Field(() => Int, { description: 'Within how many days after it was shown.' })
  withinDays!: number;

  @Field(() => GraphQLInstant, { description: 'Lists were served from then on.' })
  since!: Date;

  @Field(() => GraphQLInstant, { description: 'Lists were served until then.' })
  until!: Date;

  @Field(() => Int, {
    nullable: true,
    description:
      'Lists looked at: one of each learner, a fair sample of up to 4,000. Null: under five, or so few that they may be, ' +
      'unless an administrator asked; or the estimate failed.',
  })
  lists!: number | null;

  @Field(() => Int, { nullable: true, description: 'Those of them that could be made again as they were.' })
  remade!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Those of these of which the change would show anything else, or with another chance.',
  })
  changed!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Of what the change would show there, how much had any chance of being shown, 0–1. Null: it changes none, or ' +
      'nothing is estimated; then administrators are told.',
  })
  supportedShare!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Effective sample size: as many lists of the change itself would tell as much; below 100, or where it may be, nothing is estimated. ' +
      'Null likewise.',
  })
  effectiveCount!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean weight: about `supportedShare` of the lists weighed when propensities were as logged.',
  })
  meanWeight!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'What came of the changed lists that can be told of, as they were served, in courses per list. Each weighs as much as ' +
      'what the change would show there had a chance of being shown: lists of which nothing had are left out.',
  })
  served!: number | null;

  @Field(() => OffPolicyIntervalType, {
    nullable: true,
    description:
      'What would have come of the same lists, weighed alike, with what of the change had a chance there, with its 95 % interval.',
  })
  drafted!: OffPolicyImpact['drafted'];

  @Field(() => OffPolicyIntervalType, { nullable: true, description: '`drafted` less `served`, 80 %.' })
  lift80!: OffPolicyImpact['lift80'];

  @Field(() => OffPolicyIntervalType, { nullable: true, description: '`drafted` less `served`, 95 %.' })
  lift95!: OffPolicyImpact['lift95'];

  @Field(() => OffPolicyRefusalEnum, {
    nullable: true,
    description: 'Why nothing may be concluded; null: something may.',
  })
  refusal!: OffPolicyRefusal | null;

  @Field(() => OffPolicyVerdictEnum, { description: 'What may be said.' })
  verdict!: Verdict;

  @Field(() => [String], { description: 'What has to be true for the figures to mean what they seem to.' })
  assumptions!: readonly string[];

  @Field(() => [String], { description: 'What is not said, however the figures look.' })
  notClaimed!: readonly string[];
}

const ASSUMPTIONS = [
  'Who was shown what in the explored place was left to chance, with the propensities that were logged.',
  'What somebody does with a list depends on which courses it shows, not on their order, and not on other people’s lists.',
  'Attributes, assignments and goals were then what they are now: they keep no past.',
  'Lists that cannot be made again as they were are no different from those that can.',
];

const NOT_CLAIMED = [
  'Anything about what the change shows that never had a chance of being shown: it is left out.',
  'What becomes of people in the long run, or when others learn from what they do.',
  'That it holds for other surfaces, other times, or people who take part in experiments of lists.',
];

export function offPolicyEstimateType({
  since,
  until,
  isAstray: _,
  ...impact
}: OffPolicyImpact): OffPolicyEstimateType {
  return {
    ...impact,
    since: new Date(since),
    until: new Date(until),
    assumptions: ASSUMPTIONS,
    notClaimed: NOT_CLAIMED,
  };
}
