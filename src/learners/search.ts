import { clip } from '../platform/text.js';
import { MIN_VIEW_SECONDS } from './courseState.js';
import type { ProfileEvent, Verb } from './profileEvent.js';

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

const MAX_TERM_LENGTH = 200;

/** One spelling for what is the same search: compatible characters, lower case, single blanks. May be empty. */
export function normaliseTerm(query: string): string {
  return clip(query.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim(), MAX_TERM_LENGTH).trimEnd();
}

/** How long a search, and one in vain, is of interest, and for how many terms of a learner. */
export const RECENT_SEARCH_DAYS = 30;
export const SEARCH_IN_VAIN_DAYS = 365;
export const MOST_SEARCH_TERMS = 20;

/** A course opened within this time after a search, ends included, counts as found by it. */
export const FOLLOWED_WITHIN_MINUTES = 30;

/** What opens a course, in the eyes of a search before it. */
export const OPENING_VERBS: readonly Verb[] = ['VIEWED', 'STARTED', 'PROGRESSED', 'COMPLETED', 'CLICKED', 'SAVED'];

/** Whether the event opens a course; a view shorter than `MIN_VIEW_SECONDS` does not. */
export function opensCourse({
  verb,
  courseId,
  durationSeconds,
}: Pick<ProfileEvent, 'verb' | 'courseId' | 'durationSeconds'>): boolean {
  if (courseId === null || !OPENING_VERBS.includes(verb)) return false;
  return verb !== 'VIEWED' || durationSeconds === null || durationSeconds >= MIN_VIEW_SECONDS;
}
