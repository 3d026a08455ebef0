import type { ActivityService } from '../activity/activity.service.js';
import type { CatalogSnapshot } from '../catalog/catalogSnapshot.js';
import type { LearnersService } from '../learners/learners.service.js';
import { type JobContext, JobStopped } from '../platform/jobs/jobs.js';
import { contentOf } from './courseContent.js';
import { type TrainingEvents, toldIndex } from './trainingSet.js';

/** Small enough that turning a page into columns never holds up a request noticeably. */
const PAGE_ROWS = 5_000;

export interface GatheredEvents {
  readonly events: TrainingEvents;
  /** The learner of each row of the events. */
  readonly learnerIds: readonly string[];
}

/**
 * The log up to the watermark in columns, grouped by learner. It is read page by page, so that requests get their turn.
 *
 * @throws JobStopped when told to stop
 */
export async function gatherTrainingEvents(
  activity: ActivityService,
  learners: LearnersService,
  catalog: CatalogSnapshot,
  watermark: string,
  context: JobContext,
): Promise<GatheredEvents> {
  const expected = await activity.countCourseEvents(watermark);
  // Rows below the watermark may still land while the log is read.
  const capacity = expected + Math.ceil(expected / 50) + 1_000;
  const courseIndices = new Int32Array(capacity);
  const verbs = new Uint8Array(capacity);
  const atMs = new Float64Array(capacity);
  const progress = new Float32Array(capacity);
  const scores = new Float32Array(capacity);
  const durationSeconds = new Float32Array(capacity);
  const mandatory = new Uint8Array(capacity);
  const learnerOffsets: number[] = [];
  const learnerIds: string[] = [];
  let count = 0;

  for (let page = await activity.logPage(watermark, null, PAGE_ROWS); ; ) {
    const mandatoryCourses = await learners.mandatoryCourses([...new Set(page.map((entry) => entry.learnerId))]);
    for (const entry of page) {
      const courseIndex = catalog.courseIndexById.get(entry.courseId);
      // A course that was created after the snapshot was taken, and what landed late beyond the spare room, waits.
      if (courseIndex === undefined || count === capacity) continue;
      if (entry.learnerId !== learnerIds.at(-1)) {
        learnerOffsets.push(count);
        learnerIds.push(entry.learnerId);
      }
      courseIndices[count] = courseIndex;
      verbs[count] = toldIndex(entry.verb, entry.reason);
      atMs[count] = entry.atMs;
      progress[count] = entry.progress ?? Number.NaN;
      scores[count] = entry.score ?? Number.NaN;
      durationSeconds[count] = entry.durationSeconds ?? Number.NaN;
      mandatory[count] = mandatoryCourses.get(entry.learnerId)?.has(entry.courseId) === true ? 1 : 0;
      count += 1;
    }
    context.report({ phase: 'reading activity', done: Math.min(count, expected), total: expected });
    if (context.shouldStop()) throw new JobStopped();
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) break;
    page = await activity.logPage(watermark, last, PAGE_ROWS);
  }
  const learnerCount = learnerOffsets.length;
  const events: TrainingEvents = {
    learnerCount,
    courseIds: catalog.courses.map((course) => course.id),
    contents: catalog.courses.map((course) => contentOf(course, catalog.skills)),
    learnerOffsets: Float64Array.from([...learnerOffsets, count]),
    courseIndices: courseIndices.subarray(0, count),
    verbs: verbs.subarray(0, count),
    atMs: atMs.subarray(0, count),
    progress: progress.subarray(0, count),
    scores: scores.subarray(0, count),
    durationSeconds: durationSeconds.subarray(0, count),
    mandatory: mandatory.subarray(0, count),
  };
  return { events, learnerIds };
}
