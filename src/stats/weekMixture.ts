import { HOURS_PER_WEEK } from './circularWeek.js';
import type { Random } from './random.js';

/** A few typical weeks, and how common each is. Plain numbers, so that it can be stored as JSON. */
export interface WeekMixture {
  /** Share of people per archetype, length K, sums to 1. */
  readonly weights: readonly number[];
  /** The week of each archetype: K times 168 shares above 0, each sums to 1. */
  readonly shapes: readonly (readonly number[])[];
}

export interface WeekMixtureOptions {
  /** K, at least 1. */
  readonly archetypes: number;
  /** How many hours of the pooled week are added to every archetype, above 0. */
  readonly pseudoHours: number;
  /** What an hour of a person tells of their archetype, 0–1: below 1, since hours of one person resemble one another. */
  readonly evidencePower: number;
  readonly random: Random;
  /** Most EM steps. Default 60. */
  readonly maxSteps?: number;
}

export interface WeekMixtureFit {
  readonly mixture: WeekMixture;
  /** The penalised log likelihood before each step, in nats; never falls. */
  readonly logLikelihoods: readonly number[];
}

/** Where a person stands among the archetypes. */
export interface FoldedWeek {
  /** Probability of each archetype, length K, sums to 1. */
  readonly responsibilities: Float64Array;
  /** The expected week of the archetypes under them, length 168, sums to 1. */
  readonly week: Float64Array;
}

/** The gain in log likelihood per person under which EM has converged. */
const CONVERGED = 1e-5;
const DEFAULT_STEPS = 60;

/**
 * A mixture of week shapes over many people, by EM for a mixture of multinomials (Bishop 2006, section 9.3.3) with a
 * Dirichlet prior at the pooled week on every shape, so that an archetype of few people stays near to what everyone does.
 *
 * @param weeks counts per person, each of length 168, 0 or more, fractions allowed; empty weeks are left out
 * @returns null when no week has anything in it
 * @throws RangeError when an option is out of range or a week has another length
 */
export function fitWeekMixture(
  weeks: readonly ArrayLike<number>[],
  options: WeekMixtureOptions,
): WeekMixtureFit | null {
  const { archetypes, pseudoHours, evidencePower, random, maxSteps = DEFAULT_STEPS } = options;
  if (!(Number.isInteger(archetypes) && archetypes >= 1)) throw new RangeError('A mixture has at least one archetype');
  if (!(pseudoHours > 0)) throw new RangeError('Archetypes need a prior of more than 0 hours');
  if (!(evidencePower > 0 && evidencePower <= 1)) throw new RangeError('The evidence power lies in (0, 1]');
  const people = weeks.map(tempered(evidencePower)).filter((week) => week !== null);
  if (people.length === 0) return null;
  const pooled = pooledWeek(people);
  let state = startingState(people, pooled, archetypes, random);
  const logLikelihoods: number[] = [];
  for (let step = 0; step < maxSteps; step++) {
    const next = emStep(people, state, pooled, pseudoHours);
    const before = logLikelihoods.at(-1);
    logLikelihoods.push(next.logLikelihood);
    state = next;
    if (before !== undefined && next.logLikelihood - before < CONVERGED * people.length) break;
  }
  const { weights, shapes } = state;
  return { mixture: { weights: [...weights], shapes: shapes.map((shape) => [...shape]) }, logLikelihoods };
}

/**
 * A person among the archetypes, from any number of hours: with none the weights of the mixture and its mean week.
 *
 * @param counts length 168, 0 or more
 * @param evidencePower as the mixture was fitted with
 * @throws RangeError when `counts` has another length
 */
export function foldIntoMixture(mixture: WeekMixture, counts: ArrayLike<number>, evidencePower: number): FoldedWeek {
  requireWeek(counts);
  const { weights, shapes } = mixture;
  const responsibilities = new Float64Array(weights.length);
  for (const [k, shape] of shapes.entries()) {
    let log = Math.log(weights[k]!);
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) {
      const count = counts[cell]!;
      if (count > 0) log += evidencePower * count * Math.log(shape[cell]!);
    }
    responsibilities[k] = log;
  }
  exponentiate(responsibilities);
  const week = new Float64Array(HOURS_PER_WEEK);
  for (const [k, shape] of shapes.entries()) {
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) week[cell]! += responsibilities[k]! * shape[cell]!;
  }
  return { responsibilities, week };
}

