import {
  Arg,
  Field,
  Float,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql';
import { z } from 'zod';
import { Access } from '../platform/access/access.js';
import { BatchPayload, batchPayload, requireBatchSize } from '../platform/graphql/batch.js';
import {
  type Connection,
  clampFirst,
  connectionTypes,
  decodeCursor,
  toConnection,
} from '../platform/graphql/connection.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { CatalogService } from './catalog.service.js';
import {
  COURSE_KINDS,
  COURSE_LEVELS,
  type Course,
  type CourseKind,
  type CourseLevel,
  type Role,
  type Skill,
} from './course.js';

export const CourseKindEnum = enumOf(COURSE_KINDS);
registerEnumType(CourseKindEnum, {
  name: 'CourseKind',
  description: 'What sort of thing to learn from a course is.',
  valuesConfig: {
    COURSE: { description: 'A course of lessons.' },
    VIDEO: { description: 'A film.' },
    ARTICLE: { description: 'A text to read.' },
    BOOK: { description: 'A book.' },
    PODCAST: { description: 'Something to listen to.' },
    ASSESSMENT: { description: 'A test of what somebody can.' },
    LIVE_SESSION: { description: 'A meeting at set dates.' },
    COACHING: { description: 'Sessions with a coach.' },
    MENTORING: { description: 'Guidance by somebody experienced.' },
    PATH: { description: 'Several courses in an order.' },
  },
});

export const CourseLevelEnum = enumOf(COURSE_LEVELS);
registerEnumType(CourseLevelEnum, {
  name: 'CourseLevel',
  description: 'Whom a course is pitched at.',
  valuesConfig: {
    BEGINNER: { description: 'For people new to it.' },
    INTERMEDIATE: { description: 'For people with some practice.' },
    ADVANCED: { description: 'For experienced people.' },
  },
});

@ObjectType('Skill', { simpleResolvers: true, description: 'Something a person can be able to do.' })
@Access('inherit')
export class SkillType {
  @Field(() => ID, { description: 'Your own id of the skill.' })
  id!: string;

  @Field(() => String, { description: 'Its name in plain words.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What the skill covers.' })
  description!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the broader skill that this one is part of.' })
  parentId!: string | null;

  @Field(() => String, { nullable: true, description: 'Where a public taxonomy such as ESCO describes it.' })
  taxonomyUri!: string | null;
}

@ObjectType('CourseSkill', { simpleResolvers: true, description: 'A skill that a course teaches, and how far.' })
@Access('inherit')
export class CourseSkillType {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => Float, { description: 'Level that the course expects, 0–1.' })
  levelFrom!: number;

  @Field(() => Float, { description: 'Level that the course leads to, 0–1.' })
  levelTo!: number;
}

@ObjectType('LiveSession', { simpleResolvers: true, description: 'A dated meeting of a live course.' })
@Access('inherit')
export class LiveSessionType {
  @Field(() => ID, { description: 'Your own id of the session, unique within its course.' })
  id!: string;

  @Field(() => GraphQLInstant, { description: 'When it starts.' })
  startsAt!: Date;

  @Field(() => GraphQLInstant, { description: 'When it ends.' })
  endsAt!: Date;

  @Field(() => Int, { nullable: true, description: 'How many people fit in; null: no limit.' })
  capacity!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many places are taken; null: not known.' })
  seatsTaken!: number | null;
}

@ObjectType('Course', {
  simpleResolvers: true,
  description: 'Anything that can be learned from, told apart by its kind.',
})
@Access('inherit')
export class CourseType {
  @Field(() => ID, { description: 'Your own id of the course.' })
  id!: string;

  @Field(() => String, { description: 'Its title.' })
  title!: string;

  @Field(() => String, { nullable: true, description: 'What it is about.' })
  description!: string | null;

  @Field(() => CourseKindEnum, { description: 'What sort of thing it is.' })
  kind!: CourseKind;

  @Field(() => String, { nullable: true, description: 'BCP 47 language; null: suits every language.' })
  language!: string | null;

  @Field(() => String, { nullable: true, description: 'Who offers it.' })
  provider!: string | null;

  @Field(() => String, { nullable: true, description: 'Where to take it.' })
  url!: string | null;

  @Field(() => Int, { nullable: true, description: 'How long it takes, in minutes.' })
  durationMinutes!: number | null;

  @Field(() => CourseLevelEnum, { nullable: true, description: 'Whom it is pitched at; null: everyone.' })
  level!: CourseLevel | null;

  @Field(() => [String], { description: 'Free labels, such as categories.' })
  tags!: readonly string[];

  @Field(() => GraphQLInstant, { nullable: true, description: 'Since when it can be taken; null: ever since.' })
  publishedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it is or was withdrawn; null: not planned.' })
  retiredAt!: Date | null;

  @Field(() => Boolean, { description: 'True: never recommended, whatever the model says.' })
  excludedFromRecommendations!: boolean;

  @Field(() => [CourseSkillType], { description: 'What it teaches.' })
  skills!: readonly CourseSkillType[];

  @Field(() => [ID], { description: 'Courses to complete first.' })
  prerequisiteIds!: readonly string[];

