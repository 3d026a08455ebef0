import { readFileSync } from 'node:fs';
import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSchema } from '../../src/app.js';
import { schemaText } from '../../src/cli/schema.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { driftStatements } from '../support/schemaDrift.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

describeOnBothDatabases('migrations', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());

  /** Statements that would still be needed to get from the tables that there are to those of the table classes. */
  const missing = () => driftStatements(service.app.database.dataSource);
  const tables = async () => {
    const rows = await service.sql<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`,
    );
    return rows.map(({ name }) => name);
  };

  test('give exactly the tables that the table classes describe', async () => {
    expect(await missing()).toEqual([]);
    const described = service.app.database.dataSource.entityMetadatas.map((entity) => entity.tableName);
    expect(await tables()).toEqual([...described, 'schema_migration'].sort());
  });

  test('can be undone to nothing and run again', async () => {
    const { dataSource } = service.app.database;
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    expect(await tables()).toEqual(['schema_migration']);
    await dataSource.runMigrations();
    expect(await missing()).toEqual([]);
  });
});

describe('the GraphQL schema', () => {
  test('is the one in schema.graphql; if it is not, run `npm run schema` and review the difference', async () => {
    const committed = readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8');
    expect(schemaText(await createSchema())).toBe(committed);
  });

  test('describes everything in it', async () => {
    expect(undescribed(await createSchema())).toEqual([]);
  });
});

/** Names of everything that has no description. */
function undescribed(schema: GraphQLSchema): string[] {
  const ownTypes = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  // The roots say nothing that their fields do not.
  const roots = new Set<GraphQLNamedType | null | undefined>([schema.getQueryType(), schema.getMutationType()]);
  return ownTypes
    .flatMap((type) => [
      ...(roots.has(type) ? [] : [{ name: type.name, description: type.description }]),
      ...membersOf(type).map(({ name, description }) => ({ name: `${type.name}.${name}`, description })),
    ])
    .filter(({ description }) => !description?.trim())
    .map(({ name }) => name);
}

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
}

function membersOf(type: GraphQLNamedType): Described[] {
  if (isInputObjectType(type)) return Object.values(type.getFields());
  if (isEnumType(type)) return [...type.getValues()];
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    field,
    ...field.args.map((arg) => ({ name: `${field.name}(${arg.name})`, description: arg.description })),
  ]);
}
