/** Where a course stands in two lists. */
export interface ListMove {
  readonly courseId: string;
  /** From 1; null: it is not in the list. */
  readonly rankBefore: number | null;
  readonly rankAfter: number | null;
}

/**
 * Where the courses stand that are among the first `first` of either list: in the order of the list after, then those
 * that have dropped out of it in the order of the list before.
 *
 * @param before course ids, best first, no repeats
 * @param after likewise
 */
export function compareLists(before: readonly string[], after: readonly string[], first: number): ListMove[] {
  const ranksBefore = new Map(before.map((courseId, i) => [courseId, i + 1]));
  const moves: ListMove[] = [];
  after.forEach((courseId, i) => {
    const rankBefore = ranksBefore.get(courseId) ?? null;
    if (i < first || (rankBefore ?? Infinity) <= first) moves.push({ courseId, rankBefore, rankAfter: i + 1 });
  });
  const kept = new Set(after);
  before.slice(0, first).forEach((courseId, i) => {
    if (!kept.has(courseId)) moves.push({ courseId, rankBefore: i + 1, rankAfter: null });
  });
  return moves;
}
