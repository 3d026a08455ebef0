import { clip } from '../platform/text.js';
import { type CourseState, foldCourseEvent } from './courseState.js';
import type { ProfileEvent, Verb } from './profileEvent.js';
import { normaliseTerm, opensCourse } from './search.js';

const HOUR_MS = 3_600_000;
const SECONDS_PER_MINUTE = 60;
/** What is not known to have been done on a device or by a channel. */
const UNKNOWN = 'UNKNOWN';

/** Anything shorter was a glance, not a sitting. */
const SHORTEST_SITTING_SECONDS = 60;

/** In UTF-16 code units; with the longest learner id it fits into a key of an index, even in three bytes a unit. */
const MAX_PAGE_LENGTH = 500;

/** What a batch of interactions adds to profiles. Merging deltas in any order gives the same profiles. */
export interface ProfileDelta {
  /** Everyone whom the events are about, each once. */
  readonly evidence: readonly {
    readonly learnerId: string;
    readonly events: number;
    readonly firstAtMs: number;
    readonly lastAtMs: number;
  }[];
  readonly courses: readonly { readonly learnerId: string; readonly courseId: string; readonly state: CourseState }[];
  /** Clock hours (in UTC) in which someone did something themself, each once. */
  readonly activeHours: readonly { readonly learnerId: string; readonly hourStartMs: number }[];
  readonly touchpoints: readonly {
    readonly learnerId: string;
    readonly device: string;
    readonly channel: string;
    readonly events: number;
  }[];
  /** By moment and normalised term; searches for nothing at all are left out. */
  readonly searches: readonly {
    readonly learnerId: string;
    readonly atMs: number;
    readonly term: string;
    readonly searches: number;
    readonly zeroResults: number;
  }[];
  /** Moments at which someone opened a course, each once: they may answer a search. */
  readonly openings: readonly { readonly learnerId: string; readonly atMs: number }[];
  readonly pages: readonly {
    readonly learnerId: string;
    readonly page: string;
    readonly visits: number;
    readonly lastAtMs: number;
  }[];
  /** How often someone was at something for so many whole minutes on a device. */
  readonly sittings: readonly {
    readonly learnerId: string;
    readonly device: string;
    readonly minutes: number;
    readonly sittings: number;
  }[];
}

/** Things that happen to a learner rather than being done by them; they say nothing of when somebody is active. */
const PASSIVE: ReadonlySet<Verb> = new Set(['IMPRESSION', 'WAIVED']);

type Changing<T> = { -readonly [K in keyof T]: T[K] };
type Entry<K extends keyof ProfileDelta> = Changing<ProfileDelta[K][number]>;

export function profileDelta(events: readonly ProfileEvent[]): ProfileDelta {
  const evidence = new Map<string, Entry<'evidence'>>();
  const courses = new Map<string, { learnerId: string; courseId: string; state: CourseState | null }>();
  const activeHours = new Map<string, Entry<'activeHours'>>();
  const touchpoints = new Map<string, Entry<'touchpoints'>>();
  const searches = new Map<string, Entry<'searches'>>();
  const openings = new Map<string, Entry<'openings'>>();
  const pages = new Map<string, Entry<'pages'>>();
  const sittings = new Map<string, Entry<'sittings'>>();
  for (const event of events) {
    const { learnerId, courseId, verb } = event;
    const atMs = event.at.getTime();
    const seen = entry(evidence, learnerId, () => ({ learnerId, events: 0, firstAtMs: atMs, lastAtMs: atMs }));
    seen.events += 1;
    seen.firstAtMs = Math.min(seen.firstAtMs, atMs);
    seen.lastAtMs = Math.max(seen.lastAtMs, atMs);
    if (courseId !== null) {
      const course = entry(courses, keyOf(learnerId, courseId), () => ({ learnerId, courseId, state: null }));
      course.state = foldCourseEvent(course.state, { ...event, atMs });
    }
    if (opensCourse(event)) entry(openings, keyOf(learnerId, atMs), () => ({ learnerId, atMs }));
    if (PASSIVE.has(verb)) continue;
    const hourStartMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    entry(activeHours, keyOf(learnerId, hourStartMs), () => ({ learnerId, hourStartMs }));
    const term = verb === 'SEARCHED' ? normaliseTerm(event.query ?? '') : '';
    if (term !== '') {
      const search = entry(searches, keyOf(learnerId, atMs, term), () => ({
        ...{ learnerId, atMs, term },
        ...{ searches: 0, zeroResults: 0 },
      }));
      search.searches += 1;
      if (event.resultCount === 0) search.zeroResults += 1;
    }
    if (verb === 'VISITED' && event.page !== null) {
      const page = clip(event.page, MAX_PAGE_LENGTH);
      const visited = entry(pages, keyOf(learnerId, page), () => ({ learnerId, page, visits: 0, lastAtMs: atMs }));
      visited.visits += 1;
      visited.lastAtMs = Math.max(visited.lastAtMs, atMs);
    }
    const device = event.device ?? UNKNOWN;
    if (event.durationSeconds !== null && event.durationSeconds >= SHORTEST_SITTING_SECONDS) {
      const minutes = Math.round(event.durationSeconds / SECONDS_PER_MINUTE);
      entry(sittings, keyOf(learnerId, device, minutes), () => ({
        learnerId,
        device,
        minutes,
        sittings: 0,
      })).sittings += 1;
    }
    if (event.device === null && event.channel === null) continue;
    const channel = event.channel ?? UNKNOWN;
    entry(touchpoints, keyOf(learnerId, device, channel), () => ({
      learnerId,
      device,
      channel,
      events: 0,
    })).events += 1;
  }
  return {
    evidence: [...evidence.values()],
    courses: [...courses.values()].flatMap(({ state, ...course }) => (state === null ? [] : [{ ...course, state }])),
    activeHours: [...activeHours.values()],
    touchpoints: [...touchpoints.values()],
    searches: [...searches.values()],
    openings: [...openings.values()],
    pages: [...pages.values()],
    sittings: [...sittings.values()],
  };
}

/** No text holds a zero. */
const keyOf = (...parts: readonly (string | number)[]): string => parts.join('\0');

function entry<V>(map: Map<string, V>, name: string, create: () => V): V {
  const known = map.get(name);
  if (known !== undefined) return known;
  const value = create();
  map.set(name, value);
  return value;
}
