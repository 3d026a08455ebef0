import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isHeldOut } from '../../src/rules/applying/holdout.js';
import { aCourse, aLearner, anInteraction, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { courseIdsOf, recommend } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PREVIEW_FIELDS = `id status error
  settings { setting isInLists isChangedSince changes { field before after } } result { people
  rules { ruleId sentence change lists people warnings { kind } } conflicts { kind ruleIds }
  population { exposure { people changed shortBefore shortAfter providers { provider before after } }
    departments { department people changed } winners { courseId listsBefore listsAfter } losers { courseId }
    relevance { people } }
  lists { learnerId moves { courseId courseTitle rankBefore rankAfter rules { ruleId sentence } } } }`;
const PREVIEW = `mutation ($draftIds: [ID!]!, $audience: RuleAudienceInput, $learnerIds: [ID!], $sampleSize: Int, $compareTo: Int,
  $rollbackTo: Int, $call: ID) {
  previewRules(draftIds: $draftIds, audience: $audience, learnerIds: $learnerIds, sampleSize: $sampleSize, compareTo: $compareTo,
    rollbackTo: $rollbackTo, clientMutationId: $call) {
    preview { ${PREVIEW_FIELDS} } settingsBesideLists userErrors { code path } } }`;
const POLL = `query ($id: ID!) { rulePreview(id: $id) { ${PREVIEW_FIELDS} } }`;
const DRAFT = `mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id rule { id } } warnings { kind } userErrors { message } } }`;
const DRAFT_SETTING = `mutation ($setting: SettingChangeInput!) { draftSetting(setting: $setting) { draft { id } } }`;
const PUBLISH = `mutation ($draftIds: [ID!]!, $expectedVersion: Int!, $holdoutPercent: Float) {
  publishRuleSet(draftIds: $draftIds, expectedVersion: $expectedVersion, reason: "A test", holdoutPercent: $holdoutPercent) {
    ruleSet { version } userErrors { message } } }`;
const EFFECT = `query ($ruleId: ID!, $weeks: Int) { ruleEffect(ruleId: $ruleId, weeks: $weeks) { weeks {
  weekStartsAt lists people courses isFollowedUp relevanceGivenUp { mean }
  takeUp { ruledPeople heldOutPeople ruledShare heldOutShare difference { estimate low high } verdict } } } }`;

interface Preview {
  readonly id: string;
  readonly settings: readonly object[];
  readonly status: string;
  readonly error: string | null;
  readonly result: {
    readonly people: number | null;
    readonly rules: readonly Readonly<Record<string, unknown>>[];
    readonly conflicts: readonly unknown[];
    readonly population: {
      readonly exposure: Readonly<Record<string, unknown>>;
      readonly departments: readonly unknown[];
      readonly winners: readonly unknown[];
      readonly losers: readonly { readonly courseId: string }[];
      readonly relevance: unknown;
    } | null;
    readonly lists: readonly {
      readonly learnerId: string;
      readonly moves: readonly {
        readonly courseId: string;
        readonly rankBefore: number | null;
        readonly rankAfter: number | null;
        readonly rules: readonly { readonly ruleId: string }[];
      }[];
    }[];
  } | null;
}

interface Effect {
  readonly weeks: readonly {
    readonly weekStartsAt: string;
    readonly lists: number;
    readonly people: number;
    readonly courses: number;
    readonly isFollowedUp: boolean;
    readonly relevanceGivenUp: { readonly mean: number } | null;
    readonly takeUp: {
      readonly ruledPeople: number;
      readonly heldOutPeople: number;
      readonly ruledShare: number | null;
      readonly heldOutShare: number | null;
      readonly difference: { readonly low: number } | null;
      readonly verdict: string;
    };
  }[];
}

describeOnBothDatabases('the preview of rules', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 14 }, (_, i) =>
    aCourse({
      publishedAt: new Date(Date.UTC(2024, 0, i + 1)),
      provider: i < 7 ? 'Acme' : 'Beta',
      title: `Title ${i}`,
    }),
  );
  // Nobody whom soft rules leave alone anyway.
  const learners = (department: string, count: number) =>
    Array.from({ length: 40 }, (_, i) => aLearner({ id: `${department}-${i}`, department }))
      .filter(({ id }) => !isHeldOut(id, 5))
      .slice(0, count);
  const engineers = learners('Engineering', 8);
  const sellers = learners('Sales', 6);
  const jurists = learners('Legal', 2);
  const oldest = courses[0]?.id ?? '';
  const engineer = engineers[0]?.id ?? '';
  let draftId = '';
  let ruleId = '';

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses, learners: [...engineers, ...sellers, ...jurists] });
    service.app.work();
    const { draftRule } = await service.ask<{
      draftRule: { draft: { id: string; rule: { id: string } }; userErrors: unknown[] };
    }>(DRAFT, {
      rule: {
        audience: { departments: ['Engineering'] },
        target: { courseIds: [oldest] },
        action: { kind: 'PIN', place: 1 },
        schedule: { until: '2025-11-30', zone: 'Europe/Berlin' },
        owner: 'L&D',
      },
    });
    draftId = draftRule.draft.id;
    ruleId = draftRule.draft.rule.id;
  });
  afterAll(() => service.close());

  const begin = async (variables: Readonly<Record<string, unknown>>, credential?: string) =>
    (
      await service.ask<{ previewRules: { preview: Preview | null; userErrors: unknown[] } }>(
        PREVIEW,
        { draftIds: [draftId], ...variables },
        credential,
      )
    ).previewRules;
  const ended = async (id: string, credential?: string): Promise<Preview> =>
    await vi.waitFor(
      async () => {
        const { rulePreview } = await service.ask<{ rulePreview: Preview }>(POLL, { id }, credential);
        expect(['SUCCEEDED', 'FAILED']).toContain(rulePreview.status);
        return rulePreview;
      },
      { timeout: 60_000, interval: 50 },
    );
  const preview = async (variables: Readonly<Record<string, unknown>> = {}, credential?: string) => {
    const { preview: begun } = await begin(variables, credential);
    const found = await ended(begun?.id ?? '', credential);
    expect(found.error).toBeNull();
    if (found.result === null) throw new Error('A preview that succeeded has a result');
    return found.result;
  };

  test('tells whose lists a rule changes, which courses win and lose, and what each provider and department sees', async () => {
    const { people, rules, conflicts, population } = await preview();
    expect(people).toBe(16);
    expect(rules).toEqual([
      {
        ruleId,
        sentence: expect.stringContaining('Engineering'),
        change: 'ADDED',
        lists: 8,
        people: 8,
        warnings: [],
      },
    ]);
    expect(conflicts).toEqual([]);
    expect(population?.exposure).toMatchObject({ people: 16, changed: 8, shortBefore: 0, shortAfter: 0 });
    // Legal is too small to be told apart, and two people are too few even so: Sales joins them.
    expect(population?.departments).toEqual([
      { department: 'Engineering', people: 8, changed: 8 },
      { department: null, people: 8, changed: 0 },
    ]);
    expect(population?.winners).toEqual([{ courseId: oldest, listsBefore: 0, listsAfter: 8 }]);
    expect(population?.losers).toHaveLength(1);
    expect(population?.relevance).toBeNull();
  });

  test('tells the moves of single lists with the rules behind them, as they are when the drafts are published', async () => {
    const { lists, people } = await preview({ learnerIds: [engineer], sampleSize: 0 });
    expect(people).toBe(0);
    const [list] = lists;
    expect(list?.learnerId).toBe(engineer);
    const before = courseIdsOf(await recommend(service, engineer, { first: 10 }));
    const moves = list?.moves ?? [];
    expect(moves[0]).toMatchObject({ courseId: oldest, courseTitle: 'Title 0', rankAfter: 1, rules: [{ ruleId }] });
    expect(moves.slice(1).every(({ rules }) => rules.length === 0)).toBe(true);
    const ranked = (side: 'rankBefore' | 'rankAfter') =>
      moves
        .filter((move) => (move[side] ?? Infinity) <= 10)
        .sort((a, b) => (a[side] ?? 0) - (b[side] ?? 0))
        .map(({ courseId }) => courseId);
    expect(ranked('rankBefore')).toEqual(before);
    await service.ask(PUBLISH, { draftIds: [draftId], expectedVersion: 0 });
    expect(courseIdsOf(await recommend(service, engineer, { first: 10 }))).toEqual(ranked('rankAfter'));

    // Without drafts, against the version of before: what has changed since.
    const since = await preview({ draftIds: [], compareTo: 0, learnerIds: [engineer] });
    expect(since.lists[0]?.moves.map(({ courseId }) => courseId)).toEqual(moves.map(({ courseId }) => courseId));
    expect((await preview({ draftIds: [] })).population?.exposure).toMatchObject({ changed: 0 });
  });

  test('of another holdout tells of it, and names the rules that people no longer meet', async () => {
    const { draftSetting } = await service.ask<{ draftSetting: { draft: { id: string } } }>(DRAFT_SETTING, {
      setting: { holdoutPercent: 50 },
    });
    const heldOut = engineers.find(({ id }) => isHeldOut(id, 50))?.id ?? '';
    const { preview: begun } = await begin({ draftIds: [draftSetting.draft.id], learnerIds: [heldOut] });
    const changes = [{ field: 'holdoutPercent', before: expect.any(Number), after: 50 }];
    expect(begun?.settings).toEqual([{ setting: 'holdout', isInLists: true, isChangedSince: false, changes }]);
    const { result } = await ended(begun?.id ?? '');
    const pinned = result?.lists[0]?.moves.find(({ courseId }) => courseId === oldest);
    expect(pinned).toMatchObject({ rankBefore: 1, rules: [{ ruleId }] });
  });

  test('compares with the settings of then, also with those of before anything was published', async () => {
    const { draftSetting } = await service.ask<{ draftSetting: { draft: { id: string } } }>(DRAFT_SETTING, {
      setting: { policy: { diversity: 0.9 } },
    });
    const version = (await service.ask<{ ruleSet: { version: number } }>('{ ruleSet { version } }')).ruleSet.version;
    await service.ask(PUBLISH, { draftIds: [draftSetting.draft.id], expectedVersion: version });
    const computed = vi.spyOn(service.app.rulePreviews, 'compute');
    await preview({ draftIds: [], compareTo: 0, sampleSize: 0, learnerIds: [engineer] });
    const [order] = computed.mock.calls[0] ?? [];
    expect([order?.before.policy.diversity, order?.after.policy.diversity]).toEqual([0.3, 0.9]);
    computed.mockRestore();
    await service.ask(
      `mutation ($to: Int!, $now: Int!) { rollbackRuleSet(toVersion: $to, expectedVersion: $now, reason: "Enough") {
         userErrors { message } } }`,
      { to: version, now: version + 1 },
    );
  });

  test('of going back tells what going back then does, and undoes publishing move by move', async () => {
    const now = (await service.ask<{ ruleSet: { version: number } }>('{ ruleSet { version } }')).ruleSet.version;
    const { draftSetting: tuned } = await service.ask<{ draftSetting: { draft: { id: string } } }>(DRAFT_SETTING, {
      setting: { policy: { diversity: 0.9 } },
    });
    const bury = await drafted({ target: { providers: ['Beta'] }, action: { kind: 'BURY', strength: 'STRONG' } });
    const draftIds = [tuned.draft.id, bury.draft.id];
    const there = await preview({ draftIds, learnerIds: [engineer] });
    await service.ask(PUBLISH, { draftIds, expectedVersion: now });
    const wanted = { draftIds: [], rollbackTo: now, learnerIds: [engineer], call: 'back' };
    const { preview: begun } = await begin(wanted);
    const policy = {
      ...{ setting: 'policy', isInLists: true, isChangedSince: false },
      changes: [{ field: 'diversity', before: 0.9, after: 0.3 }],
    };
    expect(begun?.settings).toEqual([policy]);
    const { result } = await ended(begun?.id ?? '');
    expect(result?.rules).toMatchObject([{ ruleId: bury.draft.rule.id, change: 'REMOVED', lists: 16 }]);
    expect(result?.population?.exposure).toMatchObject({ people: 16, changed: 16 });
    const ranks = (moves: readonly Readonly<Record<string, unknown>>[] | undefined, from: string, to: string) =>
      Object.fromEntries((moves ?? []).map((move) => [move['courseId'], [move[from], move[to]]]));
    expect(ranks(result?.lists[0]?.moves, 'rankAfter', 'rankBefore')).toEqual(
      ranks(there.lists[0]?.moves, 'rankBefore', 'rankAfter'),
    );
    // Nothing has changed yet, and the answer to the call stays the same when its preview is done.
    expect((await begin(wanted)).preview).toMatchObject({ id: begun?.id, settings: [policy] });
    const promised = (result?.lists[0]?.moves ?? [])
      .filter(({ rankAfter }) => (rankAfter ?? Infinity) <= 10)
      .sort((a, b) => (a.rankAfter ?? 0) - (b.rankAfter ?? 0))
      .map(({ courseId }) => courseId);
    expect(courseIdsOf(await recommend(service, engineer, { first: 10 }))).not.toEqual(promised);
    const { policy: tunedPolicy } = await service.ask<{ policy: { version: number } }>('{ policy { version } }');
    await service.ask(
      `mutation ($version: Int!) {
         updatePolicy(input: { diversity: 0.8 }, expectedVersion: $version, reason: "By hand") { userErrors { message } } }`,
      { version: tunedPolicy.version },
    );
    const warned = await begin({ draftIds: [], rollbackTo: now, sampleSize: 0 });
    expect(warned.preview?.settings).toMatchObject([{ isChangedSince: true, changes: [{ before: 0.8, after: 0.3 }] }]);
    await service.ask(
      `mutation ($to: Int!, $now: Int!) { rollbackRuleSet(toVersion: $to, expectedVersion: $now, reason: "Enough",
         overwriteSettings: true) { userErrors { message } } }`,
      { to: now, now: now + 1 },
    );
    expect(courseIdsOf(await recommend(service, engineer, { first: 10 }))).toEqual(promised);
  });

  test('of going back is refused where there is nothing to go back to, or beside drafts', async () => {
    const refused = async (more: object) => (await begin({ draftIds: [], ...more })).userErrors;
    const wrong = [{ code: 'INVALID_VALUE', path: ['rollbackTo'] }];
    expect(await refused({ rollbackTo: 99 })).toMatchObject(wrong);
    expect(await refused({ rollbackTo: 0, compareTo: 0 })).toMatchObject(wrong);
    expect(await refused({ rollbackTo: 0, draftIds: ['some'] })).toMatchObject(wrong);
  });

  test('is told to who asked, and shows them no list but their own', async () => {
    const ed = await service.token({ learnerId: engineer, roles: ['LD_EDITOR'] });
    const eve = await service.token({ learnerId: 'eve', roles: ['LD_EDITOR'] });
    const own = await preview({ draftIds: [], compareTo: 0, learnerIds: [engineer] }, ed);
    expect(own.lists).toHaveLength(1);
    const { preview: begun } = await begin({ draftIds: [] }, ed);
    expect((await service.post(POLL, { id: begun?.id }, eve)).errors[0]?.extensions.code).toBe('NOT_FOUND');
    const others = await service.post(PREVIEW, { draftIds: [], learnerIds: [engineer] }, eve);
    expect(others.errors[0]?.extensions.code).toBe('FORBIDDEN');
    await ended(begun?.id ?? '', ed);
  });

  test('tells nothing of so few people that they could be told apart', async () => {
    const ed = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    const few = await preview({ draftIds: [], compareTo: 0, audience: { departments: ['Legal'] } }, ed);
    expect(few).toMatchObject({ people: null, population: null, rules: [{ ruleId, lists: null, people: null }] });
    const sixteen = await preview({ draftIds: [], compareTo: 0 }, ed);
    expect([15, 20]).toContain(sixteen.people);
    expect([15, 20]).toContain(sixteen.population?.exposure['people']);
    expect((await preview({ draftIds: [], audience: { departments: ['Legal'] } })).population).not.toBeNull();
  });

  test('tells L&D staff by how far it is nothing of how many it is for', async () => {
    const ed = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    const told = async (audience: Readonly<Record<string, unknown>>, credential?: string) => {
      const { preview: begun } = await begin({ draftIds: [], audience }, credential);
      await ended(begun?.id ?? '', credential);
      const query = 'query ($id: ID!) { rulePreview(id: $id) { progress { done total } } }';
      const { rulePreview } = await service.ask<{ rulePreview: { progress: unknown } }>(
        query,
        { id: begun?.id },
        credential,
      );
      return rulePreview.progress;
    };
    const nobody = await told({ departments: ['Nowhere'] }, ed);
    expect(await told({ departments: ['Legal'] }, ed)).toEqual(nobody);
    expect(await told({ departments: ['Sales'] }, ed)).toEqual(nobody);
    expect(await told({ departments: ['Sales'] })).toEqual({ done: 6, total: 6 });
  });

  const drafted = async (rule: Readonly<Record<string, unknown>>) =>
    (
      await service.ask<{
        draftRule: { draft: { id: string; rule: { id: string } }; warnings: readonly { kind: string }[] };
      }>(DRAFT, { rule: { schedule: { until: '2025-11-30', zone: 'UTC' }, owner: 'L&D', ...rule } })
    ).draftRule;
  /** For whomever it is, their list becomes three courses: what they lose is what they had. */
  const narrow = {
    target: { courseIds: courses.slice(0, 3).map(({ id }) => id) },
    action: { kind: 'REQUIRE_ONLY' },
  };

  test('tells L&D staff nothing of what a rule does to people it names or to a handful', async () => {
    const ed = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    const byName = await drafted({ ...narrow, audience: { learnerIds: [engineer] } });
    const forLegal = await drafted({ ...narrow, audience: { departments: ['Legal'] } });
    for (const { draft } of [byName, forLegal]) {
      const { people, rules, population } = await preview({ draftIds: [draft.id] }, ed);
      expect([15, 20]).toContain(people);
      expect(rules).toMatchObject([{ ruleId: draft.rule.id, lists: null, people: null, warnings: [] }]);
      expect(population).toMatchObject({ exposure: { changed: 0, shortAfter: 0 }, winners: [], losers: [] });
      const told = await preview({ draftIds: [draft.id] });
      const size = draft === byName.draft ? 1 : 2;
      expect(told.rules).toMatchObject([{ lists: size, people: size }]);
      expect(told.population).toMatchObject({ exposure: { people: 16, changed: size, shortAfter: size } });
      expect(told.population?.losers.length).toBeGreaterThan(0);
    }
    // Beside a rule for many it is not to be found by subtracting what that does alone.
    const forAll = await drafted(narrow);
    const alone = await preview({ draftIds: [forAll.draft.id] }, ed);
    const beside = await preview({ draftIds: [forAll.draft.id, forLegal.draft.id] }, ed);
    expect(alone.population?.losers).not.toEqual([]);
    expect(beside.population).toEqual(alone.population);
    expect(beside.rules.find((rule) => rule['ruleId'] === forAll.draft.rule.id)).toEqual(alone.rules[0]);
    // Nor does it show that there is nobody at all.
    const forNobody = await drafted({ ...narrow, audience: { departments: ['Legal'], hiredWithinDays: 1 } });
    const besideNone = await preview({ draftIds: [forAll.draft.id, forNobody.draft.id] }, ed);
    expect(besideNone.population).toEqual(alone.population);
    expect((await preview({ draftIds: [forAll.draft.id] })).population?.exposure).toMatchObject({ changed: 16 });
  });

  test('lets L&D staff turn its sample by no single person', async () => {
    const ed = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    const { draft } = await drafted(narrow);
    const refused = async (variables: Readonly<Record<string, unknown>>) =>
      (await begin({ draftIds: [draft.id], ...variables }, ed)).userErrors;
    expect(await refused({ sampleSize: 6 })).toMatchObject([{ code: 'INVALID_VALUE', path: ['sampleSize'] }]);
    expect(await refused({ audience: { hiredWithinDays: 30 } })).toMatchObject([
      { code: 'INVALID_VALUE', path: ['audience', 'hiredWithinDays'] },
    ]);
    expect((await preview({ draftIds: [draft.id], sampleSize: 6 })).people).toBe(6);
    // The same question has the same answer: asking again tells no more.
    const again = async () => await preview({ draftIds: [draft.id] }, ed);
    expect(await again()).toEqual(await again());
  });

  test('counts the lists of named people for administrators only', async () => {
    const ed = await service.token({ learnerId: 'ed', roles: ['LD_EDITOR'] });
    const audience = { learnerIds: engineers.map(({ id }) => id) };
    expect(await begin({ draftIds: [], audience }, ed)).toMatchObject({
      preview: null,
      userErrors: [{ code: 'INVALID_VALUE', path: ['audience', 'learnerIds'] }],
    });
    expect((await preview({ draftIds: [], audience })).people).toBe(engineers.length);
  });

  test('drafting a rule for named people tells whether they are there, not what they are', async () => {
    const warningsOf = async (audience: Readonly<Record<string, unknown>>) =>
      (await drafted({ ...narrow, audience })).warnings.map(({ kind }) => kind);
    expect(await warningsOf({ learnerIds: [engineer], departments: ['Sales'] })).toEqual([]);
    expect(await warningsOf({ learnerIds: [engineer], hiredWithinDays: 1 })).toEqual([]);
    expect(await warningsOf({ learnerIds: ['somebody-else'] })).toEqual(['MATCHES_NOBODY']);
  });

  test('is begun once however often a call with its id is sent', async () => {
    const ask = async (call: string, more: object = {}) => await begin({ draftIds: [], call, sampleSize: 0, ...more });
    const both = await Promise.all([ask('call-1'), ask('call-1')]);
    const [id, again] = both.map((one) => one.preview?.id);
    expect(id).toBe(again);
    await ended(id ?? '');
    expect((await ask('call-1')).preview?.id).toBe(id);
    expect(await ask('call-1', { sampleSize: 5 })).toMatchObject({
      preview: null,
      userErrors: [{ code: 'CONFLICT', path: ['clientMutationId'] }],
    });
    expect((await ask('call-2')).preview?.id).not.toBe(id);
  });

  test('is gone after a day, also when nobody asks for another', async () => {
    const { id } = (await begin({ draftIds: [], sampleSize: 0 })).preview ?? { id: '' };
    await ended(id);
    expect(await service.app.rulePreviews.isDue()).toBe(false);
    service.now = new Date(service.now.getTime() + 86_400_001);
    expect(await service.app.rulePreviews.isDue()).toBe(true);
    await service.app.jobs.request('PREVIEW_RULES', 'schedule');
    await vi.waitFor(async () => expect(await service.sql('SELECT id FROM rule_preview')).toEqual([]), {
      ...{ timeout: 20_000, interval: 50 },
    });
    service.now = new Date(service.now.getTime() - 86_400_001);
  });

  test('says what is wrong with what is asked', async () => {
    expect(await begin({ draftIds: [], audience: { roleIds: ['none'] } })).toMatchObject({
      preview: null,
      userErrors: [{ code: 'NOT_FOUND', path: ['audience', 'roleIds', '0'] }],
    });
    expect((await service.post(PREVIEW, { draftIds: ['none'] })).errors[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test('is begun again when the process that was at it ended, and given up when that happens twice', async () => {
    const left = async (attempts: number) => {
      const id = `left-${attempts}`;
      await service.sql(
        `INSERT INTO rule_preview (id, status, requested_by, requested_at, attempts, "order")
         SELECT $1, 'RUNNING', 'somebody', now() - interval '1 hour', $2, $3`,
        [id, attempts, JSON.stringify(await order())],
      );
      return id;
    };
    const order = async () => {
      const { rules, holdoutPercent } = service.app.ruleSets.current.content;
      const { change: _, ...policy } = service.app.policies.current;
      const side = {
        ruleSet: { rules, holdoutPercent },
        policy,
        signalWeights: service.app.learners.signalWeights.weights,
      };
      const everybody = { departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] };
      return {
        ...{
          before: side,
          after: side,
          learnerIds: [],
          sampleSize: null,
          surface: 'HOME',
          first: 10,
          mayTellFew: true,
        },
        audience: { ...everybody, skillGap: null, hiredWithinDays: null },
      };
    };
    const [once, twice] = [await left(1), await left(2)];
    await preview({ draftIds: [] });
    expect(await ended(once)).toMatchObject({ status: 'SUCCEEDED', result: { people: 16 } });
    expect((await ended(twice)).error).toContain('ended before');
  });
});

describeOnBothDatabases('what a preview counts', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());
  const asked = async (draftIds: readonly string[]) =>
    (await service.ask<{ previewRules: { preview: Preview | null; userErrors: unknown[] } }>(PREVIEW, { draftIds }))
      .previewRules;

  test('is no more people than may be asked for, and lists only', async () => {
    const { preview } = await asked([]);
    const [waiting] = await service.sql(`SELECT "order"->>'sampleSize' AS most FROM rule_preview WHERE id = $1`, [
      preview?.id,
    ]);
    expect(waiting).toEqual({ most: '100000' });
    const { draftSetting } = await service.ask<{ draftSetting: { draft: { id: string } } }>(DRAFT_SETTING, {
      setting: { deliveryPolicy: { weeklyBudget: 2 } },
    });
    // Lists do not hang on it, and the answer says so.
    const answer = { preview: { status: 'QUEUED' }, settingsBesideLists: ['delivery policy'], userErrors: [] };
    expect(await asked([draftSetting.draft.id])).toMatchObject(answer);
  });

  test('counts whom rules are for by what people are short of as well, page after page, as far as the sample goes', async () => {
    const [skill, course] = [aSkill(), aCourse()];
    const role = aRole({ skills: [{ skillId: skill.id, targetLevel: 0.8 }] });
    // Every third has no role that asks for the skill.
    const learners = Array.from({ length: 120 }, (_, i) =>
      aLearner({ id: `g-${String(i).padStart(3, '0')}`, department: 'Care', roleId: i % 3 === 0 ? null : role.id }),
    );
    await store(service, { skills: [skill], roles: [role], courses: [course], learners });
    service.app.work();
    const draft = async (audience: Readonly<Record<string, unknown>>) => {
      const rule = { audience, target: { courseIds: [course.id] }, action: { kind: 'PIN', place: 1 } };
      const schedule = { until: '2025-11-30', zone: 'UTC' };
      const { draftRule } = await service.ask<{ draftRule: { draft: { id: string; rule: { id: string } } } }>(DRAFT, {
        rule: { ...rule, schedule, owner: 'L&D' },
      });
      return draftRule.draft;
    };
    const gap = (atLeast: number) => ({ skillGap: { skillId: skill.id, atLeast } });
    const drafts = [await draft(gap(0.5)), await draft(gap(0.9)), await draft({ departments: ['Care'] })];
    const peopleIn = async (sampleSize: number | null) => {
      const { preview } = (
        await service.ask<{ previewRules: { preview: Preview | null } }>(PREVIEW, {
          ...{ draftIds: drafts.map(({ id }) => id), audience: { departments: ['Care'] }, sampleSize },
        })
      ).previewRules;
      return await vi.waitFor(
        async () => {
          const { rulePreview } = await service.ask<{ rulePreview: Preview }>(POLL, { id: preview?.id });
          expect(rulePreview).toMatchObject({ status: 'SUCCEEDED', error: null });
          return drafts.map(
            ({ rule }) => rulePreview.result?.rules.find((impact) => impact['ruleId'] === rule.id)?.['people'],
          );
        },
        { timeout: 60_000, interval: 50 },
      );
    };
    expect(await peopleIn(null)).toEqual([80, 0, 120]);
    const [short, none, all] = await peopleIn(60);
    expect([none, all]).toEqual([0, 60]);
    // Drawn in an order that has nothing to do with roles.
    expect(short).toBeGreaterThan(25);
    expect(short).toBeLessThan(55);
  });

  test('does not lose the relevance of what becomes a duty', async () => {
    const published = new Date(Date.UTC(2024, 0, 1));
    const courses = Array.from({ length: 12 }, () => aCourse({ publishedAt: published }));
    const learners = Array.from({ length: 25 }, (_, i) => aLearner({ id: `p-${i}` }));
    const [duty, free] = courses.map(({ id }) => id) as [string, string];
    const at = new Date(NOON.getTime() - 5 * 86_400_000);
    const takes = (courseId: string) => learners.map(({ id }) => anInteraction({ learnerId: id, courseId, at }));
    await store(service, { courses, learners, interactions: takes(duty) });
    service.app.work();
    const relevanceWith = async (draftIds: readonly string[]) => {
      const { preview } = await asked(draftIds);
      return await vi.waitFor(
        async () => {
          const { rulePreview } = await service.ask<{ rulePreview: Preview }>(POLL, { id: preview?.id });
          expect(rulePreview.status).toBe('SUCCEEDED');
          return rulePreview.result?.population?.relevance;
        },
        { timeout: 60_000, interval: 50 },
      );
    };
    const { draftRule } = await service.ask<{ draftRule: { draft: { id: string } } }>(DRAFT, {
      rule: {
        target: { courseIds: [duty] },
        action: { kind: 'MANDATE', dueOn: '2025-10-31' },
        schedule: { until: '2025-11-30', zone: 'UTC' },
        owner: 'L&D',
      },
    });
    expect(await relevanceWith([])).toEqual({ people: 25 });
    expect(await relevanceWith([draftRule.draft.id])).toBeNull();
    await store(service, { interactions: takes(free) });
    expect(await relevanceWith([draftRule.draft.id])).toEqual({ people: 25 });
  });

  test('is kept for a day', async () => {
    const { preview } = await asked([]);
    const find = async () => await service.post(POLL, { id: preview?.id });
    service.now = new Date(NOON.getTime() + 86_400_000);
    expect((await find()).errors).toEqual([]);
    service.now = new Date(NOON.getTime() + 86_400_001);
    expect((await find()).errors[0]?.extensions.code).toBe('NOT_FOUND');
  });
});

