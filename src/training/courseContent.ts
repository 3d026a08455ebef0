import type { Course, Skill } from '../catalog/course.js';
import type { ItemContent } from '../recsys/contentFeatures.js';

/** What is written about a course, as a model reads it. */
export function contentOf(course: Course, skills: ReadonlyMap<string, Skill>): ItemContent {
  return {
    title: course.title,
    description: course.description,
    provider: course.provider,
    level: course.level,
    language: course.language,
    kind: course.kind,
    categories: course.tags,
    skills: course.skills.map(({ skillId }) => skills.get(skillId)?.name ?? skillId),
  };
}
