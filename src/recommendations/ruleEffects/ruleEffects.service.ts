import type { DataSource } from 'typeorm';
import type { LearnerState, LearnersService } from '../../learners/learners.service.js';
import { DomainError } from '../../platform/errors.js';
import { grouped } from '../../platform/grouped.js';
import { requireIds } from '../../platform/rowChecks.js';
import { isHeldOut } from '../../rules/applying/holdout.js';
import { personOf } from '../../rules/applying/ruledPerson.js';
import { createRuleIndex } from '../../rules/applying/ruleIndex.js';
import { HARD_ACTIONS, type Rule } from '../../rules/model/rule.js';
import { instantsOf } from '../../rules/model/schedule.js';
import { targetPositions } from '../../rules/model/target.js';
import type { RuleSetService } from '../../rules/ruleSets.service.js';
import { bootstrapMean, type MeanInterval } from '../../stats/bootstrap.js';
import { createRandom } from '../../stats/random.js';
import type { InputGatherer } from '../inputGatherer.js';
import { gapsOf } from '../pipeline/learnerView.js';
import type { ServingIndex } from '../pipeline/servingIndex.js';
import { givenUpShare } from './ruleCost.js';
import {
  type EffectPerson,
  isFollowedUp,
  type RuleWeek,
  takersAmong,
  takeUpOf,
  WEEK_MS,
  type WeekOfRule,
  weekStart,
} from './ruleEffect.js';
import { coarseWeek, exactWeek } from './ruleEffectPrivacy.js';
import { LOOKED_AT_PLACES, RuleEffectsStore, type TouchedList, type TouchedWeek } from './ruleEffects.store.js';

/** More people, on either side, or lists make the intervals hardly narrower. */
const MOST_PEOPLE = 1_000;
const MOST_LISTS = 300;
/** What is read at once of people's states, and of who they are. */
const PAGE_LEARNERS = 100;
const PAGE_IDS = 5_000;
const SEED = 1;

/** What rules do to what people take up, and what they cost, from the lists that were served. */
export class RuleEffectsService {
  readonly #store: RuleEffectsStore;
  readonly #ruleSets: RuleSetService;
  readonly #learners: LearnersService;
  readonly #gatherer: InputGatherer;
  readonly #secret: () => Uint8Array;

  /** @param secret by which figures are drawn that are not told as they are */
  constructor(
    dataSource: DataSource,
    ruleSets: RuleSetService,
    learners: LearnersService,
    gatherer: InputGatherer,
    secret: () => Uint8Array,
  ) {
    this.#store = new RuleEffectsStore(dataSource);
    this.#ruleSets = ruleSets;
    this.#learners = learners;
    this.#gatherer = gatherer;
    this.#secret = secret;
  }

  /**
   * The latest weeks, the present one last; those in which no list was touched are there, too.
   *
   * @param mayTellFew whether figures over fewer than five people may be told, and all others as they are
   * @throws DomainError NOT_FOUND when no version of the rule set that lists were made with has such a rule
   */
  async effect(ruleId: string, weeks: number, mayTellFew: boolean): Promise<readonly RuleWeek[]> {
    requireIds('ruleId', [ruleId]);
    const { now } = this.#gatherer;
    const until = new Date(weekStart(now).getTime() + WEEK_MS);
    const since = new Date(until.getTime() - weeks * WEEK_MS);
    const live = await this.#versionsWith(ruleId, since, until);
    const [touchedWeeks, lists, sides] = await Promise.all([
      this.#store.weeks(ruleId, since, until),
      this.#store.lists(ruleId, since, until, MOST_LISTS),
      this.#sides(live, { since, until }),
    ]);
    const facts: Facts = {
      weeks: new Map(touchedWeeks.map((week) => [week.week.getTime(), week])),
      lists: grouped(lists, ({ week }) => week.getTime()),
      sides: sides && {
        ruled: grouped(sides.ruled, ({ week }) => week.getTime()),
        heldOut: grouped(sides.heldOut, ({ week }) => week.getTime()),
      },
    };
    const audiences = live.map(({ rule }) => rule.audience);
    return Array.from({ length: weeks }, (_, i) => {
      const week = this.#week(new Date(since.getTime() + i * WEEK_MS), facts, now);
      return mayTellFew ? exactWeek(week) : coarseWeek(week, audiences, this.#secret());
    });
  }

  #week(weekStartsAt: Date, { weeks, lists, sides }: Facts, now: Date): WeekOfRule {
    const ms = weekStartsAt.getTime();
    const found = weeks.get(ms);
    const { weights } = this.#learners.signalWeights;
    const takers = (people: ReadonlyMap<number, readonly EffectPerson[]>) => takersAmong(people.get(ms) ?? [], weights);
    return {
      weekStartsAt,
      lists: found?.lists ?? 0,
      listsAtMost: found?.listsAtMost ?? 0,
      people: found?.people ?? 0,
      courses: found?.courses ?? [],
      takeUp: sides && takeUpOf(takers(sides.ruled), takers(sides.heldOut)),
      isFollowedUp: isFollowedUp(weekStartsAt, now),
      relevanceGivenUp: givenUp(lists.get(ms) ?? []),
    };
  }