interface State {
  readonly weights: Float64Array;
  readonly shapes: readonly Float64Array[];
}

/** The cells of one person that hold something, as EM only ever needs those. */
interface SparseWeek {
  readonly cells: Uint8Array;
  readonly counts: Float64Array;
}

function tempered(evidencePower: number): (week: ArrayLike<number>) => SparseWeek | null {
  return (week) => {
    requireWeek(week);
    const cells: number[] = [];
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) if (week[cell]! > 0) cells.push(cell);
    if (cells.length === 0) return null;
    return { cells: Uint8Array.from(cells), counts: Float64Array.from(cells, (cell) => evidencePower * week[cell]!) };
  };
}

/** Everyone's hours as one week; a little anywhere, so that no hour is impossible. */
function pooledWeek(people: readonly SparseWeek[]): Float64Array {
  const pooled = new Float64Array(HOURS_PER_WEEK).fill(0.01);
  let total = 0.01 * HOURS_PER_WEEK;
  for (const { cells, counts } of people) {
    for (let i = 0; i < cells.length; i++) {
      pooled[cells[i]!]! += counts[i]!;
      total += counts[i]!;
    }
  }
  return pooled.map((count) => count / total);
}

/** Archetypes around single people, drawn in proportion to how much is known of them. */
function startingState(people: readonly SparseWeek[], pooled: Float64Array, archetypes: number, random: Random): State {
  const sizes = people.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shapes = Array.from({ length: archetypes }, () => {
    let left = random.uniform() * total;
    let chosen = 0;
    while (chosen < people.length - 1 && left >= sizes[chosen]!) left -= sizes[chosen++]!;
    const { cells, counts } = people[chosen]!;
    const size = sizes[chosen]!;
    const shape = pooled.map((share) => 0.7 * share);
    for (let i = 0; i < cells.length; i++) shape[cells[i]!]! += (0.3 * counts[i]!) / size;
    return shape;
  });
  return { weights: new Float64Array(archetypes).fill(1 / archetypes), shapes };
}

function emStep(
  people: readonly SparseWeek[],
  { weights, shapes }: State,
  pooled: Float64Array,
  pseudoHours: number,
): State & { readonly logLikelihood: number } {
  const archetypes = weights.length;
  const logShapes = shapes.map((shape) => shape.map(Math.log));
  const logWeights = weights.map(Math.log);
  const sums = shapes.map(() => pooled.map((share) => pseudoHours * share));
  // One person of weight is shared out in advance, so that no archetype dies.
  const sizes = new Float64Array(archetypes).fill(1 / archetypes);
  let logLikelihood = 0;
  for (let k = 0; k < archetypes; k++) {
    logLikelihood += logWeights[k]! / archetypes;
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++)
      logLikelihood += pseudoHours * pooled[cell]! * logShapes[k]![cell]!;
  }
  const responsibilities = new Float64Array(archetypes);
  for (const { cells, counts } of people) {
    for (let k = 0; k < archetypes; k++) {
      const logShape = logShapes[k]!;
      let log = logWeights[k]!;
      for (let i = 0; i < cells.length; i++) log += counts[i]! * logShape[cells[i]!]!;
      responsibilities[k] = log;
    }
    logLikelihood += exponentiate(responsibilities);
    for (let k = 0; k < archetypes; k++) {
      const share = responsibilities[k]!;
      const sum = sums[k]!;
      sizes[k]! += share;
      for (let i = 0; i < cells.length; i++) sum[cells[i]!]! += share * counts[i]!;
    }
  }
  return {
    weights: sizes.map((size) => size / (people.length + 1)),
    shapes: sums.map((sum) => {
      const total = sum.reduce((whole, part) => whole + part, 0);
      return sum.map((part) => part / total);
    }),
    logLikelihood,
  };
}

/** Turns logarithms of weights into shares that sum to 1, in place; returns the logarithm of their sum. */
function exponentiate(logs: Float64Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const log of logs) highest = Math.max(highest, log);
  let sum = 0;
  for (let k = 0; k < logs.length; k++) {
    logs[k] = Math.exp(logs[k]! - highest);
    sum += logs[k]!;
  }
  for (let k = 0; k < logs.length; k++) logs[k]! /= sum;
  return highest + Math.log(sum);
}

function requireWeek(values: ArrayLike<number>): void {
  if (values.length !== HOURS_PER_WEEK) throw new RangeError(`A week has 168 cells, got ${values.length}`);
}
