import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Access } from '../../platform/access/access.js';
import { GraphQLInstant } from '../../platform/graphql/dateTime.js';
import { enumOf } from '../../platform/graphql/enums.js';
import type { Interval } from '../../stats/interval.js';
import { GUARDRAIL_VERDICTS, type GuardrailVerdict, VERDICTS, type Verdict } from '../../stats/verdict.js';
import { DESIGNS, type Design } from './study.js';
import { CHECKS, type CheckName } from './studyChecks.js';
import { IMPACT_SUBJECTS, type ImpactSubjectKind } from './subject.js';

const ImpactSubjectEnum = enumOf(IMPACT_SUBJECTS);
registerEnumType(ImpactSubjectEnum, {
  name: 'ImpactSubjectKind',
  description: 'What an effect is asked of.',
  valuesConfig: {
    EXPERIMENT: { description: 'An experiment: each of its variants beside the control.' },
    CAMPAIGN: { description: 'A campaign: the people it reached beside those held out of it.' },
    RULE: {
      description:
        'A rule: whether people of its audience start the courses that it is about (of a mandate: complete them), beside ' +
        'those held out of all soft rules together, or, of hard rules and without a holdout, others who were alike.',
    },
    GOAL: { description: 'A goal: its metric for its audience beside others who were alike, since it was set.' },
  },
});

const DesignEnum = enumOf(DESIGNS);
registerEnumType(DesignEnum, {
  name: 'ImpactDesign',
  description: 'How the people who are compared came to be apart; the first two tell causes, the others do not.',
  valuesConfig: {
    RANDOMISED: { description: 'Drawn into variants.' },
    HOLDOUT: { description: 'A drawn part was held out.' },
    MATCHED: { description: 'Not drawn: people are compared with others who are like them in what is known.' },
    BEFORE_AFTER: { description: 'Nobody was kept apart: the same people before and after. Never a verdict.' },
  },
});

const VerdictEnum = enumOf(VERDICTS);
registerEnumType(VerdictEnum, {
  name: 'ImpactVerdict',
  description: 'What may be said.',
  valuesConfig: {
    IMPROVED: { description: 'The whole 95 % interval is on the good side of 0, and every check was passed.' },
    NO_CLEAR_CHANGE: { description: 'The whole interval is within the smallest effect that matters.' },
    WORSE: { description: 'The whole interval is on the bad side of 0, and every check was passed.' },
    CANNOT_TELL: {
      description: 'Too little data, a check that failed, or nobody was kept apart: not the same as no effect.',
    },
  },
});

const GuardrailVerdictEnum = enumOf(GUARDRAIL_VERDICTS);
registerEnumType(GuardrailVerdictEnum, {
  name: 'GuardrailVerdict',
  description: 'Whether something that must not get worse stayed within its margin.',
  valuesConfig: {
    HELD: { description: 'The whole interval is above the accepted loss.' },
    BROKEN: { description: 'It got worse for certain, perhaps by more than is accepted.' },
    CANNOT_TELL: { description: 'Too little data.' },
  },
});

const CheckEnum = enumOf(CHECKS);
registerEnumType(CheckEnum, {
  name: 'ImpactCheckName',
  description: 'What is looked at before an effect is believed.',
  valuesConfig: {
    MINIMUM_UNITS: { description: 'Enough people, or teams, on either side.' },
    MINIMUM_DAYS: { description: 'Enough days: weekdays and weekends differ, and novelty wears off.' },
    ENOUGH_HAPPENED: {
      description:
        'At least 20 people, or teams, of either side have another figure than most of it, whatever the noise: below that nothing is told of how ' +
        'they differ. Asked of drawn ones only, and not of yes or no, whose intervals are right however little happened.',
    },
    SAMPLE_RATIO: { description: 'The sides are as large as they were drawn; otherwise something sorts people.' },
    ALIKE_BEFORE: { description: 'The sides did as well as each other before.' },
    OVERLAP: { description: 'Most people have somebody like them on the other side.' },
    SEASON: { description: 'Somebody was kept apart who lived through the same time.' },
    ALONE: {
      description:
        'No other soft rule was about the same courses at the time: people are held out of all of them together.',
    },
  },
});

@ObjectType('ImpactInterval', { simpleResolvers: true, description: 'Where a figure lies, as far as the data tell.' })
@Access('inherit')
class ImpactIntervalType {
  @Field(() => Float, { description: 'Lower end.' })
  low!: number;

  @Field(() => Float, { description: 'Upper end.' })
  high!: number;
}

