import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { ActivityService } from '../activity/activity.service.js';
import type { CatalogService } from '../catalog/catalog.service.js';
import type { LearnersService } from '../learners/learners.service.js';
import type { Queryable } from '../platform/database/database.js';
import type { Revisions } from '../platform/database/revisions.js';
import { type JobContext, type JobRow, JobStopped, type Jobs } from '../platform/jobs/jobs.js';
import type { Logger } from '../platform/logger.js';
import type { FitResources, ModelSummary } from './fit.worker.js';
import { FitCancelled, type FittedModel, fitInThread } from './fitThread.js';
import { gatherTrainingEvents } from './gatherEvents.js';
import { type GateVerdict, knowsTastes, loadModel, type Model, recipeOf } from './model.js';
import { assertSeal, decodeModelInBackground, sealOf } from './modelArtifact.js';
import type { RankingTrainer } from './rankingTrainer.js';
import type { TimingTrainer } from './timingTrainer.js';
import { trainingOptions } from './trainer.js';
import { type ModelVersionRow, type ModelVersionSummary, type StoredModel, TrainingStore } from './training.store.js';

export type { ModelVersionSummary };

export const TRAINING_JOB = 'TRAIN_MODEL';

/** Growth of the log, as a share of what the last training has seen, that is not left waiting for the interval. */
const GROWTH_WORTH_TRAINING = 0.25;

/** How many older versions are tried when the live one cannot be read. */
const MOST_TRIED = 10;

/** The model that answers are made with. */
export interface LiveModel {
  readonly version: string;
  readonly model: Model;
  /** What the ranking trainer made of it; null: nothing. */
  readonly ranking: unknown;
}

/** When people are active, as the newest training that could say found it. */
export interface LiveTiming {
  /** Of the model that it was fitted with. */
  readonly version: string;
  /** What the timing trainer made. */
  readonly timing: unknown;
}

/** How much a training may use. */
export interface TrainingSettings extends FitResources {
  /** No further setting is tried after this. */
  readonly timeBudgetMs: number;
}

/** Trains models in the background and keeps the live one in memory. */
export class TrainingService {
  readonly #dataSource: DataSource;
  readonly #store: TrainingStore;
  readonly #activity: ActivityService;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #revisions: Revisions;
  readonly #jobs: Jobs;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  readonly #settings: TrainingSettings;
  readonly #rankingTrainer: RankingTrainer;
  readonly #timingTrainer: TimingTrainer;
  #live: LiveModel | null = null;
  #held: ReadonlyMap<string, LiveModel> = new Map();
  #liveTiming: LiveTiming | null = null;

