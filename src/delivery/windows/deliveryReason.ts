import type { TimingGroup } from '../model/timingModel.js';
import type { DeliveryPurpose } from './purpose.js';
import type { TeamPlace } from './spreadOverTeams.js';

/**
 * What somebody's habits say for a window. `contribution` is the part, 0–1, of the window's expected share of activity
 * that comes from that source: an exact split of the model, so that without the evidence the window would be expected
 * that much less. `shareNear` is the part of their active hours that falls near the window, 0–1, in steps of 0.01.
 */
export type HabitReason =
  | {
      readonly code: 'OWN_HABIT';
      readonly text: string;
      readonly evidence: {
        readonly hoursNear: number;
        readonly hours: number;
        /** Null: since the first. */
        readonly lookbackDays: number | null;
        readonly contribution: number;
      };
    }
  | {
      readonly code: 'PEER_HABIT' | 'ORGANISATION_HABIT';
      readonly text: string;
      /** `people` null: so few that it is not said. */
      readonly evidence: { readonly shareNear: number; readonly people: number | null; readonly contribution: number };
    }
  | {
      readonly code: 'GROUP_HABIT';
      readonly text: string;
      readonly evidence: {
        /** The department first; `people` null: so few that it is not said. */
        readonly groups: readonly (Pick<TimingGroup, 'kind' | 'name'> & {
          readonly people: number | null;
          readonly shareNear: number;
        })[];
        readonly contribution: number;
      };
    }
  | {
      readonly code: 'WORKING_HOURS' | 'DEFAULT_WORKING_HOURS';
      readonly text: string;
      readonly evidence: { readonly contribution: number };
    };

/** Why a window was chosen. */
export type DeliveryReason =
  | HabitReason
  | {
      readonly code: 'NO_OWN_ACTIVITY' | 'NOT_PERSONALISED' | 'LITTLE_KNOWN';
      readonly text: string;
      readonly evidence: Readonly<Record<string, never>>;
    }
  | {
      readonly code: 'EXPLORATION';
      readonly text: string;
      /** Among how many hours it was drawn, and the share of suggestions that are drawn. */
      readonly evidence: { readonly outOf: number; readonly explorationShare: number };
    }
  | {
      readonly code: 'TEAM_SPREAD';
      readonly text: string;
      readonly evidence: TeamPlace & { readonly hoursTaken: number };
    }
  | {
      readonly code: 'PURPOSE';
      readonly text: string;
      readonly evidence: { readonly purpose: DeliveryPurpose; readonly dueAt: Date | null };
    }
  | {
      readonly code: 'AFTER_ABSENCE';
      readonly text: string;
      /** Days of leave and holidays between the start of the horizon and the window. */
      readonly evidence: { readonly leaveDays: number; readonly holidays: number };
    }
  | {
      readonly code: 'AHEAD_OF_SESSION';
      readonly text: string;
      readonly evidence: { readonly sessionId: string; readonly startsAt: Date };
    };
