import type { KnownIds } from './generatedQueries.js';
import type { Answer } from './testApp.js';

const MOST_OF_A_KIND = 60;
const MOST_LOOKED_AT = 20;

/**
 * Ids and names of a service that holds something, for operations that are drawn.
 *
 * @param learnerIds of people it knows
 * @param post as an administrator
 */
export async function knownIds(
  learnerIds: readonly string[],
  post: (query: string, variables: Readonly<Record<string, unknown>>) => Promise<Answer>,
): Promise<KnownIds> {
  const { data } = await post(
    `{ courses(first: 60) { edges { node { id provider tags } } }
       skills(first: 60) { edges { node { id } } }
       roles(first: 60) { edges { node { id } } } }`,
    {},
  );
  const people: Readonly<Record<string, unknown>>[] = [];
  const learners = learnerIds.slice(0, MOST_OF_A_KIND);
  for (const id of learners.slice(0, MOST_LOOKED_AT)) {
    const answer = await post('query ($id: ID!) { learner(learnerId: $id) { department location } }', { id });
    people.push((answer.data as { learner: Record<string, unknown> | null } | null)?.learner ?? {});
  }
  const ofPeople = (name: string): string[] => [
    ...new Set(people.map((person) => person[name]).filter((value) => typeof value === 'string')),
  ];
  const of = (name: string, read: (node: Readonly<Record<string, unknown>>) => unknown): string[] => {
    const { edges } = (data as Record<string, { edges: { node: Record<string, unknown> }[] }>)[name] ?? { edges: [] };
    const found = edges.flatMap(({ node }) => read(node)).filter((value) => typeof value === 'string');
    return [...new Set(found)].slice(0, MOST_OF_A_KIND);
  };
  return new Map([
    ['department', ofPeople('department')],
    ['location', ofPeople('location')],
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
