import { compareLists, type ListMove } from '../compareLists.js';

/** A place of a list, with the rules that moved or placed what stands there. */
export interface RuledPlace {
  readonly courseId: string;
  readonly ruleIds: readonly string[];
}

/** Where a course stands before and after a change of rules, and why it does not stay where it was. */
export interface RuleMove extends ListMove {
  /** The rules behind the move; none: it stays, or it made room for what rules moved, or settings moved it. */
  readonly ruleIds: readonly string[];
}

/** What moves are laid at the door of. */
export interface RuleChanges {
  /** Rules that are on one side only, or not the same on both. */
  readonly changedRuleIds: ReadonlySet<string>;
  /** Rules that keep a course out of the list after, and before; null: the rules do not. */
  readonly barredAfter: (courseId: string) => readonly string[];
  readonly barredBefore: (courseId: string) => readonly string[];
}

/**
 * The moves among the first places, as `compareLists` tells them, each with the changed rules behind it: those that moved
 * the course on either side, and those that bar it from the list on one of them.
 */
export function movesWithRules(
  before: readonly RuledPlace[],
  after: readonly RuledPlace[],
  first: number,
  { changedRuleIds, barredAfter, barredBefore }: RuleChanges,
): RuleMove[] {
  const rulesAt = (places: readonly RuledPlace[], rank: number | null) => places[(rank ?? 0) - 1]?.ruleIds ?? [];
  const [idsBefore, idsAfter] = [before, after].map((places) => places.map(({ courseId }) => courseId)) as [
    string[],
    string[],
  ];
  return compareLists(idsBefore, idsAfter, first).map((move) => {
    const { courseId, rankBefore, rankAfter } = move;
    if (rankBefore === rankAfter) return { ...move, ruleIds: [] };
    const behind = [
      ...rulesAt(before, rankBefore),
      ...rulesAt(after, rankAfter),
      ...(rankAfter === null ? barredAfter(courseId) : []),
      ...(rankBefore === null ? barredBefore(courseId) : []),
    ];
    return { ...move, ruleIds: [...new Set(behind)].filter((id) => changedRuleIds.has(id)).sort() };
  });
}
