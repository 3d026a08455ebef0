import type { DataSource } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { Queryable } from '../platform/database/database.js';
import { requireDaySpan } from '../platform/days.js';
import { DomainError, type RowError } from '../platform/errors.js';
import { grouped } from '../platform/grouped.js';
import type { Logger } from '../platform/logger.js';
import type { Pseudonyms } from '../platform/pseudonyms.js';
import { type BatchResult, type RemovalResult, requireIds, usableIds } from '../platform/rowChecks.js';
import { BatchedCalls } from '../platform/turns/batchedCalls.js';
import { DAY_MS, isValidZone } from '../platform/zonedTime.js';
import { LatestTrends } from './latestTrends.js';
import { type Learner, mandatoryCourseIds } from './learner.js';
import {
  type AssignmentInput,
  type LearnerInput,
  planAssignments,
  planEvidence,
  planLearners,
  type SkillEvidenceInput,
} from './learnerPlan.js';
import { LearnersStore, type PeopleCriteria, type PopulationCriteria } from './learners.store.js';
import { type Leave, type LeaveKey, type LeaveSpan, mergedLeave, planLeave, planLeaveRemoval } from './leave.js';
import { LeaveStore } from './leave.store.js';
import { type LearnerProfile, learnerProfile } from './profile.js';
import { profileDelta } from './profileDelta.js';
import type { ProfileEvent } from './profileEvent.js';
import { clearProfiles, foldProfiles } from './profileFold.store.js';
import { type LearnerState, ProfilesStore, unknownLearner } from './profiles.store.js';
import { type LearnerRhythm, RhythmStore, type SampledRhythm, type Touchpoint } from './rhythm.store.js';
import { findVainSearches, type VainSearch } from './searchNeeds.store.js';
import {
  changedWeights,
  type PreviewedConfidence,
  previewConfidences,
  type SignalWeightsChange,
  signalWeightsProblems,
} from './signalWeights.js';
import type { SignalWeights, SignalWeightsService } from './signalWeights.service.js';
import { rolesOf, type SkillGap, skillGaps } from './skillGaps.js';
import { type CombinedSkill, combineSkills } from './skillLevel.js';
import type { Trends } from './trends.js';
import { TrendsStore } from './trends.store.js';

export type { LearnerRhythm, LearnerState, PeopleCriteria, PopulationCriteria, Touchpoint, VainSearch };
export { unknownLearner };

const SAMPLE_PAGE = 200;
/** Older activity hardly counts: after two years an hour is worth a sixteenth. */
export const ACTIVE_HOURS_LOOKBACK_MS = 730 * DAY_MS;

/** Who the learners are, what they can, what they must do, and the profiles folded from what they did. */
export class LearnersService {
  readonly #dataSource: DataSource;
  readonly #store: LearnersStore;
  readonly #leave: LeaveStore;
  readonly #profiles: ProfilesStore;
  readonly #rhythms: RhythmStore;
  readonly #trends: LatestTrends;
  readonly #catalog: CatalogService;
  readonly #batchedStates: BatchedCalls<string, LearnerState>;
  readonly #signalWeights: SignalWeightsService;
  readonly #clock: () => Date;
  readonly #defaultTimezone: string;
  readonly #pseudonyms: Pseudonyms;

  constructor(
    dataSource: DataSource,
    catalog: CatalogService,
    signalWeights: SignalWeightsService,
    clock: () => Date,
    defaultTimezone: string,
    logger: Logger,
    pseudonyms: Pseudonyms,
  ) {
    this.#dataSource = dataSource;
    this.#pseudonyms = pseudonyms;
    this.#store = new LearnersStore(dataSource);
    this.#leave = new LeaveStore(dataSource);
    this.#profiles = new ProfilesStore(dataSource);
    this.#batchedStates = new BatchedCalls((learnerIds) => this.#profiles.states(learnerIds, this.#clock()));
    this.#rhythms = new RhythmStore(dataSource);
    this.#trends = new LatestTrends(new TrendsStore(dataSource), logger);
    this.#catalog = catalog;
    this.#signalWeights = signalWeights;
    this.#clock = clock;
    this.#defaultTimezone = defaultTimezone;
  }

  /** Whether an active person fits every criterion that is given. */
  async isAnybody(criteria: PeopleCriteria): Promise<boolean> {
    return await this.#store.isAnybody(criteria);
  }

