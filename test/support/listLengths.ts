import {
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
} from 'graphql';

/** Takes down how long the plain lists of answers are: those whose length no page size tells. */
export function longestLists(schema: GraphQLSchema) {
  const longest = new Map<string, number>();

  function walk(type: GraphQLObjectType, value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      const field = type.getFields()[name];
      const below = field === undefined ? null : getNamedType(field.type);
      if (field === undefined || !isObjectType(below)) continue;
      const isPlain = isListType(getNullableType(field.type)) && name !== 'edges' && name !== 'nodes';
      if (isPlain && Array.isArray(inner)) {
        const key = `${type.name}.${name}`;
        longest.set(key, Math.max(longest.get(key) ?? 0, inner.length));
      }
      for (const one of Array.isArray(inner) ? inner : [inner]) walk(below, one);
    }
  }

  return {
    note(request: string, answer: string): void {
      if (!answer.startsWith('{') || !answer.includes('"data":{')) return;
      const { data } = JSON.parse(answer) as { data: unknown };
      const root = /^\{"query":"mutation/.test(request) ? schema.getMutationType() : schema.getQueryType();
      if (root != null) walk(root, data);
    },
    found: () =>
      [...longest]
        .map(([field, length]) => ({ field, length }))
        .sort((a, b) => b.length - a.length || (a.field < b.field ? -1 : 1)),
  };
}
