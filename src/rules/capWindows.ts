import type { Course } from '../catalog/course.js';
import type { CompiledRule } from './compiledRule.js';

/** A cap looks at any so many places in a row. */
const CAP_WINDOW = 10;

/** A provider or tag under one cap. */
interface Group {
  readonly cap: CompiledRule<'CAP'>;
  /** Places, from 1, that are taken or kept free for a course of it. */
  readonly places: Set<number>;
  /** What was found for a place, until something changes: it is asked for with every course of the group. */
  askedFor: number;
  isFull: boolean;
}

/** Which places hold what the caps count, so that no ten in a row hold more of it than they may. */
export class CapWindows {
  readonly #caps: readonly CompiledRule<'CAP'>[];
  readonly #courses: readonly Course[];
  readonly #groups: Group[] = [];
  /** By cap and by what it counts. */
  readonly #numbers: readonly Map<string, number>[];

  constructor(caps: readonly CompiledRule<'CAP'>[], courses: readonly Course[]) {
    this.#caps = caps;
    this.#courses = courses;
    this.#numbers = caps.map(() => new Map());
  }

  /** Everything that a course counts towards, by number, ascending. A course without provider counts for none. */
  groupsOf(position: number): number[] {
    const course = this.#courses[position];
    if (course === undefined) return [];
    const groups: number[] = [];
    this.#caps.forEach((cap, i) => {
      if (cap.mask[position] === 0) return;
      if (cap.rule.action.per === 'TAG') for (const tag of new Set(course.tags)) groups.push(this.#numberOf(i, tag));
      else if (course.provider !== null) groups.push(this.#numberOf(i, course.provider));
    });
    return groups.sort((a, b) => a - b);
  }

  /** The first cap that keeps what counts towards these groups from a place; null: it may stand there. */
  forbidding(groups: readonly number[], place: number): CompiledRule<'CAP'> | null {
    for (const number of groups) {
      const group = this.#groups[number] as Group;
      if (group.askedFor !== place) {
        group.askedFor = place;
        group.isFull = isFull(group, place);
      }
      if (group.isFull) return group.cap;
    }
    return null;
  }

  take(groups: readonly number[], place: number): void {
    this.#change(groups, ({ places }) => places.add(place));
  }

  free(groups: readonly number[], place: number): void {
    this.#change(groups, ({ places }) => places.delete(place));
  }

  #change(groups: readonly number[], change: (group: Group) => void): void {
    for (const number of groups) {
      const group = this.#groups[number] as Group;
      change(group);
      group.askedFor = 0;
    }
  }

  #numberOf(index: number, value: string): number {
    const cap = this.#caps[index] as CompiledRule<'CAP'>;
    const numbers = this.#numbers[index] as Map<string, number>;
    const known = numbers.get(value);
    if (known !== undefined) return known;
    const number = this.#groups.push({ cap, places: new Set(), askedFor: 0, isFull: false }) - 1;
    numbers.set(value, number);
    return number;
  }
}

function isFull({ cap, places }: Group, place: number): boolean {
  const { atMost } = cap.rule.action;
  return places.size >= atMost && mostAround(places, place) >= atMost;
}

/** The most that any ten places in a row around this one hold already. */
function mostAround(places: ReadonlySet<number>, place: number): number {
  let inWindow = 0;
  for (let other = place - CAP_WINDOW + 1; other < place; other++) if (places.has(other)) inWindow += 1;
  let most = inWindow;
  for (let last = place + 1; last < place + CAP_WINDOW; last++) {
    if (places.has(last)) inWindow += 1;
    if (places.has(last - CAP_WINDOW)) inWindow -= 1;
    most = Math.max(most, inWindow);
  }
  return most;
}
