import { COURSE_KINDS } from '../catalog/course.js';
import { OBLIGATIONS, SKILL_SOURCES } from '../learners/learner.js';
import { CHANNELS, DEVICES, DISMISS_REASONS, VERBS } from '../learners/profileEvent.js';
import { DomainError } from '../platform/errors.js';
import { LIST_SEPARATOR, type Reading, readList } from './csvCells.js';

/** The files that can be imported, in the order in which they are: each refers to those before it. */
export const FILE_KINDS = [
  'skills',
  'roles',
  'courses',
  'learners',
  'evidence',
  'assignments',
  'holidays',
  'leave',
  'activity',
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

export interface Column {
  readonly name: string;
  /** Other names it may have in a file. */
  readonly aliases: readonly string[];
  /** Where the checks of the services report an error about it, without positions in lists: `skills.levelTo`. */
  readonly paths: readonly string[];
  /** For people, in Markdown. */
  readonly meaning: string;
}

const words = (list: readonly string[]): string => list.map((word) => `\`${word}\``).join(', ');

/**
 * Every column there is. Names are compared without case, spaces, hyphens and underscores. Help and README are written
 * from this table.
 */
export const FILE_COLUMNS = {
  skills: [
    { name: 'skill_id', aliases: ['id'], paths: ['id'], meaning: 'The id of the skill.' },
    {
      name: 'name',
      aliases: ['title', 'skill_name', 'skill'],
      paths: ['name'],
      meaning: 'What it is called; needed for a new skill.',
    },
    { name: 'description', aliases: [], paths: ['description'], meaning: 'What it covers.' },
    {
      name: 'parent_id',
      aliases: ['parent', 'parent_skill_id'],
      paths: ['parentId'],
      meaning: 'The broader skill that it is part of; its row may come earlier or later.',
    },
    {
      name: 'taxonomy_uri',
      aliases: ['uri', 'esco_uri'],
      paths: ['taxonomyUri'],
      meaning: 'Where a public taxonomy such as ESCO describes it.',
    },
  ],
  roles: [
    { name: 'role_id', aliases: ['id'], paths: ['id'], meaning: 'The id of the role.' },
    {
      name: 'name',
      aliases: ['title', 'role_name', 'role'],
      paths: ['name'],
      meaning: 'What it is called; needed for a new role.',
    },
    {
      name: 'skill_ids',
      aliases: [],
      paths: ['skills', 'skills.skillId'],
      meaning: 'List: the skills that the role needs, by id.',
    },
    {
      name: 'skills',
      aliases: ['skill_names', 'concepts', 'competencies'],
      paths: ['skills', 'skills.skillId'],
      meaning: 'List: the same by name (or id); with `skill_ids` as well, they follow those.',
    },
    {
      name: 'target_levels',
      aliases: ['target_level'],
      paths: ['skills.targetLevel'],
      meaning: 'List: the level 0–1 aimed at for each skill, or one for all; standard 1.',
    },
    {
      name: 'importances',
      aliases: ['importance'],
      paths: ['skills.importance'],
      meaning: 'List: how much each skill matters, 0–1, or one for all; standard 1.',
    },
  ],
  courses: [
    { name: 'course_id', aliases: ['id', 'item_id', 'content_id'], paths: ['id'], meaning: 'The id of the course.' },
    {
      name: 'title',
      aliases: ['name', 'course_title', 'course_name'],
      paths: ['title'],
      meaning: 'What it is called; needed for a new course.',
    },
    { name: 'description', aliases: ['summary'], paths: ['description'], meaning: 'What it is about.' },
    {
      name: 'kind',
      aliases: ['type', 'course_type', 'format'],
      paths: ['kind'],
      meaning: `One of ${words(COURSE_KINDS)}; standard \`COURSE\`.`,
    },
    {
      name: 'language',
      aliases: ['lang', 'locale'],
      paths: ['language'],
      meaning: 'BCP 47 (`en`, `pt-BR`) or the English name of a language (`spanish`); empty suits everyone.',
    },
    { name: 'provider', aliases: ['vendor', 'publisher'], paths: ['provider'], meaning: 'Who offers it.' },
    { name: 'url', aliases: ['link'], paths: ['url'], meaning: 'Where it is taken.' },
    {
      name: 'duration_minutes',
      aliases: ['duration', 'minutes'],
      paths: ['durationMinutes'],
      meaning: 'How long it takes, in whole minutes.',
    },
    {
      name: 'level',
      aliases: ['difficulty'],
      paths: ['level'],
      meaning: '`beginner`, `intermediate`, `advanced` (or `expert`, `esperto`); `all` or empty is for everyone.',
    },
    { name: 'tags', aliases: ['keywords', 'topics'], paths: ['tags'], meaning: 'List: free labels.' },
    { name: 'categories', aliases: ['category'], paths: [], meaning: 'List: added to the tags.' },
    {
      name: 'audiences',
      aliases: ['audience'],
      paths: [],
      meaning:
        'List: occupation groups that the course is for. Kept as tags such as `audience:Teaching professionals`, ' +
        'not as roles: a group is not a role of your organisation and says nothing of the skills it needs.',
    },
    {
      name: 'skill_ids',
      aliases: [],
      paths: ['skills', 'skills.skillId'],
      meaning: 'List: the skills that it teaches, by id.',
    },
    {
      name: 'skills',
      aliases: ['skill_names', 'concepts', 'competencies'],
      paths: ['skills', 'skills.skillId'],
      meaning: 'List: the same by name (or id); with `skill_ids` as well, they follow those.',
    },
    {
      name: 'skill_levels_from',
      aliases: ['skill_level_from'],
      paths: ['skills.levelFrom'],
      meaning: 'List: the level 0–1 that each skill is taught from, or one for all; standard 0.',
    },
    {
      name: 'skill_levels_to',
      aliases: ['skill_level_to'],
      paths: ['skills.levelTo'],
      meaning: 'List: the level 0–1 that each skill is taught up to, or one for all; standard 1.',
    },
    {
      name: 'prerequisite_ids',
      aliases: ['prerequisites'],
      paths: ['prerequisiteIds'],
      meaning: 'List: courses to complete before; their rows may come earlier or later.',
    },
    {
      name: 'sessions',
      aliases: ['live_sessions'],
      paths: ['sessions'],
      meaning: 'List: live meetings as `ID;START/END`, `ID;START/END;CAPACITY` or `ID;START/END;CAPACITY;SEATS_TAKEN`.',
    },
    {
      name: 'published_at',
      aliases: ['published'],
      paths: ['publishedAt'],
      meaning: 'Recommended from then on; empty: ever since.',
    },
    { name: 'retired_at', aliases: ['retired'], paths: ['retiredAt'], meaning: 'Never recommended from then on.' },
    {
      name: 'excluded_from_recommendations',
      aliases: ['excluded'],
      paths: ['excludedFromRecommendations'],
      meaning: 'True for a course that must never be recommended.',
    },
  ],
  learners: [
    {
      name: 'learner_id',
      aliases: ['id', 'user_id', 'employee_id', 'person_id'],
      paths: ['id'],
      meaning: 'The id of the learner: an opaque one. Names and e-mail addresses are not stored.',
    },
    {
      name: 'timezone',
      aliases: ['zone', 'tz'],
      paths: ['timezone'],
      meaning: 'IANA zone such as `Europe/Berlin`; empty: the organisation’s.',
    },
    {
      name: 'languages',
      aliases: ['language'],
      paths: ['languages'],
      meaning: 'List: languages they learn in, written as for courses; empty: any.',
    },
    { name: 'department', aliases: ['team', 'unit'], paths: ['department'], meaning: 'Where they work.' },
    { name: 'location', aliases: ['office', 'site'], paths: ['location'], meaning: 'Where that is.' },
    { name: 'role_id', aliases: ['role'], paths: ['roleId'], meaning: 'Their role.' },
    { name: 'target_role_id', aliases: ['target_role'], paths: ['targetRoleId'], meaning: 'The role they aim at.' },
    {
      name: 'manager_id',
      aliases: ['manager'],
      paths: ['managerId'],
      meaning: 'The learner they report to; the row may come earlier, later or never.',
    },
    { name: 'hired_on', aliases: ['hire_date', 'hired'], paths: ['hiredOn'], meaning: 'A date such as `2024-03-01`.' },
    {
      name: 'work_pattern',
      aliases: ['working_hours'],
      paths: ['workPattern'],
      meaning: 'List: local working times, `MON-FRI 09:00-17:00|SAT 10:00-14:00`; `none`: no working day.',
    },
    {
      name: 'quiet_hours',
      aliases: [],
      paths: ['quietHours'],
      meaning: 'Local time in which nothing may be sent: `22:00-07:00`.',
    },
    {
      name: 'active',
      aliases: ['is_active'],
      paths: ['active'],
      meaning: 'False for someone who has left; standard true.',
    },
    {
      name: 'personalisation_opt_out',
      aliases: ['personalization_opt_out', 'opt_out'],
      paths: ['personalisationOptOut'],
      meaning: 'True for someone who wants no personal recommendations; standard false.',
    },
  ],
  evidence: [
    {
      name: 'learner_id',
      aliases: ['user_id', 'employee_id', 'person_id'],
      paths: ['learnerId'],
      meaning: 'Whose skill it is.',
    },
    { name: 'skill_id', aliases: [], paths: ['skillId'], meaning: 'The skill by id.' },
    {
      name: 'skill',
      aliases: ['skill_name', 'concept', 'competency'],
      paths: ['skillId'],
      meaning: 'The skill by name (or id), where `skill_id` is missing or empty.',
    },
    {
      name: 'source',
      aliases: ['assessed_by'],
      paths: ['source'],
      meaning: `Who says so: one of ${words(SKILL_SOURCES)}.`,
    },
    {
      name: 'level',
      aliases: ['proficiency'],
      paths: ['level'],
      meaning: 'The level, 0–1; empty: worked out from `scale` and `scale_value`.',
    },
    {
      name: 'confidence',
      aliases: [],
      paths: ['confidence'],
      meaning: 'How far to believe it, 0–1; empty: by the source.',
    },
    {
      name: 'observed_at',
      aliases: ['at', 'date', 'observed'],
      paths: ['observedAt'],
      meaning: 'When it was found out; empty: now. Of one source the latest observation counts.',
    },
    {
      name: 'scale',
      aliases: [],
      paths: ['scale'],
      meaning:
        'The source’s own scale from its lowest to its highest mark, kept as given: `1-5`, `0-100`, `A1-C2` or ' +
        '`novice|competent|expert`. The lowest mark is level 0, except A1.',
    },
    {
      name: 'scale_value',
      aliases: ['rating'],
      paths: ['scaleValue'],
      meaning: 'The value on that scale, such as `4`.',
    },
  ],
  assignments: [
    {
      name: 'learner_id',
      aliases: ['user_id', 'employee_id', 'person_id'],
      paths: ['learnerId'],
      meaning: 'Who must take it.',
    },
    { name: 'course_id', aliases: ['item_id', 'content_id'], paths: ['courseId'], meaning: 'The course.' },
    {
      name: 'obligation',
      aliases: ['type'],
      paths: ['obligation'],
      meaning: `One of ${words(OBLIGATIONS)}; standard \`ASSIGNED\`.`,
    },
    { name: 'due_at', aliases: ['due', 'due_date', 'deadline'], paths: ['dueAt'], meaning: 'When it is due.' },
    {
      name: 'counts_from',
      aliases: [],
      paths: ['countsFrom'],
      meaning: 'Completions before this do not count: for training that is due again. Empty: one of any time will do.',
    },
  ],
  holidays: [
    {
      name: 'location',
      aliases: ['office', 'site'],
      paths: ['location'],
      meaning: 'Where nobody works, letter for letter as with the learners; empty or missing: everywhere.',
    },
    { name: 'day', aliases: ['date'], paths: ['day'], meaning: 'The day, such as `2026-12-25`.' },
    { name: 'name', aliases: ['holiday', 'title'], paths: ['name'], meaning: 'What it is called.' },
  ],
  leave: [
    {
      name: 'learner_id',
      aliases: ['learner', 'user_id', 'employee_id', 'person_id'],
      paths: ['learnerId'],
      meaning: 'Who is away.',
    },
    {
      name: 'starts_on',
      aliases: ['start', 'from', 'first_day'],
      paths: ['startsOn'],
      meaning: 'The first day away, such as `2026-12-24`; with the learner it names the leave.',
    },
    {
      name: 'ends_on',
      aliases: ['end', 'until', 'back_on'],
      paths: ['endsOn'],
      meaning: 'The first day back at work, which is the day after the last one away.',
    },
  ],
  activity: [
    {
      name: 'learner_id',
      aliases: ['user_id', 'employee_id', 'person_id', 'actor'],
      paths: ['learnerId'],
      meaning: 'Who did it.',
    },
    {
      name: 'course_id',
      aliases: ['item_id', 'content_id', 'object'],
      paths: ['courseId'],
      meaning: 'With which course; needed for every verb but `SEARCHED` and `VISITED`.',
    },
    {
      name: 'verb',
      aliases: ['action', 'event', 'event_type'],
      paths: ['verb'],
      meaning: `One of ${words(VERBS)}; where it is missing or empty, the one of \`--verb\`. An enrolment is \`STARTED\`.`,
    },
    {
      name: 'at',
      aliases: ['timestamp', 'time', 'occurred_at', 'date'],
      paths: ['at'],
      meaning: 'When it happened. A date alone will do, but tells nothing about good hours for delivery.',
    },
    {
      name: 'source',
      aliases: ['system'],
      paths: ['source'],
      meaning: 'The system that tells; where it is missing or empty, the one of `--source`.',
    },
    {
      name: 'event_id',
      aliases: ['id'],
      paths: ['eventId'],
      meaning:
        'Names the event within its source. Where it is missing or empty it is computed from all that the row says, so ' +
        'two rows that say the same are one event.',
    },
    { name: 'device', aliases: [], paths: ['device'], meaning: `One of ${words(DEVICES)}.` },
    { name: 'channel', aliases: [], paths: ['channel'], meaning: `One of ${words(CHANNELS)}.` },
    { name: 'duration_seconds', aliases: ['seconds'], paths: ['durationSeconds'], meaning: 'How long it lasted.' },
    { name: 'progress', aliases: [], paths: ['progress'], meaning: 'How far the learner is in the course, 0–1.' },
    { name: 'score', aliases: ['rating'], paths: ['score'], meaning: 'A rating or a result, −1 to 1.' },
    { name: 'query', aliases: ['search_term'], paths: ['query'], meaning: 'What was searched for.' },
    { name: 'result_count', aliases: ['results'], paths: ['resultCount'], meaning: 'How many results that had.' },
    { name: 'page', aliases: ['url'], paths: ['page'], meaning: 'The page that was visited.' },
    {
      name: 'served_list_id',
      aliases: [],
      paths: ['servedListId'],
      meaning: 'The list of recommendations that it came from.',
    },
    {
      name: 'reason',
      aliases: ['dismiss_reason'],
      paths: ['reason'],
      meaning: `Why a course was dismissed, one of ${words(DISMISS_REASONS)}; only with \`DISMISSED\`.`,
    },
  ],
} as const satisfies Readonly<Record<FileKind, readonly Column[]>>;

export type ColumnName<K extends FileKind> = (typeof FILE_COLUMNS)[K][number]['name'];

/** Columns that a file must have; of each group, at least one. */
const NEEDED: { readonly [K in FileKind]: readonly (readonly ColumnName<K>[])[] } = {
  skills: [['skill_id']],
  roles: [['role_id']],
  courses: [['course_id']],
  learners: [['learner_id']],
  evidence: [['learner_id'], ['skill_id', 'skill'], ['source'], ['level', 'scale_value']],
  assignments: [['learner_id'], ['course_id']],
  holidays: [['day'], ['name']],
  leave: [['learner_id'], ['starts_on'], ['ends_on']],
  activity: [['learner_id'], ['verb'], ['at']],
};

/** How an option stands in for a needed column, in words that follow the complaint about its absence. */
const STAND_INS: ReadonlyMap<string, string> = new Map([
  ['verb', 'Say with --verb what every row of the file tells, such as --verb STARTED when the rows are enrolments.'],
]);

/** Which column of a file is which. */
export interface MatchedHeader<K extends FileKind = FileKind> {
  readonly kind: K;
  /** Place of each column that the file has. */
  readonly indexByName: ReadonlyMap<string, number>;
  readonly header: readonly string[];
  /** Columns of the file that mean nothing here. */
  readonly unknown: readonly string[];
}

/**
 * Finds the columns of a file by its header.
 *
 * @param given columns that the file may lack because an option stands in for them
 * @throws DomainError BAD_USER_INPUT naming the file, the column and the columns found
 */
export function matchHeader<K extends FileKind>(
  kind: K,
  path: string,
  header: readonly string[],
  given: ReadonlySet<string> = new Set(),
): MatchedHeader<K> {
  const columns: readonly Column[] = FILE_COLUMNS[kind];
  const nameByKey = new Map(
    columns.flatMap((c) => [c.name, ...c.aliases].map((name) => [keyOf(name), c.name] as const)),
  );
  const indexByName = new Map<string, number>();
  const unknown: string[] = [];
  const found = header.map((name) => (name === '' ? '(no name)' : name)).join(', ');
  header.forEach((given, index) => {
    const name = nameByKey.get(keyOf(given));
    const other = header[indexByName.get(name ?? '') ?? -1];
    if (name === undefined) unknown.push(given);
    else if (other === undefined) indexByName.set(name, index);
    else {
      throw new DomainError(
        'BAD_USER_INPUT',
        `${path}: the columns "${other}" and "${given}" both mean ${name}; leave one out.`,
        { path },
      );
    }
  });
  const neededGroups: readonly (readonly string[])[] = NEEDED[kind];
  for (const group of neededGroups) {
    if (group.some((name) => indexByName.has(name) || given.has(name))) continue;
    const names = group.map((name) => `"${name}"`).join(' or ');
    const aliases = columns.filter((column) => group.includes(column.name)).flatMap((column) => column.aliases);
    const others = aliases.length === 0 ? '' : ` (also accepted: ${aliases.join(', ')})`;
    const wayOut = group.map((name) => STAND_INS.get(name)).find((text) => text !== undefined);
    throw new DomainError(
      'BAD_USER_INPUT',
      [`${path}: the column ${names} is missing${others}. The columns found are: ${found}.`, wayOut ?? []]
        .flat()
        .join(' '),
      { path },
    );
  }
  return { kind, indexByName, header, unknown };
}

const keyOf = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, '');

