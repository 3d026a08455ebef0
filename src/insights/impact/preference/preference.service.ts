import type { DataSource } from 'typeorm';
import type { ExperimentsService } from '../../../experiments/experiments.service.js';
import { AudienceFigures } from '../../../learners/fewPeople/audienceFigures.js';
import { wholeFives } from '../../../learners/fewPeople/fewPeople.js';
import { DomainError } from '../../../platform/errors.js';
import { teamAt } from '../../../recommendations/pipeline/interleavedList.js';
import { preferenceCounts, type ToldPreference, toldPreference } from './preference.js';
import { PreferenceStore } from './preference.store.js';

const DAY_MS = 86_400_000;

/** Which of two variants people preferred whose lists were drawn from both. */
export interface ExperimentPreference extends ToldPreference {
  readonly experimentId: string;
  readonly controlId: string;
  readonly challengerId: string;
  readonly asOf: Date;
}

/** Tells preferences from what people clicked on. Reads any table, writes none. */
export class PreferenceService {
  readonly #store: PreferenceStore;
  readonly #experiments: ExperimentsService;
  readonly #clock: () => Date;
  readonly #secret: () => Uint8Array;

  /** @param secret by which figures are drawn that are not told as they are */
  constructor(dataSource: DataSource, experiments: ExperimentsService, clock: () => Date, secret: () => Uint8Array) {
    this.#secret = secret;
    this.#store = new PreferenceStore(dataSource);
    this.#experiments = experiments;
    this.#clock = clock;
  }

  /** @throws DomainError NOT_FOUND; BAD_USER_INPUT before it has begun, or where lists are not drawn from both variants */
  async preference(experimentId: string): Promise<ExperimentPreference> {
    const asOf = this.#clock();
    const { definition, startedAt, endedAt } = await this.#experiments.experiment(experimentId);
    const control = definition.variants.find(({ isControl }) => isControl);
    const challenger = definition.variants.find(({ isControl }) => !isControl);
    if (definition.mode !== 'INTERLEAVED' || control === undefined || challenger === undefined) {
      throw refused(`Each person gets one variant of the experiment "${experimentId}"; ask for its \`impact\`.`);
    }
    if (startedAt === null) throw refused(`The experiment "${experimentId}" has not begun; start it first.`);
    const until = endedAt !== null && endedAt < asOf ? endedAt : asOf;
    const [people, stored] = await Promise.all([
      this.#store.people(experimentId),
      this.#store.clickedLists(experimentId, until),
    ]);
    const lists = stored.map(({ learnerId, teams, clicked }) => ({
      ...{ learnerId, clicked },
      isChallenger: Array.from(teams, (_, place) => teamAt(teams, place) === 'CHALLENGER'),
    }));
    const days = (until.getTime() - startedAt.getTime()) / DAY_MS;
    const figures = new AudienceFigures(definition.audience, this.#secret());
    const enough = wholeFives(people + figures.noise({ name: 'served' })) >= definition.minimumPeoplePerVariant;
    const isRipe = enough && days >= definition.minimumDays;
    const told = toldPreference(preferenceCounts(lists), isRipe, figures);
    return { experimentId, controlId: control.id, challengerId: challenger.id, ...told, asOf };
  }
}

const refused = (message: string) => new DomainError('BAD_USER_INPUT', message, { argument: 'experimentId' });
