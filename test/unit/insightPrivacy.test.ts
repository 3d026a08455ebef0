import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellName, type InsightCell, parentsOf, type Section } from '../../src/insights/cells/insightCell.js';
import { MonthTally, type OwnGroups, PARTING_KINDS } from '../../src/insights/told/monthTally.js';
import { type ToldCell, toldCells } from '../../src/insights/told/toldCells.js';

interface Person {
  readonly groups: OwnGroups;
  /** Names of cells. */
  readonly cells: ReadonlySet<string>;
}

const cell = (section: Section, key = ''): InsightCell => ({ section, key });

/** A person counts in the parents of a cell, and in theirs, wherever they count in it. */
function withParents(cells: readonly InsightCell[]): ReadonlySet<string> {
  const all = new Set<string>();
  const add = (one: InsightCell): void => {
    all.add(cellName(one));
    for (const parent of parentsOf(one)) add(parent);
  };
  for (const one of cells) add(one);
  return all;
}

/** Whoever searches for x or y looks for one skill. */
const skillsOf = (term: string) => (['x', 'y'].includes(term) ? ['letters'] : []);

function tell(people: readonly Person[]): ToldCell[] {
  const tally = new MonthTally();
  for (const { groups, cells } of people) tally.add(groups, new Map([...cells].map((name) => [name, 1])));
  return [...toldCells(tally, skillsOf)];
}

const someone = (department: string | null, location: string | null, ...cells: InsightCell[]): Person => ({
  groups: { DEPARTMENT: department, LOCATION: location, ROLE: null },
  cells: withParents(cells),
});
const times = (count: number, make: () => Person): Person[] => Array.from({ length: count }, make);
const named = (told: readonly ToldCell[]) =>
  told
    .map(({ kind, value, section, key, people }) =>
      [kind, value, section, key, people].filter((s) => s !== '').join(' '),
    )
    .sort();

