import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSchema } from '../../src/app.js';
import { aCourse, aLearner, aSkill } from '../support/builders.js';
import { store } from '../support/ingest.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 300_000 });

type Input = GraphQLArgument | GraphQLInputField;

/** One place in the arguments of a root field that takes a text or a list. */
interface Place {
  /** `Query.courses: filter.tags` */
  readonly name: string;
  readonly query: string;
  readonly kind: 'TEXT' | 'LIST';
  /** The arguments with `value` in that place, and no more than must be in the others. */
  readonly variables: (value: unknown) => Readonly<Record<string, unknown>>;
}

/** Longer than any text that may be stored, and not so long that it is refused before anybody looks at it. */
const LONG = 'a'.repeat(30_000);
const LONGEST_STORED = 20_000;

describe('whatever takes a text or a list', () => {
  let service: TestApp;
  let token: string;
  let places: readonly Place[];
  beforeAll(async () => {
    service = await openTestApp('embedded', { env: { RATE_PER_PERSON: '0' } });
    token = await service.token({ learnerId: 'x', roles: ['ADMIN'], expires: '2h' });
    await store(service, {
      skills: [aSkill({ id: 'x' })],
      courses: [aCourse({ id: 'x' })],
      learners: [aLearner({ id: 'x' })],
    });
    places = placesIn(await createSchema());
  });
  afterAll(() => service.close());

  test('takes none without end', async () => {
    expect(places.length).toBeGreaterThan(300);
    const unbounded: string[] = [];
    for (const place of places) {
      const [value, limit] =
        place.kind === 'TEXT' ? ['a'.repeat(50_001), 'textLength'] : [Array(2_001).fill(null), 'listLength'];
      const { errors } = await service.post(place.query, place.variables(value), token);
      const details = errors[0]?.extensions.details as { limit?: string } | undefined;
      if (details?.limit !== limit) unbounded.push(`${place.name}: ${JSON.stringify(errors[0] ?? 'no error')}`);
    }
    expect(unbounded).toEqual([]);
  });

  test('stores none that is longer than what may be, and breaks on none', async () => {
    const broken: string[] = [];
    for (const place of places) {
      const value = place.kind === 'TEXT' ? LONG : Array(2_000).fill('x');
      const { status, errors } = await service.post(place.query, place.variables(value), token);
      const masked = errors.find(({ extensions }) => extensions.code === 'INTERNAL_SERVER_ERROR');
      if (status >= 500 || masked !== undefined) broken.push(`${place.name}: ${status} ${JSON.stringify(masked)}`);
    }
    expect(broken).toEqual([]);
    expect(await longTexts(service)).toEqual([]);
  });
});

function placesIn(schema: GraphQLSchema): Place[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
  ] as const;
  return roots.flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {}).flatMap((field) => {
      const below = getNamedType(field.type);
      const selected = isObjectType(below) || isUnionType(below) ? ' { __typename }' : '';
      return field.args.flatMap((arg) => {
        const args = field.args.filter((other) => other === arg || isRequiredArgument(other));
        const declared = args.map((one) => `$${one.name}: ${one.type}`).join(', ');
        const passed = args.map((one) => `${one.name}: $${one.name}`).join(', ');
        const query = `${kind} (${declared}) { ${field.name}(${passed})${selected} }`;
        const others = Object.fromEntries(args.filter((one) => one !== arg).map((one) => [one.name, least(one)]));
        return pathsIn(arg, arg.type, new Set()).map(({ path, kind: what, put }) => ({
          name: `${type?.name}.${field.name}: ${path}`,
          query,
          kind: what,
          variables: (value: unknown) => ({ ...others, [arg.name]: put(value) }),
        }));
      });
    }),
  );
}

interface InputPath {
  readonly path: string;
  readonly kind: Place['kind'];
  /** The whole argument, with a value put there. */
  readonly put: (value: unknown) => unknown;
}

function pathsIn(input: Input, type: GraphQLInputType, open: ReadonlySet<string>): InputPath[] {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const inner = pathsIn(input, nullable.ofType, open).map(({ put, ...rest }) => ({
      ...rest,
      put: (value: unknown) => [put(value)],
    }));
    return [{ path: input.name, kind: 'LIST', put: (value) => value }, ...inner];
  }
  if (isInputObjectType(nullable)) {
    if (open.has(nullable.name)) return [];
    const fields = Object.values(nullable.getFields());
    return fields.flatMap((field) => {
      const needed = nullable.isOneOf ? [] : fields.filter((one) => one !== field && isRequiredInputField(one));
      const others = Object.fromEntries(needed.map((one) => [one.name, least(one)]));
      return pathsIn(field, field.type, new Set([...open, nullable.name])).map(({ path, kind, put }) => ({
        path: `${input.name}.${path}`,
        kind,
        put: (value: unknown) => ({ ...others, [field.name]: put(value) }),
      }));
    });
  }
  const isText = !isEnumType(nullable) && ['String', 'ID'].includes(nullable.name);
  return isText ? [{ path: input.name, kind: 'TEXT', put: (value) => value }] : [];
}

/** No more than an argument needs. */
function least(input: Input, type: GraphQLInputType = input.type): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [least(input, nullable.ofType)];
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields());
    const needed = nullable.isOneOf ? fields.slice(0, 1) : fields.filter((field) => isRequiredInputField(field));
    return Object.fromEntries(needed.map((field) => [field.name, least(field)]));
  }
  if (nullable.name === 'Boolean') return false;
  if (nullable.name === 'Int' || nullable.name === 'Float') return 1;
  if (nullable.name.startsWith('DateTime')) return '2025-03-01T09:00:00Z';
  return /On$|^(from|until|date|day)$/.test(input.name) ? '2025-03-01' : 'x';
}

/** Columns that hold a text, or a document, longer than any text may be. */
async function longTexts(service: TestApp): Promise<readonly string[]> {
  const columns = await service.sql<{ table_name: string; column_name: string }>(
    `SELECT c.table_name, c.column_name FROM information_schema.columns c
     WHERE c.table_schema = 'public' AND c.data_type IN ('text', 'ARRAY', 'jsonb')`,
  );
  const found: string[] = [];
  for (const { table_name: table, column_name: column } of columns) {
    const rows = await service.sql<{ n: number }>(
      `SELECT 1 AS n FROM "${table}" t WHERE t."${column}"::text LIKE '%' || repeat('a', ${LONGEST_STORED + 1}) || '%' LIMIT 1`,
    );
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}
