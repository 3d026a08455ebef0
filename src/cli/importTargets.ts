import type { InteractionInput } from '../activity/interactionPlan.js';
import type { App } from '../app.js';
import type { CourseInput, RoleInput, SkillInput } from '../catalog/catalogPlan.js';
import type { HolidayInput } from '../delivery/calendar/calendar.js';
import type { AssignmentInput, LearnerInput, SkillEvidenceInput } from '../learners/learnerPlan.js';
import type { Leave } from '../learners/leave.js';
import type { RowError } from '../platform/errors.js';
import { MAX_BATCH_ROWS } from '../platform/graphql/batch.js';
import type { FileKind, RowCells } from './csvColumns.js';
import {
  activityRow,
  assignmentRow,
  courseRow,
  evidenceRow,
  holidayRow,
  learnerRow,
  leaveRow,
  type RowContext,
  roleRow,
  skillRow,
} from './importRows.js';

/** The services that an import calls. */
export type ImportServices = Pick<App, 'catalog' | 'learners' | 'activity' | 'calendar' | 'database'>;

export interface Stored {
  readonly storedCount: number;
  /** Rows that were stored before; only activity can tell. */
  readonly duplicateCount?: number;
  readonly errors: readonly RowError[];
}

/** Something that a row refers to and that does not exist. */
export interface Missing {
  readonly noun: 'learner' | 'skill' | 'course' | 'role';
  readonly id: string;
  /** True when a later row of the same file may bring it. */
  readonly isSibling: boolean;
}

/** Where the rows of one kind of file go. */
export interface Target<K extends FileKind, Row> {
  readonly kind: K;
  read(cells: RowCells<K>): Row;
  /** Rows of equal key go into different batches, since a batch takes each thing once; null: any rows may share one. */
  readonly keyOf: ((row: Row) => string) | null;
  /** How many batches may be under way; more than one only where the order of the rows means nothing. */
  readonly maxInFlight: number;
  store(rows: readonly Row[]): Promise<Stored>;
  /** What is missing when the service reports NOT_FOUND at this place of the row. */
  missingAt(row: Row, path: readonly string[]): Missing | null;
}

export type Targets = { readonly [K in FileKind]: Target<K, RowOf[K]> };

/** What the service takes for one row of each kind of file. */
export interface RowOf {
  readonly skills: SkillInput;
  readonly roles: RoleInput;
  readonly courses: CourseInput;
  readonly learners: LearnerInput;
  readonly evidence: SkillEvidenceInput;
  readonly assignments: AssignmentInput;
  readonly holidays: HolidayInput;
  readonly leave: Leave;
  readonly activity: InteractionInput;
}

export function importTargets({ catalog, learners, activity, calendar }: ImportServices, context: RowContext): Targets {
  return {
    skills: {
      kind: 'skills',
      read: skillRow,
      keyOf: (row) => row.id,
      maxInFlight: 1,
      store: (rows) => catalog.upsertSkills(rows),
      missingAt: (row, [field]) => (field === 'parentId' ? missing('skill', row.parentId, true) : null),
    },
    roles: {
      kind: 'roles',
      read: (cells) => roleRow(cells, context),
      keyOf: (row) => row.id,
      maxInFlight: 1,
      store: (rows) => catalog.upsertRoles(rows),
      missingAt: (row, path) => missingSkill(row, path),
    },
    courses: {
      kind: 'courses',
      read: (cells) => courseRow(cells, context),
      keyOf: (row) => row.id,
      maxInFlight: 1,
      store: (rows) => catalog.upsertCourses(rows),
      missingAt(row, path) {
        const [field, place] = path;
        if (field === 'prerequisiteIds') return missing('course', row.prerequisiteIds?.[Number(place)], true);
        return missingSkill(row, path);
      },
    },
    learners: {
      kind: 'learners',
      read: learnerRow,
      keyOf: (row) => row.id,
      maxInFlight: 1,
      store: (rows) => learners.upsertLearners(rows),
      missingAt(row, [field]) {
        return field === 'roleId' || field === 'targetRoleId' ? missing('role', row[field]) : null;
      },
    },
    evidence: {
      kind: 'evidence',
      read: (cells) => evidenceRow(cells, context),
      keyOf: null,
      maxInFlight: 1,
      store: (rows) => learners.recordSkillEvidence(rows),
      missingAt(row, [field]) {
        if (field === 'learnerId') return missing('learner', row.learnerId);
        return field === 'skillId' ? missing('skill', row.skillId) : null;
      },
    },
    assignments: {
      kind: 'assignments',
      read: (cells) => assignmentRow(cells, context),
      keyOf: (row) => JSON.stringify([row.learnerId, row.courseId]),
      maxInFlight: 1,
      store: (rows) => learners.assignCourses(rows),
      missingAt(row, [field]) {
        if (field === 'learnerId') return missing('learner', row.learnerId);
        return field === 'courseId' ? missing('course', row.courseId) : null;
      },
    },
    holidays: {
      kind: 'holidays',
      read: holidayRow,
      keyOf: (row) => JSON.stringify([row.location, row.day]),
      maxInFlight: 1,
      store: (rows) => calendar.upsertHolidays(rows),
      missingAt: () => null,
    },
    leave: {
      kind: 'leave',
      read: leaveRow,
      keyOf: (row) => JSON.stringify([row.learnerId, row.startsOn]),
      maxInFlight: 1,
      store: (rows) => learners.upsertLeave(rows),
      missingAt: (row, [field]) => (field === 'learnerId' ? missing('learner', row.learnerId) : null),
    },
    activity: {
      kind: 'activity',
      read: (cells) => activityRow(cells, context),
      keyOf: null,
      maxInFlight: 2,
      store: (rows) => activity.recordActivity(rows),
      missingAt(row, [field]) {
        if (field === 'learnerId') return missing('learner', row.learnerId);
        return field === 'courseId' ? missing('course', row.courseId) : null;
      },
    },
  };
}

