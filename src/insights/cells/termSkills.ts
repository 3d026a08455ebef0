import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import { readTerm } from '../../catalog/searchTerm.js';
import { wordsOf } from '../../catalog/words.js';

/** A skill is meant by a term when at least this share of the courses that have all of its words teach it. */
const SHARE_OF_COURSES = 0.5;
const REMEMBERED_TERMS = 50_000;

/**
 * Tells which skills people who type a term look for: those of whose names all words are in the term or the other way
 * round, or else those that half of the courses teach that have all of its words in their titles. Words that only say in
 * which form somebody wants to learn do not count.
 */
export class TermSkills {
  readonly #skillWords: readonly { readonly id: string; readonly words: readonly string[] }[];
  readonly #coursesOfWord = new Map<string, number[]>();
  readonly #catalog: CatalogSnapshot;
  readonly #known = new Map<string, readonly string[]>();

  constructor(catalog: CatalogSnapshot) {
    this.#catalog = catalog;
    this.#skillWords = catalog.skillList.map(({ id, name }) => ({ id, words: [...new Set(wordsOf(name))] }));
    catalog.courses.forEach(({ title }, course) => {
      for (const word of new Set(wordsOf(title))) {
        const courses = this.#coursesOfWord.get(word);
        if (courses === undefined) this.#coursesOfWord.set(word, [course]);
        else courses.push(course);
      }
    });
  }

  /** Ids of skills, in the order of the catalogue. */
  skillsOf(term: string): readonly string[] {
    const known = this.#known.get(term);
    if (known !== undefined) return known;
    const found = this.#find(term);
    if (this.#known.size < REMEMBERED_TERMS) this.#known.set(term, found);
    return found;
  }

  #find(term: string): readonly string[] {
    const { subject, asTyped } = readTerm(term, () => null);
    const words = new Set(wordsOf(subject ?? asTyped));
    if (words.size === 0) return [];
    const named = this.#skillWords.filter(({ words: own }) => {
      if (own.length === 0) return false;
      return own.every((word) => words.has(word)) || [...words].every((word) => own.includes(word));
    });
    return named.length > 0 ? named.map(({ id }) => id) : this.#taughtBy([...words]);
  }

  #taughtBy(words: readonly string[]): readonly string[] {
    const lists = words.map((word) => this.#coursesOfWord.get(word) ?? []).sort((a, b) => a.length - b.length);
    const [shortest = [], ...others] = lists;
    const sets = others.map((list) => new Set(list));
    const courses = shortest.filter((course) => sets.every((set) => set.has(course)));
    const counts = new Map<string, number>();
    for (const course of courses) {
      for (const { skillId } of this.#catalog.courses[course]?.skills ?? []) {
        counts.set(skillId, (counts.get(skillId) ?? 0) + 1);
      }
    }
    return [...counts].filter(([, count]) => count >= SHARE_OF_COURSES * courses.length).map(([id]) => id);
  }
}

/** How many courses that can be taken now teach each skill; skills that none teaches are left out. */
export function openCoursesBySkill(catalog: CatalogSnapshot, now: Date): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { publishedAt, retiredAt, skills } of catalog.courses) {
    const isOpen = (publishedAt === null || publishedAt <= now) && (retiredAt === null || retiredAt > now);
    if (!isOpen) continue;
    for (const { skillId } of skills) counts.set(skillId, (counts.get(skillId) ?? 0) + 1);
  }
  return counts;
}
