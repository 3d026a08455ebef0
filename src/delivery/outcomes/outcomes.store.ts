import { Column, type DataSource, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { isProcessed } from '../../learners/processed.js';
import type { Channel, Device } from '../../learners/profileEvent.js';
import type { Queryable } from '../../platform/database/database.js';
import type { DeliveryEvent, MessageOutcome, SuggestionSubject } from './deliveryEvent.js';
import type { MessageEvent } from './deliveryLog.js';
import type { MuteEntry, MuteScope } from './mutes.js';

@Entity({ name: 'delivery_event' })
@Index('delivery_event_learner_ix', ['learnerId', 'at'])
@Index('delivery_event_at_ix', ['at', 'learnerId'])
@Index('delivery_event_suggestion_ix', ['suggestionId'], { where: 'suggestion_id IS NOT NULL' })
@Index('delivery_event_muted_ix', ['learnerId'], { where: `outcome = 'MUTED'` })
class DeliveryEventRow {
  @PrimaryColumn({ name: 'event_id', type: 'text', primaryKeyConstraintName: 'delivery_event_pk' })
  eventId!: string;

  @Column({ name: 'learner_id', type: 'text' })
  @ForeignKey('LearnerRow', { name: 'delivery_event_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  @Column({ name: 'suggestion_id', type: 'text', nullable: true })
  suggestionId!: string | null;

  @Column({ name: 'course_id', type: 'text', nullable: true })
  @ForeignKey('CourseRow', { name: 'delivery_event_course_fk' })
  courseId!: string | null;

  @Column({ type: 'text' })
  channel!: Channel;

  @Column({ type: 'text', nullable: true })
  device!: Device | null;

  @Column({ type: 'text' })
  outcome!: MessageOutcome;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt!: Date;
}

@Entity({ name: 'delivery_mute' })
@Index('delivery_mute_learner_ix', ['learnerId'])
class DeliveryMuteRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'delivery_mute_pk',
  })
  seq!: string;

  @Column({ name: 'learner_id', type: 'text' })
  @ForeignKey('LearnerRow', { name: 'delivery_mute_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  /** True: what is named may be sent again. */
  @Column({ type: 'boolean' })
  lifts!: boolean;

  /** Null: any. */
  @Column({ type: 'text', nullable: true })
  channel!: Channel | null;

  /** Null: any. */
  @Column({ name: 'course_id', type: 'text', nullable: true })
  @ForeignKey('CourseRow', { name: 'delivery_mute_course_fk' })
  courseId!: string | null;

  @Column({ type: 'timestamptz' })
  at!: Date;

  /** Null: for ever. */
  @Column({ type: 'timestamptz', nullable: true })
  until!: Date | null;
}

/** Table classes of what became of messages, for the data source. */
export const OUTCOME_TABLES = [DeliveryEventRow, DeliveryMuteRow];

/** A `DeliveryEvent`, selected from `delivery_event` as `e`. */
const DELIVERY_EVENT = `e.event_id AS "eventId", e.learner_id AS "learnerId", e.suggestion_id AS "suggestionId",
  e.course_id AS "courseId", e.channel, e.device, e.outcome, e.at`;

/** What was told of the message of a suggestion; null: nothing. */
export interface ToldOfMessage {
  readonly sentAt: Date | null;
  readonly openedAt: Date | null;
}

export class OutcomesStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Whom and what suggestions were about, by id. */
  async suggestions(ids: readonly string[]): Promise<ReadonlyMap<string, SuggestionSubject>> {
    const rows = (await this.#dataSource.query(
      `SELECT s.id, s.learner_id AS "learnerId", s.course_id AS "courseId"
       FROM delivery_suggestion s WHERE s.id = ANY($1::text[])`,
      [ids],
    )) as (SuggestionSubject & { id: string })[];
    return new Map(rows.map(({ id, learnerId, courseId }) => [id, { learnerId, courseId }]));
  }

  /**
   * Appends what is new, and answers the ids of that. Rows go in the order of their ids, so that two senders of the same
   * events cannot deadlock.
   */
  async append(transaction: Queryable, events: readonly DeliveryEvent[], receivedAt: Date): Promise<string[]> {
    const rows = (await transaction.query(
      `INSERT INTO delivery_event (event_id, learner_id, suggestion_id, course_id, channel, device, outcome, at,
         received_at)
       SELECT new.*, $9::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
         $6::text[], $7::text[], $8::timestamptz[]) AS new (event_id)
       ORDER BY new.event_id
       ON CONFLICT (event_id) DO NOTHING
       RETURNING event_id AS "eventId"`,
      [
        events.map((e) => e.eventId),
        events.map((e) => e.learnerId),
        events.map((e) => e.suggestionId),
        events.map((e) => e.courseId),
        events.map((e) => e.channel),
        events.map((e) => e.device),
        events.map((e) => e.outcome),
        events.map((e) => e.at),
        receivedAt,
      ],
    )) as { eventId: string }[];
    return rows.map(({ eventId }) => eventId);
  }

  async byIds(transaction: Queryable, eventIds: readonly string[]): Promise<DeliveryEvent[]> {
    return (await transaction.query(
      `SELECT ${DELIVERY_EVENT} FROM delivery_event e WHERE e.event_id = ANY($1::text[])`,
      [eventIds],
    )) as DeliveryEvent[];
  }

  /**
   * What was told of these learners' messages since a moment, mutes left aside. One row a learner, column by column: of
   * a campaign's hundred thousand events single rows would take ten times the work to read.
   *
   * @returns events by learner, once; each learner's are put together when their turn comes
   */
  async messageEvents(
    learnerIds: readonly string[],
    since: Date,
  ): Promise<Iterable<readonly [string, readonly MessageEvent[]]>> {
    const rows = (await this.#dataSource.query(
      `SELECT e.learner_id AS "learnerId", json_build_object('outcomes', array_agg(e.outcome),
         'channels', array_agg(e.channel), 'devices', array_agg(e.device), 'courseIds', array_agg(e.course_id),
         'suggestionIds', array_agg(e.suggestion_id),
         'atMs', array_agg(round(date_part('epoch', e.at) * 1000))) AS columns
       FROM delivery_event e
       WHERE e.learner_id = ANY($1::text[]) AND e.at >= $2 AND e.outcome <> 'MUTED'
       GROUP BY e.learner_id`,
      [learnerIds, since],
    )) as { learnerId: string; columns: MessageColumns }[];
    return eventsOf(rows);
  }

  /** When the messages of suggestions were first told to be sent and opened. */
  async toldOf(suggestionIds: readonly string[]): Promise<({ suggestionId: string } & ToldOfMessage)[]> {
    return (await this.#dataSource.query(
      `SELECT e.suggestion_id AS "suggestionId",
         min(e.at) FILTER (WHERE e.outcome = 'SENT') AS "sentAt",
         min(e.at) FILTER (WHERE e.outcome = 'OPENED') AS "openedAt"
       FROM delivery_event e WHERE e.suggestion_id = ANY($1::text[])
       GROUP BY e.suggestion_id`,
      [suggestionIds],
    )) as ({ suggestionId: string } & ToldOfMessage)[];
  }

  /**
   * Learners who got messages since a moment, drawn by a hash of their ids so that everyone is as likely and the same
   * people come every time. `delivery_event_at_ix` alone answers who they are.
   */
  async sampleOfReached(since: Date, people: number): Promise<string[]> {
    const rows = (await this.#dataSource.query(
      `SELECT e.learner_id AS id FROM delivery_event e
       WHERE e.at >= $1 AND ${isProcessed('e.learner_id')}
       GROUP BY e.learner_id
       ORDER BY md5(e.learner_id)
       LIMIT $2`,
      [since, people],
    )) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  /** All that these learners said of what they want to be sent: messages that they muted, and what they said here. */
  async muteEntries(db: Queryable, learnerIds: readonly string[]): Promise<(MuteEntry & { learnerId: string })[]> {
    return (await db.query(
      `SELECT e.learner_id AS "learnerId", false AS lifts, e.channel, e.course_id AS "courseId", e.at,
         NULL::timestamptz AS until, 0::double precision AS seq
       FROM delivery_event e WHERE e.learner_id = ANY($1::text[]) AND e.outcome = 'MUTED'
       UNION ALL
       SELECT m.learner_id, m.lifts, m.channel, m.course_id, m.at, m.until, m.seq::double precision
       FROM delivery_mute m WHERE m.learner_id = ANY($1::text[])`,
      [learnerIds],
    )) as (MuteEntry & { learnerId: string })[];
  }

  /** Adds what a learner says, in the place of what it makes meaningless, and answers with it. */
  async say(transaction: Queryable, learnerId: string, entry: Omit<MuteEntry, 'seq'>): Promise<MuteEntry> {
    await (entry.lifts
      ? this.#forgetWithin(transaction, learnerId, entry)
      : this.#forgetMute(transaction, learnerId, entry));
    const [row] = (await transaction.query(
      `INSERT INTO delivery_mute (learner_id, lifts, channel, course_id, at, until) VALUES ($1, $2, $3, $4, $5, $6)
       RETURNING seq::double precision AS seq`,
      [learnerId, entry.lifts, entry.channel, entry.courseId, entry.at, entry.until],
    )) as { seq: number }[];
    return { ...entry, seq: row?.seq ?? 0 };
  }

  async #forgetWithin(transaction: Queryable, learnerId: string, { channel, courseId }: MuteScope): Promise<void> {
    await transaction.query(
      `DELETE FROM delivery_mute m
       WHERE m.learner_id = $1 AND ($2::text IS NULL OR m.channel = $2) AND ($3::text IS NULL OR m.course_id = $3)`,
      [learnerId, channel, courseId],
    );
  }

  /** What was lifted stays: it still holds for messages that were muted before and are told of later. */
  async #forgetMute(transaction: Queryable, learnerId: string, { channel, courseId }: MuteScope): Promise<void> {
    await transaction.query(
      `DELETE FROM delivery_mute m
       WHERE m.learner_id = $1 AND NOT m.lifts AND m.channel IS NOT DISTINCT FROM $2::text
         AND m.course_id IS NOT DISTINCT FROM $3::text`,
      [learnerId, channel, courseId],
    );
  }
}

/** The fields of many events, each in the same order. */
interface MessageColumns {
  readonly outcomes: readonly MessageOutcome[];
  readonly channels: readonly Channel[];
  readonly devices: readonly (Device | null)[];
  readonly courseIds: readonly (string | null)[];
  readonly suggestionIds: readonly (string | null)[];
  readonly atMs: readonly number[];
}

function* eventsOf(
  rows: readonly { readonly learnerId: string; readonly columns: MessageColumns }[],
): Generator<readonly [string, readonly MessageEvent[]]> {
  for (const { learnerId, columns } of rows) yield [learnerId, eventsIn(columns)];
}

function eventsIn({ outcomes, channels, devices, courseIds, suggestionIds, atMs }: MessageColumns): MessageEvent[] {
  return outcomes.map((outcome, i) => ({
    outcome,
    channel: channels[i] as Channel,
    device: devices[i] ?? null,
    courseId: courseIds[i] ?? null,
    suggestionId: suggestionIds[i] ?? null,
    atMs: atMs[i] as number,
  }));
}
