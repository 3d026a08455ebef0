import fc from 'fast-check';
import {
  buildSchema,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLScalarType,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { DomainError } from '../../src/platform/errors.js';
import { createCompiledExecution } from '../../src/platform/graphql/compiledExecution.js';

const schema = buildSchema(`
  scalar Instant
  enum Kind { COURSE BOOK }
  interface Item { id: ID! title: String }
  type Course implements Item { id: ID! title: String kind: Kind! minutes: Int }
  type Book implements Item { id: ID! title: String pages: Int! }
  union Found = Course | Book
  input Span { from: Instant!, until: Instant = "2027-01-01", marks: [Float!] }
  input Row { id: ID!, kind: Kind = BOOK, count: Int, isOpen: Boolean, span: Span, tags: [String] }
  type Query {
    courses(first: Int = 2, kinds: [Kind!]): [Course!]!
    found: [Found]
    items: [Item!]
    failing: Course
    failingWhole: Course!
    partly: [Course]
    late: Course
    echo(rows: [Row!]!, note: String): Int!
  }
  type Mutation { add(rows: [Row!]!): Int! twice(by: Int!): Int! }
`);
const instant = schema.getType('Instant') as GraphQLScalarType;
instant.parseValue = (value) => {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw new GraphQLError('An instant is needed.');
  return new Date(value);
};
instant.parseLiteral = (node) => instant.parseValue('value' in node ? node.value : null);

const COURSES = [
  { id: 'c-1', title: 'One', kind: 'COURSE', minutes: 30 },
  { id: 'c-2', title: null, kind: 'BOOK', minutes: null },
  { id: 'c-3', title: 'Three', kind: 'COURSE', minutes: 5 },
];
let received: unknown[] = [];
let order: string[] = [];
const resolvers: Record<string, Record<string, (source: unknown, args: Record<string, unknown>) => unknown>> = {
  Query: {
    courses: (_, { first }) => COURSES.slice(0, first as number),
    found: async () => [
      { __typename: 'Book', id: 'b', title: 'B', pages: 3 },
      null,
      { __typename: 'Course', ...COURSES[0] },
    ],
    items: () => [
      { __typename: 'Course', ...COURSES[0] },
      { __typename: 'Book', id: 'b', title: null, pages: 7 },
    ],
    failing: () => {
      throw new DomainError('NOT_FOUND', 'There is none.');
    },
    failingWhole: async () => {
      throw new DomainError('NOT_FOUND', 'There is none at all.');
    },
    partly: () => [COURSES[0], { id: 'c-9', title: 'No kind' }, new Error('broken')],
    late: () => new Promise((resolve) => setTimeout(() => resolve(COURSES[1]), 2)),
    echo: (_, args) => received.push(args),
  },
  Mutation: {
    add: (_, args) => received.push(args),
    twice: async (_, { by }) => {
      order.push(`begins ${by}`);
      await new Promise((resolve) => setTimeout(resolve, 5 - (by as number)));
      order.push(`ends ${by}`);
      return 2 * (by as number);
    },
  },
};
for (const [typeName, fields] of Object.entries(resolvers)) {
  const type = schema.getType(typeName);
  if (type === undefined || !('getFields' in type)) throw new Error(typeName);
  for (const [name, resolve] of Object.entries(fields)) Object.assign(type.getFields()[name] as object, { resolve });
}

function operationOf(text: string) {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('one operation');
  return { document, operation };
}

/** Runs an operation until it is compiled; null: it never is. */
async function compiledRun(text: string, variables: Record<string, unknown> = {}) {
  const run = createCompiledExecution(schema);
  const operation = operationOf(text);
  let result: ExecutionResult | null = null;
  for (let use = 0; use < 3; use += 1) {
    expect(result).toBeNull();
    result = await run(operation, { variables, context: {} });
  }
  return result;
}

const usualRun = async (document: DocumentNode, variables: Record<string, unknown> = {}) =>
  await execute({ schema, document, variableValues: variables, contextValue: {} });

/** As a client sees it, with errors in the order of their paths. */
const seen = (result: ExecutionResult | null) => {
  const { data, errors = [] } = JSON.parse(JSON.stringify(result));
  return { data, errors: errors.map((error: object) => JSON.stringify(error)).sort() };
};

describe('An operation that is compiled', () => {
  test.each([
    '{ courses { id title kind minutes } }',
    '{ courses(first: 1, kinds: [BOOK]) { a: id b: id } __typename }',
    'query Q($n: Int = 3) { courses(first: $n) { ...F } } fragment F on Course { id kind __typename }',
    '{ failing { id } courses { id } }',
    '{ failingWhole { id } }',
    '{ partly { id kind } late { id title } }',
    '{ late { id } again: late { id kind } }',
    '{ echo(rows: [{ id: 7, span: { from: "2026-01-01" } }]) }',
    'mutation { a: twice(by: 1) b: twice(by: 4) c: twice(by: 2) }',
  ])('answers %s as the usual execution does', async (text) => {
    received = [];
    order = [];
    const expected = await usualRun(parse(text));
    const expectedCalls = { received, order };
    received = [];
    order = [];
    const result = await compiledRun(text);
    expect(result).not.toBeNull();
    expect({ received, order }).toEqual(expectedCalls);
    expect(seen(result)).toEqual(seen(expected));
    // What a caller may see of an error hangs on what was thrown.
    const thrown = ({ errors = [] }: ExecutionResult) =>
      errors.map(({ originalError }) => originalError instanceof DomainError);
    expect(result && thrown(result)).toEqual(thrown(expected));
  });

  const anything = fc.oneof(
    {
      weight: 1,
      arbitrary: fc.constantFrom(null, undefined, true, 0, 1.5, '', 'COURSE', '7', [], {}, [null], 2 ** 40),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
  );
  /** Mostly what fits, at times anything. */
  const mostly = <T>(fitting: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 1, arbitrary: anything });
  const optional = <T>(fitting: fc.Arbitrary<T>) => mostly(fc.option(fitting, { nil: undefined }));
  const date = fc.constantFrom('2026-01-01', '2026-11-22T10:00:00Z');
  const span = fc.record({
    from: mostly(date),
    until: optional(date),
    marks: optional(fc.array(mostly(fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 2 })),
  });
  const row = fc
    .record({
      ...{
        id: mostly(fc.constantFrom('a', 5)),
        kind: optional(fc.constantFrom('BOOK', 'COURSE')),
        count: optional(fc.integer({ min: -5, max: 5 })),
      },
      ...{
        isOpen: optional(fc.boolean()),
        span: optional(span),
        tags: optional(fc.array(mostly(fc.constantFrom('x', null)), { maxLength: 2 })),
      },
      unknown: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constant(1) }),
    })
    .map((made) => {
      const { unknown, ...known } = made;
      return unknown === undefined ? known : made;
    });

  test('gets its variables as in the usual execution, or leaves it to that to say what is wrong with them', async () => {
    const run = createCompiledExecution(schema);
    const operation = operationOf('query ($rows: [Row!]!, $note: String) { echo(rows: $rows, note: $note) }');
    for (let use = 0; use < 3; use += 1) await run(operation, { variables: { rows: [] }, context: {} });
    let [fitting, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.record({ rows: mostly(fc.array(mostly(row), { maxLength: 3 })), note: optional(fc.string()) }),
        async (variables) => {
          const sent = JSON.parse(JSON.stringify(variables)) as Record<string, unknown>;
          received = [];
          const expected = await usualRun(operation.document, sent);
          const [expectedArguments] = received;
          received = [];
          const result = await run(operation, { variables: sent, context: {} });
          if (expected.data == null) {
            refused += 1;
            expect(result).toBeNull();
            expect(received).toEqual([]);
            return;
          }
          fitting += 1;
          expect(result?.errors).toBeUndefined();
          expect(JSON.stringify(received[0])).toBe(JSON.stringify(expectedArguments));
          expect(received[0]).toEqual(expectedArguments);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(Math.min(fitting, refused)).toBeGreaterThan(200);
  });
});

describe('Variables that are whole arguments', () => {
  test.each([
    'query ($n: Int, $m: Int = 1) { a: courses(first: $n) { id } b: courses(first: $m) { id } }',
    'query ($n: Int!, $m: Int!) { a: courses(first: $n) { id } b: courses(first: $m) { id } }',
    'query ($n: Int, $m: [Row!]!) { courses(first: $n) { id } echo(rows: $m) }',
    'query ($n: String, $m: [Row!]! = []) { echo(rows: $m, note: $n) }',
  ])('left out, null or given: as in the usual execution (%s)', async (text) => {
    const { document } = operationOf(text);
    let compared = 0;
    for (const n of [undefined, null, 3, 'three']) {
      for (const m of [undefined, null, 2, [], [{ id: 'a' }], { id: 'b', kind: null }]) {
        const variables = JSON.parse(JSON.stringify({ n, m }));
        received = [];
        const expected = await usualRun(document, variables);
        const expectedCalls = received;
        received = [];
        const result = await compiledRun(text, variables);
        expect(received).toEqual(result === null ? [] : expectedCalls);
        if (result === null) continue;
        compared += 1;
        expect(seen(result)).toEqual(seen(expected));
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});

describe('An operation is executed step by step', () => {
  test.each([
    ['that asks for the schema', '{ __schema { queryType { name } } }'],
    ['with a union', '{ found { ... on Book { id pages } ... on Course { id minutes } } }'],
    ['with an interface', '{ items { id title } }'],
    ['with directives', 'query ($is: Boolean = true) { courses { id @include(if: $is) } }'],
    ['with a variable inside of an object', 'query ($n: Int) { echo(rows: [{ id: 1, count: $n }]) }'],
    ['with a variable inside of a list', 'query ($r: Row! = { id: 1 }) { echo(rows: [$r]) }'],
    ['with a variable in a list of an object', 'query ($t: String) { echo(rows: { id: 1, tags: [$t] }) }'],
    ['with a variable that may be null where nothing may', 'mutation ($n: Int = 1) { twice(by: $n) }'],
    [
      'with such a variable in a fragment that comes first',
      'fragment F on Mutation { twice(by: $n) } mutation ($n: Int = 1) { ...F }',
    ],
    ['with an answer by a name that objects have of their own', '{ __proto__: courses { id } }'],
  ])('%s', async (_, text) => {
    expect(await compiledRun(text)).toBeNull();
  });

  test('until it has been sent three times', async () => {
    const run = createCompiledExecution(schema);
    const operation = operationOf('{ courses { id } }');
    const results = [];
    for (let use = 0; use < 4; use += 1) results.push(await run(operation, { variables: {}, context: {} }));
    expect(results.map((result) => result === null)).toEqual([true, true, false, false]);
  });

  test('while another has just been compiled, so that many that are new do not take all the time', async () => {
    let nowMs = 0;
    const run = createCompiledExecution(schema, () => nowMs);
    const isCompiled = async (operation: ReturnType<typeof operationOf>) =>
      (await run(operation, { variables: {}, context: {} })) !== null;
    const [first, second] = [operationOf('{ courses { id } }'), operationOf('{ courses { title } }')];
    for (let use = 0; use < 2; use += 1)
      expect([await isCompiled(first), await isCompiled(second)]).toEqual([false, false]);
    expect(await isCompiled(first)).toBe(true);
    expect(await isCompiled(second)).toBe(false);
    nowMs = 1_000;
    expect(await isCompiled(second)).toBe(true);
  });

  test('after it was pushed out by others, until it has been sent three times again', async () => {
    let nowMs = 0;
    const run = createCompiledExecution(schema, () => nowMs);
    const isCompiled = async (operation: ReturnType<typeof operationOf>) => {
      nowMs += 1_000;
      return (await run(operation, { variables: {}, context: {} })) !== null;
    };
    const operations = Array.from({ length: 201 }, (_, n) => operationOf(`{ a${n}: courses { id } }`));
    for (const operation of operations) for (let use = 0; use < 3; use += 1) await isCompiled(operation);
    const first = operations[0] as (typeof operations)[number];
    expect([await isCompiled(first), await isCompiled(first), await isCompiled(first)]).toEqual([false, false, true]);
  });
});
