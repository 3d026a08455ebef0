import { afterAll, beforeAll, expect, test } from 'vitest';
import { aCourse, aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(NOON.getTime() - days * DAY_MS);
const dayOf = (days: number) => `${daysAgo(days).toISOString().slice(0, 10)}T00:00:00.000Z`;

interface Need {
  readonly term: string;
  readonly status: string;
  readonly people: number | null;
  readonly searches: number | null;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly answeredSince: string | null;
  readonly courses: readonly { readonly id: string }[];
}
interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: Need }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
}

const NEEDS = `query ($first: Int, $after: String, $includeMet: Boolean) {
  contentNeeds(first: $first, after: $after, includeMet: $includeMet) {
    edges { cursor node { term status people searches firstAt lastAt answeredSince courses { id } } }
    pageInfo { hasNextPage hasPreviousPage } } }`;

describeOnBothDatabases('content needs', (kind) => {
  let service: TestApp;
  const people = Array.from({ length: 8 }, () => aLearner());
  beforeAll(async () => {
    service = await openTestApp(kind);
    service.now = daysAgo(90);
    await store(service, {
      learners: people,
      courses: [aCourse({ id: 'old', title: 'Wine tasting', language: 'en' })],
    });
    service.now = NOON;
    await searched('beekeeping', 6, 20);
    await searched('carpentry', 4, 10);
    await searched('wine tasting', 5, 30);
    await searched('pilates', 5, 5);
    await searched('grace hopper', 2, 1);
    await searched('grace hopper', 2, 2);
    // Found something: no need at all.
    await searched('excel', 8, 3, 0);
  });
  afterAll(() => service.close());

  /** The first so many people search for it, one each day up to so many days ago. */
  async function searched(term: string, count: number, daysBack: number, zeroResults = 1): Promise<void> {
    for (const [i, { id }] of people.slice(0, count).entries()) {
      await service.sql(
        `INSERT INTO learner_search (learner_id, at, term, searches, zero_results) VALUES ($1, $2, $3, 1, $4)`,
        [id, daysAgo(daysBack + count - 1 - i), term, zeroResults],
      );
    }
  }
  const page = async (variables: Readonly<Record<string, unknown>> = {}): Promise<Page> =>
    (await service.ask<{ contentNeeds: Page }>(NEEDS, variables)).contentNeeds;
  const needs = async (variables = {}): Promise<Need[]> => (await page(variables)).edges.map(({ node }) => node);

  test('are what most people looked for, then the latest, and never what only two did', async () => {
    expect(await needs()).toEqual([
      {
        ...{ term: 'beekeeping', status: 'UNMET', people: 6, searches: 6 },
        ...{ firstAt: dayOf(25), lastAt: dayOf(20), answeredSince: null, courses: [] },
      },
      {
        ...{ term: 'pilates', status: 'UNMET', people: 5, searches: 5 },
        ...{ firstAt: dayOf(9), lastAt: dayOf(5), answeredSince: null, courses: [] },
      },
      {
        ...{ term: 'carpentry', status: 'UNMET', people: null, searches: null },
        ...{ firstAt: dayOf(13), lastAt: dayOf(10), answeredSince: null, courses: [] },
      },
    ]);
  });

  test('say what was overlooked, when asked for what is met', async () => {
    const all = await needs({ includeMet: true });
    expect(all.map(({ term, status }) => [term, status])).toEqual([
      ['beekeeping', 'UNMET'],
      ['pilates', 'UNMET'],
      ['wine tasting', 'OVERLOOKED'],
      ['carpentry', 'UNMET'],
    ]);
    expect(all[2]).toMatchObject({ courses: [{ id: 'old' }], answeredSince: null });
  });

  test('come page by page', async () => {
    const first = await page({ first: 2 });
    expect(first.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false });
    const second = await page({ first: 2, after: first.edges.at(-1)?.cursor });
    expect(second.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true });
    expect([...first.edges, ...second.edges].map(({ node }) => node.term)).toEqual([
      'beekeeping',
      'pilates',
      'carpentry',
    ]);
    // The cursor of a need of few people must not give away how many they are.
    expect(JSON.parse(Buffer.from(second.edges[0]?.cursor ?? '', 'base64url').toString())).toEqual({
      term: 'carpentry',
      place: 2,
    });
    const { errors } = await service.post(NEEDS, { after: 'nonsense' });
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('are answered by the next course that has the words', async () => {
    await store(service, { courses: [aCourse({ id: 'bees', title: 'Beekeeping at work', language: 'en' })] });
    expect((await needs()).map(({ term }) => term)).toEqual(['pilates', 'carpentry']);
    expect((await needs({ includeMet: true }))[0]).toMatchObject({
      ...{ term: 'beekeeping', status: 'ANSWERED' },
      ...{ answeredSince: NOON.toISOString(), courses: [{ id: 'bees' }] },
    });
  });

  test('are for L&D staff and administrators alone', async () => {
    for (const role of ['LD_EDITOR', 'LD_ANALYST', 'ADMIN'] as const) {
      const { status } = await service.post(NEEDS, {}, await service.token({ learnerId: 'staff', roles: [role] }));
      expect([role, status]).toEqual([role, 200]);
    }
    const tokens = [await service.token({ learnerId: 'a', roles: ['LEARNER', 'MANAGER', 'PRIVACY'] })];
    for (const credential of [...tokens, await service.key('RECOMMEND', 'INGEST', 'CATALOG', 'TIMING', 'TRAIN')]) {
      const { status, data, errors } = await service.post(NEEDS, {}, credential);
      expect([status, data, errors[0]?.extensions.code]).toEqual([403, null, 'FORBIDDEN']);
    }
  });
});
