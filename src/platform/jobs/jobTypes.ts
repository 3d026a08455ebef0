import { Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import { Access } from '../access/access.js';
import { enumOf } from '../graphql/enums.js';
import type { JobStatus } from './jobs.js';

export const JobStatusEnum = enumOf([
  'QUEUED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
] as const satisfies readonly JobStatus[]);
registerEnumType(JobStatusEnum, {
  name: 'JobStatus',
  description: 'How far background work is.',
  valuesConfig: {
    QUEUED: { description: 'It waits for a worker.' },
    RUNNING: { description: 'A worker is at it.' },
    SUCCEEDED: { description: 'It is done.' },
    FAILED: { description: 'It ended without a result; `error` says why.' },
  },
});

@ObjectType('JobProgress', { simpleResolvers: true, description: 'How far the present step of background work is.' })
@Access('inherit')
export class JobProgressType {
  @Field(() => String, { description: 'What is being done.' })
  phase!: string;

  @Field(() => Float, { description: 'How much of it is done, in the unit of `total`.' })
  done!: number;

  @Field(() => Float, { description: 'How much there is to do.' })
  total!: number;
}
