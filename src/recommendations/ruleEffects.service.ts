import type { DataSource } from 'typeorm';
import type { LearnerState, LearnersService } from '../learners/learners.service.js';
import { DomainError } from '../platform/errors.js';
import { grouped } from '../platform/grouped.js';
import { requireIds } from '../platform/rowChecks.js';
import { matchesAudience } from '../rules/audience.js';
import { isHeldOut } from '../rules/holdout.js';
import type { Rule } from '../rules/rule.js';
import type { RuleSetService } from '../rules/ruleSets.service.js';
import { instantsOf } from '../rules/schedule.js';
import { bootstrapMean, type MeanInterval } from '../stats/bootstrap.js';
import { createRandom } from '../stats/random.js';
import type { InputGatherer } from './inputGatherer.js';
import { personOf } from './learnerRules.js';
import { gapsOf } from './learnerView.js';
import { givenUpShare } from './ruleCost.js';
import {
  type EffectPerson,
  isFollowedUp,
  type TakeUp,
  takersAmong,
  takeUpOf,
  WEEK_MS,
  weekStart,
} from './ruleEffect.js';
import {
  type FirstList,
  LOOKED_AT_PLACES,
  RuleEffectsStore,
  type TouchedList,
  type TouchedWeek,
} from './ruleEffects.store.js';

/** What a rule did in one week. */
export interface WeekOfRule {
  /** Monday, 00:00 UTC. */
  readonly weekStartsAt: Date;
  readonly lists: number;
  readonly people: number;
  readonly courses: number;
  readonly takeUp: TakeUp;
  /** Everybody has had a fortnight since to take something up. */
  readonly isFollowedUp: boolean;
  /** Share of the relevance of the first ten places given up, per list; null: it moved nothing. */
  readonly relevanceGivenUp: MeanInterval | null;
}

/** More people or lists make the intervals hardly narrower. */
const MOST_PEOPLE = 1_000;
const MOST_LISTS = 300;
/** People, by an index of served lists, are looked up in pieces. */
const PAGE_LEARNERS = 100;
const MOST_HELD_OUT = 5_000;
const SEED = 1;

/** What rules do to what people take up, and what they cost, from the lists that were served. */
export class RuleEffectsService {
  readonly #store: RuleEffectsStore;
  readonly #ruleSets: RuleSetService;
  readonly #learners: LearnersService;
  readonly #gatherer: InputGatherer;

  constructor(dataSource: DataSource, ruleSets: RuleSetService, learners: LearnersService, gatherer: InputGatherer) {
    this.#store = new RuleEffectsStore(dataSource);
    this.#ruleSets = ruleSets;
    this.#learners = learners;
    this.#gatherer = gatherer;
  }

