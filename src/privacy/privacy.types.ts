import { GraphQLJSON } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Access } from '../platform/access/access.js';
import { UserErrorType } from '../platform/graphql/batch.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import { RETENTION_CLASSES, type RetentionClass } from '../platform/personalData.js';
import { ERASURE_STATUSES, type ErasureStatus } from './privacy.store.js';

const ErasureStatusEnum = enumOf(ERASURE_STATUSES);
registerEnumType(ErasureStatusEnum, {
  name: 'ErasureStatus',
  description: 'How far an erasure is.',
  valuesConfig: {
    QUEUED: {
      description:
        'It is stored and will be carried out, whatever happens; ask again soon. Where `remaining` tells of rows already, ' +
        'it was carried out and left some in what is about people: it is again after a minute, two, four and so on up to a ' +
        'day, until there are none there. Asked for again, it is at once.',
    },
    SUCCEEDED: {
      description: 'It is done: all tables were read through afterwards, and nothing that is about people names them.',
    },
  },
});

const RetentionClassEnum = enumOf(Object.keys(RETENTION_CLASSES) as RetentionClass[]);
registerEnumType(RetentionClassEnum, {
  name: 'RetentionClass',
  description: 'Kinds of data by how long they are kept.',
  valuesConfig: {
    RECORD: { description: 'What somebody is, can and has finished: kept as long as the learner is known.' },
    CONFIGURATION: {
      description: 'What L&D has set up: kept as long as the service is used; people in it get pseudonyms when erased.',
    },
    ACTIVITY: {
      description:
        'The trail of activity, RETAIN_ACTIVITY_DAYS. What was finished, rated, saved or dismissed stays as long as the ' +
        'learner is known.',
    },
    DECISIONS: {
      description:
        'Lists, delivery suggestions, exposures to experiments, campaigns that are over: RETAIN_DECISIONS_DAYS.',
    },
    OUTCOMES: { description: 'Messages, figures of people, answers to surveys: RETAIN_OUTCOMES_DAYS.' },
    AUDIT: { description: 'Who changed what, and why: RETAIN_AUDIT_DAYS.' },
    WORK: { description: 'What background work leaves behind: RETAIN_WORK_DAYS.' },
  },
});

/** An erasure tells the person whom it is about of itself, and not of the employees who handled it. */
const FOR_ANSWERERS = { roles: ['PRIVACY'] } as const;

@ObjectType('ExportedSection', {
  simpleResolvers: true,
  description: 'What is stored about a learner, of one kind, in the order of its key.',
})
@Access('inherit')
export class ExportedSectionType {
  @Field(() => String, { description: 'Its name, for `exportLearnerSection`.' })
  name!: string;

  @Field(() => String, { description: 'What it holds, for the person it is about.' })
  description!: string;

  @Field(() => String, { description: 'Until when it is kept, in words.' })
  kept!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'How many rows are theirs in all; null for rows of others that name them, which are not counted.',
  })
  rowCount!: number | null;

  @Field(() => [GraphQLJSON], {
    description:
      'The rows, each an object by the names of its columns; times are ISO instants. In rows of others that name them, ' +
      'other people and what others wrote are left out.',
  })
  rows!: readonly unknown[];

  @Field(() => String, {
    nullable: true,
    description: 'Pass it as `after` to `exportLearnerSection` for the next rows; null: these were the last.',
  })
  endCursor!: string | null;
}

@ObjectType('LearnerExport', {
  simpleResolvers: true,
  description: 'Everything that is stored about a learner, machine-readable (GDPR, articles 15 and 20).',
})
@Access('inherit')
export class LearnerExportType {
  @Field(() => ID, { description: 'Your own id of the learner.' })
  learnerId!: string;

  @Field(() => GraphQLInstant, { description: 'When it was read.' })
  exportedAt!: Date;

  @Field(() => [ExportedSectionType], {
    description:
      'Every section that has anything, or may have, with its first rows; the rest by `exportLearnerSection`, as long as ' +
      'there is an `endCursor`.',
  })
  sections!: readonly ExportedSectionType[];
}

@ObjectType('ErasedRows', { simpleResolvers: true, description: 'What an erasure did to one table.' })
@Access('inherit')
export class ErasedRowsType {
  @Field(() => String, { description: 'Name of the table.' })
  table!: string;

  @Field(() => Int, { description: 'Rows that were deleted.' })
  deleted!: number;

  @Field(() => Int, { description: 'Rows that stayed, with the pseudonym in the place of the learner.' })
  replaced!: number;
}