/** The column, as the file calls it, that an error at this place of a row is about; null for none. */
export function columnAt(header: MatchedHeader, path: readonly string[]): string | null {
  const place = path.filter((part) => !/^\d+$/.test(part));
  const columns: readonly Column[] = FILE_COLUMNS[header.kind];
  for (let length = place.length; length > 0; length -= 1) {
    const wanted = place.slice(0, length).join('.');
    const fitting = columns.filter((column) => column.paths.includes(wanted));
    const inFile = fitting.find((column) => header.indexByName.has(column.name));
    if (inFile !== undefined) return header.header[header.indexByName.get(inFile.name) ?? -1] ?? null;
    // The column that should have been there.
    if (fitting[0] !== undefined) return fitting[0].name;
  }
  return null;
}

/** Something wrong with one row of a file. */
export interface RowProblem {
  /** As the file calls it; null: the whole line. */
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
}

/**
 * The cells of one row by name. Of a column that the file does not have every reading is undefined, so that what is
 * stored stays; of an empty cell it is null, which clears it.
 */
export class RowCells<K extends FileKind> {
  readonly problems: RowProblem[] = [];
  readonly #header: MatchedHeader;
  readonly #cells: readonly string[];

  constructor(header: MatchedHeader<K>, cells: readonly string[]) {
    this.#header = header;
    this.#cells = cells;
  }

