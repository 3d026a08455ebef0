import { createHash } from 'node:crypto';
import type { InteractionInput } from '../activity/interactionPlan.js';
import type { CourseInput, RoleInput, SkillInput } from '../catalog/catalogPlan.js';
import { COURSE_KINDS } from '../catalog/course.js';
import type { HolidayInput } from '../delivery/calendar/calendar.js';
import { OBLIGATIONS, SKILL_SOURCES } from '../learners/learner.js';
import type { AssignmentInput, LearnerInput, SkillEvidenceInput } from '../learners/learnerPlan.js';
import type { Leave } from '../learners/leave.js';
import { CHANNELS, DEVICES, DISMISS_REASONS, VERBS, type Verb } from '../learners/profileEvent.js';
import {
  type Reading,
  readCourseLevel,
  readFlag,
  readInstant,
  readLanguage,
  readNumber,
  readOneOf,
  readQuietHours,
  readSession,
  readWholeNumber,
  readWorkPattern,
} from './csvCells.js';
import type { ColumnName, RowCells } from './csvColumns.js';
import type { SkillNames } from './skillNames.js';

// One row of a file as what a service takes. What is wrong with single cells is noted on the cells; what is wrong with
// the row as a whole is for the service to say.

/** What rows are read with besides their cells. */
export interface RowContext {
  /** For rows of activity that name no verb. */
  readonly verb: Verb | null;
  /** For rows of activity that name no source. */
  readonly source: string;
  /** Where times without an offset are local; null: nowhere, they are refused. */
  readonly timezone: string | null;
  readonly skillNames: SkillNames;
}

const asText = (text: string): Reading<string> => ({ value: text });

export function skillRow(cells: RowCells<'skills'>): SkillInput {
  return {
    id: cells.needed('skill_id', asText, ''),
    name: cells.text('name'),
    description: cells.text('description'),
    parentId: cells.text('parent_id'),
    taxonomyUri: cells.text('taxonomy_uri'),
  };
}

export function roleRow(cells: RowCells<'roles'>, { skillNames }: RowContext): RoleInput {
  const ids = skillIds(cells, skillNames);
  const targetLevels = perSkill(cells, 'target_levels', ids);
  const importances = perSkill(cells, 'importances', ids);
  return {
    id: cells.needed('role_id', asText, ''),
    name: cells.text('name'),
    skills: mapped(ids, (skillId, i) => ({ skillId, targetLevel: targetLevels(i), importance: importances(i) })),
  };
}

export function courseRow(cells: RowCells<'courses'>, { skillNames, timezone }: RowContext): CourseInput {
  const instant = (text: string) => readInstant(text, timezone);
  const ids = skillIds(cells, skillNames);
  const levelsFrom = perSkill(cells, 'skill_levels_from', ids);
  const levelsTo = perSkill(cells, 'skill_levels_to', ids);
  return {
    id: cells.needed('course_id', asText, ''),
    title: cells.text('title'),
    description: cells.text('description'),
    kind: cells.read('kind', (text) => readOneOf(text, COURSE_KINDS)),
    language: cells.read('language', readLanguage),
    provider: cells.text('provider'),
    url: cells.text('url'),
    durationMinutes: cells.read('duration_minutes', readWholeNumber),
    level: cells.read('level', readCourseLevel),
    tags: joined(
      cells.list('tags', asText),
      cells.list('categories', asText),
      cells.list('audiences', (text) => ({ value: `audience:${text}` })),
    ),
    skills: mapped(ids, (skillId, i) => ({ skillId, levelFrom: levelsFrom(i), levelTo: levelsTo(i) })),
    prerequisiteIds: cells.list('prerequisite_ids', asText),
    sessions: cells.list('sessions', (text) => readSession(text, timezone)),
    publishedAt: cells.read('published_at', instant),
    retiredAt: cells.read('retired_at', instant),
    excludedFromRecommendations: cells.read('excluded_from_recommendations', readFlag),
  };
}

export function learnerRow(cells: RowCells<'learners'>): LearnerInput {
  return {
    id: cells.needed('learner_id', asText, ''),
    timezone: cells.text('timezone'),
    languages: cells.list('languages', readLanguage),
    department: cells.text('department'),
    location: cells.text('location'),
    roleId: cells.text('role_id'),
    targetRoleId: cells.text('target_role_id'),
    managerId: cells.text('manager_id'),
    hiredOn: cells.text('hired_on'),
    workPattern: cells.read('work_pattern', readWorkPattern),
    quietHours: cells.read('quiet_hours', readQuietHours),
    active: cells.read('active', readFlag),
    personalisationOptOut: cells.read('personalisation_opt_out', readFlag),
  };
}

export function evidenceRow(cells: RowCells<'evidence'>, { skillNames, timezone }: RowContext): SkillEvidenceInput {
  return {
    learnerId: cells.needed('learner_id', asText, ''),
    skillId: cells.text('skill_id') ?? cells.needed('skill', (text) => readSkillName(text, skillNames), ''),
    source: cells.needed('source', (text) => readOneOf(text, SKILL_SOURCES), 'INFERRED'),
    level: cells.read('level', readNumber),
    confidence: cells.read('confidence', readNumber),
    observedAt: cells.read('observed_at', (text) => readInstant(text, timezone)),
    scale: cells.text('scale'),
    scaleValue: cells.text('scale_value'),
  };
}

