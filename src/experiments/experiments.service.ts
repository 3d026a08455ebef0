import { randomBytes } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { CatalogService } from '../catalog/catalog.service.js';
import { AudienceFigures } from '../learners/fewPeople/audienceFigures.js';
import type { LearnersService } from '../learners/learners.service.js';
import type { AuditAction, AuditLog } from '../platform/audit.js';
import type { Revisions } from '../platform/database/revisions.js';
import type { RowError } from '../platform/errors.js';
import { requireIds } from '../platform/rowChecks.js';
import { reasonProblems, type SettingUpdate, type VersionedSettings } from '../platform/settings/versionedSettings.js';
import { ruledPerson } from '../rules/applying/ruledPerson.js';
import { canonicalJson } from '../rules/model/ruleSetHash.js';
import { assign } from './assignment.js';
import { type Experiment, type ExperimentStatus, isOverriding, type Variant } from './experiment.js';
import { experimentProblems, startProblems } from './experimentChecks.js';
import { ExperimentsStore } from './experiments.store.js';
import {
  auditedExperiment,
  changedSince,
  noSuchExperiment,
  secondPersonProblems,
  single,
  statusProblems,
} from './experimentWords.js';
import { type ExposureReport, exposureReport } from './exposureReport.js';
import { definitionOf, type GivenExperiment } from './givenExperiment.js';
import type { LiveExperiments } from './liveExperiments.js';
import { participation, variantIdOf } from './runningExperiments.js';
import { type ShippingPlaces, shipIn, shippingProblems, takeBackIn } from './shipping.js';

/** The experiment as it is now; null when nothing was changed because of the errors. */
export interface ExperimentResult {
  readonly experiment: Experiment | null;
  readonly errors: readonly RowError[];
}

/** Why, on what basis and by whom an experiment is changed. */
export type ExperimentUpdate = SettingUpdate & { readonly expectedVersion: number };

/** What somebody gets in an experiment. */
export interface ExperimentAssignment {
  readonly experimentId: string;
  readonly learnerId: string;
  /** `INTERLEAVED`: lists drawn from both; null: they take no part, or it does not run. */
  readonly variantId: string | null;
  /** The learner, or their department; null without a variant. */
  readonly unitId: string | null;
}

interface Places extends ShippingPlaces {
  readonly revisions: Revisions;
  readonly settings: VersionedSettings;
  readonly catalog: CatalogService;
  readonly learners: LearnersService;
  readonly audit: AuditLog;
  readonly live: LiveExperiments;
  /** By which figures are drawn that are not told as they are. */
  readonly secret: () => Uint8Array;
}

/** What is done to an experiment that is held. */
type Change = (transaction: EntityManager, experiment: Experiment) => Promise<Changed>;
type Changed =
  | { readonly made: Partial<Experiment>; readonly errors?: undefined }
  | { readonly errors: readonly RowError[] };

const SALT_BYTES = 16;

/** Experiments from their draft to what became of them. */
export class ExperimentsService {
  readonly #store: ExperimentsStore;
  readonly #places: Places;
  readonly #clock: () => Date;

  constructor(dataSource: DataSource, places: Places, clock: () => Date) {
    this.#store = new ExperimentsStore(dataSource);
    this.#places = places;
    this.#clock = clock;
  }

  /** @throws DomainError NOT_FOUND */
  async experiment(id: string): Promise<Experiment> {
    requireIds('id', [id]);
    const found = await this.#store.byId(id);
    if (found === null) throw noSuchExperiment(id);
    return found;
  }

  /** Newest first. */
  async experiments(statuses: readonly ExperimentStatus[], limit: number): Promise<Experiment[]> {
    return await this.#store.list(statuses, limit);
  }

