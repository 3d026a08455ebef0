import type { Course } from '../../catalog/course.js';
import type { ServingIndex } from './servingIndex.js';

export interface AlikeCourse {
  readonly course: Course;
  /** Cosine of the two sets, 0–1. */
  readonly similarity: number;
}

/**
 * The offered courses that share most skills with one, of equal ones those that share most tags; those that share tags
 * alone follow. Says less than what people take, and is all there is before a model knows the course.
 */
export function alikeBySkills(
  index: Pick<ServingIndex, 'courses'>,
  course: Course,
  isOffered: (position: number) => boolean,
  first: number,
): AlikeCourse[] {
  const skills = new Set(course.skills.map(({ skillId }) => skillId));
  const tags = new Set(course.tags);
  return index.courses
    .flatMap((other, position) => {
      if (!isOffered(position) || other.id === course.id) return [];
      const bySkills = cosineOfSets(skills, new Set(other.skills.map(({ skillId }) => skillId)));
      const byTags = cosineOfSets(tags, new Set(other.tags));
      return bySkills + byTags > 0 ? [{ course: other, position, bySkills, byTags }] : [];
    })
    .sort((a, b) => b.bySkills - a.bySkills || b.byTags - a.byTags || a.position - b.position)
    .slice(0, first)
    .map(({ course: other, bySkills, byTags }) => ({
      course: other,
      // Sharing all tags is not worth one shared skill.
      similarity: bySkills > 0 ? bySkills : Math.min(0.1, byTags / 10),
    }));
}

function cosineOfSets(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const one of b) if (a.has(one)) shared += 1;
  return shared / Math.sqrt(a.size * b.size);
}
