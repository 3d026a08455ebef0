/** What a learner searched for at one moment. */
export interface LearnerSearch {
  /** As `normaliseTerm` leaves it. */
  readonly term: string;
  readonly atMs: number;
  /** The portal found nothing. */
  readonly hadNoResults: boolean;
  /** When they opened a course within half an hour after it; null: they did not. */
  readonly followedAtMs: number | null;
}

export const MAX_TERM_LENGTH = 200;

/** One spelling for what is the same search: compatible characters, lower case, single blanks. May be empty. */
export function normaliseTerm(query: string): string {
  return query.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim().slice(0, MAX_TERM_LENGTH).trimEnd();
}