  /** The rule as each version of the rule set that lists were made with has it. */
  async #versionsWith(ruleId: string, since: Date, until: Date): Promise<LiveRule[]> {
    const versions = await this.#store.ruleSetVersions(since, until);
    const { current } = this.#ruleSets;
    const live: LiveRule[] = [];
    for (const version of new Set([...versions, current.version])) {
      const { content } = version === current.version ? current : await this.#ruleSets.at(version);
      const rule = content.rules.find(({ id }) => id === ruleId);
      if (rule !== undefined) live.push({ version, rule, holdoutPercent: content.holdoutPercent });
    }
    if (live.length > 0) return live;
    throw new DomainError('NOT_FOUND', `No rule "${ruleId.slice(0, 80)}" has been in force in those weeks.`, {
      argument: 'ruleId',
    });
  }

  /**
   * People whom the rule is for and who were shown lists while somebody was held out: those whom it bound, and those whom
   * it was kept from. Who was on one side under one version and on the other under another is on neither. Null: it has
   * only ever been a hard rule.
   */
  async #sides(live: readonly LiveRule[], span: Span): Promise<Sides<PersonInWeek[]> | null> {
    const soft = live.filter(({ rule }) => !HARD_ACTIONS.has(rule.action.kind));
    if (soft.length === 0) return null;
    const measured = soft.filter(({ holdoutPercent }) => holdoutPercent > 0);
    const percents = measured.map(({ holdoutPercent }) => holdoutPercent);
    const [least, most] = [Math.min(...percents), Math.max(...percents)];
    const ids = measured.length === 0 ? [] : await this.#store.learnerIds(span.since, span.until);
    const sides: Sides<PersonInWeek[]> = { ruled: [], heldOut: [] };
    for (const same of grouped(measured, ({ rule }) => JSON.stringify(rule)).values()) {
      const ruled = await this.#drawn(same, ids, (id) => !isHeldOut(id, most));
      const heldOut = await this.#drawn(same, ids, (id) => isHeldOut(id, least));
      sides.ruled.push(...(await this.#people(same, ruled, span)));
      sides.heldOut.push(...(await this.#people(same, heldOut, span)));
    }
    return { ruled: earliestOfEach(sides.ruled), heldOut: earliestOfEach(sides.heldOut) };
  }

  /** The first people of one side who may be in the audience, as far as it asks for what a query can tell. */
  async #drawn(
    [live]: readonly LiveRule[],
    ids: readonly string[],
    isOnSide: (learnerId: string) => boolean,
  ): Promise<string[]> {
    if (live === undefined) return [];
    const { audience } = live.rule;
    const named = new Set(audience.learnerIds);
    const candidates = ids.filter((id) => isOnSide(id) && (named.size === 0 || named.has(id)));
    const drawn: string[] = [];
    for (let start = 0; start < candidates.length && drawn.length < MOST_PEOPLE; start += PAGE_IDS) {
      const learnerIds = candidates.slice(start, start + PAGE_IDS);
      for await (const page of this.#learners.people({ ...audience, learnerIds }, PAGE_IDS)) drawn.push(...page);
    }
    return drawn.slice(0, MOST_PEOPLE);
  }

  /** When the rule, the same in several versions, first was for each of the people on a list, week by week. */
  async #people(same: readonly LiveRule[], learnerIds: readonly string[], span: Span): Promise<PersonInWeek[]> {
    const rule = same[0]?.rule;
    if (rule === undefined || learnerIds.length === 0) return [];
    const { fromMs, untilMs } = instantsOf(rule.schedule);
    const since = new Date(Math.max(span.since.getTime(), fromMs));
    const until = new Date(Math.min(span.until.getTime(), untilMs));
    if (since >= until) return [];
    const versions = same.map(({ version }) => version);
    const [states, lists] = await Promise.all([
      this.#states(learnerIds),
      this.#store.shown(learnerIds, { versions, surfaces: rule.surfaces, since, until }),
    ]);
    const { index } = this.#gatherer;
    const courseIds = coursesOf(rule, index);
    const isFor = audienceCheck(rule, index);
    return lists.flatMap(({ week, learnerId, at }) => {
      const state = states.get(learnerId);
      return state !== undefined && isFor(state, at) ? [{ week, state, at, courseIds }] : [];
    });
  }

  async #states(learnerIds: readonly string[]): Promise<ReadonlyMap<string, LearnerState>> {
    const states = new Map<string, LearnerState>();
    for (let start = 0; start < learnerIds.length; start += PAGE_LEARNERS) {
      const page = await this.#learners.states(learnerIds.slice(start, start + PAGE_LEARNERS));
      for (const state of page) states.set(state.learnerId, state);
    }
    return states;
  }
}

