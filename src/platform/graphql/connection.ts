import { type ClassType, Field, ObjectType } from 'type-graphql';
import type { ZodType } from 'zod';
import { Access } from '../access/access.js';
import { DomainError } from '../errors.js';

export const DEFAULT_PAGE_SIZE = 10;
export const MAX_PAGE_SIZE = 100;

/**
 * The page size to serve: 10 when none is asked for, at most 100.
 *
 * @throws DomainError BAD_USER_INPUT when negative
 */
export function clampFirst(first: number | null | undefined): number {
  if (first == null) return DEFAULT_PAGE_SIZE;
  if (first < 0) throw new DomainError('BAD_USER_INPUT', '`first` must not be negative.', { argument: 'first' });
  return Math.min(first, MAX_PAGE_SIZE);
}

const LONGEST_CURSOR = 2_000;

/** A cursor that only this service reads; it is not secret, so put nothing in it that the caller may not see. */
export function encodeCursor(position: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');
}

/**
 * The position in a cursor, checked against the shape it was written with.
 *
 * @throws DomainError BAD_USER_INPUT when it is not a cursor of that shape
 */
export function decodeCursor<Position>(cursor: string, shape: ZodType<Position>): Position {
  const parsed = shape.safeParse(cursor.length <= LONGEST_CURSOR ? jsonIn(cursor) : null);
  if (parsed.success) return parsed.data;
  throw foreignCursor();
}

export const foreignCursor = (): DomainError =>
  new DomainError('BAD_USER_INPUT', 'The cursor is not one that this field gave out.', { argument: 'after' });

function jsonIn(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

@ObjectType({ simpleResolvers: true, description: 'Where a page stands in the whole list.' })
@Access('inherit')
class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there is anything before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null when the page is empty.' })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last item; pass it as `after` to get the next page. Null when the page is empty.',
  })
  endCursor!: string | null;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly pageInfo: PageInfo;
}

/**
 * The GraphQL classes of a Relay connection over `node`, named `<name>Edge` and `<name>Connection`. Extend the connection
 * class to add fields to it, under an `@ObjectType` of the same name.
 */
export function connectionTypes<Node extends object>(
  node: ClassType<Node>,
  name: string,
): { readonly EdgeType: ClassType<Edge<Node>>; readonly ConnectionType: ClassType<Connection<Node>> } {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One ${name} in a list, with its cursor.` })
  @Access('inherit')
  class EdgeType implements Edge<Node> {
    @Field(() => String, { description: 'Position of this item; pass it as `after` to get what follows.' })
    cursor!: string;

    @Field(() => node, { description: `The ${name} itself.` })
    node!: Node;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `One page of a list of ${name}.` })
  @Access('inherit')
  class ConnectionType implements Connection<Node> {
    @Field(() => [EdgeType], { description: 'The items of this page, in order.' })
    edges!: readonly Edge<Node>[];

    @Field(() => PageInfo, { description: 'Where this page stands in the whole list.' })
    pageInfo!: PageInfo;
  }

  return { EdgeType, ConnectionType };
}

/** A page from its items in order, each with the position that its cursor holds. */
export function toConnection<Node>(
  items: readonly { readonly node: Node; readonly position: Readonly<Record<string, unknown>> }[],
  whole: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean },
): Connection<Node> {
  const edges = items.map(({ node, position }) => ({ node, cursor: encodeCursor(position) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: whole.hasNextPage,
      hasPreviousPage: whole.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
