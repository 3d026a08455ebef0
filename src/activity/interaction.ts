import type { ProfileEvent } from '../learners/profileEvent.js';

/** One row of the append-only log; `(source, eventId)` names it, so a sender may repeat itself without harm. */
export interface Interaction extends ProfileEvent {
  readonly source: string;
  readonly eventId: string;
}