  text(name: ColumnName<K>): string | null | undefined {
    const index = this.#header.indexByName.get(name);
    if (index === undefined) return undefined;
    const cell = this.#cells[index] ?? '';
    return cell === '' ? null : cell;
  }

  /** What `read` makes of the cell; null as well when it cannot, which is then a problem of the row. */
  read<T>(name: ColumnName<K>, read: (text: string) => Reading<T>): T | null | undefined {
    const text = this.text(name);
    return text === null || text === undefined ? text : this.#value(name, text, read(text));
  }

  /** The cell as a list; unreadable entries are problems of the row and left out. */
  list<T>(name: ColumnName<K>, read: (text: string) => Reading<T>): T[] | null | undefined {
    const text = this.text(name);
    if (text === null || text === undefined) return text;
    return readList(text).flatMap((entry) => this.#value(name, entry, read(entry)) ?? []);
  }

  /** Like `read`, for what every row must have. */
  needed<T>(name: ColumnName<K>, read: (text: string) => Reading<T>, otherwise: T): T {
    const text = this.text(name);
    if (text === null || text === undefined) this.fail(name, `${this.nameOf(name)} is empty`);
    return this.read(name, read) ?? otherwise;
  }

  fail(name: ColumnName<K>, message: string): void {
    this.problems.push({ column: this.nameOf(name), code: 'INVALID_VALUE', message });
  }

  /** What the file calls the column. */
  nameOf(name: ColumnName<K>): string {
    return this.#header.header[this.#header.indexByName.get(name) ?? -1] ?? name;
  }

  #value<T>(name: ColumnName<K>, text: string, reading: Reading<T>): T | null {
    if ('value' in reading) return reading.value;
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    this.fail(name, `"${shown}" ${reading.problem}`);
    return null;
  }
}

