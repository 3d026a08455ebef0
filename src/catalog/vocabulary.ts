import { wordsOf } from './words.js';

/** The words of a catalogue, to see what a misspelt one was meant to be. */
export interface Vocabulary {
  /**
   * The one word nearest to this one: a slip away from at least four letters, or two slips from at least eight. Null when
   * the word is known, too short, has digits, or when several words are equally near.
   */
  correctionOf(word: string): string | null;
}

const LEAST_LENGTH = 4;
const LEAST_LENGTH_FOR_TWO = 8;

interface Entry {
  readonly word: string;
  readonly letters: number;
}

/** @param texts titles and names; of what is longer, such as descriptions, too much is misspelt itself */
export function createVocabulary(texts: Iterable<string>): Vocabulary {
  const words = new Set<string>();
  for (const text of texts) for (const word of wordsOf(text)) words.add(word);
  const byLength = new Map<number, Entry[]>();
  for (const word of words) {
    if (!isCorrectable(word)) continue;
    const entry = { word, letters: letterSet(word) };
    const entries = byLength.get(word.length);
    if (entries === undefined) byLength.set(word.length, [entry]);
    else entries.push(entry);
  }
  return {
    correctionOf(word) {
      if (words.has(word) || !isCorrectable(word)) return null;
      const letters = letterSet(word);
      let limit = word.length >= LEAST_LENGTH_FOR_TWO ? 2 : 1;
      let nearest: string | null = null;
      let nearestSlips = limit + 1;
      for (let length = word.length - limit; length <= word.length + limit; length++) {
        for (const entry of byLength.get(length) ?? []) {
          // A slip adds and takes away one letter at most, so most words need no closer look.
          if (bitCount(entry.letters ^ letters) > 2 * limit) continue;
          const slips = slipsBetween(word, entry.word, limit);
          if (slips > limit || slips > nearestSlips) continue;
          nearest = slips < nearestSlips ? entry.word : null;
          nearestSlips = slips;
          limit = Math.min(limit, slips);
        }
      }
      return nearest;
    },
  };
}

function isCorrectable(word: string): boolean {
  return word.length >= LEAST_LENGTH && !/\p{N}/u.test(word);
}

/** One bit for each letter that occurs; letters beyond 32 share bits. */
function letterSet(word: string): number {
  let letters = 0;
  for (let i = 0; i < word.length; i++) letters |= 1 << (word.charCodeAt(i) & 31);
  return letters;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}

/**
 * How many letters must be left out, put in, replaced, or swapped with their neighbour to get from one word to the other
 * (Damerau-Levenshtein distance, in its form of optimal string alignment: no letter is touched twice).
 *
 * @returns `limit` + 1 for everything above `limit`
 */
export function slipsBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let slips = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (isSame ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        slips = Math.min(slips, (beforeLast[j - 2] as number) + 1);
      }
      row.push(slips);
      if (slips < least) least = slips;
    }
    // A swap reaches back two rows, and costs one from there: a row above the limit cannot be mended by it.
    if (least > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length] as number, limit + 1);
}
