import type { LiveSession } from '../catalog/course.js';
import type { Journal } from './journal.js';
import { hundredths } from './rounding.js';
import type { Scene } from './scene.js';
import type { CourseState } from './shelf.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './zoneClock.js';

/** Part of the gap to a course's upper level that finishing it closes. */
const LEARNING = 0.7;

/** One sitting with a course, of at most `budgetMinutes` or so; returns when it ends. */
export function study(scene: Scene, journal: Journal, course: number, atMs: number, budgetMinutes: number): number {
  const state = scene.shelf.meet(course, 0.5);
  switch (scene.world.catalogue.drafts[course]?.kind) {
    case 'LIVE_SESSION':
      return book(scene, journal, course, state, atMs);
    case 'ASSESSMENT':
      return sitExam(scene, journal, course, state, atMs);
    case 'ARTICLE':
      return read(scene, journal, course, state, atMs);
    default:
      return workThrough(scene, journal, course, state, atMs, budgetMinutes);
  }
}

/** From start to end in one go, as people do with what they must. */
export function takeDuty(scene: Scene, journal: Journal, course: number, atMs: number): number {
  const state = scene.shelf.meet(course, 0.35);
  const minutes = (scene.world.catalogue.minutes[course] ?? 30) * scene.random.between(0.6, 1.2);
  const endMs = atMs + Math.round(minutes * MINUTE_MS);
  journal.course('STARTED', atMs, idOf(scene, course));
  finish(scene, journal, course, state, endMs, Math.round(minutes * 60));
  return endMs;
}

/** Courses, videos, books, paths: begun, carried on over sittings, finished or dropped. */
function workThrough(
  scene: Scene,
  journal: Journal,
  course: number,
  state: CourseState,
  atMs: number,
  budgetMinutes: number,
): number {
  const { random, shelf, world } = scene;
  const courseId = idOf(scene, course);
  const totalMinutes = world.catalogue.minutes[course] ?? 30;
  if (state.progress === 0) journal.course('STARTED', atMs, courseId);
  // Long pieces move on faster than the clock in the portal: much of the work happens outside it.
  const leastShare = totalMinutes > 60 ? random.between(0.1, 0.28) : 0.25;
  const leftMinutes = (1 - state.progress) * totalMinutes;
  const minutes = Math.max(1, Math.min(budgetMinutes * random.between(0.7, 1.1), leftMinutes));
  const progress = Math.min(1, state.progress + Math.max(minutes / totalMinutes, leastShare));
  const endMs = atMs + Math.round(minutes * MINUTE_MS);
  const seconds = Math.round(minutes * 60);
  if (progress < 1 && random.chance(dropoutChance(scene, course, state))) {
    state.progress = hundredths(state.progress + (progress - state.progress) * random.unit());
    state.status = 'REFUSED';
    shelf.close(course);
    // The rest walk away without a word, as they do.
    if (random.chance(0.75)) journal.course('ABANDONED', endMs, courseId, seconds, state.progress);
    return endMs;
  }
  if (progress > 0.97) return finish(scene, journal, course, state, endMs, seconds);
  state.progress = hundredths(progress);
  shelf.touch(course, state);
  journal.course('PROGRESSED', endMs, courseId, seconds, state.progress);
  return endMs;
}

/** Longer, harder and less liked courses lose more people, patient ones hold on longer; per sitting. */
function dropoutChance({ world, shelf, habits }: Scene, course: number, state: CourseState): number {
  const { catalogue } = world;
  const length = Math.min(1, (catalogue.minutes[course] ?? 30) / 480);
  const level = shelf.levels[catalogue.skillIndex[course] ?? 0] ?? 0;
  const difficulty = Math.max(0, (catalogue.levelFrom[course] ?? 0) - level);
  return (1 - 0.75 * habits.persistence) * (0.05 + 0.1 * length + 0.4 * difficulty + 0.3 * (1 - state.like));
}

function read(scene: Scene, journal: Journal, course: number, state: CourseState, atMs: number): number {
  const { random, world } = scene;
  const minutes = (world.catalogue.minutes[course] ?? 6) * random.logNormal(0.8, 0.3);
  const share = random.chance(0.45 + 0.5 * state.like) ? 1 : random.between(0.1, 0.7);
  const endMs = atMs + Math.round(minutes * share * MINUTE_MS);
  const seconds = Math.round(minutes * share * 60);
  if (share === 1) return finish(scene, journal, course, state, endMs, seconds);
  state.status = 'REFUSED';
  if (random.chance(0.3)) journal.course('ABANDONED', endMs, idOf(scene, course), seconds, hundredths(share));
  return endMs;
}

