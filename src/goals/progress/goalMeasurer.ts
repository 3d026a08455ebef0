import type { ActivityService } from '../../activity/activity.service.js';
import type { CatalogService } from '../../catalog/catalog.service.js';
import { AudienceFigures } from '../../learners/fewPeople/audienceFigures.js';
import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import type { Learner } from '../../learners/learner.js';
import type { LearnerState, LearnersService } from '../../learners/learners.service.js';
import { rolesOf, type SkillGap, skillGaps } from '../../learners/skillGaps.js';
import { grouped } from '../../platform/grouped.js';
import { personOf } from '../../rules/applying/ruledPerson.js';
import { matchesAudience, specificity } from '../../rules/model/audience.js';
import type { RuleAudience } from '../../rules/model/rule.js';
import { coarseValue } from '../coarseValue.js';
import type { GoalMetric } from '../goal.js';
import { LOOKBACK_DAYS, MOST_COMPLETIONS, MOST_HOURS, valueFigure } from '../goalMetrics.js';
import { rangeOf } from '../kpis/kpi.js';
import type { KpiGrouping } from '../kpis/kpiSeries.js';
import type { KpisService } from '../kpis/kpis.service.js';
import type { SurveysService } from '../surveys/surveys.service.js';
import type { MeasuredPoint } from './goalOutlook.js';
import { type Week, weekOf } from './weeks.js';

/** A fair sample of more says hardly more, and takes as much longer. */
const MOST_PEOPLE = 20_000;
/** To combine what is known of skills takes longer than to count. */
const MOST_PEOPLE_WITH_SKILLS = 4_000;
const PAGE = 500;

interface Member {
  readonly learner: Learner;
  /** Null: it was not asked for. */
  readonly state: LearnerState | null;
}

/** What comes together at each of the weeks asked for: the value is `sum` over `people`, each of whom adds one figure. */
interface Tally {
  sum: number;
  people: number;
}

const MOST_OF_EACH = { completions: MOST_COMPLETIONS, seconds: 3_600 * MOST_HOURS };

/** Works out what goals are measured by, of at most so many people, whatever the size of the organisation. */
export class GoalMeasurer {
  readonly #activity: ActivityService;
  readonly #learners: LearnersService;
  readonly #surveys: SurveysService;
  readonly #kpis: KpisService;
  readonly #catalog: CatalogService;
  readonly #secret: () => Uint8Array;

  /** @param secret by which figures are drawn that are not told as they are */
  constructor(
    activity: ActivityService,
    learners: LearnersService,
    surveys: SurveysService,
    kpis: KpisService,
    catalog: CatalogService,
    secret: () => Uint8Array,
  ) {
    this.#activity = activity;
    this.#learners = learners;
    this.#surveys = surveys;
    this.#kpis = kpis;
    this.#catalog = catalog;
    this.#secret = secret;
  }

  /**
   * A metric of an audience as it is now, at the end of each of the weeks. Skills are measured for the last week only:
   * what was known of them earlier is not kept. Of a KPI there are the weeks in which a period ended.
   *
   * @param weeks earliest first, at least one
   */
  async measure(
    metric: GoalMetric,
    audience: RuleAudience,
    weeks: readonly Week[],
    now: Date,
  ): Promise<MeasuredPoint[]> {
    switch (metric.kind) {
      case 'EXTERNAL_KPI':
        return await this.#kpi(metric, audience, weeks, now);
      case 'SKILL_LEVEL':
      case 'SKILL_TARGET_REACHED':
        return await this.#skills(metric, audience, weeks.slice(-1), now);
      default:
        return await this.#doings(metric, audience, weeks, now);
    }
  }