describe('what is told of groups', () => {
  test('is of five people at least, in steps of five', () => {
    expect(named(tell(times(4, () => someone('Sales', null, cell('PAGE', '/a')))))).toEqual([]);
    const seven = times(7, () => someone('Sales', null, cell('ACTIVE')));
    expect(named(tell(seven))).toEqual(['DEPARTMENT Sales ACTIVE 5', 'ORGANISATION ACTIVE 5']);
    const eight = [...seven, someone('Sales', null, cell('ACTIVE'))];
    expect(named(tell(eight))).toEqual(['DEPARTMENT Sales ACTIVE 10', 'ORGANISATION ACTIVE 10']);
  });

  test('leaves no few of the organisation when departments are taken from it', () => {
    const people = [
      ...times(9, () => someone('Sales', null, cell('SEARCH', 'divorce'))),
      ...times(3, () => someone('Legal', null, cell('SEARCH', 'divorce'))),
      ...times(6, () => someone('Legal', null, cell('ACTIVE'))),
    ];
    // Sales would leave the three of Legal.
    expect(named(tell(people)).filter((line) => line.includes('divorce'))).toEqual(['ORGANISATION SEARCH divorce 10']);
  });

  test('leaves no few of a cell when a part of it is taken from it', () => {
    const people = [
      ...times(7, () => someone('Sales', null, cell('SEARCH_ZERO', 'python'))),
      ...times(2, () => someone('Sales', null, cell('SEARCH', 'python'))),
      ...times(9, () => someone('Sales', null, cell('ACTIVE'))),
    ];
    const told = named(tell(people));
    expect(told).toContain('ORGANISATION SEARCH python 10');
    expect(told.filter((line) => line.includes('SEARCH_ZERO'))).toEqual([]);
  });

  test('leaves out all parts of unfinished courses where those that may be told would leave a few', () => {
    const left = (section: Section, count: number) => times(count, () => someone(null, null, cell(section, 'c')));
    const two = [
      ...left('UNFINISHED_PAUSED', 6),
      ...left('UNFINISHED_STUCK', 5),
      ...times(9, () => someone(null, null, cell('ACTIVE'))),
    ];
    const states = (people: readonly Person[]) => named(tell(people)).filter((line) => /UNFINISHED.* c /.test(line));
    expect(states(two)).toEqual([
      'ORGANISATION UNFINISHED c 10',
      'ORGANISATION UNFINISHED_PAUSED c 5',
      'ORGANISATION UNFINISHED_STUCK c 5',
    ]);
    expect(states([...two, ...left('UNFINISHED_LOST_INTEREST', 2)])).toEqual(['ORGANISATION UNFINISHED c 15']);
  });

  test('leaves no few of those who began a course when who finished it and who did not are taken from them', () => {
    const did = (section: Section, count: number) => times(count, () => someone(null, null, cell(section, 'c')));
    const told = (people: readonly Person[]) =>
      named(tell(people)).filter((line) => / (FUNNEL_STARTED|FUNNEL_COMPLETED|UNFINISHED) c /.test(line));
    // Thirteen began and twelve have not finished: who has would be told.
    expect(told([...did('UNFINISHED', 12), ...did('FUNNEL_COMPLETED', 1)])).toEqual([
      'ORGANISATION FUNNEL_STARTED c 15',
    ]);
    // Of eighteen, six finished and ten did not; two have finished it before.
    const three = [...did('UNFINISHED', 10), ...did('FUNNEL_COMPLETED', 6), ...did('FUNNEL_STARTED', 2)];
    expect(told(three)).toEqual(['ORGANISATION FUNNEL_STARTED c 20']);
    expect(told([...did('UNFINISHED', 10), ...did('FUNNEL_COMPLETED', 6)])).toEqual([
      'ORGANISATION FUNNEL_COMPLETED c 5',
      'ORGANISATION FUNNEL_STARTED c 15',
      'ORGANISATION UNFINISHED c 10',
    ]);
  });

  test('does not tell of a skill that people look for where a term for it leaves a few of them', () => {
    const looks = (term: string, count: number) =>
      times(count, () => someone(null, null, cell('SEARCH', term), cell('SKILL_DEMAND', 'letters')));
    const others = times(9, () => someone(null, null, cell('SEARCH', 'else')));
    const told = (people: readonly Person[]) =>
      named(tell([...people, ...others])).filter((line) => / (x|letters) /.test(line));
    expect(told([...looks('x', 9), ...looks('y', 2)])).toEqual(['ORGANISATION SEARCH x 10']);
    expect(told([...looks('x', 9), ...looks('y', 6)])).toEqual([
      'ORGANISATION SEARCH x 10',
      'ORGANISATION SKILL_DEMAND letters 15',
    ]);
  });

  test('shows no difference between five people and the same five with one more', () => {
    const five = times(5, () => someone('Sales', 'Lyon', cell('PAGE', '/a'), cell('DEVICE', 'MOBILE')));
    expect(tell([...five, ...five.slice(0, 1)])).toEqual(tell(five).map((one) => ({ ...one, people: 5, events: 5 })));
  });
});

const [PAUSED, STUCK] = [cell('UNFINISHED_PAUSED', 'c'), cell('UNFINISHED_STUCK', 'c')];
const FINISHED = cell('FUNNEL_COMPLETED', 'c');
const CELLS: readonly InsightCell[] = [
  cell('ACTIVE'),
  cell('PAGE', '/a'),
  cell('SEARCH', 'x'),
  cell('SEARCH', 'y'),
  cell('SEARCH_ZERO', 'x'),
  cell('SEARCH_NO_CLICK', 'x'),
  PAUSED,
  STUCK,
  cell('UNFINISHED_AT_3', 'c'),
  cell('FUNNEL_CLICKED', 'c'),
  cell('FUNNEL_STARTED', 'c'),
  FINISHED,
  cell('AFTER_SHOWN_STARTED'),
];
const nameFrom = (...names: string[]) => fc.option(fc.constantFrom(...names), { nil: null });
/** People who are much alike, so that groups and cells are often nearly the same. */
const crowd = fc.record({
  count: fc.integer({ min: 1, max: 9 }),
  groups: fc.record({
    DEPARTMENT: nameFrom('A', 'B', 'C'),
    LOCATION: nameFrom('L', 'M', 'N'),
    ROLE: nameFrom('r', 's'),
  }),
  // Nobody is paused and stuck in one course, nor has finished what they have not.
  cells: fc
    .subarray([...CELLS])
    .map((cells) => (cells.includes(PAUSED) ? cells.filter((one) => one !== STUCK) : cells))
    .map((cells) =>
      cells.some(({ section }) => section.startsWith('UNFINISHED')) ? cells.filter((one) => one !== FINISHED) : cells,
    )
    .map((cells) =>
      cells.some(({ section }) => section.startsWith('SEARCH')) ? [...cells, cell('SKILL_DEMAND', 'letters')] : cells,
    ),
});

