import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getVariableValues,
  isCompositeType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { type ComplexityEstimator, fieldExtensionsEstimator, getComplexity } from 'graphql-query-complexity';
import { DomainError } from '../errors.js';
import { MAX_IDS } from './batch.js';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './connection.js';

/** What one operation may ask for. Measured where noted: without these, under a kilobyte of text stops a server. */
export const GRAPHQL_LIMITS = {
  tokens: 1_000,
  /** Characters of the document, and of any one text among the variables. */
  textLength: 50_000,
  /** Fields inside fields; the root field is 1. Below `__schema` and `__type` it does not count. */
  depth: 8,
  /** Counted wherever a fragment is spread, since that is where they multiply the work. */
  aliases: 15,
  /** Fields after spreading all fragments; 13 fragments that spread each other twice make 8,192 of 808 bytes. */
  fields: 2_000,
  /** Times that one operation may list the whole schema. */
  schemas: 1,
  /** Values in any list among the variables; checking a hundred thousand rows before refusing them takes a second. */
  listLength: MAX_IDS,
  /** Lists and objects inside each other among the variables. */
  variableDepth: 16,
  /** Faults told at once: whoever sends thousands is not helped by reading them all. */
  faults: 10,
  /** Values that the answer may hold, as estimated by `costOf`; about 100 ms of work at the most. */
  cost: 50_000,
} as const;

interface Shape {
  readonly depth: number;
  readonly aliases: number;
  readonly fields: number;
  readonly schemas: number;
}

const NOTHING: Shape = { depth: 0, aliases: 0, fields: 0, schemas: 0 };
const MEASURES = ['depth', 'aliases', 'fields', 'schemas'] as const;

/**
 * Why a document is too deep or too wide; null when it is neither. Works on any parsed text, valid or not, in time linear
 * in its length: it must run before validation, which is where crafted documents hurt.
 */
export function shapeProblem(document: DocumentNode): DomainError | null {
  const shape = shapeOf(document);
  for (const limit of MEASURES) {
    if (shape[limit] > GRAPHQL_LIMITS[limit]) return limitError(limit, shape[limit]);
  }
  return null;
}

const EXCESS = {
  tokens: 'The document is too long: pass values as variables',
  textLength: 'A text is too long',
  depth: 'The operation is nested too deeply',
  aliases: 'The operation has too many aliases',
  fields: 'The operation selects too many fields once its fragments are spread',
  schemas: 'The operation lists the schema more than once',
  listLength: 'A list is too long: send it in parts',
  variableDepth: 'The value is nested too deeply',
  cost: 'The operation asks for too much at once: ask for smaller pages, fewer ids or fewer fields',
} as const;

function limitError(limit: keyof typeof EXCESS, actual: number | null): DomainError {
  const allowed = GRAPHQL_LIMITS[limit];
  const found = actual === null ? '' : `, here ${actual}`;
  return new DomainError('BAD_USER_INPUT', `${EXCESS[limit]} (${limit}: at most ${allowed}${found}).`, {
    limit,
    allowed,
    ...(actual === null ? {} : { actual }),
  });
}

/** The largest of each measure over the operations of a document. A fragment that spreads itself counts once. */
function shapeOf(document: DocumentNode): Shape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  // Below the root and at the root a fragment measures differently, because only there can it hold `__schema`.
  const measured = { root: new Map<string, Shape>(), inner: new Map<string, Shape>() };

  function ofSelections(set: SelectionSetNode, place: 'root' | 'inner'): Shape {
    let depth = 0;
    let aliases = 0;
    let fields = 0;
    let schemas = 0;
    for (const selection of set.selections) {
      const shape = ofSelection(selection, place);
      depth = Math.max(depth, shape.depth);
      aliases += shape.aliases;
      fields += shape.fields;
      schemas += shape.schemas;
    }
    return { depth, aliases, fields, schemas };
  }

  function ofSelection(selection: SelectionNode, place: 'root' | 'inner'): Shape {
    if (selection.kind === Kind.INLINE_FRAGMENT) return ofSelections(selection.selectionSet, place);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value, place);
    const inner = selection.selectionSet === undefined ? NOTHING : ofSelections(selection.selectionSet, 'inner');
    const name = selection.name.value;
    const introspects = place === 'root' && (name === '__schema' || name === '__type');
    return {
      depth: introspects ? 1 : inner.depth + 1,
      aliases: inner.aliases + (selection.alias === undefined ? 0 : 1),
      fields: inner.fields + 1,
      schemas: inner.schemas + (name === '__schema' ? 1 : 0),
    };
  }

  function ofFragment(name: string, place: 'root' | 'inner'): Shape {
    const known = measured[place].get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    if (fragment === undefined) return NOTHING;
    measured[place].set(name, NOTHING);
    const shape = ofSelections(fragment.selectionSet, place);
    measured[place].set(name, shape);
    return shape;
  }

  const shapes = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? ofSelections(definition.selectionSet, 'root') : NOTHING,
  );
  const largest = (measure: keyof Shape) => Math.max(0, ...shapes.map((shape) => shape[measure]));
  return {
    depth: largest('depth'),
    aliases: largest('aliases'),
    fields: largest('fields'),
    schemas: largest('schemas'),
  };
}

const REMEMBERED_TEXTS = 1_000;
const LONGEST_REMEMBERED_TEXT = 10_000;

/**
 * A check of query texts to run before the server sees them; it answers as `shapeProblem` and also for too many tokens.
 * Text that does not parse passes: the server reports that itself. Texts that passed are remembered, so a client that
 * repeats its queries pays once.
 */
