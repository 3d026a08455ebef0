import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Column,
  type DataSource,
  Entity,
  type EntityManager,
  ForeignKey,
  Index,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm';
import { type Exposure, recordExposures } from '../experiments/exposure.js';
import { noneErased } from '../learners/erased.js';
import type { Queryable } from '../platform/database/database.js';
import type { DeliveryPurpose } from './windows/purpose.js';
import type { Span } from './windows/teamLoad.js';

@Entity({ name: 'delivery_suggestion' })
@Index('delivery_suggestion_learner_ix', ['learnerId', 'createdAt'])
export class DeliverySuggestionRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'delivery_suggestion_pk' })
  id!: string;

  @Column({ name: 'learner_id', type: 'text' })
  learnerId!: string;

  @Column({ name: 'course_id', type: 'text', nullable: true })
  courseId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ type: 'jsonb' })
  suggestion!: unknown;
}

/** A window or a sitting of a suggestion that is to be followed. Those that are replaced before they are over are gone. */
@Entity({ name: 'delivery_plan' })
@Index('delivery_plan_learner_ix', ['learnerId', 'endsAt'])
@Index('delivery_plan_team_ix', ['team', 'endsAt'])
@Index('delivery_plan_suggestion_ix', ['suggestionId'])
class DeliveryPlanRow {
  /** In the order of commits. */
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'delivery_plan_pk',
  })
  seq!: string;

  @Column({ name: 'suggestion_id', type: 'text' })
  @ForeignKey('DeliverySuggestionRow', { name: 'delivery_plan_suggestion_fk', onDelete: 'CASCADE' })
  suggestionId!: string;

  @Column({ name: 'learner_id', type: 'text' })
  learnerId!: string;

  /** Department of the learner when it was planned; null: none is known. */
  @Column({ type: 'text', nullable: true })
  team!: string | null;

  @Column({ name: 'course_id', type: 'text' })
  courseId!: string;

  @Column({ type: 'text' })
  purpose!: DeliveryPurpose;

  @Column({ name: 'starts_at', type: 'timestamptz' })
  startsAt!: Date;

  /** At least an hour later: the message may come at any time of it. */
  @Column({ name: 'ends_at', type: 'timestamptz' })
  endsAt!: Date;
}

/** Table classes of this feature, for the data source. */
export const DELIVERY_TABLES = [DeliverySuggestionRow, DeliveryPlanRow];

/** A window or sitting that is to be kept, of which nobody has told yet that it was. */
export interface PlannedDelivery {
  readonly learnerId: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** When somebody muted such messages on getting this one; null: nothing was told. */
  readonly mutedAt: Date | null;
}

/** What a plan is for. Of the plans that are not over, each learner has one at most for the same. */
export interface PlanSubject {
  readonly courseId: string;
  readonly purpose: DeliveryPurpose;
}

/** Whom plans are for: what was planned for any of these before bears on them. */
export interface Planners {
  readonly learnerIds: readonly string[];
  /** The departments of the learners. */
  readonly teams: readonly string[];
}

/** What is to be followed of some suggestions, in the place of what was planned for the same before. */
export interface NewPlans extends Planners {
  readonly subject: PlanSubject;
  readonly now: Date;
  readonly spans: readonly (Span & {
    readonly suggestionId: string;
    readonly learnerId: string;
    readonly team: string | null;
  })[];
  /** From `latestPlan`, before anything was read that they rest on. */
  readonly knownUpTo: string;
}

/** Suggestions with what experiments they expose people to. */
export interface NewSuggestions {
  readonly rows: Iterable<DeliverySuggestionRow>;
  readonly exposures: readonly Exposure[];
  /** What `noneErased` asks for the people by. */
  readonly erasureHashes: (learnerIds: readonly string[]) => readonly Buffer[];
}

const PLANNING_LOCK = 727_003;
/** Small enough that writing it out never holds up a request noticeably. */
const INSERT_PAGE = 100;

/** Others planned for the same people in the meantime. */
class Outdated extends Error {}

/** One of the people was erased since their suggestion was begun: nothing was stored. */
export class ErasedMeanwhile extends Error {}

/**
 * Whether an event `e` of the suggestion of a plan `p` tells of this window or sitting: of those of a suggestion, it is
 * laid to the one that lies nearest, since messages may come a little before or after what was planned.
 */
