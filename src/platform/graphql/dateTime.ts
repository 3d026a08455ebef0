import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** Date, time and offset as in RFC 3339; seconds may be left out. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})$/i;

/**
 * An instant. What is no instant becomes an invalid date instead of an error: in a batch only the row that holds it is to
 * fail, not the whole call. Whoever takes a date from outside checks it (`checkDate`).
 */
export const GraphQLInstant = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant with its offset, as in RFC 3339: `2026-11-22T09:30:00+01:00`. Answers are in UTC.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize(value) {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
    throw new GraphQLError('A DateTime must be a valid date.');
  },
  parseValue: readInstant,
  parseLiteral: (node) => readInstant(node.kind === Kind.STRING ? node.value : null),
});

function readInstant(value: unknown): Date {
  const parts = typeof value === 'string' ? INSTANT.exec(value) : null;
  if (parts === null) return new Date(Number.NaN);
  const [, date = '', time = '', offset = ''] = parts;
  // The engine takes 30 February for 2 March: a day that is none must not become another.
  const midnight = new Date(`${date}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
  return new Date(isDay ? `${date}T${time}${offset.toUpperCase()}` : Number.NaN);
}
