import { AudienceFigures } from '../../learners/fewPeople/audienceFigures.js';
import { meanStep } from '../../learners/fewPeople/fewPeople.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import {
  type DriftFit,
  driftEstimate,
  driftForecast,
  fitDrift,
  probabilityAtLeast,
  studentInterval,
} from '../../stats/driftForecast.js';
import type { Interval } from '../../stats/interval.js';
import { coarseValue } from '../coarseValue.js';
import { countsUntilMs, dueMsOf, type Goal, type GoalMetric } from '../goal.js';
import {
  directionOf,
  peopleFigure,
  personRange,
  signOf,
  type ValueRange,
  valueFigure,
  valueRange,
} from '../goalMetrics.js';
import type { Kpi } from '../kpis/kpi.js';

/** Whether a goal will be reached, as far as its figures can tell. */
export const GOAL_STATUSES = ['ON_TRACK', 'AT_RISK', 'OFF_TRACK', 'CANNOT_TELL'] as const;
export type GoalStatus = (typeof GOAL_STATUSES)[number];

/** What the counter-metric does while the goal gets nearer. */
export const COUNTER_STATUSES = ['HOLDS', 'PARTS', 'CANNOT_TELL'] as const;
export type CounterStatus = (typeof COUNTER_STATUSES)[number];

/** A metric at the end of a week, as it was measured; null: of nobody. */
export interface MeasuredPoint {
  /** Monday, an ISO date. */
  readonly week: string;
  readonly at: Date;
  readonly value: number | null;
  readonly people: number;
}

/** A point as it may be told. */
export interface ToldPoint {
  readonly week: string;
  readonly at: Date;
  /** Null: of too few people, so nothing is told. */
  readonly value: number | null;
  /** A multiple of five; null: fewer than five. */
  readonly people: number | null;
  /** Width of the steps that the value comes in; 0: it is told as it is. */
  readonly step: number;
  /** Standard deviation of what all values of the series are off by alike. */
  readonly noise: number;
}

type Bounds = Pick<Interval, 'low' | 'high'>;

export interface GoalForecast {
  readonly at: Date;
  readonly mean: number;
  readonly interval80: Bounds;
  readonly interval95: Bounds;
  /** Of being at the target or better then, 0–1. */
  readonly probability: number;
}

export interface GoalOutlook {
  readonly series: readonly ToldPoint[];
  readonly current: number | null;
  /** Of the way from the baseline to the target; below 0: further away than at the beginning. */
  readonly shareOfWay: number | null;
  readonly forecast: GoalForecast | null;
  readonly status: GoalStatus;
  /** Why, in one sentence. */
  readonly statusText: string;
  readonly counter: CounterOutlook | null;
}

export interface CounterOutlook {
  readonly series: readonly ToldPoint[];
  readonly status: CounterStatus;
  readonly text: string;
}

export interface OutlookInputs {
  readonly goal: Goal;
  readonly kpis: ReadonlyMap<string, Kpi>;
  readonly points: readonly MeasuredPoint[];
  readonly counterPoints: readonly MeasuredPoint[];
  readonly now: Date;
  /** By which figures are drawn that are not told as they are. */
  readonly secret: Uint8Array;
}

/** With fewer weeks a trend cannot be told from chance. */
const FEWEST_WEEKS = 8;
/** Older weeks tell little of how things go now. */
export const MOST_WEEKS = 26;
/** A series that ended longer ago says nothing of today; of one that comes more seldom, so many of its steps. */
const STALE_DAYS = 35;
const STALE_STEPS = 3;

/**
 * Where a goal stands, by this rule. Without eight weeks of figures, or when the last are old, nothing can be told. Otherwise
 * the figures are carried on to the due date as a random walk with drift: ON_TRACK when the forecast is at the target or
 * better, OFF_TRACK when even the good end of its 80 % interval falls short, AT_RISK in between. After the due date what was
 * measured last until then decides, unless it is old. Figures of few people come in steps, which leave the ends of a series
 * open and so the forecast: while it has not moved by more than two of them, nothing is told but what lies beyond that.
 *
 * All is worked out from figures as they may be told, so nothing finer shows through.
 */
export function goalOutlook({ goal, kpis, points, counterPoints, now, secret }: OutlookInputs): GoalOutlook {
  const figures = new AudienceFigures(goal.audience, secret);
  const kpi = kpis.get(goal.metric.kpiId ?? '') ?? null;
  const sign = signOf(directionOf(goal.metric, kpi));
  const dueMs = dueMsOf(goal);
  const series = toldSeries(points, goal.metric, figures);
  const known = knownPoints(series).filter(({ at }) => at.getTime() <= countsUntilMs(goal));
  const current = known.at(-1)?.value ?? null;
  const fit = fitOf(known);
  const isOver = dueMs <= now.getTime();
  const forecast =
    fit === null || isOver
      ? null
      : forecastOf(
          { fit, noise: known.at(-1)?.noise ?? 0 },
          goal.target,
          new Date(dueMs),
          sign,
          valueRange(goal.metric, kpi),
        );
  return {
    series,
    current,
    shareOfWay: current === null ? null : (current - goal.baseline) / (goal.target - goal.baseline),
    forecast,
    ...statusOf({ goal, known, forecast, sign, isOver, now, fewest: figures.fewestForMeans }),
    counter: goal.counterMetric === null ? null : counterOutlook(goal, kpis, known, sign, counterPoints, figures),
  };
}

