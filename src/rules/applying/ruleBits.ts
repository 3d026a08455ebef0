/** Some rules of a set, one bit each by its place. */
export type RuleBits = Uint32Array;

export function ruleBits(isIn: readonly boolean[]): RuleBits {
  const bits = new Uint32Array(Math.ceil(isIn.length / 32));
  isIn.forEach((is, place) => {
    if (is) add(bits, place);
  });
  return bits;
}

export function add(bits: RuleBits, place: number): void {
  bits[place >>> 5]! |= 1 << (place & 31);
}

export function remove(bits: RuleBits, place: number): void {
  bits[place >>> 5]! &= ~(1 << (place & 31));
}

/** What is in both stays in the first. */
export function cut(bits: RuleBits, other: RuleBits): void {
  for (let i = 0; i < bits.length; i++) bits[i]! &= other[i]!;
}

export const joined = (a: RuleBits, b: RuleBits): RuleBits => a.map((bits, i) => bits | b[i]!);

/** Ascending. */
export function placesIn(bits: RuleBits): number[] {
  const places: number[] = [];
  for (let i = 0; i < bits.length; i++) {
    for (let left = bits[i]!; left !== 0; left &= left - 1) places.push(32 * i + 31 - Math.clz32(left & -left));
  }
  return places;
}

/** The same for the same rules, and only for them. */
export function keyOf(bits: RuleBits): string {
  let key = '';
  for (let i = 0; i < bits.length; i++) key += String.fromCharCode(bits[i]! & 0xffff, bits[i]! >>> 16);
  return key;
}
