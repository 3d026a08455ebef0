import type { InteractionInput } from '../activity/interactionPlan.js';
import type { App } from '../app.js';
import type { CourseInput, RoleInput, SkillInput } from '../catalog/catalogPlan.js';
import type { AssignmentInput, LearnerInput, SkillEvidenceInput } from '../learners/learnerPlan.js';
import { MAX_BATCH_ROWS } from '../platform/batch.js';
import type { RowError } from '../platform/errors.js';
import type { FileKind, RowCells } from './csvColumns.js';
import {
  activityRow,
  assignmentRow,
  courseRow,
  evidenceRow,
  learnerRow,
  type RowContext,
  roleRow,
  skillRow,
} from './importRows.js';

/** The services that an import calls. */
export type ImportServices = Pick<App, 'catalog' | 'learners' | 'activity'>;

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
  readonly activity: InteractionInput;
}

export function importTargets({ catalog, learners, activity }: ImportServices, context: RowContext): Targets {
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

/** Makes learners who are nothing but their id, and skills that are nothing but their name. */
export async function createMissing(
  { catalog, learners }: ImportServices,
  things: readonly Missing[],
  newName: (skillId: string) => string | null,
): Promise<{
  readonly learnerCount: number;
  readonly skillCount: number;
  readonly refusals: ReadonlyMap<string, string>;
}> {
  const idsOf = (noun: Missing['noun']) => [...new Set(things.filter((t) => t.noun === noun).map((t) => t.id))];
  const refusals = new Map<string, string>();
  const create = async <T extends { readonly id: string }>(
    noun: Missing['noun'],
    rows: readonly T[],
    store: (rows: readonly T[]) => Promise<Stored>,
  ): Promise<number> => {
    let count = 0;
    for (let from = 0; from < rows.length; from += MAX_BATCH_ROWS) {
      const batch = rows.slice(from, from + MAX_BATCH_ROWS);
      const { storedCount, errors } = await store(batch);
      count += storedCount;
      for (const { index, message } of errors) refusals.set(missingKey({ noun, id: batch[index]?.id ?? '' }), message);
    }
    return count;
  };
  const skills = idsOf('skill').map((id) => ({ id, name: newName(id) ?? id }));
  const skillCount = await create('skill', skills, (rows) => catalog.upsertSkills(rows));
  const newLearners = idsOf('learner').map((id) => ({ id }));
  const learnerCount = await create('learner', newLearners, (rows) => learners.upsertLearners(rows));
  return { learnerCount, skillCount, refusals };
}

export const missingKey = ({ noun, id }: Pick<Missing, 'noun' | 'id'>): string => `${noun} ${id}`;

function missing(noun: Missing['noun'], id: string | null | undefined, isSibling = false): Missing | null {
  return id === null || id === undefined ? null : { noun, id, isSibling };
}

function missingSkill(row: RoleInput | CourseInput, [field, place]: readonly string[]): Missing | null {
  return field === 'skills' ? missing('skill', row.skills?.[Number(place)]?.skillId) : null;
}
