import type { LearnersService } from '../../learners/learners.service.js';
import { type JobContext, JobStopped } from '../../platform/jobs/jobs.js';
import { inTurns } from '../../platform/turns/turns.js';
import { personOf } from '../../rules/applying/ruledPerson.js';
import { audienceTest, matchesAudience } from '../../rules/model/audience.js';
import type { AudienceFacts, Rule } from '../../rules/model/rule.js';
import { ruleSetDiff } from '../../rules/model/ruleSetDiff.js';
import type { InputGatherer } from '../inputGatherer.js';
import { gapsOf } from '../pipeline/learnerView.js';
import type { PreviewOrder } from './rulePreviewRunner.js';

/** How many of the people counted the rules that differ are for, by id of the rule. */
export interface AudienceCounts {
  /** As they will be; as they were, of those that go. */
  readonly after: ReadonlyMap<string, number>;
  /** As they were, of those that say something else after. */
  readonly before: ReadonlyMap<string, number>;
}

/** Where all that is asked is how people are described. */
const PAGE_LEARNERS = 1_000;
/** Where what they are short of is asked, too: a page of these must not hold up a request noticeably. */
const PAGE_STATES = 50;

/** Counts whom the rules of a change are for, before any list is made: those for few are left out of all of them. */
export class AudienceCounter {
  readonly #learners: LearnersService;
  readonly #gatherer: InputGatherer;

  constructor(learners: LearnersService, gatherer: InputGatherer) {
    this.#learners = learners;
    this.#gatherer = gatherer;
  }

  /**
   * @param at the moment that lists are made as of
   * @throws JobStopped when `context` says to stop
   */
  async count(
    { before, after, audience, sampleSize }: PreviewOrder,
    at: Date,
    context: JobContext,
  ): Promise<AudienceCounts> {
    const { added, removed, changed } = ruleSetDiff(before.ruleSet, after.ruleSet);
    const counting = [
      { rules: [...added, ...removed, ...changed.map((change) => change.after)], counts: new Map<string, number>() },
      { rules: changed.map((change) => change.before), counts: new Map<string, number>() },
    ] as const;
    const rules = counting.flatMap((side) => side.rules);
    const [{ counts: countsAfter }, { counts: countsBefore }] = counting;
    const found = { after: countsAfter, before: countsBefore };
    if (rules.length === 0) return found;
    const nowMs = at.getTime();
    const asksForGaps = [audience, ...rules.map((rule) => rule.audience)].some(({ skillGap }) => skillGap !== null);
    const { departments, roleIds, locations, learnerIds } = audience;
    const criteria = { departments, roleIds, locations, learnerIds };
    let left = sampleSize ?? Number.POSITIVE_INFINITY;
    for await (const ids of this.#learners.people(criteria, asksForGaps ? PAGE_STATES : PAGE_LEARNERS)) {
      if (context.shouldStop()) throw new JobStopped();
      const people = await (asksForGaps ? this.#peopleWithGaps(ids, at) : this.#people(ids));
      const counted = people.filter((person) => matchesAudience(audience, person, nowMs)).slice(0, left);
      await inTurns(countMatching(counting, counted, nowMs));
      left -= counted.length;
      if (left <= 0) break;
    }
    return found;
  }

  async #people(ids: readonly string[]): Promise<AudienceFacts[]> {
    const learners = await this.#learners.learners(ids);
    return ids.map((learnerId) => personOf({ learner: learners.get(learnerId) ?? null, learnerId }, new Map()));
  }

  async #peopleWithGaps(ids: readonly string[], at: Date): Promise<AudienceFacts[]> {
    const states = await this.#learners.states(ids);
    const { index } = this.#gatherer;
    return states.map((state) => personOf(state, gapsOf({ now: at, state, index })));
  }
}

/** Person by person: of many rules, for many people by name, a page is too long for one turn. */
function* countMatching(
  counting: readonly { readonly rules: readonly Rule[]; readonly counts: Map<string, number> }[],
  people: readonly AudienceFacts[],
  nowMs: number,
): Generator<void, void> {
  for (const person of people) {
    const fits = audienceTest(person, nowMs);
    for (const { rules, counts } of counting) {
      for (const { id, audience } of rules) {
        if (fits(audience)) counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
    yield;
  }
}
