import type { DataSource } from 'typeorm';
import type { Revisions } from '../platform/database/revisions.js';
import type { Logger } from '../platform/logger.js';
import type { RuledPerson } from '../rules/applying/audienceIndex.js';
import type { RuleSetContent } from '../rules/model/rule.js';
import type { RuleSetService } from '../rules/ruleSets.service.js';
import type { TrainingService } from '../training/training.service.js';
import type { Experiment, ExperimentLayer } from './experiment.js';
import { modelVersionsOf } from './experimentChecks.js';
import { ExperimentsStore } from './experiments.store.js';
import {
  type Participation,
  participationIn,
  type RunningExperiment,
  runningExperiment,
} from './runningExperiments.js';

const NONE: readonly RunningExperiment[] = [];

/** The experiments that run, always at hand in memory: what is served asks it who gets what. */
export class LiveExperiments {
  readonly #store: ExperimentsStore;
  readonly #ruleSets: RuleSetService;
  readonly #training: TrainingService;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  #byLayer: Readonly<Record<ExperimentLayer, readonly RunningExperiment[]>> = { LISTS: NONE, DELIVERY: NONE };

  constructor(
    dataSource: DataSource,
    revisions: Revisions,
    ruleSets: RuleSetService,
    training: TrainingService,
    clock: () => Date,
    logger: Logger,
  ) {
    this.#store = new ExperimentsStore(dataSource);
    this.#ruleSets = ruleSets;
    this.#training = training;
    this.#clock = clock;
    this.#logger = logger;
    // They try rule sets and models, which they share with what counts.
    revisions.onChange('experiments', () => this.#load(), { afterOthers: true });
  }

  /** Those that change something in a layer, in the order of their ids. */
  in(layer: ExperimentLayer): readonly RunningExperiment[] {
    return this.#byLayer[layer];
  }

  /** What somebody gets of the experiments of a layer; null: what counts for everybody. */
  participation(layer: ExperimentLayer, person: RuledPerson): Participation | null {
    const { holdoutPercent } = this.#ruleSets.current.content;
    return participationIn(this.#byLayer[layer], layer, person, holdoutPercent, this.#clock().getTime());
  }

  async #load(): Promise<void> {
    const stored = await this.#store.running();
    const models = await this.#training.hold(new Set(stored.flatMap(({ definition }) => modelVersionsOf(definition))));
    const ruleSets = await this.#ruleSetsOf(stored);
    const running = stored.flatMap((experiment) => {
      const made = runningExperiment(experiment, { models, ruleSets });
      if (made === null) {
        const words = 'an experiment names a rule set or model that cannot be read; its people get what counts';
        this.#logger.error({ experimentId: experiment.id }, words);
      }
      return made ?? [];
    });
    this.#byLayer = {
      LISTS: running.filter(({ layers }) => layers.includes('LISTS')),
      DELIVERY: running.filter(({ layers }) => layers.includes('DELIVERY')),
    };
  }

  async #ruleSetsOf(stored: readonly Experiment[]): Promise<ReadonlyMap<number, RuleSetContent>> {
    const versions = stored.flatMap(({ definition }) => definition.variants.flatMap((one) => one.ruleSetVersion ?? []));
    const contents = new Map<number, RuleSetContent>();
    for (const version of new Set(versions)) {
      const content = await this.#ruleSets.contentAt(version);
      if (content !== null) contents.set(version, content);
    }
    return contents;
  }
}
