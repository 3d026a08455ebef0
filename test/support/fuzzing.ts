import type { GraphQLSchema } from 'graphql';
import type { Random } from '../../src/stats/random.js';
import { type KnownIds, QueryGenerator } from './generatedQueries.js';

const MUTATION_SHARE = 0.1;
/** They start work that goes on after the answer and would be in the way of what comes next. */
const EXCEPT = new Set(['Mutation.trainModel', 'Mutation.rebuildProfiles', 'Mutation.revokeApiKey']);

/** Operations that are valid in the schema, some of which change things. */
export const queryGenerator = (schema: GraphQLSchema, ids: KnownIds, random: Random, now: Date): QueryGenerator =>
  new QueryGenerator(schema, ids, random, { mutationShare: MUTATION_SHARE, except: EXCEPT, now });

/** What came back for an operation that was drawn. */
export interface Fuzzed {
  /** Null: nothing came. */
  readonly status: number | null;
  readonly text: string;
}

/** Why an answer is none that a caller should ever get; null when it is fine. */
export function failureOf({ status, text }: Fuzzed): string | null {
  if (status === null) return `no answer: ${text}`;
  if (status >= 500) return `status ${status}: ${text.slice(0, 300)}`;
  if (text.includes('INTERNAL_SERVER_ERROR')) return text.slice(text.indexOf('"errors"')).slice(0, 300);
  return text.includes('"errors"') || text.includes('"data"') ? null : `neither data nor errors: ${text.slice(0, 300)}`;
}

export const hasData = (text: string): boolean => /"data":\{/.test(text);
