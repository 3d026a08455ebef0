import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ownTurn } from '../../src/platform/turns/turns.js';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { ingest, store } from '../support/ingest.js';
import { RECOMMENDATIONS, recommend } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const JOB = { report: () => {}, shouldStop: () => false };
const ERASURE = 'erasure { id status finishedAt remaining { table rows } }';

interface Erasure {
  readonly id: string;
  readonly status: string;
  readonly finishedAt: string | null;
  readonly remaining: readonly { readonly table: string; readonly rows: number }[] | null;
}

interface Listed {
  readonly recommendations: { readonly servedListId: string };
}

/** Minutes after noon. */
const after = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000);

describeOnBothDatabases('lists that are written down together', (kind) => {
  const OTHERS = 11;
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses: Array.from({ length: 4 }, () => aCourse()) });
  });
  afterAll(() => service.close());

  test('are each stored before they are answered, but for the one of somebody erased meanwhile', async () => {
    const learnerIds = Array.from({ length: OTHERS }, (_, i) => `e-${90_001 + i}`);
    const erasedId = 'e-90000';
    await store(service, { learners: [erasedId, ...learnerIds].map((id) => aLearner({ id })) });
    const pool = (service.app.database.dataSource.driver as unknown as { master: Queries }).master;
    const inserts = countingCalls(pool, 'query', isInsertOf('served_list'));
    const erased = beforeFirst(pool, 'query', isInsertOf('served_list'), () =>
      service.ask(`mutation { eraseLearner(learnerId: "${erasedId}", reason: "Case 1") { ${ERASURE} } }`),
    );
    const ask = (learnerId: string) => service.post(RECOMMENDATIONS, { learnerId, first: 5 });
    // Whoever has had a turn asks for the next: lists wait for each other all the while.
    let isOver = false;
    const crowd = [0, 1, 2].map(async () => {
      while (!isOver) await ownTurn();
    });
    const [refused, ...answers] = await Promise.all([erasedId, ...learnerIds].map(ask));
    isOver = true;
    await Promise.all(crowd);
    expect(refused?.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', details: { learnerId: erasedId } });
    expect(await erased()).toMatchObject({ eraseLearner: { erasure: { status: 'SUCCEEDED', remaining: [] } } });
    const listIds = answers.map(({ data }) => (data as Listed | null)?.recommendations.servedListId);
    const stored = await service.sql<{ id: string; learner_id: string }>('SELECT id, learner_id FROM served_list');
    expect(new Map(stored.map((row) => [row.learner_id, row.id]))).toEqual(
      new Map(learnerIds.map((learnerId, i) => [learnerId, listIds[i]])),
    );
    expect(stored).toHaveLength(OTHERS);
    expect(inserts()).toBeLessThan(OTHERS);
  });
});

