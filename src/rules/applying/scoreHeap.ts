/** Positions best first, by score and then by position, put in order only as far as they are taken out. */
export class ScoreHeap {
  readonly #positions: Int32Array;
  /** Beside the positions, so that one does not have to go far for them. */
  readonly #scores: Float64Array;
  #size: number;

  /**
   * @param scores by position
   * @param positions the first `size` of it; kept and reordered
   */
  constructor(scores: Float64Array, positions: Int32Array, size: number) {
    this.#positions = positions;
    this.#scores = new Float64Array(size);
    for (let at = 0; at < size; at++) this.#scores[at] = scores[positions[at]!]!;
    this.#size = size;
    for (let at = (size >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  /** −1: there are no more. */
  get first(): number {
    return this.#size === 0 ? -1 : this.#positions[0]!;
  }

  dropFirst(): void {
    this.#size -= 1;
    this.#positions[0] = this.#positions[this.#size]!;
    this.#scores[0] = this.#scores[this.#size]!;
    this.#sink(0);
  }

  #sink(from: number): void {
    const positions = this.#positions;
    const scores = this.#scores;
    const size = this.#size;
    if (from >= size) return;
    const sinking = positions[from]!;
    const score = scores[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      let best = positions[child]!;
      let bestScore = scores[child]!;
      if (child + 1 < size) {
        const other = positions[child + 1]!;
        const otherScore = scores[child + 1]!;
        if (otherScore > bestScore || (otherScore === bestScore && other < best)) {
          child += 1;
          best = other;
          bestScore = otherScore;
        }
      }
      if (score > bestScore || (score === bestScore && sinking < best)) break;
      positions[at] = best;
      scores[at] = bestScore;
      at = child;
    }
    positions[at] = sinking;
    scores[at] = score;
  }
}
