import { describe, expect, test } from 'vitest';
import { type CatalogSnapshot, EMPTY_CATALOG } from '../../src/catalog/catalogSnapshot.js';
import type { TermMatches } from '../../src/catalog/courseSearch.js';
import { SearchMatcher } from '../../src/recommendations/pipeline/searchMatcher.js';

/** A catalogue that answers when told to, and remembers what it was asked. */
function catalogue() {
  const asked: string[][] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const at: { snapshot: CatalogSnapshot } = { snapshot: { ...EMPTY_CATALOG, revision: 1 } };
  return {
    asked,
    answers,
    raise(revision: number) {
      at.snapshot = { ...EMPTY_CATALOG, revision };
    },
    get snapshot() {
      return at.snapshot;
    },
    search(terms: readonly string[]) {
      asked.push([...terms]);
      const { revision } = at.snapshot;
      return new Promise<TermMatches[]>((resolve, reject) => {
        answers.push({ resolve: () => resolve(terms.map((term) => matchesOf(term, revision))), reject });
      });
    },
  };
}

/** Tells by the id of the course which revision it was found in. */
function matchesOf(term: string, revision: number): TermMatches {
  return { term, correctedTerm: null, isPartial: false, courses: [{ courseId: `${term} ${revision}`, relevance: 1 }] };
}

const search = (term: string, atMs = 0) => ({ term, atMs, hadNoResults: false, followedAtMs: null });

describe('the search matcher', () => {
  test('asks for what it does not know, once for all learners, and keeps each one’s order', async () => {
    const catalog = catalogue();
    const matcher = new SearchMatcher(catalog);
    const first = matcher.matchesOf([[search('b', 5), search('a', 3)], [], [search('a', 4)]]);
    catalog.answers[0]?.resolve();
    const summary = (await first).map((own) => own.map(({ term, atMs }) => [term, atMs]));
    expect(summary).toEqual([
      [
        ['b', 5],
        ['a', 3],
      ],
      [],
      [['a', 4]],
    ]);
    await matcher.matchesOf([[search('a')], [search('b')]]);
    expect(catalog.asked).toEqual([['b', 'a']]);
    const third = matcher.matchesOf([[search('a'), search('c')]]);
    catalog.answers[1]?.resolve();
    await third;
    expect(catalog.asked).toEqual([['b', 'a'], ['c']]);
  });

  test('asks nothing for learners who never searched', async () => {
    const catalog = catalogue();
    expect(await new SearchMatcher(catalog).matchesOf([[], []])).toEqual([[], []]);
    expect(catalog.asked).toEqual([]);
  });

  test('does not ask again for what is being looked for', async () => {
    const catalog = catalogue();
    const matcher = new SearchMatcher(catalog);
    const both = Promise.all([matcher.matchesOf([[search('a')]]), matcher.matchesOf([[search('a'), search('b')]])]);
    for (const { resolve } of catalog.answers) resolve();
    expect(await both).toMatchObject([[[{ term: 'a' }]], [[{ term: 'a' }, { term: 'b' }]]]);
    expect(catalog.asked).toEqual([['a'], ['b']]);
  });

  test('forgets everything when the catalogue changes, also what is found too late', async () => {
    const catalog = catalogue();
    const matcher = new SearchMatcher(catalog);
    const early = matcher.matchesOf([[search('a')]]);
    catalog.raise(2);
    const late = matcher.matchesOf([[search('a')]]);
    for (const { resolve } of [...catalog.answers].reverse()) resolve();
    expect((await early)[0]?.[0]?.courses[0]?.courseId).toBe('a 1');
    expect((await late)[0]?.[0]?.courses[0]?.courseId).toBe('a 2');
    expect((await matcher.matchesOf([[search('a')]]))[0]?.[0]?.courses[0]?.courseId).toBe('a 2');
    expect(catalog.asked).toEqual([['a'], ['a']]);
  });

  test('tells of a failure, and tries again at the next call', async () => {
    const catalog = catalogue();
    const matcher = new SearchMatcher(catalog);
    const failing = matcher.matchesOf([[search('a')]]);
    catalog.answers[0]?.reject(new Error('gone'));
    await expect(failing).rejects.toThrow('gone');
    const again = matcher.matchesOf([[search('a')]]);
    catalog.answers[1]?.resolve();
    expect(await again).toMatchObject([[{ term: 'a' }]]);
  });

  test('remembers no more than it may, and lets go first of what was not asked for the longest', async () => {
    const catalog = catalogue();
    const matcher = new SearchMatcher(catalog, 2);
    const ask = async (...terms: string[]) => {
      const asking = matcher.matchesOf([terms.map((term) => search(term))]);
      for (const { resolve } of catalog.answers) resolve();
      const [own] = await asking;
      expect(own?.map(({ term }) => term)).toEqual(terms);
    };
    await ask('a', 'b');
    await ask('a');
    await ask('c');
    await ask('a');
    await ask('b');
    expect(catalog.asked).toEqual([['a', 'b'], ['c'], ['b']]);
    await ask('x', 'y', 'z');
  });
});
