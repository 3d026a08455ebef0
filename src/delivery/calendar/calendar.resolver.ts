import { Arg, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Access } from '../../platform/access/access.js';
import {
  BatchPayload,
  batchPayload,
  RemovalPayload,
  removalPayload,
  requireBatchSize,
} from '../../platform/graphql/batch.js';
import type { LocatedHoliday } from './calendar.js';
import type { CalendarService } from './calendar.service.js';

@ObjectType('Holiday', {
  simpleResolvers: true,
  description: 'A day on which nobody works at a location, or anywhere. Nothing is delivered on it.',
})
@Access('inherit')
class HolidayType {
  @Field(() => String, {
    nullable: true,
    description: 'Where, as `Learner.location` says it, letter for letter; null: everywhere.',
  })
  location!: string | null;

  @Field(() => String, { description: 'The day by the local calendar, an ISO date such as "2026-12-25".' })
  day!: string;

  @Field(() => String, { description: 'What it is called; people are told why nothing reaches them.' })
  name!: string;
}

@InputType({ description: 'A day on which nobody works. The day and the location name it.' })
class UpsertHolidayInput {
  @Field(() => String, {
    nullable: true,
    description: 'Where, as `Learner.location` says it, letter for letter; left out or null: everywhere.',
  })
  location?: string | null;

  @Field(() => String, { description: 'The day by the local calendar, an ISO date such as "2026-12-25".' })
  day!: string;

  @Field(() => String, { description: 'What it is called, at most 200 characters.' })
  name!: string;
}

@InputType({ description: 'A holiday that is none any more.' })
class RemoveHolidayInput {
  @Field(() => String, {
    nullable: true,
    description: 'Where, as it was sent; left out or null: the one of everywhere.',
  })
  location?: string | null;

  @Field(() => String, { description: 'The day, an ISO date.' })
  day!: string;
}

const CALENDAR_WRITERS = { roles: ['LD_EDITOR'], scopes: ['INGEST'] } as const;

@Resolver()
export class CalendarResolver {
  readonly #calendar: CalendarService;

  constructor(calendar: CalendarService) {
    this.#calendar = calendar;
  }

  @Access({ roles: ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST'], scopes: ['TIMING', 'INGEST'] })
  @Query(() => [HolidayType], { description: 'The days on which nobody works, in order.' })
  async holidays(
    @Arg('location', () => String, {
      nullable: true,
      description: 'Only those of this location and of everywhere; left out: those of every location.',
    })
    location?: string | null,
    @Arg('from', () => String, {
      nullable: true,
      description: 'First day to look at, an ISO date; today (UTC) if left out.',
    })
    from?: string | null,
    @Arg('until', () => String, {
      nullable: true,
      description: 'The day to stop before, at most 1,100 days after `from`; a year after it when left out.',
    })
    until?: string | null,
  ): Promise<readonly LocatedHoliday[]> {
    return await this.#calendar.entries(location ?? null, from ?? null, until ?? null);
  }

  @Access(CALENDAR_WRITERS)
  @Mutation(() => BatchPayload, {
    description:
      'Adds holidays or renames them, from the next delivery suggestion on. Takes up to 1,000 rows and stores the good ones ' +
      'even when others are refused. Sending the same rows again changes nothing.',
  })
  async upsertHolidays(
    @Arg('holidays', () => [UpsertHolidayInput], { description: 'The rows.' }) holidays: UpsertHolidayInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(holidays);
    return batchPayload(await this.#calendar.upsertHolidays(holidays));
  }

  @Access(CALENDAR_WRITERS)
  @Mutation(() => RemovalPayload, { description: 'Removes holidays, up to 1,000 at once.' })
  async removeHolidays(
    @Arg('holidays', () => [RemoveHolidayInput], { description: 'The rows.' }) holidays: RemoveHolidayInput[],
  ): Promise<RemovalPayload> {
    requireBatchSize(holidays);
    return removalPayload(await this.#calendar.removeHolidays(holidays));
  }
}
