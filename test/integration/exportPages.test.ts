import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSchema } from '../../src/app.js';
import { costOf } from '../../src/platform/graphql/graphqlLimits.js';
import { createLogger } from '../../src/platform/logger.js';
import { DATA_DECLARATIONS } from '../../src/storage.js';
import { aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const ANN = 'e-00042';
const SECTION = `query ($section: String!, $first: Int, $after: String) {
  exportLearnerSection(learnerId: "${ANN}", section: $section, first: $first, after: $after) { rows endCursor } }`;

interface Page {
  readonly rows: readonly { readonly id: number }[];
  readonly endCursor: string | null;
}

describeOnBothDatabases('a section of rows of others', (kind) => {
  let service: TestApp;
  const page = async (first: number, after: string | null): Promise<Page> =>
    (await service.ask<{ exportLearnerSection: Page }>(SECTION, { section: 'changes', first, after }))
      .exportLearnerSection;
  const pages = async (first: number): Promise<readonly Page[]> => {
    const found: Page[] = [];
    do found.push(await page(first, found.at(-1)?.endCursor ?? null));
    while (found.at(-1)?.endCursor !== null);
    return found;
  };

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { learners: [aLearner({ id: ANN })] });
    await service.sql('DELETE FROM audit_entry');
    await service.sql(
      `INSERT INTO audit_entry (id, at, by, action, subject, text, reason, before, after)
       SELECT n, now(), 'key abc', 'CHANGED', 'rule r' || n,
         CASE WHEN n IN (3, 4, 7000, 11999) THEN 'For the learner ${ANN}.' ELSE 'For all.' END, 'why', '{}', '{}'
       FROM generate_series(1, 12000) n`,
    );
    await service.sql('ANALYZE audit_entry');
  });
  afterAll(() => service.close());

  test('is looked through in parts, which together tell every row once', async () => {
    const found = await pages(10);
    expect(found.map(({ rows }) => rows.map(({ id }) => id))).toEqual([[3, 4], [7000], [11999]]);
    const short = await pages(1);
    expect(short.map(({ rows }) => rows.map(({ id }) => id))).toEqual([[3], [4], [7000], [11999]]);
    const none = await pages(0);
    expect(none).toEqual([{ rows: [], endCursor: null }]);
  });

  test('is there in the whole export as long as there may be more', async () => {
    await service.sql(`UPDATE audit_entry SET text = 'For all.' WHERE id IN (3, 4)`);
    const { exportLearner } = await service.ask<{ exportLearner: { sections: readonly (Page & { name: string })[] } }>(
      `{ exportLearner(learnerId: "${ANN}") { sections { name rows endCursor } } }`,
    );
    const changes = exportLearner.sections.find(({ name }) => name === 'changes');
    expect(changes?.rows).toEqual([]);
    const next = await page(10, changes?.endCursor ?? '');
    expect(next.endCursor).not.toBeNull();
    expect((await page(10, next.endCursor)).rows.map(({ id }) => id)).toEqual([7000]);
  });

  test('is read along the key of its table', async () => {
    const { dataSource } = service.app.database;
    const asked = vi.spyOn(dataSource, 'query');
    await page(10, (await page(10, null)).endCursor);
    const [sql, values] = asked.mock.calls.findLast(([text]) => text.includes('FROM "audit_entry"')) ?? [];
    asked.mockRestore();
    const plan = await dataSource.query(`EXPLAIN (FORMAT JSON) ${sql}`, values);
    expect(JSON.stringify(plan)).toMatch(/"Index Name":"audit_entry_pk"[^{}]*"Index Cond":"\(t?_?\d*\.?id > /);
  });

  test('is left when nobody waits for it any more', async () => {
    const signal = AbortSignal.abort();
    await expect(service.app.privacy.exportLearner(ANN, 10, signal)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const asked = service.app.privacy.exportSection(ANN, 'changes', { first: 10, after: null, signal });
    await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describeOnBothDatabases('a cursor of an export', (kind) => {
  let service: TestApp;
  const logged: string[] = [];
  beforeAll(async () => {
    service = await openTestApp(kind, { logger: createLogger('warn', { write: (line) => void logged.push(line) }) });
    await store(service, { learners: [aLearner({ id: ANN })] });
  });
  afterAll(() => service.close());

  test.each([
    ['activity', { seq: 'abc' }],
    ['activity', { seq: 1e30 }],
    ['activity', { seq: 1.5 }],
    ['activity', { seq: null }],
    ['activity', {}],
    ['activity', { seq: 1, id: 1 }],
    ['activity', { SEQ: 1 }],
    ['skills', { learner_id: 'a', skill_id: 'b', source: 3 }],
    ['skills', { learner_id: 'a', skill_id: 'b', source: 'c\0' }],
    ['leave', { learner_id: 'a', starts_on: '2025-02-30' }],
    ['activeHours', { learner_id: 'a', hour_start: '2025-02-30T00:00:00+00:00' }],
    ['activeHours', { learner_id: 'a', hour_start: 'now' }],
    ['rulesAndSettings', { kind: 'rule set', version: 2 ** 31 }],
  ])('that was forged is told of, and logged as nothing: %s %j', async (section, after) => {
    const forged = Buffer.from(JSON.stringify({ section, after }), 'utf8').toString('base64url');
    const { errors } = await service.post(SECTION, { section, first: 1, after: forged });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'after' } });
    expect(logged).toEqual([]);
  });

  test('can be one of any section that there is', async () => {
    const keys: Readonly<Record<string, unknown>> = {
      ...{ text: 'a', integer: 1, bigint: 1, date: '2025-02-28' },
      'timestamp with time zone': '2100-12-31T12:00:00.123456+00:00',
    };
    const exported = DATA_DECLARATIONS.flatMap(({ personal }) => personal).filter(
      ({ exporter }) => typeof exporter === 'string',
    );
    for (const { table, section } of exported) {
      const columns = await service.sql<{ column: string; type: string }>(
        `SELECT a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type
         FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
         WHERE i.indrelid = $1::regclass AND i.indisprimary`,
        [table],
      );
      const after = Object.fromEntries(columns.map(({ column, type }) => [column, keys[type]]));
      const cursor = Buffer.from(JSON.stringify({ section, after }), 'utf8').toString('base64url');
      const { errors } = await service.post(SECTION, { section, first: 1, after: cursor });
      expect([section, errors]).toEqual([section, []]);
    }
    expect(exported.length).toBeGreaterThan(20);
  });
});

describe('an export', () => {
  test.each([
    `{ exportLearner(learnerId: "x") { learnerId } }`,
    `{ exportLearnerSection(learnerId: "x", section: "changes", first: 1) { rows } }`,
  ])('costs what it takes, not what it tells: %s', async (query) => {
    const document = parse(query);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') throw new Error('no operation');
    expect(costOf(await createSchema(), document, operation, {})).toBeGreaterThanOrEqual(3_000);
  });
});