  /** Who was served what, and whether that is as it was planned. */
  async exposures(experiment: Experiment): Promise<ExposureReport> {
    const { definition } = experiment;
    const figures = new AudienceFigures(definition.audience, this.#places.secret());
    return exposureReport(definition, await this.#store.exposures(experiment.id), figures);
  }

  /**
   * What somebody gets now; nothing is recorded.
   *
   * @throws DomainError NOT_FOUND for no such experiment, or one that has not run
   */
  async assignment(experimentId: string, learnerId: string): Promise<ExperimentAssignment> {
    requireIds('learnerId', [learnerId]);
    const { status } = await this.experiment(experimentId);
    if (status === 'DRAFT') throw noSuchExperiment(experimentId);
    const { live, learners, ruleSets } = this.#places;
    const learner = (await learners.learners([learnerId])).get(learnerId) ?? null;
    const running = [...live.in('LISTS'), ...live.in('DELIVERY')].find(({ id }) => id === experimentId);
    const { holdoutPercent } = ruleSets.current.content;
    const person = ruledPerson(learnerId, learner, new Map());
    const assigned = running && assign(running, person, holdoutPercent, this.#clock().getTime());
    if (running === undefined || assigned == null) return { experimentId, learnerId, variantId: null, unitId: null };
    const { unitId, variantIndex } = assigned;
    return { experimentId, learnerId, variantId: variantIdOf(participation(running, unitId, variantIndex)), unitId };
  }

  /** A draft. Sent again, word for word, it is the one that is there. */
  async create(
    id: string,
    given: GivenExperiment,
    { reason, by }: Omit<SettingUpdate, 'expectedVersion'>,
  ): Promise<ExperimentResult> {
    requireIds('id', [id]);
    const errors = [...reasonProblems({ reason }), ...idProblems(id), ...this.#problems(given)];
    if (errors.length > 0) return { experiment: null, errors };
    const definition = definitionOf(given);
    const made: Experiment = {
      ...{ id, status: 'DRAFT', version: 1, definition, reason },
      salt: randomBytes(SALT_BYTES).toString('hex'),
      ...{ createdBy: by, createdAt: this.#clock(), editedBy: by, startedAt: null, endedAt: null, shipped: null },
    };
    return await this.#inTurn(async (transaction) => {
      const known = await this.#store.lock(transaction, id);
      if (known !== null) {
        const isSame = known.version === 1 && canonicalJson(known.definition) === canonicalJson(definition);
        if (isSame) return { experiment: known, errors: [] };
        return { experiment: null, errors: single('CONFLICT', `There is another experiment "${id}" already`, 'id') };
      }
      await this.#store.insert(transaction, made);
      await this.#places.audit.record(transaction, { reason, by }, [auditedExperiment('DRAFTED', null, made)]);
      return { experiment: made, errors: [] };
    });
  }

  /** Puts something else in place of what a draft says. */
  async update(id: string, given: GivenExperiment, update: ExperimentUpdate): Promise<ExperimentResult> {
    const errors = this.#problems(given);
    if (errors.length > 0) return { experiment: null, errors };
    return await this.#change(id, update, 'EDITED', async (_, experiment) => {
      const problems = statusProblems(experiment, ['DRAFT'], 'changed');
      if (problems.length > 0) return { errors: problems };
      return { made: { definition: definitionOf(given), editedBy: update.by } };
    });
  }

  /** From now on people are drawn; what the experiment is stays as it is for good. */
  async start(id: string, update: ExperimentUpdate): Promise<ExperimentResult> {
    const { definition } = await this.experiment(id);
    const missing = await this.#missingParts(definition.variants);
    if (missing.length > 0) return { experiment: null, errors: missing };
    return await this.#change(id, update, 'STARTED', async (transaction, experiment) => {
      const problems = [
        ...statusProblems(experiment, ['DRAFT'], 'started'),
        ...secondPersonProblems(experiment, update.by, this.#needsSecondPerson),
        ...startProblems(experiment, await this.#store.running(transaction)),
      ];
      if (problems.length > 0) return { errors: problems };
      return { made: { status: 'RUNNING', startedAt: this.#clock() } };
    });
  }

  /** From now on everybody gets what counts. What was measured stays. */
  async stop(id: string, update: ExperimentUpdate): Promise<ExperimentResult> {
    return await this.#change(id, update, 'STOPPED', async (_, experiment) => {
      const problems = statusProblems(experiment, ['RUNNING'], 'stopped');
      if (problems.length > 0) return { errors: problems };
      return { made: { status: 'STOPPED', endedAt: this.#clock() } };
    });
  }

  /** What a variant changes counts for everybody from now on. */
  async ship(id: string, variantId: string, update: ExperimentUpdate): Promise<ExperimentResult> {
    return await this.#change(id, update, 'SHIPPED', async (transaction, experiment) => {
      const variant = experiment.definition.variants.find((one) => one.id === variantId);
      const problems = [
        ...statusProblems(experiment, ['RUNNING', 'STOPPED'], 'shipped'),
        ...secondPersonProblems(experiment, update.by, this.#needsSecondPerson),
        ...shippableProblems(variant, variantId),
        ...(variant === undefined ? [] : shippingProblems(variant, this.#places)),
      ];
      if (problems.length > 0 || variant === undefined) return { errors: problems };
      const shipped = await shipIn(transaction, variant, update, this.#places);
      return { made: { status: 'SHIPPED', shipped, endedAt: experiment.endedAt ?? this.#clock() } };
    });
  }

  /** Everybody gets what counted before the experiment, also when a variant was shipped. */
  async rollBack(id: string, update: ExperimentUpdate): Promise<ExperimentResult> {
    return await this.#change(id, update, 'ROLLED_BACK', async (transaction, experiment) => {
      const problems = statusProblems(experiment, ['RUNNING', 'STOPPED', 'SHIPPED'], 'rolled back');
      if (problems.length > 0) return { errors: problems };
      if (experiment.status === 'SHIPPED' && experiment.shipped !== null) {
        await takeBackIn(transaction, experiment.shipped, update, this.#places);
      }
      return { made: { status: 'ROLLED_BACK', endedAt: experiment.endedAt ?? this.#clock() } };
    });
  }

  get #needsSecondPerson(): boolean {
    return this.#places.settings.directChangeRefusal !== null;
  }

  #problems(given: GivenExperiment): readonly RowError[] {
    const { catalog, ruleSets } = this.#places;
    return experimentProblems(given, catalog.snapshot, (kind, change) => ruleSets.tunable(kind).kind.problems(change));
  }

  /** Rule sets and models that variants name and that there are not, or that cannot be read. */
  async #missingParts(variants: readonly Variant[]): Promise<readonly RowError[]> {
    const { ruleSets, training } = this.#places;
    const errors: RowError[] = [];
    for (const [i, { ruleSetVersion, modelVersion }] of variants.entries()) {
      const at = ['variants', String(i)];
      if (ruleSetVersion !== null && (await ruleSets.contentAt(ruleSetVersion)) === null) {
        errors.push(
          ...single('NOT_FOUND', `There is no version ${ruleSetVersion} of the rule set`, ...at, 'ruleSetVersion'),
        );
      }
      if (modelVersion !== null && !(await training.isReadable(modelVersion))) {
        errors.push(
          ...single('NOT_FOUND', `There is no model version "${modelVersion}" that can be read`, ...at, 'modelVersion'),
        );
      }
    }
    return errors;
  }

  /** @throws DomainError NOT_FOUND, or CONFLICT when somebody else has changed the experiment since */
  async #change(id: string, update: ExperimentUpdate, action: AuditAction, change: Change): Promise<ExperimentResult> {
    requireIds('id', [id]);
    const errors = reasonProblems(update);
    if (errors.length > 0) return { experiment: null, errors };
    return await this.#inTurn(async (transaction) => {
      const experiment = await this.#store.lock(transaction, id);
      if (experiment === null) throw noSuchExperiment(id);
      if (experiment.version !== update.expectedVersion) throw changedSince(experiment, update.expectedVersion);
      const changed = await change(transaction, experiment);
      if (changed.errors !== undefined) return { experiment: null, errors: changed.errors };
      const { reason, by } = update;
      const made = { ...experiment, ...changed.made, reason, version: experiment.version + 1 };
      await this.#store.save(transaction, made);
      await this.#places.audit.record(transaction, { reason, by }, [auditedExperiment(action, experiment, made)]);
      return { experiment: made, errors: [] };
    });
  }

  /**
   * One transaction in which experiments change, one after another, so that no two that overlap start at once. Settings
   * wait as well: shipping changes them, and whoever takes two locks takes them in one order.
   */
  async #inTurn<Result>(work: (transaction: EntityManager) => Promise<Result>): Promise<Result> {
    return await this.#places.settings.inTurn(async (transaction) => {
      await this.#places.revisions.raise(transaction, 'experiments');
      return await work(transaction);
    });
  }
}

function idProblems(id: string): readonly RowError[] {
  return id.includes('/') ? single('INVALID_VALUE', 'id must hold no "/"', 'id') : [];
}

function shippableProblems(variant: Variant | undefined, variantId: string): readonly RowError[] {
  if (variant === undefined) {
    return single('NOT_FOUND', `The experiment has no variant "${variantId.slice(0, 80)}"`, 'variantId');
  }
  if (isOverriding(variant)) return [];
  const message = 'The control changes nothing, so there is nothing to ship; use rollBackExperiment';
  return single('INVALID_VALUE', message, 'variantId');
}
