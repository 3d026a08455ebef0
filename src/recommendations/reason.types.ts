import { createUnionType, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Obligation } from '../learners/learner.js';
import { ObligationEnum } from '../learners/learners.resolver.js';
import { AUDIENCE_KINDS, type AudienceKind } from '../learners/trends.js';
import { Access } from '../platform/access/access.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { ReasonCode } from './pipeline/reasons.js';
import { STRATEGIES } from './pipeline/scoring.js';
import { ATTRIBUTES, type AttributeName } from './pipeline/servingIndex.js';

export const StrategyEnum = enumOf(STRATEGIES);
registerEnumType(StrategyEnum, {
  name: 'Strategy',
  description: 'How a list came about, from the most personal to the least.',
  valuesConfig: {
    PERSONAL: { description: 'Mostly from what this learner did.' },
    BLENDED: { description: 'Partly from what this learner did; the less is known, the more popularity counts.' },
    SKILLS: {
      description: 'From the skills that the role needs, then by popularity: nothing is known of their taste.',
    },
    PEERS: { description: 'From what colleagues in the same department, role or place take up more than others.' },
    POPULAR: { description: 'What people here take up: nothing is known of this learner, or they opted out.' },
    NEWEST: { description: 'Newest courses first: nothing is known of anybody yet.' },
  },
});

export const ReasonCodeEnum: Readonly<Record<ReasonCode, ReasonCode>> = {
  HISTORY: 'HISTORY',
  SKILL_GAP: 'SKILL_GAP',
  ROLE: 'ROLE',
  GOAL: 'GOAL',
  SEARCH: 'SEARCH',
  PEERS: 'PEERS',
  TRENDING: 'TRENDING',
  FIT: 'FIT',
  UNLOCKS: 'UNLOCKS',
  POPULAR: 'POPULAR',
  NEW: 'NEW',
  EXPLORATION: 'EXPLORATION',
  BEGUN: 'BEGUN',
  ASSIGNED: 'ASSIGNED',
  SAVED: 'SAVED',
  AVAILABLE: 'AVAILABLE',
};
registerEnumType(ReasonCodeEnum, {
  name: 'ReasonCode',
  description: 'What kind of fact moved a course up the list.',
  valuesConfig: {
    HISTORY: { description: 'People who did what this learner did take it up.' },
    SKILL_GAP: { description: 'It teaches a skill that the role needs and the learner is short of.' },
    ROLE: { description: 'It teaches a skill that the role needs.' },
    GOAL: { description: 'It serves a goal that the learner is among the audience of.' },
    SEARCH: { description: 'The learner searched for it.' },
    PEERS: { description: 'Colleagues take it up more often than people elsewhere here.' },
    TRENDING: { description: 'More people take it up than a month ago.' },
    FIT: { description: 'It has the format, length, level, language or provider that the learner tends to choose.' },
    UNLOCKS: { description: 'It must come before a course that suits the learner.' },
    POPULAR: { description: 'More people here take it up than a usual course.' },
    NEW: { description: 'It is new.' },
    EXPLORATION: { description: 'It is new and stands here to be given its chance, not for its score.' },
    BEGUN: { description: 'The learner has begun it and not finished it.' },
    ASSIGNED: { description: 'Somebody wants the learner to take it.' },
    SAVED: { description: 'The learner saved it for later.' },
    AVAILABLE: { description: 'Nothing speaks for it but that it is there.' },
  },
});

