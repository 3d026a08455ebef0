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
  const ranksAfter = new Map(after.map((courseId, i) => [courseId, i + 1]));
  return [...new Set([...after, ...before])]
    .map((courseId) => ({
      courseId,
      rankBefore: ranksBefore.get(courseId) ?? null,
      rankAfter: ranksAfter.get(courseId) ?? null,
    }))
    .filter(({ rankBefore, rankAfter }) => (rankBefore ?? Infinity) <= first || (rankAfter ?? Infinity) <= first);
}
