import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { LearnersService } from '../learners/learners.service.js';
import type { ProfileEvent } from '../learners/profileEvent.js';
import type { Queryable } from '../platform/database/database.js';
import { retryingDeadlocks } from '../platform/database/retryingDeadlocks.js';
import type { RowError } from '../platform/errors.js';
import { type JobContext, type JobRow, JobStopped, type Jobs } from '../platform/jobs/jobs.js';
import {
  ActivityStore,
  type CourseOutcome,
  type LogCursor,
  type LogEntry,
  type SessionQuantiles,
} from './activity.store.js';
import { eventIdOf, type Feedback, feedbackError, feedbackEvent, feedbackProblems } from './feedback.js';
import {
  type GroupActivity,
  GroupActivityStore,
  type MostOfEach,
  type RatingsOfLearner,
} from './groupActivity.store.js';
import { conflictOf, eventKey, type InteractionInput, isSameEvent, planActivity } from './interactionPlan.js';
import { type TakenUp, takenUpIn } from './takenUp.js';

export type { CourseOutcome, GroupActivity, SessionQuantiles };

export interface ActivityResult {
  /** Rows that were new. */
  readonly storedCount: number;
  /** Rows that were stored before, by this or an earlier call. */
  readonly duplicateCount: number;
  readonly errors: readonly RowError[];
}

const REBUILD_JOB = 'rebuild-profiles';
/** Whoever writes about one of them waits until all of them are done: a moment at most. */
const LEARNERS_PER_REBUILD = 100;
const EVENTS_PER_FOLD = 5_000;

/** The log of what learners do. */
export class ActivityService {
  readonly #dataSource: DataSource;
  readonly #store: ActivityStore;
  readonly #groups: GroupActivityStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #jobs: Jobs;
  readonly #clock: () => Date;
  readonly #obliged: (takenUp: readonly TakenUp[]) => Promise<readonly TakenUp[]>;

  /** @param obliged which of what was taken up a rule obliged people to at the time */
  constructor(
    dataSource: DataSource,
    catalog: CatalogService,
    learners: LearnersService,
    jobs: Jobs,
    clock: () => Date,
    obliged: (takenUp: readonly TakenUp[]) => Promise<readonly TakenUp[]>,
  ) {
    this.#obliged = obliged;
    this.#dataSource = dataSource;
    this.#store = new ActivityStore(dataSource);
    this.#groups = new GroupActivityStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#jobs = jobs;
    this.#clock = clock;
    jobs.handle(REBUILD_JOB, (context) => this.rebuildProfiles(context));
  }

  /**
   * Stores what is new and folds exactly that into the profiles, in one transaction: once this answers, the next
   * recommendation knows it, and sending the batch again changes nothing.
   */
  async recordActivity(rows: readonly InteractionInput[]): Promise<ActivityResult> {
    return await this.#record(rows, false);
  }

