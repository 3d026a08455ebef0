import type { Catalogue } from './catalogue.js';

/** How many courses a search for a skill or one of its topics finds. */
export interface SearchIndex {
  matches(skillIndex: number, topicIndex: number): number;
}

const TOPIC_SLOTS = 16;
/** No results page counts further. */
export const MOST_RESULTS = 200;

export function createSearchIndex(catalogue: Catalogue, nowMs: number): SearchIndex {
  const counts = new Map<number, number>();
  const add = (key: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  catalogue.drafts.forEach(({ skillIndex, topicIndex }, course) => {
    const isThere = (catalogue.publishedMs[course] ?? 0) <= nowMs && (catalogue.retiredMs[course] ?? 0) > nowMs;
    if (!isThere) return;
    add(skillIndex * TOPIC_SLOTS);
    if (topicIndex >= 0) add(skillIndex * TOPIC_SLOTS + topicIndex + 1);
  });
  return { matches: (skill, topic) => Math.min(MOST_RESULTS, counts.get(skill * TOPIC_SLOTS + topic + 1) ?? 0) };
}
