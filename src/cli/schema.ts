import { readFile, writeFile } from 'node:fs/promises';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { UsageError } from './usageError.js';

export interface SchemaOptions {
  readonly write: string | undefined;
  readonly check: string | undefined;
}

export const SCHEMA_HELP = `Usage: waymark schema [--write FILE | --check FILE]

Prints the GraphQL schema, writes it to a file, or fails when a file is not up to date.
`;

/** The schema as it is committed. */
export function schemaText(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** Runs the `schema` command and answers what to print. */
export async function manageSchema(schema: GraphQLSchema, options: SchemaOptions): Promise<string> {
  const text = schemaText(schema);
  if (options.write !== undefined) {
    await writeFile(options.write, text);
    return `Wrote ${options.write}.`;
  }
  if (options.check === undefined) return text;
  if ((await readFile(options.check, 'utf8')) === text) return `${options.check} is up to date.`;
  throw new UsageError(`${options.check} is stale: run "npm run schema" and review the difference.`);
}