const TELLS_OF_IT = `e.suggestion_id = p.suggestion_id AND p.starts_at = (
  SELECT q.starts_at FROM delivery_plan q WHERE q.suggestion_id = p.suggestion_id
  ORDER BY abs(extract(epoch FROM q.starts_at - e.at)), q.starts_at LIMIT 1)`;

export class DeliveryStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** @throws ErasedMeanwhile */
  async insert(suggestions: NewSuggestions): Promise<void> {
    await this.#dataSource.transaction(async (transaction) => {
      await insertSuggestions(transaction, suggestions);
      await recordExposures(transaction, suggestions.exposures);
    });
  }

  /** Up to which plan everything is known to whoever reads from now on. */
  async latestPlan(): Promise<string> {
    const rows = (await this.#dataSource.query('SELECT coalesce(max(p.seq), 0) AS seq FROM delivery_plan p')) as [
      { seq: string },
    ];
    return rows[0].seq;
  }

  /**
   * Stores suggestions with what is planned by them, unless others planned for the same people or teams in the meantime.
   * The lock is held for the writing of plans alone, by all processes of the service one after another.
   *
   * @param alongside done in the same transaction
   * @returns false: others did, and nothing was stored
   * @throws ErasedMeanwhile
   */
  async insertPlanned(
    suggestions: NewSuggestions,
    plans: NewPlans,
    alongside: (transaction: EntityManager) => Promise<void>,
  ): Promise<boolean> {
    try {
      await this.#dataSource.transaction(async (transaction) => {
        await insertSuggestions(transaction, suggestions);
        await transaction.query('SELECT pg_advisory_xact_lock($1)', [PLANNING_LOCK]);
        if (await isOutdated(transaction, plans)) throw new Outdated();
        await endPlans(transaction, plans);
        await insertPlans(transaction, plans);
        await recordExposures(transaction, suggestions.exposures);
        await alongside(transaction);
      });
      return true;
    } catch (error) {
      if (error instanceof Outdated) return false;
      throw error;
    }
  }

  /** Those of the suggestions that are still planned. */
  async stillPlanned(suggestionIds: readonly string[]): Promise<string[]> {
    const rows = (await this.#dataSource.query(
      `SELECT DISTINCT p.suggestion_id AS id FROM delivery_plan p WHERE p.suggestion_id = ANY($1::text[])`,
      [suggestionIds],
    )) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  /** Ends what is planned by the suggestions and has not begun. */
  async withdraw(transaction: Queryable, suggestionIds: readonly string[], now: Date): Promise<void> {
    await transaction.query(
      'DELETE FROM delivery_plan p WHERE p.suggestion_id = ANY($1::text[]) AND p.starts_at > $2',
      [suggestionIds, now],
    );
  }

  /**
   * What is planned for these learners that ends after a moment: whoever plans follows, so what is over counts as sent
   * until something is told of it. Without what a plan for `subject` would take the place of.
   */
  async planned(
    learnerIds: readonly string[],
    subject: PlanSubject,
    { since, now }: { readonly since: Date; readonly now: Date },
  ): Promise<PlannedDelivery[]> {
    // What was sent or opened is in the log of messages, which leaves aside what was only muted.
    return (await this.#dataSource.query(
      `SELECT p.learner_id AS "learnerId", p.starts_at AS "startsAt", p.ends_at AS "endsAt", told.at AS "mutedAt"
       FROM delivery_plan p
       CROSS JOIN LATERAL (
         SELECT min(e.at) AS at, coalesce(bool_or(e.outcome <> 'MUTED'), false) AS "isSent"
         FROM delivery_event e WHERE ${TELLS_OF_IT}) told
       WHERE p.learner_id = ANY($1::text[]) AND p.ends_at > $2 AND NOT told."isSent"
         AND (p.ends_at <= $3 OR p.course_id <> $4 OR p.purpose <> $5)`,
      [learnerIds, since, now, subject.courseId, subject.purpose],
    )) as PlannedDelivery[];
  }

  /**
   * What is planned for anybody of some teams that touches a stretch of time and of which nothing was told. Without what
   * plans for `subject` and these learners would take the place of.
   */
  async plannedForTeams(
    { startMs, endMs }: Span,
    { learnerIds, teams }: Planners,
    subject: PlanSubject,
  ): Promise<{ readonly team: string; readonly startsAt: Date; readonly endsAt: Date }[]> {
    return (await this.#dataSource.query(
      `SELECT p.team, p.starts_at AS "startsAt", p.ends_at AS "endsAt" FROM delivery_plan p
       WHERE p.team = ANY($1::text[]) AND p.ends_at > $2 AND p.starts_at < $3
         AND NOT EXISTS (SELECT FROM delivery_event e WHERE ${TELLS_OF_IT})
         AND NOT (p.learner_id = ANY($4::text[]) AND p.course_id = $5 AND p.purpose = $6)`,
      [teams, new Date(startMs), new Date(endMs), learnerIds, subject.courseId, subject.purpose],
    )) as { team: string; startsAt: Date; endsAt: Date }[];
  }
}