export function assignmentRow(cells: RowCells<'assignments'>, { timezone }: RowContext): AssignmentInput {
  return {
    learnerId: cells.needed('learner_id', asText, ''),
    courseId: cells.needed('course_id', asText, ''),
    obligation: cells.read('obligation', (text) => readOneOf(text, OBLIGATIONS)) ?? 'ASSIGNED',
    dueAt: cells.read('due_at', (text) => readInstant(text, timezone)),
    countsFrom: cells.read('counts_from', (text) => readInstant(text, timezone)),
  };
}

export function holidayRow(cells: RowCells<'holidays'>): HolidayInput {
  return {
    location: cells.text('location') ?? null,
    day: cells.needed('day', asText, ''),
    name: cells.needed('name', asText, ''),
  };
}

export function leaveRow(cells: RowCells<'leave'>): Leave {
  return {
    learnerId: cells.needed('learner_id', asText, ''),
    startsOn: cells.needed('starts_on', asText, ''),
    endsOn: cells.needed('ends_on', asText, ''),
  };
}

export function activityRow(cells: RowCells<'activity'>, { verb, source, timezone }: RowContext): InteractionInput {
  const givenVerb = cells.read('verb', (text) => readOneOf(text, VERBS));
  if (cells.text('verb') === null && verb === null) {
    cells.fail('verb', `${cells.nameOf('verb')} is empty; say with --verb what such rows tell`);
  }
  const interaction = {
    source: cells.text('source') ?? source,
    learnerId: cells.needed('learner_id', asText, ''),
    courseId: cells.text('course_id') ?? null,
    verb: givenVerb ?? verb ?? 'VIEWED',
    at: cells.needed('at', (text) => readInstant(text, timezone), new Date(0)),
    device: cells.read('device', (text) => readOneOf(text, DEVICES)) ?? null,
    channel: cells.read('channel', (text) => readOneOf(text, CHANNELS)) ?? null,
    durationSeconds: cells.read('duration_seconds', readNumber) ?? null,
    progress: cells.read('progress', readNumber) ?? null,
    score: cells.read('score', readNumber) ?? null,
    query: cells.text('query') ?? null,
    resultCount: cells.read('result_count', readWholeNumber) ?? null,
    page: cells.text('page') ?? null,
    servedListId: cells.text('served_list_id') ?? null,
    reason: cells.read('reason', (text) => readOneOf(text, DISMISS_REASONS)) ?? null,
  };
  return { ...interaction, eventId: cells.text('event_id') ?? eventIdOf(interaction) };
}

/**
 * An id that depends on nothing but what an event says: the same event of another file, or of the same one imported
 * again, is a duplicate.
 */
export function eventIdOf(event: Omit<InteractionInput, 'eventId'>): string {
  const said = [
    event.source,
    event.learnerId,
    event.courseId ?? null,
    event.verb,
    event.at.getTime(),
    event.device ?? null,
    event.channel ?? null,
    event.durationSeconds ?? null,
    event.progress ?? null,
    event.score ?? null,
    event.query ?? null,
    event.resultCount ?? null,
    event.page ?? null,
    event.servedListId ?? null,
    // Only where there is one: the ids of files imported before reasons were known stay the same.
    ...(event.reason === null || event.reason === undefined ? [] : [event.reason]),
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url');
}

/** The lists one after the other; absent only when all are, and null when the others are empty. */
function joined(...lists: readonly (readonly string[] | null | undefined)[]): readonly string[] | null | undefined {
  if (lists.every((list) => list === undefined)) return undefined;
  const entries = lists.flatMap((list) => list ?? []);
  return entries.length === 0 ? null : entries;
}

function mapped<T, R>(list: readonly T[] | null | undefined, map: (entry: T, place: number) => R) {
  return list === null || list === undefined ? list : list.map(map);
}

/** The skills of a row: those given by id, then those given by name. */
function skillIds(cells: RowCells<'courses'> | RowCells<'roles'>, skillNames: SkillNames) {
  return joined(
    cells.list('skill_ids', asText),
    cells.list('skills', (text) => readSkillName(text, skillNames)),
  );
}

/** A list of numbers beside the skills of a row: one for each, or one for all. */
function perSkill<K extends 'courses' | 'roles'>(
  cells: RowCells<K>,
  name: ColumnName<K>,
  ids: readonly string[] | null | undefined,
): (place: number) => number | null {
  const values = cells.list(name, readNumber) ?? [];
  const [single = null] = values;
  if (values.length <= 1) return () => single;
  const count = ids?.length ?? 0;
  if (values.length !== count) {
    cells.fail(
      name,
      `${cells.nameOf(name)} has ${values.length} entries for ${count} skills; give one for each or one for all`,
    );
  }
  return (place) => values[place] ?? null;
}

function readSkillName(text: string, skillNames: SkillNames): Reading<string> {
  const skill = skillNames.find(text);
  if ('id' in skill) return { value: skill.id };
  return { problem: `is the name of several skills (${skill.ambiguousIds.join(', ')}); name it by its id` };
}
