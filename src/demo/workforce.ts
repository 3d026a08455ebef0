import type { Learner } from '../learners/learner.js';
import { LANGUAGE_BITS } from './catalogue.js';
import { fillPosts, GRADES, type Posts, STAFF } from './posts.js';
import { drawRhythm, type Rhythm } from './rhythms.js';
import type { RoleEntry } from './roles.js';
import { SeededRandom } from './seededRandom.js';
import { DEPARTMENTS } from './vocabulary/departments.js';
import { PLACES, type Place } from './vocabulary/places.js';
import type { Grade } from './vocabulary/roleWords.js';
import { DAY_MS, HOUR_MS } from './zoneClock.js';

/** How much somebody uses the portal at all. */
type Engagement = 'SILENT' | 'SINGLE' | 'REGULAR' | 'HEAVY';

/** One learner with everything that the generator knows of them. */
export interface Person {
  readonly index: number;
  readonly learner: Learner;
  readonly departmentIndex: number;
  readonly placeIndex: number;
  readonly roleIndex: number;
  readonly languageBits: number;
  readonly rhythm: Rhythm;
  readonly engagement: Engagement;
  readonly hiredMs: number;
  /** Nothing happens before or after these; `lastMs` is when they left, or now. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface Workforce {
  readonly size: number;
  person(index: number): Person;
}

export interface WorkforceOptions {
  readonly seed: number;
  readonly learnerCount: number;
  readonly fromMs: number;
  readonly nowMs: number;
}

const MONTHLY_HIRE_DAYS = 30;

/**
 * Who works where and for whom. A smaller company is the beginning of a larger one of the same seed: nobody's data
 * depend on how many come after them.
 */
export function createWorkforce(options: WorkforceOptions, roles: readonly RoleEntry[]): Workforce {
  const posts = fillPosts(options.seed, options.learnerCount);
  const shares = DEPARTMENTS.map(({ name }) => GRADES.map((grade) => roleShares(grade, name, roles)));
  return {
    size: options.learnerCount,
    person: (index) => describePerson(index, posts, options, roles, shares),
  };
}

function learnerIdAt(index: number): string {
  return `e-${String(index + 1).padStart(5, '0')}`;
}

function describePerson(
  index: number,
  posts: Posts,
  { seed, learnerCount, fromMs, nowMs }: WorkforceOptions,
  roles: readonly RoleEntry[],
  shares: readonly (readonly (readonly number[])[])[],
): Person {
  if (!(index >= 0 && index < learnerCount)) throw new RangeError(`there is no learner at ${index}`);
  const random = new SeededRandom(seed, 'person', index);
  const departmentIndex = posts.departments[index] ?? 0;
  const placeIndex = posts.places[index] ?? 0;
  const place = PLACES[placeIndex] as Place;
  const department = DEPARTMENTS[departmentIndex];
  const grade = GRADES[posts.grades[index] ?? STAFF] ?? 'STAFF';
  const roleIndex = random.weighted(shares[departmentIndex]?.[posts.grades[index] ?? STAFF] ?? []);
  const onShifts = grade !== 'HEAD' && place.plant && random.chance(department?.shiftShare ?? 0);
  const rhythm = drawRhythm(seed, index, place, onShifts);
  const isSenior = grade === 'CHIEF' || grade === 'HEAD';
  const hiredMs = isSenior
    ? Math.floor((fromMs - random.between(600, 4000) * DAY_MS) / DAY_MS) * DAY_MS
    : drawHireDay(fromMs, nowMs, random);
  // Late enough for the day of joining to have begun in every zone.
  const firstMs = Math.max(fromMs, hiredMs + DAY_MS + 6 * HOUR_MS);
  const leaves = grade !== 'CHIEF' && firstMs < nowMs - 60 * DAY_MS && random.chance(0.04);
  const lastMs = leaves ? random.between(firstMs + 30 * DAY_MS, nowMs) : nowMs;
  const languages = drawLanguages(place, random);
  const next = roles[roleIndex]?.next ?? [];
  const managerIndex = posts.managers[index] ?? -1;
  return {
    index,
    departmentIndex,
    placeIndex,
    roleIndex,
    languageBits: languages.reduce((bits, language) => bits | (LANGUAGE_BITS[language] ?? 0), 0),
    rhythm,
    engagement: drawEngagement(nowMs - hiredMs, random),
    hiredMs,
    firstMs,
    lastMs,
    learner: {
      id: learnerIdAt(index),
      timezone: place.zone,
      languages,
      department: department?.name ?? null,
      location: place.name,
      roleId: roles[roleIndex]?.role.id ?? null,
      targetRoleId: next.length > 0 && random.chance(0.45) ? (roles[random.pick(next)]?.role.id ?? null) : null,
      managerId: managerIndex < 0 ? null : learnerIdAt(managerIndex),
      hiredOn: new Date(hiredMs).toISOString().slice(0, 10),
      workPattern: rhythm.workPattern,
      quietHours: rhythm.quietHours,
      active: !leaves,
      personalisationOptOut: random.chance(0.03),
    },
  };
}

function roleShares(grade: Grade, department: string, roles: readonly RoleEntry[]): readonly number[] {
  return roles.map(({ words }) =>
    words.grade === grade && (words.department === null || words.department === department) ? words.share : 0,
  );
}

/** Midnight UTC of a day: mostly years ago, at about 15 % a year during the history, one in fifty in the last month. */
function drawHireDay(fromMs: number, nowMs: number, random: SeededRandom): number {
  const historyYears = (nowMs - fromMs) / (365 * DAY_MS);
  const during = Math.min(0.4, 0.15 * historyYears);
  const drawn = random.unit();
  const moment =
    drawn < 0.02
      ? nowMs - random.between(2, MONTHLY_HIRE_DAYS) * DAY_MS
      : drawn < 0.02 + during
        ? random.between(fromMs, nowMs - MONTHLY_HIRE_DAYS * DAY_MS)
        : fromMs - random.unit() ** 2 * 14 * 365 * DAY_MS;
  return Math.floor(moment / DAY_MS) * DAY_MS;
}

/** Where English is not spoken, nearly everybody reads it; a few read nothing else than their own language. */
function drawLanguages(place: Place, random: SeededRandom): readonly string[] {
  if (place.language === 'en') return random.chance(0.06) ? ['en', random.pick(['de', 'fr', 'es'])] : ['en'];
  return random.chance(0.94) ? [place.language, 'en'] : [place.language];
}

function drawEngagement(employedMs: number, random: SeededRandom): Engagement {
  const isNew = employedMs < 45 * DAY_MS;
  const drawn = random.unit();
  if (drawn < (isNew ? 0.25 : 0.03)) return 'SILENT';
  if (drawn < (isNew ? 0.5 : 0.07)) return 'SINGLE';
  return drawn < 0.96 ? 'REGULAR' : 'HEAVY';
}
