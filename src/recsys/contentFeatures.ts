import { buildCsr, type CsrMatrix } from './interactions.js';

/** What is written about an item, in plain values. */
export interface ItemContent {
  readonly title: string;
  readonly description: string | null;
  readonly provider: string | null;
  readonly level: string | null;
  readonly language: string | null;
  readonly kind: string | null;
  readonly categories: readonly string[];
  /** Names, not ids: their words are read too. */
  readonly skills: readonly string[];
  /** Whom it is for, such as occupations or roles. */
  readonly audiences?: readonly string[];
}

/**
 * The fields that features are made of. `words` are those of title, skills and categories together, so that a skill
 * named in one item's title meets the same skill listed by another; `pieces` are runs of letters of the title, which
 * relate inflected and compound words in any language.
 */
export const CONTENT_FIELDS = [
  'words',
  'pieces',
  'description',
  'provider',
  'level',
  'language',
  'kind',
  'categories',
  'skills',
  'audiences',
] as const;
export type ContentField = (typeof CONTENT_FIELDS)[number];

export interface ContentOptions {
  /** How long each field's part of an item's vector is, before the whole is brought to length 1; 0: not used. */
  readonly fieldWeights: Readonly<Record<ContentField, number>>;
  /** A term of fewer items is left out, at least 1. */
  readonly minItems: number;
  /** Words and pieces found in more than this share of the items are stop words, above 0 to 1. */
  readonly maxItemShare: number;
  /** At most this many terms are kept, those of the most items; at least 1. */
  readonly maxTerms: number;
}

export const DEFAULT_CONTENT_OPTIONS: ContentOptions = {
  fieldWeights: {
    words: 2,
    pieces: 1,
    description: 0.7,
    provider: 0.7,
    level: 0.3,
    language: 0.5,
    kind: 0.3,
    categories: 1,
    skills: 0.7,
    audiences: 0.3,
  },
  minItems: 2,
  maxItemShare: 0.25,
  maxTerms: 16_000,
};

/** A fitted vocabulary: plain data, enough to encode items that are added later. */
export interface ContentEncoder {
  /** `field:term`, one per column, in the order of the fields and of code units within each. */
  readonly terms: readonly string[];
  /** Inverse document frequency beside them, above 0. */
  readonly inverseFrequencies: Float32Array;
  readonly options: ContentOptions;
}

// Below this many items a share says nothing: in a catalogue of 30, a word of 8 titles is a subject, no stop word.
const LEAST_STOP_WORD_ITEMS = 20;
const PIECE_LENGTH = 4;
// Scripts that put no spaces between words, and whose words are one to three signs long.
const UNSPACED_SCRIPT = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}]/u;
const UNSPACED_PIECE_LENGTH = 2;
const STOPPABLE_FIELDS: ReadonlySet<ContentField> = new Set(['words', 'pieces', 'description']);

/**
 * The vocabulary of a catalogue, with inverse document frequencies `ln(1 + N / n_t)` of N items of which n_t have the
 * term (Spärck Jones 1972).
 *
 * @param items any number, new and retired ones too: nothing is read but their content
 * @returns the same for the same items in any order; no terms when nothing is shared
 * @throws RangeError when an option is out of range
 */
export function fitContentEncoder(
  items: readonly ItemContent[],
  options: ContentOptions = DEFAULT_CONTENT_OPTIONS,
): ContentEncoder {
  assertContentOptions(options);
  const { fieldWeights, minItems, maxItemShare, maxTerms } = options;
  const stopWordItems = Math.max(LEAST_STOP_WORD_ITEMS, maxItemShare * items.length);
  const kept: Array<{ readonly field: number; readonly term: string; readonly itemCount: number }> = [];
  for (const [place, field] of CONTENT_FIELDS.entries()) {
    if (fieldWeights[field] === 0) continue;
    const itemCounts = new Map<string, number>();
    for (const item of items) {
      for (const term of new Set(termsOf(item, field))) itemCounts.set(term, (itemCounts.get(term) ?? 0) + 1);
    }
    for (const [term, itemCount] of itemCounts) {
      if (itemCount < minItems || (STOPPABLE_FIELDS.has(field) && itemCount > stopWordItems)) continue;
      kept.push({ field: place, term, itemCount });
    }
  }
  const inOrder = (a: (typeof kept)[number], b: (typeof kept)[number]): number =>
    a.field - b.field || (a.term < b.term ? -1 : 1);
  kept.sort((a, b) => b.itemCount - a.itemCount || inOrder(a, b));
  const vocabulary = kept.slice(0, maxTerms).sort(inOrder);
  return {
    terms: vocabulary.map(({ field, term }) => `${CONTENT_FIELDS[field]}:${term}`),
    inverseFrequencies: Float32Array.from(vocabulary, ({ itemCount }) => Math.log(1 + items.length / itemCount)),
    options,
  };
}

