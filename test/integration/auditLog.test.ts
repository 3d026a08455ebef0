import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnBothDatabases } from '../support/databases.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const AUDIT_LOG = `query ($first: Int, $after: String, $subject: String) {
  auditLog(first: $first, after: $after, subject: $subject) {
    edges { node { id at by action subject text reason changes { field before after } before after } }
    pageInfo { hasNextPage hasPreviousPage endCursor } } }`;
const UPDATE_POLICY = `mutation ($input: UpdatePolicyInput!, $expectedVersion: Int!, $reason: String!) {
  updatePolicy(input: $input, expectedVersion: $expectedVersion, reason: $reason) { userErrors { message } } }`;
const UPDATE_DELIVERY = `mutation ($input: UpdateDeliveryPolicyInput!, $expectedVersion: Int!, $reason: String!) {
  updateDeliveryPolicy(input: $input, expectedVersion: $expectedVersion, reason: $reason) { userErrors { message } } }`;

interface Log {
  readonly auditLog: {
    readonly edges: readonly { readonly node: Readonly<Record<string, unknown>> }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string };
  };
}

describeOnBothDatabases('the audit log', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    const editor = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    await service.ask(UPDATE_POLICY, { input: { diversity: 0.5 }, expectedVersion: 0, reason: 'One' }, editor);
    await service.ask(UPDATE_DELIVERY, { input: { weeklyBudget: 2 }, expectedVersion: 0, reason: 'Two' }, editor);
    await service.ask(UPDATE_POLICY, { input: { explorationShare: 0 }, expectedVersion: 1, reason: 'Three' }, editor);
  });
  afterAll(() => service.close());

  const log = async (variables: Readonly<Record<string, unknown>> = {}) =>
    (await service.ask<Log>(AUDIT_LOG, variables)).auditLog;
  const reasons = async (variables: Readonly<Record<string, unknown>>) =>
    (await log(variables)).edges.map(({ node }) => node['reason']);

  test('tells who changed a setting, when, why, and what was before and after', async () => {
    const { edges } = await log({ subject: 'policy' });
    expect(edges.map(({ node }) => node)).toEqual([
      {
        ...{ id: expect.any(String), at: NOON.toISOString(), by: 'person ed', action: 'CHANGED', subject: 'policy' },
        text: 'The policy changed: version 2 follows version 1.',
        reason: 'Three',
        changes: [{ field: 'explorationShare', before: 0.05, after: 0 }],
        before: expect.objectContaining({ diversity: 0.5, explorationShare: 0.05 }),
        after: expect.objectContaining({ diversity: 0.5, explorationShare: 0 }),
      },
      expect.objectContaining({ reason: 'One', changes: [{ field: 'diversity', before: 0.3, after: 0.5 }] }),
    ]);
  });

  test('is read page by page, the newest first', async () => {
    const one = await log({ first: 2 });
    expect(one.edges.map(({ node }) => node['reason'])).toEqual(['Three', 'Two']);
    expect(one.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const two = await log({ first: 2, after: one.pageInfo.endCursor });
    expect(two.edges.map(({ node }) => node['reason'])).toEqual(['One']);
    expect(two.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(await reasons({ first: 0 })).toEqual([]);
    expect((await service.post(AUDIT_LOG, { after: 'x' })).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect((await service.post(AUDIT_LOG, { subject: 'a\0b' })).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('has no entry of what was refused', async () => {
    const stale = { input: { diversity: 0.9 }, expectedVersion: 0, reason: 'Stale' };
    expect((await service.post(UPDATE_POLICY, stale)).errors[0]?.extensions.code).toBe('CONFLICT');
    expect(await reasons({})).toEqual(['Three', 'Two', 'One']);
  });

  test('loses a change together with its entry, never one of the two', async () => {
    await service.sql(`ALTER TABLE audit_entry ADD CONSTRAINT no_more CHECK (reason <> 'Lost')`);
    const lost = { input: { diversity: 0.9 }, expectedVersion: 2, reason: 'Lost' };
    expect((await service.post(UPDATE_POLICY, lost)).errors[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    await service.sql('ALTER TABLE audit_entry DROP CONSTRAINT no_more');
    expect(await service.ask('{ policy { version diversity } }')).toEqual({ policy: { version: 2, diversity: 0.5 } });
    expect(await reasons({})).toEqual(['Three', 'Two', 'One']);
  });
});
