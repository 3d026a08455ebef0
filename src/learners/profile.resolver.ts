import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Int,
  ObjectType,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { CourseKindEnum, CourseType } from '../catalog/catalog.resolver.js';
import { type CourseKind, DURATION_BANDS, type DurationBand } from '../catalog/course.js';
import { Access, isAdmin, type Viewer } from '../platform/access/access.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { enumOf } from '../platform/graphql/enums.js';
import { ChannelEnum, DeviceEnum } from './eventEnums.js';
import type { Obligation, SkillSource } from './learner.js';
import { LearnerType, ObligationEnum, SkillSourceEnum } from './learners.resolver.js';
import type { LearnersService } from './learners.service.js';
import {
  COURSE_STATUSES,
  type CourseStatus,
  ENGAGEMENT_LEVELS,
  type EngagementLevel,
  type LearnerProfile,
  TRENDS,
  type Trend,
} from './profile.js';
import type { Channel, Device } from './profileEvent.js';

const CourseStatusEnum = enumOf(COURSE_STATUSES);
registerEnumType(CourseStatusEnum, {
  name: 'CourseStatus',
  description: 'How somebody stands with a course.',
  valuesConfig: {
    WAIVED: { description: 'Released from having to take it.' },
    COMPLETED: { description: 'Completed or passed.' },
    DISMISSED: { description: 'Does not want to be shown it, and has not come back to it since.' },
    ABANDONED: { description: 'Given up, and not taken up again since.' },
    IN_PROGRESS: { description: 'Begun and not finished.' },
    SAVED: { description: 'Put aside for later.' },
    VIEWED: { description: 'Looked at.' },
    NOT_STARTED: { description: 'None of these, such as a course that is assigned and not touched yet.' },
  },
});

const DurationBandEnum = enumOf(DURATION_BANDS);
registerEnumType(DurationBandEnum, {
  name: 'DurationBand',
  description: 'How long courses take.',
  valuesConfig: {
    UNDER_10_MIN: { description: 'Less than 10 minutes.' },
    MIN_10_TO_30: { description: '10 minutes to less than 30.' },
    MIN_30_TO_60: { description: '30 minutes to less than an hour.' },
    HOURS_1_TO_3: { description: 'An hour to less than 3.' },
    OVER_3_HOURS: { description: '3 hours or more.' },
  },
});

const EngagementLevelEnum = enumOf(ENGAGEMENT_LEVELS);
registerEnumType(EngagementLevelEnum, {
  name: 'EngagementLevel',
  description: 'How often somebody is active, by days with any activity of their own in the last 28.',
  valuesConfig: {
    NONE: { description: 'On no day.' },
    LOW: { description: 'On 1 to 3 days: less than once a week.' },
    MEDIUM: { description: 'On 4 to 11 days.' },
    HIGH: { description: 'On 12 days or more: at least three times a week.' },
  },
});

const TrendEnum = enumOf(TRENDS);
registerEnumType(TrendEnum, {
  name: 'Trend',
  description:
    'Whether somebody is active on more days of the last 28 than of the 28 before. It is a trend only when chance would ' +
    'bring about a difference as large, either way, in under 5 % of cases (exact sign test).',
  valuesConfig: {
    RISING: { description: 'On more days.' },
    STEADY: { description: 'No difference that chance could not explain.' },
    FALLING: { description: 'On fewer days.' },
    UNKNOWN: {
      description:
        'Too little to tell: under 6 active days in both together, or first seen after the earlier 28 began.',
    },
  },
});

@ObjectType('CourseProfile', {
  simpleResolvers: true,
  description: 'What a learner and a course have to do with each other.',
})
@Access('inherit')
class CourseProfileType {
  @Field(() => CourseType, { description: 'The course.' })
  course!: CourseType;

  @Field(() => CourseStatusEnum, { description: 'How they stand with it.' })
  status!: CourseStatus;

  @Field(() => Float, { nullable: true, description: 'The furthest they have got, 0–1; null: nobody said.' })
  progress!: number | null;

  @Field(() => Int, { description: 'Assessments of it that they passed or failed.' })
  attempts!: number;

  @Field(() => Int, { description: 'Minutes spent on it, as far as events said how long they took.' })
  minutes!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Where they stopped, 0–1; null unless the course is begun and unfinished and somebody said how far.',
  })
  dropPoint!: number | null;

  @Field(() => String, { nullable: true, description: 'ISO date, in their zone, of the last touch; null: none yet.' })
  lastTouchedOn!: string | null;

  @Field(() => ObligationEnum, { nullable: true, description: 'Why they have to take it; null: they do not.' })
  obligation!: Obligation | null;
}

const RATE =
  'Completions per start, 0–1, of courses they were not obliged to take, shrunk towards their own overall rate as if four ' +
  'more starts had come out like that; the overall rate itself starts from one half.';

