import type { ActiveHours, OrganisationActivity } from '../../learners/activeHours.js';
import { WEEKDAYS, type WorkDay } from '../../learners/learner.js';
import { type Estimate, HOURS_PER_WEEK, kernelForEvidence, smoothWeek } from '../../stats/circularWeek.js';
import { gammaQuantile } from '../../stats/gamma.js';

/** What the default working week is worth in hours of the organisation's activity. */
const DEFAULT_WEEK_PSEUDO_HOURS = 30;
/** Below this many people, what "the organisation" does would tell of single persons. */
export const MINIMUM_PEOPLE = 5;

/** Usual working hours where an organisation has said nothing of its own: Monday to Friday, 9 to 17. */
export const DEFAULT_WORKING_HOURS: readonly WorkDay[] = (
  ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'] as const
).map((day) => ({ day, startMinute: 9 * 60, endMinute: 17 * 60 }));

/** Share of the default week that lies outside working hours, since some people learn then. */
const OUTSIDE_WORK_SHARE = 0.2;

/**
 * Weekly rates differ widely between people, about as much as their mean: a Gamma prior of shape 1. It is the
 * organisation's mean rate, or where that is unknown one active hour a week, which is an assumption.
 */
const RATE_PRIOR_SHAPE = 1;
const DEFAULT_WEEKLY_RATE = 1;

const INTERVAL_MASS = 0.8;

/** Where knowledge of someone's week comes from, from the person outwards. */
export const BASIS_SOURCES = ['PERSON', 'PEERS', 'GROUP', 'ORGANISATION', 'DEFAULT'] as const;
export type BasisSource = (typeof BASIS_SOURCES)[number];

/** How much each source shaped the answer; sums to 1. */
export type Basis = Readonly<Record<BasisSource, number>>;

/** One link of the prior: a week, and how much it is trusted over all wider links. */
export interface PriorLevel {
  readonly source: Exclude<BasisSource, 'PERSON'>;
  /** Length 168, sums to 1. */
  readonly shape: Float64Array;
  /** 0–1: its share of what the narrower levels leave; the last level takes all of the rest, whatever it says here. */
  readonly trust: number;
}

/** What is expected of somebody's week before their own hours speak, and where that comes from. */
export interface WeekPrior {
  /** Length 168, sums to 1: the mean of the sources' shapes, weighted by their shares. */
  readonly week: Float64Array;
  readonly sources: readonly {
    readonly source: Exclude<BasisSource, 'PERSON'>;
    /** 0–1; all sum to 1. */
    readonly share: number;
    /** Length 168, sums to 1: what it alone adds, which is not the week of whom it stands for. */
    readonly shape: Float64Array;
  }[];
  /** How people of a like rhythm spend their week, length 168, sums to 1; null: nothing is known of who they are. */
  readonly peersWeek: Float64Array | null;
}

/** How much a person's own hours count against the prior. */
export interface Shrinkage {
  /** What the prior is worth in hours of one's own, above 0. */
  readonly pseudoHours: number;
  /** How many more hours one's own are taken for, since the next hours are near to the latest ones; 0 or more. */
  readonly headStartHours: number;
}

/** Chosen by held-out log score where nothing was fitted: see `test/quality/activeTimes.test.ts`. */
export const DEFAULT_SHRINKAGE: Shrinkage = { pseudoHours: 8, headStartHours: 0 };

export interface WeekModel {
  /** Dirichlet concentrations over the cells of the local week, length 168. */
  readonly concentrations: Float64Array;
  readonly totalConcentration: number;
  readonly basis: Basis;
  /** Share of activity that each source in use expects per cell. Their mean weighted by `basis` is the posterior mean. */
  readonly shapes: ReadonlyMap<BasisSource, Float64Array>;
  /** See `WeekPrior`. */
  readonly peersWeek: Float64Array | null;
}

/**
 * The default working week as a distribution: working hours with soft edges, and a little at any other time. The first
 * and the last hour count less, since people arrive and leave; those between are equal, so that a learner whom nothing is
 * known of is reached in the second hour of work.
 */