/** The columns of every file as Markdown tables, for the README. */
export function columnsMarkdown(): string {
  return FILE_KINDS.map((kind) => {
    const rows = FILE_COLUMNS[kind].map((column: Column) => {
      const aliases = column.aliases.map((alias) => `\`${alias}\``).join(', ');
      const need = isNeeded(kind, column.name) ? ' **Needed.**' : '';
      return `| \`${column.name}\` | ${aliases} | ${escapePipes(column.meaning)}${need} |`;
    });
    return [`#### \`--${kind}\``, '', '| Column | Also called | Meaning |', '|---|---|---|', ...rows].join('\n');
  }).join('\n\n');
}

/** The columns of every file as plain text, for `--help`. */
export function columnsText(): string {
  return FILE_KINDS.map((kind) => {
    const columns: readonly Column[] = FILE_COLUMNS[kind];
    const width = Math.max(...columns.map((column) => column.name.length)) + 2;
    const lines = columns.flatMap((column) => {
      const aliases = column.aliases.length === 0 ? '' : ` Also: ${column.aliases.join(', ')}.`;
      const need = isNeeded(kind, column.name) ? ' Needed.' : '';
      const text = `${column.meaning.replaceAll('`', '')}${need}${aliases}`;
      return wrapped(text, 100 - width).map((line, i) => `  ${(i === 0 ? column.name : '').padEnd(width)}${line}`);
    });
    return [`--${kind} FILE`, ...lines].join('\n');
  }).join('\n\n');
}

function isNeeded(kind: FileKind, name: string): boolean {
  const groups: readonly (readonly string[])[] = NEEDED[kind];
  return !STAND_INS.has(name) && groups.some((group) => group.length === 1 && group[0] === name);
}

const escapePipes = (text: string): string => text.replaceAll(LIST_SEPARATOR, '\\|');

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