/** What was ended meanwhile only leaves more room. */
async function isOutdated(transaction: Queryable, { learnerIds, teams, knownUpTo }: NewPlans): Promise<boolean> {
  const rows = (await transaction.query(
    `SELECT FROM delivery_plan p
     WHERE p.seq > $1 AND (p.learner_id = ANY($2::text[]) OR p.team = ANY($3::text[])) LIMIT 1`,
    [knownUpTo, learnerIds, teams],
  )) as unknown[];
  return rows.length > 0;
}

async function endPlans(transaction: Queryable, { learnerIds, subject, now }: NewPlans): Promise<void> {
  await transaction.query(
    `DELETE FROM delivery_plan p
     WHERE p.learner_id = ANY($1::text[]) AND p.ends_at > $2 AND p.course_id = $3 AND p.purpose = $4`,
    [learnerIds, now, subject.courseId, subject.purpose],
  );
}

async function insertPlans(transaction: Queryable, { spans, subject }: NewPlans): Promise<void> {
  await transaction.query(
    `INSERT INTO delivery_plan (suggestion_id, learner_id, team, course_id, purpose, starts_at, ends_at)
     SELECT new.suggestion_id, new.learner_id, new.team, $6, $7, new.starts_at, new.ends_at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
       AS new (suggestion_id, learner_id, team, starts_at, ends_at)`,
    [
      spans.map(({ suggestionId }) => suggestionId),
      spans.map(({ learnerId }) => learnerId),
      spans.map(({ team }) => team),
      spans.map(({ startMs }) => new Date(startMs)),
      spans.map(({ endMs }) => new Date(endMs)),
      subject.courseId,
      subject.purpose,
    ],
  );
}

/** Each page is written out while the database takes in the one before. */
async function insertSuggestions(
  transaction: Queryable,
  { rows, erasureHashes }: Pick<NewSuggestions, 'rows' | 'erasureHashes'>,
): Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  for (const page of pagesOf(rows, INSERT_PAGE)) {
    const json = pageJson(page);
    const hashes = erasureHashes(page.map(({ learnerId }) => learnerId));
    await before;
    before = insertPage(transaction, json, hashes);
    // It is waited for above or below; until then a failure is no unhandled one.
    before.catch(() => {});
    await nextTurn();
  }
  await before;
}

function* pagesOf<T>(values: Iterable<T>, size: number): Generator<readonly T[]> {
  let page: T[] = [];
  for (const value of values) {
    page.push(value);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function pageJson(rows: readonly DeliverySuggestionRow[]): string {
  return JSON.stringify(
    rows.map((row) => ({
      id: row.id,
      learner_id: row.learnerId,
      course_id: row.courseId,
      created_at: row.createdAt,
      expires_at: row.expiresAt,
      suggestion: row.suggestion,
    })),
  );
}

async function insertPage(transaction: Queryable, json: string, erasureHashes: readonly Buffer[]): Promise<void> {
  const stored = (await transaction.query(
    `INSERT INTO delivery_suggestion (id, learner_id, course_id, created_at, expires_at, suggestion)
     SELECT new.id, new.learner_id, new.course_id, new.created_at, new.expires_at, new.suggestion
     FROM jsonb_to_recordset($1::jsonb) AS new (id text, learner_id text, course_id text, created_at timestamptz,
       expires_at timestamptz, suggestion jsonb)
     WHERE ${noneErased('$2')}
     RETURNING delivery_suggestion.id`,
    [json, erasureHashes],
  )) as unknown[];
  if (stored.length === 0) throw new ErasedMeanwhile();
}