@ObjectType('RemainingRows', {
  simpleResolvers: true,
  description: 'Rows in which the id of a learner still stands after their erasure.',
})
@Access('inherit')
export class RemainingRowsType {
  @Field(() => String, { description: 'Name of the table.' })
  table!: string;

  @Field(() => Int, { description: 'How many rows.' })
  rows!: number;
}

@ObjectType('Erasure', {
  simpleResolvers: true,
  description:
    'The erasure of a learner, and its proof: what was erased of each table, and what was found when every table was read ' +
    'through afterwards.',
})
@Access('inherit')
export class ErasureType {
  @Field(() => ID, { description: 'Id of the erasure; it tells nothing of the learner.' })
  id!: string;

  @Field(() => String, { description: 'What stands in the place of the learner since, in the audit log too.' })
  pseudonym!: string;

  @Field(() => ErasureStatusEnum, { description: 'How far it is.' })
  status!: ErasureStatus;

  @Access(FOR_ANSWERERS)
  @Field(() => String, {
    description:
      'Who asked for it: `person <id>` or `key <id>`. Not for learners: who handles cases is nobody’s business.',
  })
  requestedBy!: string;

  @Field(() => GraphQLInstant, { description: 'When it was asked for, the last time.' })
  requestedAt!: Date;

  @Access(FOR_ANSWERERS)
  @Field(() => String, { description: 'Why, in the words of whoever asked. Not for learners.' })
  reason!: string;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it was done; null: it is not yet.' })
  finishedAt!: Date | null;

  @Field(() => [ErasedRowsType], { description: 'What was erased, by table; tables without any are left out.' })
  erased!: readonly ErasedRowsType[];

  @Field(() => [RemainingRowsType], {
    nullable: true,
    description:
      'Rows in which their id still stands, by table, of all tables of the database and all model artefacts; empty: ' +
      'nowhere. Once it is done these are not about people, such as a course that goes by the same id or tells of it: ' +
      'change it where it comes from. Null: not read yet.',
  })
  remaining!: readonly RemainingRowsType[] | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a request for erasure.' })
@Access('inherit')
export class EraseLearnerPayload {
  @Field(() => ErasureType, { nullable: true, description: 'The erasure, stored; null: see `userErrors`.' })
  erasure!: ErasureType | null;

  @Field(() => [UserErrorType], { description: 'What has to be put right first.' })
  userErrors!: readonly UserErrorType[];
}

@ObjectType('LearnerPrivacy', { simpleResolvers: true, description: 'Where a learner stands in matters of privacy.' })
@Access('inherit')
export class LearnerPrivacyType {
  @Field(() => String, { description: 'What stands in the place of their id in logs, and once they are erased.' })
  pseudonym!: string;

  @Field(() => Boolean, { description: 'Whether anything was told of them; false also for whoever was erased.' })
  isKnown!: boolean;

  @Field(() => Boolean, { description: 'Whether they want nothing personal.' })
  personalisationOptOut!: boolean;

  @Field(() => GraphQLInstant, {
    nullable: true,
    description: 'Since when what is known of them is only kept, and used for nothing; null: it is used.',
  })
  restrictedAt!: Date | null;

  @Field(() => ErasureType, { nullable: true, description: 'The erasure that was asked for; null: none was.' })
  erasure!: ErasureType | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a request about a learner.' })
@Access('inherit')
export class LearnerPrivacyPayload {
  @Field(() => LearnerPrivacyType, { nullable: true, description: 'Where they stand now; null: see `userErrors`.' })
  privacy!: LearnerPrivacyType | null;

  @Field(() => [UserErrorType], { description: 'What has to be put right first.' })
  userErrors!: readonly UserErrorType[];
}

@ObjectType('TableRetention', { simpleResolvers: true, description: 'How long one kind of data is kept.' })
@Access('inherit')
export class TableRetentionType {
  @Field(() => String, { description: 'Name of the table.' })
  table!: string;

  @Field(() => String, { description: 'What it holds, in the words of an export.' })
  description!: string;

  @Field(() => RetentionClassEnum, { description: 'Which setting counts for it.' })
  retentionClass!: RetentionClass;

  @Field(() => Int, { nullable: true, description: 'How many days; null: it is not deleted by age.' })
  days!: number | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it was last looked through; null: never.' })
  sweptAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'What was older than this went then.' })
  deletedBefore!: Date | null;

  @Field(() => Float, { description: 'Rows that went the last time.' })
  rowsDeleted!: number;

  @Field(() => Float, { description: 'Rows that went since the beginning.' })
  rowsDeletedEver!: number;
}