interface Facts {
  readonly weeks: ReadonlyMap<number, TouchedWeek>;
  readonly lists: ReadonlyMap<number, readonly TouchedList[]>;
  /** Null: nobody is held out from hard rules. */
  readonly sides: Sides<ReadonlyMap<number, readonly PersonInWeek[]>> | null;
}

interface Sides<People> {
  readonly ruled: People;
  readonly heldOut: People;
}

interface PersonInWeek extends EffectPerson {
  readonly week: Date;
}

interface Span {
  readonly since: Date;
  readonly until: Date;
}

/** A rule in one version of the rule set. */
interface LiveRule {
  readonly version: number;
  readonly rule: Rule;
  readonly holdoutPercent: number;
}

/**
 * Whether the rule is for somebody, as lists ask it: soft rules leave those alone who opted out of personal lists.
 * Attributes keep no past: people are taken to have been then what they are now.
 */
function audienceCheck(rule: Rule, index: ServingIndex): (state: LearnerState, at: Date) => boolean {
  const alone = createRuleIndex({ rules: [rule], holdoutPercent: 0 }, index.courses);
  const surface = rule.surfaces[0] ?? 'HOME';
  return (state, at) => {
    const person = personOf(state, alone.asksForGaps ? gapsOf({ now: at, state, index }) : new Map());
    const { boosts, buries, quotas, pins, caps } = alone.active(person, surface, at.getTime());
    return [boosts, buries, quotas, pins, caps].some((rules) => rules.length > 0);
  };
}

function coursesOf({ target }: Rule, { courses }: ServingIndex): ReadonlySet<string> {
  return new Set([...targetPositions(target, courses)].flatMap((position) => courses[position]?.id ?? []));
}

function earliestOfEach(people: readonly PersonInWeek[]): PersonInWeek[] {
  const byPerson = new Map<string, PersonInWeek>();
  for (const person of people) {
    const key = `${person.week.getTime()} ${person.state.learnerId}`;
    const known = byPerson.get(key);
    if (known === undefined || person.at < known.at) byPerson.set(key, person);
  }
  return [...byPerson.values()];
}

function givenUp(lists: readonly TouchedList[]): MeanInterval | null {
  const shares = lists.map(({ scores, effects, isHoldingBack }) => {
    const touched = effects.map(([rank, , scoreChange]) => ({ rank, scoreChange: scoreChange ?? 0 }));
    return givenUpShare(scores, touched, isHoldingBack, LOOKED_AT_PLACES);
  });
  return bootstrapMean(shares, { random: createRandom(SEED) });
}
