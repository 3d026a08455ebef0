import type { ActivityService } from '../activity/activity.service.js';
import { type ActiveHours, activeHours, type OrganisationActivity, poolActiveHours } from '../learners/activeHours.js';
import {
  ACTIVE_HOURS_LOOKBACK_MS,
  type LearnersService,
  type RhythmGroup,
  type Touchpoint,
} from '../learners/learners.service.js';
import type { Logger } from '../platform/logger.js';
import type { SessionLengths } from './preferredUse.js';

/** The organisation's rhythm, taken together from everyone; single people cannot be read off it. */
export interface OrganisationRhythm {
  readonly takenAtMs: number;
  readonly activity: OrganisationActivity;
  readonly touchpoints: readonly Touchpoint[];
  readonly sessions: SessionLengths | null;
}

const EVERYBODY: RhythmGroup = { department: null, location: null };
const TTL_MS = 10 * 60_000;
/** Enough that the week's 168 shares are known far better than any one person's. */
const SAMPLE_PEOPLE = 2_000;
const LATEST_ENTRIES = 20_000;

/** When and how people of the organisation learn, up to ten minutes old. */
export class OrganisationRhythms {
  readonly #learners: LearnersService;
  readonly #activity: ActivityService;
  readonly #defaultTimezone: string;
  readonly #logger: Logger;
  #latest: OrganisationRhythm | null = null;
  #loading: Promise<OrganisationRhythm> | null = null;

  constructor(learners: LearnersService, activity: ActivityService, defaultTimezone: string, logger: Logger) {
    this.#learners = learners;
    this.#activity = activity;
    this.#defaultTimezone = defaultTimezone;
    this.#logger = logger;
  }

  /** Old figures are served while new ones are taken, so nobody but the very first caller waits. */
  async at(now: Date): Promise<OrganisationRhythm> {
    const current = this.#latest;
    if (current !== null && now.getTime() - current.takenAtMs < TTL_MS) return current;
    this.#loading ??= this.#load(now)
      .then((loaded) => {
        this.#latest = loaded;
        return loaded;
      })
      .finally(() => {
        this.#loading = null;
      });
    if (current === null) return await this.#loading;
    this.#loading.catch((error) => this.#logger.warn({ err: error }, 'the rhythm of the organisation is out of date'));
    return current;
  }

  /** When a sample of the active people of a group were active, as one week. */
  async activityOf(group: RhythmGroup, now: Date): Promise<OrganisationActivity> {
    const nowMs = now.getTime();
    const people: ActiveHours[] = [];
    const since = new Date(nowMs - ACTIVE_HOURS_LOOKBACK_MS);
    for await (const { timezone, hourStartsMs } of this.#learners.rhythmSample(since, SAMPLE_PEOPLE, group)) {
      people.push(activeHours({ hourStartsMs, zone: timezone ?? this.#defaultTimezone, nowMs, observedSinceMs: null }));
    }
    return poolActiveHours(people);
  }

  async #load(now: Date): Promise<OrganisationRhythm> {
    const [activity, touchpoints, sessions] = await Promise.all([
      this.activityOf(EVERYBODY, now),
      this.#learners.touchpointTotals(),
      this.#activity.latestSessions(LATEST_ENTRIES),
    ]);
    return { takenAtMs: now.getTime(), activity, touchpoints, sessions };
  }
}
