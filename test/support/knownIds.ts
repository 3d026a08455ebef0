import type { KnownIds } from './generatedQueries.js';
import type { Answer } from './testApp.js';

const MOST_OF_A_KIND = 60;

/**
 * Ids and names of a service that holds something, for operations that are drawn.
 *
 * @param post as an administrator
 */
export async function knownIds(
  post: (query: string, variables: Readonly<Record<string, unknown>>) => Promise<Answer>,
): Promise<KnownIds> {
  const { data } = await post(
    `{ courses(first: 60) { edges { node { id provider tags } } }
       skills(first: 60) { edges { node { id } } }
       roles(first: 60) { edges { node { id } } }
       learners(first: 60) { edges { node { id department location } } } }`,
    {},
  );
  const of = (name: string, read: (node: Readonly<Record<string, unknown>>) => unknown): string[] => {
    const { edges } = (data as Record<string, { edges: { node: Record<string, unknown> }[] }>)[name] ?? { edges: [] };
    const found = edges.flatMap(({ node }) => read(node)).filter((value) => typeof value === 'string');
    return [...new Set(found)].slice(0, MOST_OF_A_KIND);
  };
  const learners = of('learners', ({ id }) => id);
  return new Map([
    ['department', of('learners', ({ department }) => department)],
    ['location', of('learners', ({ location }) => location)],
    ['provider', of('courses', ({ provider }) => provider)],
    ['tag', of('courses', ({ tags }) => tags)],
    ['course', of('courses', ({ id }) => id)],
    ['skill', of('skills', ({ id }) => id)],
    ['role', of('roles', ({ id }) => id)],
    ['learner', learners],
    ['manager', learners],
    ['me', learners],
  ]);
}
