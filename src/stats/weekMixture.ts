import { HOURS_PER_WEEK, smoothingMatrix, type WeekKernel } from './circularWeek.js';
import type { Random } from './random.js';

/** The active hours of one person, oldest first. */
export interface HourSequence {
  /** Cell of the week of each hour, 0–167, length n. */
  readonly cells: ArrayLike<number>;
  /** What each hour counts for, 0–1, length n. */
  readonly weights: ArrayLike<number>;
}

/** A few typical weeks, and how common each is. Plain numbers, so that it can be stored as JSON. */
export interface WeekMixture {
  /** Share of people per archetype, length K, sums to 1. */
  readonly weights: readonly number[];
  /** The week of each archetype: K times 168 shares above 0, each sums to 1. */
  readonly shapes: readonly (readonly number[])[];
}

/** How people repeat themselves, whatever their archetype. */
export interface Repetition {
  /** What the archetype is worth in hours of one's own, above 0, when the next hour is drawn. */
  readonly freshHours: number;
  /** How far from an earlier hour a repeated one may fall. */
  readonly kernel: WeekKernel;
}

export interface WeekMixtureOptions {
  /** K, at least 1. */
  readonly archetypes: number;
  /** The week of everyone, length 168, each share above 0; archetypes start from it and are drawn to it. */
  readonly common: ArrayLike<number>;
  /** How many hours of the common week are added to every archetype, above 0. */
  readonly pseudoHours: number;
  /** How smooth archetypes are. */
  readonly shapeKernel: WeekKernel;
  readonly repetition: Repetition;
  readonly random: Random;
  /** EM steps, at least 1. */
  readonly steps: number;
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

/** Of somebody with more hours, only the latest count: by then the archetype is known. */
const MOST_HOURS = 60;
/** Products of so many probabilities stay far above the smallest double. */
const FACTORS_PER_LOG = 12;
/** Where archetypes start: everyone's week, moved so far towards that of one person. */
const STARTING_SHARE = 0.3;

/**
 * A mixture of K week shapes over many people's hours, by EM.
 *
 * People repeat their own hours more than draws from a shape would, so that counting every hour as fresh evidence makes
 * archetypes of single busy people. Here each hour of a person is either a repetition of an earlier one, blurred by the
 * kernel, or, with probability c / (m + c) after m hours, fresh from the archetype's shape: a Hoppe urn, as behind the
 * Dirichlet-multinomial (Blackwell & MacQueen 1973), with kernel. The shape itself is blurred: a fresh hour has a centre
 * of which it is the neighbour. EM is over archetype, repetition and centre (Dempster, Laird & Rubin 1977), with
 * `pseudoHours` of the common week as observations of every archetype and one person as observation of the weights.
 *
 * @param people their hours; those without any are left out
 * @returns null when nobody has an hour
 * @throws RangeError when an option is out of range or a cell is no cell
 */
export function fitWeekMixture(people: readonly HourSequence[], options: WeekMixtureOptions): WeekMixtureFit | null {
  const { archetypes, common, pseudoHours, repetition, random, steps } = options;
  if (!(Number.isInteger(archetypes) && archetypes >= 1)) throw new RangeError('A mixture has at least one archetype');
  if (!(pseudoHours > 0) || !(repetition.freshHours > 0)) throw new RangeError('Hours of a prior are above 0');
  if (!(Number.isInteger(steps) && steps >= 1)) throw new RangeError('EM takes at least one step');
  if (common.length !== HOURS_PER_WEEK) throw new RangeError(`A week has 168 cells, got ${common.length}`);
  const repeats = smoothingMatrix(repetition.kernel);
  const histories = people.map((person) => historyOf(person, repeats)).filter(({ count }) => count > 0);
  if (histories.length === 0) return null;
  const blur = smoothingMatrix(options.shapeKernel);
  const prior = Float64Array.from(common, (share) => pseudoHours * share);
  let state = startingState(histories, common, archetypes, blur, repeats, random);
  const logLikelihoods: number[] = [];
  for (let step = 0; step < steps; step++) {
    const next = emStep(histories, state, prior, blur, repetition.freshHours);
    logLikelihoods.push(next.logLikelihood);
    state = next;
  }
  const { weights, shapes } = state;
  return { mixture: { weights: [...weights], shapes: shapes.map((shape) => [...shape]) }, logLikelihoods };
}

/**
 * A person among the archetypes of a mixture, from any number of hours: with none the weights of the mixture and its mean
 * week. The likelihood of the hours is that of `fitWeekMixture`, so what repeats an earlier hour tells little.
 *
 * @throws RangeError when a cell is no cell
 */
export function foldIntoMixture(mixture: WeekMixture, person: HourSequence, repetition: Repetition): FoldedWeek {
  const history = historyOf(person, smoothingMatrix(repetition.kernel));
  const shapes = typedShapes(mixture);
  const responsibilities = new Float64Array(shapes.length);
  for (let k = 0; k < shapes.length; k++) {
    responsibilities[k] = Math.log(mixture.weights[k]!) + logLikelihoodOf(history, shapes[k]!, repetition.freshHours);
  }
  exponentiate(responsibilities);
  const week = new Float64Array(HOURS_PER_WEEK);
  for (let k = 0; k < shapes.length; k++) addRow(week, shapes[k]!, responsibilities[k]!);
  return { responsibilities, week };
}

const shapesOfMixtures = new WeakMap<WeekMixture, readonly Float64Array[]>();

/** Plain arrays are several times as slow to go through. */
function typedShapes(mixture: WeekMixture): readonly Float64Array[] {
  const known = shapesOfMixtures.get(mixture);
  if (known !== undefined) return known;
  const shapes = mixture.shapes.map((shape) => Float64Array.from(shape));
  shapesOfMixtures.set(mixture, shapes);
  return shapes;
}

interface State {
  readonly weights: Float64Array;
  /** Where fresh hours have their centres: K shares of 168. */
  readonly centres: readonly Float64Array[];
  /** The same, blurred. */
  readonly shapes: readonly Float64Array[];
}

/** The latest hours of one person, with what does not depend on any archetype. */
interface History {
  readonly count: number;
  readonly cells: Uint8Array;
  readonly weights: Float64Array;
  /** How much the hours before speak for each hour as a repetition. */
  readonly repeated: Float64Array;
  /** The weight of the hours before each hour. */
  readonly before: Float64Array;
}

function historyOf(person: HourSequence, repeats: readonly Float64Array[]): History {
  const from = Math.max(0, person.cells.length - MOST_HOURS);
  const count = person.cells.length - from;
  const cells = new Uint8Array(count);
  const weights = new Float64Array(count);
  const repeated = new Float64Array(count);
  const before = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const cell = person.cells[from + i]!;
    if (!(Number.isInteger(cell) && cell >= 0 && cell < HOURS_PER_WEEK)) {
      throw new RangeError(`Cells are whole numbers from 0 to 167, got ${cell}`);
    }
    cells[i] = cell;
    weights[i] = person.weights[from + i]!;
    let sum = 0;
    for (let j = 0; j < i; j++) sum += weights[j]! * repeats[cells[j]!]![cell]!;
    repeated[i] = sum;
    before[i] = total;
    total += weights[i]!;
  }
  return { count, cells, weights, repeated, before };
}