/** Passed or failed by what the person can do, with a day's luck; twice at most. */
function sitExam(scene: Scene, journal: Journal, course: number, state: CourseState, atMs: number): number {
  const { random, world, shelf } = scene;
  const { catalogue } = world;
  const courseId = idOf(scene, course);
  const minutes = (catalogue.minutes[course] ?? 30) * random.between(0.6, 1);
  const endMs = atMs + Math.round(minutes * MINUTE_MS);
  const seconds = Math.round(minutes * 60);
  const margin = (shelf.levels[catalogue.skillIndex[course] ?? 0] ?? 0) - (catalogue.levelFrom[course] ?? 0);
  const score = hundredths(Math.min(1, Math.max(-1, 0.15 + 1.5 * margin + 0.35 * random.normal())));
  journal.course('STARTED', atMs, courseId);
  if (score >= 0) {
    journal.course('PASSED', endMs, courseId, seconds, 1, score);
    settle(scene, course, state);
    return endMs;
  }
  journal.course('FAILED', endMs, courseId, seconds, 1, score);
  state.failures++;
  state.status = state.failures > 1 ? 'REFUSED' : 'SAVED';
  if (state.status === 'SAVED') shelf.saved.push(course);
  return endMs;
}

/** Takes a seat in a coming session within the person's working day; four in five turn up. */
function book(scene: Scene, journal: Journal, course: number, state: CourseState, atMs: number): number {
  const { random, shelf, world } = scene;
  const courseId = idOf(scene, course);
  const suitable = world.catalogue.courses[course]?.sessions.find((session) => suits(scene, session, atMs));
  if (suitable === undefined) {
    if (random.chance(0.3) && state.status !== 'SAVED') {
      journal.course('SAVED', atMs, courseId);
      shelf.save(course, state);
    }
    return atMs;
  }
  const startMs = suitable.startsAt.getTime();
  journal.course('SAVED', atMs, courseId);
  state.status = 'RESERVED';
  if (random.chance(0.8)) {
    const endMs = suitable.endsAt.getTime();
    journal.arriveOnce('DESKTOP', 'CALENDAR', () => {
      journal.course('STARTED', startMs, courseId);
      finish(scene, journal, course, state, endMs, Math.round((endMs - startMs) / 1000));
    });
  }
  return atMs + MINUTE_MS;
}

function suits({ world, person }: Scene, session: LiveSession, atMs: number): boolean {
  const startMs = session.startsAt.getTime();
  if (startMs < atMs + HOUR_MS * 12 || startMs > atMs + 45 * DAY_MS) return false;
  const clock = world.clocks[person.placeIndex];
  if (clock === undefined) return false;
  const hour = Math.floor(clock.toLocal(startMs) / HOUR_MS) % 24;
  return hour >= 8 && hour < 17;
}

/** Records the end, and sometimes what was thought of it. */
function finish(
  scene: Scene,
  journal: Journal,
  course: number,
  state: CourseState,
  endMs: number,
  durationSeconds: number,
): number {
  const { random, habits, world } = scene;
  const courseId = idOf(scene, course);
  journal.course('COMPLETED', endMs, courseId, durationSeconds, 1);
  settle(scene, course, state);
  let afterMs = endMs;
  if (random.chance(habits.rates)) {
    const quality = world.catalogue.quality[course] ?? 0.5;
    const pleasure = 0.65 * state.like + 0.35 * quality + 0.12 * random.normal();
    const stars = Math.min(5, Math.max(1, 1 + Math.round(4 * pleasure)));
    afterMs += 1000 * (10 + random.below(80));
    journal.course('RATED', afterMs, courseId, null, null, (stars - 3) / 2);
  }
  if (random.chance(0.05 * state.like)) {
    afterMs += 1000 * (10 + random.below(60));
    journal.course('SHARED', afterMs, courseId);
  }
  return afterMs;
}

/** What a finished course leaves behind: more skill, and a way on. */
function settle({ world, shelf }: Scene, course: number, state: CourseState): void {
  const { catalogue } = world;
  state.status = 'DONE';
  state.progress = 1;
  shelf.close(course);
  const skill = catalogue.skillIndex[course] ?? 0;
  const level = shelf.levels[skill] ?? 0;
  shelf.levels[skill] = level + LEARNING * Math.max(0, (catalogue.levelTo[course] ?? 0) - level);
  shelf.next.push(...(catalogue.successors[course] ?? []));
}

function idOf({ world }: Scene, course: number): string {
  const id = world.catalogue.courses[course]?.id;
  if (id === undefined) throw new RangeError(`there is no course at ${course}`);
  return id;
}