/** Creates what rows refer to and what does not exist: learners with nothing but their id, skills but their name. */
export class MissingThings {
  readonly #services: ImportServices;
  readonly #newSkillName: (skillId: string) => string | null;
  #learnerCount = 0;
  #skillCount = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(services: ImportServices, newSkillName: (skillId: string) => string | null) {
    this.#services = services;
    this.#newSkillName = newSkillName;
  }

  /** How many have been created so far. */
  get counts(): { readonly learners: number; readonly skills: number } {
    return { learners: this.#learnerCount, skills: this.#skillCount };
  }

  /**
   * One call after the other: batches that are under way together often miss the same things.
   *
   * @returns why things were refused, by `missingKey`
   */
  create(things: readonly Missing[]): Promise<ReadonlyMap<string, string>> {
    const created = this.#turn.then(() => this.#create(things));
    this.#turn = created.catch(() => {});
    return created;
  }

  async #create(things: readonly Missing[]): Promise<ReadonlyMap<string, string>> {
    const { catalog, learners, database } = this.#services;
    const idsOf = (noun: Missing['noun']) => [...new Set(things.filter((t) => t.noun === noun).map((t) => t.id))];
    const refusals = new Map<string, string>();

    const skillIds = idsOf('skill');
    const knownSkills = await catalog.knownSkillIds(skillIds);
    const skills = skillIds
      .filter((id) => !knownSkills.has(id))
      .map((id) => ({ id, name: this.#newSkillName(id) ?? id }));
    for (const batch of batchesOf(skills)) {
      const { storedCount, errors } = await catalog.upsertSkills(batch);
      this.#skillCount += storedCount;
      for (const { index, message } of errors) {
        refusals.set(missingKey({ noun: 'skill', id: batch[index]?.id ?? '' }), message);
      }
    }

    const learnerIds = idsOf('learner');
    const knownLearners = await learners.knownIds(
      learnerIds.map((learnerId) => ({ learnerId })),
      database.dataSource,
    );
    const newcomers = learnerIds.filter((id) => !knownLearners.has(id)).map((id) => ({ id }));
    for (const batch of batchesOf(newcomers)) {
      const { storedCount, errors } = await learners.upsertLearners(batch);
      this.#learnerCount += storedCount;
      for (const { index, message } of errors) {
        refusals.set(missingKey({ noun: 'learner', id: batch[index]?.id ?? '' }), message);
      }
    }
    return refusals;
  }
}

function batchesOf<T>(rows: readonly T[]): T[][] {
  const count = Math.ceil(rows.length / MAX_BATCH_ROWS);
  return Array.from({ length: count }, (_, i) => rows.slice(i * MAX_BATCH_ROWS, (i + 1) * MAX_BATCH_ROWS));
}

export const missingKey = ({ noun, id }: Pick<Missing, 'noun' | 'id'>): string => `${noun} ${id}`;

function missing(noun: Missing['noun'], id: string | null | undefined, isSibling = false): Missing | null {
  return id === null || id === undefined ? null : { noun, id, isSibling };
}

function missingSkill(row: RoleInput | CourseInput, [field, place]: readonly string[]): Missing | null {
  return field === 'skills' ? missing('skill', row.skills?.[Number(place)]?.skillId) : null;
}
