import { setTimeout as sleep } from 'node:timers/promises';
import type { InteractionInput } from '../../src/activity/interactionPlan.js';
import { aCourse, aLearner, anInteraction } from './builders.js';
import type { Organisation } from './ingest.js';
import type { TestApp } from './testApp.js';

/** One page of recommendations. */
export interface RecommendedPage {
  readonly learnerId: string;
  readonly servedListId: string;
  readonly strategy: string;
  readonly modelVersion: string | null;
  readonly edges: readonly {
    readonly cursor: string;
    readonly node: {
      readonly course: { readonly id: string };
      readonly score: number;
      readonly rank: number;
      readonly reasons: readonly {
        readonly code: string;
        readonly text: string;
        readonly evidence: Readonly<Record<string, unknown>> | null;
      }[];
    };
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export const PAGE_FIELDS = `learnerId servedListId strategy modelVersion
  edges { cursor node { course { id } score rank reasons { code text evidence {
    ... on HistoryEvidence { courseId share }
    ... on SkillGapEvidence { skillId levelBefore levelAfter targetLevel }
    ... on PopularityEvidence { learnerCount }
    ... on NewnessEvidence { publishedAt }
    ... on ProgressEvidence { progress } } } } }
  pageInfo { hasNextPage endCursor }`;

export const RECOMMENDATIONS = `query ($learnerId: ID!, $first: Int, $after: String) {
  recommendations(learnerId: $learnerId, first: $first, after: $after) { ${PAGE_FIELDS} } }`;

export const courseIdsOf = (page: RecommendedPage): string[] => page.edges.map(({ node }) => node.course.id);

/** A page of recommendations, of the whole list (up to 100) unless told otherwise. */
export async function recommend(
  service: Pick<TestApp, 'ask'>,
  learnerId: string,
  page: { readonly first?: number; readonly after?: string | null } = {},
): Promise<RecommendedPage> {
  const variables = { first: 100, ...page, learnerId };
  return (await service.ask<{ recommendations: RecommendedPage }>(RECOMMENDATIONS, variables)).recommendations;
}

export interface TwoCamps extends Required<Pick<Organisation, 'courses' | 'learners' | 'interactions'>> {
  /** Course ids by camp. */
  readonly camps: readonly [readonly string[], readonly string[]];
}

const CAMP_COURSES = 12;
const CAMP_LEARNERS = 30;
const TAKEN_EACH = 6;
const HOUR_MS = 3_600_000;

/**
 * An organisation of two camps that share no course: everyone completed half of what their camp takes, and which half
 * tells nothing. The first camp has the learners with even numbers.
 */
export function twoCamps(until: Date): TwoCamps {
  const courses = Array.from({ length: 2 * CAMP_COURSES }, () =>
    aCourse({ publishedAt: new Date('2024-01-01T00:00:00Z') }),
  );
  const learners = Array.from({ length: 2 * CAMP_LEARNERS }, () => aLearner());
  const camps = [0, 1].map((camp) => courses.filter((_, i) => i % 2 === camp).map(({ id }) => id));
  const interactions: InteractionInput[] = [];
  for (let round = 0; round < TAKEN_EACH; round += 1) {
    learners.forEach(({ id: learnerId }, i) => {
      const course = (Math.floor(i / 2) * 5 + round * 7) % CAMP_COURSES;
      const hoursAgo = (TAKEN_EACH - round) * learners.length - i;
      const at = new Date(until.getTime() - hoursAgo * HOUR_MS);
      interactions.push(anInteraction({ learnerId, courseId: camps[i % 2]?.[course] ?? null, at }));
    });
  }
  return { courses, learners, interactions, camps: camps as [string[], string[]] };
}

/** Trains in the background, as a portal would ask for it, and returns the version of the model. */
export async function train(service: TestApp): Promise<string> {
  const { trainModel } = await service.ask<{ trainModel: { id: string } }>('mutation { trainModel { id } }');
  for (;;) {
    const { trainingRun } = await service.ask<{
      trainingRun: { status: string; error: string | null; modelVersion: string | null };
    }>('query ($id: ID!) { trainingRun(id: $id) { status error modelVersion } }', { id: trainModel.id });
    if (trainingRun.status === 'FAILED') throw new Error(`The training failed: ${trainingRun.error}`);
    if (trainingRun.status === 'SUCCEEDED') return trainingRun.modelVersion ?? '';
    await sleep(50);
  }
}