interface StatusInputs {
  readonly goal: Goal;
  readonly known: readonly KnownPoint[];
  readonly forecast: GoalForecast | null;
  readonly sign: 1 | -1;
  readonly isOver: boolean;
  readonly now: Date;
  readonly fewest: number;
}

function statusOf({
  goal,
  known,
  forecast,
  sign,
  isOver,
  now,
  fewest,
}: StatusInputs): Pick<GoalOutlook, 'status' | 'statusText'> {
  const last = known.at(-1);
  const isReached = (value: number) => sign * (value - goal.target) >= 0;
  const until = new Date(Math.min(now.getTime(), dueMsOf(goal)));
  if (last === undefined)
    return {
      status: 'CANNOT_TELL',
      statusText: Number.isFinite(fewest)
        ? `There are no figures of ${fewest} people or more yet.`
        : 'Nothing is told of people who are chosen by a gap in finer steps than hundredths.',
    };
  if (isStale(known, until)) {
    const day = last.at.toISOString().slice(0, 10);
    const asked = isOver ? 'what came of it' : 'where this goes';
    return { status: 'CANNOT_TELL', statusText: `The last figures are of ${day}: too old to say ${asked}.` };
  }
  if (isOver) {
    return isReached(last.value)
      ? { status: 'ON_TRACK', statusText: `The target was reached by ${goal.dueOn}.` }
      : { status: 'OFF_TRACK', statusText: `The target was not reached by ${goal.dueOn}.` };
  }
  if (known.length < FEWEST_WEEKS || forecast === null) {
    const text = `There are figures of ${known.length} weeks; with ${FEWEST_WEEKS} a trend can be told from chance.`;
    return { status: 'CANNOT_TELL', statusText: text };
  }
  if (isWithinSteps(known) && isInside(forecast.interval95, goal.target)) {
    const text = `Figures of so few people come in steps of ${Number(stepOf(known).toPrecision(3))}, and have moved by two of`;
    return { status: 'CANNOT_TELL', statusText: `${text} them at most: where this goes cannot be told from that.` };
  }
  const best = sign === 1 ? forecast.interval80.high : forecast.interval80.low;
  if (isReached(forecast.mean)) {
    return { status: 'ON_TRACK', statusText: `If it goes on like this, the target is reached by ${goal.dueOn}.` };
  }
  return isReached(best)
    ? { status: 'AT_RISK', statusText: 'The forecast falls short of the target, which is within its 80 % interval.' }
    : { status: 'OFF_TRACK', statusText: 'The target is beyond the 80 % interval of the forecast.' };
}

/** Whether a series of rounded figures has moved so little that it may not have moved, or moved the other way. */
function isWithinSteps(known: readonly KnownPoint[]): boolean {
  const values = known.map(({ value }) => value);
  const step = stepOf(known);
  // Whole steps, but for the dust of binary fractions.
  return step > 0 && Math.max(...values) - Math.min(...values) < 2.5 * step;
}

/** The widest: groups grow and shrink. */
const stepOf = (known: readonly KnownPoint[]): number => known.reduce((widest, { step }) => Math.max(widest, step), 0);

const isInside = ({ low, high }: Bounds, value: number): boolean => low <= value && value <= high;

function isStale(known: readonly KnownPoint[], now: Date): boolean {
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return false;
  const meanStepDays = daysBetween(first.at, last.at) / Math.max(1, known.length - 1);
  return daysBetween(last.at, now) > Math.max(STALE_DAYS, STALE_STEPS * meanStepDays);
}

/**
 * Parting ways: over the same weeks the goal has got nearer and the counter-metric worse, each by more than chance, which is
 * to say that the 80 % interval of its weekly drift lies wholly on that side of 0.
 */
