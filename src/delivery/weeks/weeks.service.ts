import { DomainError } from '../../platform/errors.js';
import { requireIds } from '../../platform/rowChecks.js';
import { checkText } from '../../platform/text.js';
import { DAY_MS, HOUR_MS } from '../../platform/zonedTime.js';
import type { TrainingService } from '../../training/training.service.js';
import type { DeliveryGatherer, PersonInputs } from '../deliveryGatherer.js';
import { believe, NOTHING_OWN } from '../model/belief.js';
import { type GroupKind, parseTimingModel, type TimingModel } from '../model/timingModel.js';
import { type GroupWeek, groupWeek, UNTOLD_WEEK } from './groupWeek.js';
import { type LearnerWeek, learnerWeek } from './learnerWeek.js';

const MAX_LABEL = 200;
/** A version that was begun on one day must not appear in the middle of the next. */
const LONGEST_TRAINING_MS = 6 * HOUR_MS;

/** Shows when people learn: to each their own week, to others that of groups alone. */
export class WeeksService {
  readonly #gatherer: DeliveryGatherer;
  readonly #training: TrainingService;
  readonly #clock: () => Date;
  #snapshot: WeeksSnapshot | null = null;

  constructor(gatherer: DeliveryGatherer, training: TrainingService, clock: () => Date) {
    this.#gatherer = gatherer;
    this.#training = training;
    this.#clock = clock;
  }

  /** @throws DomainError BAD_USER_INPUT for an id that nobody could have */
  async learner(learnerId: string): Promise<LearnerWeek> {
    requireIds('learnerId', [learnerId]);
    const [person] = (await this.#gatherer.people([learnerId], this.#clock())) as [PersonInputs];
    return learnerWeek(person, believe(person.personalisationOptOut ? { ...person, ...NOTHING_OWN } : person));
  }

  /**
   * Everyone of a department, of a location, or of the organisation where both are null, as of one training for the whole
   * day: figures of the same day can be compared without giving away who came or went.
   *
   * @throws DomainError BAD_USER_INPUT for both, since people could be told apart by where two groups meet, and for names
   *   that nothing could have
   */
  async group(department: string | null, location: string | null): Promise<GroupWeek> {
    if (department !== null && location !== null) {
      throw new DomainError('BAD_USER_INPUT', 'Ask for a department or for a location, not for both.', {
        argument: 'location',
      });
    }
    for (const [argument, name] of Object.entries({ department, location })) {
      const problem = name === null ? null : checkText(name, { maxLength: MAX_LABEL });
      if (problem !== null) throw new DomainError('BAD_USER_INPUT', `\`${argument}\` ${problem}.`, { argument });
    }
    const kind = department !== null ? 'DEPARTMENT' : location !== null ? 'LOCATION' : null;
    return await this.#weekOf(kind, department ?? location ?? 'the organisation');
  }

  /** @param kind null: the organisation */
  async #weekOf(kind: GroupKind | null, name: string): Promise<GroupWeek> {
    const snapshot = await this.#snapshotOfToday();
    const key = JSON.stringify([kind, name]);
    const known = snapshot?.weeks.get(key);
    if (known !== undefined) return known;
    const activity =
      kind === null
        ? snapshot?.model?.organisation
        : snapshot?.model?.groups.find((group) => group.isTold && group.kind === kind && group.name === name);
    if (snapshot === null || activity === undefined) return UNTOLD_WEEK;
    const week = groupWeek(name, activity);
    snapshot.weeks.set(key, week);
    return week;
  }

  /** The same all day in every process, however often a model is trained and whenever a process began. */
  async #snapshotOfToday(): Promise<WeeksSnapshot | null> {
    const day = Math.floor(this.#clock().getTime() / DAY_MS);
    if (this.#snapshot?.day === day) return this.#snapshot;
    const stored = await this.#training.timingBefore(new Date(day * DAY_MS - LONGEST_TRAINING_MS));
    if (stored === null) return null;
    this.#snapshot = { day, model: parseTimingModel(stored.timing), weeks: new Map() };
    return this.#snapshot;
  }
}

/** Where the weeks of groups come from, and those that were asked for. */
interface WeeksSnapshot {
  /** Days since 1970, UTC, that it is of. */
  readonly day: number;
  /** Null: of too few people, or none that this release can read. */
  readonly model: TimingModel | null;
  readonly weeks: Map<string, GroupWeek>;
}
