import { GraphQLJSON } from 'graphql-scalars';
import { Arg, Field, ID, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { z } from 'zod';
import { Access } from './access/access.js';
import { AUDIT_ACTIONS, type AuditAction, type AuditEntry, type AuditLog } from './audit.js';
import { type Connection, clampFirst, connectionTypes, decodeCursor, toConnection } from './graphql/connection.js';
import { GraphQLInstant } from './graphql/dateTime.js';
import { enumOf } from './graphql/enums.js';
import { requireIds } from './rowChecks.js';
import { type ValueChange, ValueChangeType, valueChanges } from './settings/settingChange.js';

const AuditActionEnum = enumOf(AUDIT_ACTIONS);
registerEnumType(AuditActionEnum, {
  name: 'AuditAction',
  description: 'What was done.',
  valuesConfig: {
    DRAFTED: { description: 'A change was proposed; it counts for nobody yet.' },
    EDITED: { description: 'A draft was changed. Approvals of it are void since.' },
    DISCARDED: { description: 'A draft was thrown away.' },
    APPROVED: { description: 'A second person agreed with a draft.' },
    PUBLISHED: { description: 'Drafts became a new version of the rule set, which counts from then on.' },
    ROLLED_BACK: {
      description: 'What counted before counts again: an earlier rule set, or what an experiment had changed.',
    },
    STARTED: { description: 'An experiment began to draw people.' },
    STOPPED: { description: 'An experiment draws nobody any more.' },
    SHIPPED: { description: 'What a variant of an experiment did counts for everybody since.' },
    ADDED: { description: 'It is there since.' },
    CHANGED: { description: 'It says something else since.' },
    REMOVED: { description: 'It is gone since.' },
  },
});

@ObjectType('AuditEntry', {
  simpleResolvers: true,
  description: 'One change: who made it, when, why, and what was before and after. Entries are never changed.',
})
@Access('inherit')
class AuditEntryType {
  @Field(() => ID, { description: 'Id of the entry; later entries have greater ones.' })
  id!: string;

  @Field(() => GraphQLInstant, { description: 'When.' })
  at!: Date;

  @Field(() => String, { description: 'The person or key that did it: `person <id>` or `key <id>`.' })
  by!: string;

  @Field(() => AuditActionEnum, { description: 'What was done.' })
  action!: AuditAction;

  @Field(() => String, {
    description:
      'What it was done to: `rule set`, `rule <id>`, `draft <id>`, `experiment <id>`, `campaign <id>`, `policy`, ' +
      '`signal weights` or `delivery policy`.',
  })
  subject!: string;

  @Field(() => String, { description: 'The same in one plain sentence, in the words of the time.' })
  text!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Why, in the words of whoever did it; null where nobody is asked, as for drafts.',
  })
  reason!: string | null;

  @Field(() => [ValueChangeType], {
    description: 'Each single value that differs between before and after, by the name of its field.',
  })
  changes!: readonly ValueChange[];

  @Field(() => GraphQLJSON, { nullable: true, description: 'All of it before; null: it was not there.' })
  before!: unknown;

  @Field(() => GraphQLJSON, { nullable: true, description: 'All of it after; null: it is gone.' })
  after!: unknown;
}

const { ConnectionType: AuditEntryConnection } = connectionTypes(AuditEntryType, 'AuditEntry');

const cursorShape = z.object({ id: z.string().regex(/^\d{1,18}$/) });

@Resolver()
export class AuditResolver {
  readonly #audit: AuditLog;

  constructor(audit: AuditLog) {
    this.#audit = audit;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => AuditEntryConnection, {
    description:
      'Who changed rules, settings, experiments and campaigns, when and why, newest first. It is written together with each change.',
  })
  async auditLog(
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
    @Arg('after', () => String, {
      nullable: true,
      description: '`endCursor` of the page before; null: from the newest.',
    })
    after: string | null | undefined,
    @Arg('subject', () => String, {
      nullable: true,
      description: 'Only what happened to this: an entry’s `subject`, such as `policy` or `rule <id>`.',
    })
    subject: string | null | undefined,
  ): Promise<Connection<AuditEntryType>> {
    if (subject != null) requireIds('subject', [subject]);
    const beforeId = after == null ? null : decodeCursor(after, cursorShape).id;
    const { entries, hasMore } = await this.#audit.page(clampFirst(first), beforeId, subject ?? null);
    return toConnection(
      entries.map((entry) => ({ node: entryType(entry), position: { id: entry.id } })),
      { hasNextPage: hasMore, hasPreviousPage: beforeId !== null },
    );
  }
}

function entryType(entry: AuditEntry): AuditEntryType {
  return { ...entry, changes: valueChanges(entry.before ?? {}, entry.after ?? {}) };
}
