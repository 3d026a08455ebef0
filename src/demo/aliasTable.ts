import type { SeededRandom } from './seededRandom.js';

/** Draws from a fixed list of weights in constant time, however long it is (Walker 1977; set up as in Vose 1991). */
export class AliasTable {
  /** The weights scaled to sum to 1. */
  readonly probabilities: Float32Array;
  /**
   * A slot's other choice plus the chance of the slot itself, in one number, so that a draw touches memory once. A slot
   * without another choice names itself.
   */
  private readonly slots: Float64Array;

  /** @throws RangeError when no weight is positive */
  constructor(weights: ArrayLike<number>) {
    const n = weights.length;
    let total = 0;
    for (let i = 0; i < n; i++) total += weights[i] ?? 0;
    if (!(total > 0)) throw new RangeError('an alias table needs a positive weight');
    this.probabilities = new Float32Array(n);
    this.slots = Float64Array.from(weights, (_, i) => i);

    const scaled = new Float64Array(n);
    const small: number[] = [];
    const large: number[] = [];
    for (let i = 0; i < n; i++) {
      const probability = (weights[i] ?? 0) / total;
      this.probabilities[i] = probability;
      scaled[i] = probability * n;
      (probability * n < 1 ? small : large).push(i);
    }
    for (;;) {
      const less = small.pop();
      const more = large.pop();
      // What is left over on either side has weight 1 but for rounding, and names itself.
      if (less === undefined || more === undefined) break;
      this.slots[less] = more + Math.max(0, scaled[less] as number);
      const rest = (scaled[more] as number) + (scaled[less] as number) - 1;
      scaled[more] = rest;
      (rest < 1 ? small : large).push(more);
    }
  }

  draw(random: SeededRandom): number {
    const scaled = random.unit() * this.slots.length;
    const slot = Math.floor(scaled);
    const packed = this.slots[slot] as number;
    const other = Math.floor(packed);
    return scaled - slot < packed - other ? slot : other;
  }
}
