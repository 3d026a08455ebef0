import { type Delivery, deliveriesOf, type MessageEvent, type PastDelivery } from './deliveryLog.js';
import type { Engagement } from './engagement.js';
import { engagementOf } from './engagementCounts.js';

/** How each of some learners answers messages, and everyone. */
export interface EngagementOfLearners {
  /** Nobody without any message. */
  readonly own: ReadonlyMap<string, Engagement>;
  /** Of groups of five people or more alone. */
  readonly organisation: Engagement;
}

export interface ContactHistory {
  /** By when they were sent; nobody without any. */
  readonly past: ReadonlyMap<string, readonly PastDelivery[]>;
  readonly engagement: EngagementOfLearners;
}

/** By when they were sent; nobody without any. */
export type DeliveriesOfLearners = ReadonlyMap<string, readonly Delivery[]>;

/** One step a learner, since a campaign has thousands; nobody without any message sent since then. */
export function* deliveriesInSteps(
  events: Iterable<readonly [string, readonly MessageEvent[]]>,
  sinceMs: number,
): Generator<void, DeliveriesOfLearners> {
  const deliveries = new Map<string, readonly Delivery[]>();
  for (const [learnerId, told] of events) {
    const own = sentSince(deliveriesOf(told), sinceMs);
    if (own.length > 0) deliveries.set(learnerId, own);
    yield;
  }
  return deliveries;
}

interface AnswersOfLearners {
  readonly past: ContactHistory['past'];
  readonly own: EngagementOfLearners['own'];
}

/** What was sent since a moment, and how what was sent since another was answered, one step a learner. */
export function* answersInSteps(
  deliveries: DeliveriesOfLearners,
  since: Date,
  answeredSince: Date,
  now: Date,
): Generator<void, AnswersOfLearners> {
  const past = new Map<string, readonly PastDelivery[]>();
  const own = new Map<string, Engagement>();
  for (const [learnerId, messages] of deliveries) {
    const sent = sentSince(messages, since.getTime());
    if (sent.length > 0) past.set(learnerId, sent.map(pastDelivery));
    const answered = sentSince(messages, answeredSince.getTime());
    if (answered.length > 0) own.set(learnerId, engagementOf(answered, now.getTime()));
    yield;
  }
  return { past, own };
}

const sentSince = (messages: readonly Delivery[], sinceMs: number) =>
  messages.filter(({ sentAtMs }) => sentAtMs >= sinceMs);

export const pastDelivery = ({ sentAtMs, channel, openedAtMs }: Delivery): PastDelivery => ({
  sentAtMs,
  channel,
  openedAtMs,
});
