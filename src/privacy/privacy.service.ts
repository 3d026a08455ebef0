import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { LearnersService } from '../learners/learners.service.js';
import type { AuditAction, AuditLog } from '../platform/audit.js';
import type { Revisions } from '../platform/database/revisions.js';
import { DomainError, type RowError } from '../platform/errors.js';
import { type JobContext, JobStopped, type Jobs } from '../platform/jobs/jobs.js';
import type { Logger } from '../platform/logger.js';
import type { DataDeclaration, RetentionDays } from '../platform/personalData.js';
import type { Pseudonyms } from '../platform/pseudonyms.js';
import { RowChecks, requireIds } from '../platform/rowChecks.js';
import { Eraser } from './eraser.js';
import { type ExportedSection, Exporter, type ExportPage } from './exporter.js';
import { type NamedPerson, replaced } from './naming.js';
import { type Erasure, PrivacyStore, type RowsByTable } from './privacy.store.js';
import { keptInWords } from './retention.js';
import { TablesStore } from './tables.store.js';

export const ERASURE_JOB = 'erasure';

const MAX_REASON = 500;
/** Rows of others that are looked at for one answer: a tenth of a second or so. */
const MOST_LOOKED_AT = 5_000;
/** The same of each section, where all are asked for at once. */
const MOST_LOOKED_AT_OF_EACH = 500;
/** Of a database up to this size all tables are read through within a third of a second: the proof comes with the answer. */
const SMALL_DATABASE_BYTES = 8 * 2 ** 20;

/** Each time an erasure is carried out again, the whole database is read. */
const SHORTEST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 86_400_000;

/** What somebody asks for, about whom, and why. */
export interface PrivacyRequest {
  readonly learnerId: string;
  readonly reason: string;
  /** Who asks, as `nameOf` says it. */
  readonly by: string;
}

export interface ErasureResult {
  /** Null: what was asked for has to be put right first. */
  readonly erasure: Erasure | null;
  readonly errors: readonly RowError[];
}

/** Where somebody stands. */
export interface LearnerPrivacy {
  /** What stands in the place of their id in logs, and once they are erased. */
  readonly pseudonym: string;
  readonly isKnown: boolean;
  readonly personalisationOptOut: boolean;
  readonly restrictedAt: Date | null;
  /** Null: nobody asked for it. */
  readonly erasure: Erasure | null;
}