@ObjectType('ImpactSide', { simpleResolvers: true, description: 'One side of a comparison.' })
@Access('inherit')
export class ImpactSideType {
  @Field(() => String, { description: 'What they had: the id of a variant, or in words.' })
  name!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      'People, or teams, in fives, of matched ones those with a counterpart; null: fewer than five, or it may be.',
  })
  units!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'Their mean figure, rounded so that it tells of nobody; null: too few to say. Of matched people it is weighted as they ' +
      'are compared; their effect is of the change since before, so it need not be the difference of the two means.',
  })
  mean!: number | null;
}

@ObjectType('ImpactEffect', {
  simpleResolvers: true,
  description:
    'What those with it have above those without, in the unit of the metric, in steps of which each is five people at least, ' +
    'with the noise of the audience. Intervals allow for it and are rounded outwards; those of drawn comparisons hold however ' +
    'often they are looked at.',
})
@Access('inherit')
export class ImpactEffectType {
  @Field(() => Float, { description: 'The difference that was seen.' })
  estimate!: number;

  @Field(() => ImpactIntervalType, { description: 'The true difference is in here in four of five cases.' })
  interval80!: Pick<Interval, 'low' | 'high'>;

  @Field(() => ImpactIntervalType, { description: 'The true difference is in here in 19 of 20 cases.' })
  interval95!: Pick<Interval, 'low' | 'high'>;

  @Field(() => Float, {
    nullable: true,
    description: 'The difference as a share of the mean without it, 0.1 for 10 %; null: that mean may be 0.',
  })
  relative!: number | null;

  @Field(() => Float, {
    description: 'By which share what was known of people before narrowed the variance, 0–1 (CUPED).',
  })
  varianceReduction!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      'How probable it is that this is better than the control, 0–1 in tenths, believing nothing before; null where nobody was ' +
      'drawn.',
  })
  probabilityBetter!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'How probable it is that this is the best of all variants, the control among them, 0–1 in tenths, believing nothing before. What ' +
      'those of all comparisons leave to 1 is the control’s. With one treatment as `probabilityBetter`; null where nobody was ' +
      'drawn, or while a variant has fewer than 100 people (or teams). It is no verdict, and does not allow for looking often.',
  })
  probabilityBest!: number | null;
}

@ObjectType('ImpactCheck', { simpleResolvers: true, description: 'Something looked at before an effect is believed.' })
@Access('inherit')
export class ImpactCheckType {
  @Field(() => CheckEnum, { description: 'What was looked at.' })
  name!: CheckName;

  @Field(() => Boolean, { description: 'Whether it is as it should be; otherwise nothing is concluded.' })
  passed!: boolean;

  @Field(() => String, { description: 'What was found.' })
  finding!: string;
}

@ObjectType('ImpactMetric', { simpleResolvers: true, description: 'What is compared.' })
@Access('inherit')
export class ImpactMetricType {
  @Field(() => String, { description: 'For example COMPLETIONS_PER_LEARNER.' })
  name!: string;

  @Field(() => String, { description: 'Of its figures, in words.' })
  unit!: string;

  @Field(() => Boolean, { description: 'Whether more of it is better.' })
  isHigherBetter!: boolean;

  @Field(() => Float, {
    nullable: true,
    description:
      'The smallest difference that matters, in its unit; null: it was left out, and too few are without it to tell their mean.',
  })
  smallestEffect!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'What one person (or team) counts for at most, so that a few who do far more than others decide nothing: more counts as ' +
      'this. Null: its figures have an end of their own.',
  })
  countsAtMost!: number | null;
}

@ObjectType('ImpactGuardrail', { simpleResolvers: true, description: 'Something that must not get worse.' })
@Access('inherit')
export class ImpactGuardrailType {
  @Field(() => ImpactMetricType, { description: 'What it is.' })
  metric!: ImpactMetricType;

  @Field(() => Float, {
    nullable: true,
    description: 'The loss that is accepted, in the unit of the metric; null: too few people to know what is usual.',
  })
  margin!: number | null;

  @Field(() => ImpactIntervalType, {
    nullable: true,
    description: 'Its change, 95 %; null: too few people, or too few of them did anything.',
  })
  interval!: Pick<Interval, 'low' | 'high'> | null;

  @Field(() => GuardrailVerdictEnum, { description: 'What that tells.' })
  verdict!: GuardrailVerdict;
}

