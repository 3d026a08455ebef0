import type { CourseKind, LiveSession } from '../../catalog/course.js';
import type { OrganisationActivity } from '../../learners/activeHours.js';
import type { QuietHours, WorkDay } from '../../learners/learner.js';
import type { LeaveSpan } from '../../learners/leave.js';
import type { Channel, Device } from '../../learners/profileEvent.js';
import type { Holiday } from '../calendar/calendar.js';
import type { TimingModel } from '../model/timingModel.js';
import type { PastDelivery } from '../outcomes/deliveryLog.js';
import type { Engagement } from '../outcomes/engagement.js';
import type { Mute } from '../outcomes/mutes.js';
import type { DeliveryPolicy } from '../settings/deliveryPolicy.js';
import type { OwnAndOrganisation, SessionLengths, UseCounts } from './preferredUse.js';
import type { DeliveryPurpose } from './purpose.js';

/** A message that is to be sent, or was to be: at some time from the one instant to the other. */
export interface PlannedMessage {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Everything that a suggestion depends on: equal inputs give equal suggestions. */
export interface DeliveryInputs {
  /** Draws of the same learner, course and local day are the same. */
  readonly learnerId: string;
  readonly now: Date;
  /** Earliest start of a window; when it is past, `now` counts. */
  readonly from: Date;
  /** Length of the time to choose from, in days of 24 hours. */
  readonly horizonDays: number;
  /** Most windows to suggest. */
  readonly count: number;
  readonly purpose: DeliveryPurpose;
  readonly policy: DeliveryPolicy;
  /** IANA: the learner's, or else the organisation's. */
  readonly zone: string;
  /** True when the zone is the organisation's, because the learner's is not known. */
  readonly isZoneAssumed: boolean;
  /**
   * True: the learner's own activity, devices, channels, sessions, answers to messages and group are left unused, whatever
   * is passed. Messages still count for the gap and the budget, which spare people, and mutes are kept.
   */
  readonly personalisationOptOut: boolean;
  readonly group: { readonly department: string | null; readonly location: string | null };
  /** UTC clock hours in which the learner did something, as the instants they begin at. */
  readonly activeHoursMs: readonly number[];
  /** Since when the learner's activity would have been seen; null: since the first that was. */
  readonly observedSince: Date | null;
  /** What was learnt from everyone; null before the first training. */
  readonly timing: TimingModel | null;
  /** Everything of the organisation's is used only when at least five of its people were active. */
  readonly organisation: OrganisationActivity;
  /** The organisation's usual working hours: what is believed of people while nothing is known. */
  readonly defaultWorkingHours: readonly WorkDay[];
  readonly workPattern: readonly WorkDay[] | null;
  readonly quietHours: QuietHours | null;
  /** In order, none touching another. */
  readonly leave: readonly LeaveSpan[];
  readonly holidays: readonly Holiday[];
  /** Messages of at least the last week and the time that the timing model looks back on. */
  readonly deliveries: readonly PastDelivery[];
  /** What is planned besides this delivery, and plans that nobody has told the outcome of: they limit as if sent. */
  readonly planned: readonly PlannedMessage[];
  readonly mutes: readonly Mute[];
  readonly course: {
    readonly id: string;
    readonly durationMinutes: number | null;
    readonly kind: CourseKind;
    readonly sessions: readonly LiveSession[];
    /** Null: ever since. */
    readonly publishedAt: Date | null;
    /** Null: it is not. */
    readonly retiredAt: Date | null;
  };
  readonly dueAt: Date | null;
  readonly devices: OwnAndOrganisation<UseCounts<Device>>;
  readonly channels: OwnAndOrganisation<UseCounts<Channel>>;
  /** How messages of ours were answered. The organisation's is that of five people at least. */
  readonly engagement: OwnAndOrganisation<Engagement>;
  readonly sessionLengths: OwnAndOrganisation<SessionLengths | null>;
}
