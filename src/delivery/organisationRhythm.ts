import type { ActivityService } from '../activity/activity.service.js';
import { type ActiveHours, activeHours, type OrganisationActivity, poolActiveHours } from '../learners/activeHours.js';
import { ACTIVE_HOURS_LOOKBACK_MS, type LearnersService, type Touchpoint } from '../learners/learners.service.js';
import type { Logger } from '../platform/logger.js';
import { Latest } from './latest.js';
import type { SessionLengths } from './preferredUse.js';

/** The organisation's rhythm, taken together from everyone; single people cannot be read off it. */
export interface OrganisationRhythm {
  readonly activity: OrganisationActivity;
  readonly touchpoints: readonly Touchpoint[];
  readonly sessions: SessionLengths | null;
}

/** Enough that the week's 168 shares are known far better than any one person's. */
const SAMPLE_PEOPLE = 2_000;
const LATEST_ENTRIES = 20_000;

/** When and how people of the organisation learn, up to ten minutes old. */
export class OrganisationRhythms {
  readonly #learners: LearnersService;
  readonly #activity: ActivityService;
  readonly #defaultTimezone: string;
  readonly #latest: Latest<OrganisationRhythm>;

  constructor(learners: LearnersService, activity: ActivityService, defaultTimezone: string, logger: Logger) {
    this.#learners = learners;
    this.#activity = activity;
    this.#defaultTimezone = defaultTimezone;
    this.#latest = new Latest({
      load: (now) => this.#load(now),
      unknown: { activity: poolActiveHours([]), touchpoints: [], sessions: null },
      subject: 'when people of the organisation learn',
      logger,
    });
  }

  async at(now: Date): Promise<OrganisationRhythm> {
    return await this.#latest.at(now);
  }

  async #load(now: Date): Promise<OrganisationRhythm> {
    const [activity, touchpoints, sessions] = await Promise.all([
      this.#activityAt(now),
      this.#learners.touchpointTotals(),
      this.#activity.latestSessions(LATEST_ENTRIES),
    ]);
    return { activity, touchpoints, sessions };
  }

  /** When a sample of the active people were active, as one week. */
  async #activityAt(now: Date): Promise<OrganisationActivity> {
    const nowMs = now.getTime();
    const people: ActiveHours[] = [];
    const since = new Date(nowMs - ACTIVE_HOURS_LOOKBACK_MS);
    for await (const { timezone, hourStartsMs } of this.#learners.rhythmSample(since, SAMPLE_PEOPLE)) {
      people.push(activeHours({ hourStartsMs, zone: timezone ?? this.#defaultTimezone, nowMs, observedSinceMs: null }));
    }
    return poolActiveHours(people);
  }
}
