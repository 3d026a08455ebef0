import {
  Arg,
  Ctx,
  Field,
  Float,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql';
import { Access, type Viewer } from '../platform/access/access.js';
import { DomainError } from '../platform/errors.js';
import { BatchPayload, batchPayload, requireBatchSize } from '../platform/graphql/batch.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import {
  type Learner,
  OBLIGATIONS,
  type Obligation,
  SKILL_SOURCES,
  type SkillSource,
  WEEKDAYS,
  type Weekday,
} from './learner.js';
import type { LearnersService } from './learners.service.js';

export const WeekdayEnum = enumOf(WEEKDAYS);
registerEnumType(WeekdayEnum, {
  name: 'Weekday',
  description: 'A day of the week.',
  valuesConfig: {
    MONDAY: { description: 'Monday.' },
    TUESDAY: { description: 'Tuesday.' },
    WEDNESDAY: { description: 'Wednesday.' },
    THURSDAY: { description: 'Thursday.' },
    FRIDAY: { description: 'Friday.' },
    SATURDAY: { description: 'Saturday.' },
    SUNDAY: { description: 'Sunday.' },
  },
});

export const SkillSourceEnum = enumOf(SKILL_SOURCES);
registerEnumType(SkillSourceEnum, {
  name: 'SkillSource',
  description: 'Who says that somebody has a skill.',
  valuesConfig: {
    SELF: { description: 'The person themself.' },
    MANAGER: { description: 'Their manager.' },
    ASSESSMENT: { description: 'A test.' },
    INFERRED: { description: 'Concluded from what they did.' },
  },
});

export const ObligationEnum = enumOf(OBLIGATIONS);
registerEnumType(ObligationEnum, {
  name: 'Obligation',
  description: 'Why somebody has to take a course.',
  valuesConfig: {
    MANDATORY: { description: 'By law or policy. Completing it says nothing of taste, so it never trains the model.' },
    ASSIGNED: { description: 'A manager or L&D chose it for them.' },
  },
});

@ObjectType('WorkDay', { simpleResolvers: true, description: 'Working time of one weekday, local time.' })
@Access('inherit')
export class WorkDayType {
  @Field(() => WeekdayEnum, { description: 'The weekday.' })
  day!: Weekday;

  @Field(() => String, { description: 'When work starts, HH:MM.' })
  start!: string;

  @Field(() => String, { description: 'When work ends, HH:MM, up to 24:00.' })
  end!: string;
}

@ObjectType('LocalTimeRange', {
  simpleResolvers: true,
  description: 'A stretch of every day, local time; may span midnight.',
})
@Access('inherit')
export class LocalTimeRangeType {
  @Field(() => String, { description: 'When it starts, HH:MM.' })
  start!: string;

  @Field(() => String, { description: 'When it ends, HH:MM.' })
  end!: string;
}

