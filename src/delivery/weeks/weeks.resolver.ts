import { Arg, Field, Float, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { Weekday } from '../../learners/learner.js';
import { WeekdayEnum } from '../../learners/learners.resolver.js';
import { Access } from '../../platform/access/access.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import { basisType, DeliveryBasisType } from '../suggestion.types.js';
import type { GroupWeek, GroupWeekCell } from './groupWeek.js';
import type { WeekCell } from './learnerWeek.js';
import type { WeeksService } from './weeks.service.js';

@ObjectType('WeekCell', {
  simpleResolvers: true,
  description: 'One hour of a learner’s local week; shares come in steps of 0.001.',
})
@Access('inherit')
class WeekCellType {
  @Field(() => WeekdayEnum, { description: 'The day.' })
  weekday!: Weekday;

  @Field(() => Int, { description: 'The hour that begins then by the local clock, 0–23.' })
  hour!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the learner’s own activity, hours alike speaking for each other, 0–1; null: none is known.',
  })
  own!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'The same of people of a like rhythm; null: nothing is known of who they are.',
  })
  peers!: number | null;

  @Field(() => Float, {
    description: 'Share of the learner’s activity that is expected then, 0–1; the week sums to 1, but for rounding.',
  })
  expected!: number;
}

@ObjectType('LearnerWeek', {
  simpleResolvers: true,
  description: 'When a learner is expected to be active. It is theirs: managers and analysts cannot read it.',
})
@Access('inherit')
class LearnerWeekType {
  @Field(() => String, { description: 'IANA zone of the clock.' })
  zone!: string;

  @Field(() => Boolean, { description: 'True when the learner’s zone is not known and the organisation’s was taken.' })
  isZoneAssumed!: boolean;

  @Field(() => Boolean, { description: 'False after opting out of personalisation: their own activity is left aside.' })
  isPersonal!: boolean;

  @Field(() => Float, { description: 'Active clock hours that this rests on, older ones counting for less.' })
  ownHours!: number;

  @Field(() => Float, { description: 'Hours a week in which the learner is expected to be active.' })
  weeklyActiveHours!: number;

  @Field(() => [DeliveryBasisType], { description: 'How much rests on whose habits; the shares sum to 1.' })
  basis!: readonly DeliveryBasisType[];

  @Field(() => [WeekCellType], {
    description: '168 hours, from Monday 00:00 on.',
    complexity: ({ childComplexity }) => 1 + HOURS_PER_WEEK * childComplexity,
  })
  cells!: readonly WeekCell[];

  @Field(() => String, {
    description: 'The same as a picture: an SVG document with a description, for light and dark ground.',
  })
  svg!: string;
}

@ObjectType('GroupWeekCell', { simpleResolvers: true, description: 'One hour of a group’s week.' })
@Access('inherit')
class GroupWeekCellType {
  @Field(() => WeekdayEnum, { description: 'The day.' })
  weekday!: Weekday;

  @Field(() => Int, { description: 'The hour that begins then by everyone’s own clock, 0–23.' })
  hour!: number;

  @Field(() => Float, { description: 'Share of the group’s active hours, 0–1, in steps of 0.01.' })
  share!: number;
}

@ObjectType('GroupWeek', {
  simpleResolvers: true,
  description:
    'When the people of a group are active, taken together, as of a training; it changes once a day (UTC) at most. ' +
    'Nothing is told of groups with fewer than five active people, of groups that differ from the organisation or from ' +
    'another group by fewer than five, and before the first training.',
})
@Access('inherit')
class GroupWeekType {
  @Field(() => Int, {
    nullable: true,
    description:
      'People with any activity, of up to 20,000 of the organisation drawn at random; null: nothing is told.',
  })
  people!: number | null;

  @Field(() => Float, { nullable: true, description: 'Active hours of one of them in a week; null with `people`.' })
  weeklyActiveHours!: number | null;

  @Field(() => [GroupWeekCellType], {
    description: '168 hours, from Monday 00:00 on; empty where nothing is told.',
    complexity: ({ childComplexity }) => 1 + HOURS_PER_WEEK * childComplexity,
  })
  cells!: readonly GroupWeekCell[];

  @Field(() => String, {
    nullable: true,
    description: 'The same as a picture, an SVG document; null with `people`.',
    complexity: HOURS_PER_WEEK,
  })
  svg!: string | null;
}

@Resolver()
export class WeeksResolver {
  readonly #weeks: WeeksService;

  constructor(weeks: WeeksService) {
    this.#weeks = weeks;
  }

  @Access({ roles: ['LEARNER'], scopes: ['TIMING'], learnerArg: 'learnerId' })
  @Query(() => LearnerWeekType, {
    description:
      'When a learner is expected to be active, hour by hour: their own hours, people of a like rhythm, and both together.',
  })
  async learnerWeek(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
  ): Promise<LearnerWeekType> {
    const week = await this.#weeks.learner(learnerId);
    return { ...week, basis: basisType(week.basis) };
  }

  @Access({ roles: ['MANAGER', 'LD_EDITOR', 'LD_ANALYST'], scopes: ['TIMING'] })
  @Query(() => GroupWeekType, {
    description:
      'When the people of a department, of a location or, with neither named, of the organisation are active.',
  })
  async activeHoursOfGroup(
    @Arg('department', () => String, { nullable: true, description: 'As its learners have it.' })
    department: string | null | undefined,
    @Arg('location', () => String, { nullable: true, description: 'As its learners have it; not with a department.' })
    location: string | null | undefined,
  ): Promise<GroupWeek> {
    return await this.#weeks.group(department ?? null, location ?? null);
  }
}
