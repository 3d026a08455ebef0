import type { SeededRandom } from './seededRandom.js';

/** Draws from a fixed list of weights in constant time, however long it is (Walker 1977; set up as in Vose 1991). */
export class AliasTable {
  /** The weights scaled to sum to 1. */
  readonly probabilities: Float32Array;
  private readonly threshold: Float32Array;
  private readonly alias: Uint32Array;

  /** @throws RangeError when no weight is positive */
  constructor(weights: ArrayLike<number>) {
    const n = weights.length;
    let total = 0;
    for (let i = 0; i < n; i++) total += weights[i] ?? 0;
    if (!(total > 0)) throw new RangeError('an alias table needs a positive weight');
    this.probabilities = new Float32Array(n);
    this.threshold = new Float32Array(n).fill(1);
    this.alias = new Uint32Array(n);

    const scaled = new Float64Array(n);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < n; i++) {
      const probability = (weights[i] ?? 0) / total;
      this.probabilities[i] = probability;
      scaled[i] = probability * n;
      this.alias[i] = i;
      (probability * n < 1 ? small : large).push(i);
    }
    for (;;) {
      const less = small.pop();
      const more = large.pop();
      // What is left over on either side has weight 1 but for rounding, and keeps its threshold of 1.
      if (less === undefined || more === undefined) break;
      this.threshold[less] = scaled[less] as number;
      this.alias[less] = more;
      const rest = (scaled[more] as number) + (scaled[less] as number) - 1;
      scaled[more] = rest;
      (rest < 1 ? small : large).push(more);
    }
  }

  draw(random: SeededRandom): number {
    const scaled = random.unit() * this.threshold.length;
    const slot = Math.floor(scaled);
    return scaled - slot < (this.threshold[slot] as number) ? slot : (this.alias[slot] as number);
  }
}