  @Field(() => [LiveSessionType], { description: 'Its dates, soonest first.' })
  sessions!: readonly LiveSessionType[];

  @Field(() => GraphQLInstant, { description: 'When it was first sent to this service, or published before that.' })
  addedAt!: Date;
}

@ObjectType('RoleSkill', { simpleResolvers: true, description: 'A skill that a role needs.' })
@Access('inherit')
class RoleSkillType {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => Float, { description: 'Level that the role needs, 0–1.' })
  targetLevel!: number;

  @Field(() => Float, { description: 'How much it matters to the role, 0–1.' })
  importance!: number;
}

@ObjectType('Role', { simpleResolvers: true, description: 'A job, and the skills that it needs.' })
@Access('inherit')
class RoleType {
  @Field(() => ID, { description: 'Your own id of the role.' })
  id!: string;

  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => [RoleSkillType], { description: 'The skills it needs.' })
  skills!: readonly RoleSkillType[];
}

@InputType({ description: 'A skill to create or change. A field left out keeps its value; null clears it.' })
export class UpsertSkillInput {
  @Field(() => ID, { description: 'Your own id of the skill, at most 200 characters.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Its name; needed when the skill is new.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'What the skill covers.' })
  description?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the broader skill; circles are refused.' })
  parentId?: string | null;

  @Field(() => String, { nullable: true, description: 'Where a public taxonomy describes it.' })
  taxonomyUri?: string | null;
}

@InputType({ description: 'A skill that a role needs.' })
export class RoleSkillInput {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => Float, { nullable: true, description: 'Level needed, 0–1; 1 when left out.' })
  targetLevel?: number | null;

  @Field(() => Float, { nullable: true, description: 'How much it matters, 0–1; 1 when left out.' })
  importance?: number | null;
}

@InputType({ description: 'A role to create or change. A field left out keeps its value; null clears it.' })
export class UpsertRoleInput {
  @Field(() => ID, { description: 'Your own id of the role.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Its name; needed when the role is new.' })
  name?: string | null;

  @Field(() => [RoleSkillInput], { nullable: true, description: 'All skills it needs; replaces the earlier list.' })
  skills?: RoleSkillInput[] | null;
}

@InputType({ description: 'A skill that a course teaches.' })
export class CourseSkillInput {
  @Field(() => ID, { description: 'Id of the skill.' })
  skillId!: string;

  @Field(() => Float, { nullable: true, description: 'Level that the course expects, 0–1; 0 when left out.' })
  levelFrom?: number | null;

  @Field(() => Float, { nullable: true, description: 'Level that the course leads to, 0–1; 1 when left out.' })
  levelTo?: number | null;
}

@InputType({ description: 'A dated meeting of a live course.' })
export class LiveSessionInput {
  @Field(() => ID, { description: 'Your own id of the session, unique within its course.' })
  id!: string;

  @Field(() => GraphQLInstant, { description: 'When it starts.' })
  startsAt!: Date;

  @Field(() => GraphQLInstant, { description: 'When it ends; after its start.' })
  endsAt!: Date;

  @Field(() => Int, { nullable: true, description: 'How many people fit in; null: no limit.' })
  capacity?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many places are taken; a session whose places are all taken is full. Null: not known.',
  })
  seatsTaken?: number | null;
}

@InputType({ description: 'A course to create or change. A field left out keeps its value; null clears it.' })
export class UpsertCourseInput {
  @Field(() => ID, { description: 'Your own id of the course, at most 200 characters.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Its title; needed when the course is new.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'What it is about, at most 20,000 characters.' })
  description?: string | null;

  @Field(() => CourseKindEnum, { nullable: true, description: 'What sort of thing it is; COURSE when left out.' })
  kind?: CourseKind | null;

  @Field(() => String, { nullable: true, description: 'BCP 47 language such as "en"; null: suits every language.' })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'Who offers it.' })
  provider?: string | null;

  @Field(() => String, { nullable: true, description: 'Where to take it; an http or https address.' })
  url?: string | null;

  @Field(() => Int, { nullable: true, description: 'How long it takes, in minutes.' })
  durationMinutes?: number | null;

  @Field(() => CourseLevelEnum, { nullable: true, description: 'Whom it is pitched at; null: everyone.' })
  level?: CourseLevel | null;

  @Field(() => [String], { nullable: true, description: 'Free labels, at most 100; replaces the earlier list.' })
  tags?: string[] | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'Since when it can be taken; null: ever since.' })
  publishedAt?: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it is or was withdrawn; null: not planned.' })
  retiredAt?: Date | null;

  @Field(() => Boolean, { nullable: true, description: 'True: never recommend it, whatever the model says.' })
  excludedFromRecommendations?: boolean | null;

  @Field(() => [CourseSkillInput], { nullable: true, description: 'What it teaches; replaces the earlier list.' })
  skills?: CourseSkillInput[] | null;

  @Field(() => [ID], {
    nullable: true,
    description: 'Courses to complete first; replaces the earlier list. Circles are refused.',
  })
  prerequisiteIds?: string[] | null;

  @Field(() => [LiveSessionInput], { nullable: true, description: 'Its dates; replaces the earlier list.' })
  sessions?: LiveSessionInput[] | null;
}