  constructor(
    dataSource: DataSource,
    activity: ActivityService,
    catalog: CatalogService,
    learners: LearnersService,
    revisions: Revisions,
    jobs: Jobs,
    clock: () => Date,
    logger: Logger,
    settings: TrainingSettings,
    rankingTrainer: RankingTrainer,
    timingTrainer: TimingTrainer,
  ) {
    this.#dataSource = dataSource;
    this.#store = new TrainingStore(dataSource);
    this.#activity = activity;
    this.#catalog = catalog;
    this.#learners = learners;
    this.#revisions = revisions;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#logger = logger;
    this.#settings = settings;
    this.#rankingTrainer = rankingTrainer;
    this.#timingTrainer = timingTrainer;
    revisions.onChange('model', async () => {
      await Promise.all([this.#loadLive(), this.#loadTiming()]);
    });
    jobs.handle(TRAINING_JOB, (context) => this.train(context));
  }

  /** Null: none has been trained yet. Never changes under a caller: a newer model is another object. */
  get liveModel(): LiveModel | null {
    return this.#live;
  }

  /** Null: none has been fitted yet. Never changes under a caller. */
  get liveTiming(): LiveTiming | null {
    return this.#liveTiming;
  }

  /**
   * Keeps these versions in memory beside the live one, and no others; each is read once. Those that are not there, or
   * cannot be read, are missing from the answer.
   */
  async hold(versions: ReadonlySet<string>): Promise<ReadonlyMap<string, LiveModel>> {
    const held = new Map<string, LiveModel>();
    for (const version of versions) {
      const model = this.#inMemory(version) ?? (await this.#read(await this.#store.artifact(version)));
      if (model !== null) held.set(version, model);
    }
    this.#held = held;
    return held;
  }

  /** A version for a while, which stays no longer in memory than the caller holds it; null: it is not there, or cannot be read. */
  async version(version: string): Promise<LiveModel | null> {
    return this.#inMemory(version) ?? (await this.#read(await this.#store.artifact(version)));
  }

  /** Whether a version is kept and can be read. */
  async isReadable(version: string): Promise<boolean> {
    return (await this.version(version)) !== null;
  }

  /**
   * Makes a kept version the live one, whatever its gates said; the next training may replace it.
   *
   * @param inPlaceOf changes nothing when another one than this is live; null: whichever is
   * @returns the version that was live before; null: there was none
   */
  async goLive(transaction: Queryable, version: string, inPlaceOf: string | null = null): Promise<string | null> {
    await this.#revisions.raise(transaction, 'model');
    const before = await this.#store.liveVersion(transaction);
    if (before === version || (inPlaceOf !== null && before !== inPlaceOf)) return before;
    await this.#store.retireLive(transaction);
    await this.#store.makeLive(transaction, version);
    return before;
  }

  /**
   * The timing of the newest version trained before a moment, or where there is none of the oldest: the same in every
   * process, whenever it began. Null: none has been fitted yet.
   */
  async timingBefore(moment: Date): Promise<LiveTiming | null> {
    const stored = await this.#store.timingBefore(moment);
    return stored === null ? null : { version: stored.id, timing: stored.timing };
  }

  /** The training run that will see everything stored by now. */
  async request(requestedBy: string): Promise<JobRow> {
    return await this.#jobs.request(TRAINING_JOB, requestedBy);
  }

  async run(id: string): Promise<JobRow | null> {
    const job = await this.#jobs.find(id);
    return job?.kind === TRAINING_JOB ? job : null;
  }

  /** Newest first. */
  async versions(limit: number): Promise<ModelVersionSummary[]> {
    return await this.#store.versions(limit);
  }

  /**
   * Whether a scheduled training is worth its while: the signal weights have changed since the last one, the log has
   * grown by a quarter, or the interval has passed and it has grown at all or lost somebody who was erased. A version that was rejected counts as well:
   * the same activity by the same weights would be rejected again.
   */
  async isDue(everyMinutes: number): Promise<boolean> {
    const [latest, watermark] = await Promise.all([this.#store.latest(), this.#activity.watermark()]);
    const isAnyErased = latest !== null && (await this.#learners.isAnyErasedSince(latest.trainedAt));
    const before = Number(latest?.watermark ?? 0);
    const grown = Number(watermark) - before;
    const usedWeights = latest?.metrics.signalWeightsVersion ?? 0;
    if (latest !== null && usedWeights !== this.#learners.signalWeights.version) return true;
    const ageMinutes = latest === null ? 0 : (this.#clock().getTime() - latest.trainedAt.getTime()) / 60_000;
    if (isAnyErased && ageMinutes >= everyMinutes) return true;
    return grown > 0 && (grown >= GROWTH_WORTH_TRAINING * before || ageMinutes >= everyMinutes);
  }

  /**
   * Trains on everything stored up to now and makes the result live if it passes its gates. The version is recorded either
   * way, with its figures and the verdict.
   *
   * @returns null when there is no activity to learn from; then nothing is recorded
   * @throws JobStopped when told to stop before the end
   */
  async train(context: JobContext): Promise<ModelVersionSummary | null> {
    // The end of the log may have gone with somebody who was erased: a model without them has seen no less.
    const [logEnd, latest] = await Promise.all([this.#activity.watermark(), this.#store.latest()]);
    const watermark = Number(latest?.watermark ?? 0) > Number(logEnd) ? (latest?.watermark ?? logEnd) : logEnd;
    const asOf = this.#clock();
    const { version: signalWeightsVersion, weights } = this.#learners.signalWeights;
    const { events, learnerIds } = await gatherTrainingEvents(
      this.#activity,
      this.#learners,
      this.#catalog.snapshot,
      watermark,
      context,
    );
    const { timeBudgetMs, ...resources } = this.#settings;
    const options = trainingOptions(asOf.getTime(), weights, timeBudgetMs);
    const live = this.#live === null ? null : recipeOf(this.#live.model.trained);
    const fitted = await fitInThread(events, live, options, resources, true, context).catch((error: unknown) => {
      throw error instanceof FitCancelled ? new JobStopped() : error;
    });
    const { holdout, learnerCount, interactionCount } = fitted.summary;
    if (interactionCount === 0) return null;
    const ranking = await this.#fitRanking(fitted, learnerIds, watermark, context);
    const timing = await this.#fitTiming(asOf, context);
    const version = await this.#dataSource.transaction(async (transaction): Promise<ModelVersionRow> => {
      await this.#revisions.raise(transaction, 'model');
      const verdict = await this.#verdictOn(fitted.summary, watermark, transaction);
      if (verdict.passed) await this.#store.retireLive(transaction);
      const id = `m-${asOf.toISOString().slice(0, 16).replace(/[-:T]/g, '')}-${randomUUID().slice(0, 8)}`;
      const row: ModelVersionRow = {
        id,
        seal: sealOf(id, fitted.artifact),
        status: verdict.passed ? 'LIVE' : 'REJECTED',
        trainedAt: asOf,
        watermark,
        verdict: verdict.reason,
        metrics: { learnerCount, interactionCount, holdout, signalWeightsVersion },
        artifact: Buffer.from(fitted.artifact.buffer, fitted.artifact.byteOffset, fitted.artifact.byteLength),
        ranking,
        timing,
      };
      await this.#store.insert(transaction, row);
      return row;
    });
    await this.#revisions.refresh();
    const { id: modelVersion, status, verdict } = version;
    this.#logger.info({ modelVersion, status, verdict, engine: fitted.engine }, 'model trained');
    const { artifact: _, watermark: __, timing: ___, seal: ____, ...summary } = version;
    return summary;
  }

  /** A model without fitted weights ranks as one did before there were any: better than no model. */
  async #fitRanking(
    { rehearsal, summary }: FittedModel,
    learnerIds: readonly string[],
    watermark: string,
    context: JobContext,
  ): Promise<unknown> {
    if (rehearsal === null || !summary.gate.passed) return null;
    const idsOf = (rows: Int32Array): string[] => Array.from(rows, (row) => learnerIds[row] as string);
    const { artifact, cutMs, tunedOn, measuredOn } = rehearsal;
    try {
      return await this.#rankingTrainer.fitRanking(
        { artifact, cut: new Date(cutMs), watermark, fitOn: idsOf(tunedOn), measureOn: idsOf(measuredOn) },
        context,
      );
    } catch (error) {
      if (error instanceof JobStopped) throw error;
      this.#logger.warn({ err: error }, 'the ranking could not be fitted; lists are ranked with the usual weights');
      return null;
    }
  }

  /** Without a new timing the one before goes on serving. */
  async #fitTiming(asOf: Date, context: JobContext): Promise<unknown> {
    try {
      return await this.#timingTrainer.fitTiming(asOf, context);
    } catch (error) {
      if (error instanceof JobStopped) throw error;
      this.#logger.warn({ err: error }, 'when people are active could not be fitted; the timing of before stays');
      return null;
    }
  }

  /** The model's own gate, and whether it would take the place of a better or newer one. */
  async #verdictOn(trained: ModelSummary, watermark: string, transaction: Queryable): Promise<GateVerdict> {
    if (Number(await this.#store.liveWatermark(transaction)) > Number(watermark)) {
      return { passed: false, reason: 'A model that has seen more went live meanwhile.' };
    }
    if (!knowsTastes(trained) && this.#live !== null && knowsTastes(this.#live.model.trained)) {
      return { passed: false, reason: `${trained.gate.reason} The live model knows tastes and stays.` };
    }
    return trained.gate;
  }

  /** A damaged model is left aside: the one in memory goes on serving, or after a start the last one that can be read. */
  async #loadLive(): Promise<void> {
    const version = await this.#store.liveVersion(this.#dataSource);
    if (version === null || version === this.#live?.version) return;
    const model = this.#inMemory(version) ?? (await this.#read(await this.#store.artifact(version)));
    if (model !== null) this.#live = model;
    else this.#live ??= await this.#lastGood();
  }

  async #lastGood(): Promise<LiveModel | null> {
    for (const version of await this.#store.retired(MOST_TRIED)) {
      const model = await this.#read(await this.#store.artifact(version));
      if (model === null) continue;
      this.#logger.error({ modelVersion: version }, 'an older model serves in the place of one that cannot be read');
      return model;
    }
    return null;
  }

  #inMemory(version: string): LiveModel | null {
    return this.#live?.version === version ? this.#live : (this.#held.get(version) ?? null);
  }

  /** Null: it is not there, or damaged, which is told. */
  async #read(stored: StoredModel | null): Promise<LiveModel | null> {
    if (stored === null) return null;
    try {
      assertSeal(stored.id, stored.artifact, stored.seal);
      const model = loadModel(await decodeModelInBackground(stored.artifact));
      return { version: stored.id, model, ranking: stored.ranking };
    } catch (error) {
      this.#logger.error({ err: error, modelVersion: stored.id }, 'a model cannot be read and is not used');
      return null;
    }
  }

  async #loadTiming(): Promise<void> {
    const stored = await this.#store.newestTiming();
    if (stored === null || stored.id === this.#liveTiming?.version) return;
    this.#liveTiming = { version: stored.id, timing: stored.timing };
  }
}