  /**
   * The latest weeks, the present one last; those in which no list was touched are there, too.
   *
   * @throws DomainError NOT_FOUND when no version of the rule set that lists were made with has such a rule
   */
  async effect(ruleId: string, weeks: number): Promise<readonly WeekOfRule[]> {
    requireIds('ruleId', [ruleId]);
    const { now } = this.#gatherer;
    const until = new Date(weekStart(now).getTime() + WEEK_MS);
    const since = new Date(until.getTime() - weeks * WEEK_MS);
    const live = await this.#versionsWith(ruleId, since, until);
    const [touchedWeeks, touched, lists, heldOut] = await Promise.all([
      this.#store.weeks(ruleId, since, until),
      this.#store.touched(ruleId, since, until, MOST_PEOPLE),
      this.#store.lists(ruleId, since, until, MOST_LISTS),
      this.#heldOut(live, since, until),
    ]);
    const states = await this.#states([...touched, ...heldOut].map(({ learnerId }) => learnerId));
    const inAudience = heldOut.filter(({ learnerId, at }) =>
      isInAudience(live, states.get(learnerId), at, this.#gatherer),
    );
    const facts: Facts = {
      weeks: new Map(touchedWeeks.map((week) => [week.week.getTime(), week])),
      touched: grouped(touched, ({ week }) => week.getTime()),
      heldOut: grouped(inAudience, ({ week }) => week.getTime()),
      lists: grouped(lists, ({ week }) => week.getTime()),
      states,
    };
    return Array.from({ length: weeks }, (_, i) => this.#week(new Date(since.getTime() + i * WEEK_MS), facts, now));
  }

  #week(weekStartsAt: Date, { weeks, touched, heldOut, lists, states }: Facts, now: Date): WeekOfRule {
    const ms = weekStartsAt.getTime();
    const found = weeks.get(ms);
    const courseIds = new Set(found?.courseIds ?? []);
    const { weights } = this.#learners.signalWeights;
    const takers = (people: readonly FirstList[]) =>
      takersAmong(
        people.flatMap(({ learnerId, at }): EffectPerson[] => {
          const state = states.get(learnerId);
          return state === undefined ? [] : [{ state, at }];
        }),
        courseIds,
        weights,
      );
    return {
      weekStartsAt,
      lists: found?.lists ?? 0,
      people: found?.people ?? 0,
      courses: courseIds.size,
      takeUp: takeUpOf(takers(touched.get(ms) ?? []), takers(heldOut.get(ms) ?? [])),
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

  /** Held-out people who were shown lists made with the rule, for whomever it is. */
  async #heldOut(live: readonly LiveRule[], since: Date, until: Date): Promise<FirstList[]> {
    const percent = Math.max(...live.map(({ holdoutPercent }) => holdoutPercent));
    if (percent <= 0) return [];
    const everybody = await this.#store.learnerIds(since, until);
    const heldOut = everybody.filter((id) => isHeldOut(id, percent)).slice(0, MOST_HELD_OUT);
    const first: FirstList[] = [];
    for (const { version, rule, holdoutPercent } of live) {
      const ids = heldOut.filter((id) => isHeldOut(id, holdoutPercent));
      const { fromMs, untilMs } = instantsOf(rule.schedule);
      const where = {
        versions: [version],
        surfaces: rule.surfaces,
        since: new Date(Math.max(since.getTime(), fromMs)),
        until: new Date(Math.min(until.getTime(), untilMs)),
      };
      if (ids.length > 0 && where.since < where.until)
        first.push(...(await this.#store.shown(ids, where, MOST_PEOPLE)));
    }
    return earliestOfEach(first);
  }

  async #states(learnerIds: readonly string[]): Promise<ReadonlyMap<string, LearnerState>> {
    const ids = [...new Set(learnerIds)];
    const states = new Map<string, LearnerState>();
    for (let start = 0; start < ids.length; start += PAGE_LEARNERS) {
      const page = await this.#learners.states(ids.slice(start, start + PAGE_LEARNERS));
      for (const state of page) states.set(state.learnerId, state);
    }
    return states;
  }
}

interface Facts {
  readonly weeks: ReadonlyMap<number, TouchedWeek>;
  readonly touched: ReadonlyMap<number, readonly FirstList[]>;
  readonly heldOut: ReadonlyMap<number, readonly FirstList[]>;
  readonly lists: ReadonlyMap<number, readonly TouchedList[]>;
  readonly states: ReadonlyMap<string, LearnerState>;
}

/** A rule in one version of the rule set. */
interface LiveRule {
  readonly version: number;
  readonly rule: Rule;
  readonly holdoutPercent: number;
}

/** Attributes keep no past: people are taken to have been then what they are now. */
function isInAudience(
  live: readonly LiveRule[],
  state: LearnerState | undefined,
  at: Date,
  { index }: InputGatherer,
): boolean {
  if (state === undefined) return false;
  const asksForGaps = live.some(({ rule }) => rule.audience.skillGap !== null);
  const person = personOf(state, asksForGaps ? gapsOf({ now: at, state, index }) : new Map());
  return live.some(({ rule }) => matchesAudience(rule.audience, person, at.getTime()));
}

function earliestOfEach(lists: readonly FirstList[]): FirstList[] {
  const byPerson = new Map<string, FirstList>();
  for (const list of lists) {
    const key = `${list.week.getTime()} ${list.learnerId}`;
    const known = byPerson.get(key);
    if (known === undefined || list.at < known.at) byPerson.set(key, list);
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
