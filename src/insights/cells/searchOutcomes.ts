import { readTerm } from '../../catalog/searchTerm.js';
import { wordsOf } from '../../catalog/words.js';
import { FOLLOWED_WITHIN_MINUTES, normaliseTerm, opensCourse } from '../../learners/search.js';
import type { InsightEvent } from './insightEvent.js';

/** One search of one person, and what came of it. */
export interface SearchOutcome {
  /** As `normaliseTerm` leaves it. */
  readonly term: string;
  readonly atMs: number;
  /** The portal said that it found nothing. */
  readonly hadNoResults: boolean;
  /** It found something, or did not say, and no course was opened after it. */
  readonly isNoClick: boolean;
  /** The person tried again in other words that share its intent. */
  readonly isReformulated: boolean;
}

const MINUTE_MS = 60_000;
const REFORMULATED_WITHIN_MINUTES = 5;
/** Of letter pairs in common: "managment" and "management" have 0.94, "leading" and "reading" 0.83, "sales" and "scales" 0.67. */
const ALIKE_WORDS = 0.8;
const SHORTEST_ALIKE_WORD = 4;

/** A search that is being followed. */
interface OpenSearch {
  readonly term: string;
  readonly atMs: number;
  lastAtMs: number;
  resultCount: number | null;
  isAnswered: boolean;
}

/**
 * What came of each search of one person.
 *
 * The same words again within half an hour, with no course opened in between, are the same search: pages are turned and
 * filters set. A search is answered by the first course opened (see `opensCourse`) within half an hour of it, ends
 * included, and before the next search. It is reformulated when the next search follows within 5 minutes, no course was
 * opened between the two, and they share intent: see `sharesIntent`.
 *
 * @param events in order of time
 */
export function searchOutcomes(events: readonly InsightEvent[]): SearchOutcome[] {
  const outcomes: SearchOutcome[] = [];
  let open: OpenSearch | null = null;
  for (const event of events) {
    const { atMs } = event;
    if (open !== null && opensCourse(event) && atMs - open.lastAtMs <= FOLLOWED_WITHIN_MINUTES * MINUTE_MS) {
      open.isAnswered = true;
    }
    const term = event.verb === 'SEARCHED' ? normaliseTerm(event.query ?? '') : '';
    if (term === '') continue;
    if (open !== null && isAgain(open, term, atMs)) {
      open.lastAtMs = atMs;
      open.resultCount = event.resultCount ?? open.resultCount;
      continue;
    }
    if (open !== null) outcomes.push(outcomeOf(open, { term, atMs }));
    open = { term, atMs, lastAtMs: atMs, resultCount: event.resultCount, isAnswered: false };
  }
  if (open !== null) outcomes.push(outcomeOf(open, null));
  return outcomes;
}

function isAgain(open: OpenSearch, term: string, atMs: number): boolean {
  return open.term === term && !open.isAnswered && atMs - open.lastAtMs <= FOLLOWED_WITHIN_MINUTES * MINUTE_MS;
}

function outcomeOf(search: OpenSearch, next: { readonly term: string; readonly atMs: number } | null): SearchOutcome {
  const { term, atMs, lastAtMs, resultCount, isAnswered } = search;
  const hadNoResults = resultCount === 0;
  return {
    ...{ term, atMs, hadNoResults },
    isNoClick: !hadNoResults && !isAnswered,
    isReformulated:
      next !== null &&
      !isAnswered &&
      next.atMs - lastAtMs <= REFORMULATED_WITHIN_MINUTES * MINUTE_MS &&
      sharesIntent(term, next.term),
  };
}

/**
 * Whether two different terms look for the same thing: they have a word in common that says what somebody wants to learn
 * ("excel course" and "excel pivot", but not "excel course" and "sales course"), words alike but for a slip of the fingers,
 * or one is the beginning of the other. Terms in other words altogether, such as translations, are not recognised.
 */
export function sharesIntent(a: string, b: string): boolean {
  if (a === b) return false;
  if (a.startsWith(b) || b.startsWith(a)) return true;
  const others = tellingWords(b);
  return tellingWords(a).some((word) => others.some((other) => word === other || areAlike(word, other)));
}

function tellingWords(term: string): readonly string[] {
  const { subject, asTyped } = readTerm(term, () => null);
  return wordsOf(subject ?? asTyped);
}

/** By the share of letter pairs that two words have in common (Dice 1945), or the same letters in another order. */
function areAlike(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < SHORTEST_ALIKE_WORD) return false;
  if (a.length === b.length && [...a].sort().join('') === [...b].sort().join('')) return true;
  const pairsOf = (word: string) => Array.from({ length: word.length - 1 }, (_, i) => word.slice(i, i + 2));
  const rest = pairsOf(b);
  let common = 0;
  for (const pair of pairsOf(a)) {
    const place = rest.indexOf(pair);
    if (place < 0) continue;
    rest.splice(place, 1);
    common += 1;
  }
  return (2 * common) / (a.length + b.length - 2) >= ALIKE_WORDS;
}
