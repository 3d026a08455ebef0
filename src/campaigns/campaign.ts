import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { DELIVERY_PURPOSES } from '../delivery/windows/purpose.js';
import { saltedDraw } from '../platform/saltedDraw.js';
import { audienceSchema, scheduleSchema } from '../rules/model/rule.js';
import { instantsOf } from '../rules/model/schedule.js';

/** A draft is nobody's yet; what is ended stays so. */
export const CAMPAIGN_STATES = ['DRAFT', 'RUNNING', 'PAUSED', 'ENDED'] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/**
 * BROAD: nothing waits for anything but the limits. DRIP: a course is brought when the one before is completed, or so many
 * days after it was brought.
 */
export const CAMPAIGN_MODES = ['BROAD', 'DRIP'] as const;
export type CampaignMode = (typeof CAMPAIGN_MODES)[number];

/** What a campaign is to do, as it is stored. */
export const campaignSchema = z.object({
  name: z.string(),
  /** Who answers for it, in words. */
  owner: z.string(),
  note: z.string().nullable(),
  /** What it is to help with; null: it serves no goal, or was made before campaigns could name one. */
  goalId: z.string().nullable().default(null),
  audience: audienceSchema,
  /** In the order in which they are brought; empty: each person's path. */
  courseIds: z.array(z.string()),
  /** The role to which each person's path leads; null: the courses above. */
  pathRoleId: z.string().nullable(),
  mode: z.enum(CAMPAIGN_MODES),
  /** DRIP: the next course comes so many days after the one before was brought, completed or not; null: only then. */
  dripDays: z.number().int().nullable(),
  purpose: z.enum(DELIVERY_PURPOSES),
  schedule: scheduleSchema,
  /** Share of the audience that is never reached, 0–50, to tell what the campaign does. */
  holdoutPercent: z.number(),
  /** Most messages of the campaign to one person in any seven days. */
  weeklyCap: z.number().int(),
  /** Most messages of the campaign on one day of its zone; null: no limit but those of delivery. */
  dailyCap: z.number().int().nullable(),
});
export type CampaignContent = z.infer<typeof campaignSchema>;

export interface Campaign {
  /** The caller's own. */
  readonly id: string;
  readonly state: CampaignState;
  /** Raised by every change. */
  readonly version: number;
  readonly content: CampaignContent;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Null: never. */
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

export type CampaignMove = 'START' | 'PAUSE' | 'RESUME' | 'END';

const MOVES: Readonly<
  Record<CampaignMove, { readonly from: readonly CampaignState[]; readonly to: CampaignState; readonly done: string }>
> = {
  START: { from: ['DRAFT'], to: 'RUNNING', done: 'started' },
  PAUSE: { from: ['RUNNING'], to: 'PAUSED', done: 'paused' },
  RESUME: { from: ['PAUSED'], to: 'RUNNING', done: 'resumed' },
  END: { from: ['DRAFT', 'RUNNING', 'PAUSED'], to: 'ENDED', done: 'ended' },
};

/** Why a campaign cannot be moved so, in words; null: it can. */
export function moveProblem({ state, content }: Campaign, move: CampaignMove, now: Date): string | null {
  const { from, to, done } = MOVES[move];
  if (!from.includes(state)) {
    return `A campaign that is ${state} cannot be ${done}; only one that is ${from.join(' or ')} can.`;
  }
  if (to === 'RUNNING' && now.getTime() >= instantsOf(content.schedule).untilMs) {
    return 'Its schedule is over, so nobody would be reached; end it, and create another.';
  }
  return null;
}

/** The campaign after a move that `moveProblem` has nothing against. */
export function moved(campaign: Campaign, move: CampaignMove, now: Date): Campaign {
  const { to } = MOVES[move];
  return {
    ...campaign,
    state: to,
    version: campaign.version + 1,
    startedAt: move === 'START' ? now : campaign.startedAt,
    endedAt: to === 'ENDED' ? now : campaign.endedAt,
  };
}

/** What was done, for the history: `The campaign “X” was started.` */
export const moveInWords = ({ content: { name } }: Campaign, move: CampaignMove): string =>
  `The campaign “${name}” was ${MOVES[move].done}.`;

/**
 * Whether somebody is held out of a campaign. Nothing but the two ids decides, and the secret of the service, so the same people
 * are whoever asks; those of another campaign are drawn independently. Without the secret whoever chooses an id could choose the
 * people by it.
 *
 * @param percent 0–50
 */
export function isHeldOutOf(campaignId: string, learnerId: string, percent: number, secret: Uint8Array): boolean {
  if (percent === 0) return false;
  const salt = createHmac('sha256', secret).update(`campaign-holdout:${campaignId}`).digest('hex');
  return saltedDraw(salt, learnerId) < percent / 100;
}