@ObjectType('Learner', {
  simpleResolvers: true,
  description: 'One employee, known by an opaque id: no name and no e-mail address is stored.',
})
@Access('inherit')
export class LearnerType {
  @Field(() => ID, { description: 'Your own id of the learner.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'IANA time zone; null: the one of the organisation.' })
  timezone!: string | null;

  @Field(() => [String], { description: 'BCP 47 languages they learn in; empty: any.' })
  languages!: readonly string[];

  @Field(() => String, { nullable: true, description: 'Where in the organisation they work.' })
  department!: string | null;

  @Field(() => String, { nullable: true, description: 'Where on the map they work.' })
  location!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of their role.' })
  roleId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the role that they want to have.' })
  targetRoleId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the learner they report to.' })
  managerId!: string | null;

  @Field(() => String, { nullable: true, description: 'Since when they work here, an ISO date.' })
  hiredOn!: string | null;

  @Field(() => [WorkDayType], { nullable: true, description: 'When they work; null: not known.' })
  workPattern!: readonly WorkDayType[] | null;

  @Field(() => LocalTimeRangeType, { nullable: true, description: 'When nothing may be sent; null: not known.' })
  quietHours!: LocalTimeRangeType | null;

  @Field(() => Boolean, { description: 'False once they have left.' })
  active!: boolean;

  @Field(() => Boolean, { description: 'True: they get a list, but not a personal one.' })
  personalisationOptOut!: boolean;
}

@InputType({ description: 'Working time of one weekday, local time. Split a night shift at midnight.' })
export class WorkDayInput {
  @Field(() => WeekdayEnum, { description: 'The weekday.' })
  day!: Weekday;

  @Field(() => String, { description: 'When work starts, HH:MM.' })
  start!: string;

  @Field(() => String, { description: 'When work ends, HH:MM, up to 24:00; after the start.' })
  end!: string;
}

@InputType({ description: 'A stretch of every day, local time; it spans midnight when the start is after the end.' })
export class LocalTimeRangeInput {
  @Field(() => String, { description: 'When it starts, HH:MM.' })
  start!: string;

  @Field(() => String, { description: 'When it ends, HH:MM.' })
  end!: string;
}

@InputType({
  description:
    'A learner to create or change. A field left out keeps its value; null clears it. Use an opaque id: names and ' +
    'e-mail addresses are neither needed nor wanted.',
})
export class UpsertLearnerInput {
  @Field(() => ID, { description: 'Your own id of the learner, at most 200 characters.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'IANA time zone such as "Europe/Berlin".' })
  timezone?: string | null;

  @Field(() => [String], { nullable: true, description: 'BCP 47 languages they learn in; empty: any.' })
  languages?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Where in the organisation they work.' })
  department?: string | null;

  @Field(() => String, { nullable: true, description: 'Where on the map they work.' })
  location?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of their role.' })
  roleId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the role that they want to have.' })
  targetRoleId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the learner they report to, who may be sent later.' })
  managerId?: string | null;

  @Field(() => String, { nullable: true, description: 'Since when they work here, an ISO date such as "2024-03-01".' })
  hiredOn?: string | null;

  @Field(() => [WorkDayInput], {
    nullable: true,
    description: 'When they work; replaces the earlier pattern. An empty list: never.',
  })
  workPattern?: WorkDayInput[] | null;

  @Field(() => LocalTimeRangeInput, { nullable: true, description: 'When nothing may be sent.' })
  quietHours?: LocalTimeRangeInput | null;

  @Field(() => Boolean, { nullable: true, description: 'False once they have left; true when left out.' })
  active?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'True: give them a list, but not a personal one.' })
  personalisationOptOut?: boolean | null;
}

@InputType({
  description:
    'What one source says of one skill of one learner. The latest observation of a source replaces its earlier ones; ' +
    'sources stand beside each other.',
})
export class SkillEvidenceRowInput {
  @Field(() => ID, { description: 'Id of the learner.' })
  learnerId!: string;

  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => SkillSourceEnum, { description: 'Who says so.' })
  source!: SkillSource;

  @Field(() => Float, {
    nullable: true,
    description:
      'Level, 0–1. May be left out when `scale` and `scaleValue` say it; with them it counts as given, but must not be ' +
      'further from the mark than the mark next to it.',
  })
  level?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'How sure the source is, 0–1. Left out: 0.9 for ASSESSMENT, 0.7 MANAGER, 0.5 SELF, 0.4 INFERRED.',
  })
  confidence?: number | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it was observed; now when left out.' })
  observedAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The source\'s own scale from its lowest to its highest mark, kept as given: "1-5", "0-100" or any "min-max" in ' +
      'numbers; CEFR "A1-C2"; or words, "novice|competent|expert". The lowest mark is level 0 and the highest 1, evenly ' +
      'spaced; only A1 is 1/6, since people can be below it. Where low numbers are good, "6-1".',
  })
  scale?: string | null;

  @Field(() => String, { nullable: true, description: 'The source\'s own value, kept as given, such as "4".' })
  scaleValue?: string | null;
}

@InputType({
  description: 'A course that a learner has to take. Sending it again changes the obligation and the dates.',
})
export class AssignCourseInput {
  @Field(() => ID, { description: 'Id of the learner.' })
  learnerId!: string;

