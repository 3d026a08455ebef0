import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { Access, nameOf, type Viewer } from '../platform/access/access.js';
import { CLIENT_MUTATION_ID } from '../platform/calls.js';
import { requireBatchSize } from '../platform/graphql/batch.js';
import { requireIds } from '../platform/rowChecks.js';
import type { DraftsService } from './drafts.service.js';
import {
  ApproveDraftsPayload,
  DiscardDraftPayload,
  DraftPayload,
  draftPayload,
  draftTypes,
  RuleDraftType,
} from './draftTypes.js';
import { RuleInput, SeenDraftInput } from './types/ruleInputs.js';

const BASED_ON =
  'Version of the rule set that you have looked at; the one that counts when left out. What others publish later than ' +
  'that is never overwritten unknowingly.';
const SEEN_REVISION =
  'The `revision` that you have looked at. Fails with CONFLICT, and changes nothing, when somebody has edited the draft ' +
  'since; `extensions.details` says who, what it says now and what they changed.';

@Resolver()
export class DraftsResolver {
  readonly #drafts: DraftsService;

  constructor(drafts: DraftsService) {
    this.#drafts = drafts;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => [RuleDraftType], {
    description:
      'Changes of rules and settings that wait for being published, everybody’s, in the order in which they were drafted.',
  })
  async ruleDrafts(): Promise<RuleDraftType[]> {
    return await draftTypes(this.#drafts, await this.#drafts.all());
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => DraftPayload, {
    description:
      'Drafts a rule: a new one, or another wording of a published one. Nobody’s list changes yet: look at it with ' +
      'previewRules, then call publishRuleSet with the id of the draft.',
  })
  async draftRule(
    @Arg('rule', () => RuleInput, { description: 'All of the rule.' }) rule: RuleInput,
    @Arg('ruleId', () => ID, {
      nullable: true,
      description: 'The published rule that this one is to replace; left out: it is a new rule.',
    })
    ruleId: string | null | undefined,
    @Arg('basedOnVersion', () => Int, { nullable: true, description: BASED_ON })
    basedOnVersion: number | null | undefined,
    @Arg('clientMutationId', () => ID, { nullable: true, description: CLIENT_MUTATION_ID })
    clientMutationId: string | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<DraftPayload> {
    const call = { by: nameOf(viewer), clientMutationId: clientMutationId ?? null };
    const result = await this.#drafts.draftRule(rule, ruleId ?? null, basedOnVersion ?? null, call);
    return await draftPayload(this.#drafts, result);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => DraftPayload, { description: 'Drafts that a published rule is to be removed.' })
  async draftRuleRemoval(
    @Arg('ruleId', () => ID, { description: 'The published rule.' }) ruleId: string,
    @Arg('basedOnVersion', () => Int, { nullable: true, description: BASED_ON })
    basedOnVersion: number | null | undefined,
    @Arg('clientMutationId', () => ID, { nullable: true, description: CLIENT_MUTATION_ID })
    clientMutationId: string | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<DraftPayload> {
    const call = { by: nameOf(viewer), clientMutationId: clientMutationId ?? null };
    const result = await this.#drafts.draftRemoval(ruleId, basedOnVersion ?? null, call);
    return await draftPayload(this.#drafts, result);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => DraftPayload, {
    description: 'Puts another rule in place of what a draft of a rule says. Approvals of the draft are void then.',
  })
  async updateDraft(
    @Arg('draftId', () => ID, { description: 'The draft; of a setting: see updateSettingDraft.' }) draftId: string,
    @Arg('expectedRevision', () => Int, { description: SEEN_REVISION }) expectedRevision: number,
    @Arg('rule', () => RuleInput, { description: 'All of the rule as it is to be.' }) rule: RuleInput,
    @Arg('basedOnVersion', () => Int, {
      nullable: true,
      description:
        'Version of the rule set that you have looked at, if the draft is to be based on that; left out: as before.',
    })
    basedOnVersion: number | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<DraftPayload> {
    const seen = { draftId, revision: expectedRevision };
    const result = await this.#drafts.update(seen, { kind: 'RULE', rule }, basedOnVersion ?? null, nameOf(viewer));
    return await draftPayload(this.#drafts, result);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => DiscardDraftPayload, {
    description: 'Throws a draft away, of a rule or of a setting. What it said stays in the audit log.',
  })
  async discardDraft(
    @Arg('draftId', () => ID, { description: 'The draft.' }) draftId: string,
    @Arg('expectedRevision', () => Int, { description: SEEN_REVISION }) expectedRevision: number,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<DiscardDraftPayload> {
    requireIds('draftId', [draftId]);
    await this.#drafts.discard({ draftId, revision: expectedRevision }, nameOf(viewer));
    return { draftId };
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => ApproveDraftsPayload, {
    description:
      'Agrees with drafts as a second person: not with those that you edited last. Where approval is required, only ' +
      'approved drafts can be published; every edit makes approvals void.',
  })
  async approveDrafts(
    @Arg('drafts', () => [SeenDraftInput], { description: 'The drafts as you have seen them; at most 1,000.' })
    drafts: SeenDraftInput[],
    @Ctx('viewer') viewer: Viewer,
  ): Promise<ApproveDraftsPayload> {
    requireBatchSize(drafts);
    const { approved, errors } = await this.#drafts.approve(drafts, nameOf(viewer));
    return { approved: await draftTypes(this.#drafts, approved), userErrors: errors };
  }
}
