import { HOUR_MS } from '../../platform/zonedTime.js';
import type { DeliverySuggestion } from './deliverySuggestion.js';
import { type Span, takenBy } from './teamLoad.js';

/**
 * When somebody who follows a suggestion is taken up: in its first window, for as long as the course lasts where it is
 * delivered whole, or in every sitting of the plan. In order of time; empty where there is no window.
 */
export function plannedSpans(
  { windows, sittingPlan }: Pick<DeliverySuggestion, 'windows' | 'sittingPlan'>,
  durationMinutes: number | null,
): readonly Span[] {
  if (sittingPlan !== null) {
    return sittingPlan.sittings.map(({ startsAt, minutes }) => takenBy(hourFrom(startsAt), minutes));
  }
  return windows
    .slice(0, 1)
    .map(({ startsAt, format }) => takenBy(hourFrom(startsAt), format === 'WHOLE' ? (durationMinutes ?? 0) : 0));
}

function hourFrom(startsAt: Date): Span {
  return { startMs: startsAt.getTime(), endMs: startsAt.getTime() + HOUR_MS };
}
