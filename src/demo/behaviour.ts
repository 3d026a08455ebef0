import type { Interaction } from '../activity/interaction.js';
import type { Channel, Device } from '../learners/profileEvent.js';
import { chooseCourse, chooseOfSkill } from './choice.js';
import { drawDuties } from './duties.js';
import { Journal } from './journal.js';
import { drawHabits, type Scene, type World } from './scene.js';
import { inventSearch } from './searches.js';
import { SeededRandom } from './seededRandom.js';
import { Shelf } from './shelf.js';
import { planSittings } from './sittings.js';
import { drawLevels } from './skillLevels.js';
import { study, takeDuty } from './study.js';
import { drawTaste } from './tastes.js';
import { PORTAL_PAGES } from './vocabulary/searchWords.js';
import type { Person } from './workforce.js';
import { HOUR_MS, MINUTE_MS } from './zoneClock.js';

const DEVICES: readonly Device[] = ['DESKTOP', 'MOBILE', 'TABLET', 'OTHER'];
const CHANNELS: readonly Channel[] = ['PORTAL', 'EMAIL', 'CHAT', 'PUSH', 'CALENDAR', 'OTHER'];
/** Chances by device, in the order of `DEVICES`. */
const AT_WORK: readonly number[] = [0.82, 0.12, 0.04, 0.02];
const ON_THE_WAY: readonly number[] = [0.12, 0.7, 0.17, 0.01];
const AT_HOME: readonly number[] = [0.27, 0.4, 0.31, 0.02];
const ON_SHIFT: readonly number[] = [0.18, 0.52, 0.05, 0.25];
/** Chances by channel, in the order of `CHANNELS`. */
const AT_DESK: readonly number[] = [0.56, 0.18, 0.16, 0, 0.06, 0.04];
const IN_HAND: readonly number[] = [0.42, 0.15, 0.07, 0.32, 0.02, 0.02];
const BY_APPOINTMENT: readonly number[] = [0.45, 0.08, 0.07, 0, 0.38, 0.02];
/** Usual minutes of a session, in the order of `DEVICES`. */
const SESSION_MINUTES: readonly number[] = [27, 11, 20, 14];
const SHORTEST_MINUTES = 3;

/** Everything one learner did, in order of time; the same whoever else is asked for, and when. */
export function writeHistory(world: World, person: Person): readonly Interaction[] {
  const role = world.roles[person.roleIndex];
  if (role === undefined || person.engagement === 'SILENT') return [];
  const random = new SeededRandom(world.seed, 'behaviour', person.index);
  const scene: Scene = {
    world,
    person,
    role,
    taste: drawTaste(world.seed, person, world.tastes),
    habits: drawHabits(random, person.engagement === 'HEAVY'),
    shelf: new Shelf(drawLevels(world.seed, person, role, world.tree, world.fromMs)),
    random,
  };
  const journal = new Journal(person.learner.id, person.lastMs);
  if (person.engagement === 'SINGLE') {
    lookInOnce(scene, journal);
    return journal.inOrderOfTime();
  }
  const duties = drawDuties(world, person);
  for (const { course, isWaived, assignedMs } of duties) {
    scene.shelf.reserve(course, 0.35);
    const courseId = world.catalogue.courses[course]?.id;
    if (isWaived && courseId !== undefined) journal.course('WAIVED', assignedMs + 2 * HOUR_MS, courseId);
  }
  let busyUntilMs = 0;
  for (const { atMs, duty } of planSittings(world, person, scene.habits, duties, random)) {
    if (duty !== null) {
      journal.arrive('DESKTOP', random.chance(0.6) ? 'EMAIL' : 'PORTAL');
      busyUntilMs = takeDuty(scene, journal, duty.course, Math.max(atMs, busyUntilMs));
    } else if (atMs >= busyUntilMs) {
      busyUntilMs = spendSession(scene, journal, atMs);
    }
  }
  return journal.inOrderOfTime();
}

/** The one trace of somebody who came once. */
function lookInOnce(scene: Scene, journal: Journal): void {
  const { world, person, habits, random } = scene;
  const sitting = planSittings(world, person, { ...habits, sessionsPerWeek: 1 }, [], random)[0];
  if (sitting === undefined) return;
  arrive(scene, journal, sitting.atMs);
  const course = chooseCourse(scene, sitting.atMs);
  const courseId = world.catalogue.courses[course]?.id;
  if (courseId !== undefined) journal.course('VIEWED', sitting.atMs, courseId, 10 + random.below(90));
}

