import { type CourseState, foldCourseEvent } from './courseState.js';
import type { ProfileEvent, Verb } from './profileEvent.js';

const HOUR_MS = 3_600_000;
const UNKNOWN = 'UNKNOWN';

/** What a batch of interactions adds to profiles. Merging deltas in any order gives the same profiles. */
export interface ProfileDelta {
  readonly courses: readonly { readonly learnerId: string; readonly courseId: string; readonly state: CourseState }[];
  /** Clock hours (in UTC) in which someone did something themself, each once. */
  readonly activeHours: readonly { readonly learnerId: string; readonly hourStartMs: number }[];
  readonly touchpoints: readonly {
    readonly learnerId: string;
    readonly device: string;
    readonly channel: string;
    readonly events: number;
  }[];
}

/** Things that happen to a learner rather than being done by them; they say nothing of when somebody is active. */
const PASSIVE: ReadonlySet<Verb> = new Set(['IMPRESSION', 'WAIVED']);

export function profileDelta(events: readonly ProfileEvent[]): ProfileDelta {
  const courses = new Map<string, { learnerId: string; courseId: string; state: CourseState | null }>();
  const activeHours = new Map<string, { learnerId: string; hourStartMs: number }>();
  const touchpoints = new Map<string, { learnerId: string; device: string; channel: string; events: number }>();
  for (const event of events) {
    const { learnerId, courseId } = event;
    if (courseId !== null) {
      const course = entry(courses, [learnerId, courseId], () => ({ learnerId, courseId, state: null }));
      course.state = foldCourseEvent(course.state, { ...event, atMs: event.at.getTime() });
    }
    if (PASSIVE.has(event.verb)) continue;
    const hourStartMs = Math.floor(event.at.getTime() / HOUR_MS) * HOUR_MS;
    entry(activeHours, [learnerId, hourStartMs], () => ({ learnerId, hourStartMs }));
    if (event.device === null && event.channel === null) continue;
    const device = event.device ?? UNKNOWN;
    const channel = event.channel ?? UNKNOWN;
    entry(touchpoints, [learnerId, device, channel], () => ({ learnerId, device, channel, events: 0 })).events += 1;
  }
  return {
    courses: [...courses.values()].flatMap(({ state, ...course }) => (state === null ? [] : [{ ...course, state }])),
    activeHours: [...activeHours.values()],
    touchpoints: [...touchpoints.values()],
  };
}

function entry<V>(map: Map<string, V>, key: readonly (string | number)[], create: () => V): V {
  const name = JSON.stringify(key);
  const known = map.get(name);
  if (known !== undefined) return known;
  const value = create();
  map.set(name, value);
  return value;
}
