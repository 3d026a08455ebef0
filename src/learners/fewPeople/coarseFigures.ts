import { createHmac } from 'node:crypto';
import type { Interval } from '../../stats/interval.js';
import { createRandom, type Random } from '../../stats/random.js';
import { FEWEST_PEOPLE } from './fewPeople.js';

/** Of whoever may not be told of few people: samples that differ by one would tell of that one. */
export const SAMPLE_STEP = 25;

const GRAINS = [0.001, 0.01, 0.05];
const COARSEST_GRAIN = 0.2;

/**
 * Figures over people as those may be told them who must not learn of single ones. Whoever asks chooses whom to count, and
 * may ask any number of times, so rounding alone would not do: it gives single people away where a sum stands at an
 * edge. So the edges themselves are drawn, anew for every other outcome and the same for the same, by a secret that nobody
 * is told: of two answers that differ nobody knows whether it is the one person more or the edge.
 */
export class CoarseFigures {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A multiple of five, less than five off, of ten or more right on the average; 0 for fewer than five, and for some of five or six. */
  count(exact: number): number {
    // Fewer than five may never show, nor may it show that they are five.
    const middle = Math.min(FEWEST_PEOPLE - 1, exact - FEWEST_PEOPLE);
    const drawn = exact + middle - this.#random.below(FEWEST_PEOPLE);
    return exact < FEWEST_PEOPLE ? 0 : Math.floor(drawn / FEWEST_PEOPLE) * FEWEST_PEOPLE;
  }

  /** As `count`; null where that is 0. */
  countOrNull(exact: number): number | null {
    return this.count(exact) || null;
  }

  /**
   * A mean over people, each of whom has a value of −1 to 1, in steps so wide that it moves by no more than one when a
   * person joins: no step is narrower than 1 / `people`.
   */
  mean(exact: number, people: number): number {
    return this.#inGrains(exact, grainOf(people), 0);
  }

  /**
   * An interval of such means. Its ends are drawn outwards: it covers what it covered.
   *
   * @param least that there is of what they are means of
   */
  interval(exact: Interval, people: number, least = -1): Interval {
    const grain = grainOf(people);
    return {
      estimate: Math.max(least, this.#inGrains(exact.estimate, grain, 0)),
      low: Math.max(least, this.#inGrains(exact.low, grain, -1)),
      high: Math.min(1, this.#inGrains(exact.high, grain, 1)),
    };
  }

  /** @param further how many grains beyond what is drawn, which is less than one off */
  #inGrains(exact: number, grain: number, further: number): number {
    const grains = Math.floor(exact / grain + this.#random.uniform()) + further;
    // The quotient is of whole numbers, which are shown as they are.
    return grains / Math.round(1 / grain) || 0;
  }
}

const grainOf = (people: number): number => GRAINS.find((grain) => grain * people >= 1) ?? COARSEST_GRAIN;

/**
 * @param exact what was found: the same is told in the same figures however often somebody asks
 * @param secret of the service
 */
export function coarseFiguresOf(exact: unknown, secret: Uint8Array): CoarseFigures {
  const drawn = createHmac('sha256', secret).update(JSON.stringify(exact)).digest();
  return new CoarseFigures(createRandom(drawn.readUIntBE(0, 6)));
}
