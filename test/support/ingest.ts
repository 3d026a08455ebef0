import type { InteractionInput } from '../../src/activity/interactionPlan.js';
import type { CourseInput, RoleInput, SkillInput } from '../../src/catalog/catalogPlan.js';
import type { AssignmentInput, LearnerInput, SkillEvidenceInput } from '../../src/learners/learnerPlan.js';
import type { TestApp } from './testApp.js';

const ERRORS = 'userErrors { index code message path }';

/** The mutations that take rows in, by their names, each with a variable `rows`. */
export const INGESTION = {
  upsertSkills: `mutation ($rows: [UpsertSkillInput!]!) {
    upsertSkills(skills: $rows) { storedCount ${ERRORS} } }`,
  upsertRoles: `mutation ($rows: [UpsertRoleInput!]!) {
    upsertRoles(roles: $rows) { storedCount ${ERRORS} } }`,
  upsertCourses: `mutation ($rows: [UpsertCourseInput!]!) {
    upsertCourses(courses: $rows) { storedCount ${ERRORS} } }`,
  upsertLearners: `mutation ($rows: [UpsertLearnerInput!]!) {
    upsertLearners(learners: $rows) { storedCount ${ERRORS} } }`,
  recordSkillEvidence: `mutation ($rows: [SkillEvidenceRowInput!]!) {
    recordSkillEvidence(evidence: $rows) { storedCount ${ERRORS} } }`,
  assignCourses: `mutation ($rows: [AssignCourseInput!]!) {
    assignCourses(assignments: $rows) { storedCount ${ERRORS} } }`,
  recordActivity: `mutation ($rows: [RecordInteractionInput!]!) {
    recordActivity(interactions: $rows) { storedCount duplicateCount ${ERRORS} } }`,
} as const;
export type IngestionMutation = keyof typeof INGESTION;

/** What a mutation says became of the rows. */
export interface IngestionResult {
  readonly storedCount: number;
  readonly duplicateCount?: number;
  readonly userErrors: readonly {
    readonly index: number;
    readonly code: string;
    readonly message: string;
    readonly path: readonly string[];
  }[];
}

/** Sends rows of any shape, good or bad, within a request that is well formed. */
export async function ingest(
  test: Pick<TestApp, 'ask'>,
  mutation: IngestionMutation,
  rows: readonly unknown[],
): Promise<IngestionResult> {
  const data = await test.ask<Record<string, IngestionResult>>(INGESTION[mutation], { rows });
  return data[mutation] as IngestionResult;
}

export interface Organisation {
  readonly skills?: readonly SkillInput[];
  readonly roles?: readonly RoleInput[];
  readonly courses?: readonly CourseInput[];
  readonly learners?: readonly LearnerInput[];
  readonly evidence?: readonly SkillEvidenceInput[];
  readonly assignments?: readonly AssignmentInput[];
  readonly interactions?: readonly InteractionInput[];
}

const ORDER: readonly (readonly [keyof Organisation, IngestionMutation])[] = [
  ['skills', 'upsertSkills'],
  ['roles', 'upsertRoles'],
  ['courses', 'upsertCourses'],
  ['learners', 'upsertLearners'],
  ['evidence', 'recordSkillEvidence'],
  ['assignments', 'assignCourses'],
  ['interactions', 'recordActivity'],
];
const BATCH = 1_000;

/** Sends everything in an order in which nothing is missing, and insists that all of it is taken. */
export async function store(test: Pick<TestApp, 'ask'>, organisation: Organisation): Promise<void> {
  for (const [name, mutation] of ORDER) {
    const rows = organisation[name] ?? [];
    for (let start = 0; start < rows.length; start += BATCH) {
      const { userErrors } = await ingest(test, mutation, rows.slice(start, start + BATCH));
      if (userErrors.length > 0) throw new Error(`${mutation} refused rows: ${JSON.stringify(userErrors)}`);
    }
  }
}
