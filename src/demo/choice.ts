import type { Scene } from './scene.js';
import type { CourseState, Shelf } from './shelf.js';
import { DAY_MS } from './zoneClock.js';

/** How well a proposal from each source suits the person before the course itself is looked at. */
const LIKES = { community: 0.72, need: 0.64, next: 0.7, search: 0.66, fashion: 0.5, news: 0.5, crowd: 0.4 } as const;
type Source = keyof typeof LIKES;

const TRIES = 12;
const NEWS_DAYS = 60;
const NEXT_CHANCE = 0.4;

/** The next course somebody looks at of their own accord; −1 when nothing suits. The shelf knows it from then on. */
export function chooseCourse(scene: Scene, atMs: number): number {
  const { random, shelf, taste } = scene;
  const { catalogue } = scene.world;
  if (shelf.next.length > 0 && random.chance(NEXT_CHANCE)) {
    const course = shelf.next.shift() ?? -1;
    if (course >= 0 && isChoosable(scene, course, atMs)) return take(scene, course, 'next');
  }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const source = drawSource(scene);
    const proposed = propose(scene, source, atMs);
    if (proposed < 0 || !random.chance(taste.kindFit[catalogue.kindIndex[proposed] ?? 0] ?? 0)) continue;
    const course = firstStep(scene, proposed);
    if (isChoosable(scene, course, atMs) && random.chance(levelFit(scene, course))) return take(scene, course, source);
  }
  return -1;
}

/** A course of one skill, found by searching for it; −1 when none suits. */
export function chooseOfSkill(scene: Scene, skillIndex: number, topicIndex: number, atMs: number): number {
  const { catalogue } = scene.world;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const course = drawOfSkill(scene, skillIndex);
    if (course < 0) return -1;
    // The search engine puts what is about the very topic first.
    const isOff = topicIndex >= 0 && catalogue.drafts[course]?.topicIndex !== topicIndex;
    if (isOff && attempt < TRIES / 2) continue;
    if (isChoosable(scene, course, atMs)) return take(scene, course, 'search');
  }
  return -1;
}

function take(scene: Scene, course: number, source: Source): number {
  const quality = scene.world.catalogue.quality[course] ?? 0.5;
  const like = LIKES[source] + 0.35 * (quality - 0.6) + 0.14 * scene.random.normal();
  scene.shelf.meet(course, Math.min(0.98, Math.max(0.04, like)));
  return course;
}

function drawSource({ taste, random }: Scene): Source {
  let left = random.unit();
  left -= taste.crowdWeight;
  if (left < 0) return 'crowd';
  left -= taste.needWeight;
  if (left < 0) return 'need';
  left -= taste.fashionWeight;
  if (left < 0) return 'fashion';
  left -= taste.newsWeight;
  return left < 0 ? 'news' : 'community';
}

function propose(scene: Scene, source: Source, atMs: number): number {
  const { world, person, taste, random } = scene;
  switch (source) {
    case 'crowd':
      return world.tastes.everything.draw(random);
    case 'need':
      return drawOfSkill(scene, drawNeed(scene));
    case 'fashion':
      return drawOfSkill(scene, world.tastes.fashion(person.departmentIndex, atMs));
    case 'news':
      return drawRelease(scene, atMs);
    default: {
      const community = taste.communities[random.weighted(taste.communityWeights)] ?? 0;
      return world.tastes.communities[community]?.draw(random) ?? -1;
    }
  }
}

/** A skill of the role, the likelier the more it matters and the more there is still to learn; −1: nothing is missing. */
export function drawNeed({ role, shelf, random }: Scene): number {
  const gaps = role.needs.map(
    ({ skillIndex, targetLevel, importance }) =>
      importance * Math.max(0.05, targetLevel - (shelf.levels[skillIndex] ?? 0)),
  );
  return role.needs[random.weighted(gaps)]?.skillIndex ?? -1;
}

function drawOfSkill({ world, random }: Scene, skillIndex: number): number {
  const skillShelf = world.tastes.shelves[skillIndex];
  if (skillShelf === null || skillShelf === undefined) return -1;
  return skillShelf.courses[skillShelf.table.draw(random)] ?? -1;
}

/** Something that came out lately, the newest first in favour. */
function drawRelease({ world, random }: Scene, atMs: number): number {
  const { releases, releaseMs } = world.tastes;
  const end = firstAfter(releaseMs, atMs);
  const start = firstAfter(releaseMs, atMs - NEWS_DAYS * DAY_MS);
  if (start === end) return -1;
  return releases[end - 1 - Math.floor(random.unit() ** 2 * (end - start))] ?? -1;
}

function firstAfter(times: Float64Array, atMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The course itself, or what has to be done before it. */
function firstStep({ world, shelf }: Scene, proposed: number): number {
  let course = proposed;
  for (;;) {
    const unmet = firstUnmet(world.catalogue.prerequisites[course] ?? [], shelf);
    if (unmet < 0) return course;
    course = unmet;
  }
}

function firstUnmet(prerequisites: readonly number[], shelf: Shelf): number {
  for (const needed of prerequisites) if (!shelf.isDone(needed)) return needed;
  return -1;
}

function isChoosable({ world, person, shelf }: Scene, course: number, atMs: number): boolean {
  const { catalogue } = world;
  if (((catalogue.languageBits[course] ?? 0) & person.languageBits) === 0) return false;
  if ((catalogue.publishedMs[course] ?? 0) > atMs || (catalogue.retiredMs[course] ?? 0) <= atMs) return false;
  if (firstUnmet(catalogue.prerequisites[course] ?? [], shelf) >= 0) return false;
  return isFree(shelf.stateOf(course));
}

function isFree(state: CourseState | undefined): boolean {
  return state === undefined || state.status === 'MET' || state.status === 'SAVED';
}

/** Chance that somebody of their level goes for it: not so much for what they know, nor for what is far too hard. */
function levelFit({ world, shelf }: Scene, course: number): number {
  const { catalogue } = world;
  const level = shelf.levels[catalogue.skillIndex[course] ?? 0] ?? 0;
  const known = level > (catalogue.levelTo[course] ?? 1) - 0.05 ? 0.2 : 1;
  const tooHard = (catalogue.levelFrom[course] ?? 0) > level + 0.35 ? 0.35 : 1;
  return known * tooHard;
}
