import { AliasTable } from './aliasTable.js';
import type { Catalogue } from './catalogue.js';
import { KINDS } from './courseKinds.js';
import type { RoleEntry } from './roles.js';
import { SeededRandom } from './seededRandom.js';
import type { SkillTree } from './skillTree.js';
import { DEPARTMENTS } from './vocabulary/departments.js';
import type { Person } from './workforce.js';
import { DAY_MS } from './zoneClock.js';

/** The courses of one skill, to be drawn by popularity. */
interface SkillShelf {
  readonly courses: Uint32Array;
  readonly table: AliasTable;
}

/** What people are drawn to, as tables to draw courses from. */
export interface TasteModel {
  /** By community: groups of people with the same latent taste, which nothing in the catalogue names. */
  readonly communities: readonly AliasTable[];
  /** By role: how likely its people belong to each community. */
  readonly communityShares: readonly Float64Array[];
  /** By skill index; null when no course teaches the skill. */
  readonly shelves: readonly (SkillShelf | null)[];
  readonly everything: AliasTable;
  /** Course indices in order of publication, and the times. */
  readonly releases: Uint32Array;
  readonly releaseMs: Float64Array;
  /** The skill that a department talks about in the quarter of a time; −1: none. */
  fashion(departmentIndex: number, atMs: number): number;
}

/** One person's share in the model. */
export interface PersonalTaste {
  readonly communities: readonly number[];
  /** Of a free choice: how often each community leads it, and the other sources. They sum to 1. */
  readonly communityWeights: readonly number[];
  readonly needWeight: number;
  readonly fashionWeight: number;
  readonly newsWeight: number;
  readonly crowdWeight: number;
  /** By kind index: chance that a course of the kind is taken up when met, at most 1. */
  readonly kindFit: readonly number[];
}

const COMMUNITY_COUNT = 12;
/** How far a community's favourites within a skill differ from everybody's: deviation of the logarithm. */
const HIDDEN_SPREAD = 1.3;
const QUARTER_MS = 91 * DAY_MS;

export function createTasteModel(
  seed: number,
  catalogue: Catalogue,
  tree: SkillTree,
  roles: readonly RoleEntry[],
): TasteModel {
  const coursesBySkill: number[][] = tree.entries.map(() => []);
  catalogue.skillIndex.forEach((skill, course) => {
    if ((catalogue.popularity[course] ?? 0) > 0) coursesBySkill[skill]?.push(course);
  });
  const shelves = coursesBySkill.map((courses) => shelfOf(courses, catalogue));
  const skillWeights = Array.from({ length: COMMUNITY_COUNT }, (_, k) => drawSkillWeights(seed, k, tree));
  const order = catalogue.courses
    .map((_, course) => course)
    .filter((course) => (catalogue.popularity[course] ?? 0) > 0);
  const byRelease = order.sort((a, b) => (catalogue.publishedMs[a] ?? 0) - (catalogue.publishedMs[b] ?? 0) || a - b);
  return {
    communities: skillWeights.map((weights, k) => communityTable(seed, k, weights, coursesBySkill, catalogue)),
    communityShares: roles.map((role) => sharesOf(role, skillWeights)),
    shelves,
    everything: new AliasTable(catalogue.popularity),
    releases: Uint32Array.from(byRelease),
    releaseMs: Float64Array.from(byRelease, (course) => catalogue.publishedMs[course] ?? 0),
    fashion: fashions(seed, shelves, roles),
  };
}

export function drawTaste(seed: number, person: Person, model: TasteModel): PersonalTaste {
  const random = new SeededRandom(seed, 'taste', person.index);
  const shares = model.communityShares[person.roleIndex] ?? [];
  // Two leanings come with the work, the third is the person's own.
  const communities = [random.weighted(shares), random.weighted(shares), random.below(COMMUNITY_COUNT)];
  const crowdWeight = random.between(0.05, 0.2);
  const [needWeight, fashionWeight, newsWeight] = [random.between(0.12, 0.28), 0.07, 0.05];
  const own = 1 - crowdWeight - needWeight - fashionWeight - newsWeight;
  return {
    communities,
    communityWeights: [0.65 * own, 0.2 * own, 0.15 * own],
    needWeight,
    fashionWeight,
    newsWeight,
    crowdWeight,
    kindFit: drawKindFit(random),
  };
}

/**
 * Chance that a free choice of the person proposes each course, by course index: what a recommender should find out.
 * It leaves out what changes with time (fashions, new releases, courses done) and so is an upper bound only roughly.
 */
