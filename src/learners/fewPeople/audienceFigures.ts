import { createHmac } from 'node:crypto';
import { createRandom } from '../../stats/random.js';
import { coarseCount, coarseMean, FEWEST_PEOPLE } from './fewPeople.js';

/** Of people whom somebody picked out by several of their groups or traits, a mean is told as an effect of an experiment is: of many. */
const FEWEST_PICKED = 100;
/** Standard deviation of the noise of one condition, in people. */
const NOISE = 2;
/** Deviations of noise that it hardly ever exceeds. */
export const NEARLY_ALL = 3;
/** What a gap in a skill may be told apart by. */
const GAP_STEP = 0.01;

/** By what people are chosen: whoever is in one of the groups of every kind named, and has every trait. */
export interface AudienceShape {
  readonly departments: readonly string[];
  readonly roleIds: readonly string[];
  readonly locations: readonly string[];
  readonly languages: readonly string[];
  readonly learnerIds: readonly string[];
  readonly hiredWithinDays: number | null;
  readonly skillGap: { readonly skillId: string; readonly atLeast: number } | null;
  /** Only so many of them; null or left out: all. */
  readonly sampleSize?: number | null;
}

/** What is told of an audience. Figures that are the same thing have the same name, wherever they are told. */
export interface Figure {
  readonly name: string;
  /** To what it is limited, such as courses: what one of them adds could be had by leaving it out. */
  readonly parts?: readonly string[];
  /** How much of a person's share in the figure one of them may make up, above 0 to 1, the default. */
  readonly partWeight?: number;
}

/** One thing that somebody asked for; its noise is always the same. */
type Condition = readonly [kind: string, name: string];

/**
 * Figures of an audience as those may be told them who must not learn of single people. Whoever asks may describe audiences as
 * they like and ask any number of times, so an audience can be cut to size: with somebody and without. That is why each
 * condition of an audience adds a noise of its own, a few people to either side, drawn by a secret that nobody is told and
 * always the same (the layers of Diffix, Francis et al. 2017). Describing the same people in other words brings new noise by
 * the other words alone: what stays is that of the condition by which the one person comes in. Of the whole organisation, which
 * nobody chose, there is none.
 *
 * Whoever guesses 0 or 1 of a person by one condition that brings in that person alone is right in 60 of 100 cases, and by ten
 * such conditions, each of another name, kind or figure, in 79; 95 of 100 take 43. A threshold has a noise for each of its
 * decimal places, so that trying all days of hiring comes to 10 conditions at most, and all gaps to 5. What it does not hide is
 * that something about an audience changed from one day to the next.
 *
 * Nothing is told of people who are named one by one: whoever knows all of them but one would learn of that one. Nor is it by
 * gaps in finer steps than hundredths, of which there would be any number.
 */
export class AudienceFigures {
  /** People of whom there must be as many for a mean to be told; infinite where nothing is. */
  readonly fewestForMeans: number;
  /** Whether anything is told at all. */
  readonly isTold: boolean;
  /** By several of their groups or by traits, and not just by one group that there is anyway. */
  readonly #isPicked: boolean;
  readonly #conditions: readonly Condition[];
  readonly #secret: Uint8Array;
  readonly #noises = new Map<string, number>();