describeOnBothDatabases('an erasure', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 4 }, () => aCourse());
  const courseId = courses[0]?.id ?? '';

  const erase = async (learnerId: string): Promise<Erasure> =>
    (
      await service.ask<{ eraseLearner: { erasure: Erasure } }>(
        `mutation ($l: ID!) { eraseLearner(learnerId: $l, reason: "Case 1") { ${ERASURE} } }`,
        { l: learnerId },
      )
    ).eraseLearner.erasure;
  const rowsOf = async (learnerId: string) => {
    const tables = ['learner', 'served_list', 'delivery_suggestion', 'delivery_plan', 'experiment_exposure'];
    const found = await Promise.all(
      tables.map(async (table) => {
        const own = table === 'learner' ? 'id' : 'learner_id';
        const rows = await service.sql(`SELECT 1 FROM ${table} t WHERE t.${own} = $1`, [learnerId]);
        return rows.length > 0 ? [table] : [];
      }),
    );
    return found.flat();
  };
  const known = async (id: string) => {
    await store(service, { learners: [aLearner({ id })] });
    return id;
  };
  /** As `eraseLearner` leaves it where the database is large. */
  const queue = async (learnerId: string) => {
    const { dataSource } = service.app.database;
    await dataSource.transaction((transaction) => service.app.learners.markErased(transaction, learnerId));
    await service.sql(
      `INSERT INTO erasure (id, pseudonym, learner_id, status, requested_by, requested_at, reason, counts)
       VALUES ($1, 'p-' || $1, $2, 'QUEUED', 'key a', $3, 'Case 1', '{}')`,
      ['queued', learnerId, NOON],
    );
  };

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses });
    const variants = [
      { id: 'control', name: 'As it is', isControl: true },
      { id: 'other', name: 'No tastes', policy: { strengths: [{ signal: 'COLLABORATIVE', strength: 0 }] } },
    ];
    await service.ask(
      `mutation ($experiment: ExperimentInput!) {
         createExperiment(id: "x", experiment: $experiment, reason: "A test") { userErrors { message } } }`,
      {
        experiment: {
          ...{ name: 'Tastes', hypothesis: 'Tastes help', owner: 'L&D', variants },
          ...{ primaryMetric: 'CLICK_RATE', minimumPeoplePerVariant: 20, minimumDays: 7 },
        },
      },
    );
    await service.ask(
      'mutation { startExperiment(id: "x", expectedVersion: 1, reason: "Go") { userErrors { message } } }',
    );
  });
  afterAll(() => service.close());

  test('leaves no list, and no exposure, that was in the making when it began', async () => {
    const learnerId = await known('e-10001');
    await recommend(service, learnerId);
    expect(await rowsOf(learnerId)).toEqual(['learner', 'served_list', 'experiment_exposure']);
    const pool = (service.app.database.dataSource.driver as unknown as { master: Queries }).master;
    const erased = beforeFirst(pool, 'query', isInsertOf('served_list'), () => erase(learnerId));
    const answer = await service.post(RECOMMENDATIONS, { learnerId, first: 5 });
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', details: { learnerId } });
    expect(await erased()).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect(await rowsOf(learnerId)).toEqual([]);
  });

  test('leaves none of several lists that were in the making, and the others are there when asked for again', async () => {
    const [learnerId, other] = [await known('e-10002'), await known('e-10003')];
    const { dataSource } = service.app.database;
    const erased = beforeFirst(dataSource, 'query', isInsertOf('served_list'), () => erase(learnerId));
    const answer = await service.post(
      'query ($ids: [ID!]!) { recommendationsForLearners(learnerIds: $ids) { servedListId } }',
      { ids: [other, learnerId] },
    );
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', details: { learnerId } });
    expect(await erased()).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect([await rowsOf(learnerId), await rowsOf(other)]).toEqual([[], ['learner']]);
    await recommend(service, other);
    expect(await rowsOf(other)).toContain('served_list');
  });

  test('leaves no suggestion, and no plan, that was in the making when it began', async () => {
    const { dataSource } = service.app.database;
    const [asked, planned] = [await known('e-20001'), await known('e-20002')];
    const erased = beforeFirst(
      dataSource,
      'transaction',
      () => true,
      () => erase(asked),
    );
    const suggestion = await service.post(
      'query ($l: ID!, $c: ID!) { deliverySuggestion(learnerId: $l, courseId: $c) { id } }',
      { l: asked, c: courseId },
    );
    expect(suggestion.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', details: { learnerId: asked } });
    expect(await erased()).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    const alsoErased = beforeFirst(
      dataSource,
      'transaction',
      () => true,
      () => erase(planned),
    );
    const { planDelivery } = await service.ask<{ planDelivery: object }>(
      'mutation ($l: ID!, $c: ID!) { planDelivery(learnerId: $l, courseId: $c) { suggestion { id } userErrors { code } } }',
      { l: planned, c: courseId },
    );
    expect(planDelivery).toEqual({ suggestion: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(await alsoErased()).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect([await rowsOf(asked), await rowsOf(planned)]).toEqual([[], []]);
  });

  test('that waits is not undone by whoever sends the learner again', async () => {
    const learnerId = await known('e-30001');
    await queue(learnerId);
    const sent = await ingest(service, 'upsertLearners', [{ id: learnerId, location: 'Oslo' }]);
    expect(sent).toMatchObject({ storedCount: 0, userErrors: [{ code: 'ERASED', path: ['id'] }] });
    expect(await service.app.privacy.runErasures(JOB)).toBe(1);
    expect(await service.app.privacy.isDue()).toBe(false);
    expect(await rowsOf(learnerId)).toEqual([]);
  });

  test('that leaves rows behind waits until they are gone, and only then forgets whom it is about', async () => {
    const learnerId = await known('e-40001');
    await service.sql('CREATE TABLE stray (note text)');
    try {
      await service.sql('INSERT INTO stray (note) VALUES ($1)', [`about ${learnerId}`]);
      const left = { status: 'QUEUED', finishedAt: null, remaining: [{ table: 'stray', rows: 1 }] };
      const { id, ...erasure } = await erase(learnerId);
      expect(erasure).toEqual(left);
      service.now = after(1);
      expect(await service.app.privacy.isDue()).toBe(true);
      await service.app.privacy.runErasures(JOB);
      expect(
        await service.ask(`query ($id: ID!) { erasure(id: $id) { status finishedAt remaining { table rows } } }`, {
          id,
        }),
      ).toEqual({
        erasure: left,
      });
      await service.sql('DELETE FROM stray');
      service.now = after(3);
      await service.app.privacy.runErasures(JOB);
      expect(await service.app.privacy.isDue()).toBe(false);
      expect(await service.sql('SELECT status, learner_id, remaining FROM erasure WHERE id = $1', [id])).toEqual([
        { status: 'SUCCEEDED', learner_id: null, remaining: {} },
      ]);
    } finally {
      service.now = NOON;
      await service.sql('DROP TABLE stray');
    }
  });

  test('that leaves rows behind waits twice as long each time, up to a day, and not at all when asked for again', async () => {
    const learnerId = await known('e-40002');
    await service.sql('CREATE TABLE stray (note text)');
    try {
      await service.sql('INSERT INTO stray (note) VALUES ($1)', [`about ${learnerId}`]);
      const { id } = await erase(learnerId);
      const againAt = async () =>
        (await service.sql<{ again_at: Date }>('SELECT again_at FROM erasure WHERE id = $1', [id]))[0]?.again_at;
      const waits: number[] = [];
      for (let minutes = 0; minutes < 6 * 1_440; minutes += waits.at(-1) ?? 0) {
        service.now = after(minutes);
        expect(await service.app.privacy.runErasures(JOB)).toBe(minutes === 0 ? 0 : 1);
        expect(await service.app.privacy.isDue()).toBe(false);
        waits.push(((await againAt())?.getTime() ?? 0) / 60_000 - service.now.getTime() / 60_000);
      }
      expect(waits).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_440, 1_440, 1_440, 1_440, 1_440]);
      await service.sql('DELETE FROM stray');
      expect(await erase(learnerId)).toMatchObject({ id, status: 'SUCCEEDED', remaining: [] });
    } finally {
      service.now = NOON;
      await service.sql('DROP TABLE stray');
    }
  });

  test('takes figures of pages that name somebody away', async () => {
    const learnerId = await known('m-00017');
    await service.sql(
      `INSERT INTO insight_month (month, read_seq, waiting_learner_ids) VALUES ('2025-01-01', 0, '{}')`,
    );
    await service.sql(
      `INSERT INTO insight_cell (group_kind, group_value, section, month, key, people, events)
       SELECT 'EVERYBODY', '', 'PAGE', '2025-01-01', page.key, 5, 7 FROM unnest($1::text[]) AS page (key)`,
      [['/people', `/people/${learnerId}`, `/people/${learnerId}8`]],
    );
    expect(await erase(learnerId)).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect(await service.sql('SELECT c.key FROM insight_cell c ORDER BY c.key')).toEqual([
      { key: '/people' },
      { key: `/people/${learnerId}8` },
    ]);
  });

  test('leaves no page that names somebody in figures that were being counted when it began', async () => {
    const learnerId = await known('m-00018');
    const visitors = await Promise.all(Array.from({ length: 6 }, (_, i) => known(`visitor-${i}`)));
    const visits = visitors.map((visitor) =>
      anInteraction({ learnerId: visitor, verb: 'VISITED', page: `/people/${learnerId}` }),
    );
    await store(service, { interactions: visits });
    // What is not counted in February is none of this.
    await service.sql('DELETE FROM insight_month');
    const { dataSource } = service.app.database;
    const erased = beforeFirst(dataSource, 'query', isAbout('FROM served_list s'), () => erase(learnerId));
    const { toldMonths } = await service.app.insightMonths.refresh(JOB, 0);
    expect(toldMonths).toContain('2025-02-01');
    expect(await erased()).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    const pages = await service.sql<{ key: string }>(
      `SELECT DISTINCT c.key FROM insight_cell c WHERE c.section = 'PAGE' AND c.month = '2025-02-01'`,
    );
    expect(pages).toEqual([{ key: expect.stringMatching(/^\/people\/(?!m-00018)/) }]);
  });

  test('leaves no preview of rules that was being asked for when it began', async () => {
    const learnerId = await known('e-25001');
    const rule = {
      ...{ audience: { departments: ['Sales'] }, target: { courseIds: [courseId] }, owner: 'L&D' },
      ...{ action: { kind: 'PIN', place: 1 }, schedule: { until: '2025-11-30', zone: 'Europe/Berlin' } },
    };
    const { draftRule } = await service.ask<{ draftRule: { draft: { id: string } } }>(
      'mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id } } }',
      { rule },
    );
    const preview = () =>
      service.post(
        'mutation ($d: ID!, $l: ID!) { previewRules(draftIds: [$d], learnerIds: [$l]) { preview { id } } }',
        { d: draftRule.draft.id, l: learnerId },
      );
    const { dataSource } = service.app.database;
    const erased = beforeFirst(dataSource, 'query', isAbout('DELETE FROM rule_preview'), () => erase(learnerId));
    expect((await preview()).errors[0]?.extensions).toMatchObject({ code: 'CONFLICT' });
    expect(await erased()).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect((await preview()).errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', details: { learnerId } });
    expect(await service.sql('SELECT p.id FROM rule_preview p')).toEqual([]);
  });

  test('ends where only what is not about people has their id, and tells of it', async () => {
    const learnerId = await known('data-101');
    await store(service, { courses: [aCourse({ id: learnerId })] });
    const other = await known(`hr:${learnerId}`);
    const { id, ...erasure } = await erase(learnerId);
    expect(erasure).toMatchObject({
      status: 'SUCCEEDED',
      remaining: [
        { table: 'course', rows: 1 },
        { table: 'learner', rows: 1 },
      ],
    });
    expect([await rowsOf(learnerId), await rowsOf(other), await service.app.privacy.isDue()]).toEqual([
      [],
      ['learner'],
      false,
    ]);
    const [told] = await service.sql<{ text: string }>('SELECT a.text FROM audit_entry a ORDER BY a.id DESC LIMIT 1');
    expect(told?.text).toMatch(/is erased; their id stands in what is not about people still: course, learner\.$/);
    expect(await service.sql('SELECT e.learner_id FROM erasure e WHERE e.id = $1', [id])).toEqual([
      { learner_id: null },
    ]);
    const readmitted = await service.ask<{ readmitLearner: { userErrors: unknown[] } }>(
      `mutation ($l: ID!) { readmitLearner(learnerId: $l, reason: "Back") { userErrors { code } } }`,
      { l: learnerId },
    );
    expect(readmitted.readmitLearner.userErrors).toEqual([]);
  });

  // The embedded database has one session: nothing is ever open beside an erasure.
  test.runIf(kind === 'postgres')('waits for a list that was being written before it was asked for', async () => {
    const learnerId = await known('e-50001');
    await recommend(service, learnerId);
    const copied = `INSERT INTO served_list SELECT (jsonb_populate_record(l, '{"id": "late"}')).*
       FROM served_list l WHERE l.learner_id = $1 LIMIT 1`;
    const erasing = await service.app.database.dataSource.transaction(async (writer) => {
      await writer.query(copied, [learnerId]);
      const erased = erase(learnerId);
      await vi.waitFor(async () => {
        expect(await writer.query('SELECT FROM erasure e WHERE e.learner_id = $1', [learnerId])).toHaveLength(1);
      });
      // Long enough for it to have read all tables through, did it not wait.
      await writer.query('SELECT pg_sleep(0.7)');
      return { erased };
    });
    expect(await erasing.erased).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect(await rowsOf(learnerId)).toEqual([]);
  });

  test.runIf(kind === 'postgres')('waits for late activity of theirs that was being noted', async () => {
    const learnerId = await known('e-55001');
    await store(service, { interactions: [anInteraction({ learnerId, verb: 'STARTED', courseId })] });
    await service.sql(
      `INSERT INTO insight_month (month, read_seq, waiting_learner_ids) VALUES ('2025-02-01', 0, '{}') ON CONFLICT DO NOTHING`,
    );
    const { dataSource } = service.app.database;
    const blocker = dataSource.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query(`SELECT FROM insight_month m WHERE m.month = '2025-02-01' FOR UPDATE`);
    let noting = Promise.resolve<unknown>(null);
    // Once the erasure has waited for all who were writing: who waits is read before they are erased, and written after.
    const begun = beforeFirst(dataSource, 'query', isAbout('pg_attribute'), async () => {
      noting = service.app.insightMonths.refresh(JOB, 0);
      await vi.waitFor(async () => {
        expect(await service.sql('SELECT 1 FROM pg_locks l WHERE NOT l.granted')).not.toEqual([]);
      });
    });
    const erasing = erase(learnerId);
    // Long enough for an erasure that does not wait.
    await Promise.race([erasing, sleep(2_000)]);
    await blocker.commitTransaction();
    await blocker.release();
    await Promise.all([begun(), noting]);
    expect(await erasing).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    const waiting = await service.sql('SELECT 1 FROM insight_month m WHERE $1 = ANY(m.waiting_learner_ids)', [
      learnerId,
    ]);
    expect(waiting).toEqual([]);
  });

  test.runIf(kind === 'postgres')('is carried out later where others write for too long', async () => {
    const learnerId = await known('e-60001');
    await service.app.database.dataSource.transaction(async (writer) => {
      await writer.query('DELETE FROM served_list WHERE false');
      expect(await erase(learnerId)).toMatchObject({ status: 'QUEUED', finishedAt: null, remaining: null });
    });
    expect(await rowsOf(learnerId)).toEqual(['learner']);
    await service.app.privacy.runErasures(JOB);
    expect([await rowsOf(learnerId), await service.app.privacy.isDue()]).toEqual([[], false]);
  });
});