/** Archetypes around single people, drawn in proportion to their hours. */
function startingState(
  people: readonly History[],
  common: ArrayLike<number>,
  archetypes: number,
  blur: readonly Float64Array[],
  repeats: readonly Float64Array[],
  random: Random,
): State {
  const total = people.reduce((sum, { count }) => sum + count, 0);
  const centres = Array.from({ length: archetypes }, () => {
    let left = random.below(total);
    let chosen = 0;
    while (left >= people[chosen]!.count) left -= people[chosen++]!.count;
    const { cells, count } = people[chosen]!;
    const centre = Float64Array.from(common, (share) => (1 - STARTING_SHARE) * share);
    for (const cell of cells) addRow(centre, repeats[cell]!, STARTING_SHARE / count);
    return normalised(centre);
  });
  return { weights: new Float64Array(archetypes).fill(1 / archetypes), centres, shapes: blurred(centres, blur) };
}

function emStep(
  people: readonly History[],
  { weights, centres, shapes }: State,
  prior: Float64Array,
  blur: readonly Float64Array[],
  freshHours: number,
): State & { readonly logLikelihood: number } {
  const archetypes = weights.length;
  const logWeights = weights.map(Math.log);
  const fresh = shapes.map(() => prior.slice());
  // One person is shared out over all archetypes in advance, so that none dies.
  const sizes = new Float64Array(archetypes).fill(1 / archetypes);
  let logLikelihood = 0;
  for (let k = 0; k < archetypes; k++) {
    logLikelihood += logWeights[k]! / archetypes;
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) logLikelihood += prior[cell]! * Math.log(shapes[k]![cell]!);
  }
  const responsibilities = new Float64Array(archetypes);
  for (const person of people) {
    for (let k = 0; k < archetypes; k++) {
      responsibilities[k] = logWeights[k]! + logLikelihoodOf(person, shapes[k]!, freshHours);
    }
    logLikelihood += exponentiate(responsibilities);
    const { count, cells, weights: hourWeights, repeated } = person;
    for (let k = 0; k < archetypes; k++) {
      const share = responsibilities[k]!;
      sizes[k]! += share;
      if (share < 1e-7) continue;
      const shape = shapes[k]!;
      const sums = fresh[k]!;
      for (let i = 0; i < count; i++) {
        const chance = freshHours * shape[cells[i]!]!;
        sums[cells[i]!]! += (share * hourWeights[i]! * chance) / (chance + repeated[i]!);
      }
    }
  }
  const nextCentres = fresh.map((sums, k) => centresOf(sums, centres[k]!, shapes[k]!, blur));
  return {
    weights: sizes.map((size) => size / (people.length + 1)),
    centres: nextCentres,
    shapes: blurred(nextCentres, blur),
    logLikelihood,
  };
}