const courseConnection = connectionTypes(CourseType, 'Course');
const skillConnection = connectionTypes(SkillType, 'Skill');
const roleConnection = connectionTypes(RoleType, 'Role');

const CATALOG_READERS = {
  roles: ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST'],
  scopes: ['CATALOG', 'RECOMMEND', 'INGEST'],
} as const;
const CATALOG_WRITERS = { roles: ['LD_EDITOR'], scopes: ['INGEST'] } as const;

const FROM_MEMORY =
  'Answered from memory, a second old at most; while the database cannot be reached, as of when it last could.';

const UPSERT_NOTE =
  'Takes up to 1,000 rows and stores the good ones even when others are refused; `userErrors` names each refused row. ' +
  'Sending the same rows again changes nothing.';

/** Position of a page in a list ordered by id. */
const afterId = z.object({ id: z.string() });

@Resolver()
export class CatalogResolver {
  readonly #catalog: CatalogService;

  constructor(catalog: CatalogService) {
    this.#catalog = catalog;
  }

  @Access(CATALOG_READERS)
  @Query(() => CourseType, { nullable: true, description: 'One course; null when there is none with this id.' })
  course(@Arg('id', () => ID, { description: 'Your own id of the course.' }) id: string): Course | null {
    const { courses, courseIndexById } = this.#catalog.snapshot;
    return courses[courseIndexById.get(id) ?? -1] ?? null;
  }

  @Access(CATALOG_READERS)
  @Query(() => courseConnection.ConnectionType, { description: `All courses, ordered by id. ${FROM_MEMORY}` })
  courses(
    @Arg('first', () => Int, { nullable: true, description: 'Page size; 10 when left out, at most 100.' })
    first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the item before this page.' })
    after: string | null | undefined,
  ): Connection<Course> {
    return pageById(this.#catalog.snapshot.courses, first, after);
  }

  @Access(CATALOG_READERS)
  @Query(() => skillConnection.ConnectionType, { description: `All skills, ordered by id. ${FROM_MEMORY}` })
  skills(
    @Arg('first', () => Int, { nullable: true, description: 'Page size; 10 when left out, at most 100.' })
    first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the item before this page.' })
    after: string | null | undefined,
  ): Connection<Skill> {
    return pageById(this.#catalog.snapshot.skillList, first, after);
  }

  @Access(CATALOG_READERS)
  @Query(() => roleConnection.ConnectionType, { description: `All roles, ordered by id. ${FROM_MEMORY}` })
  roles(
    @Arg('first', () => Int, { nullable: true, description: 'Page size; 10 when left out, at most 100.' })
    first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the item before this page.' })
    after: string | null | undefined,
  ): Connection<Role> {
    return pageById(this.#catalog.snapshot.roleList, first, after);
  }

  @Access(CATALOG_WRITERS)
  @Mutation(() => BatchPayload, { description: `Creates or changes skills. ${UPSERT_NOTE}` })
  async upsertSkills(
    @Arg('skills', () => [UpsertSkillInput], { description: 'The rows.' }) skills: UpsertSkillInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(skills);
    return batchPayload(await this.#catalog.upsertSkills(skills));
  }

  @Access(CATALOG_WRITERS)
  @Mutation(() => BatchPayload, { description: `Creates or changes roles. ${UPSERT_NOTE}` })
  async upsertRoles(
    @Arg('roles', () => [UpsertRoleInput], { description: 'The rows.' }) roles: UpsertRoleInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(roles);
    return batchPayload(await this.#catalog.upsertRoles(roles));
  }

  @Access(CATALOG_WRITERS)
  @Mutation(() => BatchPayload, { description: `Creates or changes courses. ${UPSERT_NOTE}` })
  async upsertCourses(
    @Arg('courses', () => [UpsertCourseInput], { description: 'The rows.' }) courses: UpsertCourseInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(courses);
    return batchPayload(await this.#catalog.upsertCourses(courses));
  }
}

function pageById<T extends { readonly id: string }>(
  entries: readonly T[],
  first: number | null | undefined,
  after: string | null | undefined,
): Connection<T> {
  const size = clampFirst(first);
  const start = after == null ? null : decodeCursor(after, afterId).id;
  const sorted = sortedById(entries);
  const rest = start === null ? sorted : sorted.filter((entry) => entry.id > start);
  return toConnection(
    rest.slice(0, size).map((node) => ({ node, position: { id: node.id } })),
    { hasNextPage: rest.length > size, hasPreviousPage: rest.length < sorted.length },
  );
}

const sortedLists = new WeakMap<readonly { readonly id: string }[], readonly { readonly id: string }[]>();

/** A list of a snapshot never changes, so it is put in order once. */
function sortedById<T extends { readonly id: string }>(entries: readonly T[]): readonly T[] {
  const known = sortedLists.get(entries);
  if (known !== undefined) return known as readonly T[];
  const sorted = [...entries].sort((a, b) => (a.id < b.id ? -1 : 1));
  sortedLists.set(entries, sorted);
  return sorted;
}