  /**
   * Stores what a learner says of a course, as `recordActivity` stores an event; a call that is repeated with its
   * `clientMutationId` is a duplicate.
   */
  async recordFeedback(feedback: Feedback): Promise<ActivityResult> {
    const problems = feedbackProblems(feedback);
    if (problems.length > 0) return { storedCount: 0, duplicateCount: 0, errors: problems };
    const { learnerId, clientMutationId } = feedback;
    const eventId = clientMutationId === null ? randomUUID() : eventIdOf(learnerId, clientMutationId);
    const event = feedbackEvent(feedback, eventId, this.#clock());
    let result = await this.#record([event], true);
    if (result.errors.some(({ code }) => code === 'CONFLICT')) {
      // A call that is repeated comes later than the first: what it says has to be the same, not when.
      const [stored] = await this.#store.byKeys(this.#dataSource, [event]);
      if (stored !== undefined) result = await this.#record([{ ...event, at: stored.at }], true);
    }
    return { ...result, errors: result.errors.map(feedbackError) };
  }

  async #record(rows: readonly InteractionInput[], isOwn: boolean): Promise<ActivityResult> {
    const now = this.#clock();
    const courseIds = await this.#catalog.knownCourseIds(
      rows.map((row) => row.courseId).filter((id) => typeof id === 'string'),
    );
    // Before anything is folded: what is done already was no duty any more.
    const duties = await this.#obliged(takenUpIn(rows, courseIds));
    return await retryingDeadlocks(() =>
      this.#dataSource.transaction(async (transaction) => {
        const learnerIds = await this.#learners.holdKnown(rows, transaction);
        const plan = planActivity(rows, learnerIds, courseIds, now, isOwn);
        const interactions = plan.accepted.map((row) => row.interaction);
        const appended = new Set((await this.#store.append(transaction, interactions, now)).map(eventKey));
        const fresh = interactions.filter((interaction) => appended.has(eventKey(interaction)));
        await this.#learners.foldIntoProfiles(transaction, fresh);
        if (duties.length > 0) await this.#learners.rememberDuties(transaction, dutiesAmong(fresh, duties));

        const known = plan.accepted.filter((row) => !appended.has(eventKey(row.interaction)));
        const stored = await this.#store.byKeys(
          transaction,
          known.map((row) => row.interaction),
        );
        const storedByKey = new Map(stored.map((interaction) => [eventKey(interaction), interaction]));
        const conflicts = known.filter((row) => {
          const original = storedByKey.get(eventKey(row.interaction));
          return original === undefined || !isSameEvent(original, row.interaction);
        });
        return {
          storedCount: fresh.length,
          duplicateCount: plan.repeatCount + known.length - conflicts.length,
          errors: [...plan.errors, ...conflicts.map(conflictOf)].sort((a, b) => a.index - b.index),
        };
      }),
    );
  }

  /** A rebuild of all profiles in the background; the one that waits, if one does. */
  async requestRebuild(requestedBy: string): Promise<JobRow> {
    return await this.#jobs.request(REBUILD_JOB, requestedBy);
  }

  async rebuild(id: string): Promise<JobRow | null> {
    const job = await this.#jobs.find(id);
    return job?.kind === REBUILD_JOB ? job : null;
  }

  /**
   * Folds every profile again from the log. Each transaction takes a few learners, whom nobody else can write about
   * meanwhile, so profiles are whole at every moment and activity may come in all the time.
   *
   * @returns how many learners there are
   * @throws JobStopped when told to stop; what is done by then stays done
   */
  async rebuildProfiles(context: JobContext): Promise<number> {
    const total = await this.#learners.countLearners();
    let done = 0;
    let after = '';
    for (;;) {
      if (context.shouldStop()) throw new JobStopped();
      const learnerIds = await retryingDeadlocks(() =>
        this.#dataSource.transaction((transaction) => this.#rebuildPage(transaction, after)),
      );
      const last = learnerIds.at(-1);
      if (last === undefined) return done;
      done += learnerIds.length;
      after = last;
      context.report({ phase: 'rebuilding profiles', done, total: Math.max(done, total) });
    }
  }

  async #rebuildPage(transaction: Queryable, afterLearnerId: string): Promise<readonly string[]> {
    const learnerIds = await this.#learners.clearProfiles(transaction, afterLearnerId, LEARNERS_PER_REBUILD);
    await this.#foldAgain(transaction, learnerIds);
    return learnerIds;
  }

  /** From nothing, since their profiles were cleared. */
  async #foldAgain(transaction: Queryable, learnerIds: readonly string[]): Promise<void> {
    for (let after: LogCursor | null = null; ; ) {
      const events = await this.#store.eventsOf(transaction, learnerIds, after, EVENTS_PER_FOLD);
      await this.#learners.foldIntoProfiles(transaction, events);
      if (events.length < EVENTS_PER_FOLD) return;
      after = events.at(-1) ?? null;
    }
  }

  /**
   * Deletes what people did before a moment, but for what lasts: what they finished, rated, saved or dismissed. Their
   * profiles are folded again from what is left, in the same transaction: a profile is at every moment the fold of the
   * log, so that folding it again later changes nothing.
   *
   * @returns how many rows went
   * @throws JobStopped when told to stop; what is done by then stays done
   */
  async forgetTrail(before: Date, context: Pick<JobContext, 'shouldStop'>): Promise<number> {
    let deleted = 0;
    for (let after = ''; ; ) {
      if (context.shouldStop()) throw new JobStopped();
      const page = await this.#learners.nextIds(after, LEARNERS_PER_REBUILD);
      const last = page.at(-1);
      if (last === undefined) return deleted;
      const learnerIds = await this.#store.haveTrail(page, before);
      if (learnerIds.length > 0) {
        deleted += await retryingDeadlocks(() =>
          this.#dataSource.transaction(async (transaction) => {
            await this.#learners.clearProfilesOf(transaction, learnerIds);
            const rows = await this.#store.deleteTrail(transaction, learnerIds, before);
            await this.#foldAgain(transaction, learnerIds);
            return rows;
          }),
        );
      }
      after = last;
    }
  }

  /** The end of the log as of now, for a training run to read up to. */
  async watermark(): Promise<string> {
    return await this.#store.watermark();
  }

  async countCourseEvents(watermark: string): Promise<number> {
    return await this.#store.countCourseEvents(watermark);
  }

  async logPage(watermark: string, after: LogCursor | null, limit: number): Promise<readonly LogEntry[]> {
    return await this.#store.logPage(watermark, after, limit);
  }

  /** All that the log has of these learners up to the watermark, in the order in which it came. */
  async eventsOf(learnerIds: readonly string[], watermark: string): Promise<readonly ProfileEvent[]> {
    return await this.#store.eventsUpTo(learnerIds, watermark);
  }

  /** What a learner did with the courses of a list that was served to them, by course id; nothing: no entry. */
  async outcomesOf(servedListId: string, learnerId: string): Promise<ReadonlyMap<string, CourseOutcome>> {
    const rows = await this.#store.outcomesOf(servedListId, learnerId);
    return new Map(rows.map(({ courseId, ...outcome }) => [courseId, outcome]));
  }

  /**
   * What learners did together in so many days before each of the moments.
   *
   * @param courseIds only of these courses; none: of all
   * @param most that counts of each learner
   */
  async groupActivity(
    learnerIds: readonly string[],
    moments: readonly Date[],
    days: number,
    courseIds: readonly string[],
    most: MostOfEach,
  ): Promise<readonly GroupActivity[]> {
    return await this.#groups.activityBefore(learnerIds, moments, days, courseIds, most);
  }

  /**
   * How each of these learners rated courses in so many days before each of the moments; who did not is left out.
   *
   * @param courseIds only of these courses; none: of all
   */
  async ratingsBefore(
    learnerIds: readonly string[],
    moments: readonly Date[],
    days: number,
    courseIds: readonly string[],
  ): Promise<readonly RatingsOfLearner[]> {
    return await this.#groups.ratingsBefore(learnerIds, moments, days, courseIds);
  }

  /** How many of the pairs of learner and course had been completed at each of the moments, numbered from 1. */
  async completedBy(
    learnerIds: readonly string[],
    moments: readonly Date[],
    courseIds: readonly string[],
  ): Promise<readonly { readonly place: number; readonly completions: number }[]> {
    return await this.#groups.completedBy(learnerIds, moments, courseIds);
  }

  /** How long sittings are among the latest entries of the log; null: not known. */
  async latestSessions(entries: number): Promise<SessionQuantiles | null> {
    return await this.#store.latestSessions(entries);
  }
}

/** Duties that interactions which are new are about. */
function dutiesAmong(fresh: readonly ProfileEvent[], duties: readonly TakenUp[]): TakenUp[] {
  const keyOf = (learnerId: string, courseId: string | null) => JSON.stringify([learnerId, courseId]);
  const stored = new Set(fresh.map(({ learnerId, courseId }) => keyOf(learnerId, courseId)));
  return duties.filter(({ learnerId, courseId }) => stored.has(keyOf(learnerId, courseId)));
}
