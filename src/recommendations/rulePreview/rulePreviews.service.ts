import { createHash, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { CatalogService } from '../../catalog/catalog.service.js';
import { AudienceFigures } from '../../learners/fewPeople/audienceFigures.js';
import { coarseFiguresOf, SAMPLE_STEP } from '../../learners/fewPeople/coarseFigures.js';
import type { LearnersService } from '../../learners/learners.service.js';
import { type Call, idOfCall } from '../../platform/calls.js';
import { type Revisions, revisionOf } from '../../platform/database/revisions.js';
import { DomainError, type RowError } from '../../platform/errors.js';
import { type JobContext, type JobProgress, JobStopped, type Jobs } from '../../platform/jobs/jobs.js';
import type { Logger } from '../../platform/logger.js';
import { RowChecks, requireIds } from '../../platform/rowChecks.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import { specificity } from '../../rules/model/audience.js';
import { audienceOf, type GivenAudience } from '../../rules/model/givenRule.js';
import type { RuleAudience } from '../../rules/model/rule.js';
import { audienceProblems } from '../../rules/model/ruleChecks.js';
import { canonicalJson } from '../../rules/model/ruleSetHash.js';
import type { Surface } from '../../rules/model/surface.js';
import { coarseOffPolicy, failedOffPolicy, type OffPolicyImpact } from '../offPolicy/offPolicyResult.js';
import { type OffPolicyOrder, type OffPolicyRunner, servedWithin } from '../offPolicy/offPolicyRunner.js';
import type { AudienceCounter } from './audienceCounts.js';
import { blurredCount } from './blurredPopulation.js';
import type { PreviewedChanges, WantedChange } from './previewedChanges.js';
import { figuresOfLists, rulesForFew, rulesNamingPeople, rulesOfChange } from './rulePreviewPrivacy.js';
import { type PreviewResult, previewResult } from './rulePreviewResult.js';
import type { RulePreviewRunner } from './rulePreviewRunner.js';
import { type NewPreview, RulePreviewsStore, type StoredOrder, type StoredPreview } from './rulePreviews.store.js';

export type { PreviewResult, StoredPreview };

/** What somebody wants tried. */
export interface PreviewRequest extends WantedChange {
  readonly audience: GivenAudience | null;
  readonly learnerIds: readonly string[];
  /** Null: everybody, up to `MOST_SAMPLED`. */
  readonly sampleSize: number | null;
  readonly surface: Surface;
  readonly first: number;
  /** What the log is to say of the change; null: nothing. */
  readonly estimate: Omit<OffPolicyOrder, 'versions'> | null;
  /** Whether figures over fewer than five people may be told, and all others as they are. */
  readonly mayTellFew: boolean;
}

/** A preview that was asked for; null: it was not begun because of the errors. */
export interface RequestedPreview {
  readonly preview: StoredPreview | null;
  readonly errors: readonly RowError[];
}

const notBegun = (errors: readonly RowError[]): RequestedPreview => ({ preview: null, errors });

/** What previews ask of the rest of the service. */
interface PreviewSources {
  readonly catalog: CatalogService;
  readonly learners: LearnersService;
  readonly revisions: Revisions;
  readonly changes: PreviewedChanges;
  readonly audiences: AudienceCounter;
  readonly runner: RulePreviewRunner;
  readonly estimates: OffPolicyRunner;
  /** By which figures are drawn that are not told as they are. */
  readonly secret: () => Uint8Array;
}

export const PREVIEW_JOB = 'PREVIEW_RULES';

const KEPT_MS = DAY_MS;
/** Of one person or key. */
const MOST_WAITING = 5;
const REPORT_EVERY_MS = 300;
const MOST_SHOWN_LEARNERS = 20;
export const MOST_SAMPLED = 100_000;
const MOST_DRAFTS = 200;
const MOST_WITHIN_DAYS = 30;
const MOST_PAST_DAYS = 90;

/** What changes of rules would do, worked out in the background by whatever process does such work. */
export class RulePreviewsService {
  readonly #dataSource: DataSource;
  readonly #store: RulePreviewsStore;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #revisions: Revisions;
  readonly #changes: PreviewedChanges;
  readonly #audiences: AudienceCounter;
  readonly #runner: RulePreviewRunner;
  readonly #estimates: OffPolicyRunner;
  readonly #jobs: Jobs;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  readonly #secret: () => Uint8Array;

  constructor(
    dataSource: DataSource,
    { catalog, learners, revisions, changes, audiences, runner, estimates, secret }: PreviewSources,
    jobs: Jobs,
    clock: () => Date,
    logger: Logger,
  ) {
    this.#dataSource = dataSource;
    this.#store = new RulePreviewsStore(dataSource);
    this.#catalog = catalog;
    this.#learners = learners;
    this.#revisions = revisions;
    this.#changes = changes;
    this.#audiences = audiences;
    this.#runner = runner;
    this.#estimates = estimates;
    this.#secret = secret;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#logger = logger;
    jobs.handle(PREVIEW_JOB, (context) => this.#workOff(context), 'SHORT');
  }

  /**
   * Has the preview made in the background: of what counts, or counted under an earlier version, against what would count
   * if the drafts were published now, or an earlier version were brought back.
   *
   * @throws DomainError NOT_FOUND for a draft or version that there is not, or somebody who was erased; CONFLICT when
   *   somebody was erased meanwhile; RATE_LIMITED when as many previews of theirs
   *   wait as may
   */
  async request(asked: PreviewRequest, call: Call): Promise<RequestedPreview> {
    requireIds('learnerIds', asked.learnerIds);
    const errors = [
      ...audienceProblems(asked.audience ?? {}, this.#catalog.snapshot),
      ...requestProblems(asked, call.clientMutationId),
    ];
    if (errors.length > 0) return notBegun(errors);
    const requestHash = hashOf(asked);
    const earlier = await this.#ofEarlierCall(call, requestHash);
    if (earlier !== null) return earlier;
    const { audience, learnerIds, sampleSize, surface, first, mayTellFew, estimate } = asked;
    const erasures = await this.#erasuresBefore([...learnerIds, ...(audience?.learnerIds ?? [])]);
    const { change, errors: problems } = await this.#changes.of(asked);
    if (change === null) return notBegun(problems);
    const { before, after, settings } = change;
    const order: StoredOrder = {
      ...{ before, after, surface, first, mayTellFew },
      sampleSize: sampleSize ?? MOST_SAMPLED,
      audience: audienceOf(audience ?? {}),
      learnerIds: [...new Set(learnerIds)],
      estimate: estimate && { ...estimate, versions: this.#changes.versions },
    };
    return await this.#start({ order, settings, requestHash }, call, erasures);
  }

  /** How many erasures there were; rules in memory are as of then, or later. @throws DomainError NOT_FOUND */
  async #erasuresBefore(namedIds: readonly string[]): Promise<number> {
    const erasures = await revisionOf(this.#dataSource, 'erasures');
    await this.#revisions.refresh();
    await this.#learners.refuseErased(namedIds.map((learnerId) => ({ learnerId, learner: null })));
    return erasures;
  }

  async #start(
    tried: Pick<NewPreview, 'order' | 'settings' | 'requestHash'>,
    call: Call,
    erasures: number,
  ): Promise<RequestedPreview> {
    const { by: requestedBy } = call;
    if ((await this.#store.countWaiting(requestedBy)) >= MOST_WAITING) {
      throw new DomainError(
        'RATE_LIMITED',
        `${MOST_WAITING} previews of yours are not done yet; ask again when one of them is.`,
      );
    }
    const id = previewId(call) ?? randomUUID();
    const preview = { ...tried, id, requestedBy, requestedAt: this.#clock() };
    const isNew = await this.#store.insert(preview, this.#keptSince(), erasures);
    if (isNew === null) throw new DomainError('CONFLICT', 'Somebody was erased meanwhile; ask again.');
    await this.#jobs.request(PREVIEW_JOB, requestedBy);
    // Two calls at once: the other has won.
    const earlier = isNew ? null : await this.#ofEarlierCall(call, tried.requestHash);
    return earlier ?? { preview: await this.find(id, requestedBy), errors: [] };
  }

  /** What an earlier call with this id has begun; null: there was none, or it is forgotten. */
  async #ofEarlierCall(call: Call, requestHash: string): Promise<RequestedPreview | null> {
    const id = previewId(call);
    const earlierHash = id === null ? null : await this.#store.requestHash(id, this.#keptSince());
    if (id === null || earlierHash === null) return null;
    if (earlierHash === requestHash) return { preview: await this.find(id, call.by), errors: [] };
    const check = new RowChecks(0);
    const message = 'An earlier call with this clientMutationId asked for something else; give a new call a new id';
    check.fail('CONFLICT', message, 'clientMutationId');
    return notBegun(check.errors);
  }

  /**
   * @param requestedBy null: whoever asked for it
   * @throws DomainError NOT_FOUND when there is none, or none that they asked for: previews may tell what people did
   */
  async find(id: string, requestedBy: string | null): Promise<StoredPreview> {
    const found = await this.#store.byId(id, this.#keptSince());
    if (found === null || (requestedBy !== null && found.requestedBy !== requestedBy)) {
      throw new DomainError('NOT_FOUND', 'There is no preview of yours with this id; they are kept for a day.', {
        argument: 'id',
      });
    }
    return found;
  }

  #keptSince(): Date {
    return new Date(this.#clock().getTime() - KEPT_MS);
  }

  /** @throws JobStopped when `context` says to stop */
  async compute(order: StoredOrder, context: JobContext): Promise<PreviewResult> {
    const { before, after, mayTellFew, audience } = order;
    const naming = mayTellFew ? [] : rulesNamingPeople(before, after);
    // How far it is tells how many they are.
    const telling = mayTellFew || specificity(audience) === 0 ? context : withoutProgress(context);
    const at = this.#clock();
    const audiences = await this.#audiences.count(order, at, context);
    const forFew = mayTellFew ? [] : rulesForFew(before, after, audiences, this.#blurredIn(order));
    const uncountedRuleIds = [...new Set([...naming, ...forFew])];
    const findings = await this.#runner.run(order, uncountedRuleIds, at, telling);
    const facts = { ...order, sampleSize: sampleOf(order), uncountedRuleIds, audiences };
    const result = previewResult(before, after, findings, facts, this.#secret());
    // It goes by everybody's lists: whom a rule is for among those counted has nothing to do with it.
    return { ...result, estimate: await this.#estimateIfAny(order, naming, context) };
  }

  /** People of a rule's audience among those of a preview. */
  #blurredIn(order: StoredOrder): (people: number, ruled: RuleAudience) => number {
    const counted = { ...order.audience, sampleSize: sampleOf(order) };
    return (people, ruled) =>
      blurredCount(people, 'people of a rule', new AudienceFigures([counted, ruled], this.#secret()));
  }

  /** What came of the preview itself is not lost where only the estimate fails. */
  async #estimateIfAny(
    order: StoredOrder,
    uncountedRuleIds: readonly string[],
    context: JobContext,
  ): Promise<OffPolicyImpact | null> {
    try {
      return await this.#estimate(order, uncountedRuleIds, context);
    } catch (error) {
      const { estimate } = order;
      if (error instanceof JobStopped || estimate == null) throw error;
      this.#logger.error({ err: error }, 'the estimate of a preview failed');
      const { since, until } = servedWithin(estimate, this.#clock());
      const { outcome, withinDays } = estimate;
      return failedOffPolicy({ outcome, withinDays, since: since.toISOString(), until: until.toISOString() });
    }
  }

  async #estimate(
    { estimate, mayTellFew, ...change }: StoredOrder,
    uncountedRuleIds: readonly string[],
    context: JobContext,
  ): Promise<OffPolicyImpact | null> {
    if (estimate == null) return null;
    const exact = await this.#estimates.run(estimate, change, uncountedRuleIds, context);
    if (mayTellFew) return exact;
    const figures = figuresOfLists([change.audience], rulesOfChange(change, uncountedRuleIds), this.#secret());
    return coarseOffPolicy(exact, figures, (part) => coarseFiguresOf(part, this.#secret()));
  }

  /** Whether there are previews that are to be forgotten. */
  async isDue(): Promise<boolean> {
    return await this.#store.isAnyBefore(this.#keptSince());
  }

  /** All that wait, one after the other: there is one such job at a time, however many processes there are. */
  async #workOff(context: JobContext): Promise<void> {
    await this.#store.forget(this.#keptSince());
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

/** Null: every call makes another. */
const previewId = ({ by, clientMutationId }: Call): string | null =>
  clientMutationId === null ? null : idOfCall('preview', by, clientMutationId);

/** Equal for requests that ask for the same. */
const hashOf = (asked: PreviewRequest): string => createHash('sha256').update(canonicalJson(asked)).digest('hex');

function requestProblems(
  { draftIds, rollbackTo, compareTo, learnerIds, sampleSize, audience, mayTellFew, estimate }: PreviewRequest,
  clientMutationId: string | null,
): readonly RowError[] {
  const check = new RowChecks(0);
  check.id(clientMutationId, 'clientMutationId');
  check.list(draftIds, MOST_DRAFTS, 'draftIds');
  if (rollbackTo !== null && (draftIds.length > 0 || compareTo !== null)) {
    const message = 'goes back from what counts now: name no drafts, and nothing to compare with';
    check.fail('INVALID_VALUE', message, 'rollbackTo');
  }
  check.list(learnerIds, MOST_SHOWN_LEARNERS, 'learnerIds');
  check.whole(sampleSize, 0, MOST_SAMPLED, 'sampleSize');
  check.whole(estimate?.withinDays, 1, MOST_WITHIN_DAYS, 'estimate', 'withinDays');
  check.whole(estimate?.pastDays, 1, MOST_PAST_DAYS, 'estimate', 'pastDays');
  if (estimate !== null && compareTo !== null) {
    const message = 'the log is asked about drafts beside what counts; leave compareTo out';
    check.fail('INVALID_VALUE', message, 'estimate');
  }
  if (!mayTellFew && (audience?.learnerIds ?? []).length > 0) {
    const message = 'only administrators may name the people whose lists are counted; choose them by what they are';
    check.fail('INVALID_VALUE', message, 'audience', 'learnerIds');
  }
  if (!mayTellFew) {
    // One person more or less is what these could be turned by.
    for (const field of ['skillGap', 'hiredWithinDays'] as const) {
      const message =
        'only administrators may count lists by this; choose people by department, role, place or language';
      if (audience?.[field] != null) check.fail('INVALID_VALUE', message, 'audience', field);
    }
    if (sampleSize !== null && sampleSize % SAMPLE_STEP !== 0) {
      check.fail('INVALID_VALUE', `must be a multiple of ${SAMPLE_STEP}, or left out for everybody`, 'sampleSize');
    }
  }
  return check.errors;
}

/** Null: as many as previews ever look at. */
const sampleOf = ({ sampleSize }: StoredOrder): number | null => (sampleSize === MOST_SAMPLED ? null : sampleSize);

function withoutProgress(context: JobContext): JobContext {
  context.report({ phase: 'making lists before and after', done: 0, total: 1 });
  return { report: () => {}, shouldStop: () => context.shouldStop() };
}
