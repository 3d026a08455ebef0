import type { DataSource } from 'typeorm';
import { isUnrestricted } from '../learners/processed.js';
import type { Channel } from '../learners/profileEvent.js';
import type { Queryable } from '../platform/database/database.js';
import type { CampaignStep, LookFindings } from './look.js';
import type { MembersTally, StepTally } from './progress.js';

/** Somebody who comes in. */
export interface NewMember {
  readonly learnerId: string;
  readonly isHeldOut: boolean;
  readonly department: string | null;
}

/** A message that was planned just now. */
export interface NewStep {
  readonly learnerId: string;
  readonly step: number;
  readonly courseId: string;
  readonly suggestionId: string;
  readonly channel: Channel | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly expiresAt: Date;
}

/** A message that is to be sent. */
export interface PlannedMessage extends NewStep {
  readonly campaignId: string;
}

/** Where a page of messages, in the order of their windows, goes on. */
export interface MessagePosition {
  readonly startsAt: string;
  readonly learnerId: string;
  readonly step: number;
}

const STEP = `s.learner_id AS "learnerId", s.step, s.course_id AS "courseId", s.suggestion_id AS "suggestionId",
  s.starts_at AS "startsAt", s.sent_at AS "sentAt", s.opened_at AS "openedAt", s.started_at AS "startedAt",
  s.completed_at AS "completedAt", s.withdrawn_because AS "withdrawnBecause"`;

