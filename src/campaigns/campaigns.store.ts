import { Check, Column, type DataSource, Entity, type EntityManager, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Channel } from '../learners/profileEvent.js';
import type { Queryable } from '../platform/database/database.js';
import { type Campaign, type CampaignState, campaignSchema } from './campaign.js';
import type { WithdrawnBecause } from './look.js';

@Entity({ name: 'campaign' })
@Index('campaign_created_at_ix', ['createdAt', 'id'])
@Check('campaign_state_check', `state IN ('DRAFT', 'RUNNING', 'PAUSED', 'ENDED')`)
class CampaignRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'campaign_pk' })
  id!: string;

  @Column({ type: 'text' })
  state!: CampaignState;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'jsonb' })
  content!: unknown;

  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt!: Date | null;

  /** When the organisation was last gone through for people who are not in yet. */
  @Column({ name: 'swept_at', type: 'timestamptz', nullable: true })
  sweptAt!: Date | null;

  /** Raised by everything that is planned. */
  @Column({ name: 'plan_seq', type: 'integer', default: 0 })
  planSeq!: number;
}

@Entity({ name: 'campaign_member' })
@Index('campaign_member_look_ix', ['campaignId', 'nextLookAt'])
@Index('campaign_member_learner_ix', ['learnerId'])
class CampaignMemberRow {
  @PrimaryColumn({ name: 'campaign_id', type: 'text', primaryKeyConstraintName: 'campaign_member_pk' })
  @ForeignKey('CampaignRow', { name: 'campaign_member_campaign_fk', onDelete: 'CASCADE' })
  campaignId!: string;

  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'campaign_member_pk' })
  @ForeignKey('LearnerRow', { name: 'campaign_member_learner_fk', onDelete: 'CASCADE' })
  learnerId!: string;

  /** Drawn when they came in; never changed. */
  @Column({ name: 'is_held_out', type: 'boolean' })
  isHeldOut!: boolean;

  /** When they came in. */
  @Column({ type: 'text', nullable: true })
  department!: string | null;

  @Column({ name: 'enrolled_at', type: 'timestamptz' })
  enrolledAt!: Date;

  /** Since when the campaign is not for them any more; null: it is. */
  @Column({ name: 'left_at', type: 'timestamptz', nullable: true })
  leftAt!: Date | null;

  /** When everything that it has for them was first seen to be done. */
  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  @Column({ name: 'next_look_at', type: 'timestamptz' })
  nextLookAt!: Date;
}

@Entity({ name: 'campaign_step' })
@Index('campaign_step_starts_at_ix', ['campaignId', 'startsAt', 'learnerId', 'step'])
@Index('campaign_step_learner_ix', ['learnerId', 'startsAt'])
@Check('campaign_step_withdrawn_check', '(withdrawn_at IS NULL) = (withdrawn_because IS NULL)')
@ForeignKey('CampaignMemberRow', ['campaignId', 'learnerId'], ['campaignId', 'learnerId'], {
  name: 'campaign_step_member_fk',
  onDelete: 'CASCADE',
})
class CampaignStepRow {
  @PrimaryColumn({ name: 'campaign_id', type: 'text', primaryKeyConstraintName: 'campaign_step_pk' })
  campaignId!: string;

  @PrimaryColumn({ name: 'learner_id', type: 'text', primaryKeyConstraintName: 'campaign_step_pk' })
  learnerId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'campaign_step_pk' })
  step!: number;

  @Column({ name: 'course_id', type: 'text' })
  @ForeignKey('CourseRow', { name: 'campaign_step_course_fk' })
  courseId!: string;

  @Column({ name: 'suggestion_id', type: 'text' })
  suggestionId!: string;

  /** The one that was suggested; null: none was. */
  @Column({ type: 'text', nullable: true })
  channel!: Channel | null;

  @Column({ name: 'planned_at', type: 'timestamptz' })
  plannedAt!: Date;

  /** The window of the message. */
  @Column({ name: 'starts_at', type: 'timestamptz' })
  startsAt!: Date;

  @Column({ name: 'ends_at', type: 'timestamptz' })
  endsAt!: Date;

  /** Not to be sent later. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  // What became of it, as it was first seen; null: not yet.
  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true })
  sentAt!: Date | null;

  @Column({ name: 'opened_at', type: 'timestamptz', nullable: true })
  openedAt!: Date | null;

  /** When the course was under way, at the message or later. */
  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'completed_at', type: 'timestamptz', nullable: true })
  completedAt!: Date | null;

  @Column({ name: 'withdrawn_at', type: 'timestamptz', nullable: true })
  withdrawnAt!: Date | null;

  @Column({ name: 'withdrawn_because', type: 'text', nullable: true })
  withdrawnBecause!: WithdrawnBecause | null;
}