  @Field(() => ID, { description: 'Id of the course.' })
  courseId!: string;

  @Field(() => ObligationEnum, { description: 'Why they have to.' })
  obligation!: Obligation;

  @Field(() => GraphQLInstant, { nullable: true, description: 'By when; null: no date.' })
  dueAt?: Date | null;

  @Field(() => GraphQLInstant, {
    nullable: true,
    description: 'Completions before this do not count: for training that is due again. Null: one of any time will do.',
  })
  countsFrom?: Date | null;
}

const PEOPLE_WRITERS = { scopes: ['INGEST'] } as const;
const BATCH_NOTE =
  'Takes up to 1,000 rows and stores the good ones even when others are refused; `userErrors` names each refused row. ' +
  'Sending the same rows again changes nothing.';

@Resolver(() => LearnerType)
export class LearnersResolver {
  readonly #learners: LearnersService;

  constructor(learners: LearnersService) {
    this.#learners = learners;
  }

  @Access({ roles: ['LEARNER'] })
  @Query(() => LearnerType, {
    description: 'The learner whose token this is. Works before anybody has told us about them.',
  })
  async me(@Ctx('viewer') viewer: Viewer): Promise<LearnerType> {
    if (viewer.kind !== 'PERSON') {
      throw new DomainError('FORBIDDEN', '`me` is for people with a token; with an API key ask for `learner`.');
    }
    return learnerType((await this.#learners.learner(viewer.learnerId)) ?? unknownLearner(viewer.learnerId));
  }

  @Access({ roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND', 'INGEST'], learnerArg: 'learnerId' })
  @Query(() => LearnerType, { nullable: true, description: 'One learner; null when there is none with this id.' })
  async learner(
    @Arg('learnerId', () => ID, { description: 'Your own id of the learner.' }) learnerId: string,
  ): Promise<LearnerType | null> {
    const learner = await this.#learners.learner(learnerId);
    return learner === null ? null : learnerType(learner);
  }

  @Access(PEOPLE_WRITERS)
  @Mutation(() => BatchPayload, { description: `Creates or changes learners. ${BATCH_NOTE}` })
  async upsertLearners(
    @Arg('learners', () => [UpsertLearnerInput], { description: 'The rows.' }) learners: UpsertLearnerInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(learners);
    return batchPayload(await this.#learners.upsertLearners(learners));
  }

  @Access(PEOPLE_WRITERS)
  @Mutation(() => BatchPayload, { description: `Records what sources say of people's skills. ${BATCH_NOTE}` })
  async recordSkillEvidence(
    @Arg('evidence', () => [SkillEvidenceRowInput], { description: 'The rows.' }) evidence: SkillEvidenceRowInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(evidence);
    return batchPayload(await this.#learners.recordSkillEvidence(evidence));
  }

  @Access(PEOPLE_WRITERS)
  @Mutation(() => BatchPayload, { description: `Assigns courses to learners. ${BATCH_NOTE}` })
  async assignCourses(
    @Arg('assignments', () => [AssignCourseInput], { description: 'The rows.' }) assignments: AssignCourseInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(assignments);
    return batchPayload(await this.#learners.assignCourses(assignments));
  }
}

function unknownLearner(id: string): Learner {
  return {
    id,
    timezone: null,
    languages: [],
    department: null,
    location: null,
    roleId: null,
    targetRoleId: null,
    managerId: null,
    hiredOn: null,
    workPattern: null,
    quietHours: null,
    active: true,
    personalisationOptOut: false,
  };
}

function learnerType(learner: Learner): LearnerType {
  return {
    ...learner,
    workPattern:
      learner.workPattern?.map((day) => ({
        day: day.day,
        start: timeOfDay(day.startMinute),
        end: timeOfDay(day.endMinute),
      })) ?? null,
    quietHours: learner.quietHours && {
      start: timeOfDay(learner.quietHours.startMinute),
      end: timeOfDay(learner.quietHours.endMinute),
    },
  };
}

function timeOfDay(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
