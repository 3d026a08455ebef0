import { graphql, parse } from 'graphql';
import { Arg, buildSchema, Field, ID, InputType, ObjectType, Query, Resolver } from 'type-graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Access,
  type AccessRule,
  ANONYMOUS,
  accessTable,
  assertEveryFieldHasAccess,
  decide,
  decideField,
  decideLearners,
  ROLES,
  type Role,
  refusalOf,
  SCOPES,
  type Scope,
  secureSchema,
  type Viewer,
} from '../../src/platform/access/access.js';
import { adminKey, isReport, person, portal, securedTinySchema } from '../integration/httpFixture.js';

const everyone = { roles: ['LEARNER', 'MANAGER', 'LD_ANALYST'], scopes: ['RECOMMEND'] } as const;
const subject: AccessRule = { ...everyone, learnerArg: 'learnerId' };
const admin = person('root', 'ADMIN');

describe('deciding by role and scope', () => {
  test('people need one of the roles, keys one of the scopes, admins neither', () => {
    expect(decide({ roles: ['LD_EDITOR'] }, person('a', 'LD_EDITOR'))).toBe('ALLOWED');
    expect(decide({ roles: ['LD_EDITOR'] }, person('a'))).toBe('FORBIDDEN');
    expect(decide({ roles: ['LD_EDITOR'] }, portal('INGEST'))).toBe('FORBIDDEN');
    expect(decide({ scopes: ['INGEST'] }, portal('INGEST'))).toBe('ALLOWED');
    expect(decide({ scopes: ['INGEST'] }, portal('RECOMMEND', 'TIMING'))).toBe('FORBIDDEN');
    for (const viewer of [admin, adminKey]) expect(decide({}, viewer)).toBe('ALLOWED');
  });

  test('a rule that lists nobody admits admins only', () => {
    const all = [...(Object.keys(ROLES) as Role[])].filter((role) => role !== 'ADMIN');
    expect(decide({}, person('a', ...all))).toBe('FORBIDDEN');
    expect(decide({}, portal(...(Object.keys(SCOPES) as Scope[])))).toBe('FORBIDDEN');
  });

  test('nobody anonymous passes anything', () => {
    expect(decide({ ...everyone }, ANONYMOUS)).toBe('UNAUTHENTICATED');
  });
});

describe('deciding by learner', () => {
  const verdicts: [string, Viewer, readonly string[] | null, unknown][] = [
    ['a learner themself', person('ann'), ['ann'], []],
    ['a learner somebody else', person('ann'), ['bob'], 'FORBIDDEN'],
    ['a learner themself and somebody else', person('ann'), ['ann', 'bob'], 'FORBIDDEN'],
    ['a learner nobody', person('ann'), [], 'FORBIDDEN'],
    ['a learner without saying', person('ann'), null, 'FORBIDDEN'],
    ['a manager themself', person('boss', 'MANAGER'), ['boss'], []],
    ['a manager others', person('boss', 'MANAGER'), ['ann', 'boss', 'zoe'], ['ann', 'zoe']],
    ['a manager without saying', person('boss', 'MANAGER'), null, 'FORBIDDEN'],
    ['staff in the rule', person('eve', 'LD_ANALYST'), ['ann'], []],
    ['staff in the rule, everybody', person('eve', 'LD_ANALYST'), null, []],
    ['staff not in the rule', person('eve', 'LD_EDITOR'), ['ann'], 'FORBIDDEN'],
    ['a portal', portal('RECOMMEND'), ['ann'], []],
    ['a portal without the scope', portal('INGEST'), ['ann'], 'FORBIDDEN'],
    ['an admin', admin, ['ann'], []],
    ['nobody', ANONYMOUS, ['ann'], 'FORBIDDEN'],
  ];
  test.each(verdicts)('%s', (_, viewer, learnerIds, expected) => {
    const verdict = decideLearners(subject, viewer, learnerIds);
    expect(verdict.decision === 'ALLOWED' ? verdict.mustReport : verdict.decision).toEqual(expected);
  });

  test('a manager role counts only where the rule lists it', () => {
    const rule: AccessRule = { roles: ['LEARNER'], learnerArg: 'learnerId' };
    expect(decideLearners(rule, person('boss', 'MANAGER'), ['ann']).decision).toBe('FORBIDDEN');
  });
});

