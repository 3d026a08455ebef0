import type { CatalogService } from '../../catalog/catalog.service.js';
import type { ExperimentMetric } from '../../experiments/experiment.js';
import { DomainError } from '../../platform/errors.js';
import { requireIds } from '../../platform/rowChecks.js';
import { isHeldOut } from '../../rules/applying/holdout.js';
import { HARD_ACTIONS, type Rule, type RuleActionKind } from '../../rules/model/rule.js';
import { sentenceOf } from '../../rules/model/ruleSentence.js';
import { instantsOf } from '../../rules/model/schedule.js';
import { targetPositions } from '../../rules/model/target.js';
import type { RuleSetService } from '../../rules/ruleSets.service.js';
import type { AudienceSplitter, PersonAt } from './audienceSides.js';
import { comparedStudy, stratumOf } from './comparedStudy.js';
import { studiedMetric } from './experimentStudies.js';
import type { ImpactStore } from './impact.store.js';
import { armFigures, OUTCOMES, type Watched } from './outcomes.js';
import { type LiveRule, lastRun } from './ruleRun.js';
import type { StudiedMetric, Study } from './study.js';
import { daysWatched, type WatchedTimes, watchedAlike, watchedTimes } from './watched.js';

/** Versions of the rule set that are looked through for a rule. */
const MOST_VERSIONS = 100;
/** Before each side has so many people, and so many days have passed, nothing is concluded. */
const FEWEST_PEOPLE_PER_SIDE = 50;
const FEWEST_DAYS = 14;
/** What these aim at is that less is taken up. */
const HOLDING_BACK: ReadonlySet<RuleActionKind> = new Set(['EXCLUDE', 'BURY', 'CAP']);

/** Tells what rules do to what they aim at, from the lists that were served and what people did then. */
export class RuleSubjects {
  readonly #store: ImpactStore;
  readonly #ruleSets: RuleSetService;
  readonly #catalog: CatalogService;
  readonly #audiences: AudienceSplitter;

  constructor(store: ImpactStore, ruleSets: RuleSetService, catalog: CatalogService, audiences: AudienceSplitter) {
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
   * @throws DomainError NOT_FOUND for a rule that none of the last 100 versions has; BAD_USER_INPUT before it is in force
   */
  async study(id: string, smallestEffect: number | null, now: Date): Promise<{ name: string; study: Study }> {
    requireIds('ruleId', [id]);
    const run = lastRun(await this.#ruleSets.versions(MOST_VERSIONS), id);
    if (run === null) {
      const message = `No rule "${id.slice(0, 80)}" was in force in the last ${MOST_VERSIONS} versions of the rule set.`;
      throw new DomainError('NOT_FOUND', message, { argument: 'ruleId' });
    }
    const { rule } = run;
    const { fromMs, untilMs } = instantsOf(rule.schedule);
    const since = new Date(Math.max(run.since.getTime(), fromMs));
    const until = new Date(Math.min((run.until ?? now).getTime(), untilMs, now.getTime()));
    if (since >= until) {
      throw new DomainError('BAD_USER_INPUT', `The rule "${id}" has not been in force yet.`, { argument: 'ruleId' });
    }
    const measured = HARD_ACTIONS.has(rule.action.kind)
      ? []
      : run.live.filter(({ holdoutPercent }) => holdoutPercent > 0);
    const study =
      measured.length > 0
        ? await this.#heldOut(rule, measured, { since, until }, smallestEffect)
        : await this.#compared(rule, run.live, { since, until }, smallestEffect);
    return { name: sentenceOf(rule, this.#ruleSets.names), study };
  }

  async #heldOut(rule: Rule, live: readonly LiveRule[], span: Span, smallestEffect: number | null): Promise<Study> {
    const { inside } = await this.#shown(rule, live, span);
    const percents = live.map(({ holdoutPercent }) => holdoutPercent);
    const [least, most] = [Math.min(...percents), Math.max(...percents)];
    // Who was on one side under one version and on the other under another is on neither.
    const people = inside.filter(({ learnerId }) => isHeldOut(learnerId, least) || !isHeldOut(learnerId, most));
    const watched = await this.#watched(rule, people, watchedTimes(people, span.until));
    const side = (name: string, wanted: boolean) => {
      const own = watched.filter(({ unitId }) => isHeldOut(unitId, least) === wanted);
      return { name, ...armFigures(own, OUTCOMES[metricOf(rule)]), strata: null };
    };
    const [control, treatment] = [side('held out', true), side('with the rule', false)];
    const isOneDraw = least === most;
    return {
      design: 'HOLDOUT',
      metric: metricFor(rule, smallestEffect, control.outcomes),
      unit: 'LEARNER',
      ...{ control, treatment },
      planned: isOneDraw ? { control: least, treatment: 100 - least } : null,
      assigned: isOneDraw ? { control: control.outcomes.length, treatment: treatment.outcomes.length } : null,
      comparisons: 1,
      days: daysWatched(people, span.until),
      ...{ minimumDays: FEWEST_DAYS, minimumUnits: FEWEST_PEOPLE_PER_SIDE },
      guardrails: [],
    };
  }

  async #compared(rule: Rule, live: readonly LiveRule[], span: Span, smallestEffect: number | null): Promise<Study> {
    const { inside, outside } = await this.#shown(rule, live, span);
    const all = [...inside, ...outside];
    const [watched, backgrounds] = await Promise.all([
      this.#watched(rule, all, watchedAlike(all, span.until)),
      this.#store.backgrounds(all),
    ]);
    const outcomeOf = OUTCOMES[metricOf(rule)];
    const people = watched.map(({ after, before }, i) => ({
      isInside: i < inside.length,
      stratum: stratumOf(backgrounds[i] ?? { departmentPeople: 0, activeHours: 0, events: 0 }),
      ...{ after: outcomeOf(after), before: outcomeOf(before) },
    }));
    const controls = Float64Array.from(people.filter(({ isInside }) => !isInside).map(({ after }) => after));
    return comparedStudy(metricFor(rule, smallestEffect, controls), people, daysWatched(all, span.until), null);
  }

  /** Whoever was shown a list of these versions where the rule works, by whether it is for them. */
  async #shown(rule: Rule, live: readonly LiveRule[], { since, until }: Span) {
    const versions = live.map(({ version }) => version);
    // A duty is one wherever people look.
    const surfaces = rule.action.kind === 'MANDATE' ? [] : rule.surfaces;
    const shown = await this.#store.shown({ versions, surfaces, since, until });
    return await this.#audiences.split(rule.audience, shown);
  }

  async #watched(rule: Rule, people: readonly PersonAt[], times: readonly WatchedTimes[]): Promise<Watched[]> {
    const { courses } = this.#catalog.snapshot;
    const positions = targetPositions(rule.target, courses);
    const isOfAll = positions.length === courses.length;
    const courseIds = isOfAll ? [] : Array.from(positions, (position) => courses[position]?.id ?? '');
    const scope = { courseIds, withAssigned: !isOfAll };
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

interface Span {
  readonly since: Date;
  readonly until: Date;
}

const metricOf = ({ action }: Rule) =>
  (action.kind === 'MANDATE' ? 'COMPLETION_RATE' : 'START_RATE') satisfies ExperimentMetric;

function metricFor(rule: Rule, smallestEffect: number | null, controls: Float64Array): StudiedMetric {
  const metric = studiedMetric(metricOf(rule), smallestEffect, controls);
  return HOLDING_BACK.has(rule.action.kind) ? { ...metric, better: 'LOWER' } : metric;
}