interface Queries {
  query(...given: readonly unknown[]): Promise<unknown>;
}

const isAbout = (text: string) => (statement: unknown) => JSON.stringify(statement).includes(text);
const isInsertOf = (table: string) => isAbout(`INSERT INTO ${table} `);

/** Counts the calls of a method whose first argument fits. */
function countingCalls(target: object, method: string, fits: (argument: unknown) => boolean): () => number {
  const methods = target as Record<string, (...given: unknown[]) => Promise<unknown>>;
  const original = methods[method];
  if (original === undefined) throw new Error(`There is no ${method}.`);
  let calls = 0;
  methods[method] = (...given) => {
    if (fits(given[0])) calls += 1;
    return original.apply(target, given);
  };
  return () => calls;
}

/** Does something before the first call of a method whose first argument fits. @returns what came of it */
function beforeFirst<Result>(
  target: object,
  method: string,
  fits: (argument: unknown) => boolean,
  work: () => Promise<Result>,
): () => Promise<Result> {
  const methods = target as Record<string, (...given: unknown[]) => Promise<unknown>>;
  const original = methods[method];
  if (original === undefined) throw new Error(`There is no ${method}.`);
  let done: Promise<Result> | null = null;
  methods[method] = async (...given) => {
    if (done === null && fits(given[0])) {
      methods[method] = original;
      done = work();
      await done;
    }
    return await original.apply(target, given);
  };
  return async () => {
    if (done === null) throw new Error(`${method} was never called.`);
    return await done;
  };
}
