import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { audienceKey, EVERYBODY } from '../../src/learners/trends.js';
import type { Role } from '../../src/platform/access/access.js';
import { createLogger } from '../../src/platform/logger.js';
import type { TableColumn } from '../../src/privacy/tables.store.js';
import { publishedRuleSetSchema } from '../../src/rules/lifecycle/publishedRuleSet.js';
import { ruleSetHash } from '../../src/rules/model/ruleSetHash.js';
import { DATA_DECLARATIONS } from '../../src/storage.js';
import { aCourse, aLearner, anAssignment, anInteraction, aSkill, someEvidence } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { undeclared } from '../support/dataDeclarations.js';
import { ingest, store } from '../support/ingest.js';
import { RECOMMENDATIONS, recommend, twoCamps } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

/** Somebody who did everything. */
const ANN = 'e-90210';
const COLLEAGUE = 'e-90211';
const DAY_MS = 86_400_000;
const JOB = { report: () => {}, shouldStop: () => false };

const ERASE = `mutation ($learnerId: ID!, $reason: String!) { eraseLearner(learnerId: $learnerId, reason: $reason) {
  erasure { id pseudonym status requestedBy reason finishedAt erased { table deleted replaced } remaining { table rows } }
  userErrors { code path } } }`;
const RESTRICT = `mutation ($learnerId: ID!, $restricted: Boolean!) {
  restrictLearner(learnerId: $learnerId, restricted: $restricted, reason: "Case 7") {
    privacy { restrictedAt personalisationOptOut } userErrors { code } } }`;
const EXPORT = `query ($learnerId: ID!) { exportLearner(learnerId: $learnerId) {
  learnerId sections { name description kept rowCount rows endCursor } } }`;
const SECTION = `query ($learnerId: ID!, $section: String!, $first: Int, $after: String) {
  exportLearnerSection(learnerId: $learnerId, section: $section, first: $first, after: $after) { rows endCursor } }`;

interface Erasure {
  readonly id: string;
  readonly pseudonym: string;
  readonly status: string;
  readonly erased: readonly { readonly table: string; readonly deleted: number; readonly replaced: number }[];
  readonly remaining: readonly { readonly table: string; readonly rows: number }[] | null;
}
interface Section {
  readonly name: string;
  readonly rowCount: number | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly endCursor: string | null;
}

const columnsOf = async (service: TestApp): Promise<TableColumn[]> =>
  await service.sql<TableColumn>(
    `SELECT c.table_name AS "table", c.column_name AS "column", c.data_type AS type
     FROM information_schema.columns c WHERE c.table_schema = 'public' ORDER BY c.table_name, c.ordinal_position`,
  );

/** Tables in which a text stands in any column of any row, bytes included. */
async function tablesWith(service: TestApp, text: string): Promise<string[]> {
  const found = new Set<string>();
  for (const { table, column, type } of await columnsOf(service)) {
    const value = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
    const [row] = await service.sql<{ n: number }>(
      `SELECT count(*)::integer AS n FROM "${table}" WHERE position(lower($1) IN lower(${value})) > 0`,
      [text],
    );
    if ((row?.n ?? 0) > 0) found.add(table);
  }
  return [...found].sort();
}

