import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { z } from 'zod';
import { Access, isAdmin, nameOf, type Viewer } from '../platform/access/access.js';
import { requestErrors } from '../platform/graphql/batch.js';
import {
  type Connection,
  clampFirst,
  decodeCursor,
  encodeCursor,
  toConnection,
} from '../platform/graphql/connection.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import type { CampaignMove, CampaignState } from './campaign.js';
import {
  CampaignConnection,
  CampaignInput,
  CampaignPayload,
  CampaignStateEnum,
  CampaignType,
  campaignType,
} from './campaign.types.js';
import {
  CampaignMessageConnection,
  type CampaignMessageType,
  CampaignPreviewType,
  CampaignProgressType,
} from './campaignFigures.types.js';
import type { CampaignResult, CampaignsService, PlannedMessage } from './campaigns.service.js';

const ID_OF = 'Your own id of the campaign.';
const EXPECTED_VERSION =
  'The `version` that you have looked at. Fails with CONFLICT, and changes nothing, when somebody has changed the campaign ' +
  'since.';
const REASON = 'Why, for whoever reads the audit log; at most 500 characters.';
const FIRST = 'How many; 10 when left out, at most 100.';
/** What looking at 500 people and their windows costs, in values. */
const COST_OF_PREVIEW = 10_000;

const campaignCursor = z.object({ createdAt: z.iso.datetime(), id: z.string() });
const messageCursor = z.object({ startsAt: z.iso.datetime(), learnerId: z.string(), step: z.number().int() });

@Resolver()
export class CampaignsResolver {
  readonly #campaigns: CampaignsService;

