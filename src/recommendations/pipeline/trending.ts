import { type Course, isFull } from '../../catalog/course.js';
import { FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import { type Audience, FEWEST_TAKERS, TREND_DAYS } from '../../learners/trends.js';
import type { ServingIndex } from './servingIndex.js';
import type { TrendIndex } from './trendIndex.js';

/** A course that a group takes up faster than before. */
export interface TrendingCourse {
  readonly course: Course;
  /** People who took it up within the last `TREND_DAYS`, and within as many days before; 0 stands for fewer than 3. */
  readonly recentPeople: number;
  readonly previousPeople: number;
  /** So many times as many as before at least, allowing for chance; above 1. */
  readonly growth: number;
  readonly text: string;
}

export interface Trending {
  /** People in the group; null: nothing is told of it. */
  readonly people: number | null;
  /** Why there is nothing; null: there is something. */
  readonly note: string | null;
  readonly courses: readonly TrendingCourse[];
}

/** What may be told of. */
interface Offered {
  readonly now: Date;
  readonly first: number;
  /** 1 at each position that rules for everybody leave; null: everywhere. */
  readonly allowed: Uint8Array | null;
}

/** What a group takes up faster than before and can take up now, the fastest first. Never tells of single people. */
export function trendingCourses(
  index: ServingIndex,
  trends: TrendIndex,
  audience: Audience,
  { now, first, allowed }: Offered,
): Trending {
  const group = trends.group(audience);
  if (group === null || group.people < FEWEST_PEOPLE) {
    const note = `Nothing is told of groups of fewer than ${FEWEST_PEOPLE} active people, and of groups that do not exist.`;
    return { people: null, note, courses: [] };
  }
  const { values: growth } = trends.trending(audience);
  const where = placeOf(index, audience);
  const courses = group.uptakes
    .flatMap(({ courseId, recentPeople, previousPeople }) => {
      const position = index.positionById.get(courseId) ?? -1;
      const course = index.courses[position];
      const bound = growth[position] ?? 0;
      if (course === undefined || bound <= 0 || allowed?.[position] === 0 || !isOpen(index, position, now)) return [];
      return [{ course, position, bound, recentPeople, previousPeople: told(previousPeople) }];
    })
    .sort((a, b) => b.bound - a.bound || b.recentPeople - a.recentPeople || a.position - b.position)
    .slice(0, first)
    .map(({ course, bound, recentPeople, previousPeople }): TrendingCourse => {
      const before = previousPeople === 0 ? `fewer than ${FEWEST_TAKERS}` : previousPeople;
      const text = `${recentPeople} people ${where} took it up in the last ${TREND_DAYS} days, ${before} in the ${TREND_DAYS} days before`;
      return { course, recentPeople, previousPeople, growth: Math.exp(bound), text };
    });
  const note = courses.length > 0 ? null : 'Nothing is taken up clearly faster than before.';
  return { people: group.people, note, courses };
}

/** Counts of the organisation come as they are. */
const told = (people: number) => (people < FEWEST_TAKERS ? 0 : people);

function isOpen(index: ServingIndex, position: number, now: Date): boolean {
  const nowMs = now.getTime();
  if ((index.openFromMs[position] as number) > nowMs || nowMs >= (index.openUntilMs[position] as number)) return false;
  const sessions = index.courses[position]?.sessions ?? [];
  return sessions.length === 0 || sessions.some((session) => session.startsAt > now && !isFull(session));
}

function placeOf({ catalog }: ServingIndex, { kind, value }: Audience): string {
  if (kind === 'ORGANISATION') return 'here';
  if (kind === 'ROLE') return `in the role ${catalog.roles.get(value)?.name ?? value}`;
  return kind === 'LOCATION' ? `at ${value}` : `in ${value}`;
}