@ObjectType('FormatPreference', {
  simpleResolvers: true,
  description: 'How well courses of one format work for a learner.',
})
@Access('inherit')
class FormatPreferenceType {
  @Field(() => CourseKindEnum, { description: 'The format.' })
  kind!: CourseKind;

  @Field(() => Int, { description: 'Courses begun.' })
  started!: number;

  @Field(() => Int, { description: 'Of those, completed or passed.' })
  completed!: number;

  @Field(() => Float, { description: RATE })
  completionRate!: number;
}

@ObjectType('DurationPreference', {
  simpleResolvers: true,
  description: 'How well courses of one length work for a learner.',
})
@Access('inherit')
class DurationPreferenceType {
  @Field(() => DurationBandEnum, { description: 'The length.' })
  duration!: DurationBand;

  @Field(() => Int, { description: 'Courses begun.' })
  started!: number;

  @Field(() => Int, { description: 'Of those, completed or passed.' })
  completed!: number;

  @Field(() => Float, { description: RATE })
  completionRate!: number;
}

@ObjectType('DeviceShare', { simpleResolvers: true, description: 'How much a learner does on a device.' })
@Access('inherit')
class DeviceShareType {
  @Field(() => DeviceEnum, { description: 'The device.' })
  device!: Device;

  @Field(() => Int, { description: 'Events on it.' })
  events!: number;

  @Field(() => Float, { description: 'Of all events whose device is known, 0–1.' })
  share!: number;
}

@ObjectType('ChannelShare', {
  simpleResolvers: true,
  description: 'How much of what a learner does comes by a channel.',
})
@Access('inherit')
class ChannelShareType {
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: Channel;

  @Field(() => Int, { description: 'Events that came by it.' })
  events!: number;

  @Field(() => Float, { description: 'Of all events whose channel is known, 0–1.' })
  share!: number;
}

@ObjectType('SittingLengths', {
  simpleResolvers: true,
  description: 'How long a learner sits at something on a device: whatever took a minute or more, in whole minutes.',
})
@Access('inherit')
class SittingLengthsType {
  @Field(() => DeviceEnum, { nullable: true, description: 'The device; null: not known.' })
  device!: Device | null;

  @Field(() => Int, { description: 'How many sittings there were.' })
  sittings!: number;

  @Field(() => Int, { description: 'A quarter took no longer.' })
  p25Minutes!: number;

  @Field(() => Int, { description: 'Half took no longer.' })
  p50Minutes!: number;

  @Field(() => Int, { description: 'Three quarters took no longer.' })
  p75Minutes!: number;
}

@ObjectType('SearchTerm', { simpleResolvers: true, description: 'What a learner searches for.' })
@Access('inherit')
class SearchTermType {
  @Field(() => String, { description: 'The term, in lower case and with single blanks.' })
  term!: string;

  @Field(() => Int, { description: 'How often.' })
  searches!: number;

  @Field(() => Int, { description: 'How often the portal found nothing.' })
  withoutResults!: number;

  @Field(() => Int, { description: 'How often they opened no course within 30 minutes after.' })
  withoutClick!: number;
}

@ObjectType('VisitedPage', { simpleResolvers: true, description: 'A page of the portal that a learner visits.' })
@Access('inherit')
class VisitedPageType {
  @Field(() => String, { description: 'The page, its first 500 characters.' })
  page!: string;

  @Field(() => Int, { description: 'How often.' })
  visits!: number;
}

@ObjectType('ProfileSkill', {
  simpleResolvers: true,
  description: 'How well a learner knows a skill, all sources together.',
})
@Access('inherit')
class ProfileSkillType {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => Float, { description: 'Level, 0–1.' })
  level!: number;

  @Field(() => Float, { description: 'How sure that is, 0–1.' })
  confidence!: number;

  @Field(() => [SkillSourceEnum], { description: 'Who says so.' })
  sources!: readonly SkillSource[];
}

@ObjectType('Engagement', { simpleResolvers: true, description: 'How often a learner is active.' })
@Access('inherit')
class EngagementType {
  @Field(() => EngagementLevelEnum, { description: 'How often.' })
  level!: EngagementLevel;

  @Field(() => TrendEnum, { description: 'Whether that changes.' })
  trend!: Trend;

  @Field(() => Int, { description: 'Days with activity of their own, of the last 28 in their zone, today included.' })
  activeDays!: number;

  @Field(() => Int, { description: 'The same of the 28 days before.' })
  previousActiveDays!: number;
}

@ObjectType('ProfileEvidence', { simpleResolvers: true, description: 'What a profile rests on.' })
@Access('inherit')
class ProfileEvidenceType {
  @Field(() => Int, { description: 'Events in the log about them.' })
  events!: number;