export function defaultLevel(workingHours: readonly WorkDay[]): PriorLevel {
  const minutes = new Float64Array(HOURS_PER_WEEK);
  for (const { day, startMinute, endMinute } of workingHours) {
    const midnightCell = WEEKDAYS.indexOf(day) * 24;
    for (let hour = 0; hour < 24; hour++) {
      const overlap = Math.min(endMinute, (hour + 1) * 60) - Math.max(startMinute, hour * 60);
      const cell = midnightCell + hour;
      minutes[cell] = (minutes[cell] ?? 0) + Math.max(0, overlap);
    }
  }
  const at = (cell: number) => minutes[(cell + HOURS_PER_WEEK) % HOURS_PER_WEEK] ?? 0;
  const softened = minutes.map((_, cell) => 0.25 * at(cell - 1) + 0.5 * at(cell) + 0.25 * at(cell + 1));
  const total = softened.reduce((sum, m) => sum + m, 0);
  const inside = total > 0 ? 1 - OUTSIDE_WORK_SHARE : 0;
  const shape = softened.map((m) => (total > 0 ? (inside * m) / total : 0) + (1 - inside) / HOURS_PER_WEEK);
  return { source: 'DEFAULT', shape, trust: 1 };
}

/**
 * The organisation's week; null when it is empty, or so small that it would give away single persons. One hour's worth of
 * "any time" is part of it: where nobody has ever been seen somebody may still be, and nothing is divided by 0.
 */
export function organisationLevel(activity: OrganisationActivity): PriorLevel | null {
  const { hourCounts, effectiveHours, people } = activity;
  if (people < MINIMUM_PEOPLE || !(effectiveHours > 0)) return null;
  const smoothed = smoothWeek(hourCounts, kernelForEvidence(effectiveHours));
  const shape = normalised(smoothed.map((hours) => hours + 1 / HOURS_PER_WEEK));
  return { source: 'ORGANISATION', shape, trust: effectiveHours / (effectiveHours + DEFAULT_WEEK_PSEUDO_HOURS) };
}

/** A chain of priors as one, narrowest level first. @throws RangeError when the chain is empty */
export function chainPrior(chain: readonly PriorLevel[]): WeekPrior {
  if (chain.length === 0) throw new RangeError('The prior needs at least one level');
  const week = new Float64Array(HOURS_PER_WEEK);
  let left = 1;
  const sources = chain.map(({ source, shape, trust }, i) => {
    const share = i === chain.length - 1 ? left : left * trust;
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) week[cell] = (week[cell] ?? 0) + share * (shape[cell] ?? 0);
    left -= share;
    return { source, share, shape };
  });
  return { week, sources, peersWeek: null };
}

/** The share of the expectation that rests on somebody's own hours: 0 without any, 1 after very many. */
export function personShare(hours: number, { pseudoHours, headStartHours }: Shrinkage): number {
  const taken = hours + headStartHours * Math.min(1, hours);
  return taken / (taken + pseudoHours);
}

/** Own hours spread over the week as far as they speak for other hours; sums to their number. */
export function spreadHours(own: Pick<ActiveHours, 'hourCounts' | 'effectiveHours'>): Float64Array {
  return smoothWeek(own.hourCounts, kernelForEvidence(own.effectiveHours));
}

/** What is expected of a person's week: their own smoothed hours, shrunk to the prior. */
export function weekModel(
  own: Pick<ActiveHours, 'hourCounts' | 'effectiveHours'>,
  prior: WeekPrior,
  shrinkage: Shrinkage = DEFAULT_SHRINKAGE,
): WeekModel {
  const shapes = new Map<BasisSource, Float64Array>();
  const share = personShare(own.effectiveHours, shrinkage);
  const basis = { PERSON: share, PEERS: 0, GROUP: 0, ORGANISATION: 0, DEFAULT: 0 };
  for (const part of prior.sources) {
    basis[part.source] += part.share * (1 - share);
    shapes.set(part.source, part.shape);
  }
  const ownWeek = own.effectiveHours > 0 ? normalised(spreadHours(own)) : null;
  if (ownWeek !== null) shapes.set('PERSON', ownWeek);
  const totalConcentration = own.effectiveHours + shrinkage.pseudoHours;
  const concentrations = new Float64Array(HOURS_PER_WEEK);
  for (let cell = 0; cell < HOURS_PER_WEEK; cell++) {
    const ownShare = ownWeek === null ? 0 : ownWeek[cell]!;
    concentrations[cell] = totalConcentration * (share * ownShare + (1 - share) * prior.week[cell]!);
  }
  return { concentrations, totalConcentration, basis, shapes, peersWeek: prior.peersWeek };
}

