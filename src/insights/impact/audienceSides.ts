import type { LearnersService } from '../../learners/learners.service.js';
import { DomainError } from '../../platform/errors.js';
import { personOf } from '../../rules/applying/ruledPerson.js';
import { matchesAudience } from '../../rules/model/audience.js';
import type { RuleAudience } from '../../rules/model/rule.js';

/** Somebody at a moment. */
export interface PersonAt {
  readonly learnerId: string;
  readonly at: Date;
}

/** Somebody who was found, and after how many others they came. */
interface FoundPerson extends PersonAt {
  readonly place: number;
}

/** The people of a side, in the order in which everybody comes. */
export interface Found {
  readonly people: readonly FoundPerson[];
  /** The last place up to which all were found; infinite: there are no others. */
  readonly end: number;
}

/** Whom to look for. */
export interface Wanted {
  readonly audience: RuleAudience;
  /** In the audience, or everybody else. */
  readonly isInside: boolean;
  /** Whether somebody counts at all. */
  readonly isCounted: (learnerId: string) => boolean;
  /** When each of them was met, in their order; whoever was not is left out. */
  readonly met: (learnerIds: readonly string[]) => Promise<readonly PersonAt[]>;
}

/** More on a side make an interval hardly narrower. */
const MOST_PEOPLE = 5_000;
/** However rare those are who belong to a side: people come in an order of which any beginning is a fair sample. */
const MOST_LOOKED_AT = 50_000;
const PAGE = 10_000;
/** People who are looked at together: the last of them may be for nothing. */
const CHUNK = 2_000;

const EVERYBODY = { departments: [], roleIds: [], locations: [], learnerIds: [] };

/**
 * Whoever is short of a skill now may not have been then, and closing gaps is what rules and goals are for: those who are
 * still in such an audience are those whom it did not help.
 *
 * @param argument that the audience was asked by
 * @throws DomainError BAD_USER_INPUT
 */
export function requireKeptAudience({ skillGap }: RuleAudience, argument: string): void {
  if (skillGap === null) return;
  throw new DomainError(
    'BAD_USER_INPUT',
    'It is for people who are short of a skill. Who was so at the time is not kept, and those who still are may be the ones ' +
      'it did not help, so nobody can be compared by it. Draw people apart by an experiment, or by a campaign with a holdout.',
    { argument },
  );
}

/**
 * Tells the people of an audience from others: active ones who did not opt out of personal lists and were hired by then.
 * Attributes keep no past: people are taken to have been what they are now.
 */
export class AudienceSplitter {
  readonly #learners: LearnersService;

  constructor(learners: LearnersService) {
    this.#learners = learners;
  }

  /** The first 5,000 of whom one looks for, among 50,000 that count. */
  async first({ audience, isInside, isCounted, met }: Wanted): Promise<Found> {
    const { departments, roleIds, locations, learnerIds } = audience;
    const criteria = isInside ? { departments, roleIds, locations, learnerIds } : EVERYBODY;
    const found: FoundPerson[] = [];
    let [lookedAt, passed] = [0, 0];
    for await (const page of this.#learners.people(criteria, PAGE)) {
      const places = new Map(page.map((learnerId, i) => [learnerId, passed + i]));
      passed += page.length;
      const placeOf = (learnerId: string | undefined): number => places.get(learnerId ?? '') ?? passed;
      const counted = page.filter(isCounted);
      for (let start = 0; start < counted.length; start += CHUNK) {
        const chunk = counted.slice(start, start + CHUNK);
        const people = await met(chunk);
        const test = await this.#test(audience, people);
        const own = people.filter((person) => test(person) === isInside);
        found.push(...own.map((person) => ({ ...person, place: placeOf(person.learnerId) })));
        lookedAt += chunk.length;
        if (found.length >= MOST_PEOPLE) {
          const first = found.slice(0, MOST_PEOPLE);
          return { people: first, end: first.at(-1)?.place ?? 0 };
        }
        if (lookedAt >= MOST_LOOKED_AT) return { people: found, end: placeOf(chunk.at(-1)) };
      }
    }
    return { people: found, end: Number.POSITIVE_INFINITY };
  }

  /** Whether somebody belongs to an audience; null: they were not there. */
  async #test(audience: RuleAudience, people: readonly PersonAt[]): Promise<(person: PersonAt) => boolean | null> {
    const learners = await this.#learners.learners(people.map(({ learnerId }) => learnerId));
    return ({ learnerId, at }) => {
      const learner = learners.get(learnerId);
      if (learner === undefined || learner.personalisationOptOut) return null;
      if (learner.hiredOn !== null && Date.parse(learner.hiredOn) > at.getTime()) return null;
      return matchesAudience(audience, personOf({ learner, learnerId }, new Map()), at.getTime());
    };
  }
}
