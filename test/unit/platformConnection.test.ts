import fc from 'fast-check';
import { printType } from 'graphql';
import { buildSchema, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Access } from '../../src/platform/access/access.js';
import {
  type Connection,
  clampFirst,
  connectionTypes,
  decodeCursor,
  encodeCursor,
  toConnection,
} from '../../src/platform/graphql/connection.js';

test('a page is 10 unless asked for, at most 100, never negative', () => {
  expect([null, undefined, 0, 7, 100, 101].map((first) => clampFirst(first))).toEqual([10, 10, 0, 7, 100, 100]);
  expect(() => clampFirst(-1)).toThrow('`first` must not be negative');
});

const shape = z.object({ servedListId: z.string(), rank: z.number().int() });

test('a cursor gives back the position it was made of', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.integer(), (servedListId, rank) => {
      const cursor = encodeCursor({ servedListId, rank });
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(cursor, shape)).toEqual({ servedListId, rank });
    }),
  );
});

test('what is not a cursor of this shape is refused as such', () => {
  const wrong = [
    '',
    'x',
    encodeCursor({ rank: 1 }),
    encodeCursor({ servedListId: 'a', rank: 'b' }),
    'e'.repeat(3_000),
    'é',
  ];
  for (const cursor of wrong) expect(() => decodeCursor(cursor, shape)).toThrow('not one that this field gave out');
});

test('a connection of an empty list has no cursors', () => {
  expect(toConnection([], { hasNextPage: false, hasPreviousPage: false })).toEqual({
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});

test('connection classes are generic, described and can be extended', async () => {
  @ObjectType({ simpleResolvers: true, description: 'A thing.' })
  @Access('inherit')
  class Gadget {
    @Field(() => Int)
    weight!: number;
  }
  const { ConnectionType } = connectionTypes(Gadget, 'Gadget');

  @ObjectType('GadgetConnection', { simpleResolvers: true, description: 'Gadgets with their number.' })
  class CountedGadgets extends ConnectionType {
    @Field(() => Int)
    totalCount!: number;
  }

  @Resolver()
  class Gadgets {
    @Query(() => CountedGadgets)
    @Access({ scopes: ['CATALOG'] })
    gadgets(): Connection<Gadget> & { totalCount: number } {
      return { ...toConnection([], { hasNextPage: false, hasPreviousPage: false }), totalCount: 0 };
    }
  }
  const schema = await buildSchema({ resolvers: [Gadgets], validate: false });
  const printed = ['GadgetConnection', 'GadgetEdge'].map((name) => {
    const type = schema.getType(name);
    return type === undefined ? '' : printType(type).replaceAll(/"""[\s\S]*?"""\n? */g, '');
  });
  expect(printed).toEqual([
    'type GadgetConnection {\n  edges: [GadgetEdge!]!\n\n  pageInfo: PageInfo!\n  totalCount: Int!\n}',
    'type GadgetEdge {\n  cursor: String!\n\n  node: Gadget!\n}',
  ]);
});
