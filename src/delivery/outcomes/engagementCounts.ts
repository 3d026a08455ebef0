import type { Channel, Device } from '../../learners/profileEvent.js';
import { isSettled } from '../model/exposure.js';
import { MINIMUM_PEOPLE } from '../model/weekModel.js';
import type { Delivery } from './deliveryLog.js';
import type { ChannelEngagement, Engagement } from './engagement.js';

/**
 * How one person answers messages. One that only its opening tells of, or that was sent too short a time ago to tell,
 * counts for its device, not for its channel.
 */
export function engagementOf(deliveries: readonly Delivery[], nowMs: number): Engagement {
  const channels: Partial<Record<Channel, ChannelEngagement>> = {};
  const devices: Partial<Record<Device, number>> = {};
  for (const delivery of deliveries) {
    const { channel, openedAtMs, openedOn, isSendingKnown } = delivery;
    if (openedOn !== null) devices[openedOn] = (devices[openedOn] ?? 0) + 1;
    if (!isSendingKnown || !isSettled(delivery, nowMs)) continue;
    const { exposures, engagements } = channels[channel] ?? { exposures: 0, engagements: 0 };
    channels[channel] = { exposures: exposures + 1, engagements: engagements + (openedAtMs === null ? 0 : 1) };
  }
  return { channels, devices };
}

/**
 * How people answer messages, taken together. What fewer than five of them got on a channel, or opened on a device, is
 * left out: it would tell of single persons.
 */
export function pooledEngagement(people: Iterable<Engagement>): Engagement {
  const channels = new Map<Channel, { people: number; exposures: number; engagements: number }>();
  const devices = new Map<Device, { people: number; openings: number }>();
  for (const person of people) {
    for (const [channel, { exposures, engagements }] of entriesOf(person.channels)) {
      const sum = channels.get(channel) ?? { people: 0, exposures: 0, engagements: 0 };
      channels.set(channel, {
        people: sum.people + 1,
        exposures: sum.exposures + exposures,
        engagements: sum.engagements + engagements,
      });
    }
    for (const [device, openings] of entriesOf(person.devices)) {
      const sum = devices.get(device) ?? { people: 0, openings: 0 };
      devices.set(device, { people: sum.people + 1, openings: sum.openings + openings });
    }
  }
  const isTold = ([, sum]: readonly [unknown, { readonly people: number }]) => sum.people >= MINIMUM_PEOPLE;
  return {
    channels: Object.fromEntries(
      [...channels]
        .filter(isTold)
        .map(([channel, { exposures, engagements }]) => [channel, { exposures, engagements }]),
    ),
    devices: Object.fromEntries([...devices].filter(isTold).map(([device, { openings }]) => [device, openings])),
  };
}

function entriesOf<K extends string, V>(counts: Readonly<Partial<Record<K, V>>>): readonly (readonly [K, V])[] {
  return Object.entries(counts) as [K, V][];
}
