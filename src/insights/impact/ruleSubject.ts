import type { CatalogService } from '../../catalog/catalog.service.js';
import type { ExperimentMetric } from '../../experiments/experiment.js';
import type { AudienceShape } from '../../learners/fewPeople/audienceFigures.js';
import { DomainError } from '../../platform/errors.js';
import { requireIds } from '../../platform/rowChecks.js';
import { isHeldOut } from '../../rules/applying/holdout.js';
import { HARD_ACTIONS, type Rule, type RuleActionKind } from '../../rules/model/rule.js';
import { sentenceOf } from '../../rules/model/ruleSentence.js';
import { instantsOf } from '../../rules/model/schedule.js';
import { targetPositions } from '../../rules/model/target.js';
import type { RuleSetService } from '../../rules/ruleSets.service.js';
import { type AudienceSplitter, type Found, type PersonAt, requireKeptAudience, type Wanted } from './audienceSides.js';
import { type Blur, type BlurOf, type MetricFigures, NO_BLUR } from './blur.js';
import { comparedStudy, stratumOf } from './comparedStudy.js';
import { metricFigures, studiedMetric } from './experimentStudies.js';
import type { ImpactStore, OutcomeScope } from './impact.store.js';
import { armFigures, OUTCOMES, type Watched } from './outcomes.js';
import { heldOutRun, lastRun, type RuleRun, type RuleTime } from './ruleRun.js';
import { softRuleBeside } from './rulesBeside.js';
import type { Arm, FoundStudy, StudiedMetric, Study } from './study.js';
import { daysWatched, type WatchedTimes, watchedAlike, watchedTimes } from './watched.js';

/** Versions of the rule set that are looked through for a rule. */
const MOST_VERSIONS = 100;
/** Before each side has so many people, and so many days have passed, nothing is concluded. */
const FEWEST_PEOPLE_PER_SIDE = 50;
const FEWEST_DAYS = 14;
/** What these aim at is that less is taken up. */
const HOLDING_BACK: ReadonlySet<RuleActionKind> = new Set(['EXCLUDE', 'BURY']);

/** Tells what rules do to what they aim at, from the lists that were served and what people did then. */
export class RuleSubjects {
  readonly #store: ImpactStore;
  readonly #ruleSets: RuleSetService;
  readonly #catalog: CatalogService;
  readonly #audiences: AudienceSplitter;
  readonly #blursOf: (audience: AudienceShape) => BlurOf;

  /** @param blursOf of an audience */
  constructor(
    store: ImpactStore,
    ruleSets: RuleSetService,
    catalog: CatalogService,
    audiences: AudienceSplitter,
    blursOf: (audience: AudienceShape) => BlurOf,
  ) {
    this.#blursOf = blursOf;
    this.#store = store;
    this.#ruleSets = ruleSets;
    this.#catalog = catalog;
    this.#audiences = audiences;
  }

