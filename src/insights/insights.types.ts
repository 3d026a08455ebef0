import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { CourseKindEnum, CourseType, SkillType } from '../catalog/catalog.resolver.js';
import type { CourseKind } from '../catalog/course.js';
import { ChannelEnum, DeviceEnum } from '../learners/eventEnums.js';
import type { Weekday } from '../learners/learner.js';
import { WeekdayEnum } from '../learners/learners.resolver.js';
import type { Channel, Device } from '../learners/profileEvent.js';
import { Access } from '../platform/access/access.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import { DROP_STATES, type DropState } from './cells/dropPoints.js';
import { FUNNEL_STAGES, type FunnelStage } from './cells/funnel.js';
import type { InsightsView } from './insights.service.js';
import { INSIGHT_TABLES_OFFERED } from './insightTables.js';
import { INSIGHT_PICTURES } from './pictures/insightPictures.js';

const PEOPLE = 'Different people; of several months, of the month that had most. Of a group at least five, in fives.';

const COURSES_LEFT =
  'Persons and courses: a person who left two counts twice. Of a group as of the end of each month: of several months, whoever ' +
  'was at a course in three counts three times, also if they finished it in the last.';
const PERSONS_AND_COURSES =
  'A person and a course make one; of a group one in each month, so that of several months a course that was shown to somebody ' +
  'in each, and completed in one, counts in each for SHOWN and once for COMPLETED.';

const DropStateEnum = enumOf(DROP_STATES);
registerEnumType(DropStateEnum, {
  name: 'UnfinishedState',
  description: 'Why a course that was begun is not finished; the first that holds, from STUCK on.',
  valuesConfig: {
    STUCK: {
      description:
        'Two attempts failed; or on two later days they were back at the course and got less than 2 % further.',
    },
    LOST_INTEREST: {
      description:
        'They abandoned it; or they left it alone for the last 14 days of the period at least, and did other things on ' +
        'two days or more since.',
    },
    PAUSED: { description: 'They were at it lately, or have been away from everything.' },
  },
});

const FunnelStageEnum = enumOf(FUNNEL_STAGES);
registerEnumType(FunnelStageEnum, {
  name: 'FunnelStage',
  description:
    'How far somebody got with a course. Whoever reached a stage has passed through those before it but SHOWN.',
  valuesConfig: {
    SHOWN: { description: 'It was in a list that this service served, or a portal reported that it was seen.' },
    CLICKED: { description: 'Clicked, saved, or viewed for 5 seconds at least.' },
    STARTED: { description: 'Begun.' },
    PROGRESSED: { description: 'Progress above 0 was reported.' },
    COMPLETED: { description: 'Completed or passed.' },
  },
});

export const InsightTableEnum = enumOf(INSIGHT_TABLES_OFFERED);
registerEnumType(InsightTableEnum, {
  name: 'InsightTable',
  description: 'A section as a table.',
  valuesConfig: {
    SEARCHES: { description: 'Terms with what came of them.' },
    SKILLS: { description: 'Skills that were looked for and the courses that teach them.' },
    UNFINISHED: { description: 'Courses that people began and did not finish.' },
    DROP_POINTS: { description: 'How far they were when they stopped.' },
    ACTIVE_HOURS: { description: 'Hours of the local week.' },
    PAGES: { description: 'Pages of the portal.' },
    USE: { description: 'Devices, channels and formats.' },
    TRENDING: { description: 'Courses begun by more people than in the month before.' },
    FUNNEL: { description: 'From shown to completed.' },
  },
});

export const InsightPictureEnum = enumOf(INSIGHT_PICTURES);
registerEnumType(InsightPictureEnum, {
  name: 'InsightPicture',
  description: 'A section as a picture.',
  valuesConfig: {
    SEARCHES: { description: 'The most frequent searches, and how many were in vain.' },
    DROP_POINTS: { description: 'How far people were when they stopped.' },
    ACTIVE_HOURS: { description: 'A heat map of the local week.' },
    FUNNEL: { description: 'From shown to completed.' },
  },
});

@InputType({
  description: 'Whom insights are about: exactly one of a person, a group, or, with nothing else, everybody.',
})
export class InsightSubjectInput {
  @Field(() => ID, { nullable: true, description: 'A person, by your own id of the learner.' })
  learnerId?: string | null;

  @Field(() => String, { nullable: true, description: 'A department, as its learners have it.' })
  department?: string | null;

  @Field(() => String, { nullable: true, description: 'A location, as its learners have it.' })
  location?: string | null;

  @Field(() => ID, { nullable: true, description: 'The people of a role, by its id.' })
  roleId?: string | null;
}

