/** Where the arrays come from that have a number for every course. */
export interface Arrays {
  /** All of them 0. */
  doubles(length: number): Float64Array;
  singles(length: number): Float32Array;
  /** To be overwritten: whatever was there before. */
  roughDoubles(length: number): Float64Array;
  roughIntegers(length: number): Int32Array;
}

/** For whoever keeps them. */
export const NEW_ARRAYS: Arrays = {
  doubles: (length) => new Float64Array(length),
  singles: (length) => new Float32Array(length),
  roughDoubles: (length) => new Float64Array(length),
  roughIntegers: (length) => new Int32Array(length),
};

/**
 * The same arrays over and over, one piece of work at a time. Of a large catalogue the arrays of one list are as large as
 * all the rest of it: making them takes longer than filling them, and they bring the garbage collector on.
 */
export class ScratchArrays {
  readonly #doubles = new Shelf((length) => new Float64Array(length));
  readonly #singles = new Shelf((length) => new Float32Array(length));
  readonly #integers = new Shelf((length) => new Int32Array(length));
  #isLent = false;

  /** @param work that keeps none of the arrays, and nothing that holds them; within other such work it gets new ones */
  lend<Result>(work: (arrays: Arrays) => Result): Result {
    if (this.#isLent) return work(NEW_ARRAYS);
    this.#isLent = true;
    try {
      return work({
        doubles: (length) => this.#doubles.take(length).fill(0),
        singles: (length) => this.#singles.take(length).fill(0),
        roughDoubles: (length) => this.#doubles.take(length),
        roughIntegers: (length) => this.#integers.take(length),
      });
    } finally {
      this.#isLent = false;
      this.#doubles.putBack();
      this.#singles.putBack();
      this.#integers.putBack();
    }
  }
}

/** Arrays of one kind, in the order in which they were taken last time. */
class Shelf<Column extends Float64Array | Float32Array | Int32Array> {
  readonly #make: (length: number) => Column;
  readonly #columns: Column[] = [];
  #taken = 0;

  constructor(make: (length: number) => Column) {
    this.#make = make;
  }

  take(length: number): Column {
    const place = this.#taken;
    this.#taken += 1;
    const known = this.#columns[place];
    if (known !== undefined && known.length >= length) return known.subarray(0, length) as Column;
    const column = this.#make(length);
    this.#columns[place] = column;
    return column;
  }

  putBack(): void {
    this.#taken = 0;
  }
}
