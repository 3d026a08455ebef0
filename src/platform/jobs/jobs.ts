import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Check, Column, type DataSource, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { asUnavailable, levelOf } from '../database/database.js';
import type { Logger } from '../logger.js';
import type { CounterMetric, GaugeMetric, Metrics } from '../metrics.js';

export type JobStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** How far a job is: `done` of `total` steps of its present phase. */
export interface JobProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

@Entity({ name: 'job' })
@Index('job_open_uq', ['kind', 'status'], { unique: true, where: `status IN ('QUEUED', 'RUNNING')` })
@Check('job_status_check', `status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')`)
export class JobRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'job_pk',
  })
  id!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text' })
  status!: JobStatus;

  @Column({ name: 'requested_by', type: 'text' })
  requestedBy!: string;

  @Column({ name: 'requested_at', type: 'timestamptz' })
  requestedAt!: Date;

  @Column({ type: 'text', nullable: true })
  worker!: string | null;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'heartbeat_at', type: 'timestamptz', nullable: true })
  heartbeatAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  progress!: JobProgress | null;

  @Column({ type: 'jsonb', nullable: true })
  result!: unknown;

  @Column({ type: 'text', nullable: true })
  error!: string | null;
}

/** What a running job may do with its surroundings. */
export interface JobContext {
  report(progress: JobProgress): void;
  /** True once the job should end early: the process stops, or another worker took the job over. */
  shouldStop(): boolean;
}

export type JobHandler = (context: JobContext) => Promise<unknown>;

/** Each process does one job of either at a time: what somebody waits for is not held up by what takes an hour. */
const JOB_LANES = ['LONG', 'SHORT'] as const;
export type JobLane = (typeof JOB_LANES)[number];

export interface JobsOptions {
  /** Null: no figures are kept. */
  readonly metrics?: Metrics | null;
  readonly pollMs?: number;
  readonly heartbeatMs?: number;
  /** A running job whose worker has been silent this long is taken over. */
  readonly silenceSeconds?: number;
  /** How often a schedule is looked at. */
  readonly scheduleMs?: number;
}

const MAX_ATTEMPTS = 3;
/** Pauses between attempts to write down how a job ended. */
const WRITE_AGAIN_AFTER_MS = [200, 500, 1_000, 2_000, 4_000];

interface Schedule {
  readonly kind: string;
  readonly minutes: number;
  readonly isDue: (() => Promise<boolean>) | null;
}

/** Thrown by a handler that ended because it was told to: the job goes back to the queue. */
export class JobStopped extends Error {
  constructor() {
    super('The job was told to stop');
    this.name = 'JobStopped';
  }
}

/** Work that outlives a request, claimed with row locks, so any number of processes may take part. */
export class Jobs {
  readonly #dataSource: DataSource;
  readonly #logger: Logger;
  // Containers may share host name and process id; a worker that bears another's name would write into its jobs.
  readonly #worker = `${hostname()}/${process.pid}/${randomBytes(6).toString('hex')}`;
  readonly #pollMs: number;
  readonly #heartbeatMs: number;
  readonly #silenceSeconds: number;
  readonly #scheduleMs: number;
  readonly #finished: CounterMetric<'kind' | 'status'> | null;
  readonly #running: GaugeMetric<'kind'> | null;
  readonly #handlers = new Map<string, { readonly handler: JobHandler; readonly lane: JobLane }>();
  readonly #schedules: Schedule[] = [];
  #schedulesReadMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  readonly #current = new Map<JobLane, Promise<void>>();
  #stopping = false;

  constructor(dataSource: DataSource, logger: Logger, options: JobsOptions = {}) {
    this.#dataSource = dataSource;
    this.#logger = logger;
    this.#pollMs = options.pollMs ?? 500;
    this.#heartbeatMs = options.heartbeatMs ?? 2_000;
    this.#silenceSeconds = options.silenceSeconds ?? 30;
    this.#scheduleMs = options.scheduleMs ?? 10_000;
    const metrics = options.metrics ?? null;
    this.#finished =
      metrics?.counter({
        name: 'jobs_finished_total',
        help: 'Jobs that this process ended, by kind and how they ended',
        labels: ['kind', 'status'],
      }) ?? null;
    this.#running =
      metrics?.gauge({ name: 'jobs_running', help: 'Jobs that run in this process now', labels: ['kind'] }) ?? null;
  }

