import { createRandom, shuffled } from '../stats/random.js';

/** Who took what when. */
export interface Contact {
  readonly learnerId: string;
  readonly courseId: string;
  readonly atMs: number;
}

/**
 * How a log is divided.
 *
 * - `time`: at one moment for everybody; who was known before it is asked for what came after
 * - `last`: the last course of each learner is to be found among 99 others, as published tables for MovieLens do it
 * - `learners`: some learners are left out of training, known by their first courses and asked for the rest
 * - `courses`: some courses are new: nothing on them is in training, and they are ranked among themselves
 */
export const SPLIT_KINDS = ['time', 'last', 'learners', 'courses'] as const;
export type SplitKind = (typeof SPLIT_KINDS)[number];

export interface SplitOptions {
  readonly kind: SplitKind;
  readonly seed: number;
  /** Of contacts, learners or courses to hold out, between 0 and 1. */
  readonly share: number;
  /** For `learners`: by how many of their first courses they are known; null: by four fifths of them. */
  readonly events: number | null;
}

/** The files of an evaluation. */
export interface SplitFiles {
  readonly train: readonly Contact[];
  /** Null: the training data is the history. */
  readonly history: readonly Contact[] | null;
  readonly holdout: readonly Contact[];
  /** Null: everything is ranked. */
  readonly candidates: readonly { readonly learnerId: string; readonly courseIds: readonly string[] }[] | null;
}

/** Courses with fewer learners tell too little to be asked for as new. */
const FEWEST_LEARNERS_OF_NEW = 5;
const SAMPLED_NEGATIVES = 99;
const KNOWN_SHARE = 0.8;

/**
 * Divides a log for `waymark evaluate`. Of several contacts of a learner with a course the first counts. Equal logs,
 * options and seed give equal files.
 *
 * @throws RangeError when the share or the events are out of range
 */
export function splitContacts(contacts: readonly Contact[], options: SplitOptions): SplitFiles {
  const { kind, share, events } = options;
  if (!(share > 0 && share < 1)) throw new RangeError(`The share must be between 0 and 1, not ${share}.`);
  if (events !== null && !(Number.isSafeInteger(events) && events >= 1)) {
    throw new RangeError(`events must be a whole number of at least 1, not ${events}.`);
  }
  const histories = byLearner(contacts);
  if (kind === 'time') return byTime(histories, share);
  if (kind === 'last') return byLast(histories, options);
  return kind === 'learners' ? byNewLearners(histories, options) : byNewCourses(histories, options);
}

/** Each learner's contacts, earliest first and then by course, no course twice; learners in the order of their ids. */
function byLearner(contacts: readonly Contact[]): readonly (readonly Contact[])[] {
  const own = new Map<string, Map<string, Contact>>();
  for (const contact of contacts) {
    let courses = own.get(contact.learnerId);
    if (courses === undefined) {
      courses = new Map();
      own.set(contact.learnerId, courses);
    }
    const earlier = courses.get(contact.courseId);
    if (earlier === undefined || contact.atMs < earlier.atMs) courses.set(contact.courseId, contact);
  }
  return [...own]
    .sort(([a], [b]) => compare(a, b))
    .map(([, courses]) => [...courses.values()].sort((a, b) => a.atMs - b.atMs || compare(a.courseId, b.courseId)));
}

function byTime(histories: readonly (readonly Contact[])[], share: number): SplitFiles {
  const moments = histories.flatMap((own) => own.map(({ atMs }) => atMs)).sort((a, b) => a - b);
  const cutMs = moments[Math.floor(moments.length * (1 - share))] ?? 0;
  const asked = histories.filter((own) => own.some(({ atMs }) => atMs < cutMs));
  return {
    train: histories.flat().filter(({ atMs }) => atMs < cutMs),
    history: null,
    holdout: asked.flat().filter(({ atMs }) => atMs >= cutMs),
    candidates: null,
  };
}

function byLast(histories: readonly (readonly Contact[])[], { seed }: SplitOptions): SplitFiles {
  const random = createRandom(seed);
  const courseIds = [...new Set(histories.flat().map(({ courseId }) => courseId))].sort(compare);
  const asked = histories.filter((own) => own.length >= 2);
  return {
    train: histories.flatMap((own) => (own.length >= 2 ? own.slice(0, -1) : own)),
    history: null,
    holdout: asked.map((own) => own.at(-1) as Contact),
    candidates: asked.map((own) => {
      const taken = new Set(own.map(({ courseId }) => courseId));
      const negatives = new Set<string>();
      const wanted = Math.min(SAMPLED_NEGATIVES, courseIds.length - taken.size);
      while (negatives.size < wanted) {
        const courseId = courseIds[random.below(courseIds.length)] as string;
        if (!taken.has(courseId)) negatives.add(courseId);
      }
      const last = own.at(-1) as Contact;
      return { learnerId: last.learnerId, courseIds: [last.courseId, ...negatives] };
    }),
  };
}

function byNewLearners(histories: readonly (readonly Contact[])[], { seed, share, events }: SplitOptions): SplitFiles {
  // The same learners are left out however much is to be known of them, so that figures compare.
  const leftOut = new Set(
    shuffled([...histories.keys()], createRandom(seed)).slice(0, Math.ceil(share * histories.length)),
  );
  const knownCount = (own: readonly Contact[]): number =>
    events ?? Math.min(own.length - 1, Math.max(1, Math.floor(KNOWN_SHARE * own.length)));
  const asked = histories.filter((own, learner) => leftOut.has(learner) && own.length > (events ?? 1));
  return {
    train: histories.filter((_, learner) => !leftOut.has(learner)).flat(),
    history: asked.flatMap((own) => own.slice(0, knownCount(own))),
    holdout: asked.flatMap((own) => own.slice(knownCount(own))),
    candidates: null,
  };
}

function byNewCourses(histories: readonly (readonly Contact[])[], { seed, share }: SplitOptions): SplitFiles {
  const learnerCounts = new Map<string, number>();
  for (const { courseId } of histories.flat()) learnerCounts.set(courseId, (learnerCounts.get(courseId) ?? 0) + 1);
  const able = [...learnerCounts].flatMap(([courseId, count]) => (count >= FEWEST_LEARNERS_OF_NEW ? [courseId] : []));
  const drawn = shuffled(able.sort(compare), createRandom(seed)).slice(0, Math.ceil(share * able.length));
  const isNew = new Set(drawn);
  const train = histories.flat().filter(({ courseId }) => !isNew.has(courseId));
  const known = new Set(train.map(({ learnerId }) => learnerId));
  const holdout = histories.flat().filter(({ courseId, learnerId }) => isNew.has(courseId) && known.has(learnerId));
  return {
    train,
    history: null,
    holdout,
    candidates: [...new Set(holdout.map(({ learnerId }) => learnerId))].map((learnerId) => ({
      learnerId,
      courseIds: drawn,
    })),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