describe('an attacker who takes answers from one another', () => {
  test('never finds a set of one to four people, not even from exact figures', () => {
    fc.assert(
      fc.property(fc.array(crowd, { minLength: 1, maxLength: 12 }), (crowds) => {
        const people = crowds.flatMap(({ count, groups, cells }) =>
          times(count, () => ({ groups, cells: withParents(cells) })),
        );
        const told = tell(people);
        expect(fewFoundBy(people, told)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('would find some if all cells of five people were told', () => {
    const people = [
      ...times(9, () => someone('A', 'L', cell('PAGE', '/a'))),
      ...times(2, () => someone('B', 'L', cell('PAGE', '/a'))),
    ];
    const all: ToldCell[] = [
      { kind: 'ORGANISATION', value: '', section: 'PAGE', key: '/a', people: 10, events: 10 },
      { kind: 'DEPARTMENT', value: 'A', section: 'PAGE', key: '/a', people: 10, events: 10 },
    ];
    expect(fewFoundBy(people, all)).not.toEqual([]);
  });
});

/**
 * Takes from each other: a cell and its parents in one group, the organisation and all groups of a kind together or one by
 * one, a group and any groups of another kind taken together, the parent of unfinished courses and its parts together.
 */
function fewFoundBy(people: readonly Person[], told: readonly ToldCell[]): string[] {
  const membersOf = ({ kind, value, ...one }: ToldCell): ReadonlySet<Person> =>
    new Set(
      people.filter(
        ({ groups, cells }) => (kind === 'ORGANISATION' || groups[kind] === value) && cells.has(cellName(one)),
      ),
    );
  const found: string[] = [];
  const look = (what: string, whole: ReadonlySet<Person>, parts: readonly ReadonlySet<Person>[]): void => {
    const union = new Set(parts.flatMap((part) => [...part]));
    const apart =
      [...union].filter((one) => !whole.has(one)).length + [...whole].filter((one) => !union.has(one)).length;
    if (apart > 0 && apart < 5) found.push(`${what}: ${apart}`);
  };
  for (const one of told) {
    const whole = membersOf(one);
    if (whole.size < 5) found.push(`${JSON.stringify(one)} is of ${whole.size}`);
    const sameCell = told.filter((other) => cellName(other) === cellName(one));
    for (const kind of PARTING_KINDS) {
      const groups = sameCell.filter((other) => other.kind === kind).map(membersOf);
      if (one.kind === 'ORGANISATION') look(`everybody less ${kind}`, whole, groups);
      if (one.kind !== kind)
        for (const some of unionsOf(groups)) if (some.length > 0) look(`${one.value} and ${kind}`, whole, some);
    }
    const sameGroup = told.filter((other) => other.kind === one.kind && other.value === one.value);
    const children = sameGroup.filter((other) => parentsOf(other).some((parent) => cellName(parent) === cellName(one)));
    for (const child of children) look('a cell less a part', whole, [membersOf(child)]);
    if (one.section === 'FUNNEL_STARTED' && one.key !== '') {
      const ends = sameGroup.filter(
        ({ section, key }) => key === one.key && ['UNFINISHED', 'FUNNEL_COMPLETED'].includes(section),
      );
      if (ends.length > 0) look('those who began less those who ended', whole, ends.map(membersOf));
    }
    if (one.section === 'SKILL_DEMAND') {
      const terms = sameGroup.filter(({ section, key }) => section === 'SEARCH' && skillsOf(key).includes(one.key));
      for (const term of terms) look('a skill less a term for it', whole, [membersOf(term)]);
    }
    if (one.section === 'UNFINISHED' && one.key !== '') {
      const states = children.filter(({ section }) => ['UNFINISHED_PAUSED', 'UNFINISHED_STUCK'].includes(section));
      if (states.length > 0) look('a course less its states', whole, states.map(membersOf));
    }
  }
  return found;
}

/** All ways to take some of the sets together. */
function unionsOf<T>(sets: readonly T[]): readonly (readonly T[])[] {
  const [first, ...others] = sets;
  if (first === undefined) return [[]];
  return unionsOf(others).flatMap((some) => [some, [first, ...some]]);
}