export function tasteOverCourses(
  taste: PersonalTaste,
  person: Person,
  role: RoleEntry,
  model: TasteModel,
  catalogue: Catalogue,
): Float64Array {
  const chances = new Float64Array(catalogue.courses.length);
  const addTable = (table: AliasTable, weight: number): void => {
    for (let course = 0; course < chances.length; course++) {
      chances[course] = (chances[course] ?? 0) + weight * (table.probabilities[course] ?? 0);
    }
  };
  taste.communities.forEach((k, slot) => {
    const table = model.communities[k];
    if (table !== undefined) addTable(table, taste.communityWeights[slot] ?? 0);
  });
  addTable(model.everything, taste.crowdWeight);
  const importance = role.needs.reduce((sum, need) => sum + need.importance, 0);
  for (const need of role.needs) {
    const shelf = model.shelves[need.skillIndex];
    shelf?.courses.forEach((course, place) => {
      const share = (taste.needWeight * need.importance) / importance;
      chances[course] = (chances[course] ?? 0) + share * (shelf.table.probabilities[place] ?? 0);
    });
  }
  let total = 0;
  for (let course = 0; course < chances.length; course++) {
    const readable = ((catalogue.languageBits[course] ?? 0) & person.languageBits) !== 0;
    const chance = readable ? (chances[course] ?? 0) * (taste.kindFit[catalogue.kindIndex[course] ?? 0] ?? 0) : 0;
    chances[course] = chance;
    total += chance;
  }
  return total > 0 ? chances.map((chance) => chance / total) : chances;
}

function shelfOf(courses: readonly number[], catalogue: Catalogue): SkillShelf | null {
  if (courses.length === 0) return null;
  const table = new AliasTable(courses.map((course) => catalogue.popularity[course] ?? 0));
  return { courses: Uint32Array.from(courses), table };
}

/** A community has one area at heart, likes two more, and has a few favourite skills in each. */
function drawSkillWeights(seed: number, community: number, tree: SkillTree): Float64Array {
  const random = new SeededRandom(seed, 'community', community);
  const areaWeights = new Float64Array(tree.areas.length).fill(0.03);
  areaWeights[random.below(tree.areas.length)] = 0.35;
  areaWeights[random.below(tree.areas.length)] = 0.35;
  areaWeights[community % tree.areas.length] = 1;
  return Float64Array.from(tree.entries, ({ areaIndex }) => (areaWeights[areaIndex] ?? 0) * random.logNormal(1, 1.4));
}

function communityTable(
  seed: number,
  community: number,
  skillWeights: Float64Array,
  coursesBySkill: readonly (readonly number[])[],
  catalogue: Catalogue,
): AliasTable {
  const random = new SeededRandom(seed, 'favourites', community);
  const weights = new Float64Array(catalogue.courses.length);
  coursesBySkill.forEach((courses, skill) => {
    const liked = courses.map((course) => (catalogue.popularity[course] ?? 0) * random.logNormal(1, HIDDEN_SPREAD));
    const total = liked.reduce((sum, weight) => sum + weight, 0);
    // A skill with four times the courses gets twice the attention, not four times.
    const mass = (skillWeights[skill] ?? 0) * Math.sqrt(courses.length);
    courses.forEach((course, place) => {
      weights[course] = (mass * (liked[place] ?? 0)) / total;
    });
  });
  return new AliasTable(weights);
}

/** The more of its needs a community shares, the more of a role's people belong to it. */
function sharesOf({ needs }: RoleEntry, skillWeights: readonly Float64Array[]): Float64Array {
  return Float64Array.from(skillWeights, (weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shared = needs.reduce((sum, need) => sum + (need.importance * (weights[need.skillIndex] ?? 0)) / total, 0);
    return shared ** 2 + 0.0002;
  });
}

function drawKindFit(random: SeededRandom): readonly number[] {
  return KINDS.map(() => Math.min(1, random.logNormal(0.9, 0.8)));
}

/** Each quarter a department takes up one skill of its roles, if there are courses for it. */
function fashions(
  seed: number,
  shelves: readonly (SkillShelf | null)[],
  roles: readonly RoleEntry[],
): TasteModel['fashion'] {
  const skillsByDepartment = DEPARTMENTS.map(({ name }) => {
    const needed = roles.filter(({ words }) => words.department === null || words.department === name);
    const skills = needed.flatMap(({ needs }) => needs.map(({ skillIndex }) => skillIndex));
    return skills.filter((skillIndex) => shelves[skillIndex] !== null);
  });
  const drawn = new Map<number, number>();
  return (departmentIndex, atMs) => {
    const quarter = Math.floor(atMs / QUARTER_MS);
    const key = quarter * DEPARTMENTS.length + departmentIndex;
    const known = drawn.get(key);
    if (known !== undefined) return known;
    const skills = skillsByDepartment[departmentIndex] ?? [];
    const skill = skills.length === 0 ? -1 : new SeededRandom(seed, 'fashion', key).pick(skills);
    drawn.set(key, skill);
    return skill;
  };
}