@ObjectType('ReturnOnInvestment', {
  simpleResolvers: true,
  description: 'What came back for what was spent, from the interval of the effect; never a single number.',
})
@Access('inherit')
export class ReturnOnInvestmentType {
  @Field(() => ImpactIntervalType, { description: '(benefit − cost) / cost, 80 %: 0.5 for half of the cost on top.' })
  interval80!: Pick<Interval, 'low' | 'high'>;

  @Field(() => ImpactIntervalType, { description: 'The same, 95 %.' })
  interval95!: Pick<Interval, 'low' | 'high'>;
}

@ObjectType('ImpactComparison', {
  simpleResolvers: true,
  description: 'One treatment beside what it is compared with.',
})
@Access('inherit')
export class ImpactComparisonType {
  @Field(() => ImpactSideType, { description: 'Those with it.' })
  treatment!: ImpactSideType;

  @Field(() => ImpactSideType, { description: 'Those without it, or the same people before.' })
  control!: ImpactSideType;

  @Field(() => ImpactEffectType, {
    nullable: true,
    description: 'Null: too few people, or too few of them did anything.',
  })
  effect!: ImpactEffectType | null;

  @Field(() => [ImpactCheckType], {
    description:
      'What was looked at before the effect is believed. What rests on numbers or figures of few people is not told.',
  })
  checks!: readonly ImpactCheckType[];

  @Field(() => [ImpactGuardrailType], { description: 'What must not get worse, and whether it did.' })
  guardrails!: readonly ImpactGuardrailType[];

  @Field(() => VerdictEnum, { description: 'What may be said.' })
  verdict!: Verdict;

  @Field(() => ReturnOnInvestmentType, {
    nullable: true,
    description:
      'Only with `stakes`, and only for a verdict other than CANNOT_TELL on a comparison of people who were drawn one by one: ' +
      'money is not counted on guesses.',
  })
  roi!: ReturnOnInvestmentType | null;
}

@ObjectType('ImpactOnGoal', {
  simpleResolvers: true,
  description:
    'What a campaign did for the goal that it serves: the people it reached beside those held out, by the goal’s metric. ' +
    'Intervals are so wide that they hold at once with those of the completions. People of whom the metric says nothing ' +
    'are on neither side; where that sorts the sides, SAMPLE_RATIO fails. The counter-metric of the goal is a guardrail where ' +
    'people were held out, unless it is of skills.',
})
@Access('inherit')
export class ImpactOnGoalType {
  @Field(() => ID, { description: 'The goal.' })
  goalId!: string;

  @Field(() => String, { description: 'Its name.' })
  goalName!: string;

  @Field(() => ImpactMetricType, { description: 'Its metric.' })
  metric!: ImpactMetricType;

  @Field(() => ImpactComparisonType, { description: 'Those whom the campaign reached beside those it did not.' })
  comparison!: ImpactComparisonType;
}

@ObjectType('Impact', {
  simpleResolvers: true,
  description: 'Whether something helped, how far that may be laid at its door, and what is not claimed.',
})
@Access('inherit')
export class ImpactType {
  @Field(() => ImpactSubjectEnum, { description: 'What was asked about.' })
  subject!: ImpactSubjectKind;

  @Field(() => ID, { description: 'Its id.' })
  subjectId!: string;

  @Field(() => String, { description: 'Its name.' })
  subjectName!: string;

  @Field(() => DesignEnum, { description: 'How the people came to be apart.' })
  design!: Design;

  @Field(() => ImpactMetricType, { description: 'What is compared.' })
  metric!: ImpactMetricType;

  @Field(() => String, { description: 'What has one figure each: LEARNER or TEAM.' })
  unit!: string;

  @Field(() => Float, {
    description:
      'For how many days a tenth of the people were watched at least; 0: fewer people than an effect is told of.',
  })
  days!: number;

  @Field(() => [ImpactComparisonType], {
    description: 'One for each treatment. With several, every interval is so wide that all hold at once.',
  })
  comparisons!: readonly ImpactComparisonType[];

  @Field(() => ImpactOnGoalType, {
    nullable: true,
    description:
      'Of a campaign that names a goal, the same by the goal’s metric. Null otherwise, and for goals of skills: what was ' +
      'known of skills earlier is not kept.',
  })
  onGoal!: ImpactOnGoalType | null;

  @Field(() => [String], { description: 'What has to be true for the figures to mean what they seem to.' })
  assumptions!: readonly string[];

  @Field(() => [String], { description: 'What is not said, however the figures look.' })
  notClaimed!: readonly string[];

  @Field(() => GraphQLInstant, { description: 'As of when.' })
  asOf!: Date;
}
