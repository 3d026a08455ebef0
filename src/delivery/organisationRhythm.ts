import type { ActivityService } from '../activity/activity.service.js';
import { type OrganisationActivity, poolActiveHours } from '../learners/activeHours.js';
import type { Touchpoint } from '../learners/learners.service.js';
import type { Logger } from '../platform/logger.js';
import { inTurns } from '../platform/turns/turns.js';
import { type SampledPerson, type SampleSources, sampledPeople } from './fitting/sampledPeople.js';
import { ownHoursInSteps } from './model/ownHours.js';
import { Latest } from './outcomes/latest.js';
import type { SessionLengths } from './windows/preferredUse.js';

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
  readonly #sources: SampleSources;
  readonly #activity: ActivityService;
  readonly #latest: Latest<OrganisationRhythm>;

  constructor(sources: SampleSources, activity: ActivityService, logger: Logger) {
    this.#sources = sources;
    this.#activity = activity;
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
      this.#sources.learners.touchpointTotals(),
      this.#activity.latestSessions(LATEST_ENTRIES),
    ]);
    return { activity, touchpoints, sessions };
  }

  /** When a sample of the active people were active, as one week. */
  async #activityAt(now: Date): Promise<OrganisationActivity> {
    const people: SampledPerson[] = [];
    for await (const page of sampledPeople(this.#sources, now, SAMPLE_PEOPLE)) people.push(...page);
    return poolActiveHours(await inTurns(ownHoursInSteps(people, now)));
  }
}