describe('the start-up check', () => {
  test('a schema with a rule everywhere passes', async () => {
    const schema = await securedTinySchema();
    expect(() => assertEveryFieldHasAccess(schema)).not.toThrow();
    const table = accessTable(schema);
    expect(table.map((row) => row.field)).toEqual([...table.map((row) => row.field)].sort());
    expect(table.find((row) => row.field === 'Query.reader')).toMatchObject({
      isRoot: true,
      rules: [{ learnerArg: 'learnerId' }],
    });
    expect(table.find((row) => row.field === 'Reader.id')).toEqual({ field: 'Reader.id', isRoot: false, rules: [] });
    expect(() => secureSchema(schema, isReport)).toThrow('secured before');
  });

  test('everything forgotten is named at once', async () => {
    @ObjectType()
    class Open {
      @Field(() => String)
      text!: string;

      @Field(() => String)
      @Access({ roles: ['LEARNER'], learnerArg: 'learnerId' })
      odd!: string;
    }
    @InputType()
    class Wish {
      @Field(() => [ID])
      learnerIds!: string[];
    }
    const me: AccessRule = { roles: ['LEARNER'] };
    @Resolver()
    class Careless {
      @Query(() => Open)
      open(): Open {
        return { text: '', odd: '' };
      }
      @Query(() => String)
      @Access('inherit')
      heir(): string {
        return '';
      }
      @Query(() => String)
      @Access(me)
      peek(@Arg('learnerId', () => ID) learnerId: string): string {
        return learnerId;
      }
      @Query(() => String)
      @Access(me)
      nested(@Arg('input', () => Wish) input: Wish): string {
        return input.learnerIds.join();
      }
      @Query(() => String)
      @Access({ ...me, learnerArg: 'input.learner' })
      mistyped(@Arg('input', () => Wish) input: Wish): string {
        return input.learnerIds.join();
      }
      @Query(() => String)
      @Access({ scopes: ['RECOMMEND'] })
      forPortals(@Arg('learnerId', () => ID) learnerId: string): string {
        return learnerId;
      }
    }
    const schema = await buildSchema({ resolvers: [Careless], validate: false });
    expect(() => secureSchema(schema, isReport)).toThrow(Error);
    let message = '';
    try {
      assertEveryFieldHasAccess(schema);
    } catch (error) {
      message = String(error);
    }
    expect(
      message
        .split('\n')
        .slice(1)
        .map((line) => line.trim())
        .sort(),
    ).toEqual([
      'Open.odd declares learnerArg, which is enforced on root fields only',
      'Open.text has no access rule',
      'Query.heir is a root field and has nobody to inherit from',
      'Query.mistyped admits learners or managers and takes "input.learnerIds", which no learnerArg covers',
      'Query.mistyped declares learnerArg "input.learner" but has no such argument',
      'Query.nested admits learners or managers and takes "input.learnerIds", which no learnerArg covers',
      'Query.open has no access rule',
      'Query.peek admits learners or managers and takes "learnerId", which no learnerArg covers',
    ]);
  });

  test('a class is bound by its own rule and by that of the class it extends', async () => {
    @ObjectType()
    @Access({ roles: ['LEARNER', 'PRIVACY'] })
    class Base {
      @Field(() => String)
      text!: string;
    }
    @ObjectType()
    @Access({ roles: ['PRIVACY'] })
    class Stricter extends Base {
      @Field(() => String)
      more!: string;
    }
    @Resolver()
    class Strict {
      @Query(() => Stricter)
      @Access({ roles: ['LEARNER', 'PRIVACY'] })
      strict(): Stricter {
        return { text: '', more: '' };
      }
    }
    const schema = await buildSchema({ resolvers: [Strict], validate: false });
    const rows = accessTable(schema).filter((row) => row.field.startsWith('Stricter.'));
    expect(rows.map((row) => decideField(row, person('a')))).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    expect(rows.map((row) => decideField(row, person('a', 'PRIVACY')))).toEqual(['ALLOWED', 'ALLOWED']);
  });
});

