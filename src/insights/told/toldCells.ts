import { coarseCount, FEWEST_PEOPLE } from '../../learners/fewPeople/fewPeople.js';
import { type CountedGroup, tellableGroups } from '../../learners/fewPeople/tellableGroups.js';
import { grouped } from '../../platform/grouped.js';
import { cellName, cellOfName, type InsightCell, parentsOf, partitionOf } from '../cells/insightCell.js';
import { type GroupCount, type MonthTally, PARTING_KINDS, type TalliedGroup } from './monthTally.js';

/** What is told of one group and one cell. */
export interface ToldCell extends TalliedGroup, InsightCell {
  /** Different people, at least five, in steps of five. */
  readonly people: number;
  /** How often together, in steps of five. */
  readonly events: number;
}

/** A group of a cell, as the rule of groups takes it. */
interface Candidate extends CountedGroup<(typeof PARTING_KINDS)[number]> {
  readonly place: number;
}

/** What of one cell is counted and told. */
interface DecidedCell {
  readonly counts: ReadonlyMap<number, GroupCount>;
  /** Places of the groups that it is told of. */
  told: ReadonlySet<number>;
}

const ORGANISATION = 0;

/**
 * What may be told of a month, cell by cell, so that no two answers taken together tell of one to four people. A cell is
 * told of a group when
 *
 * - five of its people or more count in it,
 * - its parent cells (see `parentsOf`) are told of the group, and it leaves nobody or five people or more of each,
 * - where cells part the people of another among them (the states and the bins of unfinished courses; unfinished and
 *   completed ones of those begun), those that are told leave nobody or five or more of it,
 * - no term that is told and says which skill is looked for leaves one to four of those who look for the skill,
 * - what is told of the groups of a kind leaves nobody or five or more of the organisation, and no group differs by one to
 *   four people from groups of another kind taken together: see `tellableGroups`.
 *
 * The rules look at exact counts; told are steps of five. Nothing is told of groups where nothing is told of the
 * organisation.
 *
 * @param skillsOf ids of the skills that somebody looks for with a term
 */
export function* toldCells(tally: MonthTally, skillsOf: (term: string) => readonly string[]): Generator<ToldCell> {
  const decided = new Map<string, DecidedCell>();
  const termsOf = termsBySkill(tally, skillsOf);
  for (const name of tally.cells) {
    if (tally.peopleIn(name) < FEWEST_PEOPLE) continue;
    decide(tally, cellOfName(name), termsOf, decided);
    const cell = decided.get(name);
    if (cell === undefined) continue;
    for (const place of cell.told) {
      const { people, events } = cell.counts.get(place) as GroupCount;
      const group = tally.groups[place] as TalliedGroup;
      yield { ...cellOfName(name), ...group, people: coarseCount(people), events: coarseCount(events) };
    }
  }
}

/** The terms that were searched for, by the skill that they look for. */
function termsBySkill(
  tally: MonthTally,
  skillsOf: (term: string) => readonly string[],
): ReadonlyMap<string, readonly InsightCell[]> {
  const terms = [...tally.cells].map(cellOfName).filter(({ section, key }) => section === 'SEARCH' && key !== '');
  const pairs = terms.flatMap((term) => skillsOf(term.key).map((skillId) => ({ skillId, term })));
  const bySkill = new Map<string, InsightCell[]>();
  for (const [skillId, own] of grouped(pairs, (pair) => pair.skillId))
    bySkill.set(
      skillId,
      own.map(({ term }) => term),
    );
  return bySkill;
}

/** Decides on a cell and those that part the people of another with it, after those that they are parts of. */
function decide(
  tally: MonthTally,
  cell: InsightCell,
  termsOf: ReadonlyMap<string, readonly InsightCell[]>,
  decided: Map<string, DecidedCell>,
): void {
  if (decided.has(cellName(cell))) return;
  const { section, key } = cell;
  const partition = partitionOf(section);
  const siblings = partition?.parts.map((part) => ({ section: part, key })) ?? [cell];
  const parts = siblings.filter((sibling) => tally.has(cellName(sibling)));
  const terms = section === 'SKILL_DEMAND' ? (termsOf.get(key) ?? []) : [];
  const first = new Set([...parts.flatMap(parentsOf), ...terms].map(cellName));
  for (const name of first) if (tally.has(name)) decide(tally, cellOfName(name), termsOf, decided);
  const cells = parts.map((part) => decideAlone(tally, part, decided));
  const whole = partition && decided.get(cellName({ section: partition.whole, key }));
  if (whole) withholdTelltaleParts(tally, parts, cells, whole);
  parts.forEach((part, i) => {
    decided.set(cellName(part), cells[i] as DecidedCell);
  });
  for (const term of terms) {
    const [own, part] = [decided.get(cellName(cell)), decided.get(cellName(term))];
    if (own !== undefined && part !== undefined) withholdTelltaleWhole(tally, cell, own, part);
  }
}

