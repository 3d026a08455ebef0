import { DomainError } from '../platform/errors.js';
import { requireIds } from '../platform/rowChecks.js';
import { checkText } from '../platform/text.js';
import { believe } from './belief.js';
import type { DeliveryGatherer, PersonInputs } from './deliveryGatherer.js';
import { type GroupWeek, groupWeek } from './groupWeek.js';
import { type LearnerWeek, learnerWeek } from './learnerWeek.js';
import type { OrganisationRhythms } from './organisationRhythm.js';

const MAX_LABEL = 200;

/** Shows when people learn: to each their own week, to others that of groups alone. */
export class WeeksService {
  readonly #gatherer: DeliveryGatherer;
  readonly #rhythms: OrganisationRhythms;
  readonly #clock: () => Date;

  constructor(gatherer: DeliveryGatherer, rhythms: OrganisationRhythms, clock: () => Date) {
    this.#gatherer = gatherer;
    this.#rhythms = rhythms;
    this.#clock = clock;
  }

  /** @throws DomainError BAD_USER_INPUT for an id that nobody could have */
  async learner(learnerId: string): Promise<LearnerWeek> {
    requireIds('learnerId', [learnerId]);
    const [person] = (await this.#gatherer.people([learnerId], this.#clock())) as [PersonInputs];
    return learnerWeek(person, believe(person.personalisationOptOut ? withoutOwn(person) : person));
  }

  /**
   * Everyone of a department, of a location, or of the organisation where both are null.
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
    const activity = await this.#rhythms.activityOf({ department, location }, this.#clock());
    return groupWeek(department ?? location ?? 'the organisation', activity);
  }
}

function withoutOwn(person: PersonInputs): PersonInputs {
  return { ...person, activeHoursMs: [], deliveries: [], group: { department: null, location: null } };
}
