import { drawNeed } from './choice.js';
import type { Scene } from './scene.js';
import { MOST_RESULTS } from './searchIndex.js';
import type { SeededRandom } from './seededRandom.js';
import { SEARCH_SUFFIXES, UNCOVERED_SEARCHES } from './vocabulary/searchWords.js';

/** What somebody typed and what came of it. */
export interface Search {
  readonly query: string;
  readonly resultCount: number;
  /** What was meant, by skill and topic index; −1: nothing that the catalogue has, or the skill as a whole. */
  readonly skillIndex: number;
  readonly topicIndex: number;
}

/** What somebody types: mostly a skill they need or like, sometimes misspelt, sometimes nothing that we teach. */
export function inventSearch(scene: Scene): Search {
  const { random, world } = scene;
  if (random.chance(0.12)) {
    return { query: random.pick(UNCOVERED_SEARCHES), resultCount: 0, skillIndex: -1, topicIndex: -1 };
  }
  const skillIndex = random.chance(0.5) ? drawNeed(scene) : drawLikedSkill(scene);
  const words = world.tree.entries[skillIndex]?.words;
  if (words === undefined) return { query: 'training', resultCount: MOST_RESULTS, skillIndex: -1, topicIndex: -1 };
  const found = world.searches.matches(skillIndex, -1);
  const drawn = random.unit();
  if (drawn < 0.12) {
    const resultCount = random.chance(0.7) ? 0 : Math.min(2, found);
    return { query: misspelt(words.name.toLowerCase(), random), resultCount, skillIndex, topicIndex: -1 };
  }
  if (drawn < 0.34) {
    const topicIndex = random.below(words.topics.length);
    const query = (words.topics[topicIndex] ?? words.name).toLowerCase();
    // What is about the whole skill often mentions the topic too.
    const resultCount = world.searches.matches(skillIndex, topicIndex) + Math.round(0.25 * found);
    return { query, resultCount, skillIndex, topicIndex };
  }
  const [de, fr, es] = words.local ?? [null, null, null];
  const own = { de, fr, es, en: null }[scene.person.learner.languages[0] ?? 'en'] ?? null;
  if (own !== null && random.chance(0.5)) {
    return { query: own.toLowerCase(), resultCount: Math.round(0.25 * found), skillIndex, topicIndex: -1 };
  }
  if (random.chance(0.25)) {
    const query = `${words.name.toLowerCase()} ${random.pick(SEARCH_SUFFIXES)}`;
    return { query, resultCount: Math.round(0.4 * found), skillIndex, topicIndex: -1 };
  }
  return { query: words.name.toLowerCase(), resultCount: found, skillIndex, topicIndex: -1 };
}

function drawLikedSkill({ world, taste, random }: Scene): number {
  const community = world.tastes.communities[taste.communities[random.weighted(taste.communityWeights)] ?? 0];
  return community === undefined ? -1 : (world.catalogue.skillIndex[community.draw(random)] ?? -1);
}

/** A letter left out, doubled or swapped with the next; never the text itself. */
function misspelt(text: string, random: SeededRandom): string {
  const place = 1 + random.below(Math.max(1, text.length - 2));
  const [before, letter, after] = [text.slice(0, place), text.charAt(place), text.slice(place + 1)];
  const swapped = `${before}${after.charAt(0)}${letter}${after.slice(1)}`;
  const typo = random.pick([`${before}${after}`, `${before}${letter}${letter}${after}`, swapped]);
  return typo === text ? `${before}${after}` : typo;
}