describeOnBothDatabases('privacy', (kind) => {
  let service: TestApp;
  const logged: string[] = [];
  const { courses, learners, interactions } = twoCamps(NOON);
  const skill = aSkill();
  const extra = aCourse({ durationMinutes: 20, publishedAt: new Date('2024-01-01T00:00:00Z'), skills: [] });

  const erase = async (learnerId: string, credential?: string) =>
    (
      await service.ask<{ eraseLearner: { erasure: Erasure | null; userErrors: readonly unknown[] } }>(
        ERASE,
        { learnerId, reason: `Case 12: ${learnerId} asked for it` },
        credential,
      )
    ).eraseLearner;
  const sectionsOf = async (learnerId: string) =>
    (await service.ask<{ exportLearner: { sections: readonly Section[] } }>(EXPORT, { learnerId })).exportLearner
      .sections;

  beforeAll(async () => {
    const logger = createLogger('debug', { write: (line: string) => void logged.push(line) });
    service = await openTestApp(kind, { logger });
    service.app.jobs.start();
    await store(service, { courses: [...courses, extra], learners, interactions, skills: [skill] });
    await doEverything(service, { courseId: courses[0]?.id ?? '', extraId: extra.id, skillId: skill.id });
  });
  afterAll(() => service.close());

  test('every table and every column that could hold a person is declared', async () => {
    expect(undeclared(await columnsOf(service), DATA_DECLARATIONS)).toEqual([]);
  });

  test('what goes with another table by retention is deleted by a foreign key', async () => {
    const following = DATA_DECLARATIONS.flatMap(({ personal }) => personal).flatMap(({ table, retention }) =>
      'withTable' in retention ? [[table, retention.withTable]] : [],
    );
    expect(following.length).toBeGreaterThan(0);
    for (const [table, withTable] of following) {
      const keys = await service.sql(
        `SELECT 1 FROM pg_constraint c WHERE c.contype = 'f' AND c.confdeltype = 'c'
         AND c.conrelid = $1::regclass AND c.confrelid = $2::regclass`,
        [table, withTable],
      );
      expect([table, keys.length]).toEqual([table, 1]);
    }
  });

  describe('an export', () => {
    test('tells everything by sections, page by page, and of others nothing', async () => {
      const sections = await sectionsOf(ANN);
      const names = sections.map(({ name }) => name);
      for (const name of [
        'learner',
        'skills',
        'activity',
        'courses',
        'servedLists',
        'deliverySuggestions',
        'deliveries',
        'mutes',
        'leave',
        'experimentExposures',
        'campaignMemberships',
        'figures',
        'surveyAnswers',
        'rulesAndSettings',
        'changes',
        'goals',
        'goalReviews',
      ]) {
        expect(names).toContain(name);
      }
      const activity = sections.find(({ name }) => name === 'activity') as Section;
      const [counted] = await service.sql<{ n: number }>(
        'SELECT count(*)::integer AS n FROM interaction WHERE learner_id = $1',
        [ANN],
      );
      expect(activity.rowCount).toBe(counted?.n);
      const rows: unknown[] = [];
      for (let after: string | null = null; ; ) {
        const page: { exportLearnerSection: Section } = await service.ask(SECTION, {
          ...{ learnerId: ANN, section: 'activity', first: 3, after },
        });
        rows.push(...page.exportLearnerSection.rows);
        after = page.exportLearnerSection.endCursor;
        if (after === null) break;
      }
      expect(rows.length).toBe(counted?.n);
      expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length);
      const told = sections.find(({ name }) => name === 'learner')?.rows[0];
      expect(told).toMatchObject({ id: ANN, department: 'Sales' });
      expect(JSON.stringify(sections)).toContain(ANN);
      // What the colleague is told of the rule for both of them that Ann published.
      const rules = (await sectionsOf(COLLEAGUE)).find(({ name }) => name === 'rulesAndSettings');
      expect(JSON.stringify(rules?.rows)).toContain(COLLEAGUE);
      expect(JSON.stringify(rules?.rows)).not.toContain(ANN);
    });

    test('is for the person themself and for who answers requests', async () => {
      const ask = (credential: string) => service.post(EXPORT, { learnerId: ANN }, credential);
      const [own, other, answerer] = await Promise.all([
        service.token({ learnerId: ANN }).then(ask),
        service.token({ learnerId: COLLEAGUE, roles: ['MANAGER', 'LD_EDITOR', 'LD_ANALYST'] }).then(ask),
        service.token({ learnerId: 'dpo', roles: ['PRIVACY'] }).then(ask),
      ]);
      expect([own.status, other.status, answerer.status]).toEqual([200, 200, 200]);
      expect(other.errors[0]?.extensions.code).toBe('FORBIDDEN');
      expect([own.errors, answerer.errors]).toEqual([[], []]);
    });
  });

  test('a restriction keeps everything and uses nothing of it, until it ends', async () => {
    const learnerId = learners[1]?.id ?? '';
    const counts = async () => {
      const version = await service.app.training.train(JOB);
      const trends = await service.app.learners.trendsAsOf(service.now);
      return {
        learners: version?.metrics.learnerCount ?? 0,
        people: trends.groups.get(audienceKey(EVERYBODY))?.people,
      };
    };
    const before = await counts();
    expect((await recommend(service, learnerId)).strategy).toBe('PERSONAL');
    const restricted = await service.ask<{ restrictLearner: { privacy: object; userErrors: object[] } }>(RESTRICT, {
      ...{ learnerId, restricted: true },
    });
    expect(restricted.restrictLearner).toEqual({
      privacy: { restrictedAt: service.now.toISOString(), personalisationOptOut: false },
      userErrors: [],
    });
    expect((await recommend(service, learnerId)).strategy).not.toBe('PERSONAL');
    const meanwhile = await counts();
    expect(meanwhile.learners).toBe(before.learners - 1);
    expect(meanwhile.people).toBe((before.people ?? 0) - 1);
    // Data stay, may be sent on, and the choice that was theirs is not changed by sending them.
    await store(service, { learners: [{ id: learnerId, department: 'Other' }] });
    const [row] = await service.sql<{ out: boolean; at: Date | null; n: number }>(
      `SELECT l.personalisation_opt_out AS out, l.restricted_at AS at,
         (SELECT count(*)::integer FROM interaction i WHERE i.learner_id = l.id) AS n FROM learner l WHERE l.id = $1`,
      [learnerId],
    );
    expect(row).toMatchObject({ out: false, n: 6 });
    expect(row?.at).not.toBeNull();
    await service.ask(RESTRICT, { learnerId, restricted: false });
    expect((await recommend(service, learnerId)).strategy).toBe('PERSONAL');
    expect(await counts()).toEqual(before);
    const unknown = await service.ask<{ restrictLearner: object }>(RESTRICT, { learnerId: 'nobody', restricted: true });
    expect(unknown.restrictLearner).toEqual({ privacy: null, userErrors: [{ code: 'NOT_FOUND' }] });
  });

  test('after an erasure nothing tells of the learner: no table, no model, no log', async () => {
    const named = await tablesWith(service, ANN);
    expect(named).toEqual([
      ...['assignment', 'audit_entry', 'campaign', 'campaign_member', 'campaign_step', 'delivery_event'],
      ...['delivery_mute', 'delivery_plan', 'delivery_suggestion', 'experiment', 'experiment_exposure', 'goal'],
      ...['goal_review', 'insight_month', 'interaction', 'job', 'kpi_observation', 'learner', 'learner_active_hour'],
      ...['learner_course', 'learner_leave', 'learner_page', 'learner_profile', 'learner_search', 'learner_sitting'],
      ...['learner_skill', 'learner_touchpoint', 'mandated_course', 'rule_draft', 'rule_preview', 'served_list'],
      ...['setting_version', 'survey_answer'],
    ]);

    const { erasure, userErrors } = await erase(ANN, await service.token({ learnerId: 'dpo', roles: ['PRIVACY'] }));
    expect(userErrors).toEqual([]);
    expect(erasure).toMatchObject({ status: 'SUCCEEDED', requestedBy: 'person dpo', remaining: [] });
    expect(erasure?.erased.map(({ table }) => table)).toEqual(named);
    const activity = erasure?.erased.find(({ table }) => table === 'interaction');
    expect(activity).toMatchObject({ deleted: 9, replaced: 2 });

    expect(await tablesWith(service, ANN)).toEqual([]);
    const { pseudonym } = erasure as Erasure;
    expect(await tablesWith(service, pseudonym)).toEqual([
      ...['audit_entry', 'campaign', 'erasure', 'experiment', 'goal', 'goal_review', 'interaction', 'job'],
      ...['learner_page', 'learner_search', 'rule_draft', 'setting_version'],
    ]);
    // What the processes hold in memory.
    expect(JSON.stringify(service.app.ruleSets.current)).toContain(pseudonym);
    expect(JSON.stringify([service.app.ruleSets.current, service.app.goals.open])).not.toContain(ANN);
    // A rule for two is still one for two, and its set is what its hash says.
    const content = publishedRuleSetSchema.parse(
      (
        await service.sql<{ content: unknown }>(
          `SELECT v.content FROM setting_version v WHERE v.kind = 'rule set' ORDER BY v.version DESC LIMIT 1`,
        )
      )[0]?.content,
    );
    expect(content.rules[0]?.audience.learnerIds).toEqual([pseudonym, COLLEAGUE]);
    expect(content.contentHash).toBe(ruleSetHash(content));
    // The colleague whom they managed is there still, without a manager.
    expect(await service.sql('SELECT manager_id FROM learner WHERE id = $1', [COLLEAGUE])).toEqual([
      { manager_id: null },
    ]);
    await service.app.training.train(JOB);
    expect(await tablesWith(service, ANN)).toEqual([]);
    expect(logged.length).toBeGreaterThan(5);
    expect(logged.join('').includes(pseudonym)).toBe(true);
    expect(logged.filter((line) => line.toLowerCase().includes(ANN))).toEqual([]);
  });

  test('the learner is told of their erasure, and not who handled it or why', async () => {
    const asked = async (fields: string, roles: readonly Role[]) =>
      await service.post(
        `{ learnerPrivacy(learnerId: "${ANN}") { erasure { status ${fields} } } }`,
        {},
        await service.token({ learnerId: ANN, roles }),
      );
    expect((await asked('', [])).data).toEqual({ learnerPrivacy: { erasure: { status: 'SUCCEEDED' } } });
    for (const field of ['requestedBy', 'reason']) {
      const [own, answerer] = [await asked(field, []), await asked(field, ['PRIVACY'])];
      expect([own.data, own.errors[0]?.extensions.code]).toEqual([null, 'FORBIDDEN']);
      expect(answerer.errors).toEqual([]);
    }
  });

  test('what comes later does not bring them back', async () => {
    const late = await ingest(service, 'recordActivity', [anInteraction({ learnerId: ANN, courseId: courses[0]?.id })]);
    expect(late).toMatchObject({ storedCount: 0, userErrors: [{ code: 'NOT_FOUND' }] });
    const sent = await ingest(service, 'upsertLearners', [{ id: ANN }, { id: COLLEAGUE }]);
    expect(sent).toMatchObject({ storedCount: 1, userErrors: [{ index: 0, code: 'ERASED', path: ['id'] }] });
    const list = await service.post(RECOMMENDATIONS, { learnerId: ANN, first: 5 });
    expect(list.errors[0]?.extensions.code).toBe('NOT_FOUND');
    const suggestion = await service.post(
      'query ($l: ID!, $c: ID!) { deliverySuggestion(learnerId: $l, courseId: $c) { id } }',
      { l: ANN, c: extra.id },
    );
    expect(suggestion.errors[0]?.extensions.code).toBe('NOT_FOUND');
    expect(await tablesWith(service, ANN)).toEqual([]);
  });

  test('an erasure that is asked for again changes nothing, and one that was cut short is carried on', async () => {
    const [first, again] = [await erase(ANN), await erase(ANN)];
    expect(again.erasure).toMatchObject({ id: first.erasure?.id, erased: first.erasure?.erased, remaining: [] });
    // As a process leaves it that ends while it erases.
    await service.sql(`UPDATE erasure SET status = 'QUEUED', learner_id = $1, remaining = NULL`, [ANN]);
    expect(await service.app.privacy.isDue()).toBe(true);
    expect(await service.app.privacy.runErasures(JOB)).toBe(1);
    expect(await service.app.privacy.isDue()).toBe(false);
    expect(await tablesWith(service, ANN)).toEqual([]);
  });

  test('somebody who comes back begins anew', async () => {
    const readmit = (learnerId: string) =>
      service.ask<{ readmitLearner: { privacy: { isKnown: boolean } | null; userErrors: { code: string }[] } }>(
        `mutation ($learnerId: ID!) { readmitLearner(learnerId: $learnerId, reason: "Case 13") {
           privacy { isKnown } userErrors { code } } }`,
        { learnerId },
      );
    expect((await readmit('nobody')).readmitLearner.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
    expect((await readmit(ANN)).readmitLearner).toEqual({ privacy: { isKnown: false }, userErrors: [] });
    expect(await ingest(service, 'upsertLearners', [{ id: ANN }])).toMatchObject({ storedCount: 1, userErrors: [] });
    expect((await sectionsOf(ANN)).map(({ name }) => name)).toEqual(['learner']);
  });

  test('an erasure waits for activity that is being stored, and leaves nothing of it', async () => {
    const learnerId = 'e-77001';
    const activity = () => anInteraction({ learnerId, courseId: extra.id, verb: 'STARTED', durationSeconds: 60 });
    await store(service, { learners: [aLearner({ id: learnerId })], interactions: [activity()] });
    const countRows = `SELECT count(*)::integer AS n FROM interaction i WHERE i.learner_id = $1`;
    const erasing = await service.app.database.dataSource.transaction(async (writer) => {
      expect([...(await service.app.learners.holdKnown([{ learnerId }], writer))]).toEqual([learnerId]);
      const erased = erase(learnerId);
      // The embedded database has one session: there the erasure cannot begin before the writer ends.
      if (kind === 'postgres') {
        await vi.waitFor(
          async () => {
            const waiting = await writer.query(
              `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
            );
            expect(waiting).not.toEqual([]);
          },
          { timeout: 30_000, interval: 20 },
        );
      }
      expect(await writer.query(countRows, [learnerId])).toEqual([{ n: 1 }]);
      await writer.query(
        `INSERT INTO interaction (source, event_id, learner_id, course_id, verb, at, received_at)
         VALUES ('late', 'late', $1, $2, 'STARTED', $3, $3)`,
        [learnerId, extra.id, NOON],
      );
      return { erased };
    });
    const { erasure } = await erasing.erased;
    expect(erasure).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect(erasure?.erased.find(({ table }) => table === 'interaction')).toMatchObject({ deleted: 2 });
    expect(await tablesWith(service, learnerId)).toEqual([]);
  });

  test('activity that comes in all the time while somebody is erased leaves nothing behind', async () => {
    const learnerId = 'e-77002';
    await store(service, { learners: [aLearner({ id: learnerId })] });
    const batch = () =>
      Array.from({ length: 20 }, () => anInteraction({ learnerId, courseId: extra.id, verb: 'STARTED' }));
    let stored = (await ingest(service, 'recordActivity', batch())).storedCount;
    expect(stored).toBe(20);
    const send = async () => {
      for (let sent = 0; sent < 10; sent += 1) {
        const { storedCount } = await ingest(service, 'recordActivity', batch());
        stored += storedCount;
      }
    };
    const [{ erasure }] = await Promise.all([erase(learnerId), send(), send(), send()]);
    expect(erasure).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect(erasure?.erased.find(({ table }) => table === 'interaction')?.deleted ?? 0).toBe(stored);
    expect(await tablesWith(service, learnerId)).toEqual([]);
  });

  test('an id that may be any number is erased where it is an id, and numbers stay', async () => {
    const learnerId = '42';
    await store(service, {
      learners: [aLearner({ id: learnerId })],
      interactions: [
        anInteraction({ learnerId, courseId: extra.id }),
        anInteraction({ learnerId: COLLEAGUE, verb: 'SEARCHED', query: 'the 42 best' }),
      ],
    });
    const { erasure } = await erase(learnerId);
    expect(erasure).toMatchObject({ status: 'SUCCEEDED', remaining: [] });
    expect(await service.sql(`SELECT learner_id FROM interaction WHERE learner_id = '42'`)).toEqual([]);
    // A pseudonym among the queries may have the digits too.
    expect(await service.sql(`SELECT query FROM interaction WHERE query LIKE 'the %'`)).toEqual([
      { query: 'the 42 best' },
    ]);
  });

  test('without a reason, or of nobody that could be, nothing is erased', async () => {
    const answer = await service.ask<{ eraseLearner: object }>(ERASE, { learnerId: COLLEAGUE, reason: '' });
    expect(answer.eraseLearner).toMatchObject({
      erasure: null,
      userErrors: [{ code: 'INVALID_VALUE', path: ['reason'] }],
    });
    expect(await service.sql('SELECT id FROM learner WHERE id = $1', [COLLEAGUE])).toHaveLength(1);
  });
});

/** Everything that this service knows how to write down about somebody. */
async function doEverything(
  service: TestApp,
  { courseId, extraId, skillId }: { readonly courseId: string; readonly extraId: string; readonly skillId: string },
): Promise<void> {
  const editor = await service.token({ learnerId: ANN, roles: ['LD_EDITOR', 'ADMIN'] });
  const does = async (query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const data = await service.ask<Record<string, { userErrors?: readonly unknown[] }>>(query, variables, editor);
    for (const result of Object.values(data)) expect(result.userErrors ?? []).toEqual([]);
    return data;
  };
  const on = (day: number, hour = 9) => new Date(Date.UTC(2025, 1, day, hour, 30));
  await store(service, {
    learners: [
      aLearner({ id: ANN, department: 'Sales', timezone: 'UTC' }),
      aLearner({ id: COLLEAGUE, department: 'Sales', managerId: ANN }),
    ],
    evidence: [someEvidence({ learnerId: ANN, skillId })],
    assignments: [anAssignment({ learnerId: ANN, courseId: extraId, dueAt: new Date('2025-04-01T00:00:00Z') })],
    interactions: [
      anInteraction({ learnerId: ANN, courseId, device: 'MOBILE', channel: 'EMAIL', at: on(3) }),
      anInteraction({ learnerId: ANN, courseId, verb: 'PROGRESSED', progress: 0.5, durationSeconds: 900, at: on(2) }),
      anInteraction({ learnerId: ANN, courseId, verb: 'STARTED', at: on(1) }),
      anInteraction({ learnerId: ANN, verb: 'SEARCHED', query: 'negotiation', resultCount: 0, at: on(4) }),
      anInteraction({ learnerId: ANN, verb: 'VISITED', page: '/home', at: on(4, 10) }),
      // Others look at them.
      anInteraction({ learnerId: COLLEAGUE, verb: 'VISITED', page: `/people/${ANN}`, at: on(5) }),
      anInteraction({ learnerId: COLLEAGUE, verb: 'SEARCHED', query: ANN.toUpperCase(), at: on(6) }),
    ],
  });
  for (const [name, more] of [
    ['saveCourse', ''],
    ['rateCourse', ', rating: 0.5'],
    ['dismissCourse', ', reason: NOT_RELEVANT'],
    ['alreadyKnow', ''],
  ]) {
    await does(
      `mutation ($l: ID!, $c: ID!) { ${name}(learnerId: $l, courseId: $c${more}, clientMutationId: "${name}") {
         userErrors { message } } }`,
      { l: ANN, c: courseId },
    );
  }
  await does(
    `mutation ($l: ID!) { upsertLeave(leave: [{ learnerId: $l, startsOn: "2025-05-01", endsOn: "2025-05-03" }]) {
    userErrors { message } } }`,
    { l: ANN },
  );
  await does(
    `mutation { upsertKpis(kpis: [{ id: "sales", name: "Sales", unit: "EUR", direction: HIGHER_IS_BETTER, kind: PERFORMANCE, level: IMPACT }]) {
       userErrors { message } } }`,
  );
  await does(
    `mutation ($l: ID!) { recordKpi(observations: [{ source: "crm", eventId: "k1", kpiId: "sales", learnerId: $l,
       from: "2025-01-01", until: "2025-02-01", value: 5 }]) { userErrors { message } } }`,
    { l: ANN },
  );
  await does(
    `mutation ($l: ID!, $c: ID!) { recordFeedback(answers: [{ source: "form", eventId: "f1", learnerId: $l, courseId: $c,
       questionId: "useful", at: "2025-02-05T00:00:00Z", score: 0.5, comment: "Good" }]) { userErrors { message } } }`,
    { l: ANN, c: courseId },
  );

  // As one of L&D: a rule that names people, a goal, an experiment, a campaign.
  const rule = {
    ...{ target: { courseIds: [extraId] }, action: { kind: 'BOOST', strength: 'SLIGHT' }, owner: 'L&D' },
    audience: { learnerIds: [ANN, COLLEAGUE] },
  };
  const draft = async () => {
    const { draftRule } = (await does(
      'mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id } userErrors { message } } }',
      { rule },
    )) as unknown as { draftRule: { draft: { id: string } } };
    return draftRule.draft.id;
  };
  await does(
    `mutation ($ids: [ID!]!) { publishRuleSet(draftIds: $ids, expectedVersion: 0, reason: "For ${ANN}") {
       userErrors { message } } }`,
    { ids: [await draft()] },
  );
  const { previewRules } = (await does(
    `mutation ($ids: [ID!]!, $l: [ID!]) { previewRules(draftIds: $ids, learnerIds: $l) { preview { id } userErrors { message } } }`,
    { ids: [await draft()], l: [ANN] },
  )) as unknown as { previewRules: { preview: { id: string } } };
  await vi.waitFor(
    async () => {
      const [row] = await service.sql<{ status: string }>('SELECT status FROM rule_preview WHERE id = $1', [
        previewRules.preview.id,
      ]);
      expect(row?.status).toBe('SUCCEEDED');
    },
    { timeout: 60_000, interval: 100 },
  );
  await does(
    `mutation { createGoal(id: "g", goal: { name: "More", owner: "${ANN}", metric: { kind: COMPLETIONS }, target: 5,
       baseline: 1, dueOn: "2025-12-31", audience: { departments: ["Sales"] } }) { userErrors { message } } }`,
  );
  await does(`mutation { addGoalReview(id: "g", note: "Well") { userErrors { message } } }`);
  await does(
    `mutation ($experiment: ExperimentInput!) { createExperiment(id: "x", experiment: $experiment, reason: "A test") {
       userErrors { message } } }`,
    {
      experiment: {
        ...{ name: 'Tastes', hypothesis: 'Tastes help', owner: 'L&D', audience: { learnerIds: [ANN] } },
        ...{ primaryMetric: 'CLICK_RATE', minimumPeoplePerVariant: 20, minimumDays: 7 },
        variants: [
          { id: 'control', name: 'As it is', isControl: true },
          { id: 'other', name: 'No tastes', policy: { strengths: [{ signal: 'COLLABORATIVE', strength: 0 }] } },
        ],
      },
    },
  );
  await does('mutation { startExperiment(id: "x", expectedVersion: 1, reason: "Go") { userErrors { message } } }');
  await does(
    `mutation ($campaign: CampaignInput!) { createCampaign(id: "c", campaign: $campaign, reason: "Go") { userErrors { message } } }`,
    { campaign: { name: 'All', owner: 'L&D', audience: { learnerIds: [ANN] }, courseIds: [extraId] } },
  );
  await does('mutation { startCampaign(id: "c", expectedVersion: 1, reason: "Go") { userErrors { message } } }');
  await service.app.campaigns.run({ shouldStop: () => false });

  // Lists, deliveries and what became of them.
  await recommend(service, ANN, { first: 5 });
  await does(`mutation ($l: ID!, $c: ID!) { planDelivery(learnerId: $l, courseId: $c) { userErrors { message } } }`, {
    l: ANN,
    c: courseId,
  });
  await does(
    `mutation ($l: ID!) { recordDelivery(deliveries: [{ eventId: "d1", learnerId: $l, channel: EMAIL, outcome: OPENED,
       at: "2025-03-01T09:00:00Z" }]) { userErrors { message } } }`,
    { l: ANN },
  );
  await does('mutation ($l: ID!) { muteDeliveries(learnerId: $l, channel: CHAT) { userErrors { message } } }', {
    l: ANN,
  });
  await does('mutation { trainModel { id } }');
  await vi.waitFor(
    async () => {
      const open = await service.sql(`SELECT 1 FROM job WHERE status IN ('QUEUED', 'RUNNING')`);
      expect(open).toEqual([]);
    },
    { timeout: 120_000, interval: 200 },
  );
  await service.app.insightMonths.refresh(JOB, 0);
  await service.sql(`INSERT INTO mandated_course (learner_id, course_id, since) VALUES ($1, $2, $3)`, [
    ...[ANN, courseId, NOON],
  ]);
  await service.sql(
    `INSERT INTO campaign_step (campaign_id, learner_id, step, course_id, suggestion_id, planned_at, starts_at, ends_at,
       expires_at) VALUES ('c', $1, 1, $2, 's', $3, $3, $3, $3) ON CONFLICT DO NOTHING`,
    [ANN, extraId, NOON],
  );
  await service.sql(
    `UPDATE insight_month SET waiting_learner_ids = ARRAY[$1, $2] WHERE month = (SELECT max(m.month) FROM insight_month m)`,
    [ANN, COLLEAGUE],
  );
}

describeOnBothDatabases('retention', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 3 }, () => aCourse());
  const [one, two, three] = courses.map(({ id }) => id) as [string, string, string];
  const learner = aLearner();
  const learnerId = learner.id;
  const daysAgo = (days: number) => new Date(NOON.getTime() - days * DAY_MS);

  beforeAll(async () => {
    service = await openTestApp(kind, { env: { RETAIN_ACTIVITY_DAYS: '100', RETAIN_DECISIONS_DAYS: '200' } });
    await store(service, {
      courses,
      learners: [learner],
      interactions: [
        anInteraction({ learnerId, courseId: one, verb: 'STARTED', at: daysAgo(120) }),
        anInteraction({ learnerId, courseId: one, verb: 'COMPLETED', at: daysAgo(110) }),
        anInteraction({ learnerId, courseId: two, verb: 'VIEWED', durationSeconds: 60, at: daysAgo(101) }),
        anInteraction({ learnerId, courseId: three, verb: 'STARTED', at: daysAgo(99) }),
        anInteraction({ learnerId, verb: 'SEARCHED', query: 'old', at: daysAgo(130) }),
      ],
    });
    await recommend(service, learnerId);
    await service.sql('UPDATE served_list SET created_at = $1', [daysAgo(201)]);
    await recommend(service, learnerId);
  });
  afterAll(() => service.close());

  const profile = async () =>
    await service.sql(
      `SELECT (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.course_id) FROM learner_course c) AS courses,
         (SELECT jsonb_agg(to_jsonb(p)) FROM learner_profile p) AS profile,
         (SELECT jsonb_agg(to_jsonb(s)) FROM learner_search s) AS searches,
         (SELECT jsonb_agg(to_jsonb(h) ORDER BY h.hour_start) FROM learner_active_hour h) AS hours`,
    );

  test('deletes the trail and old decisions, keeps what was finished, and says so', async () => {
    const deleted = await service.app.retention.sweep(JOB);
    expect(deleted).toEqual({ interaction: 3, served_list: 1 });
    expect(await service.sql('SELECT verb, course_id FROM interaction ORDER BY at')).toEqual([
      { verb: 'COMPLETED', course_id: one },
      { verb: 'STARTED', course_id: three },
    ]);
    expect(await service.sql('SELECT 1 FROM served_list')).toHaveLength(1);
    const { retention } = await service.ask<{ retention: readonly Readonly<Record<string, unknown>>[] }>(
      '{ retention { table retentionClass days sweptAt deletedBefore rowsDeleted rowsDeletedEver } }',
    );
    expect(retention.find(({ table }) => table === 'interaction')).toEqual({
      ...{ table: 'interaction', retentionClass: 'ACTIVITY', days: 100, rowsDeleted: 3, rowsDeletedEver: 3 },
      ...{ sweptAt: NOON.toISOString(), deletedBefore: daysAgo(100).toISOString() },
    });
    expect(retention.find(({ table }) => table === 'learner')).toMatchObject({ retentionClass: 'RECORD', days: null });
    expect(await service.app.retention.sweep(JOB)).toEqual({});
  });

  test('leaves profiles that folding them again does not change, with what was finished', async () => {
    const before = await profile();
    expect(JSON.stringify(before)).toContain(one);
    expect(JSON.stringify(before)).not.toContain(two);
    expect(before).toMatchObject([{ searches: null, profile: [{ events: 2 }] }]);
    await service.app.activity.rebuildProfiles(JOB);
    expect(await profile()).toEqual(before);
  });
});

describe('the settings of retention', () => {
  test('keep what was decided for half a year at least, or for ever', async () => {
    const { readConfig } = await import('../../src/platform/config.js');
    expect(readConfig({}).retentionDays).toEqual({
      ACTIVITY: 1_095,
      DECISIONS: 730,
      OUTCOMES: 1_095,
      AUDIT: 1_095,
      WORK: 90,
    });
    expect(readConfig({ RETAIN_DECISIONS_DAYS: '0' }).retentionDays.DECISIONS).toBe(0);
    expect(() => readConfig({ RETAIN_DECISIONS_DAYS: '30', RETAIN_AUDIT_DAYS: '182' })).toThrow(
      /RETAIN_DECISIONS_DAYS: must be 0 or at least 183\n.*RETAIN_AUDIT_DAYS: must be 0 or at least 183/,
    );
  });
});
