import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { CatalogService } from '../../catalog/catalog.service.js';
import { SAMPLE_STEP } from '../../learners/fewPeople/coarseFigures.js';
import { Access, isAdmin, nameOf, requireSelf, type Viewer } from '../../platform/access/access.js';
import { CLIENT_MUTATION_ID } from '../../platform/calls.js';
import { requestErrors } from '../../platform/graphql/batch.js';
import { clampFirst } from '../../platform/graphql/connection.js';
import { requireIds } from '../../platform/rowChecks.js';
import { ruleNames } from '../../rules/model/ruleNames.js';
import type { Surface } from '../../rules/model/surface.js';
import { SurfaceEnum } from '../../rules/types/ruleEnums.js';
import { RuleAudienceInput } from '../../rules/types/ruleInputs.js';
import { OffPolicyInput, offPolicyEstimateType } from '../offPolicy/offPolicy.types.js';
import { PreviewRulesPayload, type RulePreviewResultType, RulePreviewType } from './rulePreview.types.js';
import {
  MOST_SAMPLED,
  type PreviewResult,
  type RulePreviewsService,
  type StoredPreview,
} from './rulePreviews.service.js';

@Resolver()
export class RulePreviewsResolver {
  readonly #previews: RulePreviewsService;
  readonly #catalog: CatalogService;

  constructor(previews: RulePreviewsService, catalog: CatalogService) {
    this.#previews = previews;
    this.#catalog = catalog;
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => PreviewRulesPayload, {
    description:
      'Tries drafts on people’s lists in the background, by the very code that serves lists, and changes nothing: ask ' +
      '`rulePreview` how far it is. Without drafts it compares what counts with an earlier version, or tries going back to ' +
      'one. 10,000 people take ' +
      'some 20 seconds on two cores. Up to 5 previews of yours may wait at once. Lists are made as of now: to see what a rule ' +
      'does that begins later, preview it without `from` and edit the draft then.',
  })
  async previewRules(
    @Arg('draftIds', () => [ID], {
      description:
        'Drafts as they would be published, each once; at most 200. Also what cannot be published as it is, since somebody ' +
        'else has changed the same thing: see `overwrites` of the draft. Lists do not hang on the delivery policy: for drafts of ' +
        'it see previewDeliveryPolicy.',
    })
    draftIds: string[],
    @Arg('audience', () => RuleAudienceInput, {
      nullable: true,
      description:
        'Whose lists are made; everybody when left out. Only administrators may choose them by `learnerIds`.',
    })
    audience: RuleAudienceInput | null | undefined,
    @Arg('compareTo', () => Int, {
      nullable: true,
      description:
        'The version of the rule set, with the settings of then, that is taken for before; what counts when left out. ' +
        'After is always what counts with the drafts.',
    })
    compareTo: number | null | undefined,
    @Arg('rollbackTo', () => Int, {
      nullable: true,
      description:
        'Instead of drafts, and without `compareTo`: the version that rollbackRuleSet would bring back. After is what would ' +
        'count then, its settings included; `settings` of the preview says which go back.',
    })
    rollbackTo: number | null | undefined,
    @Arg('learnerIds', () => [ID], {
      nullable: true,
      description:
        'Up to 20 learners whose moves are told course by course. A list tells what a learner did, so L&D staff may name ' +
        'themselves only, administrators anybody.',
    })
    learnerIds: string[] | null | undefined,
    @Arg('sampleSize', () => Int, {
      nullable: true,
      description: `How many people of the audience, drawn at random but always the same, 0 to ${MOST_SAMPLED.toLocaleString('en')}; as many as there are, up to that, when left out. A multiple of ${SAMPLE_STEP}, except for administrators.`,
    })
    sampleSize: number | null | undefined,
    @Arg('first', () => Int, { nullable: true, description: 'How many places count; 10 when left out, 1 to 100.' })
    first: number | null | undefined,
    @Arg('surface', () => SurfaceEnum, { defaultValue: 'HOME', description: 'Where the lists would be shown.' })
    surface: Surface,
    @Arg('estimate', () => OffPolicyInput, {
      nullable: true,
      description:
        'Also asks the log what would have come of lists with the drafts; not with `compareTo`. It takes some 10 ms for ' +
        'each of up to 4,000 lists.',
    })
    estimate: OffPolicyInput | null | undefined,
    @Arg('clientMutationId', () => ID, { nullable: true, description: CLIENT_MUTATION_ID })
    clientMutationId: string | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<PreviewRulesPayload> {
    for (const learnerId of learnerIds ?? []) requireSelf(viewer, learnerId);
    const { preview, errors } = await this.#previews.request(
      {
        draftIds,
        rollbackTo: rollbackTo ?? null,
        compareTo: compareTo ?? null,
        audience: audience ?? null,
        learnerIds: learnerIds ?? [],
        sampleSize: sampleSize ?? null,
        surface,
        first: Math.max(1, clampFirst(first)),
        mayTellFew: isAdmin(viewer),
        estimate: estimate ?? null,
      },
      { by: nameOf(viewer), clientMutationId: clientMutationId ?? null },
    );
    return {
      preview: preview && this.#previewType(preview),
      settingsBesideLists: (preview?.settings ?? []).filter((one) => !one.isInLists).map(({ setting }) => setting),
      userErrors: requestErrors(errors),
    };
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Query(() => RulePreviewType, {
    description: 'How far a preview of yours is, and what was found; administrators may ask for anybody’s.',
  })
  async rulePreview(
    @Arg('id', () => ID, { description: 'Id of the preview.' }) id: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<RulePreviewType> {
    requireIds('id', [id]);
    return this.#previewType(await this.#previews.find(id, isAdmin(viewer) ? null : nameOf(viewer)));
  }

  #previewType({ result, settings, ...preview }: StoredPreview): RulePreviewType {
    return { ...preview, settings: settings ?? [], result: result && this.#resultType(result) };
  }

  #resultType({ at, population, lists, estimate, ...result }: PreviewResult): RulePreviewResultType {
    const names = ruleNames(this.#catalog.snapshot);
    const titled = <T extends { readonly courseId: string }>(course: T) => ({
      ...course,
      courseTitle: names.course(course.courseId),
    });
    const sentences = new Map(result.rules.map(({ ruleId, sentence }) => [ruleId, sentence]));
    const ruleOf = (ruleId: string) => ({ ruleId, sentence: sentences.get(ruleId) ?? '' });
    return {
      ...result,
      at: new Date(at),
      estimate: estimate == null ? null : offPolicyEstimateType(estimate),
      population: population && {
        ...population,
        exposure: { department: null, ...population.exposure },
        winners: population.winners.map(titled),
        losers: population.losers.map(titled),
      },
      lists: lists.map(({ learnerId, moves }) => ({
        learnerId,
        moves: moves.map(({ ruleIds, ...move }) => ({ ...titled(move), rules: ruleIds.map(ruleOf) })),
      })),
    };
  }
}