@InputType({ description: 'Some days, by the local clock of everybody. Groups take whole months, persons any days.' })
export class InsightPeriodInput {
  @Field(() => String, {
    nullable: true,
    description:
      'ISO date of the first day; of a group the first of a month. Twelve months, or 365 days, before `until` when left out.',
  })
  from?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'ISO date of the day after the last; of a group the first of a month. After the latest month that is told, or after ' +
      'today, when left out.',
  })
  until?: string | null;
}

@ObjectType()
@Access('inherit')
abstract class FiguresType {
  @Field(() => Int, { description: PEOPLE })
  people!: number;
}

@ObjectType('SearchInsight', { description: 'A term that was searched for.' })
@Access('inherit')
export class SearchInsightType extends FiguresType {
  @Field(() => String, { description: 'In lower case.' })
  term!: string;

  @Field(() => Int, {
    name: 'searches',
    description: 'How often; the same term again within half an hour counts once. Of a group in fives.',
  })
  events!: number;

  @Field(() => Int, { nullable: true, description: 'Of those, how many found nothing; null: none, or it is not told.' })
  zeroResults!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Of those, after how many that found something no course was opened within 30 minutes and before the next search; ' +
      'null: none, or it is not told.',
  })
  noClicks!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Of those, after how many the same person tried again within 5 minutes, with no course opened between, in other ' +
      'words that have a word in common or one alike, or that begin the same; null: none, or it is not told.',
  })
  reformulated!: number | null;
}

@ObjectType('SkillDemand', { description: 'How much a skill is looked for, and what teaches it.' })
@Access('inherit')
export class SkillDemandType extends FiguresType {
  @Field(() => SkillType, { description: 'The skill.' })
  skill!: SkillType;

  @Field(() => Int, {
    name: 'searches',
    description:
      'Searches whose term has all words of the skill’s name or is part of it, or else finds courses by title half of ' +
      'which teach it.',
  })
  events!: number;

  @Field(() => Int, { description: 'Courses that teach it and can be taken now.' })
  openCourses!: number;
}

@ObjectType('UnfinishedByState', { description: 'Unfinished courses by why.' })
@Access('inherit')
class UnfinishedByStateType extends FiguresType {
  @Field(() => DropStateEnum, { description: 'Why.' })
  state!: DropState;

  @Field(() => Int, { name: 'coursesLeft', description: COURSES_LEFT })
  events!: number;
}

@ObjectType('DropPoint', { description: 'Unfinished courses by how far people were.' })
@Access('inherit')
class DropPointType extends FiguresType {
  @Field(() => Float, { description: 'Progress, 0–1, from here …' })
  fromProgress!: number;

  @Field(() => Float, { description: '… to here; 1 belongs to the last.' })
  untilProgress!: number;

  @Field(() => Int, { name: 'coursesLeft', description: COURSES_LEFT })
  events!: number;
}

@ObjectType('UnfinishedCourse', {
  description: 'A course that people were at in a month (of a person: in the period) and had not finished by its end.',
})
@Access('inherit')
export class UnfinishedCourseType extends FiguresType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => [UnfinishedByStateType], { description: 'By why; what is not told is left out.' })
  states!: readonly UnfinishedByStateType[];

  @Field(() => [DropPointType], { description: 'By progress; what is not told is left out.' })
  dropPoints!: readonly DropPointType[];
}

@ObjectType('UnfinishedInsight', { description: 'All unfinished courses together, of a group month by month.' })
@Access('inherit')
export class UnfinishedInsightType extends FiguresType {
  @Field(() => Int, { name: 'coursesLeft', description: COURSES_LEFT })
  events!: number;

  @Field(() => [UnfinishedByStateType], { description: 'By why; what is not told is left out.' })
  states!: readonly UnfinishedByStateType[];

  @Field(() => [DropPointType], { description: 'By progress; what is not told is left out.' })
  dropPoints!: readonly DropPointType[];
}

@ObjectType('ActiveHourInsight', { description: 'One hour of the local week.' })
@Access('inherit')
export class ActiveHourInsightType extends FiguresType {
  @Field(() => WeekdayEnum, { description: 'The day.' })
  weekday!: Weekday;

  @Field(() => Int, { description: 'The hour that begins then by everybody’s own clock, 0–23.' })
  hour!: number;

  @Field(() => Int, {
    name: 'activeHours',
    description: 'Clock hours in which somebody did something, each counted once for each person.',
  })
  events!: number;
}

@ObjectType('PageInsight', { description: 'A page of the portal.' })
@Access('inherit')
export class PageInsightType extends FiguresType {
  @Field(() => String, { description: 'As the portal reports it.' })
  page!: string;

  @Field(() => Int, { name: 'visits', description: 'How often it was visited.' })
  events!: number;
}