/** Where a part that is told would leave one to four people of a cell, the cell is not told. */
function withholdTelltaleWhole(tally: MonthTally, cell: InsightCell, whole: DecidedCell, part: DecidedCell): void {
  const allowed = [...whole.told].filter(
    (place) => !(part.told.has(place) && areFew(peopleOf(whole, place) - peopleOf(part, place))),
  );
  if (allowed.length < whole.told.size) whole.told = tellableOf(tally, cell, whole.counts, new Set(allowed));
}

function decideAlone(tally: MonthTally, cell: InsightCell, decided: ReadonlyMap<string, DecidedCell>): DecidedCell {
  const counts = new Map<number, { people: number; events: number }>();
  for (const { places, people, events } of tally.atomsOf(cellName(cell))) {
    for (const place of places) {
      const known = counts.get(place);
      if (known === undefined) counts.set(place, { people, events });
      else {
        known.people += people;
        known.events += events;
      }
    }
  }
  const parents = parentsOf(cell).map((parent) => decided.get(cellName(parent)) ?? null);
  const allowed = [...counts].filter(
    ([place, { people }]) =>
      people >= FEWEST_PEOPLE &&
      parents.every((parent) => {
        return parent?.told.has(place) === true && !areFew((parent.counts.get(place)?.people ?? 0) - people);
      }),
  );
  return { counts, told: tellableOf(tally, cell, counts, new Set(allowed.map(([place]) => place))) };
}

/** Of the groups allowed those that give nobody away together. */
function tellableOf(
  tally: MonthTally,
  cell: InsightCell,
  counts: ReadonlyMap<number, GroupCount>,
  allowed: ReadonlySet<number>,
): ReadonlySet<number> {
  if (!allowed.has(ORGANISATION)) return new Set();
  const candidates: Candidate[] = [...allowed].flatMap((place) => {
    const { kind, value } = tally.groups[place] as TalliedGroup;
    return kind === 'ORGANISATION' ? [] : [{ kind, name: value, place, people: counts.get(place)?.people ?? 0 }];
  });
  if (candidates.length === 0) return new Set([ORGANISATION]);
  const tellable = tellableGroups<(typeof PARTING_KINDS)[number], Candidate>(
    PARTING_KINDS,
    tally.atomsOf(cellName(cell)),
    candidates,
  );
  return new Set([ORGANISATION, ...[...tellable].map(({ place }) => place)]);
}

/**
 * Where the parts that are told would leave one to four people of what they part, none of them is told of that group; what
 * that leaves of the organisation is looked at anew, until nothing changes.
 */
function withholdTelltaleParts(
  tally: MonthTally,
  parts: readonly InsightCell[],
  cells: readonly DecidedCell[],
  parent: DecidedCell,
): void {
  for (;;) {
    const telltale = [...parent.told].filter((place) => {
      const told = cells.filter((cell) => cell.told.has(place));
      const left = told.reduce((sum, { counts }) => sum - (counts.get(place)?.people ?? 0), peopleOf(parent, place));
      return told.length > 0 && areFew(left);
    });
    if (telltale.length === 0) return;
    cells.forEach((cell, i) => {
      const allowed = new Set([...cell.told].filter((place) => !telltale.includes(place)));
      cell.told = tellableOf(tally, parts[i] as InsightCell, cell.counts, allowed);
    });
  }
}

const peopleOf = ({ counts }: DecidedCell, place: number): number => counts.get(place)?.people ?? 0;

const areFew = (people: number): boolean => people > 0 && people < FEWEST_PEOPLE;
