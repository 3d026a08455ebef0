/** Where the arrays come from that have a number for every course: all of them 0. */
export interface Arrays {
  doubles(length: number): Float64Array;
  singles(length: number): Float32Array;
}

/** For whoever keeps them. */
export const NEW_ARRAYS: Arrays = {
  doubles: (length) => new Float64Array(length),
  singles: (length) => new Float32Array(length),
};

/**
 * The same arrays over and over, one piece of work at a time. Of a large catalogue the arrays of one list are as large as
 * all the rest of it: making them takes longer than filling them, and they bring the garbage collector on.
 */
export class ScratchArrays {
  readonly #doubles: Float64Array[] = [];
  readonly #singles: Float32Array[] = [];
  #isLent = false;

  /** @param work that keeps none of the arrays, and nothing that holds them; within other such work it gets new ones */
  lend<Result>(work: (arrays: Arrays) => Result): Result {
    if (this.#isLent) return work(NEW_ARRAYS);
    let [doubles, singles] = [0, 0];
    this.#isLent = true;
    try {
      return work({
        doubles: (length) => {
          this.#doubles[doubles] = emptied(this.#doubles[doubles], length) ?? new Float64Array(length);
          return this.#doubles[doubles++]!;
        },
        singles: (length) => {
          this.#singles[singles] = emptied(this.#singles[singles], length) ?? new Float32Array(length);
          return this.#singles[singles++]!;
        },
      });
    } finally {
      this.#isLent = false;
    }
  }
}

/** Null: there is none of that length. */
function emptied<Column extends Float64Array | Float32Array>(
  column: Column | undefined,
  length: number,
): Column | null {
  if (column?.length !== length) return null;
  column.fill(0);
  return column;
}
