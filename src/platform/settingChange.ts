import { Field, ObjectType } from 'type-graphql';
import { Access } from './access.js';
import { GraphQLInstant } from './dateTime.js';

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