export function createShapeCheck(): (query: string) => DomainError | null {
  const passed = new Set<string>();
  return (query) => {
    if (passed.has(query)) return null;
    if (query.length > GRAPHQL_LIMITS.textLength) return limitError('textLength', query.length);
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: GRAPHQL_LIMITS.tokens, noLocation: true });
    } catch (error) {
      return error instanceof GraphQLError && / \d+ tokens/.test(error.message) ? limitError('tokens', null) : null;
    }
    const problem = shapeProblem(document);
    if (problem === null && query.length <= LONGEST_REMEMBERED_TEXT) {
      if (passed.size >= REMEMBERED_TEXTS) {
        const oldest = passed.values().next().value;
        if (oldest !== undefined) passed.delete(oldest);
      }
      passed.add(query);
    }
    return problem;
  };
}

/** Children assumed in a plain list, which has no page size to read. */
const ASSUMED_LIST_LENGTH = 3;

type Variables = Readonly<Record<string, unknown>>;

/**
 * How many values an operation asks for: one per field, times the page size (`first`), times the number of ids or rows
 * passed in, times three for a plain list. A field's own `complexity` option replaces this.
 *
 * @throws GraphQLError when a variable or an argument has a wrong value
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): number {
  return getComplexity({
    schema,
    query: document,
    variables,
    operationName: operation.name?.value,
    estimators: [fieldExtensionsEstimator(), estimateField],
    maxQueryNodes: GRAPHQL_LIMITS.fields * 2,
  });
}

const estimateField: ComplexityEstimator = ({ field, args, childComplexity }) => {
  let multiplier = 1;
  if (field.args.some((arg) => arg.name === 'first')) {
    const first: unknown = args['first'];
    multiplier *= typeof first === 'number' ? Math.min(Math.max(first, 1), MAX_PAGE_SIZE) : DEFAULT_PAGE_SIZE;
  }
  let rows = 0;
  for (const value of Object.values(args)) rows += rowsIn(value);
  multiplier *= Math.max(rows, 1);
  const isPage = field.name === 'edges' || field.name === 'nodes';
  if (!isPage && isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type))) {
    multiplier *= ASSUMED_LIST_LENGTH;
  }
  return 1 + multiplier * childComplexity;
};

/** Elements of a list, or of the lists directly inside an input object. */
function rowsIn(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let rows = 0;
  for (const inner of Object.values(value)) if (Array.isArray(inner)) rows += inner.length;
  return rows;
}

/** Why variables are too long or too deep to be looked at any closer; null when they are neither. */
export function variablesProblem(variables: Variables): DomainError | null {
  for (const [name, value] of Object.entries(variables)) {
    const problem = valueProblem(value, 1);
    if (problem !== null) return new DomainError(problem.code, `$${name}: ${problem.message}`, problem.details);
  }
  return null;
}

function valueProblem(value: unknown, depth: number): DomainError | null {
  if (typeof value === 'string' && value.length > GRAPHQL_LIMITS.textLength) {
    return limitError('textLength', value.length);
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depth > GRAPHQL_LIMITS.variableDepth) return limitError('variableDepth', null);
  if (Array.isArray(value) && value.length > GRAPHQL_LIMITS.listLength) return limitError('listLength', value.length);
  for (const inner of Object.values(value)) {
    const problem = valueProblem(inner, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

const REMEMBERED_COSTS = 64;

/**
 * A check that an operation is not too costly with these variables. Computing a cost walks the document, so costs are
 * remembered per operation and per what the estimate can see of the variables: numbers, truth values and list lengths. A
 * `complexity` function of a field may therefore look at nothing else of its arguments.
 *
 * @returns a function that gives the cost, 0 when nothing will run, or else a DomainError for an excess and a GraphQLError
 *          for a wrong argument
 */
export function createCostCheck(
  schema: GraphQLSchema,
): (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
) => number | DomainError | GraphQLError {
  const remembered = new WeakMap<OperationDefinitionNode, Map<string, number>>();
  return (document, operation, variables) => {
    let costs = remembered.get(operation);
    if (costs === undefined) {
      costs = new Map();
      remembered.set(operation, costs);
    }
    const key = variablesKey(operation, variables);
    let cost = costs.get(key);
    if (cost === undefined) {
      // Nothing will run then: the server finds the same faults and tells them.
      if (haveFault(schema, operation, variables)) return 0;
      try {
        cost = costOf(schema, document, operation, variables);
      } catch (error) {
        if (error instanceof GraphQLError) return error;
        throw error;
      }
      if (costs.size >= REMEMBERED_COSTS) costs.clear();
      costs.set(key, cost);
    }
    return cost <= GRAPHQL_LIMITS.cost ? cost : limitError('cost', cost);
  };
}

/** To be asked before the estimate, which would look for every fault there is: 60,000 rows of two faults took 15 s. */
function haveFault(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Variables): boolean {
  const definitions = operation.variableDefinitions ?? [];
  return getVariableValues(schema, definitions, variables, { maxErrors: 1 }).errors !== undefined;
}

function variablesKey(operation: OperationDefinitionNode, variables: Variables): string {
  let key = '';
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    key += Object.hasOwn(variables, name) ? `${visibleOf(variables[name])};` : '-;';
  }
  return key;
}

/** Distinct whenever an estimate, or whether the value is of the right kind at all, could differ. */
function visibleOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.length}]`;
  if (typeof value !== 'object') return typeof value;
  return `{${Object.entries(value).map(([name, inner]) => (Array.isArray(inner) ? `${name}[${inner.length}]` : name))}}`;
}