  /** The job of this kind that waits, or a new one. */
  async request(kind: string, requestedBy: string): Promise<JobRow> {
    await this.#dataSource.query(
      `INSERT INTO job (kind, status, requested_by, requested_at) VALUES ($1, 'QUEUED', $2, now())
       ON CONFLICT (kind, status) WHERE status IN ('QUEUED', 'RUNNING') DO NOTHING`,
      [kind, requestedBy],
    );
    return await this.#jobs
      .createQueryBuilder('job')
      .where('job.kind = :kind', { kind })
      .orderBy(`CASE WHEN job.status = 'QUEUED' THEN 0 ELSE 1 END`)
      .addOrderBy('job.id', 'DESC')
      .getOneOrFail();
  }

  async find(id: string): Promise<JobRow | null> {
    return await this.#jobs.findOneBy({ id });
  }

  handle(kind: string, handler: JobHandler, lane: JobLane = 'LONG'): void {
    this.#handlers.set(kind, { handler, lane });
    // Alerts need a figure before the first job has ended.
    for (const status of ['SUCCEEDED', 'FAILED']) this.#finished?.add({ kind, status }, 0);
    this.#running?.set({ kind }, 0);
  }

  /**
   * Requests the job whenever the last request is older than the interval.
   *
   * @param isDue asked first, and again every few seconds while it answers false: whether the job has anything to do
   */
  every(kind: string, minutes: number, isDue?: () => Promise<boolean>): void {
    this.#schedules.push({ kind, minutes, isDue: isDue ?? null });
  }

  /**
   * For a process that has the database to itself: whoever ran what is running was a process before it and is dead, so
   * nobody need wait until its silence has lasted.
   */
  async declareOthersDead(): Promise<void> {
    await this.#dataSource.query(`UPDATE job SET heartbeat_at = 'epoch' WHERE job.status = 'RUNNING'`);
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#stopping) return;
      for (const lane of JOB_LANES) {
        if (this.#current.has(lane) || this.#kindsOf(lane).length === 0) continue;
        const current = this.#runNext(lane)
          .catch((error) => this.#logger[levelOf(error)]({ err: error }, 'the job queue could not be read'))
          .finally(() => this.#current.delete(lane));
        this.#current.set(lane, current);
      }
    }, this.#pollMs);
  }

  /** Resolves when the running jobs have gone back to the queue or ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all(this.#current.values());
  }

  #kindsOf(lane: JobLane): string[] {
    return [...this.#handlers].filter(([, handled]) => handled.lane === lane).map(([kind]) => kind);
  }

  get #jobs() {
    return this.#dataSource.getRepository(JobRow);
  }

  async #runNext(lane: JobLane): Promise<void> {
    await this.#requestScheduled();
    const job = await this.#claim(this.#kindsOf(lane));
    if (job === null) return;
    this.#running?.set({ kind: job.kind }, 1);
    try {
      await this.#run(job);
    } catch (error) {
      this.#logger.error({ err: error, jobId: job.id, kind: job.kind }, 'the job ended unrecorded and will run again');
    } finally {
      this.#running?.set({ kind: job.kind }, 0);
    }
  }

  async #run({ id, kind, attempts, handler }: ClaimedJob): Promise<void> {
    const logger = this.#logger.child({ jobId: id, kind });
    logger.info('job started');
    let progress: JobProgress | null = null;
    let taken = false;
    const heartbeat = setInterval(() => {
      this.#beat(id, progress)
        .then((ours) => {
          taken ||= !ours;
        })
        .catch((error) => logger[levelOf(error)]({ err: error }, 'the job could not report'));
    }, this.#heartbeatMs);
    const context: JobContext = {
      report: (latest) => {
        progress = latest;
      },
      shouldStop: () => this.#stopping || taken,
    };
    try {
      const outcome = await outcomeOf(handler, context, attempts);
      if (outcome.status === 'DATABASE_LOST') logger.warn({ err: outcome.error }, 'the job lost the database');
      // Until it is written down that the job has ended, it must not look abandoned.
      const isOurs = await this.#persist(logger, () =>
        'givesBackAttempts' in outcome
          ? this.#putBack(id, outcome.givesBackAttempts)
          : this.#finish(id, progress, outcome),
      );
      if (!isOurs) {
        logger.warn('the job ended, but is no longer of this worker');
        return;
      }
      if ('givesBackAttempts' in outcome) {
        logger.info({ status: outcome.status }, 'job put back');
        return;
      }
      this.#finished?.add({ kind, status: outcome.status });
      if (outcome.status === 'FAILED') logger.error({ err: outcome.error }, 'job failed');
      else logger.info('job succeeded');
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** The work is done: one lost connection must not undo it. */
  async #persist<T>(logger: Logger, write: () => Promise<T>): Promise<T> {
    for (const waitMs of WRITE_AGAIN_AFTER_MS) {
      try {
        return await write();
      } catch (error) {
        logger.warn({ err: error }, 'the end of the job could not be written down yet');
        await sleep(waitMs);
      }
    }
    return await write();
  }

  async #requestScheduled(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#schedulesReadMs < this.#scheduleMs) return;
    this.#schedulesReadMs = nowMs;
    for (const schedule of this.#schedules) {
      const { kind } = schedule;
      // What one schedule asks may fail; the others and the queue go on.
      await this.#requestWhenDue(schedule).catch((error) =>
        this.#logger[levelOf(error)]({ err: error, kind }, 'it cannot be told whether a job is due'),
      );
    }
  }

  async #requestWhenDue({ kind, minutes, isDue }: Schedule): Promise<void> {
    const isTime = `NOT EXISTS (
      SELECT 1 FROM job WHERE job.kind = $1
      AND (job.status IN ('QUEUED', 'RUNNING') OR job.requested_at > now() - make_interval(mins => $2::integer)))`;
    if (isDue !== null) {
      const found = (await this.#dataSource.query(`SELECT 1 WHERE ${isTime}`, [kind, minutes])) as unknown[];
      if (found.length === 0 || !(await isDue())) return;
    }
    await this.#dataSource.query(
      `INSERT INTO job (kind, status, requested_by, requested_at)
       SELECT $1, 'QUEUED', 'schedule', now() WHERE ${isTime}
       ON CONFLICT (kind, status) WHERE status IN ('QUEUED', 'RUNNING') DO NOTHING`,
      [kind, minutes],
    );
  }

  async #claim(kinds: readonly string[]): Promise<ClaimedJob | null> {
    const [givenUp] = (await this.#dataSource.query(
      `UPDATE job SET status = 'FAILED', finished_at = now(), error = 'Given up after ' || job.attempts || ' attempts'
       WHERE job.status = 'RUNNING' AND job.kind = ANY($1::text[]) AND job.attempts >= $2
       AND job.heartbeat_at < now() - make_interval(secs => $3)
       RETURNING job.id, job.kind`,
      [kinds, MAX_ATTEMPTS, this.#silenceSeconds],
    )) as [{ id: string; kind: string }[], number];
    for (const { id, kind } of givenUp) {
      this.#finished?.add({ kind, status: 'FAILED' });
      this.#logger.error({ jobId: id, kind }, 'job given up: every worker that ran it fell silent');
    }
    const [claimed] = (await this.#dataSource.query(
      `UPDATE job
       SET status = 'RUNNING', worker = $2, attempts = job.attempts + 1, started_at = now(), heartbeat_at = now()
       WHERE job.id = (
         SELECT candidate.id FROM job candidate
         WHERE candidate.kind = ANY($1::text[]) AND (
           (candidate.status = 'RUNNING' AND candidate.heartbeat_at < now() - make_interval(secs => $3))
           OR (candidate.status = 'QUEUED' AND NOT EXISTS (
             SELECT 1 FROM job other WHERE other.kind = candidate.kind AND other.status = 'RUNNING')))
         ORDER BY candidate.id LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING job.id, job.kind, job.attempts`,
      [kinds, this.#worker, this.#silenceSeconds],
    )) as [{ id: string; kind: string; attempts: number }[], number];
    const [job] = claimed;
    const handled = job && this.#handlers.get(job.kind);
    return job && handled ? { ...job, handler: handled.handler } : null;
  }

  /** False when another worker has the job now. */
  async #beat(id: string, progress: JobProgress | null): Promise<boolean> {
    const [, touched] = (await this.#dataSource.query(
      `UPDATE job SET heartbeat_at = now(), progress = $3 WHERE id = $1 AND worker = $2 AND status = 'RUNNING'`,
      [id, this.#worker, progress],
    )) as [unknown, number];
    return touched === 1;
  }

  /** False when another worker has the job now. */
  async #finish(id: string, progress: JobProgress | null, outcome: JobOutcome): Promise<boolean> {
    const result = outcome.status === 'SUCCEEDED' ? (outcome.result ?? null) : null;
    const error = outcome.status === 'FAILED' ? messageOf(outcome.error) : null;
    // A write whose answer was lost has happened all the same; the second finds the job ended by this worker.
    const [, touched] = (await this.#dataSource.query(
      `UPDATE job SET status = $3, progress = $4, result = $5, error = $6, finished_at = now()
       WHERE id = $1 AND worker = $2 AND status IN ('RUNNING', $3)`,
      [id, this.#worker, outcome.status, progress, result === null ? null : JSON.stringify(result), error],
    )) as [unknown, number];
    return touched === 1;
  }

  /**
   * A newer request of the same kind may wait already; then this one is dropped in its favour. False when another worker
   * has the job now.
   */
  async #putBack(id: string, attempts: number): Promise<boolean> {
    const [, touched] = (await this.#dataSource.query(
      `UPDATE job SET attempts = attempts - $3,
         status = CASE WHEN waits.found THEN 'FAILED' ELSE 'QUEUED' END,
         finished_at = CASE WHEN waits.found THEN now() END,
         error = CASE WHEN waits.found THEN 'Stopped; a newer request waits' END
       FROM (SELECT EXISTS (
         SELECT 1 FROM job other JOIN job mine ON mine.id = $1 AND other.kind = mine.kind
         WHERE other.status = 'QUEUED') AS found) AS waits
       WHERE job.id = $1 AND job.worker = $2 AND job.status = 'RUNNING'`,
      [id, this.#worker, attempts],
    )) as [unknown, number];
    return touched === 1;
  }
}

interface ClaimedJob {
  readonly id: string;
  readonly kind: string;
  /** This one is counted. */
  readonly attempts: number;
  readonly handler: JobHandler;
}

type JobOutcome =
  | { readonly status: 'SUCCEEDED'; readonly result: unknown }
  | { readonly status: 'FAILED'; readonly error: unknown };

/** A job that goes back to the queue, and what of its attempts does not count. */
type PutBack =
  | { readonly status: 'STOPPED'; readonly givesBackAttempts: 1 }
  | { readonly status: 'DATABASE_LOST'; readonly givesBackAttempts: 0; readonly error: unknown };

/** @param attempt of the job, from 1; the last one has to end */
async function outcomeOf(handler: JobHandler, context: JobContext, attempt: number): Promise<JobOutcome | PutBack> {
  try {
    return { status: 'SUCCEEDED', result: await handler(context) };
  } catch (error) {
    if (error instanceof JobStopped) return { status: 'STOPPED', givesBackAttempts: 1 };
    if (attempt < MAX_ATTEMPTS && asUnavailable(error) !== null) {
      return { status: 'DATABASE_LOST', givesBackAttempts: 0, error };
    }
    return { status: 'FAILED', error };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
