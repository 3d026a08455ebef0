import { setImmediate as nextTurn } from 'node:timers/promises';
import { FEWEST_PEOPLE } from './fewPeople/fewPeople.js';
import {
  type Audience,
  type AudienceKind,
  audienceKey,
  EVERYBODY,
  FEWEST_TAKERS,
  type GroupTrends,
  type Trends,
  type Uptake,
} from './trends.js';

/** The groups that an active learner belongs to; null: not known. */
export interface Member {
  readonly department: string | null;
  readonly roleId: string | null;
  readonly location: string | null;
}

export interface CourseWishes {
  readonly courseId: string;
  /**
   * One number for everybody who took it up: their place among the members of the page times four, plus 2 for the last
   * `TREND_DAYS`, 1 for as many days before, 0 for any time before those.
   */
  readonly wishes: readonly number[];
}

/** Some learners, and everything that they took up. */
export interface WishPage {
  readonly members: readonly Member[];
  readonly courses: readonly CourseWishes[];
}

const KINDS: readonly (readonly [AudienceKind, keyof Member])[] = [
  ['DEPARTMENT', 'department'],
  ['ROLE', 'roleId'],
  ['LOCATION', 'location'],
];
/** The number of the group of everybody. */
const ORGANISATION = 0;
const NO_GROUP = -1;
/** Learners, wishes and uptakes dealt with at a time, so that others get their turn in between. */
const STEPS_PER_TURN = 5_000;

interface CountedGroup {
  readonly audience: Audience;
  people: number;
  readonly uptakes: Uptake[];
}

/** Counts by group who took what up, without keeping the event loop for long. */
export async function countTrends(pages: AsyncIterable<WishPage> | Iterable<WishPage>, now: Date): Promise<Trends> {
  const groups: CountedGroup[] = [{ audience: EVERYBODY, people: 0, uptakes: [] }];
  const numbers = new Map<AudienceKind, Map<string, number>>(KINDS.map(([kind]) => [kind, new Map()]));
  /** Of all pages one after the other, for each member one of each kind. */
  const groupsOfMembers: number[] = [];
  /** Of each course a list for each page that has it, and how many members come before that page. */
  const wishesOfCourses = new Map<string, { readonly membersBefore: number; readonly wishes: readonly number[] }[]>();
  const step = createSteps();

  const enter = (kind: AudienceKind, value: string | null): number => {
    if (value === null) return NO_GROUP;
    const known = numbers.get(kind)?.get(value);
    const number = known ?? groups.push({ audience: { kind, value }, people: 0, uptakes: [] }) - 1;
    if (known === undefined) numbers.get(kind)?.set(value, number);
    (groups[number] as CountedGroup).people += 1;
    return number;
  };

  for await (const { members, courses } of pages) {
    const membersBefore = groupsOfMembers.length / KINDS.length;
    for (const member of members) {
      for (const [kind, field] of KINDS) groupsOfMembers.push(enter(kind, member[field]));
      if (step(1)) await nextTurn();
    }
    (groups[ORGANISATION] as CountedGroup).people += members.length;
    for (const { courseId, wishes } of courses) {
      const lists = wishesOfCourses.get(courseId);
      if (lists === undefined) wishesOfCourses.set(courseId, [{ membersBefore, wishes }]);
      else lists.push({ membersBefore, wishes });
    }
    if (step(courses.length)) await nextTurn();
  }

  const tally = createTally(groups.length);
  for (const [courseId, lists] of wishesOfCourses) {
    for (const { membersBefore, wishes } of lists) {
      for (const wish of wishes) {
        const period = wish & 3;
        const first = (membersBefore + (wish >>> 2)) * KINDS.length;
        tally.add(ORGANISATION, period);
        for (let i = first; i < first + KINDS.length; i++) {
          const group = groupsOfMembers[i] as number;
          if (group !== NO_GROUP) tally.add(group, period);
        }
        if (step(1)) await nextTurn();
      }
    }
    const counted = tally.take((group, older, previous, recent) => {
      const { people, uptakes } = groups[group] as CountedGroup;
      const uptake = toldUptake(group === ORGANISATION, people, { courseId, older, previous, recent });
      if (uptake !== null) uptakes.push(uptake);
    });
    if (step(counted)) await nextTurn();
  }
  const told = groups.filter(({ people }, number) => number === ORGANISATION || people >= FEWEST_PEOPLE);
  return {
    asOfMs: now.getTime(),
    groups: new Map(told.map((group): [string, GroupTrends] => [audienceKey(group.audience), group])),
  };
}

/** Null: single people could be read off it. */
function toldUptake(
  isEverybody: boolean,
  people: number,
  { courseId, older, previous, recent }: { courseId: string; older: number; previous: number; recent: number },
): Uptake | null {
  const takers = older + previous + recent;
  if (isEverybody) return { courseId, people: takers, recentPeople: recent, previousPeople: previous };
  if (people < FEWEST_PEOPLE || takers < FEWEST_TAKERS) return null;
  const told = (count: number) => (count >= FEWEST_TAKERS ? count : 0);
  return { courseId, people: takers, recentPeople: told(recent), previousPeople: told(previous) };
}

/** Counts for one course at a time, so that their size is that of the groups alone. */
function createTally(groupCount: number) {
  const counts = new Uint32Array(groupCount * 4);
  let touched: number[] = [];
  return {
    add(group: number, period: number): void {
      const start = group * 4;
      // The last of the four tells whether the group was met before.
      if (counts[start + 3] === 0) {
        counts[start + 3] = 1;
        touched.push(group);
      }
      counts[start + period] = (counts[start + period] as number) + 1;
    },
    /** Tells every count and starts anew; answers how many groups that were. */
    take(tell: (group: number, older: number, previous: number, recent: number) => void): number {
      for (const group of touched) {
        const start = group * 4;
        tell(group, counts[start] as number, counts[start + 1] as number, counts[start + 2] as number);
        counts.fill(0, start, start + 4);
      }
      const { length } = touched;
      touched = [];
      return length;
    },
  };
}

/** Says when so much was done that others should have their turn. */
function createSteps(): (steps: number) => boolean {
  let done = 0;
  return (steps) => {
    done += steps;
    if (done < STEPS_PER_TURN) return false;
    done = 0;
    return true;
  };
}