/** Table classes of this feature, for the data source. */
export const CAMPAIGN_TABLES = [CampaignRow, CampaignMemberRow, CampaignStepRow];

/** A campaign as those who run it see it. */
export interface StoredCampaign extends Campaign {
  readonly sweptAt: Date | null;
  readonly planSeq: number;
}

/** Where a page of campaigns, newest first, goes on. */
export interface CampaignPosition {
  readonly createdAt: string;
  readonly id: string;
}

/** What campaigns say and how they stand. */
export class CampaignsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async byId(id: string): Promise<StoredCampaign | null> {
    const row = await this.#dataSource.getRepository(CampaignRow).findOneBy({ id });
    return row === null ? null : campaignOf(row);
  }

  /** As `byId`; nobody else can change it until the end of the transaction. */
  async lock(transaction: EntityManager, id: string): Promise<StoredCampaign | null> {
    const rows = transaction.getRepository(CampaignRow);
    const row = await rows.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
    return row === null ? null : campaignOf(row);
  }

  /** False: there is one of this id already. */
  async insert(transaction: EntityManager, campaign: Campaign): Promise<boolean> {
    const rows = (await transaction.query(
      `INSERT INTO campaign (id, state, version, content, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [
        campaign.id,
        campaign.state,
        campaign.version,
        JSON.stringify(campaign.content),
        campaign.createdBy,
        campaign.createdAt,
      ],
    )) as unknown[];
    return rows.length > 0;
  }

  async save(transaction: Queryable, campaign: Campaign): Promise<void> {
    const { id, state, version, content, startedAt, endedAt } = campaign;
    await transaction.query(
      `UPDATE campaign SET state = $2, version = $3, content = $4, started_at = $5, ended_at = $6 WHERE campaign.id = $1`,
      [id, state, version, JSON.stringify(content), startedAt, endedAt],
    );
  }

  /** Newest first, of equal ones by id. @param states none: of any */
  async page(
    states: readonly CampaignState[],
    after: CampaignPosition | null,
    limit: number,
  ): Promise<StoredCampaign[]> {
    const query = this.#dataSource.getRepository(CampaignRow).createQueryBuilder('c');
    if (states.length > 0) query.andWhere('c.state IN (:...states)', { states });
    if (after !== null) {
      query.andWhere('(c.createdAt < :createdAt OR (c.createdAt = :createdAt AND c.id > :id))', after);
    }
    const rows = await query.orderBy('c.createdAt', 'DESC').addOrderBy('c.id').limit(limit).getMany();
    return rows.map(campaignOf);
  }

  /** Those that something may be to be done about: running, paused, or ended since a moment. In the order of the ids. */
  async active(endedSince: Date): Promise<StoredCampaign[]> {
    const query = this.#dataSource.getRepository(CampaignRow).createQueryBuilder('c');
    query.where(`c.state IN ('RUNNING', 'PAUSED') OR (c.state = 'ENDED' AND c.endedAt >= :endedSince)`, { endedSince });
    return (await query.orderBy('c.id').getMany()).map(campaignOf);
  }

  async noteSwept(id: string, at: Date): Promise<void> {
    await this.#dataSource.query('UPDATE campaign SET swept_at = $2 WHERE campaign.id = $1', [id, at]);
  }

  /**
   * Takes the right to write down what was planned, until the end of the transaction.
   *
   * @returns false: it does not run any more, or somebody else has planned since `planSeq` was read
   */
  async takePlanning(transaction: Queryable, id: string, planSeq: number): Promise<boolean> {
    const [, taken] = (await transaction.query(
      `UPDATE campaign SET plan_seq = campaign.plan_seq + 1
       WHERE campaign.id = $1 AND campaign.state = 'RUNNING' AND campaign.plan_seq = $2`,
      [id, planSeq],
    )) as [unknown, number];
    return taken === 1;
  }
}

function campaignOf({ content, ...row }: CampaignRow): StoredCampaign {
  return { ...row, content: campaignSchema.parse(content) };
}
