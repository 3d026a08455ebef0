import type { ActivityService } from '../../activity/activity.service.js';
import type { CatalogService } from '../../catalog/catalog.service.js';
import type { Learner } from '../../learners/learner.js';
import type { LearnerState, LearnersService } from '../../learners/learners.service.js';
import { rolesOf, type SkillGap, skillGaps } from '../../learners/skillGaps.js';
import { FEWEST_PEOPLE } from '../../platform/fewPeople.js';
import { personOf } from '../../rules/applying/ruledPerson.js';
import { matchesAudience, specificity } from '../../rules/model/audience.js';
import type { RuleAudience } from '../../rules/model/rule.js';
import type { GoalMetric } from '../goal.js';
import { LOOKBACK_DAYS } from '../goalMetrics.js';
import type { SubjectKind } from '../kpis/kpi.js';
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

/** What comes together at each of the weeks asked for: the value is `sum` over `count`. */
interface Tally {
  sum: number;
  count: number;
  people: number;
}

/** Works out what goals are measured by, of at most so many people, whatever the size of the organisation. */
export class GoalMeasurer {
  readonly #activity: ActivityService;
  readonly #learners: LearnersService;
  readonly #surveys: SurveysService;
  readonly #kpis: KpisService;
  readonly #catalog: CatalogService;

  constructor(
    activity: ActivityService,
    learners: LearnersService,
    surveys: SurveysService,
    kpis: KpisService,
    catalog: CatalogService,
  ) {
    this.#activity = activity;
    this.#learners = learners;
    this.#surveys = surveys;
    this.#kpis = kpis;
    this.#catalog = catalog;
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
        return await this.#kpi(metric.kpiId ?? '', audience, weeks, now);
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
    const tallies = weeks.map((): Tally => ({ sum: 0, count: 0, people: 0 }));
    const moments = weeks.map(({ at }) => at);
    for await (const members of this.#members(audience, now, false, MOST_PEOPLE)) {
      const ids = members.map(({ learner }) => learner.id);
      const isOfOpinions = metric.kind === 'SATISFACTION';
      if (!isOfOpinions) {
        const shares = metric.kind === 'COMPLETION_RATE' ? metric.courseIds.length : 1;
        tallies.forEach((tally, i) => {
          const there = members.filter(({ learner }) => wasThere(learner, moments[i] as Date)).length;
          tally.people += there;
          tally.count += there * shares;
        });
      }
      for (const { place, ...found } of await this.#found(metric, ids, moments)) {
        const tally = tallies[place - 1];
        if (tally === undefined) continue;
        tally.sum += found.sum;
        tally.count += found.count;
        tally.people += found.people;
      }
    }
    return weeks.map((week, i) => pointOf(week, tallies[i] as Tally));
  }

  /** What is added to the tally of each week; of opinions also how many there are, and of how many people. */
  async #found(
    metric: GoalMetric,
    ids: readonly string[],
    moments: readonly Date[],
  ): Promise<(Tally & { readonly place: number })[]> {
    const { kind, courseIds } = metric;
    if (kind === 'COMPLETION_RATE') {
      const done = await this.#activity.completedBy(ids, moments, courseIds);
      return done.map(({ place, completions }) => ({ place, sum: completions, count: 0, people: 0 }));
    }
    const activity = await this.#activity.groupActivity(ids, moments, LOOKBACK_DAYS, courseIds);
    if (kind !== 'SATISFACTION') {
      return activity.map(({ place, completions, seconds, learnersActive }) => ({
        ...{ place, count: 0, people: 0 },
        sum: kind === 'COMPLETIONS' ? completions : kind === 'LEARNING_HOURS' ? seconds / 3_600 : learnersActive,
      }));
    }
    const answers = await this.#surveys.totalsBefore(ids, moments, LOOKBACK_DAYS, courseIds);
    return [
      ...activity.map(({ place, ratingSum, ratings, raters }) => ({
        ...{ place, sum: ratingSum, count: ratings, people: raters },
      })),
      // Whoever both rated and answered counts as one person at least: the greater number is taken, not the sum.
      ...answers.map(({ place, sum, answers: count, people }) => {
        const raters = activity.find((one) => one.place === place)?.raters ?? 0;
        return { place, sum, count, people: Math.max(0, people - raters) };
      }),
    ];
  }

  async #skills(
    metric: GoalMetric,
    audience: RuleAudience,
    weeks: readonly Week[],
    now: Date,
  ): Promise<MeasuredPoint[]> {
    const tally: Tally = { sum: 0, count: 0, people: 0 };
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
        tally.people += found.length > 0 ? 1 : 0;
        tally.count += found.length;
        tally.sum += found.reduce((sum, value) => sum + value, 0);
      }
    }
    return weeks.map((week) => pointOf(week, tally));
  }

  /** What was told of the very group as a whole; otherwise the mean of its people's figures. */
  async #kpi(kpiId: string, audience: RuleAudience, weeks: readonly Week[], now: Date): Promise<MeasuredPoint[]> {
    const since = new Date(Date.parse((weeks[0] as Week).week));
    const whole = wholeGroup(audience);
    const told = whole === null ? [] : await this.#kpis.toldOf(kpiId, whole.kind, whole.subject, since);
    if (told.length > 0) {
      const people = await this.#learners.countPeople({ ...audience, learnerIds: [] });
      return latestOfWeeks(
        told.map(({ untilDay, value }) => ({ untilDay, tally: { sum: value, count: 1, people } })),
        now,
      );
    }
    const byDay = new Map<string, Tally>();
    for await (const members of this.#members(audience, now, false, MOST_PEOPLE)) {
      const ids = members.map(({ learner }) => learner.id);
      for (const { untilDay, sum, count, people } of await this.#kpis.sumsOf(kpiId, ids, since)) {
        const tally = byDay.get(untilDay) ?? { sum: 0, count: 0, people: 0 };
        byDay.set(untilDay, {
          sum: tally.sum + sum,
          count: tally.count + count,
          people: tally.people + people,
        });
      }
    }
    return latestOfWeeks(
      [...byDay].map(([untilDay, tally]) => ({ untilDay, tally })),
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

function pointOf({ week, at }: Week, { sum, count, people }: Tally): MeasuredPoint {
  const isTold = people >= FEWEST_PEOPLE && count > 0;
  return { week, at, value: isTold ? sum / count : null, people };
}

/** The one team that an audience is, or the organisation; null: it is neither. */
function wholeGroup(audience: RuleAudience): { readonly kind: SubjectKind; readonly subject: string | null } | null {
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
  periods: readonly { readonly untilDay: string; readonly tally: Tally }[],
  now: Date,
): MeasuredPoint[] {
  const byWeek = new Map<string, MeasuredPoint>();
  for (const { untilDay, tally } of [...periods].sort((a, b) => (a.untilDay < b.untilDay ? -1 : 1))) {
    const at = new Date(`${untilDay}T00:00:00Z`);
    if (at > now) continue;
    // The last day of the period is the day before.
    const week = weekOf(at.getTime() - 1);
    byWeek.set(week, pointOf({ week, at }, tally));
  }
  return [...byWeek.values()];
}