/** Answers what people may ask of whoever keeps data about them: export, erasure, restriction. */
export class PrivacyService {
  readonly #dataSource: DataSource;
  readonly #store: PrivacyStore;
  readonly #tables: TablesStore;
  readonly #eraser: Eraser;
  readonly #exporter: Exporter;
  readonly #learners: LearnersService;
  readonly #pseudonyms: Pseudonyms;
  readonly #audit: AuditLog;
  readonly #jobs: Jobs;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  /** Erasures of this process run one after the other: what each counts is then its own. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    dataSource: DataSource,
    declarations: readonly DataDeclaration[],
    days: RetentionDays,
    learners: LearnersService,
    pseudonyms: Pseudonyms,
    revisions: Revisions,
    audit: AuditLog,
    jobs: Jobs,
    clock: () => Date,
    logger: Logger,
  ) {
    this.#dataSource = dataSource;
    this.#store = new PrivacyStore(dataSource);
    this.#tables = new TablesStore(dataSource);
    this.#eraser = new Eraser(dataSource, this.#tables, this.#store, learners, revisions, declarations);
    this.#exporter = new Exporter(this.#tables, declarations, (table) => keptInWords(table, days));
    this.#learners = learners;
    this.#pseudonyms = pseudonyms;
    this.#audit = audit;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#logger = logger;
    jobs.handle(ERASURE_JOB, (context) => this.runErasures(context), 'SHORT');
  }

  /**
   * A page of what is stored about somebody, of one kind.
   *
   * @param after where the page before ended; null: from the beginning
   * @throws DomainError NOT_FOUND when there is no such section; BAD_USER_INPUT for an id that nobody could have, or where
   *   no page of the section ended; UNAVAILABLE when nobody waits for it any more
   */
  async exportSection(
    learnerId: string,
    section: string,
    { mostLookedAt = MOST_LOOKED_AT, ...page }: Omit<ExportPage, 'mostLookedAt'> & Partial<ExportPage>,
  ): Promise<ExportedSection> {
    requireIds('learnerId', [learnerId]);
    const exported = await this.#exporter.page(section, learnerId, { ...page, mostLookedAt });
    if (exported !== null) return exported;
    const known = this.#exporter.sections.join(', ');
    throw new DomainError('NOT_FOUND', `There is no section "${section.slice(0, 80)}"; there are ${known}.`, {
      argument: 'section',
    });
  }

  /** The first rows of every section that has any, or may have. */
  async exportLearner(
    learnerId: string,
    first: number,
    signal: AbortSignal,
  ): Promise<{ readonly exportedAt: Date; readonly sections: readonly ExportedSection[] }> {
    const exportedAt = this.#clock();
    const sections: ExportedSection[] = [];
    for (const name of this.#exporter.sections) {
      const page = { first, after: null, mostLookedAt: MOST_LOOKED_AT_OF_EACH, signal };
      const section = await this.exportSection(learnerId, name, page);
      if (section.rows.length > 0 || section.endsAt !== null) sections.push(section);
    }
    return { exportedAt, sections };
  }

  /**
   * Erases somebody. From the moment that this answers on they cannot become known again by themselves, and whatever
   * happens they will be erased; where little is stored in all, they are already.
   */
  async eraseLearner(request: PrivacyRequest): Promise<ErasureResult> {
    const { learnerId } = request;
    const errors = problemsOf(learnerId, request.reason);
    if (errors.length > 0) return { erasure: null, errors };
    const { pseudonym } = this.#personOf(learnerId);
    const { by, reason } = this.#askedBy(request);
    const requestedAt = this.#clock();
    const id = await this.#dataSource.transaction(async (transaction) => {
      await this.#learners.markErased(transaction, learnerId);
      const erasure = { id: randomUUID(), pseudonym, learnerId, requestedAt, requestedBy: by, reason };
      const erasureId = await this.#store.request(transaction, erasure);
      await this.#record(transaction, request, 'REMOVED', `The learner ${pseudonym} is to be erased.`);
      return erasureId;
    });
    if ((await this.#tables.totalBytes()) <= SMALL_DATABASE_BYTES) await this.#inTurn(() => this.#run(id));
    else await this.#jobs.request(ERASURE_JOB, by);
    return { erasure: await this.#store.byId(id), errors };
  }

  /** Null: there is none with this id. */
  async erasure(id: string): Promise<Erasure | null> {
    return await this.#store.byId(id);
  }

  /** Whether an erasure is due: one was asked for at a large database, or a process ended while it was at it. */
  async isDue(): Promise<boolean> {
    return (await this.#store.due(this.#clock())).length > 0;
  }

  /**
   * Carries out all erasures that are due. One that leaves rows behind waits on, for as long again as it took so far.
   *
   * @returns how many it went through
   * @throws JobStopped when told to stop; what is erased by then stays so
   */
  async runErasures(context: JobContext): Promise<number> {
    const waiting = await this.#store.due(this.#clock());
    for (const [done, { id }] of waiting.entries()) {
      if (context.shouldStop()) throw new JobStopped();
      context.report({ phase: 'erasing', done, total: waiting.length });
      await this.#inTurn(() => this.#run(id));
    }
    return waiting.length;
  }

  /** Restricts processing, or ends the restriction: what is known of them is kept, and used for nothing meanwhile. */
  async restrictLearner(request: PrivacyRequest, isRestricted: boolean): Promise<readonly RowError[]> {
    const { learnerId } = request;
    const errors = problemsOf(learnerId, request.reason);
    if (errors.length > 0) return errors;
    const { pseudonym } = this.#personOf(learnerId);
    const isDone = await this.#dataSource.transaction(async (transaction) => {
      if (!(await this.#learners.restrict(transaction, learnerId, isRestricted))) return false;
      const text = isRestricted
        ? `What is known of the learner ${pseudonym} is kept, and used for nothing.`
        : `What is known of the learner ${pseudonym} may be used again.`;
      await this.#record(transaction, request, 'CHANGED', text);
      return true;
    });
    return isDone ? [] : notKnown(learnerId);
  }

  /** Lets somebody who was erased become known again, as if they were new. */
  async readmitLearner(request: PrivacyRequest): Promise<readonly RowError[]> {
    const { learnerId } = request;
    const errors = problemsOf(learnerId, request.reason);
    if (errors.length > 0) return errors;
    const { pseudonym } = this.#personOf(learnerId);
    const waiting = await this.#store.byPseudonym(pseudonym);
    if (waiting?.status === 'QUEUED') {
      return [problem('CONFLICT', 'They are being erased still; ask again when that is done.', 'learnerId')];
    }
    const isDone = await this.#dataSource.transaction(async (transaction) => {
      if (!(await this.#learners.unmarkErased(transaction, learnerId))) return false;
      const text = `The learner ${pseudonym}, who was erased, may become known again.`;
      await this.#record(transaction, request, 'ADDED', text);
      return true;
    });
    return isDone ? [] : [problem('NOT_FOUND', 'Nobody was erased under this id.', 'learnerId')];
  }

  /** @throws DomainError BAD_USER_INPUT for an id that nobody could have */
  async learnerPrivacy(learnerId: string): Promise<LearnerPrivacy> {
    requireIds('learnerId', [learnerId]);
    const pseudonym = this.#pseudonyms.of(learnerId);
    const [learner, restrictedAt, erasure] = await Promise.all([
      this.#learners.learner(learnerId),
      this.#learners.restrictedAt(learnerId),
      this.#store.byPseudonym(pseudonym),
    ]);
    const personalisationOptOut = learner?.personalisationOptOut ?? false;
    return { pseudonym, isKnown: learner !== null, personalisationOptOut, restrictedAt, erasure };
  }

  #personOf(learnerId: string): NamedPerson {
    return { id: learnerId, pseudonym: this.#pseudonyms.of(learnerId) };
  }

  /** By pseudonym from the beginning: who was restricted or erased is nobody's business who reads about rules. */
  async #record(transaction: EntityManager, request: PrivacyRequest, action: AuditAction, text: string): Promise<void> {
    const { pseudonym } = this.#personOf(request.learnerId);
    const subject = `learner ${pseudonym}`;
    await this.#audit.record(transaction, this.#askedBy(request), [
      { action, subject, text, before: null, after: null },
    ]);
  }

  /** Who asks and why, without the one whom it is about. */
  #askedBy({ learnerId, by, reason }: PrivacyRequest): { readonly by: string; readonly reason: string } {
    const person = this.#personOf(learnerId);
    return { by: String(replaced('ACTOR', by, person)), reason: String(replaced('PROSE', reason, person)) };
  }

  async #run(id: string): Promise<void> {
    const erasure = await this.#store.byId(id);
    if (erasure === null || erasure.learnerId === null) return;
    const person = { id: erasure.learnerId, pseudonym: erasure.pseudonym };
    const left = await this.#eraser.erase(id, person);
    const log = { erasureId: id, pseudonym: erasure.pseudonym };
    if (left === null) {
      this.#logger.warn(log, 'an erasure waits for long transactions that began before it');
    } else if (left.isDone) {
      await this.#finish(erasure, left.rows);
      this.#logger.info({ ...log, remaining: left.rows }, 'a learner was erased');
    } else {
      await this.#store.noteRemaining(id, left.rows, againAt(erasure.requestedAt, this.#clock()));
      this.#logger.error(
        { ...log, remaining: left.rows },
        'an erasure is not done: some tables name the learner still',
      );
    }
  }

  async #finish({ id, pseudonym, requestedBy: by, reason }: Erasure, remaining: RowsByTable<number>): Promise<void> {
    await this.#dataSource.transaction(async (transaction) => {
      await this.#store.finish(transaction, id, this.#clock(), remaining);
      const tables = Object.keys(remaining).join(', ');
      if (tables === '') return;
      const text = `The learner ${pseudonym} is erased; their id stands in what is not about people still: ${tables}.`;
      const entry = { action: 'REMOVED', subject: `learner ${pseudonym}`, text, before: null, after: null } as const;
      await this.#audit.record(transaction, { by, reason }, [entry]);
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    await turn;
  }
}

/** Each wait is as long as all before together, so that they double. */
function againAt(requestedAt: Date, now: Date): Date {
  const soFarMs = now.getTime() - requestedAt.getTime();
  return new Date(now.getTime() + Math.min(Math.max(soFarMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS));
}

function problemsOf(learnerId: string, reason: string): readonly RowError[] {
  const check = new RowChecks(0);
  check.id(learnerId, 'learnerId');
  check.longText(reason, MAX_REASON, 'reason');
  return check.errors;
}

const problem = (code: RowError['code'], message: string, field: string): RowError => ({
  ...{ index: 0, code, message },
  path: [field],
});

const notKnown = (learnerId: string): readonly RowError[] => [
  problem('NOT_FOUND', `There is no learner "${learnerId}".`, 'learnerId'),
];
