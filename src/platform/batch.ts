import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Access } from './access.js';
import { DomainError, type RowError, type RowErrorCode } from './errors.js';

export const MAX_BATCH_ROWS = 1_000;

const ROW_ERROR_CODES: Readonly<Record<RowErrorCode, RowErrorCode>> = {
  INVALID_VALUE: 'INVALID_VALUE',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  DUPLICATE_IN_BATCH: 'DUPLICATE_IN_BATCH',
  CYCLE: 'CYCLE',
};

registerEnumType(ROW_ERROR_CODES, {
  name: 'UserErrorCode',
  description: 'Why something sent was not stored.',
  valuesConfig: {
    INVALID_VALUE: {
      description: 'A value is malformed, too long or out of range. Correct it and send the row again.',
    },
    NOT_FOUND: { description: 'The row refers to something that does not exist. Send that first.' },
    CONFLICT: { description: 'Something different is already stored under this id. The original was kept.' },
    DUPLICATE_IN_BATCH: { description: 'An earlier row of the same batch has the same id. The earlier one counts.' },
    CYCLE: { description: 'The row would make something depend on itself.' },
  },
});

@ObjectType('UserError', {
  simpleResolvers: true,
  description: 'One thing that was not stored, in words that its sender can act on. Everything else was stored.',
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

/** Collects what is wrong with one row. */
export interface RowProblems {
  /** Records a problem unless the message is null, so that the checks of `text.ts` can be passed straight in. */
  add(path: readonly string[], message: string | null, code?: RowErrorCode): void;
}

/** A row that passed its checks, with its place in the batch, so that later steps can still report on it. */
export interface ParsedRow<Row> {
  readonly index: number;
  readonly row: Row;
}

export interface ParsedBatch<Row> {
  readonly rows: readonly ParsedRow<Row>[];
  readonly errors: readonly RowError[];
}

export interface BatchRules<Input, Row> {
  /** Name of the argument, for the message about too many rows. */
  readonly argument: string;
  /** The row in the terms of the domain. A row with any problem is left out, whatever is returned for it. */
  readonly parse: (input: Input, problems: RowProblems) => Row;
  /** What must not occur twice in a batch; rows with a key seen before are refused. Absent: anything may repeat. */
  readonly keyOf?: (row: Row) => string;
}

/**
 * The rows of a batch that may be stored, and what is wrong with the others.
 *
 * @throws DomainError BAD_USER_INPUT for more than 1,000 rows
 */
export function parseBatch<Input, Row>(inputs: readonly Input[], rules: BatchRules<Input, Row>): ParsedBatch<Row> {
  if (inputs.length > MAX_BATCH_ROWS) {
    throw new DomainError(
      'BAD_USER_INPUT',
      `\`${rules.argument}\` holds ${inputs.length} rows; send at most ${MAX_BATCH_ROWS} at once.`,
      { argument: rules.argument, limit: MAX_BATCH_ROWS },
    );
  }
  const rows: ParsedRow<Row>[] = [];
  const errors: RowError[] = [];
  const firstIndexByKey = new Map<string, number>();
  inputs.forEach((input, index) => {
    const errorsBefore = errors.length;
    const row = rules.parse(input, {
      add: (path, message, code = 'INVALID_VALUE') => {
        if (message !== null) errors.push({ index, code, message: `${path.join('.') || 'row'} ${message}`, path });
      },
    });
    if (errors.length > errorsBefore) return;
    const key = rules.keyOf?.(row);
    const first = key === undefined ? undefined : firstIndexByKey.get(key);
    if (first !== undefined) {
      errors.push({ index, code: 'DUPLICATE_IN_BATCH', message: `Row ${first} of this batch is the same.`, path: [] });
      return;
    }
    if (key !== undefined) firstIndexByKey.set(key, index);
    rows.push({ index, row });
  });
  return { rows, errors };
}

export interface StoredBatch<Result> {
  readonly result: Result;
  readonly errors: readonly RowError[];
}

/**
 * Parses a batch and hands the good rows, if any, to `store`, which may refuse more of them. The errors of both come back
 * in the order of the rows; with no good row, `store` is called with none, so that its result is always there.
 */
export async function runBatch<Input, Row, Result>(
  inputs: readonly Input[],
  rules: BatchRules<Input, Row> & { readonly store: (rows: readonly ParsedRow<Row>[]) => Promise<StoredBatch<Result>> },
): Promise<StoredBatch<Result>> {
  const parsed = parseBatch(inputs, rules);
  const stored = await rules.store(parsed.rows);
  return { result: stored.result, errors: sortRowErrors([...parsed.errors, ...stored.errors]) };
}

/** By row; errors of one row keep their order. */
export const sortRowErrors = (errors: readonly RowError[]): RowError[] =>
  [...errors].sort((left, right) => left.index - right.index);
