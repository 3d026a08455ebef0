import { wordsOf } from './words.js';

/** The ways in which to look for what a term means, from the strictest on. Only when one finds nothing is the next tried. */
export interface TermReading {
  /** In the syntax of web search engines: words, "phrases", -exclusions and `or`. */
  readonly asTyped: string;
  /** What it is about, without the words that only say in which form; null: nothing else than what was typed. */
  readonly subject: string | null;
  /** The subject with misspelt words corrected; null: none looks misspelt. */
  readonly corrected: string | null;
  /** Words of which any will do; empty: the term is taken at its word. */
  readonly anyOf: readonly string[];
}

/** Longest term that is looked at, in UTF-16 code units. */
const MAX_LENGTH = 200;
const MAX_WORDS = 12;

/**
 * Words that say how or how far somebody wants to learn, and nothing of what, with the small words that come with them.
 * The catalogue's own words for the same thing differ too much ("Excel for beginners" is "Excel I"), and as one of
 * several words they would fit half of the catalogue.
 */
const FORM_WORDS = new Set(
  (
    'course courses training trainings tutorial tutorials workshop workshops class classes lesson lessons webinar video ' +
    'videos pdf online free basic basics beginner beginners fundamentals introduction intro advanced certificate ' +
    'certification a an and for how in of on the to with ' +
    'kurs kurse schulung schulungen seminar lehrgang einführung grundlagen anfänger fortgeschrittene zertifikat ' +
    'zertifizierung der die das für mit und ' +
    'cours formation formations atelier initiation introduction débutant débutants avancé le la les de des du pour et ' +
    'curso cursos formación taller introducción principiantes básico avanzado certificación el los las para y ' +
    'corso corsi formazione introduzione principianti cursus cursussen opleiding beginners voor'
  ).split(' '),
);

/** @param correctionOf the word that a misspelt one probably stands for; null: it is known, or nothing is near it */
export function readTerm(term: string, correctionOf: (word: string) => string | null): TermReading {
  // NUL ends a query, and lone surrogates have no UTF-8: neither is anything to look for.
  const asTyped = term
    .replace(/[\p{Cc}\p{Surrogate}]/gu, ' ')
    .slice(0, MAX_LENGTH)
    .replace(/\p{Surrogate}$/u, '')
    .toLowerCase();
  if (hasOperators(asTyped)) return { asTyped, subject: null, corrected: null, anyOf: [] };
  const words = [...new Set(wordsOf(asTyped).filter((word) => !FORM_WORDS.has(word)))].slice(0, MAX_WORDS);
  const corrections = words.map((word) => correctionOf(word) ?? word);
  const subject = words.join(' ');
  const corrected = corrections.join(' ');
  return {
    asTyped,
    subject: subject === '' || subject === asTyped ? null : subject,
    corrected: corrected === subject ? null : corrected,
    anyOf: corrections.length > 1 ? [...new Set(corrections)] : [],
  };
}

/** Who quotes, excludes or gives alternatives knows what they want. */
function hasOperators(term: string): boolean {
  return /"|(^|\s)-\S|\sor\s/u.test(term);
}
