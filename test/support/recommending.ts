import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, shuffled } from '../../src/stats/random.js';
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
    ... on RoleEvidence { roleId skillId }
    ... on SearchEvidence { term hadNoResults }
    ... on PeersEvidence { people groupPeople }
    ... on UnlocksEvidence { courseId stepCount }
    ... on FitEvidence { attribute value }
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
const CAMP_LEARNERS = 60;
const TAKEN_EACH = 6;
const HOUR_MS = 3_600_000;

/**
 * An organisation of two camps that share no course: everyone completed half of what their camp takes, drawn at random
 * from a fixed seed. Learners and courses take turns, those of the first camp first.
 */
export function twoCamps(until: Date): TwoCamps {
  const random = createRandom(1);
  const published = new Date('2024-01-01T00:00:00Z');
  const courses = Array.from({ length: 2 * CAMP_COURSES }, () => aCourse({ publishedAt: published }));
  const learners = Array.from({ length: 2 * CAMP_LEARNERS }, () => aLearner());
  const camps = [0, 1].map((camp) => courses.filter((_, i) => i % 2 === camp).map(({ id }) => id));
  const interactions = learners.flatMap(({ id: learnerId }, i) =>
    shuffled(camps[i % 2] ?? [], random)
      .slice(0, TAKEN_EACH)
      .map((courseId, round) => {
        const hoursAgo = (TAKEN_EACH - round) * learners.length - i;
        return anInteraction({ learnerId, courseId, at: new Date(until.getTime() - hoursAgo * HOUR_MS) });
      }),
  );
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
