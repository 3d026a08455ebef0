import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';

/** Compiling takes as long as some twenty runs: what is asked once or twice is not worth it. */
const USES_BEFORE_COMPILING = 3;
const MOST_COMPILED = 100;
/** So that documents that push each other out, or are all new, never take more than a few hundredths of the time. */
const BETWEEN_COMPILING_MS = 200;

interface Operation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

interface Run {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: object;
}

/** Null: the operation is to be executed step by step. */
export type CompiledExecution = (operation: Operation, run: Run) => Promise<ExecutionResult | null>;

/**
 * Executes operations that are sent again and again by code made for them, which takes a fraction of the time of going
 * through the document step by step; the answers are the same. What is new, holds directives, asks for the schema or for values of
 * several types is left to the usual execution, and so are variables inside of values, since compiled code takes those that are
 * left out for null, and variables that do not fit: it says best what is wrong with them.
 *
 * @param schema whose resolvers do not change any more
 */
export function createCompiledExecution(
  schema: GraphQLSchema,
  now: () => number = () => performance.now(),
): CompiledExecution {
  /** Of documents that the server still holds. */
  const uses = new WeakMap<OperationDefinitionNode, number>();
  /** The longest unused first; null: it cannot be compiled. */
  const compiled = new Map<OperationDefinitionNode, CompiledQuery | null>();
  let nextCompilingMs = Number.NEGATIVE_INFINITY;

  function compiledOf({ document, operation }: Operation): CompiledQuery | null {
    const known = compiled.get(operation);
    if (known !== undefined) {
      compiled.delete(operation);
      compiled.set(operation, known);
      return known;
    }
    const used = (uses.get(operation) ?? 0) + 1;
    uses.set(operation, used);
    if (used < USES_BEFORE_COMPILING || now() < nextCompilingMs) return null;
    nextCompilingMs = now() + BETWEEN_COMPILING_MS;
    const query = isCompilable(schema, document) ? compileQuery(schema, document, operation.name?.value) : null;
    const made = query !== null && isCompiledQuery(query) ? query : null;
    compiled.set(operation, made);
    const oldest = compiled.keys().next().value;
    if (compiled.size > MOST_COMPILED && oldest !== undefined) {
      compiled.delete(oldest);
      uses.delete(oldest);
    }
    return made;
  }

  return async (operation, { variables, context }) => {
    const query = compiledOf(operation);
    if (query === null) return null;
    const result = await query.query(undefined, context, { ...variables });
    // Nothing has run yet where variables do not fit.
    return result.data == null && result.errors?.every(({ path }) => path === undefined) === true ? null : result;
  };
}

/**
 * Directives and the schema's own fields are rare, and worth no second way of doing them. Which of several types a value is
 * may take a promise to find out, which compiled code does not wait for.
 */
function isCompilable(schema: GraphQLSchema, document: DocumentNode): boolean {
  let isPlain = true;
  const types = new TypeInfo(schema);
  const mayBeNull = new Set(nullableVariables(document));
  visit(
    document,
    visitWithTypeInfo(types, {
      [Kind.DIRECTIVE]: () => {
        isPlain = false;
      },
      [Kind.VARIABLE]: ({ name }, _key, parent) => {
        const kindOfParent = parent !== undefined && 'kind' in parent ? parent.kind : null;
        if (kindOfParent === Kind.VARIABLE_DEFINITION) return;
        const isWholeArgument = kindOfParent === Kind.ARGUMENT;
        // Fine by the rules when it has a default; null may be sent nevertheless.
        const isLessThanAsked = isNonNullType(types.getInputType()) && mayBeNull.has(name.value);
        if (!isWholeArgument || isLessThanAsked) isPlain = false;
      },
      [Kind.FIELD]: ({ name, alias }) => {
        const isOfSchema = name.value.startsWith('__') && name.value !== '__typename';
        // An alias `__proto__` would be no property like others.
        const isOdd = isOfSchema || alias?.value.startsWith('__') === true;
        if (isOdd || isAbstractType(getNamedType(types.getType()))) isPlain = false;
      },
    }),
  );
  return isPlain;
}

const nullableVariables = ({ definitions }: DocumentNode): string[] =>
  definitions
    .flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
    )
    .filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
    .map(({ variable }) => variable.name.value);
