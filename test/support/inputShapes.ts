import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

// Schemas as tests walk them that ask for everything.

export type Field = GraphQLField<unknown, unknown>;
export type Input = GraphQLArgument | GraphQLInputField;

export interface InputObjectShape {
  readonly kind: 'OBJECT';
  readonly name: string;
  readonly fields: readonly Input[];
  readonly isOneOf: boolean;
}

/** What may be passed in one place, whether it may be null or not. */
export type InputShape =
  | { readonly kind: 'LIST'; readonly of: GraphQLInputType }
  | { readonly kind: 'ENUM'; readonly values: readonly string[] }
  | InputObjectShape
  | { readonly kind: 'SCALAR'; readonly name: string };

export function shapeOf(type: GraphQLInputType): InputShape {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return { kind: 'LIST', of: nullable.ofType };
  if (isEnumType(nullable)) return { kind: 'ENUM', values: nullable.getValues().map(({ name }) => name) };
  if (!isInputObjectType(nullable)) return { kind: 'SCALAR', name: nullable.name };
  const { name, isOneOf } = nullable;
  return { kind: 'OBJECT', name, fields: Object.values(nullable.getFields()), isOneOf };
}

/** Whether nothing can be sent without it; the rule is one for arguments and for fields of inputs. */
export const isRequired = (input: Input): boolean => isNonNullType(input.type) && input.defaultValue === undefined;

export const isComposite = (type: GraphQLOutputType): boolean => {
  const named = getNamedType(type);
  return isObjectType(named) || isUnionType(named);
};

export const fieldsOf = (type: GraphQLObjectType | null | undefined): readonly Field[] =>
  Object.values(type?.getFields() ?? {});

/** Queries and mutations, each with what they are called by in a document. */
export const rootsOf = (schema: GraphQLSchema) =>
  [
    { operation: 'query', name: 'Query', fields: fieldsOf(schema.getQueryType()) },
    { operation: 'mutation', name: 'Mutation', fields: fieldsOf(schema.getMutationType()) },
  ] as const;