  @Field(() => String, { description: 'ISO date of the first, in their zone.' })
  firstSeenOn!: string;

  @Field(() => String, { description: 'ISO date of the last, in their zone.' })
  lastSeenOn!: string;
}

@ObjectType('LearnerProfile', {
  simpleResolvers: true,
  description:
    'What the activity of a learner says about how they learn. Everything recorded before the request counts. Days and ' +
    'hours are local to their time zone. What would tell when they work or what moves them is shown to few: see ' +
    '`activeHours`, `searchTerms` and `pages`.',
})
@Access('inherit')
class LearnerProfileType {
  readonly allCourses!: readonly CourseProfileType[];

  @Field(() => [FormatPreferenceType], { description: 'By format, what they finish most reliably first.' })
  formats!: readonly FormatPreferenceType[];

  @Field(() => [DurationPreferenceType], { description: 'By length, what they finish most reliably first.' })
  durations!: readonly DurationPreferenceType[];

  @Field(() => [DeviceShareType], { description: 'What they use, most used first.' })
  devices!: readonly DeviceShareType[];

  @Field(() => [ChannelShareType], { description: 'What brings them, most used first.' })
  channels!: readonly ChannelShareType[];

  @Field(() => [SittingLengthsType], { description: 'How long they sit at something, the most usual device first.' })
  sittings!: readonly SittingLengthsType[];

  @Field(() => [Float], {
    nullable: true,
    description:
      'When they are active: 168 numbers, one per local hour of the week from Monday 00:00 on. Each clock hour with any ' +
      'activity of their own counts once, and for half after every 180 days. Private: null unless asked for by the learner ' +
      'themself, an administrator, or a key with the scope TIMING.',
  })
  activeHours!: readonly number[] | null;

  @Field(() => [SearchTermType], {
    nullable: true,
    description:
      'What they search for, the 50 most frequent terms. Private: null unless asked for by the learner themself or an ' +
      'administrator.',
  })
  searchTerms!: readonly SearchTermType[] | null;

  @Field(() => [VisitedPageType], {
    nullable: true,
    description:
      'The 50 pages of the portal that they visit most. Private: null unless asked for by the learner themself or an ' +
      'administrator.',
  })
  pages!: readonly VisitedPageType[] | null;

  @Field(() => [ProfileSkillType], { description: 'What they know, highest level first.' })
  skills!: readonly ProfileSkillType[];

  @Field(() => EngagementType, { description: 'How often they are active.' })
  engagement!: EngagementType;

  @Field(() => ProfileEvidenceType, {
    nullable: true,
    description: 'What all this rests on; null: nothing is recorded about them.',
  })
  evidence!: ProfileEvidenceType | null;
}

@Resolver(() => LearnerProfileType)
export class CourseProfilesResolver {
  @FieldResolver(() => [CourseProfileType], {
    description: 'Courses that they touched, the latest first, then those assigned to them and not touched yet.',
  })
  courses(
    @Root() profile: LearnerProfileType,
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): readonly CourseProfileType[] {
    return profile.allCourses.slice(0, clampFirst(first));
  }
}

@Resolver(() => LearnerType)
export class LearnerProfileResolver {
  readonly #learners: LearnersService;

  constructor(learners: LearnersService) {
    this.#learners = learners;
  }

  @Access({ roles: ['LEARNER', 'MANAGER'], scopes: ['RECOMMEND'] })
  @FieldResolver(() => LearnerProfileType, {
    description:
      'What their activity says about how they learn. Managers see it of their reports, but for what is private to the ' +
      'person: active hours, search terms and pages are null for them.',
  })
  async profile(@Root() learner: LearnerType, @Ctx('viewer') viewer: Viewer): Promise<LearnerProfileType> {
    return profileType(await this.#learners.profile(learner.id), learner.id, viewer);
  }
}

function profileType(profile: LearnerProfile, learnerId: string, viewer: Viewer): LearnerProfileType {
  const seesAll = isAdmin(viewer) || (viewer.kind === 'PERSON' && viewer.learnerId === learnerId);
  const seesHours = seesAll || (viewer.kind === 'KEY' && viewer.scopes.includes('TIMING'));
  const { courses, formats, durations, devices, channels, activeHours, searchTerms, pages, ...shown } = profile;
  return {
    ...shown,
    allCourses: courses,
    formats: formats.map(({ sort, ...preference }) => ({ kind: sort, ...preference })),
    durations: durations.map(({ sort, ...preference }) => ({ duration: sort, ...preference })),
    devices: devices.map(({ use, ...share }) => ({ device: use, ...share })),
    channels: channels.map(({ use, ...share }) => ({ channel: use, ...share })),
    activeHours: seesHours ? [...activeHours] : null,
    searchTerms: seesAll ? searchTerms : null,
    pages: seesAll ? pages : null,
  };
}