const DID = { COMPLETED: 'COMPLETED', STARTED: 'STARTED', SAVED: 'SAVED', LIKED: 'LIKED', VIEWED: 'VIEWED' } as const;
registerEnumType(DID, {
  name: 'HistoryAction',
  description: 'The most telling thing that a learner did with a course.',
  valuesConfig: {
    COMPLETED: { description: 'Completed or passed it.' },
    STARTED: { description: 'Began it.' },
    SAVED: { description: 'Saved or shared it.' },
    LIKED: { description: 'Rated it well.' },
    VIEWED: { description: 'Looked at it.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'A course in the learner’s history that speaks for another course.' })
@Access('inherit')
class HistoryEvidence {
  readonly kind!: 'HISTORY';

  @Field(() => ID, { description: 'Id of the course in the history.' })
  courseId!: string;

  @Field(() => String, { description: 'Its title.' })
  title!: string;

  @Field(() => DID, { description: 'What the learner did with it.' })
  did!: keyof typeof DID;

  @Field(() => Float, { description: 'Part of all that speaks for the course that this one carries, 0–1.' })
  share!: number;
}

@ObjectType({ simpleResolvers: true, description: 'A skill gap that a course closes.' })
@Access('inherit')
class SkillGapEvidence {
  readonly kind!: 'SKILL_GAP';

  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => String, { description: 'Name of the skill.' })
  skillName!: string;

  @Field(() => ID, { description: 'The role, or target role, that needs it.' })
  roleId!: string;

  @Field(() => Float, { description: 'Level now, 0–1.' })
  levelBefore!: number;

  @Field(() => Float, { description: 'Level after the course, at most the target, 0–1.' })
  levelAfter!: number;

  @Field(() => Float, { description: 'Level that the role needs, 0–1.' })
  targetLevel!: number;
}

@ObjectType({ simpleResolvers: true, description: 'How many people took a course up.' })
@Access('inherit')
class PopularityEvidence {
  readonly kind!: 'POPULAR';

  @Field(() => Int, { description: 'People who took it up, mandatory courses aside.' })
  learnerCount!: number;
}

@ObjectType({ simpleResolvers: true, description: 'How new a course is.' })
@Access('inherit')
class NewnessEvidence {
  readonly kind!: 'NEW';

  @Field(() => GraphQLInstant, { description: 'When it was published.' })
  publishedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'How far a learner has got with a course.' })
@Access('inherit')
class ProgressEvidence {
  readonly kind!: 'BEGUN';

  @Field(() => Float, { description: 'Progress, 0–1.' })
  progress!: number;
}

@ObjectType({ simpleResolvers: true, description: 'A skill that a role needs and a course teaches.' })
@Access('inherit')
class RoleEvidence {
  readonly kind!: 'ROLE';

  @Field(() => ID, { description: 'Id of the role, or target role.' })
  roleId!: string;

  @Field(() => String, { description: 'Its name.' })
  roleName!: string;

  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => String, { description: 'Its name.' })
  skillName!: string;
}

@ObjectType({ simpleResolvers: true, description: 'A goal that a course serves.' })
@Access('inherit')
class GoalEvidence {
  readonly kind!: 'GOAL';

  @Field(() => ID, { description: 'Id of the goal.' })
  goalId!: string;

  @Field(() => String, { description: 'Its name.' })
  goalName!: string;

  @Field(() => String, { description: 'The last day on which it can be reached, an ISO date.' })
  dueOn!: string;
}

@ObjectType({ simpleResolvers: true, description: 'A search that a course answers.' })
@Access('inherit')
class SearchEvidence {
  readonly kind!: 'SEARCH';

  @Field(() => String, { description: 'What was searched for, in lower case.' })
  term!: string;

  @Field(() => GraphQLInstant, { description: 'When.' })
  searchedAt!: Date;

  @Field(() => Boolean, { description: 'True: the portal had found nothing for it then.' })
  hadNoResults!: boolean;
}

export const AudienceKindEnum = enumOf(AUDIENCE_KINDS);
registerEnumType(AudienceKindEnum, {
  name: 'AudienceKind',
  description: 'A kind of group of people.',
  valuesConfig: {
    ORGANISATION: { description: 'Everybody.' },
    DEPARTMENT: { description: 'A department.' },
    ROLE: { description: 'People with the same role.' },
    LOCATION: { description: 'People in one place.' },
  },
});

@ObjectType('Audience', { simpleResolvers: true, description: 'A group of people.' })
@Access('inherit')
class AudienceType {
  @Field(() => AudienceKindEnum, { description: 'What kind of group it is.' })
  kind!: AudienceKind;

  @Field(() => String, { description: 'The department, role id or location; empty for the whole organisation.' })
  value!: string;
}

@ObjectType({ simpleResolvers: true, description: 'How many colleagues took a course up.' })
@Access('inherit')
class PeersEvidence {
  readonly kind!: 'PEERS';

  @Field(() => AudienceType, { description: 'The colleagues.' })
  audience!: AudienceType;

  @Field(() => Int, { description: 'How many of them took it up.' })
  people!: number;

  @Field(() => Int, { description: 'How many they are.' })
  groupPeople!: number;
}

@ObjectType({ simpleResolvers: true, description: 'How many people took a course up lately.' })
@Access('inherit')
class TrendEvidence {
  readonly kind!: 'TRENDING';

  @Field(() => AudienceType, { description: 'Among whom.' })
  audience!: AudienceType;

  @Field(() => Int, { description: 'How many took it up in the last four weeks.' })
  recentPeople!: number;
}

const AttributeEnum: Readonly<Record<string, AttributeName>> = Object.fromEntries(
  ATTRIBUTES.map((attribute) => [attribute.toUpperCase(), attribute]),
);
registerEnumType(AttributeEnum, {
  name: 'CourseAttribute',
  description: 'What learners have habits in.',
  valuesConfig: {
    FORMAT: { description: 'The kind of course.' },
    LENGTH: { description: 'How long it takes.' },
    LEVEL: { description: 'How hard it is.' },
    LANGUAGE: { description: 'The language it is in.' },
    PROVIDER: { description: 'Who provides it.' },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: 'Something about a course that fits what the learner tends to choose.',
})
@Access('inherit')
class FitEvidence {
  readonly kind!: 'FIT';

  @Field(() => AttributeEnum, { description: 'What fits.' })
  attribute!: AttributeName;

  @Field(() => String, {
    description: 'Its value, such as VIDEO, UNDER_10_MIN, BEGINNER, de or the name of a provider.',
  })
  value!: string;
}

@ObjectType({ simpleResolvers: true, description: 'A course that must wait for this one.' })
@Access('inherit')
class UnlocksEvidence {
  readonly kind!: 'UNLOCKS';

  @Field(() => ID, { description: 'Id of the course that it leads to.' })
  courseId!: string;

  @Field(() => String, { description: 'Its title.' })
  title!: string;

  @Field(() => Int, { description: 'Courses to take before it, this one included.' })
  stepCount!: number;
}

@ObjectType({ simpleResolvers: true, description: 'Since when a course is there.' })
@Access('inherit')
class ExplorationEvidence {
  readonly kind!: 'EXPLORATION';

  @Field(() => GraphQLInstant, { description: 'When it came.' })
  arrivedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'That a learner has to take a course.' })
@Access('inherit')
class AssignmentEvidence {
  readonly kind!: 'ASSIGNED';

  @Field(() => ObligationEnum, { description: 'Why they have to.' })
  obligation!: Obligation;

  @Field(() => GraphQLInstant, { nullable: true, description: 'By when; null: at any time.' })
  dueAt!: Date | null;

  @Field(() => Boolean, { description: 'Whether that is past.' })
  overdue!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'That a learner saved a course for later.' })