function counterOutlook(
  goal: Goal,
  kpis: ReadonlyMap<string, Kpi>,
  known: readonly KnownPoint[],
  sign: 1 | -1,
  counterPoints: readonly MeasuredPoint[],
  figures: AudienceFigures,
): CounterOutlook | null {
  const metric = goal.counterMetric;
  if (metric === null) return null;
  const kpi = kpis.get(metric.kpiId ?? '') ?? null;
  const series = toldSeries(counterPoints, metric, figures);
  const counter = knownPoints(series);
  const since = Math.max(startMs(known), startMs(counter));
  const within = (all: readonly KnownPoint[]) => all.filter(({ at }) => at.getTime() >= since);
  const [own, other] = [within(known), within(counter)];
  const [fit, counterFit] = [fitOf(own), fitOf(other)];
  if (own.length < FEWEST_WEEKS || other.length < FEWEST_WEEKS || fit === null || counterFit === null) {
    const fewest = Math.min(own.length, other.length);
    const text = `The two share figures of ${fewest} weeks; with ${FEWEST_WEEKS} it can be told whether they part ways.`;
    return { series, status: 'CANNOT_TELL', text };
  }
  const isBetter = isDriftBeyondChance(fit, sign);
  const isWorse = isDriftBeyondChance(counterFit, signOf(directionOf(metric, kpi)) === 1 ? -1 : 1);
  return isBetter && isWorse
    ? {
        series,
        status: 'PARTS',
        text: 'The goal gets nearer while the counter-metric gets worse, both by more than chance.',
      }
    : {
        series,
        status: 'HOLDS',
        text: 'The counter-metric has not got worse by more than chance while the goal got nearer.',
      };
}

/** Whether a drift goes this way even at the other end of its 80 % interval. */
function isDriftBeyondChance(fit: DriftFit, sign: 1 | -1): boolean {
  const { low, high } = studentInterval(driftEstimate(fit), 0.8);
  return sign === 1 ? low > 0 : high < 0;
}

/** @param noise standard deviation of what the series is off by as a whole, which no drift tells */
function forecastOf(
  { fit, noise }: { readonly fit: DriftFit; readonly noise: number },
  target: number,
  at: Date,
  sign: 1 | -1,
  range: ValueRange,
): GoalForecast | null {
  const time = weekNumber(at);
  if (time <= fit.lastTime) return null;
  const drifted = driftForecast(fit, time);
  const forecast = { ...drifted, standardError: Math.hypot(drifted.standardError, noise) };
  const clamp = (value: number) => Math.min(range.max, Math.max(range.min, value));
  const interval = (level: number): Bounds => {
    const { low, high } = studentInterval(forecast, level);
    return { low: clamp(low), high: clamp(high) };
  };
  const isMet = sign * (forecast.mean - target) >= 0;
  const atLeast = probabilityAtLeast(forecast, target);
  return {
    at,
    mean: clamp(forecast.mean),
    interval80: interval(0.8),
    interval95: interval(0.95),
    probability: forecast.standardError === 0 ? Number(isMet) : sign === 1 ? atLeast : 1 - atLeast,
  };
}

interface KnownPoint extends ToldPoint {
  readonly value: number;
}

function knownPoints(series: readonly ToldPoint[]): KnownPoint[] {
  return series.filter((point): point is KnownPoint => point.value !== null);
}

function toldSeries(points: readonly MeasuredPoint[], metric: GoalMetric, figures: AudienceFigures): ToldPoint[] {
  return [...points]
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .slice(-MOST_WEEKS)
    .map((point) => ({
      ...{ week: point.week, at: point.at, people: figures.countOrNull(point.people, peopleFigure(metric)) },
      value: toldValue(point, metric, figures),
      step: stepWidth(point, metric),
      noise: noiseOf(point, metric, figures),
    }));
}

/** What may be told of a figure of an audience; null: nothing. */
export function toldValue(
  { value, people }: Pick<MeasuredPoint, 'value' | 'people'>,
  metric: GoalMetric,
  figures: AudienceFigures,
): number | null {
  const range = personRange(metric);
  if (value === null || people < figures.fewestForMeans) return null;
  return range === null
    ? value
    : coarseValue(value, people, range, (mean, over) => figures.mean(mean, over, valueFigure(metric)));
}

function stepWidth({ people }: Pick<MeasuredPoint, 'people'>, metric: GoalMetric): number {
  const range = personRange(metric);
  return range === null ? 0 : (range.max - range.min) * meanStep(people);
}

function noiseOf({ people }: Pick<MeasuredPoint, 'people'>, metric: GoalMetric, figures: AudienceFigures): number {
  const range = personRange(metric);
  if (range === null || people === 0) return 0;
  return ((range.max - range.min) * figures.noiseDeviation(valueFigure(metric))) / people;
}

function fitOf(known: readonly KnownPoint[]): DriftFit | null {
  return fitDrift(
    known.map(({ at }) => weekNumber(at)),
    known.map(({ value }) => value),
    stepOf(known),
  );
}

const weekNumber = (at: Date): number => at.getTime() / (7 * DAY_MS);
const startMs = (points: readonly KnownPoint[]): number => points[0]?.at.getTime() ?? 0;
const daysBetween = (from: Date, until: Date): number => (until.getTime() - from.getTime()) / DAY_MS;
