import { isHeldAtDates } from './constraints.js';
import type { DeliveryInputs } from './deliveryInputs.js';
import type { DeliveryFormat } from './deliverySuggestion.js';
import { type SessionLengths, usualSession } from './preferredUse.js';

/** How a course goes into a person's usual sittings. */
export interface CourseFit {
  /** The usual sitting, in whole minutes; null: not known. */
  readonly maxMinutes: number | null;
  /** In how many usual sittings to offer the course; null when one of the two lengths is not known, or it is live. */
  readonly sittings: number | null;
  /** Minutes without a break that a window should offer; 0: any will do. */
  readonly neededMinutes: number;
  /** What a window with so much allowed time without a break is good for. */
  readonly windowOf: (runMinutes: number) => WindowFit;
}

interface WindowFit {
  readonly format: DeliveryFormat;
  readonly maxMinutes: number | null;
  /** Minutes of it that are sure to be spent: the length of a course that is delivered whole; 0: not known, or less. */
  readonly spentMinutes: number;
}

/**
 * A course that one in four sittings would hold is offered whole, in windows with that much time; a longer one in as many
 * usual sittings as it takes.
 */
export function courseFit({ course, sessionLengths }: Pick<DeliveryInputs, 'course' | 'sessionLengths'>): CourseFit {
  const usual = usualSession(sessionLengths);
  const maxMinutes = usual === null ? null : Math.max(1, Math.round(usual.p50Minutes));
  const isLive = isHeldAtDates(course);
  const duration = isLive || course.durationMinutes === null ? null : Math.ceil(course.durationMinutes);
  const sittings = duration === null || usual === null ? null : sittingsFor(duration, usual);
  const isWhole = sittings === 1 || sittings === null;
  const longest = sittings === 1 ? Math.max(maxMinutes ?? 0, duration ?? 0) : maxMinutes;
  return {
    maxMinutes,
    sittings,
    neededMinutes: duration === null ? 0 : isWhole ? duration : (maxMinutes ?? 0),
    windowOf: (runMinutes) => {
      const minutes = longest === null ? null : Math.min(longest, runMinutes);
      if (isLive) return { format: 'INVITATION', maxMinutes: minutes, spentMinutes: 0 };
      if (duration === null) return { format: 'LINK', maxMinutes: minutes, spentMinutes: 0 };
      const isHeld = duration <= (minutes ?? runMinutes);
      if (isHeld) return { format: 'WHOLE', maxMinutes: minutes, spentMinutes: duration };
      return { format: 'SITTING', maxMinutes: minutes ?? runMinutes, spentMinutes: 0 };
    },
  };
}

/** One sitting for what one in four sittings would hold, else as many usual ones as it takes. */
function sittingsFor(durationMinutes: number, usual: SessionLengths): number {
  if (durationMinutes <= usual.p75Minutes) return 1;
  return Math.ceil(durationMinutes / Math.max(1, Math.round(usual.p50Minutes)));
}