function logLikelihoodOf(
  { count, cells, weights, repeated, before }: History,
  shape: Float64Array,
  freshHours: number,
): number {
  let log = 0;
  let product = 1;
  for (let i = 0; i < count; i++) {
    const chance = (repeated[i]! + freshHours * shape[cells[i]!]!) / (before[i]! + freshHours);
    product *= weights[i] === 1 ? chance : chance ** weights[i]!;
    if (i % FACTORS_PER_LOG === FACTORS_PER_LOG - 1) {
      log += Math.log(product);
      product = 1;
    }
  }
  return log + Math.log(product);
}

/** Shares the fresh hours of an archetype out over the centres they may come from. */
function centresOf(
  fresh: Float64Array,
  centres: Float64Array,
  shape: Float64Array,
  blur: readonly Float64Array[],
): Float64Array {
  const ratios = fresh.map((sum, cell) => sum / shape[cell]!);
  return normalised(
    centres.map((share, centre) => {
      const row = blur[centre]!;
      let sum = 0;
      for (let cell = 0; cell < HOURS_PER_WEEK; cell++) sum += row[cell]! * ratios[cell]!;
      return share * sum;
    }),
  );
}

function blurred(centres: readonly Float64Array[], blur: readonly Float64Array[]): readonly Float64Array[] {
  return centres.map((centre) => {
    const shape = new Float64Array(HOURS_PER_WEEK);
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) addRow(shape, blur[cell]!, centre[cell]!);
    return normalised(shape);
  });
}

function addRow(sums: Float64Array, row: Float64Array, times: number): void {
  for (let cell = 0; cell < HOURS_PER_WEEK; cell++) sums[cell]! += times * row[cell]!;
}

function normalised(values: Float64Array): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
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
