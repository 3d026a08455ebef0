import { DEFAULT_WORKING_HOURS } from '../../src/delivery/model/weekModel.js';
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/settings/deliveryPolicy.js';
import type { DeliveryInputs } from '../../src/delivery/windows/deliveryInputs.js';
import type { DeliverySuggestion } from '../../src/delivery/windows/deliverySuggestion.js';
import { suggestCampaign } from '../../src/delivery/windows/suggestWindows.js';
import { poolActiveHours } from '../../src/learners/activeHours.js';

/** A Sunday, so that the working week lies ahead. */
export const DELIVERY_NOW = Date.parse('2026-11-22T15:00Z');

/** A course on offer ever since, of unknown length and without sessions. */
export function aDeliveredCourse(given: Partial<DeliveryInputs['course']> = {}): DeliveryInputs['course'] {
  const offer = { publishedAt: null, retiredAt: null };
  return { id: 'negotiation', durationMinutes: null, kind: 'COURSE', sessions: [], ...offer, ...given };
}

/** What is suggested to one person, whom no team limits. */
export function suggestWindows(given: DeliveryInputs): DeliverySuggestion {
  return suggestCampaign([given], { teamShare: 1, teamShareFrom: 1 })[0] as DeliverySuggestion;
}

/** Inputs of a delivery to somebody whom nothing is known of; nothing is tried out unless the test asks for it. */
export function deliveryInputs(given: Partial<DeliveryInputs> = {}): DeliveryInputs {
  return {
    learnerId: 'ada',
    now: new Date(DELIVERY_NOW),
    from: new Date(DELIVERY_NOW),
    horizonDays: 14,
    count: 3,
    purpose: 'RECOMMENDATION',
    policy: { ...DEFAULT_DELIVERY_POLICY, explorationShare: 0 },
    zone: 'UTC',
    isZoneAssumed: false,
    personalisationOptOut: false,
    group: { department: null, location: null },
    activeHoursMs: [],
    observedSince: null,
    timing: null,
    organisation: poolActiveHours([]),
    defaultWorkingHours: DEFAULT_WORKING_HOURS,
    workPattern: null,
    quietHours: null,
    leave: [],
    holidays: [],
    deliveries: [],
    planned: [],
    mutes: [],
    course: aDeliveredCourse(),
    dueAt: null,
    devices: { own: {}, organisation: {} },
    channels: { own: {}, organisation: {} },
    engagement: { own: { channels: {}, devices: {} }, organisation: { channels: {}, devices: {} } },
    sessionLengths: { own: null, organisation: null },
    ...given,
  };
}
