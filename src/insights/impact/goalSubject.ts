import { countsUntilMs, type Goal, type GoalMetric } from '../../goals/goal.js';
import { directionOf, peopleFigure, personRange, type ValueRange, valueFigure } from '../../goals/goalMetrics.js';
import type { GoalsService } from '../../goals/goals.service.js';
import { rangeOf } from '../../goals/kpis/kpi.js';
import type { KpisService } from '../../goals/kpis/kpis.service.js';
import type { AudienceShape } from '../../learners/fewPeople/audienceFigures.js';
import { DomainError } from '../../platform/errors.js';
import { type AudienceSplitter, type PersonAt, requireKeptAudience } from './audienceSides.js';
import type { Blur, BlurOf } from './blur.js';
import { type Compared, comparedStudy, stratumOf } from './comparedStudy.js';
import { usualEffect } from './experimentStudies.js';
import { countedSpan, doingOf } from './goalOutcomes.js';
import type { ImpactStore, WatchedSpan } from './impact.store.js';
import { largestFigure } from './largestFigure.js';
import type { FoundStudy, StudiedMetric } from './study.js';
import { daysWatched, type WatchedTimes, watchedAlike } from './watched.js';

const UNITS: Readonly<Record<GoalMetric['kind'], string>> = {
  COMPLETIONS: 'courses per person',
  LEARNING_HOURS: 'hours per person',
  ACTIVE_LEARNER_SHARE: 'share of people',
  COMPLETION_RATE: 'share of the courses',
  SKILL_LEVEL: 'level',
  SKILL_TARGET_REACHED: 'share of people',
  SATISFACTION: 'points from −1 to 1',
  EXTERNAL_KPI: '',
};

/** Tells what became of the people of a goal beside others who were alike. */
export class GoalSubjects {
  readonly #store: ImpactStore;
  readonly #goals: GoalsService;
  readonly #kpis: KpisService;
  readonly #audiences: AudienceSplitter;

  readonly #blursOf: (audience: AudienceShape) => BlurOf;

  /** @param blursOf of an audience */
  constructor(
    store: ImpactStore,
    goals: GoalsService,
    kpis: KpisService,
    audiences: AudienceSplitter,
    blursOf: (audience: AudienceShape) => BlurOf,
  ) {
    this.#blursOf = blursOf;
    this.#store = store;
    this.#goals = goals;
    this.#kpis = kpis;
    this.#audiences = audiences;
  }

  /**
   * The metric of a goal in the first 90 days since it was set, at most, beside as many days before. The counter-metric is a
   * guardrail.
   *
   * @throws DomainError NOT_FOUND; BAD_USER_INPUT for metrics of skills and audiences by a gap in one
   */
  async study(id: string, smallestEffect: number | null, now: Date): Promise<FoundStudy> {
    const goal = (await this.#goals.goal(id))?.goal ?? null;
    if (goal === null) throw new DomainError('NOT_FOUND', `There is no goal "${id}".`, { argument: 'goalId' });
    requireKnownBefore(goal.metric);
    requireKeptAudience(goal.audience, 'goalId');
    const until = untilOf(goal, now);
    const sides = await this.#sides(goal);
    const all = [...sides.inside, ...sides.outside];
    const strata = (await this.#store.backgrounds(all)).map(stratumOf);
    const compared = async (metric: GoalMetric): Promise<Compared[]> => {
      const figures = await this.figures(metric, watchedAlike(all, until));
      return figures.flatMap((figure, i) =>
        figure === null ? [] : [{ ...figure, isInside: i < sides.inside.length, stratum: strata[i] ?? '' }],
      );
    };
    const blurOf = this.#blursOf(goal.audience);
    const isControl = ({ isInside }: Compared): boolean => !isInside;
    const own = await this.told(goal.metric, smallestEffect, await compared(goal.metric), isControl, blurOf);
    const counter = goal.counterMetric !== null && isKnownBefore(goal.counterMetric) ? goal.counterMetric : null;
    const guardrail = counter && (await this.told(counter, null, await compared(counter), isControl, blurOf));
    const study = comparedStudy(own.metric, own.people, daysWatched(all, until), guardrail, own.blurOf);
    return { name: goal.name, audience: goal.audience, study };
  }

  /** People of the audience and others, as of when the goal was set. */
  async #sides({ audience, createdAt }: Goal): Promise<{ inside: readonly PersonAt[]; outside: readonly PersonAt[] }> {
    const met = async (ids: readonly string[]) => ids.map((learnerId) => ({ learnerId, at: createdAt }));
    const [inside, outside] = await Promise.all(
      [true, false].map((isInside) => this.#audiences.first({ audience, isInside, isCounted: () => true, met })),
    );
    return { inside: inside?.people ?? [], outside: outside?.people ?? [] };
  }

  /** What a metric was of each person in their time and before it, in their order; null: it says nothing of them. */
  async figures(
    metric: GoalMetric,
    times: readonly WatchedTimes[],
  ): Promise<({ readonly after: number; readonly before: number } | null)[]> {
    const after = await this.#of(
      metric,
      times.map((time) => time.after),
    );
    const before = await this.#of(
      metric,
      times.map((time) => time.before),
    );
    return times.map((_, i) => {
      const [own, earlier] = [after[i] ?? null, before[i] ?? null];
      return own === null || earlier === null ? null : { after: own, before: earlier };
    });
  }

