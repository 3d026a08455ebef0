import type { CatalogService } from '../../catalog/catalog.service.js';
import type { LearnersService } from '../../learners/learners.service.js';
import { rolesOf, skillGaps } from '../../learners/skillGaps.js';
import { personOf } from '../../rules/applying/ruledPerson.js';
import { matchesAudience } from '../../rules/model/audience.js';
import type { RuleAudience } from '../../rules/model/rule.js';

/** Somebody at a moment. */
export interface PersonAt {
  readonly learnerId: string;
  readonly at: Date;
}

/** People who belong to an audience and others, each in the order in which they came. */
export interface AudienceSides<Person> {
  readonly inside: readonly Person[];
  readonly outside: readonly Person[];
}

/** More on a side make an interval hardly narrower. */
const MOST_PEOPLE = 5_000;
/** However rare those are who belong to a side: people come in an order of which any beginning is a fair sample. */
const MOST_LOOKED_AT = 50_000;
const PAGE = 500;

/** Tells the people of an audience from others. Attributes keep no past: people are taken to have been what they are now. */
export class AudienceSplitter {
  readonly #learners: LearnersService;
  readonly #catalog: CatalogService;

  constructor(learners: LearnersService, catalog: CatalogService) {
    this.#learners = learners;
    this.#catalog = catalog;
  }

  /** The first 5,000 of each side; whoever was hired later, is not known or opted out of personal lists is on neither. */
  async split<Person extends PersonAt>(
    audience: RuleAudience,
    people: readonly Person[],
  ): Promise<AudienceSides<Person>> {
    const inside: Person[] = [];
    const outside: Person[] = [];
    for (let start = 0; start < people.length; start += PAGE) {
      const page = people.slice(start, start + PAGE);
      const isInside = await this.#test(audience, page);
      for (const person of page) {
        const found = isInside(person);
        if (found !== null) (found ? inside : outside).push(person);
      }
      if (inside.length >= MOST_PEOPLE && outside.length >= MOST_PEOPLE) break;
    }
    return { inside: inside.slice(0, MOST_PEOPLE), outside: outside.slice(0, MOST_PEOPLE) };
  }

  /** Active people as of a moment: the first 5,000 of the audience and of everybody else, among 50,000. */
  async sidesAt(audience: RuleAudience, at: Date): Promise<AudienceSides<PersonAt>> {
    const { departments, roleIds, locations, learnerIds } = audience;
    const [own, all] = await Promise.all([
      this.#first({ departments, roleIds, locations, learnerIds }, audience, at, true),
      this.#first({ departments: [], roleIds: [], locations: [], learnerIds: [] }, audience, at, false),
    ]);
    return { inside: own, outside: all };
  }

  async #first(
    criteria: Parameters<LearnersService['people']>[0],
    audience: RuleAudience,
    at: Date,
    isInside: boolean,
  ): Promise<PersonAt[]> {
    const found: PersonAt[] = [];
    let lookedAt = 0;
    for await (const ids of this.#learners.people(criteria, PAGE)) {
      const page = ids.map((learnerId) => ({ learnerId, at }));
      const test = await this.#test(audience, page);
      found.push(...page.filter((person) => test(person) === isInside));
      lookedAt += ids.length;
      if (found.length >= MOST_PEOPLE || lookedAt >= MOST_LOOKED_AT) break;
    }
    return found.slice(0, MOST_PEOPLE);
  }

  /** Whether somebody belongs to an audience; null: they were not there. */
  async #test(audience: RuleAudience, page: readonly PersonAt[]): Promise<(person: PersonAt) => boolean | null> {
    const ids = page.map(({ learnerId }) => learnerId);
    const learners = await this.#learners.learners(ids);
    const states = audience.skillGap === null ? [] : await this.#learners.states(ids);
    const { roles } = this.#catalog.snapshot;
    const gaps = new Map(
      states.map((state) => {
        const own = skillGaps(rolesOf(state.learner, roles), this.#learners.combinedSkills(state));
        return [state.learnerId, own] as const;
      }),
    );
    return ({ learnerId, at }) => {
      const learner = learners.get(learnerId);
      if (learner === undefined || learner.personalisationOptOut) return null;
      if (learner.hiredOn !== null && Date.parse(learner.hiredOn) > at.getTime()) return null;
      return matchesAudience(
        audience,
        personOf({ learner, learnerId }, gaps.get(learnerId) ?? new Map()),
        at.getTime(),
      );
    };
  }
}
