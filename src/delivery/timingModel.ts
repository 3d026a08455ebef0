import type { OrganisationActivity } from '../learners/activeHours.js';

/** What the people of a department or a location do; five of them at least. */
export interface TimingGroup {
  readonly kind: 'DEPARTMENT' | 'LOCATION';
  readonly name: string;
  readonly people: number;
  /** Length 168; each person counts for at most 20 hours. */
  readonly hourCounts: readonly number[];
  readonly effectiveHours: number;
}

/** Everything learnt from everyone about when people are active. */
export interface TimingModel {
  readonly organisation: OrganisationActivity;
  readonly groups: readonly TimingGroup[];
}
