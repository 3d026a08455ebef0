import { GraphQLJSON } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { Access } from '../access/access.js';
import { GraphQLInstant } from '../graphql/dateTime.js';
import { changesBetween } from './versionedSettings.js';

@ObjectType('SettingChange', { simpleResolvers: true, description: 'Who changed a setting, when and why.' })
@Access('inherit')
export class SettingChangeType {
  @Field(() => String, { description: 'Why, in the words of whoever changed it.' })
  reason!: string;

  @Field(() => String, { description: 'The person or key that did it: `person <id>` or `key <id>`.' })
  by!: string;

  @Field(() => GraphQLInstant, { description: 'When.' })
  at!: Date;
}

/** One value that differs, under the name of its field. */
export interface ValueChange {
  /** From the outside in, joined by dots: `strengths.popularity`. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every single value that differs between two contents, in the order of the names. */
export function valueChanges(before: unknown, after: unknown): ValueChange[] {
  return changesBetween(before, after).map(({ path, ...values }) => ({ field: path.join('.'), ...values }));
}

@ObjectType('ValueChange', { simpleResolvers: true, description: 'One value that differs between two states.' })
@Access('inherit')
export class ValueChangeType {
  @Field(() => String, {
    description: 'Name of the field, from the outside in, such as `audience.departments` or `strengths.popularity`.',
  })
  field!: string;

  @Field(() => GraphQLJSON, { nullable: true, description: 'What it was; null: nothing.' })
  before!: unknown;

  @Field(() => GraphQLJSON, { nullable: true, description: 'What it is; null: nothing.' })
  after!: unknown;
}
