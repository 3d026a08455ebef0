import { CHANNELS, type Channel, DEVICES, type Device } from '../../learners/profileEvent.js';
import { betaQuantile } from '../../stats/beta.js';
import type { ChannelEngagement, Engagement } from '../outcomes/engagement.js';
import { type OwnAndOrganisation, type PreferredUse, preferredUse, type UseCounts } from './preferredUse.js';

/** Before anything is known of how messages are answered: as if two of ten had been. */
const PRIOR_EXPOSURES = 10;
const PRIOR_RATE = 0.2;
/** What a channel's rate is worth in messages: everyone's over all channels against everyone's, theirs against one's own. */
const SHRINKAGE_EXPOSURES = 10;
/** What the share of use is worth in answered messages. */
const DEVICE_PSEUDO_ENGAGEMENTS = 5;
const INTERVAL_MASS = 0.8;

/** The chance that a message on the channel is opened, 0–1, with its 80 % interval. */
export interface EngagementRate {
  /** The learner's, shrunk to everyone's. */
  readonly rate: number;
  readonly rateLow: number;
  readonly rateHigh: number;
  /** The learner's own. */
  readonly ownExposures: number;
  readonly ownEngagements: number;
}

export interface SuggestedChannel extends PreferredUse<Channel> {
  /** Null: no message was sent yet, and the channel is the one most used. */
  readonly engagement: EngagementRate | null;
}

export interface ChannelInputs {
  readonly channels: OwnAndOrganisation<UseCounts<Channel>>;
  readonly engagement: OwnAndOrganisation<Engagement>;
}

/**
 * The channel on which a message is most likely to be opened: engaged per exposed, the learner's shrunk to everyone's on
 * that channel, and that to everyone's on all. Channels that nobody was ever sent a message on are not guessed at; but
 * where that is all of them, the channel most used is taken.
 *
 * @param muted never suggested; `OTHER` is not either, since nobody can act on it
 * @returns null when nothing is known of any channel that is left
 */
export function suggestedChannel(inputs: ChannelInputs, muted: readonly Channel[]): SuggestedChannel | null {
  const { own, organisation } = inputs.engagement;
  const allowed = CHANNELS.filter((channel) => channel !== 'OTHER' && !muted.includes(channel));
  const everywhere = summedEngagement(CHANNELS.map((channel) => organisation.channels[channel]));
  const overall = shrunk(everywhere, PRIOR_RATE, PRIOR_EXPOSURES);
  let highest = 0;
  let best: { channel: Channel; prior: number; mine: ChannelEngagement } | null = null;
  for (const channel of allowed) {
    const mine = summedEngagement([own.channels[channel]]);
    const theirs = summedEngagement([organisation.channels[channel]]);
    if (mine.exposures === 0 && theirs.exposures === 0) continue;
    const prior = shrunk(theirs, overall, SHRINKAGE_EXPOSURES);
    const rate = shrunk(mine, prior, SHRINKAGE_EXPOSURES);
    if (rate > highest) [best, highest] = [{ channel, prior, mine }, rate];
  }
  if (best === null) {
    const used = preferredUse(CHANNELS, inputs.channels, muted);
    return used === null ? null : { ...used, engagement: null };
  }
  const { channel, prior, mine } = best;
  return { ...useOf(channel, inputs.channels), engagement: engagementRate(mine, prior) };
}

/** Beta-binomial: the prior rate as so many messages, and the learner's own on top. */
function engagementRate(mine: ChannelEngagement, prior: number): EngagementRate {
  const { exposures, engagements } = mine;
  const opened = engagements + SHRINKAGE_EXPOSURES * prior;
  const ignored = exposures - engagements + SHRINKAGE_EXPOSURES * (1 - prior);
  return {
    rate: shrunk(mine, prior, SHRINKAGE_EXPOSURES),
    rateLow: betaQuantile((1 - INTERVAL_MASS) / 2, opened, ignored),
    rateHigh: betaQuantile((1 + INTERVAL_MASS) / 2, opened, ignored),
    ownExposures: exposures,
    ownEngagements: engagements,
  };
}

/** Their sum; a message cannot be opened that was not sent, so an opening that comes alone counts as both. */
function summedEngagement(responses: readonly (ChannelEngagement | undefined)[]): ChannelEngagement {
  let exposures = 0;
  let engagements = 0;
  for (const response of responses) {
    exposures += Math.max(response?.exposures ?? 0, response?.engagements ?? 0);
    engagements += response?.engagements ?? 0;
  }
  return { exposures, engagements };
}

function shrunk({ exposures, engagements }: ChannelEngagement, prior: number, weight: number): number {
  return (engagements + weight * prior) / (exposures + weight);
}

function useOf(channel: Channel, uses: OwnAndOrganisation<UseCounts<Channel>>): PreferredUse<Channel> {
  const others = CHANNELS.filter((other) => other !== channel);
  const ownTotal = CHANNELS.reduce((sum, option) => sum + (uses.own[option] ?? 0), 0);
  return preferredUse(CHANNELS, uses, others) ?? { choice: channel, share: 0, ownUses: 0, ownTotal };
}

export interface DeviceInputs {
  readonly devices: OwnAndOrganisation<UseCounts<Device>>;
  readonly engagement: OwnAndOrganisation<Engagement>;
}

/**
 * The device on which a message is most likely to be opened. Nobody can tell on which device a message went unopened, so
 * this is a share: devices of the messages that the learner opened, shrunk to those they use, shrunk to everyone's.
 */
export function suggestedDevice({ devices, engagement }: DeviceInputs): PreferredUse<Device> | null {
  const everyones = summed(devices.organisation, engagement.organisation.devices);
  const opened = engagement.own.devices;
  const openedTotal = DEVICES.reduce((sum, device) => sum + (opened[device] ?? 0), 0);
  if (openedTotal === 0) return preferredUse(DEVICES, { own: devices.own, organisation: everyones });
  const used = DEVICES.reduce((sum, device) => sum + (devices.own[device] ?? 0), 0);
  // Use weighs no more than so many openings, however often it was counted.
  const weight = used > 0 ? Math.min(1, DEVICE_PSEUDO_ENGAGEMENTS / used) : 0;
  const own = summed(opened, Object.fromEntries(DEVICES.map((d) => [d, weight * (devices.own[d] ?? 0)])));
  const best = preferredUse(DEVICES, { own, organisation: everyones });
  return best === null ? null : { ...best, ...ownCounts(best.choice, summed(devices.own, opened)) };
}

function ownCounts(device: Device, counts: UseCounts<Device>): { ownUses: number; ownTotal: number } {
  return { ownUses: counts[device] ?? 0, ownTotal: DEVICES.reduce((sum, d) => sum + (counts[d] ?? 0), 0) };
}

function summed(a: UseCounts<Device>, b: UseCounts<Device>): UseCounts<Device> {
  return Object.fromEntries(DEVICES.map((device) => [device, (a[device] ?? 0) + (b[device] ?? 0)]));
}
