import { Arg, Field, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { z } from 'zod';
import { CourseType } from '../catalog/catalog.resolver.js';
import { Access } from '../platform/access/access.js';
import {
  type Connection,
  clampFirst,
  connectionTypes,
  decodeCursor,
  toConnection,
} from '../platform/graphql/connection.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { enumOf } from '../platform/graphql/enums.js';
import type { ContentNeedsService } from './contentNeeds.service.js';
import { type ContentNeed, NEED_STATUSES, type NeedStatus } from './pipeline/contentNeeds.js';

const NeedStatusEnum = enumOf(NEED_STATUSES);
registerEnumType(NeedStatusEnum, {
  name: 'ContentNeedStatus',
  description: 'Whether the catalogue has what people looked for.',
  valuesConfig: {
    UNMET: { description: 'No open course has all of the words: there may be something to make or to buy.' },
    ANSWERED: { description: 'A course that has them came after the first search; the people are recommended it.' },
    OVERLOOKED: { description: 'Courses that have them were there already, and the portal did not find them.' },
  },
});

@ObjectType('ContentNeed', {
  simpleResolvers: true,
  description: 'Something that people searched for and the portal found nothing for.',
})
@Access('inherit')
class ContentNeedType {
  @Field(() => String, { description: 'What they searched for, in lower case.' })
  term!: string;

  @Field(() => NeedStatusEnum, { description: 'Whether the catalogue has it by now.' })
  status!: NeedStatus;

  @Field(() => Int, {
    nullable: true,
    description: 'How many different people searched for it; null: 3 or 4, so that single people cannot be told.',
  })
  people!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How often a search for it found nothing; null when `people` is.',
  })
  searches!: number | null;

  @Field(() => GraphQLInstant, { description: 'The day (UTC) on which it was first searched for in vain.' })
  firstAt!: Date;

  @Field(() => GraphQLInstant, { description: 'The day (UTC) on which it was last searched for in vain.' })
  lastAt!: Date;

  @Field(() => [CourseType], {
    description: 'Courses that can be taken now and have all of the words, best first, at most 10.',
  })
  courses!: readonly CourseType[];

  @Field(() => GraphQLInstant, {
    nullable: true,
    description: 'When the first course came that answers it, of those after the first search; null: none came.',
  })
  answeredSince!: Date | null;
}

const needConnection = connectionTypes(ContentNeedType, 'ContentNeed');

const position = z.object({ term: z.string(), place: z.number().int().min(0) });

@Resolver()
export class ContentNeedsResolver {
  readonly #needs: ContentNeedsService;

  constructor(needs: ContentNeedsService) {
    this.#needs = needs;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => needConnection.ConnectionType, {
    description:
      'What people searched for in vain, wanted by most people first, then the latest; up to 1,000 terms. Terms of fewer ' +
      'than 3 people are never listed.',
  })
  async contentNeeds(
    @Arg('first', () => Int, { nullable: true, description: 'Page size; 10 when left out, at most 100.' })
    first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the item before this page.' })
    after: string | null | undefined,
    @Arg('includeMet', () => Boolean, {
      defaultValue: false,
      description: 'Whether to list also what courses answer, be they new or overlooked.',
    })
    includeMet: boolean,
  ): Promise<Connection<ContentNeed>> {
    const from = after == null ? null : decodeCursor(after, position);
    const page = await this.#needs.page(clampFirst(first), from, includeMet);
    return toConnection(
      page.items.map((item) => ({ node: item.need, position: item.position })),
      page,
    );
  }
}
