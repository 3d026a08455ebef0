import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createSchema } from '../../src/app.js';
import { loadDemo } from '../../src/cli/demo.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { createRandom } from '../../src/stats/random.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf, hasData, queryGenerator } from '../support/fuzzing.js';
import { mutated } from '../support/generatedQueries.js';
import { knownIds } from '../support/knownIds.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const NOW = new Date('2026-06-15T09:00:00Z');
const SIZE = { seed: 1, learnerCount: 60, courseCount: 40, months: 2, now: NOW };
const TIMES = 250;

// The short form of `npm run bench -- fuzz`.
describeOnBothDatabases('operations that nobody thought of', (kind) => {
  let service: TestApp;
  let key: string;
  beforeAll(async () => {
    service = await openTestApp(kind, { now: NOW, env: { RATE_PER_KEY: '0' } });
    await loadDemo(service.app, createDemoOrganisation(SIZE));
    await service.app.training.train({ report: () => {}, shouldStop: () => false });
    key = await service.key();
  });
  afterAll(() => service.close());

  async function send(body: string) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    const response = await fetch(`${service.url}/graphql`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  }

  test('are answered, or refused with what is wrong with them, valid and mutated ones', async () => {
    const learnerIds = Array.from({ length: 20 }, (_, i) => `e-${String(i + 1).padStart(5, '0')}`);
    const ids = await knownIds(learnerIds, (query, variables) => service.post(query, variables));
    const random = createRandom(kind === 'embedded' ? 1 : 2);
    const generator = queryGenerator(await createSchema(), ids, random, NOW);
    const failures: unknown[] = [];
    let answered = 0;
    for (let i = 0; i < 2 * TIMES; i += 1) {
      const drawn = generator.next();
      const { query, variables } = drawn;
      const body = i % 2 === 0 ? JSON.stringify({ query, variables }) : mutated(drawn, random);
      const sent = await send(body);
      const why = failureOf(sent);
      if (why !== null) failures.push({ why, body });
      if (hasData(sent.text)) answered += 1;
    }
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(TIMES / 4);
  });
});
