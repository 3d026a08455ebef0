import type { Channel, Device } from '../../learners/profileEvent.js';

/** How messages were answered on one channel. */
export interface ChannelEngagement {
  /** Messages that were sent, three days ago or earlier. */
  readonly exposures: number;
  /** Of them, those that were opened. */
  readonly engagements: number;
}

/** How messages were answered. Absent: none. */
export interface Engagement {
  readonly channels: Readonly<Partial<Record<Channel, ChannelEngagement>>>;
  /** Openings by what they happened on, where that is known. */
  readonly devices: Readonly<Partial<Record<Device, number>>>;
}

/** Of somebody who was sent nothing. */
export const NO_ENGAGEMENT: Engagement = { channels: {}, devices: {} };