/**
 * Items as sparse vectors of length 1: within each field `(1 + ln tf) · idf` (Salton & Buckley 1988) brought to the
 * field's weight, then the whole to 1. The inner product of two items is the cosine of their contents.
 *
 * @param encoder fitted on these items or on others
 * @returns items × terms; an empty row for an item that shares no term with the vocabulary
 */
export function encodeContent(encoder: ContentEncoder, items: readonly ItemContent[]): CsrMatrix {
  const { terms, inverseFrequencies, options } = encoder;
  const columnOf = new Map(terms.map((term, column) => [term, column]));
  const rowIndices: number[] = [];
  const columnIndices: number[] = [];
  const values: number[] = [];
  for (const [row, item] of items.entries()) {
    const first = values.length;
    let squares = 0;
    for (const field of CONTENT_FIELDS) {
      const weight = options.fieldWeights[field];
      if (weight === 0) continue;
      const counts = new Map<number, number>();
      for (const term of termsOf(item, field)) {
        const column = columnOf.get(`${field}:${term}`);
        if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
      }
      if (counts.size === 0) continue;
      const start = values.length;
      let fieldSquares = 0;
      for (const [column, count] of counts) {
        const value = (1 + Math.log(count)) * inverseFrequencies[column]!;
        rowIndices.push(row);
        columnIndices.push(column);
        values.push(value);
        fieldSquares += value * value;
      }
      const scale = weight / Math.sqrt(fieldSquares);
      for (let cell = start; cell < values.length; cell++) values[cell]! *= scale;
      squares += weight * weight;
    }
    for (let cell = first; cell < values.length; cell++) values[cell]! /= Math.sqrt(squares);
  }
  return buildCsr(items.length, terms.length, { rowIndices, columnIndices, values });
}

/** The terms of one field, repeats and all. */
function termsOf(item: ItemContent, field: ContentField): readonly string[] {
  switch (field) {
    case 'words':
      return [item.title, ...item.skills, ...item.categories].flatMap(wordsOf);
    case 'pieces':
      return wordsOf(item.title).flatMap(piecesOf);
    case 'description':
      return item.description === null ? [] : wordsOf(item.description);
    case 'provider':
    case 'level':
    case 'language':
    case 'kind':
      return namesOf([item[field] ?? '']);
    case 'categories':
    case 'skills':
      return namesOf(item[field]);
    case 'audiences':
      return namesOf(item.audiences ?? []);
  }
}

/** Letters, marks and digits in a row, lower-cased; `c++` and `c#` keep what tells them from `c`. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+[+#]*/gu) ?? []
  );
}

function piecesOf(word: string): string[] {
  const isUnspaced = UNSPACED_SCRIPT.test(word);
  const length = isUnspaced ? UNSPACED_PIECE_LENGTH : PIECE_LENGTH;
  // The spaces round a word tell a beginning and an end from a middle.
  const signs = isUnspaced ? [...word] : [' ', ...word, ' '];
  const pieces: string[] = [];
  for (let start = 0; start + length <= signs.length; start++) pieces.push(signs.slice(start, start + length).join(''));
  return pieces;
}

function namesOf(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.normalize('NFKC').trim().toLowerCase()))].filter((name) => name !== '');
}

function assertContentOptions({ fieldWeights, minItems, maxItemShare, maxTerms }: ContentOptions): void {
  for (const field of CONTENT_FIELDS) {
    const weight = fieldWeights[field];
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new RangeError(`The weight of ${field} must be at least 0, not ${weight}.`);
    }
  }
  if (!(minItems >= 1)) throw new RangeError(`minItems must be at least 1, not ${minItems}.`);
  if (!(maxItemShare > 0 && maxItemShare <= 1)) throw new RangeError('maxItemShare must be above 0 and at most 1.');
  if (!Number.isSafeInteger(maxTerms) || maxTerms < 1) throw new RangeError('maxTerms must be at least 1.');
}