  /**
   * Of everybody in the rule's audience who was shown a list that it could have changed: by intention to treat, whatever it
   * did to that list. Soft rules are compared with the people held out of all of them; where nobody is, and for hard rules,
   * with others outside the audience who were alike.
   *
   * @throws DomainError NOT_FOUND for a rule that none of the last 100 versions has; BAD_USER_INPUT before it
   *   is in force, for an audience by a gap in a skill, for a cap, and when its courses are gone
   */
  async study(id: string, smallestEffect: number | null, now: Date): Promise<FoundStudy> {
    requireIds('ruleId', [id]);
    const run = lastRun(await this.#ruleSets.versions(MOST_VERSIONS), id);
    if (run === null) {
      const message = `No rule "${id.slice(0, 80)}" was in force in the last ${MOST_VERSIONS} versions of the rule set.`;
      throw new DomainError('NOT_FOUND', message, { argument: 'ruleId' });
    }
    const { rule } = run;
    requireKeptAudience(rule.audience, 'ruleId');
    requireAim(rule);
    const time = timeOf(run, now);
    if (time === null) {
      throw new DomainError('BAD_USER_INPUT', `The rule "${id}" has not been in force yet.`, { argument: 'ruleId' });
    }
    const blurOf = this.#blursOf(rule.audience);
    const held = HARD_ACTIONS.has(rule.action.kind) ? null : heldOutRun(run);
    const heldTime = held && timeOf(held, now);
    const study =
      heldTime === null
        ? await this.#compared(time, smallestEffect, blurOf)
        : await this.#heldOut(heldTime, smallestEffect, blurOf);
    return { name: sentenceOf(rule, this.#ruleSets.names), audience: rule.audience, study };
  }

  async #heldOut(time: RuleTime, smallestEffect: number | null, blurOf: BlurOf): Promise<Study> {
    const { rule, live, until } = time;
    const figures = figuresOf(rule);
    const percents = live.map(({ holdoutPercent }) => holdoutPercent);
    // Who was on one side under one version and on the other under another is on neither.
    const [least, most] = [Math.min(...percents), Math.max(...percents)];
    const [heldOut, reached] = await Promise.all([
      this.#shown(time, true, (id) => isHeldOut(id, least)),
      this.#shown(time, true, (id) => !isHeldOut(id, most)),
    ]);
    const side = async (name: string, { people }: Found, blur: Blur): Promise<Arm> => {
      const watched = await this.#watched(rule, people, watchedTimes(people, until));
      return { name, ...armFigures(watched, OUTCOMES[metricOf(rule)]), strata: null, blur };
    };
    const beside = softRuleBeside(time, this.#catalog.snapshot.courses);
    const [control, treatment] = [
      await side('held out', heldOut, blurOf(figures, 'control', 1)),
      await side('with the rule', reached, blurOf(figures, 'treatment 1', 1)),
    ];
    return {
      design: 'HOLDOUT',
      metric: metricFor(rule, smallestEffect),
      unit: 'LEARNER',
      ...{ control, treatment },
      planned: { control: least, treatment: 100 - most },
      assigned: drawnAlike(heldOut, reached),
      comparisons: 1,
      days: daysWatched([...heldOut.people, ...reached.people], until),
      ...{ minimumDays: FEWEST_DAYS, minimumUnits: FEWEST_PEOPLE_PER_SIDE },
      guardrails: [],
      sharedWith: beside && sentenceOf(beside, this.#ruleSets.names),
    };
  }

  async #compared(time: RuleTime, smallestEffect: number | null, blurOf: BlurOf): Promise<Study> {
    const { rule, until } = time;
    const [inside, outside] = await Promise.all([
      this.#shown(time, true, () => true),
      this.#shown(time, false, () => true),
    ]);
    const all = [...inside.people, ...outside.people];
    const [watched, backgrounds] = await Promise.all([
      this.#watched(rule, all, watchedAlike(all, until)),
      this.#store.backgrounds(all),
    ]);
    const outcomeOf = OUTCOMES[metricOf(rule)];
    const people = watched.map(({ after, before }, i) => ({
      isInside: i < inside.people.length,
      stratum: stratumOf(backgrounds[i] ?? { departmentPeople: 0, activeHours: 0, events: 0 }),
      ...{ after: outcomeOf(after), before: outcomeOf(before) },
    }));
    const figures = figuresOf(rule);
    const metric = metricFor(rule, smallestEffect);
    return comparedStudy(metric, people, daysWatched(all, until), null, (side) => blurOf(figures, side, 1));
  }

  /** Whoever was shown a list of these versions where the rule works, by whether it is for them. */
  async #shown(
    { rule, live, since, until }: RuleTime,
    isInside: boolean,
    isCounted: Wanted['isCounted'],
  ): Promise<Found> {
    const versions = live.map(({ version }) => version);
    // A duty is one wherever people look.
    const surfaces = rule.action.kind === 'MANDATE' ? [] : rule.surfaces;
    const met = async (ids: readonly string[]) =>
      await this.#store.firstLists(ids, { versions, surfaces, since, until });
    return await this.#audiences.first({ audience: rule.audience, isInside, isCounted, met });
  }

  /** The courses that a rule is about. @throws DomainError BAD_USER_INPUT when there are none any more */
  #scope({ id, target }: Rule): OutcomeScope {
    const { courses } = this.#catalog.snapshot;
    const positions = targetPositions(target, courses);
    if (positions.length === 0) {
      const message = `The catalogue has none of the courses that the rule "${id}" is about, so nothing is known of them.`;
      throw new DomainError('BAD_USER_INPUT', message, { argument: 'ruleId' });
    }
    const isOfAll = positions.length === courses.length;
    const courseIds = isOfAll ? [] : Array.from(positions, (position) => courses[position]?.id ?? '');
    return { courseIds, withAssigned: !isOfAll };
  }

  async #watched(rule: Rule, people: readonly PersonAt[], times: readonly WatchedTimes[]): Promise<Watched[]> {
    const scope = this.#scope(rule);
    const after = await this.#store.outcomes(
      times.map((time) => time.after),
      scope,
    );
    const before = await this.#store.outcomes(
      times.map((time) => time.before),
      scope,
    );
    return people.flatMap(({ learnerId }, i) => {
      const [own, earlier] = [after[i], before[i]];
      return own === undefined || earlier === undefined ? [] : [{ unitId: learnerId, after: own, before: earlier }];
    });
  }
}