  async #doings(
    metric: GoalMetric,
    audience: RuleAudience,
    weeks: readonly Week[],
    now: Date,
  ): Promise<MeasuredPoint[]> {
    const tallies = weeks.map((): Tally => ({ sum: 0, people: 0 }));
    const moments = weeks.map(({ at }) => at);
    for await (const members of this.#members(audience, now, false, MOST_PEOPLE)) {
      const ids = members.map(({ learner }) => learner.id);
      if (metric.kind !== 'SATISFACTION') {
        tallies.forEach((tally, i) => {
          tally.people += members.filter(({ learner }) => wasThere(learner, moments[i] as Date)).length;
        });
      }
      for (const { place, sum, people } of await this.#found(metric, ids, moments)) {
        const tally = tallies[place - 1];
        if (tally === undefined) continue;
        tally.sum += sum;
        tally.people += people;
      }
    }
    return weeks.map((week, i) => pointOf(week, tallies[i] as Tally));
  }

  /** What is added to the tally of each week; of opinions also of how many people. */
  async #found(
    metric: GoalMetric,
    ids: readonly string[],
    moments: readonly Date[],
  ): Promise<(Tally & { readonly place: number })[]> {
    const { kind, courseIds } = metric;
    if (kind === 'COMPLETION_RATE') {
      const done = await this.#activity.completedBy(ids, moments, courseIds);
      return done.map(({ place, completions }) => ({ place, sum: completions / courseIds.length, people: 0 }));
    }
    if (kind === 'SATISFACTION') return await this.#opinions(ids, moments, courseIds);
    const activity = await this.#activity.groupActivity(ids, moments, LOOKBACK_DAYS, courseIds, MOST_OF_EACH);
    return activity.map(({ place, completions, seconds, learnersActive }) => ({
      ...{ place, people: 0 },
      sum: kind === 'COMPLETIONS' ? completions : kind === 'LEARNING_HOURS' ? seconds / 3_600 : learnersActive,
    }));
  }

  /** The mean of what each rated and answered, so that nobody counts for more by saying more. */
  async #opinions(
    ids: readonly string[],
    moments: readonly Date[],
    courseIds: readonly string[],
  ): Promise<(Tally & { readonly place: number })[]> {
    const [ratings, answers] = await Promise.all([
      this.#activity.ratingsBefore(ids, moments, LOOKBACK_DAYS, courseIds),
      this.#surveys.scoresBefore(ids, moments, LOOKBACK_DAYS, courseIds),
    ]);
    const byPerson = grouped([...ratings, ...answers], ({ place, learnerId }) => `${place} ${learnerId}`);
    return [...byPerson.values()].map((said) => {
      const count = said.reduce((total, one) => total + one.count, 0);
      return { place: said[0]?.place ?? 0, sum: said.reduce((total, one) => total + one.sum, 0) / count, people: 1 };
    });
  }

  async #skills(
    metric: GoalMetric,
    audience: RuleAudience,
    weeks: readonly Week[],
    now: Date,
  ): Promise<MeasuredPoint[]> {
    const tally: Tally = { sum: 0, people: 0 };
    const { roles } = this.#catalog.snapshot;
    for await (const members of this.#members(audience, now, true, MOST_PEOPLE_WITH_SKILLS)) {
      for (const { learner, state } of members) {
        if (state === null) continue;
        const levels = this.#learners.combinedSkills(state);
        const found = metric.skillIds.flatMap((skillId): number[] => {
          if (metric.kind === 'SKILL_LEVEL') return [levels.get(skillId)?.level ?? 0];
          const { role, targetRole } = rolesOf(learner, roles);
          const wanted = [role, targetRole].flatMap((one) => one?.skills.filter((s) => s.skillId === skillId) ?? []);
          const level = levels.get(skillId)?.level ?? 0;
          return wanted.length === 0 ? [] : [Number(wanted.every(({ targetLevel }) => level >= targetLevel))];
        });
        if (found.length === 0) continue;
        tally.people += 1;
        tally.sum += found.reduce((sum, value) => sum + value, 0) / found.length;
      }
    }
    return weeks.map((week) => pointOf(week, tally));
  }

  /** What was told of the very group as a whole; otherwise the mean of its people's figures. */
  async #kpi(metric: GoalMetric, audience: RuleAudience, weeks: readonly Week[], now: Date): Promise<MeasuredPoint[]> {
    const kpiId = metric.kpiId ?? '';
    const { week: since } = weeks[0] as Week;
    const whole = wholeGroup(audience);
    const told = whole === null ? [] : await this.#kpis.wholeOf(kpiId, whole.kind, whole.subject, since);
    if (told.length > 0) {
      const people = await this.#learners.countPeople({ ...audience, learnerIds: [] });
      return latestOfWeeks(
        told.map(({ untilDay, value }) => ({ untilDay, value, people })),
        now,
      );
    }
    const kpi = (await this.#kpis.byIds([kpiId])).get(kpiId);
    const range = kpi === undefined ? null : rangeOf(kpi);
    const figures = new AudienceFigures(audience, this.#secret());
    const toldMean = (mean: number, people: number) => figures.mean(mean, people, valueFigure(metric));
    const byDay = new Map<string, Tally>();
    for await (const members of this.#members(audience, now, false, MOST_PEOPLE)) {
      const ids = members.map(({ learner }) => learner.id);
      for (const { untilDay, sum, people } of await this.#kpis.sumsOf(kpiId, ids, new Date(since))) {
        const tally = byDay.get(untilDay) ?? { sum: 0, people: 0 };
        byDay.set(untilDay, { sum: tally.sum + sum, people: tally.people + people });
      }
    }
    return latestOfWeeks(
      [...byDay].map(([untilDay, { sum, people }]) => ({
        ...{ untilDay, people },
        value: range === null || people < FEWEST_PEOPLE ? null : coarseValue(sum / people, people, range, toldMean),
      })),
      now,
    );
  }

  /** The people of an audience, page by page: a fair sample where there are more than so many. */
  async *#members(
    audience: RuleAudience,
    now: Date,
    withSkills: boolean,
    most: number,
  ): AsyncGenerator<readonly Member[]> {
    const { departments, roleIds, locations, learnerIds } = audience;
    let left = most;
    for await (const ids of this.#learners.people({ departments, roleIds, locations, learnerIds }, PAGE)) {
      const needsStates = withSkills || audience.skillGap !== null;
      const states = new Map(
        needsStates ? (await this.#learners.states(ids)).map((state) => [state.learnerId, state] as const) : [],
      );
      const learners = await this.#learners.learners(ids);
      const members = ids
        .flatMap((id): Member[] => {
          const learner = learners.get(id);
          return learner === undefined ? [] : [{ learner, state: states.get(id) ?? null }];
        })
        .filter(({ learner, state }) => {
          const gaps = audience.skillGap === null || state === null ? NO_GAPS : this.#gapsOf(state);
          return matchesAudience(audience, personOf({ learner, learnerId: learner.id }, gaps), now.getTime());
        })
        .slice(0, left);
      left -= members.length;
      if (members.length > 0) yield members;
      if (left === 0) return;
    }
  }

  #gapsOf(state: LearnerState): ReadonlyMap<string, SkillGap> {
    return skillGaps(rolesOf(state.learner, this.#catalog.snapshot.roles), this.#learners.combinedSkills(state));
  }
}

const NO_GAPS: ReadonlyMap<string, SkillGap> = new Map();

/** Whoever was hired later could not take part; of whom it is not known when, they count all along. */
function wasThere({ hiredOn }: Learner, at: Date): boolean {
  return hiredOn === null || Date.parse(hiredOn) <= at.getTime();
}

function pointOf({ week, at }: Week, { sum, people }: Tally): MeasuredPoint {
  return { week, at, value: people >= FEWEST_PEOPLE ? sum / people : null, people };
}

/** The one team that an audience is, or the organisation; null: it is neither. */
function wholeGroup(audience: RuleAudience): { readonly kind: KpiGrouping; readonly subject: string | null } | null {
  const narrowness = specificity(audience);
  if (narrowness === 0) return { kind: 'ORGANISATION', subject: null };
  if (narrowness !== 1) return null;
  for (const [kind, values] of [
    ['DEPARTMENT', audience.departments],
    ['ROLE', audience.roleIds],
    ['LOCATION', audience.locations],
  ] as const) {
    if (values.length === 1) return { kind, subject: values[0] ?? null };
  }
  return null;
}

/** The period that ended last in each week, as far as it is over. */
function latestOfWeeks(
  periods: readonly (Pick<MeasuredPoint, 'value' | 'people'> & { readonly untilDay: string })[],
  now: Date,
): MeasuredPoint[] {
  const byWeek = new Map<string, MeasuredPoint>();
  for (const { untilDay, value, people } of [...periods].sort((a, b) => (a.untilDay < b.untilDay ? -1 : 1))) {
    const at = new Date(`${untilDay}T00:00:00Z`);
    if (at > now) continue;
    // The last day of the period is the day before.
    const week = weekOf(at.getTime() - 1);
    byWeek.set(week, { week, at, people, value: people < FEWEST_PEOPLE ? null : value });
  }
  return [...byWeek.values()];
}
