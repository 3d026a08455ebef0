import { hostname } from 'node:os';
import { Check, Column, type DataSource, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { Logger } from './logger.js';

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

const POLL_MS = 500;
const HEARTBEAT_MS = 2_000;
/** A running job whose worker has been silent this long is taken over. */
const SILENCE_SECONDS = 30;
const MAX_ATTEMPTS = 3;

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
  readonly #worker = `${hostname()}/${process.pid}`;
  readonly #handlers = new Map<string, JobHandler>();
  readonly #intervals = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #current: Promise<void> | null = null;
  #stopping = false;

  constructor(dataSource: DataSource, logger: Logger) {
    this.#dataSource = dataSource;
    this.#logger = logger;
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

  async latest(kind: string): Promise<JobRow | null> {
    return await this.#jobs.findOne({ where: { kind }, order: { id: 'DESC' } });
  }

  handle(kind: string, handler: JobHandler): void {
    this.#handlers.set(kind, handler);
  }

  /** Requests the job whenever the last request is older than the interval. */
  every(kind: string, minutes: number): void {
    this.#intervals.set(kind, minutes);
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#current !== null || this.#stopping) return;
      this.#current = this.#runNext()
        .catch((error) => this.#logger.warn({ err: error }, 'the job queue could not be read'))
        .finally(() => {
          this.#current = null;
        });
    }, POLL_MS);
  }

  /** Resolves when the running job has gone back to the queue or ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#current;
  }

  get #jobs() {
    return this.#dataSource.getRepository(JobRow);
  }

  async #runNext(): Promise<void> {
    for (const [kind, minutes] of this.#intervals) await this.#requestWhenDue(kind, minutes);
    const job = await this.#claim();
    if (job === null) return;
    const handler = this.#handlers.get(job.kind);
    if (handler === undefined) return;
    const logger = this.#logger.child({ jobId: job.id, kind: job.kind });
    logger.info('job started');
    let progress: JobProgress | null = null;
    let taken = false;
    const heartbeat = setInterval(() => {
      this.#beat(job.id, progress)
        .then((ours) => {
          taken ||= !ours;
        })
        .catch((error) => logger.warn({ err: error }, 'the job could not report'));
    }, HEARTBEAT_MS);
    try {
      const result = await handler({
        report: (latest) => {
          progress = latest;
        },
        shouldStop: () => this.#stopping || taken,
      });
      clearInterval(heartbeat);
      await this.#finish(job.id, 'SUCCEEDED', progress, result, null);
      logger.info('job succeeded');
    } catch (error) {
      clearInterval(heartbeat);
      if (error instanceof JobStopped) {
        await this.#putBack(job.id);
        logger.info('job put back');
        return;
      }
      logger.error({ err: error }, 'job failed');
      await this.#finish(job.id, 'FAILED', progress, null, error instanceof Error ? error.message : String(error));
    }
  }

  async #requestWhenDue(kind: string, minutes: number): Promise<void> {
    await this.#dataSource.query(
      `INSERT INTO job (kind, status, requested_by, requested_at)
       SELECT $1, 'QUEUED', 'schedule', now()
       WHERE NOT EXISTS (
         SELECT 1 FROM job WHERE job.kind = $1
         AND (job.status IN ('QUEUED', 'RUNNING') OR job.requested_at > now() - make_interval(mins => $2::integer)))
       ON CONFLICT (kind, status) WHERE status IN ('QUEUED', 'RUNNING') DO NOTHING`,
      [kind, minutes],
    );
  }

  async #claim(): Promise<JobRow | null> {
    const kinds = [...this.#handlers.keys()];
    await this.#dataSource.query(
      `UPDATE job SET status = 'FAILED', finished_at = now(), error = 'Given up after ' || job.attempts || ' attempts'
       WHERE job.status = 'RUNNING' AND job.kind = ANY($1::text[]) AND job.attempts >= $2
       AND job.heartbeat_at < now() - make_interval(secs => $3)`,
      [kinds, MAX_ATTEMPTS, SILENCE_SECONDS],
    );
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
       RETURNING job.id`,
      [kinds, this.#worker, SILENCE_SECONDS],
    )) as [{ id: string }[], number];
    const id = claimed[0]?.id;
    return id === undefined ? null : await this.find(id);
  }

  /** False when another worker has the job now. */
  async #beat(id: string, progress: JobProgress | null): Promise<boolean> {
    const [, touched] = (await this.#dataSource.query(
      `UPDATE job SET heartbeat_at = now(), progress = $3 WHERE id = $1 AND worker = $2 AND status = 'RUNNING'`,
      [id, this.#worker, progress],
    )) as [unknown, number];
    return touched === 1;
  }

  async #finish(
    id: string,
    status: JobStatus,
    progress: JobProgress | null,
    result: unknown,
    error: string | null,
  ): Promise<void> {
    await this.#dataSource.query(
      `UPDATE job SET status = $3, progress = $4, result = $5, error = $6, finished_at = now()
       WHERE id = $1 AND worker = $2 AND status = 'RUNNING'`,
      [id, this.#worker, status, progress, result === null ? null : JSON.stringify(result), error],
    );
  }

  /** A newer request of the same kind may wait already; then this one is dropped in its favour. */
  async #putBack(id: string): Promise<void> {
    await this.#dataSource.query(
      `UPDATE job SET attempts = attempts - 1,
         status = CASE WHEN waits.found THEN 'FAILED' ELSE 'QUEUED' END,
         error = CASE WHEN waits.found THEN 'Stopped; a newer request waits' END
       FROM (SELECT EXISTS (
         SELECT 1 FROM job other JOIN job mine ON mine.id = $1 AND other.kind = mine.kind
         WHERE other.status = 'QUEUED') AS found) AS waits
       WHERE job.id = $1 AND job.worker = $2 AND job.status = 'RUNNING'`,
      [id, this.#worker],
    );
  }
}
