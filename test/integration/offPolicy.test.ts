import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { courseIdsOf, recommend } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DAY_MS = 86_400_000;
const ESTIMATE_FIELDS = `lists remade changed supportedShare effectiveCount meanWeight served drafted { estimate low high }
  lift95 { estimate low high } refusal verdict assumptions notClaimed`;
const PREVIEW = `mutation ($draftIds: [ID!]!, $estimate: OffPolicyInput, $compareTo: Int) {
  previewRules(draftIds: $draftIds, estimate: $estimate, compareTo: $compareTo) {
    preview { id } userErrors { code path } } }`;
const POLL = `query ($id: ID!) { rulePreview(id: $id) { status error result { estimate { ${ESTIMATE_FIELDS} } } } }`;
const DRAFT_SETTING = 'mutation ($setting: SettingChangeInput!) { draftSetting(setting: $setting) { draft { id } } }';
const DRAFT = 'mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id } userErrors { message } } }';
const UPDATE_POLICY = `mutation ($input: UpdatePolicyInput!) {
  updatePolicy(input: $input, expectedVersion: 0, reason: "A test") { userErrors { message } } }`;

interface Bounds {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

interface Estimate {
  readonly lists: number | null;
  readonly remade: number | null;
  readonly changed: number | null;
  readonly supportedShare: number | null;
  readonly effectiveCount: number | null;
  readonly served: number | null;
  readonly drafted: Bounds | null;
  readonly lift95: Bounds | null;
  readonly refusal: string | null;
  readonly verdict: string;
  readonly notClaimed: readonly string[];
}

describeOnBothDatabases('what the log says of a drafted change', (kind) => {
  let service: TestApp;
  const longAgo = new Date('2024-01-01T00:00:00Z');
  // What many have taken up, more than a list holds, and new courses that hardly anybody knows.
  const old = Array.from({ length: 105 }, () => aCourse({ publishedAt: longAgo }));
  const fresh = Array.from({ length: 6 }, () => aCourse({ publishedAt: new Date(NOON.getTime() - DAY_MS) }));
  const readers = Array.from({ length: 12 }, () => aLearner());
  const people = Array.from({ length: 240 }, () => aLearner());
  const isFresh = (id: string) => fresh.some((course) => course.id === id);
  let started = 0;

  beforeAll(async () => {
    service = await openTestApp(kind);
    const read = readers.flatMap(({ id: learnerId }) =>
      old.map(({ id: courseId }) =>
        anInteraction({ learnerId, courseId, verb: 'STARTED', at: new Date(NOON.getTime() - 3 * DAY_MS) }),
      ),
    );
    await store(service, { courses: [...old, ...fresh], learners: [...readers, ...people], interactions: read });
    // They would be listed for being new otherwise.
    await service.ask(UPDATE_POLICY, { input: { strengths: [{ signal: 'FRESHNESS', strength: 0 }] } });
    service.app.work();
    const starts: ReturnType<typeof anInteraction>[] = [];
    for (const { id: learnerId } of people) {
      const ids = courseIdsOf(await recommend(service, learnerId, { first: 10 }));
      // Whoever is shown a new course starts it a minute later.
      const at = new Date(NOON.getTime() + 60_000);
      for (const courseId of ids.filter(isFresh)) {
        starts.push(anInteraction({ learnerId, courseId, verb: 'STARTED', at }));
      }
    }
    service.now = new Date(NOON.getTime() + 20 * DAY_MS);
    started = starts.length;
    await store(service, { interactions: starts });
  });
  afterAll(() => service.close());

  const estimated = async (draftIds: readonly string[], credential?: string): Promise<Estimate> => {
    const { previewRules } = await service.ask<{ previewRules: { preview: { id: string } } }>(
      PREVIEW,
      { draftIds, estimate: { outcome: 'STARTED', withinDays: 7, pastDays: 28 } },
      credential,
    );
    return await vi.waitFor(
      async () => {
        const { rulePreview } = await service.ask<{
          rulePreview: { status: string; error: string | null; result: { estimate: Estimate } };
        }>(POLL, { id: previewRules.preview.id }, credential);
        expect(rulePreview).toMatchObject({ status: 'SUCCEEDED', error: null });
        return rulePreview.result.estimate;
      },
      { timeout: 60_000, interval: 100 },
    );
  };
  const drafted = async (setting: Readonly<Record<string, unknown>>): Promise<string> =>
    (await service.ask<{ draftSetting: { draft: { id: string } } }>(DRAFT_SETTING, { setting })).draftSetting.draft.id;

  test('finds what more exploration would bring, from the lists that had it by chance', async () => {
    const found = await estimated([await drafted({ policy: { explorationShare: 0.1 } })]);
    expect(found).toMatchObject({ refusal: null, verdict: 'IMPROVED', supportedShare: expect.closeTo(1, 9) });
    expect(found.lists).toBe(people.length);
    expect(found.remade).toBeGreaterThan(0.9 * people.length);
    expect(found.served).toBeCloseTo(started / people.length, 1);
    // One new course on every page, and everybody starts it.
    expect(found.drafted?.estimate).toBeCloseTo(1, 1);
    expect(found.lift95?.low).toBeGreaterThan(0);
    expect(found.effectiveCount).toBeGreaterThan(100);
    expect(found.notClaimed.length).toBeGreaterThan(0);
  });

  test('cannot tell of a rule that shows what was never left to chance', async () => {
    const { draftRule } = await service.ask<{ draftRule: { draft: { id: string } } }>(DRAFT, {
      rule: {
        target: { courseIds: [old[100]?.id ?? ''] },
        action: { kind: 'PIN', place: 1 },
        schedule: { until: '2025-05-30', zone: 'Europe/Berlin' },
        owner: 'L&D',
      },
    });
    const found = await estimated([draftRule.draft.id]);
    expect(found).toMatchObject({ refusal: 'NO_SUPPORT', verdict: 'CANNOT_TELL', supportedShare: 0, drafted: null });
  });

  test('says so where nothing changes, and tells editors counts in fives', async () => {
    const found = await estimated([], await service.token({ learnerId: people[0]?.id ?? '', roles: ['LD_EDITOR'] }));
    expect(found).toMatchObject({ refusal: 'NOTHING_CHANGES', verdict: 'CANNOT_TELL', changed: null, drafted: null });
    expect((found.lists ?? 1) % 5).toBe(0);
  });

  test('is refused where it fails, and the preview is told all the same', async () => {
    await service.sql('ALTER TABLE served_list RENAME COLUMN teams TO teams_gone');
    try {
      const found = await estimated([]);
      expect(found).toMatchObject({ refusal: 'FAILED', verdict: 'CANNOT_TELL', lists: null, drafted: null });
    } finally {
      await service.sql('ALTER TABLE served_list RENAME COLUMN teams_gone TO teams');
    }
  });

  test('is asked about what counts only, and within bounds', async () => {
    const asked = await service.ask<{
      previewRules: { preview: null; userErrors: { code: string; path: string[] }[] };
    }>(PREVIEW, { draftIds: [], compareTo: 0, estimate: { withinDays: 31, pastDays: 91 } });
    expect(asked.previewRules.preview).toBeNull();
    expect(asked.previewRules.userErrors.map(({ path }) => path.join('.'))).toEqual([
      'estimate.withinDays',
      'estimate.pastDays',
      'estimate',
    ]);
  });
});
