import {
  Arg,
  Field,
  FieldResolver,
  Float,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql';
import { Access } from '../../platform/access/access.js';
import { BatchPayload, batchPayload, requireBatchSize } from '../../platform/graphql/batch.js';
import { enumOf } from '../../platform/graphql/enums.js';
import { requireIds } from '../../platform/rowChecks.js';
import type { Direction } from '../goal.js';
import { DirectionEnum } from '../goalEnums.js';
import { RecordPayload, recordPayload } from '../recordPayload.js';
import {
  KPI_KINDS,
  type Kpi,
  type KpiInput,
  type KpiKind,
  type KpiObservationInput,
  PHILLIPS_LEVELS,
  type PhillipsLevel,
  SUBJECT_KINDS,
} from './kpi.js';
import type { KpiGrouping, KpiPoint } from './kpiSeries.js';
import type { KpisService } from './kpis.service.js';

const KpiKindEnum = enumOf(KPI_KINDS);
registerEnumType(KpiKindEnum, {
  name: 'KpiKind',
  description: 'What a KPI is about.',
  valuesConfig: {
    ENGAGEMENT: { description: 'Whether people take part.' },
    SKILL_ACQUISITION: { description: 'Whether they learn.' },
    PERFORMANCE: { description: 'How they do their work.' },
    RETENTION: { description: 'Whether they stay.' },
    SATISFACTION: { description: 'What they, or customers, think of it.' },
    OTHER: { description: 'Something else.' },
  },
});

const PhillipsLevelEnum = enumOf(PHILLIPS_LEVELS);
registerEnumType(PhillipsLevelEnum, {
  name: 'PhillipsLevel',
  description: 'The level of evaluation that a KPI speaks of, after Phillips.',
  valuesConfig: {
    REACTION: { description: 'Level 1: what people think of the learning.' },
    LEARNING: { description: 'Level 2: what they know and can.' },
    APPLICATION: { description: 'Level 3: what they do differently at work.' },
    IMPACT: { description: 'Level 4: what that changes for the business.' },
    ROI: { description: 'Level 5: whether it was worth its cost.' },
  },
});

const KpiGroupingEnum = enumOf(SUBJECT_KINDS.filter((kind): kind is KpiGrouping => kind !== 'LEARNER'));
registerEnumType(KpiGroupingEnum, {
  name: 'KpiGrouping',
  description: 'How a KPI is split.',
  valuesConfig: {
    ORGANISATION: { description: 'Not at all: everybody together.' },
    DEPARTMENT: { description: 'By department.' },
    ROLE: { description: 'By role.' },
    LOCATION: { description: 'By location.' },
  },
});

const KpiOriginEnum = enumOf(['LEARNERS', 'GROUP'] as const);
registerEnumType(KpiOriginEnum, {
  name: 'KpiOrigin',
  description: 'Where a figure of a group comes from.',
  valuesConfig: {
    LEARNERS: { description: 'The mean of its people’s figures.' },
    GROUP: { description: 'It was told of the group as a whole, which comes before figures of its people.' },
  },
});

const WORDS = {
  id: 'Your own id of the KPI.',
  name: 'What it is called; at most 200 characters.',
  unit: 'Its unit in words, such as `%`, `days` or `tickets`; at most 40 characters.',
  direction: 'Which way it gets better.',
  kind: 'What it is about.',
  level: 'Of which level of evaluation it speaks.',
  expectedMin: 'Smaller values are refused.',
  expectedMax: 'Greater values are refused.',
} as const;

@InputType({ description: 'A KPI. The id names it; what is sent takes the place of what was there.' })
class UpsertKpiInput implements KpiInput {
  @Field(() => ID, { description: WORDS.id })
  id!: string;

  @Field(() => String, { description: WORDS.name })
  name!: string;

  @Field(() => String, { description: WORDS.unit })
  unit!: string;

  @Field(() => DirectionEnum, { nullable: true, description: `${WORDS.direction} HIGHER_IS_BETTER when left out.` })
  direction?: Direction | null;

  @Field(() => KpiKindEnum, { nullable: true, description: `${WORDS.kind} OTHER when left out.` })
  kind?: KpiKind | null;

  @Field(() => PhillipsLevelEnum, { nullable: true, description: `${WORDS.level} IMPACT when left out.` })
  level?: PhillipsLevel | null;

  @Field(() => Float, { nullable: true, description: WORDS.expectedMin })
  expectedMin?: number | null;

  @Field(() => Float, { nullable: true, description: WORDS.expectedMax })
  expectedMax?: number | null;
}

@InputType({
  description:
    'What a KPI came to in a period: for one learner, one department, one role, one location, or, when none is named, the ' +
    'whole organisation. `source` and `eventId` name the row: sending it again changes nothing.',
})
class RecordKpiInput implements KpiObservationInput {
  @Field(() => ID, { description: 'The system that tells it.' })
  source!: string;

  @Field(() => ID, { description: 'Its own id of this row, such as `2026-10 e-00042`.' })
  eventId!: string;

  @Field(() => ID, { description: WORDS.id })
  kpiId!: string;

  @Field(() => ID, { nullable: true, description: 'The learner it is of.' })
  learnerId?: string | null;

  @Field(() => String, { nullable: true, description: 'The department it is of, spelled as for learners.' })
  department?: string | null;

  @Field(() => ID, { nullable: true, description: 'The role it is of.' })
  roleId?: string | null;

  @Field(() => String, { nullable: true, description: 'The location it is of, spelled as for learners.' })
  location?: string | null;

  @Field(() => String, { description: 'First day of the period, an ISO date.' })
  from!: string;

  @Field(() => String, { description: 'First day after the period, an ISO date.' })
  until!: string;

  @Field(() => Float, { description: 'The value, in the unit of the KPI.' })
  value!: number;

  @Field(() => String, { nullable: true, description: 'Its unit; a row in another unit than the KPI’s is refused.' })
  unit?: string | null;
}

@ObjectType('KpiPoint', { simpleResolvers: true, description: 'A KPI of one group in one period.' })
@Access('inherit')
class KpiPointType {
  @Field(() => String, { description: 'First day of the period, an ISO date.' })
  from!: string;

  @Field(() => String, { description: 'First day after it, an ISO date.' })
  until!: string;

  @Field(() => String, { nullable: true, description: 'Department, role id or location; null: everybody.' })
  group!: string | null;

  @Field(() => Float, {
    nullable: true,
    description:
      'The value; of learners’ figures in steps that hide single people. Null: of fewer than five people, or few would be ' +
      'what it leaves of everybody or of other groups, so it is not told.',
  })
  value!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Learners with figures, to the nearest five; null: fewer than five, or it was told of the whole group.',
  })
  people!: number | null;

  @Field(() => KpiOriginEnum, { description: 'Where the value comes from.' })
  origin!: KpiPoint['origin'];
}