  constructor(campaigns: CampaignsService) {
    this.#campaigns = campaigns;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => CampaignType, { description: 'A campaign, whatever its state.' })
  async campaign(@Arg('id', () => ID, { description: ID_OF }) id: string): Promise<CampaignType> {
    return campaignType(await this.#campaigns.find(id));
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => CampaignConnection, { description: 'Campaigns, newest first.' })
  async campaigns(
    @Arg('states', () => [CampaignStateEnum], { nullable: true, description: 'Only those; of any when left out.' })
    states: CampaignState[] | null | undefined,
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: '`endCursor` of the page before.' })
    after: string | null | undefined,
  ): Promise<Connection<CampaignType>> {
    const position = after == null ? null : decodeCursor(after, campaignCursor);
    const { campaigns, hasMore } = await this.#campaigns.page(states ?? [], clampFirst(first), position);
    const items = campaigns.map((campaign) => ({
      node: campaignType(campaign),
      position: { createdAt: campaign.createdAt.toISOString(), id: campaign.id },
    }));
    return toConnection(items, { hasNextPage: hasMore, hasPreviousPage: position !== null });
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => CampaignProgressType, {
    description: 'How far a campaign has come, by step and by week. People are only ever counted.',
  })
  async campaignProgress(
    @Arg('id', () => ID, { description: ID_OF }) id: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<CampaignProgressType> {
    return await this.#campaigns.progress(id, isAdmin(viewer));
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Query(() => CampaignPreviewType, {
    description: 'Whom a campaign would reach and how long it would take if it were started now; a draft above all.',
    complexity: COST_OF_PREVIEW,
  })
  async campaignPreview(
    @Arg('id', () => ID, { description: ID_OF }) id: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<CampaignPreviewType> {
    return await this.#campaigns.preview(id, isAdmin(viewer));
  }

  @Access({ scopes: ['DELIVER'] })
  @Query(() => CampaignMessageConnection, {
    description:
      'Messages of a running campaign to send, by when; none of any other. Ask shortly before you send: what is not to be sent ' +
      'any more, since somebody completed the course, muted it or left, is not among them. A page may hold fewer than asked ' +
      'for and still have a next one.',
  })
  async campaignMessages(
    @Arg('campaignId', () => ID, { description: ID_OF }) campaignId: string,
    @Arg('from', () => GraphQLInstant, { description: 'Windows that begin then or later …' }) from: Date,
    @Arg('to', () => GraphQLInstant, { description: '… and before then, at most 31 days later.' }) to: Date,
    @Arg('first', () => Int, { nullable: true, description: FIRST }) first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: '`endCursor` of the page before.' })
    after: string | null | undefined,
  ): Promise<Connection<CampaignMessageType>> {
    const position = after == null ? null : decodeCursor(after, messageCursor);
    const page = await this.#campaigns.messages(campaignId, { from, to }, clampFirst(first), position);
    const items = page.messages.map((message) => ({ node: message, position: positionOf(message) }));
    const connection = toConnection(items, { hasNextPage: page.hasMore, hasPreviousPage: position !== null });
    // Those at its end may be left out: the next page goes on after what was looked at.
    const endCursor = page.last === null ? null : encodeCursor(positionOf(page.last));
    return { ...connection, pageInfo: { ...connection.pageInfo, endCursor } };
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => CampaignPayload, {
    description: 'Drafts a campaign. Nobody is reached yet: look at campaignPreview, then call startCampaign.',
  })
  async createCampaign(
    @Arg('id', () => ID, {
      description:
        'Your own id for it. The same campaign once more changes nothing; another one of the same id is refused.',
    })
    id: string,
    @Arg('campaign', () => CampaignInput, { description: 'All of the campaign.' }) campaign: CampaignInput,
    @Arg('reason', () => String, { description: REASON }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<CampaignPayload> {
    return payload(await this.#campaigns.create(id, campaign, reason, nameOf(viewer)));
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => CampaignPayload, {
    description: 'Puts another campaign in place of a draft. Only drafts can be changed.',
  })
  async updateCampaign(
    @Arg('id', () => ID, { description: ID_OF }) id: string,
    @Arg('campaign', () => CampaignInput, { description: 'All of the campaign as it is to be.' })
    campaign: CampaignInput,
    @Arg('expectedVersion', () => Int, { description: EXPECTED_VERSION }) expectedVersion: number,
    @Arg('reason', () => String, { description: REASON }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<CampaignPayload> {
    return payload(await this.#campaigns.update(campaign, { id, expectedVersion, reason, by: nameOf(viewer) }));
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => CampaignPayload, {
    description: 'Starts a draft: from the beginning of its schedule on it takes people in and plans messages.',
  })
  async startCampaign(
    @Arg('id', () => ID, { description: ID_OF }) id: string,
    @Arg('expectedVersion', () => Int, { description: EXPECTED_VERSION }) expectedVersion: number,
    @Arg('reason', () => String, { description: REASON }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<CampaignPayload> {
    return await this.#move('START', id, expectedVersion, reason, viewer);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => CampaignPayload, {
    description: 'Pauses a running campaign: nothing is sent from now on, and what was planned is withdrawn.',
  })
  async pauseCampaign(
    @Arg('id', () => ID, { description: ID_OF }) id: string,
    @Arg('expectedVersion', () => Int, { description: EXPECTED_VERSION }) expectedVersion: number,
    @Arg('reason', () => String, { description: REASON }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<CampaignPayload> {
    return await this.#move('PAUSE', id, expectedVersion, reason, viewer);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => CampaignPayload, {
    description: 'Goes on with a paused campaign; what was withdrawn is planned anew.',
  })
  async resumeCampaign(
    @Arg('id', () => ID, { description: ID_OF }) id: string,
    @Arg('expectedVersion', () => Int, { description: EXPECTED_VERSION }) expectedVersion: number,
    @Arg('reason', () => String, { description: REASON }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<CampaignPayload> {
    return await this.#move('RESUME', id, expectedVersion, reason, viewer);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => CampaignPayload, {
    description:
      'Ends a campaign for good, in whatever state: nothing is sent from now on, and what was planned is withdrawn.',
  })
  async endCampaign(
    @Arg('id', () => ID, { description: ID_OF }) id: string,
    @Arg('expectedVersion', () => Int, { description: EXPECTED_VERSION }) expectedVersion: number,
    @Arg('reason', () => String, { description: REASON }) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<CampaignPayload> {
    return await this.#move('END', id, expectedVersion, reason, viewer);
  }

  async #move(
    move: CampaignMove,
    id: string,
    expectedVersion: number,
    reason: string,
    viewer: Viewer,
  ): Promise<CampaignPayload> {
    return payload(await this.#campaigns.move(move, { id, expectedVersion, reason, by: nameOf(viewer) }));
  }
}

const payload = ({ campaign, errors }: CampaignResult): CampaignPayload => ({
  campaign: campaign && campaignType(campaign),
  userErrors: requestErrors(errors),
});

const positionOf = ({ startsAt, learnerId, step }: PlannedMessage) => ({
  ...{ startsAt: startsAt.toISOString(), learnerId, step },
});
