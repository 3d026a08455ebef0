import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { DeliveryGatherer } from '../../src/delivery/deliveryGatherer.js';
import { OutcomesStore } from '../../src/delivery/outcomes/outcomes.store.js';
import { WeeksService } from '../../src/delivery/weeks/weeks.service.js';
import { RhythmStore } from '../../src/learners/rhythm.store.js';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { train } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

// Training stands back behind everything else that a busy machine has to do.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const DAY_MS = 86_400_000;
const WEEK = `query ($department: String, $location: String) {
  activeHoursOfGroup(department: $department, location: $location) { people weeklyActiveHours cells { share } svg } }`;
const UNTOLD = { people: null, weeklyActiveHours: null, cells: [], svg: null };

interface Week {
  readonly people: number | null;
  readonly weeklyActiveHours: number | null;
  readonly cells: readonly { readonly share: number }[];
  readonly svg: string | null;
}

describeOnBothDatabases('weeks of groups', (kind) => {
  let service: TestApp;
  const course = aCourse();
  const weekOf = async (variables: object) =>
    (await service.ask<{ activeHoursOfGroup: Week }>(WEEK, { ...variables })).activeHoursOfGroup;
  /** People who learned at noon on four Mondays. */
  const arrive = async (count: number, department: string, location: string) => {
    const learners = Array.from({ length: count }, () => aLearner({ timezone: 'UTC', department, location }));
    const interactions = learners.flatMap(({ id }) =>
      [9, 16, 23, 30].map((daysAgo) =>
        anInteraction({ learnerId: id, courseId: course.id, at: new Date(NOON.getTime() - daysAgo * DAY_MS) }),
      ),
    );
    await store(service, { learners, interactions });
  };

  beforeAll(async () => {
    service = await openTestApp(kind);
    service.app.work();
    await store(service, { courses: [course] });
    await arrive(9, 'Sales', 'Lyon');
    await arrive(6, 'Legal', 'Lyon');
    await arrive(5, 'Kitchen', 'Oslo');
  });
  afterAll(() => service.close());

  test('are not told before the first training', async () => {
    expect(await weekOf({})).toEqual(UNTOLD);
  });

  test('are told of who differs from everyone and from each other by five, and stay as they are for the day', async () => {
    await train(service);
    const [everyone, sales, oslo] = [
      await weekOf({}),
      await weekOf({ department: 'Sales' }),
      await weekOf({ location: 'Oslo' }),
    ];
    expect([everyone.people, sales.people, oslo.people]).toEqual([20, 9, 5]);
    expect(sales.svg).toContain('Sales');
    expect(sales.weeklyActiveHours).toBeGreaterThan(0.5);
    const best = Math.max(...sales.cells.map(({ share }) => share));
    // Monday at noon.
    expect(sales.cells[12]?.share).toBe(best);

    // Somebody moves in: who asks again on the same day must not see by how much the week changed.
    await arrive(1, 'Sales', 'Oslo');
    service.now = new Date(NOON.getTime() + 3_600_000);
    await train(service);
    expect([await weekOf({}), await weekOf({ department: 'Sales' })]).toEqual([everyone, sales]);
    // Nor may they see it by asking another process, which began after that training.
    const gatherer = {} as DeliveryGatherer;
    const elsewhere = new WeeksService(gatherer, service.app.training, () => service.now);
    expect((await elsewhere.group(null, null)).people).toBe(20);
    service.now = new Date(NOON.getTime() + DAY_MS);
    expect((await weekOf({})).people).toBe(21);
    // Lyon is all of Sales and Legal but for one.
    expect(await weekOf({ location: 'Lyon' })).toEqual(UNTOLD);
    service.now = NOON;
  });

  test('read nobody’s hours when they are asked for', async () => {
    const before = [await weekOf({}), await weekOf({ department: 'Legal' })];
    await service.sql('ALTER TABLE learner_active_hour RENAME TO put_away');
    try {
      expect([await weekOf({}), await weekOf({ department: 'Legal' })]).toEqual(before);
    } finally {
      await service.sql('ALTER TABLE put_away RENAME TO learner_active_hour');
    }
  });

  test('and samples of people are drawn without reading whole tables', async () => {
    await service.sql(
      `INSERT INTO learner SELECT (jsonb_populate_record(l, jsonb_build_object('id', 'many-' || i))).*
       FROM (SELECT l FROM learner l LIMIT 1) one, generate_series(1, 20000) i`,
    );
    await service.sql(
      `INSERT INTO delivery_event (event_id, learner_id, channel, outcome, at, received_at)
       SELECT 'old-' || i, 'many-' || (1 + i % 20000), 'EMAIL', 'SENT', $1::timestamptz - i * interval '10 minutes', $1
       FROM generate_series(1, 50000) i`,
      [NOON],
    );
    await service.sql('VACUUM ANALYZE learner, delivery_event');
    const plans: string[] = [];
    const { dataSource } = service.app.database;
    const explaining = {
      query: async (sql: string, parameters: unknown[]) => {
        const rows: Record<string, string>[] = await dataSource.query(`EXPLAIN ${sql}`, parameters);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return [];
      },
    } as unknown as typeof dataSource;
    await new OutcomesStore(explaining).sampleOfReached(new Date(NOON.getTime() - 7 * DAY_MS), 2_000);
    await new RhythmStore(explaining).sample(new Date(NOON.getTime() - 365 * DAY_MS), '', 200);
    expect(plans[0]).toContain('delivery_event_at_ix');
    expect(plans[1]).toContain('learner_sample_ix');
    expect(plans.join()).not.toMatch(/Seq Scan on (learner|delivery_event)\b/);
  });
});
