import type { Course } from '../../catalog/course.js';

/** What caps count of the courses of a catalogue, as numbers: providers and tags each have theirs. */
export interface CappedValues {
  /** At most one. */
  readonly providerAt: (position: number) => readonly number[];
  /** Each once. */
  readonly tagsAt: (position: number) => readonly number[];
}

const known = new WeakMap<readonly Course[], CappedValues>();

/** The same for the same list of courses, which nobody changes. */
export function cappedValues(courses: readonly Course[]): CappedValues {
  const before = known.get(courses);
  if (before !== undefined) return before;
  const values: CappedValues = {
    providerAt: numbered(courses, ({ provider }) => (provider === null ? [] : [provider])),
    tagsAt: numbered(courses, ({ tags }) => tags),
  };
  known.set(courses, values);
  return values;
}

/** Each course is looked at once, when it is first asked about. */
function numbered(
  courses: readonly Course[],
  valuesOf: (course: Course) => readonly string[],
): (position: number) => readonly number[] {
  const numbers = new Map<string, number>();
  const found = new Array<readonly number[] | undefined>(courses.length).fill(undefined);
  const numberOf = (value: string): number => {
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
  return (position) => {
    const before = found[position];
    if (before !== undefined) return before;
    const course = courses[position];
    const own = course === undefined ? [] : [...new Set(valuesOf(course))].map(numberOf);
    found[position] = own;
    return own;
  };
}
