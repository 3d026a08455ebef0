import type { CatalogSnapshot } from '../catalog/catalogSnapshot.js';
import type { Course } from '../catalog/course.js';
import type { Model } from '../training/model.js';
import type { LiveModel } from '../training/training.service.js';

/**
 * The catalogue joined to a model. A course's position here breaks ties between equal scores: newest first, then by id,
 * the same in every process.
 */
export interface ServingIndex {
  readonly catalog: CatalogSnapshot;
  readonly live: LiveModel | null;
  readonly model: Model | null;
  readonly courses: readonly Course[];
  readonly positionById: ReadonlyMap<string, number>;
  /** Item of the model at each position; −1 for a course that the model does not know. */
  readonly itemIndices: Int32Array;
}

export function createServingIndex(catalog: CatalogSnapshot, live: LiveModel | null): ServingIndex {
  const model = live?.model ?? null;
  const courses = [...catalog.courses].sort((a, b) => publishedMs(b) - publishedMs(a) || (a.id < b.id ? -1 : 1));
  const itemIndices = new Int32Array(courses.length);
  courses.forEach((course, position) => {
    itemIndices[position] = model?.indexByCourseId.get(course.id) ?? -1;
  });
  return {
    catalog,
    live,
    model,
    courses,
    positionById: new Map(courses.map((course, position) => [course.id, position])),
    itemIndices,
  };
}

function publishedMs(course: Course): number {
  return course.publishedAt?.getTime() ?? 0;
}
