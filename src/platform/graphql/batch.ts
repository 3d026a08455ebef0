import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Access } from '../access/access.js';
import { DomainError, type RowError, type RowErrorCode } from '../errors.js';
import type { BatchResult, RemovalResult } from '../rowChecks.js';

export const MAX_BATCH_ROWS = 1_000;
/** Ids that one request may name at most; a request may allow fewer. */
export const MAX_IDS = 2_000;

const ROW_ERROR_CODES: Readonly<Record<RowErrorCode, RowErrorCode>> = {
  INVALID_VALUE: 'INVALID_VALUE',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  DUPLICATE_IN_BATCH: 'DUPLICATE_IN_BATCH',
  CYCLE: 'CYCLE',
  NOT_APPROVED: 'NOT_APPROVED',
  ERASED: 'ERASED',
};

registerEnumType(ROW_ERROR_CODES, {
  name: 'UserErrorCode',
  description: 'Why something sent was not stored.',
  valuesConfig: {
    INVALID_VALUE: {
      description: 'A value is malformed, too long or out of range. Correct it and send the row again.',
    },
    NOT_FOUND: { description: 'The row refers to something that does not exist. Send that first.' },
    CONFLICT: {
      description:
        'Something different is already stored under this id, or somebody else has changed since what the row is about. ' +
        'What is there was kept.',
    },
    DUPLICATE_IN_BATCH: { description: 'An earlier row of the same batch has the same id. The earlier one counts.' },
    CYCLE: { description: 'The row would make something depend on itself.' },
    NOT_APPROVED: { description: 'A second person has to agree first.' },
    ERASED: { description: 'The learner was erased and does not come back by themself; see `readmitLearner`.' },
  },
});

@ObjectType('UserError', {
  simpleResolvers: true,
  description:
    'One thing that was not stored, in words that its sender can act on. Of a batch everything else was ' +
    'stored, unless the mutation says that it stores all or nothing.',
})
@Access('inherit')
export class UserErrorType {
  @Field(() => Int, {
    nullable: true,
    description: 'Zero-based position of the row in the batch; null when the error is about the request as a whole.',
  })
  index!: number | null;

  @Field(() => ROW_ERROR_CODES, { description: 'The kind of problem, for programs.' })
  code!: RowErrorCode;

  @Field(() => String, { description: 'The problem and the way out, for people.' })
  message!: string;

  @Field(() => [String], {
    description: 'Where in the row, from the outside in, such as `["skills", "0", "levelTo"]`. Empty: the whole row.',
  })
  path!: readonly string[];
}

@ObjectType({ simpleResolvers: true, description: 'What became of a batch of rows.' })
@Access('inherit')
export class BatchPayload {
  @Field(() => Int, { description: 'Rows that are stored now.' })
  storedCount!: number;

  @Field(() => [UserErrorType], { description: 'What was refused, in the order of the batch.' })
  userErrors!: readonly UserErrorType[];
}

export const batchPayload = ({ storedCount, errors }: BatchResult): BatchPayload => ({
  storedCount,
  userErrors: errors,
});

@ObjectType({ simpleResolvers: true, description: 'What became of a batch of things to remove.' })
@Access('inherit')
export class RemovalPayload {
  @Field(() => Int, { description: 'How many were there and are gone now; what was not there is no error.' })
  removedCount!: number;

  @Field(() => [UserErrorType], { description: 'What was refused, in the order of the batch.' })
  userErrors!: readonly UserErrorType[];
}

export const removalPayload = ({ removedCount, errors }: RemovalResult): RemovalPayload => ({
  removedCount,
  userErrors: errors,
});

/** Errors about a request that is no batch. */
export const requestErrors = (errors: readonly RowError[]): UserErrorType[] =>
  errors.map((error) => ({ ...error, index: null }));

/** @throws DomainError BAD_USER_INPUT for more than 1,000 rows */
export function requireBatchSize(rows: readonly unknown[]): void {
  if (rows.length <= MAX_BATCH_ROWS) return;
  throw new DomainError(
    'BAD_USER_INPUT',
    `The batch holds ${rows.length} rows; send at most ${MAX_BATCH_ROWS} at once.`,
    { limit: MAX_BATCH_ROWS },
  );
}
