import { DomainError } from '../platform/errors.js';
import { requireIds } from '../platform/rowChecks.js';
import { checkText } from '../platform/text.js';
import { DAY_MS } from '../platform/zonedTime.js';
import type { TrainingService } from '../training/training.service.js';
import { believe, NOTHING_OWN } from './belief.js';
import type { DeliveryGatherer, PersonInputs } from './deliveryGatherer.js';
import { type GroupWeek, groupWeek, UNTOLD_WEEK } from './groupWeek.js';
import { type LearnerWeek, learnerWeek } from './learnerWeek.js';
import { type GroupKind, parseTimingModel, type TimingModel } from './timingModel.js';

const MAX_LABEL = 200;

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
  group(department: string | null, location: string | null): GroupWeek {
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
    return this.#weekOf(kind, department ?? location ?? 'the organisation');
  }

  /** @param kind null: the organisation */
  #weekOf(kind: GroupKind | null, name: string): GroupWeek {
    const snapshot = this.#latestSnapshot();
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

  /** Changes once a day at most, however often a model is trained. */
  #latestSnapshot(): WeeksSnapshot | null {
    const live = this.#training.liveTiming;
    const day = Math.floor(this.#clock().getTime() / DAY_MS);
    const isForToday = this.#snapshot !== null && this.#snapshot.model !== null && this.#snapshot.day === day;
    if (live !== null && !isForToday && live.version !== this.#snapshot?.version) {
      this.#snapshot = { version: live.version, day, model: parseTimingModel(live.timing), weeks: new Map() };
    }
    return this.#snapshot;
  }
}

/** Where the weeks of groups come from, and those that were asked for. */
interface WeeksSnapshot {
  readonly version: string;
  /** Days since 1970, UTC, when it was taken. */
  readonly day: number;
  /** Null: none that this release can read. */
  readonly model: TimingModel | null;
  readonly weeks: Map<string, GroupWeek>;
}
