import type { ProfileEvent } from '../learners/profileEvent.js';

/** The source of what learners tell this service itself; no portal may send under it. */
export const OWN_SOURCE = 'waymark';

/** One row of the append-only log; `(source, eventId)` names it, so a sender may repeat itself without harm. */
export interface Interaction extends ProfileEvent {
  readonly source: string;
  readonly eventId: string;
}
