import { Arg, Field, ID, Mutation, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { Access, KEY_ROLES, type KeyRole, SCOPES, type Scope } from './access/access.js';
import type { ApiKey, ApiKeys } from './access/apiKeys.js';
import { DomainError } from './errors.js';
import { GraphQLInstant } from './graphql/dateTime.js';
import { enumOf } from './graphql/enums.js';
import { requireIds } from './rowChecks.js';
import { checkDate } from './text.js';

const ScopeEnum = enumOf(Object.keys(SCOPES) as Scope[]);
registerEnumType(ScopeEnum, {
  name: 'Scope',
  description: 'What a portal may do with its key.',
  valuesConfig: Object.fromEntries(Object.entries(SCOPES).map(([scope, description]) => [scope, { description }])),
});

const KeyRoleEnum = enumOf(KEY_ROLES);
registerEnumType(KeyRoleEnum, {
  name: 'KeyRole',
  description: 'What kind of key it is.',
  valuesConfig: {
    ADMIN: { description: 'May do everything.' },
    PORTAL: { description: 'May do what its scopes say.' },
  },
});

@ObjectType('ApiKey', { simpleResolvers: true, description: 'A key that a portal or an administrator calls with.' })
@Access('inherit')
class ApiKeyType {
  @Field(() => ID, { description: 'The public part of the key.' })
  id!: string;

  @Field(() => String, { description: 'What it is for.' })
  name!: string;

  @Field(() => KeyRoleEnum, { description: 'What kind of key it is.' })
  role!: KeyRole;

  @Field(() => [ScopeEnum], { description: 'What it may do; empty for an admin key, which may do everything.' })
  scopes!: readonly Scope[];

  @Field(() => GraphQLInstant, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => GraphQLInstant, { nullable: true, description: 'From when on it is refused; null: never.' })
  expiresAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it was revoked; null: it was not.' })
  revokedAt!: Date | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it was last used, to the minute; null: never.' })
  lastUsedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'A new key.' })
@Access('inherit')
class CreateApiKeyPayload {
  @Field(() => String, { description: 'The key itself. It is shown this once and stored as a hash only.' })
  secret!: string;

  @Field(() => ApiKeyType, { description: 'What is known of it from now on.' })
  key!: ApiKeyType;
}

/** Nobody but administrators, who pass every rule. */
const ADMINS = { roles: [], scopes: [] } as const;

@Resolver()
export class ApiKeysResolver {
  readonly #apiKeys: ApiKeys;

  constructor(apiKeys: ApiKeys) {
    this.#apiKeys = apiKeys;
  }

  @Access(ADMINS)
  @Query(() => [ApiKeyType], { description: 'All keys, revoked and expired ones too, oldest first.' })
  async apiKeys(): Promise<ApiKey[]> {
    return await this.#apiKeys.list();
  }

  @Access(ADMINS)
  @Mutation(() => CreateApiKeyPayload, { description: 'Makes a key for a portal.' })
  async createApiKey(
    @Arg('name', () => String, { description: 'What it is for, such as "Intranet portal".' }) name: string,
    @Arg('scopes', () => [ScopeEnum], { description: 'What it may do; at least one.' }) scopes: Scope[],
    @Arg('expiresAt', () => GraphQLInstant, {
      nullable: true,
      description: 'From when on it is refused; never when left out.',
    })
    expiresAt?: Date | null,
  ): Promise<CreateApiKeyPayload> {
    const expiryProblem = expiresAt ? checkDate(expiresAt) : null;
    if (expiryProblem !== null) {
      throw new DomainError('BAD_USER_INPUT', `\`expiresAt\` ${expiryProblem}`, { argument: 'expiresAt' });
    }
    const { text, key } = await this.#apiKeys.create({ name, role: 'PORTAL', scopes, expiresAt: expiresAt ?? null });
    return { secret: text, key };
  }

  @Access(ADMINS)
  @Mutation(() => ApiKeyType, {
    description: 'Ends a key: at once in this process, within 5 seconds in others. Revoking again changes nothing.',
  })
  async revokeApiKey(@Arg('id', () => ID, { description: 'Id of the key.' }) id: string): Promise<ApiKey> {
    requireIds('id', [id]);
    return await this.#apiKeys.revoke(id);
  }
}