describeOnBothDatabases('the effect of a rule', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());

  test('is what people take up beside those who are held out, and what it costs', async () => {
    const courses = Array.from({ length: 12 }, (_, i) => aCourse({ publishedAt: new Date(Date.UTC(2024, 0, i + 1)) }));
    const learners = Array.from({ length: 120 }, (_, i) => aLearner({ id: `p-${i}`, department: 'Sales' }));
    const others = Array.from({ length: 10 }, (_, i) => aLearner({ id: `q-${i}`, department: 'Legal' }));
    await store(service, { courses, learners: [...learners, ...others] });
    const oldest = courses[0]?.id ?? '';
    const { draftRule } = await service.ask<{ draftRule: { draft: { id: string; rule: { id: string } } } }>(DRAFT, {
      rule: {
        audience: { departments: ['Sales'] },
        target: { courseIds: [oldest] },
        action: { kind: 'PIN', place: 1 },
        schedule: { until: '2025-11-30', zone: 'UTC' },
        owner: 'L&D',
      },
    });
    await service.ask(PUBLISH, { draftIds: [draftRule.draft.id], expectedVersion: 0, holdoutPercent: 50 });
    for (const { id } of [...learners, ...others]) {
      const page = await recommend(service, id, { first: 10 });
      const isTouched = id.startsWith('p') && !isHeldOut(id, 50);
      expect(courseIdsOf(page)[0] === oldest).toBe(isTouched);
    }
    const heldOut = learners.filter(({ id }) => isHeldOut(id, 50));
    const touched = learners.filter(({ id }) => !isHeldOut(id, 50));
    const aDayLater = new Date(NOON.getTime() + 86_400_000);
    const late = new Date(NOON.getTime() + 15 * 86_400_000);
    service.now = new Date(NOON.getTime() + 22 * 86_400_000);
    const takes = (learnerId: string, at: Date) => anInteraction({ learnerId, courseId: oldest, at });
    await store(service, {
      interactions: [
        ...touched.slice(0, 30).map(({ id }) => takes(id, aDayLater)),
        // Too late to count.
        ...touched.slice(30).map(({ id }) => takes(id, late)),
        ...heldOut.slice(0, 3).map(({ id }) => takes(id, aDayLater)),
      ],
    });
    const effectOf = async (weeks: number) =>
      (await service.ask<{ ruleEffect: Effect }>(EFFECT, { ruleId: draftRule.draft.rule.id, weeks })).ruleEffect.weeks;
    const weeks = await effectOf(4);
    expect(weeks.map(({ weekStartsAt }) => weekStartsAt.slice(0, 10))).toEqual([
      '2025-03-10',
      '2025-03-17',
      '2025-03-24',
      '2025-03-31',
    ]);
    const [week, next] = weeks;
    expect(week).toMatchObject({
      ...{ lists: touched.length, people: touched.length, courses: 1, isFollowedUp: true },
      takeUp: { ruledPeople: touched.length, heldOutPeople: heldOut.length, verdict: 'MORE' },
    });
    expect(week?.takeUp.ruledShare).toBeCloseTo(30 / touched.length, 10);
    expect(week?.takeUp.heldOutShare).toBeCloseTo(3 / heldOut.length, 10);
    expect(week?.takeUp.difference?.low).toBeGreaterThan(0);
    // The oldest course stands where the newest would.
    expect(week?.relevanceGivenUp?.mean).toBeGreaterThan(0);
    expect(next).toMatchObject({ lists: 0, takeUp: { verdict: 'CANNOT_TELL', difference: null, ruledShare: null } });
    const unknown = await service.post(EFFECT, { ruleId: 'none', weeks: 4 });
    expect(unknown.errors[0]?.extensions.code).toBe('NOT_FOUND');
  });
});