/** Who is in campaigns, and what they were brought. */
export class MembersStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Those of the learners who are in the campaign, or were. */
  async enrolled(campaignId: string, learnerIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = (await this.#dataSource.query(
      `SELECT m.learner_id AS id FROM campaign_member m WHERE m.campaign_id = $1 AND m.learner_id = ANY($2::text[])`,
      [campaignId, learnerIds],
    )) as { id: string }[];
    return new Set(rows.map(({ id }) => id));
  }

  /** Who is in already stays as they are. Learners who are gone meanwhile are left out. */
  async enrol(campaignId: string, members: readonly NewMember[], now: Date): Promise<void> {
    await this.#dataSource.query(
      `INSERT INTO campaign_member (campaign_id, learner_id, is_held_out, department, enrolled_at, next_look_at)
       SELECT $1, l.id, new.is_held_out, new.department, $5, $5
       FROM unnest($2::text[], $3::boolean[], $4::text[]) AS new (learner_id, is_held_out, department)
       JOIN learner l ON l.id = new.learner_id
       ORDER BY l.id
       ON CONFLICT (campaign_id, learner_id) DO NOTHING`,
      [
        campaignId,
        members.map(({ learnerId }) => learnerId),
        members.map(({ isHeldOut }) => isHeldOut),
        members.map(({ department }) => department),
        now,
      ],
    );
  }

  /** The next who are to be looked at, who have waited longest first. */
  async due(campaignId: string, now: Date, limit: number): Promise<{ learnerId: string; isHeldOut: boolean }[]> {
    return (await this.#dataSource.query(
      `SELECT m.learner_id AS "learnerId", m.is_held_out AS "isHeldOut" FROM campaign_member m
       WHERE m.campaign_id = $1 AND m.next_look_at <= $2
       ORDER BY m.next_look_at, m.learner_id LIMIT $3`,
      [campaignId, now, limit],
    )) as { learnerId: string; isHeldOut: boolean }[];
  }

  async isAnybodyDue(campaignIds: readonly string[], now: Date): Promise<boolean> {
    const rows = (await this.#dataSource.query(
      'SELECT FROM campaign_member m WHERE m.campaign_id = ANY($1::text[]) AND m.next_look_at <= $2 LIMIT 1',
      [campaignIds, now],
    )) as unknown[];
    return rows.length > 0;
  }

  /** Has everybody looked at who was to be looked at later. */
  async hasten(transaction: Queryable, campaignId: string, now: Date): Promise<void> {
    await transaction.query(
      'UPDATE campaign_member SET next_look_at = $2 WHERE campaign_id = $1 AND next_look_at > $2',
      [campaignId, now],
    );
  }

  /** Has nobody of these looked at before a moment. */
  async postpone(campaignId: string, learnerIds: readonly string[], until: Date): Promise<void> {
    await this.#dataSource.query(
      'UPDATE campaign_member SET next_look_at = $3 WHERE campaign_id = $1 AND learner_id = ANY($2::text[])',
      [campaignId, learnerIds, until],
    );
  }

  /** All that was planned for these people, by person and step. */
  async steps(campaignId: string, learnerIds: readonly string[]): Promise<CampaignStep[]> {
    return (await this.#dataSource.query(
      `SELECT ${STEP} FROM campaign_step s WHERE s.campaign_id = $1 AND s.learner_id = ANY($2::text[])
       ORDER BY s.learner_id, s.step`,
      [campaignId, learnerIds],
    )) as CampaignStep[];
  }

  /** Courses that other campaigns are about to bring these people. */
  async plannedElsewhere(
    campaignId: string,
    learnerIds: readonly string[],
    now: Date,
  ): Promise<{ learnerId: string; courseId: string }[]> {
    return (await this.#dataSource.query(
      `SELECT s.learner_id AS "learnerId", s.course_id AS "courseId" FROM campaign_step s
       WHERE s.learner_id = ANY($2::text[]) AND s.starts_at > $3 AND s.campaign_id <> $1 AND s.withdrawn_at IS NULL`,
      [campaignId, learnerIds, now],
    )) as { learnerId: string; courseId: string }[];
  }

  /** When the windows of messages begin, of those from a moment on that were not withdrawn. */
  async startsFrom(campaignId: string, from: Date): Promise<Date[]> {
    const rows = (await this.#dataSource.query(
      `SELECT s.starts_at AS "startsAt" FROM campaign_step s
       WHERE s.campaign_id = $1 AND s.starts_at >= $2 AND s.withdrawn_at IS NULL`,
      [campaignId, from],
    )) as { startsAt: Date }[];
    return rows.map(({ startsAt }) => startsAt);
  }

  /** Writes down what was found of people. What was seen once stays. */
  async record(
    transaction: Queryable,
    campaignId: string,
    found: readonly (LookFindings & { readonly learnerId: string })[],
    now: Date,
  ): Promise<void> {
    await transaction.query(
      `UPDATE campaign_member m SET next_look_at = found.next_look_at,
         left_at = CASE WHEN found.has_left THEN coalesce(m.left_at, $6) END,
         finished_at = CASE WHEN found.is_finished THEN coalesce(m.finished_at, $6) ELSE m.finished_at END
       FROM unnest($2::text[], $3::timestamptz[], $4::boolean[], $5::boolean[])
         AS found (learner_id, next_look_at, has_left, is_finished)
       WHERE m.campaign_id = $1 AND m.learner_id = found.learner_id`,
      [
        campaignId,
        found.map(({ learnerId }) => learnerId),
        found.map(({ nextLookAt }) => nextLookAt),
        found.map(({ hasLeft }) => hasLeft),
        found.map(({ next }) => next?.kind === 'FINISHED'),
        now,
      ],
    );
    await this.#sight(transaction, campaignId, found);
    const withdrawals = found.flatMap(({ withdrawals: own }) => own);
    if (withdrawals.length === 0) return;
    await transaction.query(
      `UPDATE campaign_step s SET withdrawn_at = $5, withdrawn_because = gone.because
       FROM unnest($2::text[], $3::text[], $4::text[]) AS gone (learner_id, suggestion_id, because)
       WHERE s.campaign_id = $1 AND s.learner_id = gone.learner_id AND s.suggestion_id = gone.suggestion_id
         AND s.withdrawn_at IS NULL`,
      [
        campaignId,
        withdrawals.map(({ step }) => step.learnerId),
        withdrawals.map(({ step }) => step.suggestionId),
        withdrawals.map(({ because }) => because),
        now,
      ],
    );
  }

  async #sight(transaction: Queryable, campaignId: string, found: readonly LookFindings[]): Promise<void> {
    const sightings = found.flatMap(({ sightings: own }) => own);
    if (sightings.length === 0) return;
    await transaction.query(
      `UPDATE campaign_step s SET sent_at = coalesce(s.sent_at, seen.sent_at),
         opened_at = coalesce(s.opened_at, seen.opened_at), started_at = coalesce(s.started_at, seen.started_at),
         completed_at = coalesce(s.completed_at, seen.completed_at)
       FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
         AS seen (learner_id, suggestion_id, sent_at, opened_at, started_at, completed_at)
       WHERE s.campaign_id = $1 AND s.learner_id = seen.learner_id AND s.suggestion_id = seen.suggestion_id`,
      [
        campaignId,
        sightings.map(({ step }) => step.learnerId),
        sightings.map(({ step }) => step.suggestionId),
        ...(['sentAt', 'openedAt', 'startedAt', 'completedAt'] as const).map((field) =>
          sightings.map(({ seen }) => seen[field]),
        ),
      ],
    );
  }

  /**
   * Writes down messages, each in place of one of the same step that was withdrawn for a time.
   *
   * @returns how many were; fewer when one is there already
   */
  async addSteps(transaction: Queryable, campaignId: string, steps: readonly NewStep[], now: Date): Promise<number> {
    const rows = (await transaction.query(
      `INSERT INTO campaign_step (campaign_id, learner_id, step, course_id, suggestion_id, channel, planned_at, starts_at,
         ends_at, expires_at)
       SELECT $1, new.learner_id, new.step, new.course_id, new.suggestion_id, new.channel, $10, new.starts_at, new.ends_at,
         new.expires_at
       FROM unnest($2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
         $9::timestamptz[]) AS new (learner_id, step, course_id, suggestion_id, channel, starts_at, ends_at, expires_at)
       ORDER BY new.learner_id, new.step
       ON CONFLICT (campaign_id, learner_id, step) DO UPDATE SET course_id = excluded.course_id,
         suggestion_id = excluded.suggestion_id, channel = excluded.channel, planned_at = excluded.planned_at,
         starts_at = excluded.starts_at, ends_at = excluded.ends_at, expires_at = excluded.expires_at,
         withdrawn_at = NULL, withdrawn_because = NULL
       WHERE campaign_step.withdrawn_because NOT IN ('COMPLETED', 'REPLACED')
       RETURNING learner_id`,
      [
        campaignId,
        steps.map(({ learnerId }) => learnerId),
        steps.map(({ step }) => step),
        steps.map(({ courseId }) => courseId),
        steps.map(({ suggestionId }) => suggestionId),
        steps.map(({ channel }) => channel),
        steps.map(({ startsAt }) => startsAt),
        steps.map(({ endsAt }) => endsAt),
        steps.map(({ expiresAt }) => expiresAt),
        now,
      ],
    )) as unknown[];
    return rows.length;
  }

  /** Messages whose windows begin in a stretch of time, half open, that were neither withdrawn nor seen to be sent. */
  async messages(
    campaignId: string,
    { from, to }: { readonly from: Date; readonly to: Date },
    after: MessagePosition | null,
    limit: number,
  ): Promise<PlannedMessage[]> {
    return (await this.#dataSource.query(
      `SELECT s.campaign_id AS "campaignId", s.learner_id AS "learnerId", s.step, s.course_id AS "courseId",
         s.suggestion_id AS "suggestionId", s.channel, s.starts_at AS "startsAt", s.ends_at AS "endsAt",
         s.expires_at AS "expiresAt"
       FROM campaign_step s
       WHERE s.campaign_id = $1 AND s.starts_at >= $2 AND s.starts_at < $3 AND s.withdrawn_at IS NULL AND s.sent_at IS NULL
         AND ($4::timestamptz IS NULL OR (s.starts_at, s.learner_id, s.step) > ($4, $5, $6::integer))
       ORDER BY s.starts_at, s.learner_id, s.step LIMIT $7`,
      [campaignId, from, to, after?.startsAt ?? null, after?.learnerId ?? null, after?.step ?? null, limit],
    )) as PlannedMessage[];
  }

  async tallyMembers(campaignId: string): Promise<MembersTally> {
    const [row] = (await this.#dataSource.query(
      `SELECT count(*)::integer AS enrolled,
         (count(*) FILTER (WHERE m.is_held_out))::integer AS "heldOut",
         (count(*) FILTER (WHERE m.left_at IS NOT NULL))::integer AS gone,
         (count(*) FILTER (WHERE m.finished_at IS NOT NULL))::integer AS finished
       FROM campaign_member m WHERE m.campaign_id = $1 AND ${isUnrestricted('m.learner_id')}`,
      [campaignId],
    )) as [MembersTally];
    return row;
  }

  /** How many people got how far, by step and by the week, from Monday on in a zone, in which they did. */
  async tallySteps(campaignId: string, zone: string): Promise<StepTally[]> {
    return (await this.#dataSource.query(
      `SELECT reached.step, reached.week, reached.kind,
         count(DISTINCT reached.learner_id)::integer AS people
       FROM (
         SELECT s.step, s.learner_id, happened.kind,
           to_char(date_trunc('week', happened.at AT TIME ZONE $2), 'YYYY-MM-DD') AS week
         FROM campaign_step s CROSS JOIN LATERAL (VALUES ('planned', s.starts_at), ('sent', s.sent_at),
           ('opened', s.opened_at), ('started', s.started_at), ('completed', s.completed_at)) AS happened (kind, at)
         WHERE s.campaign_id = $1 AND s.withdrawn_at IS NULL AND happened.at IS NOT NULL
           AND ${isUnrestricted('s.learner_id')}) AS reached
       GROUP BY GROUPING SETS ((reached.step, reached.kind), (reached.week, reached.kind))
       ORDER BY reached.step, reached.week, reached.kind`,
      [campaignId, zone],
    )) as StepTally[];
  }
}
