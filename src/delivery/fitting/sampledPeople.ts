import { ACTIVE_HOURS_LOOKBACK_MS, type LearnersService, type RhythmSample } from '../../learners/learners.service.js';
import type { ObservedPerson } from '../model/ownHours.js';
import type { GroupNames } from '../model/timingModel.js';
import type { OutcomesService } from '../outcomes/outcomes.service.js';

/** Somebody of a sample of the organisation: plain values, since threads are handed them. */
export interface SampledPerson extends ObservedPerson, GroupNames {}

/** Where samples are drawn from. */
export interface SampleSources {
  readonly learners: LearnersService;
  readonly outcomes: OutcomesService;
  /** Where people are whose zone is not known. */
  readonly defaultTimezone: string;
}

/** Small enough that handing a page over never holds up a request noticeably. */
const PAGE_PEOPLE = 100;

/**
 * The active hours of up to so many people within the lookback before `asOf`, with the messages of that time, page by
 * page; the same people at every call.
 */
export async function* sampledPeople(
  { learners, outcomes, defaultTimezone }: SampleSources,
  asOf: Date,
  people: number,
): AsyncGenerator<readonly SampledPerson[]> {
  const since = new Date(asOf.getTime() - ACTIVE_HOURS_LOOKBACK_MS);
  let page: RhythmSample[] = [];
  const withMessages = async (): Promise<readonly SampledPerson[]> => {
    const ids = page.map(({ learnerId }) => learnerId);
    const deliveries = await outcomes.pastDeliveries(ids, since);
    return page.map(({ learnerId, timezone, department, location, hourStartsMs, observedSinceMs }) => ({
      zone: timezone ?? defaultTimezone,
      department,
      location,
      activeHoursMs: hourStartsMs,
      observedSince: new Date(observedSinceMs),
      deliveries: (deliveries.get(learnerId) ?? []).map(({ sentAtMs, openedAtMs }) => ({ sentAtMs, openedAtMs })),
    }));
  };
  for await (const person of learners.rhythmSample(since, people)) {
    page.push(person);
    if (page.length < PAGE_PEOPLE) continue;
    yield await withMessages();
    page = [];
  }
  if (page.length > 0) yield await withMessages();
}
