import type { Catalogue } from './catalogue.js';
import type { RoleEntry } from './roles.js';
import type { SearchIndex } from './searchIndex.js';
import type { SeededRandom } from './seededRandom.js';
import type { Shelf } from './shelf.js';
import type { SkillTree } from './skillTree.js';
import type { PersonalTaste, TasteModel } from './tastes.js';
import type { Person } from './workforce.js';
import type { ZoneClock } from './zoneClock.js';

/** What is the same for everybody. */
export interface World {
  readonly seed: number;
  readonly fromMs: number;
  readonly nowMs: number;
  readonly tree: SkillTree;
  readonly roles: readonly RoleEntry[];
  readonly catalogue: Catalogue;
  readonly tastes: TasteModel;
  readonly searches: SearchIndex;
  /** By place. */
  readonly clocks: readonly ZoneClock[];
}

/** One learner while their history is being written; nothing of it outlives that. */
export interface Scene {
  readonly world: World;
  readonly person: Person;
  readonly role: RoleEntry;
  readonly taste: PersonalTaste;
  readonly habits: Habits;
  readonly shelf: Shelf;
  readonly random: SeededRandom;
}

/** How somebody uses the portal; all but the first two are chances. */
export interface Habits {
  readonly sessionsPerWeek: number;
  /** How much longer than usual they stay. */
  readonly pace: number;
  readonly persistence: number;
  readonly searches: number;
  readonly rates: number;
  readonly mobile: number;
}

export function drawHabits(random: SeededRandom, heavy: boolean): Habits {
  return {
    sessionsPerWeek: heavy ? random.logNormal(1.8, 0.4) : random.logNormal(0.15, 0.9),
    pace: random.logNormal(1, 0.25),
    persistence: random.between(0.2, 0.95),
    searches: 0.35 * random.unit() ** 1.5,
    rates: 0.45 * random.unit() ** 2,
    mobile: random.logNormal(1, 0.6),
  };
}
