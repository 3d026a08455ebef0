const LEAST_SLOTS = 1024;

/**
 * Numbers ids in the order in which they are first seen. Ids are compared byte by byte and kept as bytes in one buffer:
 * a hundred million lines then make no hundred million strings.
 */
export class IdTable {
  #bytes = new Uint8Array(16 * LEAST_SLOTS);
  /** Id i is at `#ends[i − 1]` to `#ends[i]` of the bytes. */
  #ends = new Float64Array(LEAST_SLOTS);
  #hashes = new Int32Array(LEAST_SLOTS);
  /** Open addressing: index + 1, or 0 for a free slot; the length is a power of two. */
  #slots = new Int32Array(LEAST_SLOTS);
  #count = 0;
  /** Most files are sorted by learner, so the next id is often the last one again. */
  #last = -1;

  get count(): number {
    return this.#count;
  }

  /** The number of the id at `start` to `end` of `source`; a new one when it was not seen before. */
  intern(source: Uint8Array, start: number, end: number): number {
    if (this.#last >= 0 && this.#is(this.#last, source, start, end)) return this.#last;
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ source[at]!, 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = this.#slots[slot]! - 1;
      if (index < 0) break;
      if (this.#hashes[index] === hash && this.#is(index, source, start, end)) {
        this.#last = index;
        return index;
      }
      slot = (slot + 1) & mask;
    }
    const index = this.#append(hash, source, start, end);
    this.#slots[slot] = index + 1;
    if (2 * this.#count > this.#slots.length) this.#rehash();
    this.#last = index;
    return index;
  }

  /** The id with this number. */
  idAt(index: number): string {
    return Buffer.from(this.#bytes.subarray(this.#startOf(index), this.#ends[index]!)).toString('utf8');
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }

  #is(index: number, source: Uint8Array, start: number, end: number): boolean {
    let own = this.#startOf(index);
    if (this.#ends[index]! - own !== end - start) return false;
    const bytes = this.#bytes;
    for (let at = start; at < end; at++) if (bytes[own++] !== source[at]) return false;
    return true;
  }

  #append(hash: number, source: Uint8Array, start: number, end: number): number {
    const index = this.#count++;
    const from = this.#startOf(index);
    const to = from + end - start;
    if (to > this.#bytes.length) {
      const longer = new Uint8Array(2 * to);
      longer.set(this.#bytes.subarray(0, from));
      this.#bytes = longer;
    }
    if (index === this.#ends.length) {
      const ends = new Float64Array(2 * index);
      ends.set(this.#ends);
      this.#ends = ends;
      const hashes = new Int32Array(2 * index);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    this.#bytes.set(source.subarray(start, end), from);
    this.#ends[index] = to;
    this.#hashes[index] = hash;
    return index;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let index = 0; index < this.#count; index++) {
      let slot = this.#hashes[index]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}