@ObjectType('DeviceInsight', { description: 'What things were done on.' })
@Access('inherit')
export class DeviceInsightType extends FiguresType {
  @Field(() => DeviceEnum, { name: 'device', description: 'On what.' })
  use!: Device;

  @Field(() => Int, { description: 'How many events.' })
  events!: number;
}

@ObjectType('ChannelInsight', { description: 'How things reached people.' })
@Access('inherit')
export class ChannelInsightType extends FiguresType {
  @Field(() => ChannelEnum, { name: 'channel', description: 'By which way.' })
  use!: Channel;

  @Field(() => Int, { description: 'How many events.' })
  events!: number;
}

@ObjectType('FormatInsight', { description: 'Kinds of courses that people were at.' })
@Access('inherit')
export class FormatInsightType extends FiguresType {
  @Field(() => CourseKindEnum, { name: 'kind', description: 'Which kind.' })
  use!: CourseKind;

  @Field(() => Int, { description: 'How many events.' })
  events!: number;
}

@ObjectType('TrendingInsight', { description: 'A course begun by more people than the month before.' })
@Access('inherit')
export class TrendingInsightType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => Int, {
    description: 'Different people who began it in the last month of the period; at least five, in fives.',
  })
  people!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'The same in the month before; null: fewer than five, or it is not told.',
  })
  previousPeople!: number | null;
}

@ObjectType('FunnelAfterShown', { description: 'Of a stage, what came after the course was shown.' })
@Access('inherit')
class FunnelAfterShownType extends FiguresType {
  @Field(() => Int, { name: 'peopleAndCourses', description: PERSONS_AND_COURSES })
  events!: number;
}

@ObjectType('FunnelInsight', { description: 'One step on the way from shown to completed.' })
@Access('inherit')
export class FunnelInsightType extends FiguresType {
  @Field(() => FunnelStageEnum, { description: 'Which.' })
  stage!: FunnelStage;

  @Field(() => Int, { name: 'peopleAndCourses', description: PERSONS_AND_COURSES })
  events!: number;

  @Field(() => Int, {
    description: 'Different courses; of a group, those that five people or more of a month got so far with.',
  })
  courses!: number;

  @Field(() => FunnelAfterShownType, {
    nullable: true,
    description: 'Of those, what came after the course was shown in the same month (or period); null: it is not told.',
  })
  afterShown!: FunnelAfterShownType | null;
}

@ObjectType('Insights', {
  description:
    'What people do when they learn, without being asked. Of groups it is told by whole months, a month that is over being ' +
    'counted two days after its end, from the groups that people are in then; it is counted anew when late events of five ' +
    'people or more have come. Nothing is ever told of fewer than five people, nor what would leave fewer than five when ' +
    'it is taken from something else that is told; figures of groups come in fives. So a part may be missing although it is ' +
    'of more than five people, and figures need not add up. Of several months, events are the sum of what is told of each, ' +
    'and people those of the month that had most. Groups are not told of by weeks: weeks cut months, so that a month less ' +
    'its weeks would be what few people did on the days at its ends.',
})
@Access('inherit')
export class InsightsType {
  readonly view!: InsightsView;
  /** Whether the viewer may see what is private to a person: searches, active hours and pages. */
  readonly seesPrivate!: boolean;

  @Field(() => String, { description: 'Whom this is about: a person’s id, the name of a group, or the organisation.' })
  subject!: string;

  @Field(() => String, { description: 'ISO date of the first day.' })
  from!: string;

  @Field(() => String, { description: 'ISO date of the day after the last.' })
  until!: string;

  @Field(() => GraphQLInstant, {
    nullable: true,
    description: 'As of when the latest part was counted; of a person, now. Null: nothing is told yet.',
  })
  asOf!: Date | null;

  @Field(() => [String], {
    description: 'Months of the period, by their first days, that are not counted yet; none of a person.',
  })
  missingMonths!: readonly string[];

  @Field(() => Int, { nullable: true, description: `${PEOPLE} Who did anything at all; null: nothing is told.` })
  people!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many events of their own doing; null with `people`.' })
  events!: number | null;
}

@ObjectType('SearchesInsight', {
  description:
    'What people searched for. Of a person only they themself and administrators see it. Terms that fewer than five people ' +
    'typed in a month are never told of a group.',
})
@Access('inherit')
export class SearchesInsightType {
  readonly view!: InsightsView;

  @Field(() => Int, { nullable: true, description: `${PEOPLE} Who searched at all; null: it is not told.` })
  people!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many searches; null with `people`.' })
  searches!: number | null;

  @Field(() => Int, { nullable: true, description: 'Of those, how many found nothing; null: it is not told.' })
  zeroResults!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Of those, after how many nothing was opened; null: it is not told.',
  })
  noClicks!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Of those, how many were tried again in other words; null: not told.',
  })
  reformulated!: number | null;
}