describe('checking an operation', () => {
  let schema: Awaited<ReturnType<typeof securedTinySchema>>;
  beforeAll(async () => {
    schema = await securedTinySchema();
  });

  function refused(viewer: Viewer, text: string): string | null {
    const document = parse(text);
    const operation = document.definitions[0];
    if (operation?.kind !== 'OperationDefinition') throw new Error('an operation comes first');
    return refusalOf(schema, document, operation, viewer)?.message ?? null;
  }

  const learner = person('ann');

  test('a field is found however it is written', () => {
    const hidden = [
      '{ me { id diary } }',
      '{ me { ...Nice } } fragment Nice on Reader { diary }',
      '{ me { ... on Reader { ... @include(if: false) { x: diary @skip(if: true) } } } }',
      '{ ...Root } fragment Root on Query { me { ...Deep } } fragment Deep on Reader { id ...Deeper } fragment Deeper on Reader { diary }',
      '{ anything { ... on Reader { diary } } }',
      '{ thing { id ... on Reader { diary } } }',
    ];
    for (const text of hidden) expect(refused(learner, text)).toContain('Reader.diary');
    for (const text of hidden.slice(1)) expect(refused(person('p', 'PRIVACY'), text)).toBeNull();
  });

  test('what is not selected does not count', () => {
    expect(
      refused(learner, '{ anything { __typename ... on Book { title related { id } } } thing { id } me { id } }'),
    ).toBeNull();
    expect(refused(learner, '{ me { id } } fragment Unused on Reader { diary }')).toBeNull();
  });

  test('only the chosen operation counts', () => {
    expect(refused(learner, 'query A { hello } query B { echo(value: 1) }')).toBeNull();
  });

  test('the schema may be read by everyone known and nobody else', () => {
    const text = '{ __schema { types { name } } __type(name: "Book") { name } __typename }';
    expect(refused(learner, text)).toBeNull();
    expect(refused(portal('METRICS'), text)).toBeNull();
    expect(refused(ANONYMOUS, text)).toContain('__schema needs an API key or a token');
  });

  test('a verdict for one viewer is not reused for another kind', () => {
    const document = parse('{ echo(value: 1) }');
    const operation = document.definitions[0];
    if (operation?.kind !== 'OperationDefinition') throw new Error('an operation comes first');
    const codes = [portal('CATALOG'), portal('RECOMMEND'), learner, adminKey, admin, ANONYMOUS, portal('CATALOG')].map(
      (viewer) => refusalOf(schema, document, operation, viewer)?.code ?? 'ALLOWED',
    );
    expect(codes).toEqual(['ALLOWED', 'FORBIDDEN', 'FORBIDDEN', 'ALLOWED', 'ALLOWED', 'UNAUTHENTICATED', 'ALLOWED']);
  });

  test('root fields guard themselves even when the operation was not checked', async () => {
    const ask = async (viewer: Viewer, source: string) => {
      const result = await graphql({ schema, source, contextValue: { viewer } });
      return result.errors?.[0]?.message ?? 'ALLOWED';
    };
    expect(await ask(learner, '{ echo(value: 1) }')).toContain('does not permit Query.echo');
    expect(await ask(ANONYMOUS, '{ hello }')).toContain('Query.hello needs an API key');
    expect(await ask(learner, '{ readers(learnerIds: ["ann"]) { id } }')).toBe('ALLOWED');
    expect(await ask(learner, '{ readers(learnerIds: ["ann", "bob"]) { id } }')).toContain('yourself only');
    expect(await ask(learner, '{ readers(learnerIds: []) { id } }')).toContain('yourself only');
    expect(await ask(learner, '{ readers { id } }')).toContain('yourself only');
    expect(await ask(person('boss', 'MANAGER'), '{ readers(learnerIds: ["ann", "boss"]) { id } }')).toBe('ALLOWED');
    expect(await ask(person('boss', 'MANAGER'), '{ readers(learnerIds: ["ann", "zoe"]) { id } }')).toContain(
      'your reports',
    );
    expect(await ask(person('zoe', 'MANAGER'), '{ reader(learnerId: "ann") { id } }')).toContain('your reports');
    expect(await ask(portal('RECOMMEND'), '{ readers { id } }')).toBe('ALLOWED');
  });
});
