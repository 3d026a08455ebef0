import { createHash } from 'node:crypto';
import { teamDraft } from '../../recsys/interleave.js';
import type { RankedCourse, RecommendedCourse, RecommendedList } from './pipeline.js';

/** Which of two lists a place was drawn from. */
export const SERVED_TEAMS = ['CONTROL', 'CHALLENGER'] as const;
export type ServedTeam = (typeof SERVED_TEAMS)[number];

/** How a team is stored: a letter for each place. */
const LETTERS: Readonly<Record<ServedTeam, string>> = { CONTROL: 'C', CHALLENGER: 'T' };

/** A list drawn from the lists that two variants make for one person. */
export interface InterleavedList extends RecommendedList {
  /** Of each place a letter; see `teamAt`. */
  readonly teams: string;
}

/**
 * The team draft of two lists of one catalogue.
 *
 * @param lists each with reasons for at least `pageSize` places: no list is gone into further than the drawn one is long
 * @param seed equal seeds draw alike
 */
export function interleaveLists(
  lists: Readonly<Record<ServedTeam, RecommendedList>>,
  length: number,
  pageSize: number,
  seed: string,
): InterleavedList {
  const { CONTROL: control, CHALLENGER: challenger } = lists;
  const positions = ({ ranked }: RecommendedList) => ranked.map(({ position }) => position);
  const { items, teams } = teamDraft(positions(control), positions(challenger), length, coins(seed));
  const teamOf = (i: number) => lists[teams[i] === 0 ? 'CONTROL' : 'CHALLENGER'];
  const ranked = items.map((position, i) => placeOf(teamOf(i).ranked, position) as RankedCourse);
  const firstPage = items
    .slice(0, pageSize)
    .map((position, i) => placeOf(teamOf(i).firstPage, position) as RecommendedCourse);
  const letters = Array.from(teams, (team) => LETTERS[team === 0 ? 'CONTROL' : 'CHALLENGER']);
  return { strategy: control.strategy, ranked, firstPage, teams: letters.join('') };
}

/** The team of a place of a stored list; null: the list was not drawn from two. */
export function teamAt(teams: string | null, index: number): ServedTeam | null {
  const letter = teams?.[index];
  return SERVED_TEAMS.find((team) => LETTERS[team] === letter) ?? null;
}

function placeOf<Place extends RankedCourse>(places: readonly Place[], position: number): Place | undefined {
  return places.find((place) => place.position === position);
}

/** The bits of the SHA-256 of a seed, which are more than a list has rounds, over and over. */
function coins(seed: string): () => boolean {
  const bytes = createHash('sha256').update(seed).digest();
  let tossed = 0;
  return () => {
    const byte = bytes[(tossed >> 3) % bytes.length] as number;
    const isFirst = ((byte >> (tossed & 7)) & 1) === 1;
    tossed += 1;
    return isFirst;
  };
}
