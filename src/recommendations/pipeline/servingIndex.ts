import type { CatalogSnapshot } from '../../catalog/catalogSnapshot.js';
import { type Course, durationBand, isFull, primaryLanguage } from '../../catalog/course.js';
import { contentOf } from '../../training/courseContent.js';
import { type Model, type Newcomer, withNewcomers } from '../../training/model.js';
import type { LiveModel } from '../../training/training.service.js';

/** A course that teaches a skill. */
export interface Teaching {
  readonly position: number;
  readonly levelFrom: number;
  readonly levelTo: number;
}

/** What courses can be told apart by, beside what they teach. */
export const ATTRIBUTES = ['format', 'length', 'level', 'language', 'provider'] as const;
export type AttributeName = (typeof ATTRIBUTES)[number];

/** One attribute of every course. */
export interface AttributeColumn {
  /** Index into `values` by position. */
  readonly indices: Uint16Array;
  /** The first is empty: courses that do not say. */
  readonly values: readonly string[];
}

/** All attributes at once: courses that are alike in every one of them share a number. */
export interface AttributeMix {
  /** By position. */
  readonly indices: Uint32Array;
  /** By number the index into the values of each attribute. */
  readonly of: Readonly<Record<AttributeName, Uint16Array>>;
  readonly count: number;
}

/**
 * The catalogue joined to a model, laid out for going through all courses at every request. A course's position breaks
 * ties between equal scores: newest first, then by id, the same in every process.
 */
export interface ServingIndex {
  readonly catalog: CatalogSnapshot;
  readonly live: LiveModel | null;
  /** The live one, with the courses that have come since it was trained; null: there is none. */
  readonly model: Model | null;
  readonly courses: readonly Course[];
  readonly positionById: ReadonlyMap<string, number>;
  /** Item of the model at each position; −1 for a course that the model does not know. */
  readonly itemIndices: Int32Array;
  /** Whether the model does not know some of the courses. */
  readonly hasUnknownItems: boolean;
  /** From when and until when a course may be recommended to anybody, in milliseconds; never: until −Infinity. */
  readonly openFromMs: Float64Array;
  readonly openUntilMs: Float64Array;
  /** Index into `languages` at each position; −1: suits every language. */
  readonly languageIndices: Int32Array;
  /** Primary subtags. */
  readonly languages: readonly string[];
  /** Courses with prerequisites. */
  readonly conditionalPositions: readonly number[];
  /** By id of a course the positions of those that ask for it first. */
  readonly positionsAfter: ReadonlyMap<string, readonly number[]>;
  readonly teachingBySkill: ReadonlyMap<string, readonly Teaching[]>;
  readonly attributes: Readonly<Record<AttributeName, AttributeColumn>>;
  readonly attributeMix: AttributeMix;
  /** Factors of the model at each position, of length 1 (or 0 where there are none), `rank` each; null: no factors. */
  readonly directions: { readonly values: Float32Array; readonly rank: number } | null;
}

/** The columns of an index that go by the model. */
function modelColumns(
  catalog: CatalogSnapshot,
  courses: readonly Course[],
  live: LiveModel | null,
): Pick<ServingIndex, 'live' | 'model' | 'itemIndices' | 'hasUnknownItems' | 'directions'> {
  const model = live === null ? null : withNewcomers(live.model, newcomersTo(live.model, catalog));
  const itemIndices = Int32Array.from(courses, (course) => model?.indexByCourseId.get(course.id) ?? -1);
  return {
    live,
    model,
    itemIndices,
    hasUnknownItems: itemIndices.includes(-1),
    directions: model === null ? null : directionsOf(courses, model),
  };
}

/** The same catalogue joined to another model; all that does not go by the model is shared. */
export function withModel(index: ServingIndex, live: LiveModel): ServingIndex {
  return { ...index, ...modelColumns(index.catalog, index.courses, live) };
}

