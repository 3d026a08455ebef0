/**
 * How long each class of data is kept. A class without a setting is kept as long as the learner is known, or, where it
 * belongs to no single learner, as long as the service is used.
 */
export const RETENTION_CLASSES = {
  /** What somebody is, can and has finished. */
  RECORD: 'as long as the learner is known',
  /** What L&D has set up: it counts, or says what counted when a list was made. */
  CONFIGURATION: 'as long as the service is used; people in it are replaced by a pseudonym when they are erased',
  /** What somebody looked at on the way: the trail of activity beside what they finished. */
  ACTIVITY: 'RETAIN_ACTIVITY_DAYS',
  /** What was decided about somebody: lists, deliveries, exposures to experiments, campaigns that are over. */
  DECISIONS: 'RETAIN_DECISIONS_DAYS',
  /** What came of it: messages, figures, answers to surveys. */
  OUTCOMES: 'RETAIN_OUTCOMES_DAYS',
  /** Who changed what, and why. */
  AUDIT: 'RETAIN_AUDIT_DAYS',
  /** What background work leaves behind. */
  WORK: 'RETAIN_WORK_DAYS',
} as const;
export type RetentionClass = keyof typeof RETENTION_CLASSES;

/** Days that each class with a setting is kept; 0: as long as the learner is known. */
export type RetentionDays = Readonly<Record<TimedClass, number>>;
export type TimedClass = Exclude<RetentionClass, 'RECORD' | 'CONFIGURATION'>;

/**
 * What a column says of people.
 *
 * - SUBJECT: the id of the learner whose row it is
 * - PERSON: the id of another person, replaced by a pseudonym
 * - CLEARED: the id of another person, emptied
 * - IDS: a list of ids, taken out of it
 * - ACTOR: who did something, as `nameOf` says it: `person <id>`
 * - JSON: values under names such as `learnerId` and `learnerIds`, actors, and texts
 * - PROSE: what people wrote
 * - PENDING: the id of somebody who is being erased; whoever erases them empties it at the end
 */
export type PersonalUse = 'SUBJECT' | 'PERSON' | 'CLEARED' | 'IDS' | 'ACTOR' | 'JSON' | 'PROSE' | 'PENDING';

/**
 * What goes into the export of a person: the rows that are theirs; the rows of others that name them, in which other
 * people are left out; or nothing, for a reason.
 */
export type Exporter = 'OWN_ROWS' | 'NAMING_ROWS' | { readonly nothing: string };

/**
 * What becomes of a table when somebody is erased. DELETE: rows that are theirs are deleted, and in those of others they
 * are replaced; REPLACE: all rows stay, and they are replaced in them; DELETE_NAMING: every row that names them is deleted.
 */
export type Eraser = 'DELETE' | 'REPLACE' | 'DELETE_NAMING';

/** Until when rows are kept. */
export type Retention =
  /** By a column of instants. `only`: SQL over the row as `t`, which must hold for a row to go. */
  | { readonly class: TimedClass; readonly at: string; readonly only?: string }
  /** Deleting takes more than this table: its owner does it, see `Sweeper`. */
  | { readonly class: TimedClass; readonly sweeper: true }
  | { readonly class: TimedClass; readonly withTable: string }
  | { readonly class: 'RECORD' | 'CONFIGURATION' };

/** A row as it is stored, by the names of its columns. */
export type StoredRow = Readonly<Record<string, unknown>>;

/** What a feature declares of a table that says something about people. */
export interface PersonalTable {
  readonly table: string;
  /** Its name in an export. */
  readonly section: string;
  /** What it holds, for the person it is about. */
  readonly description: string;
  readonly columns: Readonly<Record<string, PersonalUse>>;
  /** Columns of texts, lists and JSON that name nobody. */
  readonly impersonal: readonly string[];
  readonly exporter: Exporter;
  readonly eraser: Eraser;
  readonly retention: Retention;
  /** What has to change with a row in which somebody was replaced, such as a checksum of it. */
  readonly mend?: (row: StoredRow) => StoredRow;
}

/** What a feature declares of a table that says nothing about people. */
export interface ImpersonalTable {
  readonly table: string;
  /** Why it does not. */
  readonly because: string;
  /** Columns of lists, JSON and bytes, which could hold anything. */
  readonly impersonal: readonly string[];
  /** Where it grows with use. */
  readonly retention?: Extract<Retention, { readonly at: string }>;
}

/** What one feature declares. */
export interface DataDeclaration {
  readonly personal: readonly PersonalTable[];
  readonly impersonal: readonly ImpersonalTable[];
}

/**
 * Deletes what is older than a moment, and changes whatever has to change with it.
 *
 * @returns how many rows went
 * @throws JobStopped when told to stop; what is done by then stays done
 */
export type Sweeper = (before: Date, context: { shouldStop(): boolean }) => Promise<number>;
