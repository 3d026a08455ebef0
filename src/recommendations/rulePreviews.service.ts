import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { DomainError } from '../platform/errors.js';
import { type JobContext, type JobProgress, JobStopped, type Jobs } from '../platform/jobs.js';
import type { Logger } from '../platform/logger.js';
import { DAY_MS } from '../platform/zonedTime.js';
import { type PreviewResult, previewResult } from './rulePreviewResult.js';
import type { RulePreviewRunner } from './rulePreviewRunner.js';
import { RulePreviewsStore, type StoredOrder, type StoredPreview } from './rulePreviews.store.js';

const PREVIEW_JOB = 'PREVIEW_RULES';

const KEPT_MS = DAY_MS;
/** Of one person or key. */
const MOST_WAITING = 5;
const REPORT_EVERY_MS = 300;

/** What changes of rules would do, worked out in the background by whatever process does such work. */
export class RulePreviewsService {
  readonly #store: RulePreviewsStore;
  readonly #runner: RulePreviewRunner;
  readonly #jobs: Jobs;
  readonly #clock: () => Date;
  readonly #logger: Logger;

  constructor(dataSource: DataSource, runner: RulePreviewRunner, jobs: Jobs, clock: () => Date, logger: Logger) {
    this.#store = new RulePreviewsStore(dataSource);
    this.#runner = runner;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#logger = logger;
    jobs.handle(PREVIEW_JOB, (context) => this.#workOff(context), 'SHORT');
  }

  /**
   * Has the preview made in the background.
   *
   * @throws DomainError RATE_LIMITED when as many of theirs wait as may
   */
  async start(order: StoredOrder, requestedBy: string): Promise<StoredPreview> {
    if ((await this.#store.countWaiting(requestedBy)) >= MOST_WAITING) {
      throw new DomainError(
        'RATE_LIMITED',
        `${MOST_WAITING} previews of yours are not done yet; ask again when one of them is.`,
      );
    }
    const id = randomUUID();
    const requestedAt = this.#clock();
    await this.#store.insert({ id, requestedBy, requestedAt, order }, new Date(requestedAt.getTime() - KEPT_MS));
    await this.#jobs.request(PREVIEW_JOB, requestedBy);
    return await this.find(id, requestedBy);
  }

  /**
   * @param requestedBy null: whoever asked for it
   * @throws DomainError NOT_FOUND when there is none, or none that they asked for: previews may tell what people did
   */
  async find(id: string, requestedBy: string | null): Promise<StoredPreview> {
    const found = await this.#store.byId(id);
    if (found === null || (requestedBy !== null && found.requestedBy !== requestedBy)) {
      throw new DomainError('NOT_FOUND', 'There is no preview of yours with this id; they are kept for a day.', {
        argument: 'id',
      });
    }
    return found;
  }

  /** @throws JobStopped when `context` says to stop */
  async compute(order: StoredOrder, context: JobContext): Promise<PreviewResult> {
    const findings = await this.#runner.run(order, context);
    return previewResult(order.before, order.after, findings, order);
  }

  /** All that wait, one after the other: there is one such job at a time, however many processes there are. */
  async #workOff(context: JobContext): Promise<void> {
    for (;;) {
      if (context.shouldStop()) throw new JobStopped();
      const next = await this.#store.takeNext();
      if (next === null) return;
      await this.#work(next.id, next.order, context);
    }
  }

  async #work(id: string, order: StoredOrder, context: JobContext): Promise<void> {
    const startMs = performance.now();
    try {
      const result = await this.compute(order, { ...context, report: this.#reporter(id, context) });
      await this.#store.succeed(id, result);
      this.#logger.info({ previewId: id, people: result.people, ms: performance.now() - startMs }, 'preview made');
    } catch (error) {
      if (error instanceof JobStopped) {
        await this.#store.putBack(id);
        throw error;
      }
      this.#logger.error({ err: error, previewId: id }, 'the preview failed');
      await this.#store.fail(id, 'It failed; the log of the service says why.');
    }
  }

  /** Writes down how far it is, now and then. */
  #reporter(id: string, context: JobContext): (progress: JobProgress) => void {
    let reportedMs = Number.NEGATIVE_INFINITY;
    return (progress) => {
      context.report(progress);
      if (performance.now() - reportedMs < REPORT_EVERY_MS) return;
      reportedMs = performance.now();
      this.#store
        .report(id, progress)
        .catch((error) => this.#logger.warn({ err: error, previewId: id }, 'the preview could not report'));
    };
  }
}