@ObjectType('Kpi', { simpleResolvers: true, description: 'A figure that another system keeps.' })
@Access('inherit')
class KpiType implements Omit<Kpi, 'observed'> {
  @Field(() => ID, { description: WORDS.id })
  id!: string;

  @Field(() => String, { description: WORDS.name })
  name!: string;

  @Field(() => String, { description: WORDS.unit })
  unit!: string;

  @Field(() => DirectionEnum, { description: WORDS.direction })
  direction!: Direction;

  @Field(() => KpiKindEnum, { description: WORDS.kind })
  kind!: KpiKind;

  @Field(() => PhillipsLevelEnum, { description: WORDS.level })
  level!: PhillipsLevel;

  @Field(() => Float, { nullable: true, description: WORDS.expectedMin })
  expectedMin!: number | null;

  @Field(() => Float, { nullable: true, description: WORDS.expectedMax })
  expectedMax!: number | null;
}

const SERIES_COST = 20;

@Resolver(() => KpiType)
export class KpisResolver {
  readonly #kpis: KpisService;

  constructor(kpis: KpisService) {
    this.#kpis = kpis;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => [KpiType], { description: 'All KPIs, in the order of their ids.' })
  async kpis(): Promise<KpiType[]> {
    return [...(await this.#kpis.kpis())];
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => KpiType, { nullable: true, description: 'One KPI; null when there is none with this id.' })
  async kpi(@Arg('id', () => ID, { description: WORDS.id }) id: string): Promise<KpiType | null> {
    requireIds('id', [id]);
    return (await this.#kpis.byIds([id])).get(id) ?? null;
  }

  @FieldResolver(() => [KpiPointType], {
    description: 'The KPI over time, earliest period first. Of groups of fewer than five people nothing is told.',
    complexity: ({ childComplexity }) => SERIES_COST * childComplexity,
  })
  async series(
    @Root() kpi: KpiType,
    @Arg('groupBy', () => KpiGroupingEnum, { defaultValue: 'ORGANISATION', description: 'How it is split.' })
    groupBy: KpiGrouping,
    @Arg('from', () => String, { nullable: true, description: 'First day, an ISO date; a year ago when left out.' })
    from?: string | null,
    @Arg('until', () => String, { nullable: true, description: 'First day that does not count any more, an ISO date.' })
    until?: string | null,
  ): Promise<readonly KpiPointType[]> {
    return await this.#kpis.series(kpi.id, groupBy, from ?? null, until ?? null);
  }

  @Access({ roles: ['LD_EDITOR'], scopes: ['KPI'] })
  @Mutation(() => BatchPayload, {
    description:
      'Says which KPIs there are. Takes up to 1,000 rows and stores the good ones even when others are refused.',
  })
  async upsertKpis(
    @Arg('kpis', () => [UpsertKpiInput], { description: 'The rows.' }) kpis: UpsertKpiInput[],
  ): Promise<BatchPayload> {
    requireBatchSize(kpis);
    return batchPayload(await this.#kpis.upsertKpis(kpis));
  }

  @Access({ scopes: ['KPI'] })
  @Mutation(() => RecordPayload, {
    description:
      'Records what KPIs came to. Takes up to 1,000 rows and stores the good ones even when others are refused. A row that ' +
      'was stored before is a duplicate when it says the same and a conflict otherwise; what is stored stays.',
  })
  async recordKpi(
    @Arg('observations', () => [RecordKpiInput], { description: 'The rows.' }) observations: RecordKpiInput[],
  ): Promise<RecordPayload> {
    requireBatchSize(observations);
    return recordPayload(await this.#kpis.recordKpis(observations));
  }
}