export function createServingIndex(catalog: CatalogSnapshot, live: LiveModel | null): ServingIndex {
  const courses = [...catalog.courses].sort((a, b) => publishedMs(b) - publishedMs(a) || (a.id < b.id ? -1 : 1));
  const languages = [
    ...new Set(courses.flatMap(({ language }) => (language === null ? [] : [primaryLanguage(language)]))),
  ];
  const languageIndex = new Map(languages.map((language, i) => [language, i]));
  const conditionalPositions: number[] = [];
  const positionsAfter = new Map<string, number[]>();
  const teachingBySkill = new Map<string, Teaching[]>();
  courses.forEach((course, position) => {
    if (course.prerequisiteIds.length > 0) conditionalPositions.push(position);
    for (const id of course.prerequisiteIds) listIn(positionsAfter, id).push(position);
    for (const { skillId, levelFrom, levelTo } of course.skills) {
      listIn(teachingBySkill, skillId).push({ position, levelFrom, levelTo });
    }
  });
  const attributes = {
    format: columnOf(courses, ({ kind }) => kind),
    length: columnOf(courses, ({ durationMinutes: m }) => (m === null ? null : durationBand(m))),
    level: columnOf(courses, ({ level }) => level),
    language: columnOf(courses, ({ language }) => (language === null ? null : primaryLanguage(language))),
    provider: columnOf(courses, ({ provider }) => provider),
  };
  return {
    catalog,
    courses,
    positionById: new Map(courses.map((course, position) => [course.id, position])),
    openFromMs: Float64Array.from(courses, (course) => course.publishedAt?.getTime() ?? Number.NEGATIVE_INFINITY),
    openUntilMs: Float64Array.from(courses, openUntilMs),
    languageIndices: Int32Array.from(courses, ({ language }) =>
      language === null ? -1 : (languageIndex.get(primaryLanguage(language)) ?? -1),
    ),
    languages,
    conditionalPositions,
    positionsAfter,
    teachingBySkill,
    attributes,
    attributeMix: mixOf(courses.length, attributes),
    ...modelColumns(catalog, courses, live),
  };
}

/** The list under a key, begun when it is first asked for. */
function listIn<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const begun: Item[] = [];
  lists.set(key, begun);
  return begun;
}

/** A course with dates is open until the last one with a free seat begins. */
function openUntilMs({ excludedFromRecommendations, retiredAt, sessions }: Course): number {
  if (excludedFromRecommendations) return Number.NEGATIVE_INFINITY;
  const retiredMs = retiredAt?.getTime() ?? Number.POSITIVE_INFINITY;
  if (sessions.length === 0) return retiredMs;
  const starts = sessions.filter((session) => !isFull(session)).map(({ startsAt }) => startsAt.getTime());
  return Math.min(retiredMs, Math.max(Number.NEGATIVE_INFINITY, ...starts));
}

/** More different values than this are not told apart: the rest count as not said. */
const MOST_VALUES = 65_535;

function columnOf(courses: readonly Course[], read: (course: Course) => string | null): AttributeColumn {
  const indexByValue = new Map<string, number>();
  const values = [''];
  const indices = Uint16Array.from(courses, (course) => {
    const value = read(course);
    if (value === null || value === '') return 0;
    const known = indexByValue.get(value);
    if (known !== undefined) return known;
    if (values.length > MOST_VALUES) return 0;
    indexByValue.set(value, values.length);
    return values.push(value) - 1;
  });
  return { indices, values };
}

function mixOf(courseCount: number, attributes: ServingIndex['attributes']): AttributeMix {
  const columns = ATTRIBUTES.map((name) => attributes[name].indices);
  const numbers = new Map<string, number>();
  const firstOf: number[] = [];
  const indices = new Uint32Array(courseCount);
  for (let position = 0; position < courseCount; position++) {
    const key = columns.map((column) => column[position]).join();
    const known = numbers.get(key) ?? numbers.size;
    if (known === numbers.size) {
      numbers.set(key, known);
      firstOf.push(position);
    }
    indices[position] = known;
  }
  const of = Object.fromEntries(
    ATTRIBUTES.map((name) => [name, Uint16Array.from(firstOf, (position) => attributes[name].indices[position]!)]),
  ) as Record<AttributeName, Uint16Array>;
  return { indices, of, count: numbers.size };
}

function directionsOf(courses: readonly Course[], { likeness, indexByCourseId }: Model): ServingIndex['directions'] {
  if (likeness === null) return null;
  const { rank, itemFactors } = likeness.model;
  const values = new Float32Array(courses.length * rank);
  courses.forEach(({ id }, position) => {
    const item = indexByCourseId.get(id);
    const norm = item === undefined ? 0 : (likeness.norms[item] as number);
    if (item === undefined || norm === 0) return;
    for (let k = 0; k < rank; k++) values[position * rank + k] = (itemFactors[item * rank + k] as number) / norm;
  });
  return { values, rank };
}

function newcomersTo({ indexByCourseId }: Model, { courses, skills }: CatalogSnapshot): Newcomer[] {
  return courses
    .filter(({ id }) => !indexByCourseId.has(id))
    .map((course) => ({ courseId: course.id, content: contentOf(course, skills) }));
}

function publishedMs(course: Course): number {
  return course.publishedAt?.getTime() ?? 0;
}
