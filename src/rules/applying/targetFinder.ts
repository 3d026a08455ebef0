import type { Course } from '../../catalog/course.js';
import type { RuleTarget } from '../model/rule.js';
import { targetPositions } from '../model/target.js';

/** What targets name values of, and what a course has of it. */
const CRITERIA = {
  courseIds: ({ id }: Course) => [id],
  tags: ({ tags }: Course) => tags,
  skillIds: ({ skills }: Course) => skills.map(({ skillId }) => skillId),
  providers: ({ provider }: Course) => (provider === null ? [] : [provider]),
  kinds: ({ kind }: Course) => [kind],
  levels: ({ level }: Course) => (level === null ? [] : [level]),
} as const satisfies { readonly [Criterion in keyof RuleTarget]?: (course: Course) => readonly string[] };

type Criterion = keyof typeof CRITERIA;
const CRITERION_NAMES = Object.keys(CRITERIA) as Criterion[];

const known = new WeakMap<readonly Course[], (target: RuleTarget) => Int32Array>();

/** The same for the same list of courses, which nobody changes: a new version of the rules files nothing anew. */
export function targetFinder(courses: readonly Course[]): (target: RuleTarget) => Int32Array {
  const finder = known.get(courses) ?? createFinder(courses);
  known.set(courses, finder);
  return finder;
}

/**
 * `targetPositions` for many targets of one catalogue: courses are filed by what targets name, and only those of the
 * narrowest thing that a target names are looked at.
 */
function createFinder(courses: readonly Course[]): (target: RuleTarget) => Int32Array {
  const filed = new Map<Criterion, ReadonlyMap<string, readonly number[]>>();
  const positionsOf = (criterion: Criterion, value: string): readonly number[] => {
    const byValue = filed.get(criterion) ?? fileBy(courses, CRITERIA[criterion]);
    filed.set(criterion, byValue);
    return byValue.get(value) ?? [];
  };
  return (target) => {
    const named = CRITERION_NAMES.filter((criterion) => target[criterion].length > 0);
    const narrowest = named
      .map((criterion) => target[criterion].map((value) => positionsOf(criterion, value)))
      .reduce<readonly (readonly number[])[] | null>((best, lists) => {
        return best !== null && countOf(best) <= countOf(lists) ? best : lists;
      }, null);
    if (narrowest === null) return targetPositions(target, courses);
    const [only = [], ...others] = narrowest;
    const candidates = others.length === 0 ? only : [...new Set(narrowest.flat())].sort((a, b) => a - b);
    const isAll = named.length === 1 && target.minDurationMinutes === null && target.maxDurationMinutes === null;
    if (isAll) return Int32Array.from(candidates);
    const found = targetPositions(
      target,
      candidates.flatMap((position) => courses[position] ?? []),
    );
    return found.map((i) => candidates[i] as number);
  };
}

const countOf = (lists: readonly (readonly number[])[]): number => lists.reduce((sum, { length }) => sum + length, 0);

function fileBy(
  courses: readonly Course[],
  valuesOf: (course: Course) => readonly string[],
): ReadonlyMap<string, readonly number[]> {
  const byValue = new Map<string, number[]>();
  courses.forEach((course, position) => {
    for (const value of valuesOf(course)) {
      const positions = byValue.get(value);
      if (positions === undefined) byValue.set(value, [position]);
      // A tag that a course has twice is still one.
      else if (positions.at(-1) !== position) positions.push(position);
    }
  });
  return byValue;
}
