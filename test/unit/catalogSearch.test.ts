import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesOf, planSearch, STAGES } from '../../src/catalog/courseSearch.js';
import { readTerm } from '../../src/catalog/searchTerm.js';
import { textConfiguration } from '../../src/catalog/textLanguage.js';
import { createVocabulary, slipsBetween } from '../../src/catalog/vocabulary.js';
import { wordsOf } from '../../src/catalog/words.js';

describe('the text search configuration of a language', () => {
  test.each([
    ['en', 'english'],
    ['pt-BR', 'portuguese'],
    ['DE', 'german'],
    ['nb', 'norwegian'],
    ['ja', 'simple'],
    ['', 'simple'],
    ['constructor', 'simple'],
    [null, 'simple'],
  ])('of %j is %s', (language, configuration) => {
    expect(textConfiguration(language)).toBe(configuration);
  });
});

describe('the words of a text', () => {
  test('are runs of letters and digits of any script, in lower case', () => {
    expect(wordsOf('Öl- & Gas: Web 3.0, ﬁne_日本語')).toEqual(['öl', 'gas', 'web', '3', '0', 'fine', '日本語']);
    expect(wordsOf(' … ')).toEqual([]);
  });
});

describe('the slips between two words', () => {
  test.each([
    ['negotiation', 'negotiation', 0],
    ['negotation', 'negotiation', 1],
    ['negotiattion', 'negotiation', 1],
    ['negotaition', 'negotiation', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
    ['', 'abc', 3],
  ])('from %s to %s are %i', (a, b, slips) => {
    expect(slipsBetween(a, b, 9)).toBe(slips);
    expect(slipsBetween(b, a, 9)).toBe(slips);
  });

  test('agree with the definition, and stop at the limit', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });
    fc.assert(
      fc.property(word, word, fc.nat(4), (a, b, limit) => {
        expect(slipsBetween(a, b, limit)).toBe(Math.min(slowSlips(a, b), limit + 1));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Optimal string alignment by its recursion. */
function slowSlips(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const ways = [
    slowSlips(a.slice(1), b) + 1,
    slowSlips(a, b.slice(1)) + 1,
    slowSlips(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
  ];
  const isSwapped = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0];
  return Math.min(...ways, ...(isSwapped ? [slowSlips(a.slice(2), b.slice(2)) + 1] : []));
}

describe('the correction of a word', () => {
  const { correctionOf } = createVocabulary([
    'Excel for accountants',
    'Negotiation',
    'Web 2000',
    'Form and farm',
    'cat',
  ]);

  test.each([
    ['excle', 'excel'],
    ['exceel', 'excel'],
    ['negosiasion', 'negotiation'],
    ['accuontnats', 'accountants'],
  ])('of %s is %s', (word, correction) => {
    expect(correctionOf(word)).toBe(correction);
  });

  test.each([
    ['excel', 'it is known'],
    ['negosiazione', 'three slips are too many'],
    ['exl', 'it is too short'],
    ['cta', 'what is near is too short'],
    ['exlec', 'two slips are too many for a short word'],
    ['ferm', 'form and farm are equally near'],
    ['2001', 'it is a number'],
    ['', 'it is nothing'],
  ])('of %j is none: %s', (word) => {
    expect(correctionOf(word)).toBeNull();
  });

  test('is the one word that is nearest, as a look at every word would find', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 4, maxLength: 10 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), word, (words, asked) => {
        const limit = asked.length >= 8 ? 2 : 1;
        const near = [...new Set(words)].map((known) => ({ known, slips: slipsBetween(asked, known, limit) }));
        const least = Math.min(...near.map(({ slips }) => slips));
        const nearest = near.filter(({ slips }) => slips === least);
        const expected = least >= 1 && least <= limit && nearest.length === 1 ? nearest[0]?.known : null;
        expect(createVocabulary(words).correctionOf(asked)).toBe(expected ?? null);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the reading of a term', () => {
  const corrections = new Map([
    ['negotation', 'negotiation'],
    ['excle', 'excel'],
  ]);
  const read = (term: string) => readTerm(term, (word) => corrections.get(word) ?? null);

  test('of words that all tell something is those words', () => {
    expect(read('power bi')).toEqual({ asTyped: 'power bi', subject: null, corrected: null, anyOf: ['power', 'bi'] });
    expect(read('excel')).toEqual({ asTyped: 'excel', subject: null, corrected: null, anyOf: [] });
  });

  test('leaves the form out, in several languages', () => {
    expect(read('Negotiation course for beginners (PDF)').subject).toBe('negotiation');
    expect(read('Kurs Verhandlung für Anfänger').subject).toBe('verhandlung');
    expect(read('training').subject).toBeNull();
    expect(read('training')).toMatchObject({ asTyped: 'training', anyOf: [] });
  });

  test('corrects each word that can be', () => {
    expect(read('excle negotation course')).toEqual({
      asTyped: 'excle negotation course',
      subject: 'excle negotation',
      corrected: 'excel negotiation',
      anyOf: ['excel', 'negotiation'],
    });
  });

  test.each([['"excle negotation"'], ['excle -negotation'], ['-excle'], ['excle or negotation']])(
    'takes at its word who writes like to a machine (%s)',
    (term) => {
      expect(read(term)).toEqual({ asTyped: term, subject: null, corrected: null, anyOf: [] });
    },
  );

  test('is bounded, and always something that a database takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (term) => {
        const { asTyped, anyOf } = read(term);
        // Lower case may be longer than upper case, by a letter here and there.
        expect(asTyped.length).toBeLessThanOrEqual(600);
        expect(anyOf.length).toBeLessThanOrEqual(12);
        for (const text of [asTyped, ...anyOf]) expect(text).not.toMatch(/[\p{Cc}\p{Surrogate}]/u);
      }),
    );
    expect(read('word '.repeat(1_000)).asTyped.length).toBeLessThanOrEqual(200);
  });
});

describe('a search', () => {
  const vocabulary = createVocabulary(['Negotiation tricks']);

  test('tries the strict readings first', () => {
    const { attempts } = planSearch(['excel', 'negotation tricks pdf'], vocabulary);
    expect(attempts).toEqual([
      { place: 0, stage: STAGES.asTyped, words: 'excel' },
      { place: 1, stage: STAGES.asTyped, words: 'negotation tricks pdf' },
      { place: 1, stage: STAGES.subject, words: 'negotation tricks' },
      { place: 1, stage: STAGES.corrected, words: 'negotiation tricks' },
      { place: 1, stage: STAGES.anyOf, words: 'negotiation' },
      { place: 1, stage: STAGES.anyOf, words: 'tricks' },
    ]);
  });

  test('tells of a correction only where it was needed', () => {
    const terms = ['negotation', 'negotation', 'negotation tricks'];
    const { readings } = planSearch(terms, vocabulary);
    const row = { courseId: 'c', relevance: 1 };
    expect(
      matchesOf(terms, readings, [
        { place: 0, stage: STAGES.asTyped, ...row },
        { place: 2, stage: STAGES.anyOf, ...row },
      ]),
    ).toEqual([
      { term: 'negotation', correctedTerm: null, isPartial: false, courses: [row] },
      { term: 'negotation', correctedTerm: null, isPartial: false, courses: [] },
      { term: 'negotation tricks', correctedTerm: 'negotiation tricks', isPartial: true, courses: [row] },
    ]);
  });
});