/** @throws DomainError BAD_USER_INPUT for a rule by which nothing is to be taken up more or less */
function requireAim({ action }: Rule): void {
  if (action.kind !== 'CAP') return;
  throw new DomainError(
    'BAD_USER_INPUT',
    'A cap spreads lists over more providers or tags: no course is to be taken up more by it, and none less, so there is ' +
      'nothing to compare. `ruleEffect` tells what it does to lists.',
    { argument: 'ruleId' },
  );
}

/** Null: it has not been in force. */
function timeOf({ rule, live, since, until }: RuleRun, now: Date): RuleTime | null {
  const { fromMs, untilMs } = instantsOf(rule.schedule);
  const from = new Date(Math.max(since.getTime(), fromMs));
  const end = new Date(Math.min((until ?? now).getTime(), untilMs, now.getTime()));
  return from < end ? { ...{ rule, live }, since: from, until: end } : null;
}

/** How many were drawn to either side, of the people up to where one of them was cut short: there, both are whole. */
function drawnAlike(control: Found, treatment: Found): { control: number; treatment: number } {
  const end = Math.min(control.end, treatment.end);
  const count = ({ people }: Found): number => people.filter(({ place }) => place <= end).length;
  return { control: count(control), treatment: count(treatment) };
}

const metricOf = ({ action }: Rule) =>
  (action.kind === 'MANDATE' ? 'COMPLETION_RATE' : 'START_RATE') satisfies ExperimentMetric;

/** The figures of its metric, which are of the courses that it is about. */
function figuresOf(rule: Rule): MetricFigures {
  const { target } = rule;
  const parts = Object.entries(target).flatMap(([kind, wanted]) =>
    [wanted].flat().flatMap((one) => (one === null ? [] : [`${kind} ${one}`])),
  );
  return metricFigures(metricOf(rule), parts);
}

function metricFor(rule: Rule, smallestEffect: number | null): StudiedMetric {
  // Of shares it needs no figures to tell what matters.
  const nobody = { outcomes: new Float64Array(), blur: NO_BLUR };
  const metric = studiedMetric(metricOf(rule), smallestEffect, nobody, { width: 1, largest: null });
  return HOLDING_BACK.has(rule.action.kind) ? { ...metric, better: 'LOWER' } : metric;
}
