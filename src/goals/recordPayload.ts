import { Field, Int, ObjectType } from 'type-graphql';
import { Access } from '../platform/access/access.js';
import { UserErrorType } from '../platform/graphql/batch.js';
import type { RecordResult } from './records.js';

@ObjectType({ simpleResolvers: true, description: 'What became of a batch of figures or answers.' })
@Access('inherit')
export class RecordPayload {
  @Field(() => Int, { description: 'Rows that were new and are stored.' })
  storedCount!: number;

  @Field(() => Int, { description: 'Rows that had been stored before and say the same; nothing was done.' })
  duplicateCount!: number;

  @Field(() => [UserErrorType], { description: 'Rows that were refused, in the order of the batch.' })
  userErrors!: readonly UserErrorType[];
}

export const recordPayload = ({ errors, ...counts }: RecordResult): RecordPayload => ({
  ...counts,
  userErrors: errors,
});