  async upsertLearners(rows: readonly LearnerInput[]): Promise<BatchResult> {
    const roleIds = await this.#catalog.knownRoleIds(
      rows.flatMap((row) => [row.roleId, row.targetRoleId].filter((id) => typeof id === 'string')),
    );
    return await this.#dataSource.transaction(async (transaction) => {
      await this.#store.lockLearners(transaction);
      const ids = usableIds(rows.map((row) => row.id));
      const stored = new Map((await this.#store.sentByIds(transaction, ids)).map((learner) => [learner.id, learner]));
      // Of those who are known as well: somebody may be marked whose rows are there still.
      const erasedIds = await this.#erasedAmong(transaction, ids);
      const plan = planLearners(rows, stored, roleIds, isValidZone, erasedIds);
      await this.#store.save(transaction, plan.accepted, this.#clock());
      return { storedCount: plan.accepted.length, errors: plan.errors };
    });
  }

  async #erasedAmong(db: Queryable, ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const idByHash = new Map(ids.map((id) => [this.#pseudonyms.hashOf(id).toString('hex'), id]));
    const hashes = [...idByHash.keys()].map((hash) => Buffer.from(hash, 'hex'));
    const erased = await this.#store.erased(db, hashes);
    return new Set(erased.flatMap((hash) => idByHash.get(hash.toString('hex')) ?? []));
  }

  /**
   * Before anything is written down of people who may not be known: nothing is of somebody who was erased.
   *
   * @throws DomainError NOT_FOUND
   */
  async refuseErased(people: readonly Pick<LearnerState, 'learnerId' | 'learner'>[]): Promise<void> {
    const strangers = people.filter(({ learner }) => learner === null).map(({ learnerId }) => learnerId);
    const [erased] = await this.#erasedAmong(this.#dataSource, strangers);
    if (erased !== undefined) throw erasedError(erased);
  }

  /** What `noneErased` asks for these people by. */
  erasureHashes(learnerIds: readonly string[]): Buffer[] {
    return learnerIds.map((id) => this.#pseudonyms.hashOf(id));
  }

  /**
   * Says why nothing was written down of these people, where `noneErased` did not hold.
   *
   * @throws DomainError NOT_FOUND; CONFLICT when all of them may be known again by now
   */
  async refuseAsErased(learnerIds: readonly string[]): Promise<never> {
    const [erased] = await this.#erasedAmong(this.#dataSource, learnerIds);
    if (erased !== undefined) throw erasedError(erased);
    throw new DomainError('CONFLICT', 'One of these learners was erased and let back in meanwhile; ask again.');
  }

  /** From now on nobody becomes known under this id by itself. Whoever sends learners waits until the end of the transaction. */
  async markErased(transaction: Queryable, learnerId: string): Promise<void> {
    await this.#store.lockLearners(transaction);
    await this.#store.markErased(transaction, this.#pseudonyms.hashOf(learnerId), this.#clock());
  }

  /** Lets somebody who was erased become known again, as if they were new. @returns false: they were not erased */
  async unmarkErased(transaction: Queryable, learnerId: string): Promise<boolean> {
    return await this.#store.unmarkErased(transaction, this.#pseudonyms.hashOf(learnerId));
  }

  async isAnyErasedSince(at: Date): Promise<boolean> {
    return await this.#store.isAnyErasedSince(at);
  }

  /** @returns false: there is no such learner */
  async restrict(transaction: Queryable, learnerId: string, isRestricted: boolean): Promise<boolean> {
    return await this.#store.restrict(transaction, learnerId, isRestricted ? this.#clock() : null);
  }

  /** Since when nothing may be done with what is known of them but keep it; null: it may. */
  async restrictedAt(learnerId: string): Promise<Date | null> {
    return await this.#store.restrictedAt(learnerId);
  }

  async recordSkillEvidence(rows: readonly SkillEvidenceInput[]): Promise<BatchResult> {
    const skillIds = await this.#catalog.knownSkillIds(rows.map((row) => row.skillId));
    return await this.#dataSource.transaction(async (transaction) => {
      const learnerIds = await this.knownIds(rows, transaction);
      const plan = planEvidence(rows, learnerIds, skillIds, this.#clock());
      await this.#store.saveEvidence(transaction, plan.accepted);
      return { storedCount: plan.accepted.length, errors: plan.errors };
    });
  }

  async assignCourses(rows: readonly AssignmentInput[]): Promise<BatchResult> {
    const courseIds = await this.#catalog.knownCourseIds(rows.map((row) => row.courseId));
    return await this.#dataSource.transaction(async (transaction) => {
      const learnerIds = await this.knownIds(rows, transaction);
      const plan = planAssignments(rows, learnerIds, courseIds);
      await this.#store.saveAssignments(transaction, plan.accepted);
      return { storedCount: plan.accepted.length, errors: plan.errors };
    });
  }

  async upsertLeave(rows: readonly Leave[]): Promise<BatchResult> {
    return await this.#dataSource.transaction(async (transaction) => {
      const plan = planLeave(rows, await this.knownIds(rows, transaction));
      await this.#leave.save(transaction, plan.accepted);
      return { storedCount: plan.accepted.length, errors: plan.errors };
    });
  }

  async removeLeave(rows: readonly LeaveKey[]): Promise<RemovalResult> {
    return await this.#dataSource.transaction(async (transaction) => {
      const plan = planLeaveRemoval(rows, await this.knownIds(rows, transaction));
      return { removedCount: await this.#leave.remove(transaction, plan.accepted), errors: plan.errors };
    });
  }

  /**
   * When learners are away, as far as it touches the days from `fromDay` to before `untilDay` (ISO dates): in order,
   * what overlaps or touches made one; nobody without any.
   */
  async leave(
    learnerIds: readonly string[],
    fromDay: string,
    untilDay: string,
  ): Promise<ReadonlyMap<string, readonly LeaveSpan[]>> {
    const rows = await this.#leave.between(learnerIds, { fromDay, untilDay });
    const byLearner = grouped(rows, ({ learnerId }) => learnerId);
    return new Map([...byLearner].map(([learnerId, spans]) => [learnerId, mergedLeave(spans)]));
  }

  /**
   * When one learner is away.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have, or for days that are none
   */
  async leaveOf(learnerId: string, from: string | null, until: string | null): Promise<readonly LeaveSpan[]> {
    requireIds('learnerId', [learnerId]);
    const { fromDay, untilDay } = requireDaySpan(from, until, this.#clock());
    return (await this.leave([learnerId], fromDay, untilDay)).get(learnerId) ?? [];
  }

  /** Adds interactions that were never seen before to the profiles, in the transaction that stores them. */
  async foldIntoProfiles(transaction: Queryable, events: readonly ProfileEvent[]): Promise<void> {
    if (events.length === 0) return;
    await foldProfiles(transaction, profileDelta(events));
    this.#trends.noteFolded(events.length);
  }

  /** Keeps for good that learners took courses because a rule obliged them to. */
  async rememberDuties(
    transaction: Queryable,
    duties: readonly { readonly learnerId: string; readonly courseId: string; readonly at: Date }[],
  ): Promise<void> {
    if (duties.length > 0) await this.#store.saveMandated(transaction, duties);
  }

  /**
   * Empties the profiles of the next learners after an id, and makes whoever writes about them wait until the transaction
   * has folded them again.
   *
   * @returns their ids; none: there are no more
   */
  async clearProfiles(transaction: Queryable, after: string, limit: number): Promise<readonly string[]> {
    return await clearProfiles(transaction, await this.#store.nextIds(transaction, after, limit));
  }

  /** As `clearProfiles`, of these learners. */
  async clearProfilesOf(transaction: Queryable, learnerIds: readonly string[]): Promise<void> {
    await clearProfiles(transaction, learnerIds);
  }

  /** The next ids in their order, whoever they are. */
  async nextIds(after: string, limit: number): Promise<readonly string[]> {
    return await this.#store.nextIds(this.#dataSource, after, limit);
  }

  async countLearners(): Promise<number> {
    return await this.#profiles.countLearners();
  }

  /** The learners among those that rows are about that exist. */
  async knownIds(rows: readonly { readonly learnerId: string }[], db: Queryable): Promise<ReadonlySet<string>> {
    return new Set(await this.#store.existingIds(db, usableIds(rows.map((row) => row.learnerId))));
  }

  /** As `knownIds`, and nobody can delete them before the transaction ends: no row of what they did is checked again. */
  async holdKnown(
    rows: readonly { readonly learnerId: string }[],
    transaction: Queryable,
  ): Promise<ReadonlySet<string>> {
    return new Set(await this.#store.holdExisting(transaction, usableIds(rows.map((row) => row.learnerId))));
  }

  /** Waits until nobody writes about them, and nobody can before the transaction ends. */
  async holdForErasure(transaction: Queryable, learnerId: string): Promise<void> {
    await this.#store.holdForErasure(transaction, learnerId);
  }

  /** As they were sent: somebody who is restricted still has the choice that was theirs. */
  async learner(id: string): Promise<Learner | null> {
    const [learner] = await this.#store.sentByIds(this.#dataSource, usableIds([id]));
    return learner ?? null;
  }

  /** True when every one of the learners reports to this manager. */
  async areReports(managerId: string, learnerIds: readonly string[]): Promise<boolean> {
    const ids = usableIds(learnerIds);
    return ids.length === new Set(learnerIds).size && (await this.#store.countReports(managerId, ids)) === ids.length;
  }

  /** Profiles in the order of the ids, empty ones for people nobody has told us about. */
  async states(learnerIds: readonly string[]): Promise<readonly LearnerState[]> {
    const [learnerId] = learnerIds;
    if (learnerId !== undefined && learnerIds.length === 1) return [await this.#batchedStates.call(learnerId)];
    return await this.#profiles.states(learnerIds, this.#clock());
  }

  /** Everything that is known of how somebody learns; an empty one for people nobody has told us about. */
  async profile(learnerId: string): Promise<LearnerProfile> {
    const now = this.#clock();
    const [states, rhythms, habits] = await Promise.all([
      this.states([learnerId]),
      this.rhythms([learnerId], new Date(now.getTime() - ACTIVE_HOURS_LOOKBACK_MS)),
      this.#profiles.habits(learnerId),
    ]);
    const state = states[0] as LearnerState;
    const rhythm = rhythms[0] as LearnerRhythm;
    const zone = state.learner?.timezone ?? this.#defaultTimezone;
    const skills = this.combinedSkills(state);
    return learnerProfile({ state, rhythm, habits, skills, catalog: this.#catalog.snapshot, zone, now });
  }

  /** How much each thing that a learner does tells about their wishes, as of now. */
  get signalWeights(): SignalWeights {
    return this.#signalWeights.current;
  }

  /** What other weights would make of one learner's history; nothing is changed. */
  async previewSignalWeights(change: SignalWeightsChange, learnerId: string): Promise<SignalWeightsPreview> {
    const errors = signalWeightsProblems(change);
    const [state] = errors.length > 0 ? [] : await this.states([learnerId]);
    if (state === undefined) return { courses: [], errors };
    const { weights } = this.signalWeights;
    const courses = previewConfidences(
      state.courses,
      mandatoryCourseIds(state),
      weights,
      changedWeights(weights, change),
    );
    return { courses, errors };
  }

  /**
   * What is known of a learner's skills, by id. Of someone who wants nothing personal only what was said of them: to infer
   * skills from what they do would be to profile them.
   */
  combinedSkills(state: LearnerState): ReadonlyMap<string, CombinedSkill> {
    const { courses, courseIndexById } = this.#catalog.snapshot;
    return combineSkills({
      evidence: state.skills,
      courses: state.learner?.personalisationOptOut === true ? [] : state.courses,
      skillsTaughtBy: (courseId) => courses[courseIndexById.get(courseId) ?? -1]?.skills ?? [],
      nowMs: this.#clock().getTime(),
    });
  }

  /**
   * Every skill that anything is known of, by id; none for somebody nobody has told us about.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async skills(learnerId: string): Promise<LearnerSkill[]> {
    const state = await this.#stateOf(learnerId);
    const { skills } = this.#catalog.snapshot;
    return [...this.combinedSkills(state).values()].map((skill) => ({
      ...skill,
      skillName: skills.get(skill.skillId)?.name ?? skill.skillId,
    }));
  }

  /**
   * What a learner is short of for the role they have and the one they want, the weightiest gap first.
   *
   * @throws DomainError BAD_USER_INPUT for an id that nobody could have
   */
  async skillGaps(learnerId: string): Promise<NamedSkillGap[]> {
    const state = await this.#stateOf(learnerId);
    const { roles, skills } = this.#catalog.snapshot;
    const gaps = skillGaps(rolesOf(state.learner, roles), this.combinedSkills(state));
    return [...gaps.values()].map((gap) => ({
      ...gap,
      skillName: skills.get(gap.skillId)?.name ?? gap.skillId,
      roleName: roles.get(gap.roleId)?.name ?? gap.roleId,
    }));
  }

  async #stateOf(learnerId: string): Promise<LearnerState> {
    requireIds('learnerId', [learnerId]);
    const [state] = await this.states([learnerId]);
    return state as LearnerState;
  }

  /** In the order of the ids, empty ones for people whose log is empty; one round trip for any number of learners. */
  async rhythms(learnerIds: readonly string[], since: Date): Promise<readonly LearnerRhythm[]> {
    return await this.#rhythms.rhythms(learnerIds, since);
  }

  /** Active hours of up to `people` active learners, each with their zone; the same people at every call. */
  async *rhythmSample(since: Date, people: number): AsyncGenerator<RhythmSample> {
    let after = '';
    for (let left = people; left > 0; left -= SAMPLE_PAGE) {
      const page = await this.#rhythms.sample(since, after, Math.min(left, SAMPLE_PAGE));
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < SAMPLE_PAGE) return;
      after = last.place;
    }
  }

  /** The learners among these ids that we were told about, by id. */
  async learners(learnerIds: readonly string[]): Promise<ReadonlyMap<string, Learner>> {
    const found = await this.#store.byIds(this.#dataSource, usableIds(learnerIds));
    return new Map(found.map((learner) => [learner.id, learner]));
  }

  /** How many active people there are. */
  async countPeople(criteria: PopulationCriteria): Promise<number> {
    return await this.#store.countPeople(criteria);
  }

  /** The ids of active people, page by page; the same order at every call, of which any beginning is a fair sample. */
  async *people(criteria: PopulationCriteria, pageSize: number): AsyncGenerator<readonly string[]> {
    for (let after = ''; ; ) {
      const page = await this.#store.people(criteria, after, pageSize);
      if (page.length > 0) yield page.map(({ id }) => id);
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return;
      after = last.place;
    }
  }

  /** How many active people each of the departments has, by name. */
  async departmentSizes(departments: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sizes = await this.#store.departmentSizes(departments);
    return new Map(sizes.map(({ department, people }) => [department, people]));
  }

  /** When a course is due for each of the learners that it is assigned to with a date, by learner id. */
  async dueDates(learnerIds: readonly string[], courseId: string): Promise<ReadonlyMap<string, Date>> {
    const rows = await this.#store.dueDates(learnerIds, courseId);
    return new Map(rows.map((row) => [row.learnerId, row.dueAt]));
  }

  /** Terms that portals found nothing for and at least so many people searched for, those of most people first. */
  async vainSearches(fewestPeople: number, limit: number): Promise<readonly VainSearch[]> {
    return await findVainSearches(this.#dataSource, fewestPeople, limit);
  }

  /** What people take up, by group: up to ten minutes old, and counted anew in the background. */
  async trends(): Promise<Trends> {
    return await this.#trends.at(this.#clock());
  }

  /** The same as last counted, and whether the last count failed; nothing is asked of the database. */
  get knownTrends(): { readonly trends: Trends; readonly isLate: boolean } {
    return { trends: this.#trends.lastKnown, isLate: this.#trends.isLate };
  }

  /** What people took up before a moment. */
  async trendsAsOf(at: Date): Promise<Trends> {
    return await this.#trends.asOf(at);
  }

  async touchpointTotals(): Promise<readonly Touchpoint[]> {
    return await this.#rhythms.touchpointTotals();
  }

  /** The courses that each of the learners is obliged to take, or took because a rule obliged them; nobody without any. */
  async mandatoryCourses(learnerIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const rows = await this.#store.mandatoryCourses(learnerIds);
    return new Map(rows.map((row) => [row.learnerId, new Set(row.courseIds)]));
  }
}

/** What other weights would make of a history. */
export interface SignalWeightsPreview {
  readonly courses: readonly PreviewedConfidence[];
  /** What has to be put right first. */
  readonly errors: readonly RowError[];
}

/** A skill of a learner's, with its name. */
export interface LearnerSkill extends CombinedSkill {
  readonly skillName: string;
}

/** A gap, with the names of the skill and of the role that needs it. */
export interface NamedSkillGap extends SkillGap {
  readonly skillName: string;
  readonly roleName: string;
}

/** When one learner of a sample was active. */
export type RhythmSample = Omit<SampledRhythm, 'place'>;

const erasedError = (learnerId: string): DomainError =>
  new DomainError('NOT_FOUND', `The learner "${learnerId}" was erased: nothing is recommended to them any more.`, {
    learnerId,
  });
