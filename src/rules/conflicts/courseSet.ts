/** A set of positions in a list of courses, one bit each. */
export type CourseSet = Uint32Array;

/** @param size of the list, the same for all sets that are compared */
export function courseSetOf(positions: Int32Array, size: number): CourseSet {
  const set = new Uint32Array(Math.ceil(size / 32));
  for (const position of positions) set[position >>> 5]! |= 1 << (position & 31);
  return set;
}

export function isInSet(set: CourseSet, position: number): boolean {
  return (set[position >>> 5]! & (1 << (position & 31))) !== 0;
}

export function sharedCount(a: CourseSet, b: CourseSet): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) count += bitCount(a[i]! & b[i]!);
  return count;
}

export function isSubset(a: CourseSet, b: CourseSet): boolean {
  for (let i = 0; i < a.length; i++) if ((a[i]! & ~b[i]!) !== 0) return false;
  return true;
}

export function isDisjoint(a: CourseSet, b: CourseSet): boolean {
  for (let i = 0; i < a.length; i++) if ((a[i]! & b[i]!) !== 0) return false;
  return true;
}

export function unionOf(a: CourseSet, b: CourseSet): CourseSet {
  return a.map((bits, i) => bits | b[i]!);
}

/** Set bits of 32, by adding up ever wider neighbours. */
function bitCount(bits: number): number {
  let sums = bits - ((bits >>> 1) & 0x55555555);
  sums = (sums & 0x33333333) + ((sums >>> 2) & 0x33333333);
  return Math.imul((sums + (sums >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