/** One visit to the portal; returns when it ends. */
function spendSession(scene: Scene, journal: Journal, startMs: number): number {
  const { random, shelf, habits } = scene;
  const minutes = arrive(scene, journal, startMs);
  const endMs = startMs + minutes * MINUTE_MS;
  let atMs = startMs;
  if (random.chance(0.25)) {
    const seconds = 3 + random.below(40);
    journal.visit(atMs, random.pick(PORTAL_PAGES), seconds);
    atMs += seconds * 1000;
  }
  if (shelf.open.length > 0 && random.chance(0.45 + 0.4 * habits.persistence)) {
    const course = (random.chance(0.75) ? shelf.open.at(-1) : random.pick(shelf.open)) ?? -1;
    if (isStillThere(scene, course, atMs)) atMs = study(scene, journal, course, atMs, minutes);
    else shelf.close(course);
  }
  for (let looks = 0; looks < 3 && atMs < endMs - MINUTE_MS; looks++) {
    const after = lookAround(scene, journal, atMs, (endMs - atMs) / MINUTE_MS);
    // A long way past the first look: a course was begun, and that is enough for today.
    if (after === atMs || after - atMs > 3 * MINUTE_MS) return Math.max(after, atMs);
    atMs = after;
  }
  return atMs;
}

/** Looks at one course and perhaps begins, saves or dismisses it; returns when that ends. */
function lookAround(scene: Scene, journal: Journal, startMs: number, minutesLeft: number): number {
  const { random, shelf, world } = scene;
  let atMs = startMs;
  const sought = seek(scene, journal, atMs);
  if (sought.isSearch) atMs += 1000 * (8 + random.below(30));
  const courseId = world.catalogue.courses[sought.course]?.id;
  const state = shelf.stateOf(sought.course);
  if (courseId === undefined || state === undefined) return atMs;
  if (random.chance(0.1)) {
    // Opened by mistake, closed at once.
    const seconds = 1 + random.below(4);
    journal.course('VIEWED', atMs, courseId, seconds);
    return atMs + seconds * 1000;
  }
  const seconds = Math.min(400, Math.max(6, Math.round(random.logNormal(38, 0.7))));
  journal.course('VIEWED', atMs, courseId, seconds);
  atMs += seconds * 1000;
  if (random.chance(0.2 + 0.6 * state.like)) return study(scene, journal, sought.course, atMs, minutesLeft);
  if (state.status === 'MET' && random.chance(0.2 * state.like)) {
    journal.course('SAVED', atMs, courseId);
    shelf.save(sought.course, state);
  } else if (state.like < 0.42 && random.chance(0.3)) {
    journal.course('DISMISSED', atMs, courseId);
    state.status = 'REFUSED';
  }
  return atMs;
}

/** What to look at next: something saved, something searched for, or what the portal offers. */
function seek(scene: Scene, journal: Journal, atMs: number): { course: number; isSearch: boolean } {
  const { random, shelf, habits } = scene;
  if (shelf.saved.length > 0 && random.chance(0.3)) {
    const course = shelf.saved.shift() ?? -1;
    if (isStillThere(scene, course, atMs) && shelf.stateOf(course)?.status === 'SAVED') {
      return { course, isSearch: false };
    }
  }
  if (!random.chance(habits.searches)) return { course: chooseCourse(scene, atMs), isSearch: false };
  const search = inventSearch(scene);
  journal.search(atMs, search.query, search.resultCount);
  // A third of the searches that find something lead nowhere.
  const goesOn = search.resultCount > 0 && random.chance(0.67);
  const course = goesOn ? chooseOfSkill(scene, search.skillIndex, search.topicIndex, atMs) : -1;
  return { course, isSearch: true };
}

/** Picks up a device and a way in by the hour; returns the minutes that the session is meant to last. */
function arrive({ world, person, habits, random }: Scene, journal: Journal, atMs: number): number {
  const { rhythm } = person;
  const localMs = world.clocks[person.placeIndex]?.toLocal(atMs) ?? atMs;
  const hour = (localMs / HOUR_MS) % 24;
  const onShifts = rhythm.name.endsWith('SHIFT');
  const isWorking = hour >= rhythm.startHour && hour < rhythm.endHour;
  const isLate = hour >= 19 || hour < 5;
  const usual = onShifts ? ON_SHIFT : isWorking ? AT_WORK : isLate ? AT_HOME : ON_THE_WAY;
  const [desktop, mobile, tablet, other] = usual as [number, number, number, number];
  const place = random.weighted([desktop, mobile * habits.mobile, tablet, other]);
  const device = DEVICES[place] ?? 'OTHER';
  const byAppointment = rhythm.name === 'BLOCKS' && device === 'DESKTOP';
  const channels = byAppointment ? BY_APPOINTMENT : device === 'DESKTOP' ? AT_DESK : IN_HAND;
  journal.arrive(device, CHANNELS[random.weighted(channels)] ?? 'PORTAL');
  const length = (SESSION_MINUTES[place] ?? 15) * (byAppointment ? 1.8 : 1) * habits.pace;
  return Math.max(SHORTEST_MINUTES, random.logNormal(length, 0.45));
}

function isStillThere({ world }: Scene, course: number, atMs: number): boolean {
  return (world.catalogue.retiredMs[course] ?? 0) > atMs;
}
