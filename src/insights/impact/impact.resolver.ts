import { Arg, Field, Float, ID, InputType, Query, Resolver } from 'type-graphql';
import { Access } from '../../platform/access/access.js';
import { DomainError } from '../../platform/errors.js';
import { isGiven, type Optional } from '../../platform/rowChecks.js';
import type { Impact } from './impact.js';
import type { ImpactService, SubjectImpact } from './impact.service.js';
import { type ImpactComparisonType, type ImpactMetricType, ImpactType } from './impactTypes.js';
import { wordsOf } from './impactWords.js';
import type { StudiedMetric } from './study.js';
import { IMPACT_SUBJECTS, type ImpactSubject } from './subject.js';
import { isOfManyPeople, type Stakes, toldImpact } from './toldImpact.js';

@InputType('StakesInput', { description: 'What an effect is worth, and what it took.' })
@Access('inherit')
class StakesInput {
  @Field(() => Float, {
    description:
      'What one unit of the metric is worth for one person, in money, as agreed with whoever answers for it; negative where ' +
      'less is better.',
  })
  valuePerEffect!: number;

  @Field(() => Float, { description: 'Everything it took, in the same money, above 0.' })
  cost!: number;
}

@Resolver()
export class ImpactResolver {
  readonly #impacts: ImpactService;

  constructor(impacts: ImpactService) {
    this.#impacts = impacts;
  }

  @Query(() => ImpactType, {
    description:
      'Whether something helped: name one of the arguments with an id. Drawn comparisons (experiments; campaigns and soft ' +
      'rules with a holdout) tell causes, with intervals that hold however often you look. Otherwise people are compared ' +
      'with others who were alike; before and after never gets a verdict. Whom a rule or a goal is for is told by what ' +
      'people are now: departments, roles and places keep no past. ' +
      'Figures are rounded, and means and effects are told of 100 people (or teams) and more on either side only. Where an ' +
      'audience was chosen, each thing it was chosen by adds a little noise that is always the same, so that nobody can be read ' +
      'off by comparing audiences: figures are a few people off, intervals and verdicts allow for it. Nothing is told of an ' +
      'audience of people who are named one by one.',
  })
  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  async impact(
    @Arg('experimentId', () => ID, { nullable: true, description: 'Your own id of an experiment that has begun.' })
    experimentId: string | null,
    @Arg('campaignId', () => ID, { nullable: true, description: 'Your own id of a campaign that has begun.' })
    campaignId: string | null,
    @Arg('ruleId', () => ID, {
      nullable: true,
      description: 'The id of a rule that was published: what people do with the courses that it is about.',
    })
    ruleId: string | null,
    @Arg('goalId', () => ID, {
      nullable: true,
      description: 'Your own id of a goal: its metric in the first 90 days at most, for its audience beside others.',
    })
    goalId: string | null,
    @Arg('smallestEffect', () => Float, {
      nullable: true,
      description:
        'From which difference on you would act, above 0, in the unit of the metric. Left out: .02 of a share, or 5 % of ' +
        'the mean of those without it, where they are 100 and more.',
    })
    smallestEffect: number | null,
    @Arg('stakes', () => StakesInput, { nullable: true, description: 'For the return on what was spent.' })
    stakes: StakesInput | null,
  ): Promise<ImpactType> {
    const ids = { EXPERIMENT: experimentId, CAMPAIGN: campaignId, RULE: ruleId, GOAL: goalId };
    const subject = subjectOf(ids);
    return typeOf(await this.#impacts.impact(subject, smallestEffect ?? null), requireStakes(stakes ?? null));
  }
}

/** @throws DomainError BAD_USER_INPUT unless one is named */
function subjectOf(ids: Readonly<Record<ImpactSubject['kind'], Optional<string>>>): ImpactSubject {
  const named = IMPACT_SUBJECTS.flatMap((kind): ImpactSubject[] => {
    const id = ids[kind];
    return isGiven(id) ? [{ kind, id }] : [];
  });
  const [only] = named;
  if (named.length === 1 && only !== undefined) return only;
  const message = 'Name one thing to tell the impact of: experimentId, campaignId, ruleId or goalId.';
  throw new DomainError('BAD_USER_INPUT', message);
}

function requireStakes(stakes: StakesInput | null): Stakes | null {
  if (stakes === null) return null;
  const { valuePerEffect, cost } = stakes;
  if (Number.isFinite(valuePerEffect) && Number.isFinite(cost) && cost > 0) return { valuePerEffect, cost };
  throw new DomainError('BAD_USER_INPUT', 'stakes.cost must be above 0: there is no return on nothing.', {
    argument: 'stakes',
  });
}

function typeOf({ subject, name, isTold, impacts, onGoal, asOf }: SubjectImpact, stakes: Stakes | null): ImpactType {
  const [first] = impacts;
  if (first === undefined) throw new Error(`${subject.kind} ${subject.id} compares nothing.`);
  const isOfMany = isTold && impacts.some(isOfManyPeople);
  // That somebody was found who is alike would show by it.
  const design = !isTold && first.design === 'BEFORE_AFTER' ? 'MATCHED' : first.design;
  return {
    subject: subject.kind,
    subjectId: subject.id,
    subjectName: name,
    design,
    metric: metricType(first.metric, isTold),
    unit: first.unit,
    days: isOfMany ? Math.floor(first.days) : 0,
    comparisons: impacts.map((impact) => comparisonType(impact, stakes, isTold)),
    // What an effect is worth was said of the other metric.
    onGoal: onGoal && {
      goalId: onGoal.goalId,
      goalName: onGoal.goalName,
      metric: metricType(onGoal.impact.metric, isTold),
      comparison: comparisonType(onGoal.impact, null, isTold),
    },
    ...wordsOf(subject.kind, design, isTold),
    asOf,
  };
}

function comparisonType(impact: Impact, stakes: Stakes | null, isTold: boolean): ImpactComparisonType {
  const told = toldImpact(impact, stakes, isTold);
  return { ...told, guardrails: told.guardrails.map((one) => ({ ...one, metric: metricType(one.metric, isTold) })) };
}

/** What usually matters, and what one counts for at most, go by what people did. */
function metricType({ name, unit, better, ...found }: StudiedMetric, isTold: boolean): ImpactMetricType {
  const { smallestEffect, largest } = isTold ? found : { smallestEffect: null, largest: null };
  return { name, unit, isHigherBetter: better === 'HIGHER', smallestEffect, countsAtMost: largest };
}
