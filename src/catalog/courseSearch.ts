import type { Course, Skill } from './course.js';
import { readTerm, type TermReading } from './searchTerm.js';
import type { Vocabulary } from './vocabulary.js';

/** What a search term finds in the catalogue. */
export interface TermMatches {
  readonly term: string;
  /** What was looked for instead, since words of the term looked misspelt and nothing has them as they are; else null. */
  readonly correctedTerm: string | null;
  /** No course has all of the words: these have some of them. */
  readonly isPartial: boolean;
  /** Best first, ties by id, at most `MAX_MATCHES`; open to be recommended or not. */
  readonly courses: readonly FoundCourse[];
}

export interface FoundCourse {
  readonly courseId: string;
  /** Above 0, at most 1: 1 for the best course of the term; at most a half when `isPartial`. */
  readonly relevance: number;
}

/** Stages of a search: a later one counts only where the earlier ones found nothing. */
export const STAGES = { asTyped: 0, subject: 1, corrected: 2, anyOf: 3 } as const;

/** One way of looking for the term at a place in the list of terms. */
export interface SearchAttempt {
  readonly place: number;
  readonly stage: number;
  readonly words: string;
}

/** A course that an attempt found. */
export interface FoundRow extends FoundCourse {
  readonly place: number;
  readonly stage: number;
}

/** Everything that the terms ask of the database, and how each was read. */
export function planSearch(
  terms: readonly string[],
  vocabulary: Vocabulary,
): { readonly readings: readonly TermReading[]; readonly attempts: readonly SearchAttempt[] } {
  const readings = terms.map((term) => readTerm(term, vocabulary.correctionOf));
  const attempts = readings.flatMap(({ asTyped, subject, corrected, anyOf }, place) => [
    { place, stage: STAGES.asTyped, words: asTyped },
    ...(subject === null ? [] : [{ place, stage: STAGES.subject, words: subject }]),
    ...(corrected === null ? [] : [{ place, stage: STAGES.corrected, words: corrected }]),
    ...anyOf.map((words) => ({ place, stage: STAGES.anyOf, words })),
  ]);
  return { readings, attempts };
}

/** @param rows in the order of the places, and best first for each */
export function matchesOf(
  terms: readonly string[],
  readings: readonly TermReading[],
  rows: readonly FoundRow[],
): TermMatches[] {
  const found = terms.map((): FoundRow[] => []);
  for (const row of rows) found[row.place]?.push(row);
  return terms.map((term, place) => {
    const hits = found[place] ?? [];
    const stage = hits[0]?.stage ?? STAGES.asTyped;
    return {
      term,
      correctedTerm: stage >= STAGES.corrected ? (readings[place]?.corrected ?? null) : null,
      isPartial: stage === STAGES.anyOf,
      courses: hits.map(({ courseId, relevance }) => ({ courseId, relevance })),
    };
  });
}

/** What the words of searches are compared with when nothing has them. */
export function* vocabularyTexts(courses: readonly Course[], skills: readonly Skill[]): Iterable<string> {
  for (const { title } of courses) yield title;
  for (const { name } of skills) yield name;
}