@Access('inherit')
class SavedEvidence {
  readonly kind!: 'SAVED';

  @Field(() => GraphQLInstant, { description: 'When, the last time.' })
  savedAt!: Date;
}

const EVIDENCE_TYPES = {
  HISTORY: HistoryEvidence,
  SKILL_GAP: SkillGapEvidence,
  ROLE: RoleEvidence,
  GOAL: GoalEvidence,
  SEARCH: SearchEvidence,
  PEERS: PeersEvidence,
  TRENDING: TrendEvidence,
  FIT: FitEvidence,
  UNLOCKS: UnlocksEvidence,
  POPULAR: PopularityEvidence,
  NEW: NewnessEvidence,
  EXPLORATION: ExplorationEvidence,
  BEGUN: ProgressEvidence,
  ASSIGNED: AssignmentEvidence,
  SAVED: SavedEvidence,
} as const;

const EvidenceUnion = createUnionType({
  name: 'ReasonEvidence',
  description: 'The fact behind a reason.',
  types: () => Object.values(EVIDENCE_TYPES),
  resolveType: (evidence) => EVIDENCE_TYPES[evidence.kind],
});

@ObjectType('Reason', { simpleResolvers: true, description: 'Why a course stands where it stands.' })
@Access('inherit')
export class ReasonType {
  @Field(() => ReasonCodeEnum, { description: 'The kind of reason, for programs.' })
  code!: ReasonCode;

  @Field(() => String, { description: 'The reason in words for the learner, in English.' })
  text!: string;

  @Field(() => EvidenceUnion, {
    nullable: true,
    description:
      'The fact itself; null for AVAILABLE. What somebody searched for, and when they saved a course, is told to them and ' +
      'to portals: others get null.',
  })
  evidence!: InstanceType<(typeof EVIDENCE_TYPES)[keyof typeof EVIDENCE_TYPES]> | null;
}
