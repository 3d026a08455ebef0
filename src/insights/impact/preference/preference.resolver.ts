import { Arg, Field, Float, ID, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { Access } from '../../../platform/access/access.js';
import { GraphQLInstant } from '../../../platform/graphql/dateTime.js';
import { enumOf } from '../../../platform/graphql/enums.js';
import { PREFERENCE_VERDICTS, type PreferenceVerdict } from './preference.js';
import type { ExperimentPreference, PreferenceService } from './preference.service.js';

const PreferenceVerdictEnum = enumOf(PREFERENCE_VERDICTS);
registerEnumType(PreferenceVerdictEnum, {
  name: 'PreferenceVerdict',
  description: 'Which variant people prefer.',
  valuesConfig: {
    CHALLENGER: {
      description: 'More people click more on what the challenger gave: the whole interval is above one half.',
    },
    CONTROL: { description: 'More people click more on what the control gave: the whole interval is below one half.' },
    CANNOT_TELL: { description: 'Too few people or days, or no preference that chance could not make.' },
  },
});

@ObjectType('PreferenceShare', { simpleResolvers: true, description: 'A share with its interval, 0 to 1.' })
@Access('inherit')
class PreferenceShareType {
  @Field(() => Float, { description: 'The share.' })
  estimate!: number;

  @Field(() => Float, { description: 'Lower end, 95 %, however often you look.' })
  low!: number;

  @Field(() => Float, { description: 'Upper end, 95 %, however often you look.' })
  high!: number;
}

@ObjectType('ExperimentPreference', {
  simpleResolvers: true,
  description:
    'Which of two variants people prefer whose lists are drawn from both. It says what they click on, not whether they learn ' +
    'more, and nothing of feeds, which are those of the control.',
})
@Access('inherit')
class ExperimentPreferenceType {
  @Field(() => ID, { description: 'The experiment.' })
  experimentId!: string;

  @Field(() => ID, { description: 'Its variant that changes nothing.' })
  controlId!: string;

  @Field(() => ID, { description: 'The variant that is tried.' })
  challengerId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'People who clicked more on what one of the two gave, in fives; null: fewer than five, or it may be.',
  })
  decided!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'People who clicked on what both gave alike, in fives; null: fewer than five, or it may be. They count for neither.',
  })
  ties!: number | null;

  @Field(() => PreferenceShareType, {
    nullable: true,
    description:
      'Of those who prefer one, the share that prefers the challenger; null: fewer than 100 people prefer one.',
  })
  challengerShare!: ExperimentPreference['challengerShare'];

  @Field(() => PreferenceVerdictEnum, {
    description: 'What may be said, once the experiment has run with as many people and for as many days as it was to.',
  })
  verdict!: PreferenceVerdict;

  @Field(() => GraphQLInstant, { description: 'As of when.' })
  asOf!: Date;
}

@Resolver()
export class PreferenceResolver {
  readonly #preferences: PreferenceService;

  constructor(preferences: PreferenceService) {
    this.#preferences = preferences;
  }

  @Query(() => ExperimentPreferenceType, {
    description:
      'Which variant of an experiment with `mode: INTERLEAVED` people prefer, by what they click on: each person counts once.',
  })
  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  async experimentPreference(
    @Arg('experimentId', () => ID, { description: 'Your own id of an experiment that has begun.' })
    experimentId: string,
  ): Promise<ExperimentPreferenceType> {
    return await this.#preferences.preference(experimentId);
  }
}
