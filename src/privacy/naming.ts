import type { ImpersonalTable, PersonalTable, PersonalUse, StoredRow } from '../platform/personalData.js';

// Where stored values name a person, and how they come to name them no more.

/** Somebody, and what stands in the place of their id once they are erased. */
export interface NamedPerson {
  readonly id: string;
  readonly pseudonym: string;
}

export type DeclaredTable = PersonalTable | ImpersonalTable;

/** Names in JSON under which ids of people stand, and nothing else. */
const PERSON_NAMES = new Set(['learnerId', 'learnerIds', 'managerId', 'unitId']);
const SHORTEST_DISTINCTIVE = 5;
const SHORTEST_PLAIN_DISTINCTIVE = 12;
const ANOTHER_PERSON = 'another person';

/**
 * Whether an id can hardly be anything else where it stands as a word of a text: `e-00042`, but neither `42`, which may be
 * a number, nor `may`, which may be a month. Others are known in texts by the words before them only.
 */
export function isDistinctive(id: string): boolean {
  if (/^\d+$/.test(id)) return false;
  if (id.length >= SHORTEST_PLAIN_DISTINCTIVE) return true;
  return id.length >= SHORTEST_DISTINCTIVE && /[\d@._-]/.test(id);
}

/** What every text that names them contains, in small or capital letters, for a database to look for first. */
export function needleOf(id: string): string {
  // Texts within JSON are written with these escaped.
  const parts = id.split(/["\\]/);
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

/** Whether a stored value names somebody, by what its column says of people. */
export function names(use: PersonalUse, value: unknown, id: string): boolean {
  // Any pseudonym that is not the id will do.
  return replaced(use, value, { id, pseudonym: `${id}'` }) !== value;
}

/** Whether any text within a value has the id as a word; for ids that are distinctive. */
export function hasWord(value: unknown, id: string): boolean {
  return inJson(value, { id, pseudonym: `${id}'` }, null) !== value;
}

/** The value with the pseudonym in the place of the person; the very value when it does not name them. */
export function replaced(use: PersonalUse, value: unknown, person: NamedPerson): unknown {
  if (value === null || value === undefined) return value;
  switch (use) {
    case 'SUBJECT':
    case 'PERSON':
      return value === person.id ? person.pseudonym : value;
    case 'CLEARED':
      return value === person.id ? null : value;
    case 'IDS':
      return Array.isArray(value) && value.includes(person.id) ? value.filter((id) => id !== person.id) : value;
    case 'ACTOR':
      return value === `person ${person.id}` ? `person ${person.pseudonym}` : value;
    case 'JSON':
      return inJson(value, person, null);
    case 'PROSE':
      return typeof value === 'string' ? inProse(value, person) : value;
    case 'PENDING':
      return value;
  }
}

/** A row with the person replaced in every column that may name them; null: it does not. */
export function replacedRow(table: PersonalTable, row: StoredRow, person: NamedPerson): StoredRow | null {
  const changed = Object.entries(table.columns).flatMap(([column, use]) => {
    const value = replaced(use, row[column], person);
    return value === row[column] ? [] : [[column, value] as const];
  });
  if (changed.length === 0) return null;
  const made = { ...row, ...Object.fromEntries(changed) };
  return table.mend?.(made) ?? made;
}

/** Whether a row names somebody, or is theirs. */
export function rowNames(table: PersonalTable, row: StoredRow, id: string): boolean {
  return Object.entries(table.columns).some(([column, use]) => names(use, row[column], id));
}

/**
 * How an id stands in a row when all that is declared was erased. NAMES: where people are declared to stand, or nothing is
 * declared, so that it has to go. WORD: as a word of something else, such as a course that goes by the same id, or as a part
 * of the id of another person; erasing again would leave it there. Null: it does not.
 *
 * @param declared null: nothing is declared of the table
 */
export function traceIn(declared: DeclaredTable | null, row: StoredRow, id: string): 'NAMES' | 'WORD' | null {
  let isWord = false;
  for (const [column, value] of Object.entries(row)) {
    const use = declared !== null && isPersonal(declared) ? declared.columns[column] : undefined;
    if (use === 'PENDING') continue;
    if (use !== undefined && names(use, value, id)) return 'NAMES';
    if (!isDistinctive(id) || !hasWord(value, id)) continue;
    if (use === undefined && !isSaidImpersonal(declared, column)) return 'NAMES';
    isWord = true;
  }
  return isWord ? 'WORD' : null;
}

/** Whether a column is declared to say nothing of people. */
export function isSaidImpersonal(declared: DeclaredTable | null, column: string): boolean {
  return declared !== null && (!isPersonal(declared) || declared.impersonal.includes(column));
}

const isPersonal = (declared: DeclaredTable): declared is PersonalTable => 'columns' in declared;

/**
 * A row of others as it is told to somebody whom it names: without other people, and without what others wrote. What they
 * did themself is told whole.
 */
export function toldRow(table: PersonalTable, row: StoredRow, id: string): StoredRow {
  const uses = Object.entries(table.columns);
  if (uses.some(([column, use]) => use === 'ACTOR' && names(use, row[column], id))) return row;
  const told = uses.map(([column, use]) => [column, toldValue(use, row[column], id)] as const);
  return { ...row, ...Object.fromEntries(told) };
}

function toldValue(use: PersonalUse, value: unknown, id: string): unknown {
  if (value === null || value === undefined) return value;
  if (use === 'JSON') return withoutOthers(value, id, null);
  if (use === 'ACTOR') return typeof value === 'string' ? otherActor(value, id) : value;
  if (use === 'IDS') return Array.isArray(value) ? value.filter((other) => other === id) : [];
  return value === id ? value : null;
}

const otherActor = (value: string, id: string): string =>
  value.startsWith('person ') && value !== `person ${id}` ? ANOTHER_PERSON : value;

function withoutOthers(value: unknown, id: string, name: string | null): unknown {
  if (typeof value === 'string') {
    if (name !== null && PERSON_NAMES.has(name)) return value === id ? value : ANOTHER_PERSON;
    return otherActor(value, id);
  }
  if (Array.isArray(value)) {
    const told = value.map((item) => withoutOthers(item, id, name));
    return name !== null && PERSON_NAMES.has(name) ? told.filter((item) => item !== ANOTHER_PERSON) : told;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutOthers(inner, id, key)]));
}

function inJson(value: unknown, person: NamedPerson, name: string | null): unknown {
  if (typeof value === 'string') {
    if (name !== null && PERSON_NAMES.has(name)) return value === person.id ? person.pseudonym : value;
    return inProse(value, person);
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => inJson(item, person, name));
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const before = Object.entries(value);
  const after = before.map(([key, inner]) => [inProse(key, person), inJson(inner, person, key)] as const);
  const isSame = after.every(([key, inner], i) => key === before[i]?.[0] && inner === before[i]?.[1]);
  return isSame ? value : Object.fromEntries(after);
}

/** Part of a word, or what joins it to one: `e-1` is not named by `e-1-2`, but is at the end of a sentence. */
const JOINED_BEFORE = '(?<![\\p{L}\\p{N}_@-])(?<![\\p{L}\\p{N}][.])';
const JOINED_AFTER = '(?![\\p{L}\\p{N}_@-]|[.][\\p{L}\\p{N}])';

function inProse(text: string, { id, pseudonym }: NamedPerson): string {
  if (!text.toLowerCase().includes(id.toLowerCase())) return text;
  const word = id.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  if (isDistinctive(id)) {
    return text.replace(new RegExp(`${JOINED_BEFORE}${word}${JOINED_AFTER}`, 'giu'), () => pseudonym);
  }
  const introduced = new RegExp(`(\\b(?:person|learners?) ["“‘']?)${word}${JOINED_AFTER}`, 'gu');
  return text.replace(introduced, (_, before: string) => `${before}${pseudonym}`);
}
