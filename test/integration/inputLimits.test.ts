import { type GraphQLInputType, type GraphQLSchema, getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSchema } from '../../src/app.js';
import { GRAPHQL_LIMITS, variablesProblem } from '../../src/platform/graphql/graphqlLimits.js';
import { aCourse, aLearner, aSkill } from '../support/builders.js';
import { store } from '../support/ingest.js';
import { type Field, type Input, isComposite, isRequired, rootsOf, shapeOf } from '../support/inputShapes.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 300_000 });

/** One place in the arguments of a root field that takes a text or a list. */
interface Place {
  /** `Query.courses: filter.tags` */
  readonly name: string;
  readonly query: string;
  readonly kind: 'TEXT' | 'LIST';
  /** The arguments with `value` in that place, and no more than must be in the others. */
  readonly variables: (value: unknown) => Readonly<Record<string, unknown>>;
  /** Something that a list there may hold. */
  readonly member: unknown;
}

/** Longer than any text that may be stored, and not so long that it is refused before anybody looks at it. */
const LONG = 'a'.repeat(30_000);
const LONGEST_STORED = 20_000;
/** What was sent is never told back whole. */
const LONGEST_MESSAGE = 600;

/** What an input or a root field needs beside, to be refused for nothing but what is looked at. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  CampaignInput: { courseIds: ['x'] },
  ExperimentInput: {
    ...{ minimumPeoplePerVariant: 20, minimumDays: 7 },
    variants: [
      { id: 'a', name: 'a', isControl: true },
      { id: 'b', name: 'b', policy: { strengths: [{ signal: 'COLLABORATIVE', strength: 0 }] } },
    ],
  },
  'Mutation.draftSetting': { setting: { signalWeights: {} } },
  'Mutation.updateSettingDraft': { setting: { signalWeights: {} } },
  'Query.campaignMessages': { to: '2025-03-02T09:00:00Z' },
  'Mutation.publishRuleSet': { expectedVersion: 0 },
};

/** Places without a limit of their own, and why they need none. */
const WITHOUT: Readonly<Record<string, string>> = {
  'Query.campaigns: states': 'names of the schema',
  'Query.experiments: statuses': 'names of the schema',
  'Mutation.createApiKey: scopes': 'names of the schema',
  'Query.deliverySuggestions: learnerIds': 'as many as any list may have, each answered by itself',
  'Mutation.planDeliveries: learnerIds': 'as many as any list may have, each answered by itself',
  'Mutation.previewRules: audience.learnerIds': 'as many as its cost allows',
  'Mutation.publishRuleSet: draftIds': 'drafts that there are: more than any list may have are never published at once',
  'Query.previewDeliveryPolicy: draftIds': 'drafts that there are, the first that there is not is told of',
  'Query.previewDeliveryPolicy: courseId': 'looked up only after the draft, which is missing here',
};

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
    await storeOthers(service);
    places = placesIn(await createSchema());
  });
  afterAll(() => service.close());

  test('is refused by the limits of all requests above them', () => {
    expect(variablesProblem({ value: ['a'.repeat(GRAPHQL_LIMITS.textLength + 1)] })?.details).toMatchObject({
      limit: 'textLength',
    });
    expect(
      variablesProblem({ value: { rows: Array(GRAPHQL_LIMITS.listLength + 1).fill(null) } })?.details,
    ).toMatchObject({ limit: 'listLength' });
  });

  test('has a limit of its own below those', async () => {
    expect(places.length).toBeGreaterThan(300);
    const [unbounded, overlong]: [string[], string[]] = [[], []];
    for (const place of places) {
      const told = await refusalsOf(service, place, token);
      if (!told.some((problem) => isOwn(place, problem))) unbounded.push(place.name);
      if (told.some(({ message }) => message.length > LONGEST_MESSAGE)) overlong.push(place.name);
    }
    expect(unbounded.sort()).toEqual(Object.keys(WITHOUT).sort());
    expect(overlong).toEqual([]);
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

/** Goals, KPIs and experiments under the id that is asked for, lest they be missed before anything is looked at. */
async function storeOthers(service: TestApp): Promise<void> {
  const made = [
    `upsertKpis(kpis: [{ id: "x", name: "x", unit: "x", direction: HIGHER_IS_BETTER }]) { userErrors { message } }`,
    `createGoal(id: "x", goal: { name: "x", owner: "x", metric: { kind: COMPLETIONS }, target: 5, baseline: 1,
       dueOn: "2025-12-31" }) { userErrors { message } }`,
    `createExperiment(id: "x", reason: "x", experiment: { name: "x", hypothesis: "x", owner: "x",
       primaryMetric: CLICK_RATE, minimumPeoplePerVariant: 20, minimumDays: 7, variants: [
         { id: "a", name: "a", isControl: true },
         { id: "b", name: "b", policy: { strengths: [{ signal: COLLABORATIVE, strength: 0 }] } }] }) {
       userErrors { message } }`,
    `createCampaign(id: "x", reason: "x", campaign: { name: "x", owner: "x", courseIds: ["x"] }) { userErrors { message } }`,
  ];
  for (const mutation of made) {
    const [payload] = Object.values(await service.ask<Record<string, Payload>>(`mutation { ${mutation} }`));
    expect([mutation, payload?.userErrors]).toEqual([mutation, []]);
  }
}

interface Refused {
  readonly message: string;
  /** Names on the way, without places in lists; null: it is about the request. */
  readonly path: readonly string[] | null;
}

/** What is said of too long a text, or of as many values as the cost of the operation allows. */
async function refusalsOf(service: TestApp, place: Place, token: string): Promise<readonly Refused[]> {
  for (let length: number = GRAPHQL_LIMITS.listLength; ; length = Math.floor(length / 2)) {
    const value = place.kind === 'TEXT' ? LONG : Array(length).fill(place.member);
    const { data, errors } = await service.post(place.query, place.variables(value), token);
    const isTooCostly = errors.some(({ extensions }) => (extensions.details as Limited)?.limit === 'cost');
    if (isTooCostly && length > 1) continue;
    const [root] = Object.values((data ?? {}) as Readonly<Record<string, unknown>>);
    // An id that nobody could have is of nothing.
    if (errors.length === 0 && root === null) return [{ message: 'There is no such thing', path: null }];
    const { userErrors = [], errors: rowErrors = [] } = (root ?? {}) as Payload;
    return [
      ...errors.map(({ message }) => ({ message, path: null })),
      ...[...userErrors, ...rowErrors].map(({ message, path }) => ({
        message,
        path: path.filter((name) => !/^\d+$/.test(name)),
      })),
    ];
  }
}

type Limited = { readonly limit?: unknown } | undefined;
interface Payload {
  readonly userErrors?: readonly { readonly message: string; readonly path: readonly string[] }[];
  readonly errors?: readonly { readonly message: string; readonly path: readonly string[] }[];
}

/** Whether it is about this place, and about how much stands there or in what form. */
function isOwn(place: Place, { message, path }: Refused): boolean {
  if (place.kind === 'LIST') {
    const isCounted = / (?:at most|to|from) [\d,]+|not (?:1000|2000)\b/.test(message);
    return isCounted && (path === null || path.at(-1) === place.name.split(/[.:] ?/).at(-1));
  }
  if (path !== null && path.length > 0 && path.at(-1) !== place.name.split(/[.:] ?/).at(-1)) return false;
  return (
    /at most [\d,]+ are allowed|is not an? |[Tt]here is no|has no variant|is not among|is not one that this field gave out/.test(
      message,
    ) &&
    (path !== null || !/"x"/.test(message))
  );
}

function placesIn(schema: GraphQLSchema): Place[] {
  return rootsOf(schema).flatMap(({ operation, name, fields }) =>
    fields.flatMap((field) =>
      field.args.flatMap((arg) => {
        const args = field.args.filter((other) => other === arg || isRequired(other));
        const declared = args.map((one) => `$${one.name}: ${one.type}`).join(', ');
        const passed = args.map((one) => `${one.name}: $${one.name}`).join(', ');
        const query = `${operation} (${declared}) { ${field.name}(${passed})${selectionOf(field)} }`;
        const needed = NEEDED[`${name}.${field.name}`] ?? {};
        const others = Object.fromEntries(
          args.filter((one) => one !== arg).map((one) => [one.name, needed[one.name] ?? least(one)]),
        );
        return pathsIn(arg, arg.type, new Set()).map(({ path, put, ...rest }) => ({
          ...rest,
          name: `${name}.${field.name}: ${path}`,
          query,
          variables: (value: unknown) => ({ ...others, [arg.name]: put(value) }),
        }));
      }),
    ),
  );
}

/** What tells whether something was refused, and no more. */
function selectionOf({ type }: Field): string {
  if (!isComposite(type)) return '';
  const named = getNamedType(type);
  const [errors] = isObjectType(named) ? ['userErrors', 'errors'].filter((name) => name in named.getFields()) : [];
  return errors === undefined ? ' { __typename }' : ` { ${errors} { message path } }`;
}

interface InputPath extends Pick<Place, 'kind' | 'member'> {
  readonly path: string;
  /** The whole argument, with a value put there. */
  readonly put: (value: unknown) => unknown;
}

function pathsIn(input: Input, type: GraphQLInputType, open: ReadonlySet<string>): InputPath[] {
  const shape = shapeOf(type);
  switch (shape.kind) {
    case 'LIST': {
      const inner = pathsIn(input, shape.of, open).map(({ put, ...rest }) => ({
        ...rest,
        put: (value: unknown) => [put(value)],
      }));
      const member = least(input, shape.of);
      return [{ path: input.name, kind: 'LIST', member, put: (value) => value }, ...inner];
    }
    case 'OBJECT': {
      if (open.has(shape.name)) return [];
      return shape.fields.flatMap((field) => {
        const needed = shape.isOneOf ? [] : shape.fields.filter((one) => one !== field && isRequired(one));
        const others = {
          ...Object.fromEntries(needed.map((one) => [one.name, least(one)])),
          ...NEEDED[shape.name],
        };
        return pathsIn(field, field.type, new Set([...open, shape.name])).map(({ path, put, ...rest }) => ({
          ...rest,
          path: `${input.name}.${path}`,
          put: (value: unknown) => ({ ...others, [field.name]: put(value) }),
        }));
      });
    }
    case 'SCALAR': {
      const isText = ['String', 'ID'].includes(shape.name);
      return isText ? [{ path: input.name, kind: 'TEXT', member: null, put: (value) => value }] : [];
    }
    case 'ENUM':
      return [];
  }
}

/** No more than an argument needs. */
function least(input: Input, type: GraphQLInputType = input.type): unknown {
  const shape = shapeOf(type);
  switch (shape.kind) {
    case 'LIST':
      return [least(input, shape.of)];
    case 'ENUM':
      return shape.values[0];
    case 'OBJECT': {
      const needed = shape.isOneOf ? shape.fields.slice(0, 1) : shape.fields.filter(isRequired);
      return { ...Object.fromEntries(needed.map((field) => [field.name, least(field)])), ...NEEDED[shape.name] };
    }
    case 'SCALAR':
      if (shape.name === 'Boolean') return false;
      if (shape.name === 'Int' || shape.name === 'Float') return 1;
      if (shape.name.startsWith('DateTime')) return '2025-03-01T09:00:00Z';
      return /On$|^(from|until|date|day)$/.test(input.name) ? '2025-03-01' : 'x';
  }
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
