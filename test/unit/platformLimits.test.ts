import { type DocumentNode, getIntrospectionQuery, type OperationDefinitionNode, parse } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { DomainError } from '../../src/platform/errors.js';
import { costOf, createCostCheck, createShapeCheck, shapeProblem } from '../../src/platform/graphql/graphqlLimits.js';
import { securedTinySchema } from '../integration/httpFixture.js';

const limitOf = (text: string) => shapeProblem(parse(text))?.details['limit'] ?? null;
const nested = (depth: number): string => (depth === 1 ? 'a' : `a { ${nested(depth - 1)} }`);

describe('shape', () => {
  test('eight fields deep is allowed, nine is not', () => {
    expect(limitOf(`{ ${nested(8)} }`)).toBeNull();
    expect(limitOf(`{ ${nested(9)} }`)).toBe('depth');
  });

  test('fragments deepen the place where they are spread', () => {
    const fragment = `fragment F on T { ${nested(5)} }`;
    expect(limitOf(`{ x { y { z { ...F } } } } ${fragment}`)).toBeNull();
    expect(limitOf(`{ x { y { z { w { ...F } } } } } ${fragment}`)).toBe('depth');
    expect(limitOf(`{ x { ... on T { ... { y { z { w { ...F } } } } } } } ${fragment}`)).toBe('depth');
  });

  test('reading the schema may go deeper, but only there', () => {
    expect(limitOf(`{ __schema { ${nested(14)} } }`)).toBeNull();
    expect(limitOf(`{ ...R } fragment R on Query { __type(name: "X") { ${nested(14)} } }`)).toBeNull();
    expect(limitOf(getIntrospectionQuery())).toBeNull();
    expect(limitOf(`{ __schema { a } ${nested(9)} }`)).toBe('depth');
    expect(limitOf(`{ a { __schema { ${nested(8)} } } }`)).toBe('depth');
  });

  test('aliases count wherever a fragment brings them', () => {
    const aliases = (count: number) => Array.from({ length: count }, (_, i) => `a${i}: f`).join(' ');
    expect(limitOf(`{ ${aliases(15)} }`)).toBeNull();
    expect(limitOf(`{ ${aliases(16)} }`)).toBe('aliases');
    expect(limitOf(`{ x { ...F } y { ...F } } fragment F on T { ${aliases(8)} }`)).toBe('aliases');
  });

  test('fragments that double each other are measured without spreading them', () => {
    const chain = Array.from({ length: 30 }, (_, i) => `fragment F${i} on T { ...F${i + 1} ...F${i + 1} }`).join(' ');
    const started = performance.now();
    expect(limitOf(`{ ...F0 } ${chain} fragment F30 on T { f }`)).toBe('fields');
    // Spread one by one they would be 2^30 fields.
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('fragments that spread themselves end', () => {
    expect(limitOf('{ ...A } fragment A on T { a { ...B } } fragment B on T { b { ...A } }')).toBeNull();
  });

  test('too many tokens are refused with a hint, and text that does not parse is left to the server', () => {
    const check = createShapeCheck();
    expect(check(`{ ${'f '.repeat(1_000)} }`)?.message).toContain('variables');
    expect(check('{ not')).toBeNull();
    expect(check('{ f }')).toBeNull();
    expect(check('{ f }')).toBeNull();
  });
});

describe('cost', () => {
  let schema: Awaited<ReturnType<typeof securedTinySchema>>;
  beforeAll(async () => {
    schema = await securedTinySchema();
  });

  function operationIn(text: string): [DocumentNode, OperationDefinitionNode] {
    const document = parse(text);
    const operation = document.definitions[0];
    if (operation?.kind !== 'OperationDefinition') throw new Error('an operation comes first');
    return [document, operation];
  }
  const cost = (text: string, variables: Record<string, unknown> = {}) =>
    costOf(schema, ...operationIn(text), variables);

  test('a field costs one, a page its size, a list of ids its length, a plain list three', () => {
    expect(cost('{ hello }')).toBe(1);
    // books 1, and per item: edges 1, node 1, id 1, title 1
    expect(cost('{ books(first: 20) { edges { node { id title } } } }')).toBe(1 + 20 * 4);
    expect(cost('{ books { edges { node { id title } } } }')).toBe(1 + 10 * 4);
    expect(cost('{ books(first: 5000) { edges { node { id title } } } }')).toBe(1 + 100 * 4);
    // related 1 and three children
    expect(cost('{ books(first: 20) { edges { node { related { id } } } } }')).toBe(1 + 20 * (2 + 1 + 3));
    expect(cost('query ($i: [ID!]) { readers(learnerIds: $i) { id } }', { i: ['a', 'b'] })).toBe(1 + 2 * 3);
    const rows = Array.from({ length: 1_000 }, (_, index) => ({ id: `r${index}` }));
    const text = 'mutation ($r: [RowInput!]!) { ingest(rows: $r) { stored userErrors { index code message path } } }';
    expect(cost(text, { r: rows })).toBe(1 + 1_000 * (1 + 1 + 3 * 4));
  });

  test('what is skipped costs nothing', () => {
    const text = 'query ($s: Boolean!) { hello books(first: 10) @skip(if: $s) { edges { cursor } } }';
    expect(cost(text, { s: true })).toBe(1);
    expect(cost(text, { s: false })).toBe(1 + 1 + 10 * 2);
  });

  test('a remembered cost is that of the same page sizes, list lengths and conditions', () => {
    const check = createCostCheck(schema);
    const [document, operation] = operationIn(
      `query ($i: [ID!], $s: Boolean = false) { readers(learnerIds: $i) @skip(if: $s) { ${'id '.repeat(20)} } }`,
    );
    const ids = (count: number) => Array.from({ length: count }, (_, index) => String(index));
    const problem = (variables: Record<string, unknown>) => {
      const found = check(document, operation, variables);
      return found instanceof DomainError ? found.details['limit'] : found;
    };
    // readers 1, and per id three assumed readers with twenty fields each
    expect(problem({ i: ids(10) })).toBe(1 + 10 * 3 * 20);
    expect(problem({ i: ids(1_000) })).toBe('cost');
    expect(problem({ i: ids(10) })).toBe(1 + 10 * 3 * 20);
    expect(problem({ i: ids(1_000), s: true })).toBe(0);
    expect(problem({ i: ids(1_000), s: false })).toBe('cost');
    // Left to the server, which will not run it.
    expect(problem({ i: [null] })).toBe(0);
    expect(problem({})).toBe(1 + 3 * 20);
  });
});