  /**
   * @param audiences the one, or all that somebody chose for the same figures
   * @param secret of the service
   * @param beside whom else the figures depend on, whom somebody chose for something else: one noise for all of them together,
   *   another as soon as one of them is another
   */
  constructor(
    audiences: AudienceShape | readonly AudienceShape[],
    secret: Uint8Array,
    beside: readonly AudienceShape[] = [],
  ) {
    const all = [audiences].flat();
    this.isTold = all.every(
      ({ learnerIds, skillGap }) => learnerIds.length === 0 && !isFinerThanStep(skillGap?.atLeast ?? 0),
    );
    const named = new Set(all.flatMap(namesOf));
    const others = [...new Set(beside.flatMap((one) => JSON.stringify(conditionsOf(one))))].filter(
      (one) => one !== '[]',
    );
    this.#isPicked = named.size > 1 || all.some(isByTrait) || others.length > 0;
    this.fewestForMeans = this.isTold ? (this.#isPicked ? FEWEST_PICKED : FEWEST_PEOPLE) : Infinity;
    const conditions = all.flatMap(conditionsOf);
    if (others.length > 0) conditions.push(['beside', JSON.stringify(others.sort())]);
    this.#conditions = [...new Map(conditions.map((one) => [JSON.stringify(one), one])).values()];
    this.#secret = secret;
  }

  /** A multiple of five; null for fewer than five, or what may be fewer, and of people who are named. */
  countOrNull(exact: number, figure: Figure): number | null {
    const blurred = this.blurredCount(exact, figure);
    return blurred === 0 ? null : coarseCount(blurred);
  }

  /**
   * A whole number a few people off; 0 for fewer than five, or what may be fewer, and where nothing is told. Of people whom somebody picked there must be five
   * for certain, whatever the noise: that they are must not show that the fifth is there, however often somebody asks in words
   * that say nothing. Whoever is in one group is given.
   */
  blurredCount(exact: number, figure: Figure): number {
    if (!this.isTold) return 0;
    const noisy = exact + this.noise(figure);
    const margin = this.#isPicked ? NEARLY_ALL * this.noiseDeviation(figure) : 0;
    return exact >= FEWEST_PEOPLE && noisy - margin >= FEWEST_PEOPLE ? Math.round(noisy) : 0;
  }

  /**
   * A mean over people, each of whom has a value of 0–1, in the steps of `coarseMean`.
   *
   * @param people `fewestForMeans` or more
   */
  mean(exact: number, people: number, figure: Figure): number {
    return coarseMean(Math.min(1, Math.max(0, exact + this.noise(figure) / people)), people);
  }

  /** Standard deviation of the noise of a figure, in people. */
  noiseDeviation({ parts = [], partWeight = 1 }: Figure): number {
    const perCondition = 1 + new Set(parts).size * partWeight ** 2;
    return NOISE * Math.sqrt(this.#conditions.length * perCondition);
  }

  /**
   * In people: what a figure is told with, for what is worked out of several. By itself it is not to be told, nor is anything that
   * it could be worked out from.
   */
  noise({ name, parts = [], partWeight = 1 }: Figure): number {
    const key = JSON.stringify([name, parts]);
    const known = this.#noises.get(key);
    if (known !== undefined) return known;
    let noise = 0;
    for (const condition of this.#conditions) {
      noise += this.#drawn(condition, name);
      for (const part of new Set(parts)) noise += partWeight * this.#drawn(condition, name, part);
    }
    this.#noises.set(key, noise);
    return noise;
  }

  #drawn(...about: readonly unknown[]): number {
    const drawn = createHmac('sha256', this.#secret)
      .update(JSON.stringify(['noise', ...about]))
      .digest();
    return NOISE * createRandom(drawn.readUIntBE(0, 6)).normal();
  }
}

const isByTrait = ({ hiredWithinDays, skillGap, sampleSize = null }: AudienceShape): boolean =>
  hiredWithinDays !== null || skillGap !== null || sampleSize !== null;

function namesOf({ departments, roleIds, locations, languages }: AudienceShape): string[] {
  const named = { departments, roleIds, locations, languages };
  return Object.entries(named).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`));
}

/** Each once, whatever order they are told in. */
function conditionsOf({ hiredWithinDays, skillGap, sampleSize = null, ...named }: AudienceShape): readonly Condition[] {
  const conditions: Condition[] = [];
  // Who is not in the sample is told apart by all of them less those who are.
  if (sampleSize !== null) conditions.push(['sampleSize', String(sampleSize)]);
  for (const kind of ['departments', 'roleIds', 'locations', 'languages'] as const) {
    for (const name of [...new Set(named[kind])].sort()) conditions.push([kind, name]);
  }
  if (hiredWithinDays !== null) conditions.push(...thresholdConditions('hiredWithinDays', hiredWithinDays, 1_000));
  if (skillGap !== null) {
    conditions.push(...thresholdConditions(`skillGap ${skillGap.skillId}`, stepsOf(skillGap.atLeast), 10));
  }
  return conditions;
}

/**
 * One for each decimal place of a whole number, cut off there. The nearer two thresholds are, the more they have in common, but
 * never all: so neither does it show what is between them, nor can the noise be averaged away over those around.
 *
 * @param largest place, a power of ten
 */
function thresholdConditions(kind: string, threshold: number, largest: number): Condition[] {
  const conditions: Condition[] = [];
  for (let place = largest; place >= 1; place /= 10) {
    conditions.push([kind, `${place}s: ${Math.floor(threshold / place)}`]);
  }
  return conditions;
}

const stepsOf = (gap: number): number => Math.round(gap / GAP_STEP);
const isFinerThanStep = (gap: number): boolean => Math.abs(gap / GAP_STEP - stepsOf(gap)) > 1e-6;
