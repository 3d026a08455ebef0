import { createHash, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { CatalogService } from '../../catalog/catalog.service.js';
import type { ConfidenceWeights } from '../../learners/confidence.js';
import type { SignalWeightsService } from '../../learners/signalWeights.service.js';
import { type Call, idOfCall } from '../../platform/calls.js';
import { DomainError, type RowError } from '../../platform/errors.js';
import { type JobContext, type JobProgress, JobStopped, type Jobs } from '../../platform/jobs.js';
import type { Logger } from '../../platform/logger.js';
import { RowChecks, requireIds } from '../../platform/rowChecks.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import { audienceOf, type GivenAudience } from '../../rules/model/givenRule.js';
import type { RuleSetContent } from '../../rules/model/rule.js';
import { audienceProblems } from '../../rules/model/ruleChecks.js';
import { canonicalJson } from '../../rules/model/ruleSetHash.js';
import type { Surface } from '../../rules/model/surface.js';
import type { Policy, PolicyContent } from '../../rules/policy.js';
import type { PolicyService } from '../../rules/policy.service.js';
import type { DraftedContent, RuleSetService } from '../../rules/ruleSets.service.js';
import type { PreviewSide } from './rulePreview.js';
import { rulesForFew, rulesNamingPeople } from './rulePreviewPrivacy.js';
import { type PreviewResult, previewResult } from './rulePreviewResult.js';
import type { RulePreviewRunner } from './rulePreviewRunner.js';
import { RulePreviewsStore, type StoredOrder, type StoredPreview } from './rulePreviews.store.js';

export type { PreviewResult, StoredPreview };

/** What somebody wants tried. */
export interface PreviewRequest {
  readonly draftIds: readonly string[];
  /** Version of the rule set, with the settings of then; null: what counts. */
  readonly compareTo: number | null;
  readonly audience: GivenAudience | null;
  readonly learnerIds: readonly string[];
  /** Null: everybody, up to `MOST_SAMPLED`. */
  readonly sampleSize: number | null;
  readonly surface: Surface;
  readonly first: number;
  /** Whether figures over fewer than five people may be told, and all others as they are. */
  readonly mayTellFew: boolean;
}

/** A preview that was asked for; null: it was not begun because of the errors. */
export interface RequestedPreview {
  readonly preview: StoredPreview | null;
  readonly errors: readonly RowError[];
}

/** What previews ask of the rest of the service. */
interface PreviewSources {
  readonly catalog: CatalogService;
  readonly ruleSets: RuleSetService;
  readonly policies: PolicyService;
  readonly signalWeights: SignalWeightsService;
  readonly runner: RulePreviewRunner;
  /** By which figures are drawn that are not told as they are. */
  readonly secret: Uint8Array;
}

export const PREVIEW_JOB = 'PREVIEW_RULES';

const KEPT_MS = DAY_MS;
/** Of one person or key. */
const MOST_WAITING = 5;
const REPORT_EVERY_MS = 300;
const MOST_SHOWN_LEARNERS = 20;
export const MOST_SAMPLED = 100_000;
/** Of whoever may not be told of few people: samples that differ by one would tell of that one. */
export const SAMPLE_STEP = 25;
const MOST_DRAFTS = 200;

/** What changes of rules would do, worked out in the background by whatever process does such work. */
export class RulePreviewsService {
  readonly #store: RulePreviewsStore;
  readonly #catalog: CatalogService;
  readonly #ruleSets: RuleSetService;
  readonly #policies: PolicyService;
  readonly #signalWeights: SignalWeightsService;
  readonly #runner: RulePreviewRunner;
  readonly #jobs: Jobs;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  readonly #secret: Uint8Array;

  constructor(
    dataSource: DataSource,
    { catalog, ruleSets, policies, signalWeights, runner, secret }: PreviewSources,
    jobs: Jobs,
    clock: () => Date,
    logger: Logger,
  ) {
    this.#store = new RulePreviewsStore(dataSource);
    this.#catalog = catalog;
    this.#ruleSets = ruleSets;
    this.#policies = policies;
    this.#signalWeights = signalWeights;
    this.#runner = runner;
    this.#secret = secret;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#logger = logger;
    jobs.handle(PREVIEW_JOB, (context) => this.#workOff(context), 'SHORT');
  }

  /**
   * Has the preview made in the background: of what counts, or counted under an earlier version, against what would count
   * if the drafts were published now.
   *
   * @throws DomainError NOT_FOUND for a draft or version that there is not; RATE_LIMITED when as many previews of theirs
   *   wait as may
   */
  async request(asked: PreviewRequest, call: Call): Promise<RequestedPreview> {
    requireIds('learnerIds', asked.learnerIds);
    const errors = [
      ...audienceProblems(asked.audience ?? {}, this.#catalog.snapshot),
      ...requestProblems(asked, call.clientMutationId),
    ];
    if (errors.length > 0) return { preview: null, errors };
    const requestHash = hashOf(asked);
    const earlier = await this.#ofEarlierCall(call, requestHash);
    if (earlier !== null) return earlier;
    const { audience, learnerIds, sampleSize, surface, first, mayTellFew } = asked;
    const drafted = await this.#ruleSets.draftedContent(asked.draftIds);
    const beside = this.#problemsBesideLists(drafted);
    if (beside.length > 0) return { preview: null, errors: beside };
    const [before, after] = [await this.#sideBefore(asked.compareTo), this.#sideAfter(drafted)];
    const order: StoredOrder = {
      ...{ before, after, surface, first, mayTellFew },
      sampleSize: sampleSize ?? MOST_SAMPLED,
      audience: audienceOf(audience ?? {}),
      learnerIds: [...new Set(learnerIds)],
    };
    return await this.#start(order, requestHash, call);
  }

  async #start(order: StoredOrder, requestHash: string, call: Call): Promise<RequestedPreview> {
    const { by: requestedBy } = call;
    if ((await this.#store.countWaiting(requestedBy)) >= MOST_WAITING) {
      throw new DomainError(
        'RATE_LIMITED',
        `${MOST_WAITING} previews of yours are not done yet; ask again when one of them is.`,
      );
    }
    const id = previewId(call) ?? randomUUID();
    const preview = { id, requestedBy, requestedAt: this.#clock(), order, requestHash };
    const isNew = await this.#store.insert(preview, this.#keptSince());
    await this.#jobs.request(PREVIEW_JOB, requestedBy);
    // Two calls at once: the other has won.
    const earlier = isNew ? null : await this.#ofEarlierCall(call, requestHash);
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
    return { preview: null, errors: check.errors };
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
    const { before, after, mayTellFew } = order;
    const naming = mayTellFew ? [] : rulesNamingPeople(before, after);
    const findings = await this.#runner.run(order, naming, context);
    const tallies = findings.found.map(({ found }) => found);
    const forFew = mayTellFew ? [] : rulesForFew(before, after, tallies).filter((id) => !naming.includes(id));
    if (forFew.length === 0) return previewResult(before, after, findings, order, this.#secret);
    // Whom a rule is for is known only now: once more, without those that would tell of a few.
    const again = await this.#runner.run(order, [...naming, ...forFew], context);
    return previewResult(before, after, again, order, this.#secret);
  }

  /** @param version of the rule set; null: what counts */
  async #sideBefore(version: number | null): Promise<PreviewSide> {
    const { current } = this.#policies;
    const { weights } = this.#signalWeights.current;
    if (version === null) {
      return {
        ruleSet: contentOf(this.#ruleSets.current.content),
        policy: plainPolicy(current),
        signalWeights: weights,
      };
    }
    const { content } = await this.#ruleSets.at(version);
    const [policy, signalWeights] = await Promise.all([
      this.#policies.at(content.settings[this.#policies.kind.kind] ?? current.version),
      this.#signalWeights.at(content.settings[this.#signalWeights.kind.kind] ?? this.#signalWeights.current.version),
    ]);
    return { ruleSet: contentOf(content), policy: plainPolicy(policy), signalWeights: signalWeights.weights };
  }

  #sideAfter({ content, settings }: DraftedContent): PreviewSide {
    const { current } = this.#policies;
    const policy = settings.get(this.#policies.kind.kind)?.after as PolicyContent | undefined;
    const weights = settings.get(this.#signalWeights.kind.kind)?.after as ConfidenceWeights | undefined;
    return {
      ruleSet: contentOf(content),
      policy: policy === undefined ? plainPolicy(current) : { ...policy, version: current.version },
      signalWeights: weights ?? this.#signalWeights.current.weights,
    };
  }

  /** Settings that lists do not hang on: a preview that passed them over would seem to say that they change nothing. */
  #problemsBesideLists({ settings }: DraftedContent): readonly RowError[] {
    const check = new RowChecks(0);
    for (const kind of settings.keys()) {
      if (kind === this.#policies.kind.kind || kind === this.#signalWeights.kind.kind) continue;
      const message = `lists do not hang on the ${kind}, so there is nothing to preview of it; leave that draft out`;
      check.fail('INVALID_VALUE', message, 'draftIds');
    }
    return check.errors;
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
  { draftIds, learnerIds, sampleSize, audience, mayTellFew }: PreviewRequest,
  clientMutationId: string | null,
): readonly RowError[] {
  const check = new RowChecks(0);
  check.id(clientMutationId, 'clientMutationId');
  check.list(draftIds, MOST_DRAFTS, 'draftIds');
  check.list(learnerIds, MOST_SHOWN_LEARNERS, 'learnerIds');
  check.whole(sampleSize, 0, MOST_SAMPLED, 'sampleSize');
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

/** What is stored with a published set beside its content is of no interest to lists. */
const contentOf = ({ rules, holdoutPercent }: RuleSetContent): RuleSetContent => ({ rules, holdoutPercent });

const plainPolicy = ({ version, strengths, diversity, explorationShare }: Policy): Policy => ({
  version,
  strengths,
  diversity,
  explorationShare,
});