  /** A goal's metric as it is studied, and people as they count for it. @param isControl whether they are of those without it */
  async told<Person extends Pick<Compared, 'after' | 'before'>>(
    metric: GoalMetric,
    smallestEffect: number | null,
    people: readonly Person[],
    isControl: (person: Person) => boolean,
    blurOf: BlurOf,
  ): Promise<ToldMetric<Person>> {
    const kpi = metric.kpiId === null ? null : ((await this.#kpis.byIds([metric.kpiId])).get(metric.kpiId) ?? null);
    const kind = figureKind(metric);
    const range = kpi === null ? (metric.kind === 'SATISFACTION' ? personRange(metric) : null) : rangeOf(kpi);
    const figures = { value: valueFigure(metric), people: peopleFigure(metric) };
    const { counted, width, largest } = countedAs(kind, range, people, blurOf(figures, 'control', 1));
    const blurOfSide = (side: string) => blurOf(figures, side, width);
    const outcomes = Float64Array.from(counted.filter(isControl), ({ after }) => after);
    return {
      metric: {
        name: kpi === null ? metric.kind : kpi.id,
        unit: kpi === null ? UNITS[metric.kind] : kpi.unit,
        kind,
        better: directionOf(metric, kpi) === 'HIGHER_IS_BETTER' ? 'HIGHER' : 'LOWER',
        smallestEffect: smallestEffect ?? usualEffect(kind, { outcomes, blur: blurOfSide('control') }, width),
        ...{ width, largest },
      },
      people: counted,
      blurOf: blurOfSide,
    };
  }

  async #of(metric: GoalMetric, spans: readonly WatchedSpan[]): Promise<readonly (number | null)[]> {
    const { kind, courseIds, kpiId } = metric;
    if (kind === 'SATISFACTION') return await this.#store.opinions(spans, courseIds);
    if (kind === 'EXTERNAL_KPI') return await this.#store.kpiMeans(spans, kpiId ?? '');
    if (kind === 'SKILL_LEVEL' || kind === 'SKILL_TARGET_REACHED') return spans.map(() => null);
    const counted = spans.map((span) => countedSpan(kind, span));
    const outcomes = await this.#store.outcomes(counted, { courseIds, withAssigned: true });
    return outcomes.flatMap((counts, i) => {
      const span = spans[i];
      return span === undefined ? [] : [doingOf(kind, metric, counts, span)];
    });
  }
}

/** Courses, or hours, of which nobody stands out who has so many. */
const LEAST_LARGEST = 3;

/** A metric with the people of whom it says something. */
export interface ToldMetric<Person> {
  readonly metric: StudiedMetric;
  readonly people: readonly Person[];
  readonly blurOf: (side: string) => Blur;
}

function countedAs<Person extends Pick<Compared, 'after' | 'before'>>(
  kind: StudiedMetric['kind'],
  range: ValueRange | null,
  people: readonly Person[],
  blur: Blur,
): { counted: readonly Person[]; width: number; largest: number | null } {
  if (range !== null) return { counted: people, width: range.max - range.min, largest: null };
  if (kind !== 'MEAN') return { counted: people, width: 1, largest: null };
  const found = [Float64Array.from(people, ({ after }) => after), Float64Array.from(people, ({ before }) => before)];
  const largest = largestFigure(found, LEAST_LARGEST, blur);
  const counted = people.map((one) => ({
    ...one,
    after: Math.min(one.after, largest),
    before: Math.min(one.before, largest),
  }));
  return { counted, width: largest, largest };
}

function figureKind({ kind, courseIds }: GoalMetric): StudiedMetric['kind'] {
  if (kind === 'ACTIVE_LEARNER_SHARE') return 'YES_OR_NO';
  if (kind === 'COMPLETION_RATE') return courseIds.length > 1 ? 'SHARE' : 'YES_OR_NO';
  return 'MEAN';
}

/** Skills are known as they are now: what was known of them earlier is not kept. */
export const isKnownBefore = ({ kind }: GoalMetric): boolean =>
  kind !== 'SKILL_LEVEL' && kind !== 'SKILL_TARGET_REACHED';

function requireKnownBefore(metric: GoalMetric): void {
  if (isKnownBefore(metric)) return;
  throw new DomainError(
    'BAD_USER_INPUT',
    'What was known of people’s skills earlier is not kept, so nobody can be compared by it. See `goal.progress` for how ' +
      'the skills of its audience go.',
    { argument: 'goalId' },
  );
}

/** Until the goal is over, or now. */
const untilOf = (goal: Goal, now: Date): Date =>
  new Date(Math.min(now.getTime(), countsUntilMs(goal), goal.closure?.at.getTime() ?? Number.POSITIVE_INFINITY));