/** The share of someone's activity that the model expects in a cell. */
export function expectedShare(model: WeekModel, cell: number): number {
  return (model.concentrations[cell] ?? 0) / model.totalConcentration;
}

/** Posterior of a person's active hours per week, as a Gamma distribution. */
export interface WeeklyRate {
  readonly shape: number;
  /** Inverse scale: weeks. */
  readonly weeks: number;
}

/** The person's weekly rate, shrunk to the organisation's: Gamma prior, Poisson counts over the weeks observed. */
export function weeklyRate(own: ActiveHours, organisationRate: number | null): WeeklyRate {
  const priorMean = organisationRate !== null && organisationRate > 0 ? organisationRate : DEFAULT_WEEKLY_RATE;
  return {
    shape: RATE_PRIOR_SHAPE + own.exposedHours,
    weeks: RATE_PRIOR_SHAPE / priorMean + own.exposureWeeks,
  };
}

/**
 * The expected number of active hours in one clock hour of that cell, as a Gamma distribution.
 *
 * Active hours are taken to be Poisson at a weekly rate λ, thinned by the share θ of the week that falls into the cell.
 * With λ Gamma and θ Beta distributed and independent, λθ has a known mean and variance, and is replaced by the Gamma
 * variable that shares both: exact when the two posteriors rest on the same hours (that Gamma times that Beta is a
 * Gamma), and close otherwise.
 */
function cellRate(model: WeekModel, rate: WeeklyRate, cell: number): { shape: number; scale: number } | null {
  const inCell = model.concentrations[cell] ?? 0;
  if (inCell <= 0) return null;
  const total = model.totalConcentration;
  const mean = (rate.shape / rate.weeks) * (inCell / total);
  // E[X²] / E[X]² of the Gamma and of the Beta, each as 1 + something, so that nothing cancels.
  const rateSpread = 1 / rate.shape;
  const shareSpread = (total - inCell) / (inCell * (total + 1));
  const relativeVariance = rateSpread + shareSpread + rateSpread * shareSpread;
  return { shape: 1 / relativeVariance, scale: mean * relativeVariance };
}

/** The probability that the person is active in one clock hour of that cell: E[1 − exp(−λθ)], see `cellRate`. */
export function expectedProbability(model: WeekModel, rate: WeeklyRate, cell: number): number {
  const gamma = cellRate(model, rate, cell);
  return gamma === null ? 0 : -Math.expm1(-gamma.shape * Math.log1p(gamma.scale));
}

/**
 * `expectedProbability` with its 80 % interval, that of the probability as a property of the person, not of the coin
 * toss in one week. Where the distribution is so skew that its mean lies outside, the interval is stretched to it.
 */
export function probabilityActive(model: WeekModel, rate: WeeklyRate, cell: number): Estimate {
  const mean = expectedProbability(model, rate, cell);
  const gamma = cellRate(model, rate, cell);
  if (gamma === null) return { mean, low: mean, high: mean };
  const quantile = (p: number) => -Math.expm1(-gamma.scale * gammaQuantile(p, gamma.shape));
  return {
    mean,
    low: Math.min(mean, quantile((1 - INTERVAL_MASS) / 2)),
    high: Math.max(mean, quantile((1 + INTERVAL_MASS) / 2)),
  };
}

/** The values divided by their sum. */
export function normalised(values: Float64Array): Float64Array {
  let total = 0;
  for (const value of values) total += value;
  const shares = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) shares[i] = (values[i] ?? 0) / total;
  return shares;
}
