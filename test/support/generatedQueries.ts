import {
  type GraphQLArgument,
  type GraphQLInputType,
  GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import type { Random } from '../../src/stats/random.js';
import {
  type Field,
  fieldsOf,
  type Input,
  type InputShape,
  isComposite,
  isRequired,
  rootsOf,
  shapeOf,
} from './inputShapes.js';

export interface GeneratedQuery {
  /** `Query.courses` */
  readonly root: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Ids and names that exist, by what they are of: `learner`, `course`, `skill`, `role`, … */
export type KnownIds = ReadonlyMap<string, readonly string[]>;

export interface GeneratorOptions {
  /** How often a mutation is drawn instead of a query, 0–1. */
  readonly mutationShare: number;
  /** Root fields that are never drawn, such as `Mutation.trainModel`. */
  readonly except: ReadonlySet<string>;
  /** The service's now. */
  readonly now: Date;
}

type ObjectShape = Extract<InputShape, { readonly kind: 'OBJECT' }>;

const MOST_DEPTH = 8;
const MOST_FIELDS = 60;
const DAY_MS = 86_400_000;

/** Draws operations that are valid in a schema: any of its fields, with any of its arguments. */
export class QueryGenerator {
  readonly #roots: Readonly<Record<'query' | 'mutation', readonly Field[]>>;
  /** Of the operation that is being drawn. */
  #variables: { readonly declared: string[]; readonly values: Record<string, unknown> } = { declared: [], values: {} };
  #fieldsLeft = 0;

  constructor(
    schema: GraphQLSchema,
    private readonly ids: KnownIds,
    private readonly random: Random,
    private readonly options: GeneratorOptions,
  ) {
    const [query, mutation] = rootsOf(schema).map(({ name, fields }) =>
      fields.filter((field) => !options.except.has(`${name}.${field.name}`)),
    ) as [Field[], Field[]];
    this.#roots = { query, mutation };
  }

  next(): GeneratedQuery {
    const { random } = this;
    const kind = random.uniform() < this.options.mutationShare ? 'mutation' : 'query';
    const root = this.#pick(this.#roots[kind]);
    this.#variables = { declared: [], values: {} };
    this.#fieldsLeft = 1 + random.below(MOST_FIELDS);
    const selected = this.#field(root, 1, root.name);
    const { declared, values } = this.#variables;
    const head = declared.length === 0 ? '' : `(${declared.join(', ')})`;
    const name = kind === 'query' ? 'Query' : 'Mutation';
    return { root: `${name}.${root.name}`, query: `${kind} Drawn${head} { ${selected} }`, variables: values };
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)] as T;
  }

  #field(field: Field, depth: number, about: string): string {
    this.#fieldsLeft -= 1;
    const passed = field.args
      .filter((arg) => isRequired(arg) || this.random.uniform() < 0.4)
      .map((arg) => `${arg.name}: ${this.#argument(arg, about)}`);
    const args = passed.length === 0 ? '' : `(${passed.join(', ')})`;
    const type = getNamedType(field.type);
    if (isObjectType(type)) return `${field.name}${args} { ${this.#members(type, depth)} }`;
    if (!isUnionType(type)) return `${field.name}${args}`;
    // One of its types: fields of several may share a name and not a type.
    const one = this.#pick(type.getTypes());
    return `${field.name}${args} { __typename ... on ${one.name} { ${this.#members(one, depth)} } }`;
  }

  #members(type: GraphQLObjectType, depth: number): string {
    const names = ['__typename'];
    for (const field of fieldsOf(type)) {
      const isLeaf = !isComposite(field.type);
      const isPage = field.name === 'edges' || field.name === 'node';
      const share = isPage ? 0.9 : isLeaf ? 0.5 : 0.35;
      if (this.#fieldsLeft <= 0 || (!isLeaf && depth + 1 >= MOST_DEPTH) || this.random.uniform() > share) continue;
      names.push(this.#field(field, depth + 1, type.name));
    }
    return names.join(' ');
  }

  /** A variable for the most part, else written out with variables in it. */
  #argument(arg: GraphQLArgument, about: string): string {
    const isWhole = this.random.uniform() < 0.75;
    return isWhole ? this.#variable(arg, arg.type, about, 1) : this.#literal(arg, arg.type, about, 1);
  }

  #variable(input: Input, type: GraphQLInputType, about: string, depth: number): string {
    const name = `v${this.#variables.declared.length}`;
    this.#variables.declared.push(`$${name}: ${type}`);
    this.#variables.values[name] = this.#value(input, type, about, depth);
    return `$${name}`;
  }

  #literal(input: Input, type: GraphQLInputType, about: string, depth: number): string {
    if (this.random.uniform() < 0.3) {
      const variable = this.#variable(input, type, about, depth);
      if (!isNonNullType(type) && this.random.uniform() < 0.3) delete this.#variables.values[variable.slice(1)];
      return variable;
    }
    const shape = shapeOf(type);
    switch (shape.kind) {
      case 'LIST': {
        const { of } = shape;
        const length = this.#listLength(depth);
        return `[${Array.from({ length }, () => this.#literal(input, of, about, depth + 1)).join(', ')}]`;
      }
      case 'ENUM':
        return this.#pick(shape.values);
      case 'OBJECT': {
        const fields = this.#chosenFields(shape, depth).map((one) => {
          // One of several must be given for certain.
          const given = shape.isOneOf ? new GraphQLNonNull(getNullableType(one.type)) : one.type;
          return `${one.name}: ${this.#literal(one, given, about, depth + 1)}`;
        });
        return `{ ${fields.join(', ')} }`;
      }
      case 'SCALAR':
        return JSON.stringify(this.#scalar(shape.name, input.name, about));
    }
  }

  #listLength(depth: number): number {
    return this.random.below(depth > 2 ? 2 : 4);
  }

  #chosenFields({ fields, isOneOf }: ObjectShape, depth: number): readonly Input[] {
    if (isOneOf) return [this.#pick(fields)];
    return fields.filter((field) => isRequired(field) || (depth < 4 && this.random.uniform() < 0.5));
  }

  #value(input: Input, type: GraphQLInputType, about: string, depth: number): unknown {
    const shape = shapeOf(type);
    switch (shape.kind) {
      case 'LIST': {
        const { of } = shape;
        return Array.from({ length: this.#listLength(depth) }, () => this.#value(input, of, about, depth + 1));
      }
      case 'ENUM':
        return this.#pick(shape.values);
      case 'OBJECT': {
        const fields = this.#chosenFields(shape, depth);
        return Object.fromEntries(fields.map((one) => [one.name, this.#value(one, one.type, about, depth + 1)]));
      }
      case 'SCALAR':
        return this.#scalar(shape.name, input.name, about);
    }
  }

  #scalar(type: string, name: string, about: string): unknown {
    const { random } = this;
    const { now } = this.options;
    if (type === 'Boolean') return random.uniform() < 0.5;
    if (type === 'Int') return this.#pick([0, 1, 2, 3, 5, 10, 50, 100]);
    if (type === 'Float') return this.#pick([0, 0.05, 0.1, 0.5, 1]);
    const at = new Date(now.getTime() + (random.below(120) - 90) * DAY_MS);
    if (type.startsWith('DateTime')) return at.toISOString();
    if (/On$|^(from|until|date|day)$/.test(name)) return at.toISOString().slice(0, 10);
    if (/^(start|end)$/.test(name)) return `${String(6 + random.below(14)).padStart(2, '0')}:30`;
    const known = this.#known(name, about);
    if (known !== null) return known;
    return this.#pick(['Data', 'Security basics', 'Sales', 'x', 'Äpfel & Ω', 'en', 'HOME', 'de-DE', 'UTC']);
  }

  /** Nine times in ten something that exists. */
  #known(name: string, about: string): string | null {
    const subject = /^(id|ids|after|before)$/.test(name) ? about : name;
    const lower = subject.toLowerCase();
    for (const [kind, ids] of this.ids) {
      if (lower.includes(kind.toLowerCase()) && ids.length > 0 && this.random.uniform() < 0.9) return this.#pick(ids);
    }
    return /id/i.test(name) ? `made-up-${this.random.below(1_000)}` : null;
  }
}

/** A request that is wrong in some way; its body may not even be JSON. */
export function mutated(given: GeneratedQuery, random: Random): string {
  const body = { query: given.query, variables: structuredClone(given.variables) as Record<string, unknown> };
  const ways = [
    () => JSON.stringify({ ...body, query: editText(body.query, random) }),
    () => JSON.stringify({ ...body, query: editWords(body.query, random) }),
    () => JSON.stringify({ ...body, variables: editValues(body.variables, random) }),
    () => JSON.stringify({ ...body, variables: editValues(body.variables, random) }),
    () => JSON.stringify({ ...body, query: crafted(body.query, random) }),
    () => JSON.stringify({ ...body, ...oddParts(random) }),
    () => editText(JSON.stringify(body), random),
  ];
  return (ways[random.below(ways.length)] as () => string)();
}

const ODD_CHARACTERS = [
  '"',
  '{',
  '}',
  '(',
  ')',
  '$',
  '...',
  '@',
  '\\',
  '\u0000',
  '\ud800',
  '"""',
  '#',
  '!',
  '[',
  '9e999',
];

function editText(text: string, random: Random): string {
  let edited = text;
  for (let edits = 1 + random.below(3); edits > 0; edits -= 1) {
    const at = random.below(edited.length + 1);
    const length = random.below(6);
    const odd = ODD_CHARACTERS[random.below(ODD_CHARACTERS.length)] as string;
    edited = edited.slice(0, at) + (random.uniform() < 0.6 ? odd : '') + edited.slice(at + length);
  }
  return edited;
}

function editWords(text: string, random: Random): string {
  const words = text.split(/\b/);
  const at = random.below(words.length);
  const other = words[random.below(words.length)] as string;
  if (random.uniform() < 0.3) words.splice(at, 1);
  else if (random.uniform() < 0.5) words.splice(at, 0, ...words.slice(at, at + 1 + random.below(20)));
  else words[at] = other;
  return words.join('');
}

const oddValues = (random: Random): unknown => {
  const odd: (() => unknown)[] = [
    () => null,
    () => -1,
    () => 2 ** 31,
    () => 1e308,
    () => 1.5,
    () => true,
    () => '',
    () => ' ',
    () => '\u0000',
    () => '\ud800',
    () => 'x'.repeat(1 + random.below(5_000)),
    () => "'; DROP TABLE learner; --",
    () => '%_\\',
    () => '__proto__',
    () => 'constructor',
    () => [],
    () => [[]],
    () => Array.from({ length: random.below(3_000) }, () => 'x'),
    () => ({}),
    () => ({ __proto__x: 1, constructor: 2 }),
    () => '0000-00-00',
    () => '9999-12-31T23:59:59.999Z',
    () => '-271821-04-20T00:00:00.000Z',
    () => '2024-02-30',
    () => 'NaN',
  ];
  return (odd[random.below(odd.length)] as () => unknown)();
};

/** Puts something odd in one place, at any depth. */
function editValues(values: Readonly<Record<string, unknown>>, random: Random): Record<string, unknown> {
  const edited = { ...values };
  const names = Object.keys(edited);
  if (names.length === 0) return { unknown: oddValues(random) };
  const name = names[random.below(names.length)] as string;
  edited[name] = editValue(edited[name], random);
  return edited;
}

function editValue(value: unknown, random: Random): unknown {
  if (random.uniform() < 0.4 || typeof value !== 'object' || value === null) return oddValues(random);
  if (!Array.isArray(value)) return editValues(value as Record<string, unknown>, random);
  if (value.length === 0) return [oddValues(random)];
  const at = random.below(value.length);
  return value.map((inner, index) => (index === at ? editValue(inner, random) : inner));
}

/** Documents that are made to be costly. */
function crafted(query: string, random: Random): string {
  const inner = query.slice(query.indexOf('{') + 1, query.lastIndexOf('}'));
  const head = query.slice(0, query.indexOf('{'));
  const times = 1 + random.below(40);
  const ways: (() => string)[] = [
    () => `${head}{ ${Array.from({ length: times }, (_, i) => `a${i}: ${inner.trim()}`).join(' ')} }`,
    () => `${head}{ ${Array.from({ length: times }, () => inner).join(' ')} }`,
    () => `${head}{ ...F } fragment F on Query { ${inner} ...F }`,
    () => `${head}{ ...F0 } ${chain(times, inner)}`,
    () => `${head}{ ${inner} __schema { types { name fields { name type { name } } } } }`,
    () => `${head}{ ${inner} ${'__typename @skip(if: false) '.repeat(times)} }`,
    () => `${head}${'{ learner '.repeat(times * 50)}${'}'.repeat(times * 50)}`,
    () => `${query} ${query}`,
    () => `subscription { ${inner} }`,
  ];
  return (ways[random.below(ways.length)] as () => string)();
}

const chain = (length: number, inner: string): string =>
  `${Array.from({ length }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F${length} on Query { ${inner} }`;

function oddParts(random: Random): Record<string, unknown> {
  const odd: Record<string, unknown>[] = [
    { operationName: 'Nobody' },
    { operationName: 7 },
    { variables: 'x' },
    { variables: [] },
    { variables: null },
    { query: null },
    { query: 7 },
    { query: '' },
    { query: { kind: 'Document' } },
    { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
    { extensions: 'x' },
    { id: 'x', doc_id: 1 },
  ];
  return odd[random.below(odd.length)] as Record<string, unknown>;
}
