import { HOUR_MS, localLabel } from '../../platform/zonedTime.js';
import { localWeekOf, messagesByWeek } from './contactLimits.js';
import type { Sitting, SittingPlan } from './deliverySuggestion.js';
import { budgetApplies } from './purpose.js';
import { type OwnRoom, takenBy } from './teamLoad.js';
import type { Candidate, WeighedHours } from './weighHours.js';

const MINUTE_MS = 60_000;

interface Place {
  readonly candidate: Candidate;
  readonly capacityMinutes: number;
}

/**
 * Lays a course that is too long for one window over the window that was picked and the hours after it that suit best: as
 * few as hold it, each kept as far from the others as messages must be, no more of them a week than the budget leaves,
 * and none where the team has no room. The minutes are shared out evenly.
 *
 * @param anchor place of the picked window among the ranked hours
 * @param room   what the team leaves; takes up what is laid out
 * @returns null when the length of the course is not known
 */
export function planSittings({ inputs, fit, ranked }: WeighedHours, anchor: number, room: OwnRoom): SittingPlan | null {
  const duration = inputs.course.durationMinutes === null ? null : Math.ceil(inputs.course.durationMinutes);
  if (duration === null) return null;
  const isFree = contactLimits(inputs);
  const places: Place[] = [];
  let capacity = 0;
  const first = ranked[anchor] as Candidate;
  // Nothing of the course can be taken before it is delivered.
  const later = ranked.filter(({ hour }) => hour.startMs >= first.hour.endMs);
  for (const candidate of [first, ...later]) {
    if (capacity >= duration) break;
    const usualMinutes = fit.windowOf(candidate.runMinutes).maxMinutes ?? candidate.runMinutes;
    const place = { candidate, capacityMinutes: roomFor(candidate, usualMinutes, room) };
    if (place.capacityMinutes < 1 || !isFree(place, places)) continue;
    places.push(place);
    capacity += place.capacityMinutes;
  }
  const minutes = shareOut(duration, places);
  for (const [i, { candidate }] of places.entries()) room.take(takenBy(candidate.hour, minutes[i] ?? 0));
  const sittings = places.map((place, i) => sittingAt(place, minutes[i] ?? 0, inputs.zone));
  return {
    sittings: sittings.sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime()),
    minutesLeft: Math.max(0, duration - capacity),
  };
}

/** Minutes of a sitting for which the team has room; 0: it has none for the whole hour. */
function roomFor(candidate: Candidate, minutes: number, room: OwnRoom): number {
  const { startMs, endMs } = candidate.hour;
  const open = room.openMinutes(takenBy(candidate.hour, minutes));
  return startMs + open * MINUTE_MS < endMs ? 0 : Math.min(minutes, open);
}

/** A test of whether a sitting may come beside those already placed; the hours themselves keep every constraint. */
function contactLimits(inputs: WeighedHours['inputs']): (place: Place, placed: readonly Place[]) => boolean {
  const gapMs = Math.max(0, inputs.policy.minimumGapHours) * HOUR_MS;
  const budget = budgetApplies(inputs.purpose) ? inputs.policy.weeklyBudget : Number.POSITIVE_INFINITY;
  const sent = messagesByWeek(inputs);
  const weekOf = ({ candidate }: Place) => localWeekOf(candidate.hour.localDay);
  return (place, placed) => {
    const isApart = placed.every(
      (other) => startOf(place) >= endOf(other) + gapMs || endOf(place) + gapMs <= startOf(other),
    );
    if (!isApart) return false;
    const week = weekOf(place);
    return (sent.get(week) ?? 0) + placed.filter((other) => weekOf(other) === week).length < budget;
  };
}

const startOf = ({ candidate }: Place): number => candidate.hour.startMs;
const endOf = ({ candidate, capacityMinutes }: Place): number => takenBy(candidate.hour, capacityMinutes).endMs;

/** Minutes for each place, as even as their capacities let them be; sums to the duration where it fits. */
function shareOut(duration: number, places: readonly Place[]): readonly number[] {
  const minutes = places.map(() => 0);
  const byCapacity = places.map((_, i) => i).sort((a, b) => capacityAt(places, a) - capacityAt(places, b) || a - b);
  let left = duration;
  for (const [done, i] of byCapacity.entries()) {
    const even = Math.ceil(left / (byCapacity.length - done));
    minutes[i] = Math.min(capacityAt(places, i), even);
    left -= minutes[i];
  }
  return minutes;
}

function capacityAt(places: readonly Place[], i: number): number {
  return places[i]?.capacityMinutes ?? 0;
}

function sittingAt({ candidate }: Place, minutes: number, zone: string): Sitting {
  const { startMs } = candidate.hour;
  const endMs = startMs + minutes * MINUTE_MS;
  return {
    startsAt: new Date(startMs),
    endsAt: new Date(endMs),
    label: localLabel(startMs, endMs, zone),
    minutes,
    probabilityActive: candidate.probability,
  };
}
