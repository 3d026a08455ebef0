import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { aCourse, aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { type Answer, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const DRAFT = `draft { id kind sentence revision ruleId setting basedOnVersion overwrites createdBy editedBy approvedBy
  rule { id sentence priority createdAt } changes { field before after } }
  warnings { kind message } conflicts { kind ruleIds message } conflictsWithDrafts { kind ruleIds } userErrors { index code message path }`;
const DRAFT_RULE = `mutation ($rule: RuleInput!, $ruleId: ID, $basedOnVersion: Int, $call: ID) {
  draftRule(rule: $rule, ruleId: $ruleId, basedOnVersion: $basedOnVersion, clientMutationId: $call) { ${DRAFT} } }`;
const DRAFT_REMOVAL = `mutation ($ruleId: ID!, $call: ID) {
  draftRuleRemoval(ruleId: $ruleId, clientMutationId: $call) { ${DRAFT} } }`;
const DRAFT_SETTING = `mutation ($setting: SettingChangeInput!, $call: ID) {
  draftSetting(setting: $setting, clientMutationId: $call) { ${DRAFT} } }`;
const UPDATE_DRAFT = `mutation ($draftId: ID!, $expectedRevision: Int!, $rule: RuleInput!, $basedOnVersion: Int) {
  updateDraft(draftId: $draftId, expectedRevision: $expectedRevision, rule: $rule, basedOnVersion: $basedOnVersion) {
    ${DRAFT} } }`;
const UPDATE_SETTING_DRAFT = `mutation ($draftId: ID!, $expectedRevision: Int!, $setting: SettingChangeInput!) {
  updateSettingDraft(draftId: $draftId, expectedRevision: $expectedRevision, setting: $setting) { ${DRAFT} } }`;
const DISCARD = `mutation ($draftId: ID!, $expectedRevision: Int!) {
  discardDraft(draftId: $draftId, expectedRevision: $expectedRevision) { draftId } }`;
const APPROVE = `mutation ($drafts: [SeenDraftInput!]!) { approveDrafts(drafts: $drafts) {
  approved { id approvedBy } userErrors { index code message } } }`;
const RULE_SET = `version contentHash holdoutPercent rollbackOf settings { setting version } change { by reason }
  rules { id sentence }`;
const PUBLISH = `mutation ($draftIds: [ID!]!, $expectedVersion: Int!, $reason: String!, $holdoutPercent: Float,
  $revisions: [SeenDraftInput!]) {
  publishRuleSet(draftIds: $draftIds, expectedVersion: $expectedVersion, reason: $reason,
    holdoutPercent: $holdoutPercent, revisions: $revisions) {
    ruleSet { ${RULE_SET} } idleRules { ruleId sentence warnings { kind } } userErrors { index code message path } } }`;
const ROLL_BACK = `mutation ($toVersion: Int!, $expectedVersion: Int!, $reason: String!, $overwriteSettings: Boolean) {
  rollbackRuleSet(toVersion: $toVersion, expectedVersion: $expectedVersion, reason: $reason,
    overwriteSettings: $overwriteSettings) {
    ruleSet { ${RULE_SET} } idleRules { ruleId sentence warnings { kind } } userErrors { index code message path } } }`;
const CURRENT = `{ ruleSet { ${RULE_SET} } ruleDrafts { id sentence revision overwrites }
  policy { version diversity } signalWeights { version saved } deliveryPolicy { version weeklyBudget } }`;
const UPDATE_POLICY = `mutation ($diversity: Float!, $expectedVersion: Int!) {
  updatePolicy(input: { diversity: $diversity }, expectedVersion: $expectedVersion, reason: "Direct") {
    policy { version } userErrors { message } } }`;

interface UserError {
  readonly index: number | null;
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[];
}
interface DraftAnswer {
  readonly draft: {
    readonly id: string;
    readonly ruleId: string;
    readonly revision: number;
    readonly sentence: string;
    readonly overwrites: readonly string[];
  };
  readonly warnings: readonly { readonly kind: string }[];
  readonly conflicts: readonly { readonly kind: string; readonly ruleIds: readonly string[] }[];
  readonly conflictsWithDrafts: readonly { readonly kind: string; readonly ruleIds: readonly string[] }[];
  readonly userErrors: readonly UserError[];
}
interface RuleSet {
  readonly version: number;
  readonly contentHash: string;
  readonly holdoutPercent: number;
  readonly rollbackOf: number | null;
  readonly rules: readonly { readonly id: string; readonly sentence: string }[];
}
interface Published {
  readonly ruleSet: RuleSet | null;
  readonly idleRules: readonly object[];
  readonly userErrors: readonly UserError[];
}
interface Current {
  readonly ruleSet: RuleSet;
  readonly ruleDrafts: readonly { readonly id: string; readonly revision: number }[];
  readonly policy: { readonly version: number; readonly diversity: number };
}

const PIN = {
  audience: { departments: ['Engineering'], locations: ['Berlin'] },
  target: { courseIds: ['security'] },
  action: { kind: 'PIN', place: 1 },
  schedule: { until: '2025-11-30', zone: 'Europe/Berlin' },
  owner: 'L&D Berlin',
};
const BURY = { target: { providers: ['Vendor X'] }, action: { kind: 'BURY', strength: 'STRONG' }, owner: 'L&D' };
const PIN_SENTENCE = 'For Engineering in Berlin, "Security Basics" comes first until 30 November 2025 (Europe/Berlin).';

/** What editors do with a service, by the API alone. */
function deskOf(service: TestApp, credentialOf: (who: string) => Promise<string>) {
  const post = async (who: string, query: string, variables: Readonly<Record<string, unknown>>) =>
    await service.post(query, variables, await credentialOf(who));
  const ask = async <T>(who: string, query: string, variables: Readonly<Record<string, unknown>>): Promise<T> => {
    const { data, errors } = await post(who, query, variables);
    expect(errors).toEqual([]);
    return Object.values(data ?? {})[0] as T;
  };
  return {
    post,
    draft: (rule: unknown, more: object = {}, who = 'ed') => ask<DraftAnswer>(who, DRAFT_RULE, { rule, ...more }),
    draftRemoval: (ruleId: string, who = 'ed', more: object = {}) =>
      ask<DraftAnswer>(who, DRAFT_REMOVAL, { ruleId, ...more }),
    draftSetting: (setting: unknown, who = 'ed', more: object = {}) =>
      ask<DraftAnswer>(who, DRAFT_SETTING, { setting, ...more }),
    update: (draftId: string, expectedRevision: number, rule: unknown, more: object = {}, who = 'ed') =>
      ask<DraftAnswer>(who, UPDATE_DRAFT, { draftId, expectedRevision, rule, ...more }),
    publish: (draftIds: readonly string[], expectedVersion: number, more: object = {}, who = 'ed') =>
      ask<Published>(who, PUBLISH, { draftIds, expectedVersion, reason: 'A test', ...more }),
    rollBack: (toVersion: number, expectedVersion: number, more: object = {}) =>
      ask<Published>('ed', ROLL_BACK, { toVersion, expectedVersion, reason: 'Enough', ...more }),
    approve: (who: string, drafts: readonly object[]) =>
      ask<{ approved: readonly { id: string }[]; userErrors: readonly UserError[] }>(who, APPROVE, { drafts }),
    current: async () => await service.ask<Current>(CURRENT),
  };
}

const conflictOf = ({ errors: [error] }: Answer) => {
  expect(error?.extensions.code).toBe('CONFLICT');
  return error?.extensions.details as Readonly<Record<string, unknown>>;
};

describeOnBothDatabases('rules', (kind) => {
  let service: TestApp;
  let desk: ReturnType<typeof deskOf>;
  let version: number;

  async function open(env: Readonly<Record<string, string>>): Promise<void> {
    service = await openTestApp(kind, { env });
    desk = deskOf(service, (who) => service.token({ learnerId: who, roles: ['LD_EDITOR'] }));
    await store(service, {
      courses: [aCourse({ id: 'security', title: 'Security Basics' }), aCourse({ provider: 'Vendor X' })],
      learners: [aLearner({ department: 'Engineering', location: 'Berlin' })],
    });
  }

  describe('without approval', () => {
    beforeAll(() => open({}));
    afterAll(() => service.close());
    beforeEach(async () => {
      version = (await desk.current()).ruleSet.version;
    });

    test('are drafted once however often a call with its id is sent, also twice at once', async () => {
      const call = { call: 'call-1' };
      const [one, same] = await Promise.all([desk.draft(BURY, call), desk.draft(BURY, call)]);
      expect(one.draft).toEqual(same.draft);
      // What became of it meanwhile is what the call made.
      await desk.update(one.draft.id, 1, { ...BURY, priority: 60 });
      expect((await desk.draft(BURY, call)).draft).toMatchObject({ id: one.draft.id, revision: 2 });
      const said = { code: 'CONFLICT', path: ['clientMutationId'], message: expect.stringContaining('something else') };
      expect(await desk.draft(PIN, call)).toMatchObject({ draft: null, userErrors: [said] });
      // Another's call of the same name is another call.
      const { draft } = await desk.draft(BURY, call, 'di');
      expect([draft.id, draft.ruleId]).not.toContain(one.draft.id);
      const policy = { policy: { diversity: 0.45 } };
      const [setting, again] = [
        await desk.draftSetting(policy, 'ed', { call: 'call-2' }),
        await desk.draftSetting(policy, 'ed', { call: 'call-2' }),
      ];
      expect(again.draft.id).toBe(setting.draft.id);
      const drafts = (await desk.current()).ruleDrafts.map(({ id }) => id);
      expect(drafts.sort()).toEqual([one.draft.id, draft.id, setting.draft.id].sort());
      const { ruleSet } = await desk.publish(drafts, version);
      // Published since: the rule is not drafted for a second time.
      const gone = { code: 'CONFLICT', message: expect.stringContaining('published or discarded since') };
      expect(await desk.draft(BURY, call)).toMatchObject({ draft: null, userErrors: [gone] });
      expect(ruleSet?.rules.map(({ id }) => id).sort()).toEqual([one.draft.ruleId, draft.ruleId].sort());
      const removal = { call: 'call-3' };
      const removed = [
        await desk.draftRemoval(one.draft.ruleId, 'ed', removal),
        await desk.draftRemoval(one.draft.ruleId, 'ed', removal),
      ].map((answer) => answer.draft.id);
      expect(new Set(removed).size).toBe(1);
      expect((await desk.draft(BURY, { call: 'no\nid' })).userErrors).toMatchObject([{ path: ['clientMutationId'] }]);
      const { draft: other } = await desk.draftRemoval(draft.ruleId);
      expect((await desk.publish([removed[0] ?? '', other.id], version + 1)).userErrors).toEqual([]);
      // The rule is gone since, and so is what the call made.
      expect(await desk.draftRemoval(one.draft.ruleId, 'ed', removal)).toMatchObject({ userErrors: [gone] });
      const { errors } = await service.post(PUBLISH, { draftIds: [], expectedVersion: version + 2, reason: 'x' });
      expect(errors).toEqual([]);
      await desk.rollBack(version, version + 2);
    });

    test('are drafted, published together with a setting, and rolled back to the very same', async () => {
      const before = await desk.current();
      const [pin, bury] = [await desk.draft(PIN), await desk.draft(BURY)];
      expect(pin).toMatchObject({
        draft: { kind: 'RULE', revision: 1, createdBy: 'person ed', overwrites: [], approvedBy: null },
        ...{ warnings: [], conflicts: [], userErrors: [] },
      });
      expect(pin.draft.sentence).toBe(PIN_SENTENCE);
      const setting = await desk.draftSetting({ policy: { diversity: 0.8 } });
      expect(setting.draft).toMatchObject({
        sentence: 'The policy changes: diversity from 0.3 to 0.8.',
        changes: [{ field: 'diversity', before: 0.3, after: 0.8 }],
      });
      const delivery = await desk.draftSetting({ deliveryPolicy: { weeklyBudget: 1 } });
      const weights = await desk.draftSetting({ signalWeights: { saved: 0.25 } });
      expect(await desk.current()).toMatchObject({ ruleSet: before.ruleSet, policy: before.policy });

      const ids = [pin, bury, setting, delivery, weights].map(({ draft }) => draft.id);
      const { ruleSet, userErrors } = await desk.publish(ids, version, { holdoutPercent: 10 });
      expect(userErrors).toEqual([]);
      expect(ruleSet).toMatchObject({ version: version + 1, holdoutPercent: 10, rollbackOf: null });
      expect(ruleSet?.rules.map(({ sentence }) => sentence)).toContain(PIN_SENTENCE);
      expect(await desk.current()).toMatchObject({
        ...{ ruleSet, ruleDrafts: [], policy: { diversity: 0.8 } },
        ...{ signalWeights: { saved: 0.25 }, deliveryPolicy: { weeklyBudget: 1 } },
      });

      const back = await desk.rollBack(version, version + 1);
      const { contentHash, rules, holdoutPercent } = before.ruleSet;
      expect(back.ruleSet).toMatchObject({
        version: version + 2,
        rollbackOf: version,
        contentHash,
        rules,
        holdoutPercent,
      });
      const now = await desk.current();
      expect(now).toMatchObject({
        ...{ policy: { diversity: 0.3 }, signalWeights: { saved: 0.5 }, deliveryPolicy: { weeklyBudget: 3 } },
      });
      // And forth again, out of the history.
      const forth = await desk.rollBack(version + 1, version + 2);
      expect(forth.ruleSet).toMatchObject({ contentHash: ruleSet?.contentHash, rules: ruleSet?.rules });
      expect(await desk.current()).toMatchObject({ policy: { diversity: 0.8 } });
      const diff = await service.ask(
        `query ($a: Int!, $b: Int!) { ruleSetDiff(a: $a, b: $b) { sameContent added { sentence } removed { id }
           changed { after { id } } holdoutPercentBefore holdoutPercentAfter
           settings { setting changes { field before after } } } }`,
        { a: version, b: version + 1 },
      );
      expect(diff).toEqual({
        ruleSetDiff: {
          sameContent: false,
          added: ruleSet?.rules.map(({ sentence }) => ({ sentence })),
          ...{ removed: [], changed: [], holdoutPercentBefore: 0, holdoutPercentAfter: 10 },
          settings: [
            { setting: 'policy', changes: [{ field: 'diversity', before: 0.3, after: 0.8 }] },
            { setting: 'signal weights', changes: [{ field: 'saved', before: 0.5, after: 0.25 }] },
            { setting: 'delivery policy', changes: [{ field: 'weeklyBudget', before: 3, after: 1 }] },
          ],
        },
      });
    });

    test('are held against other drafts too, which may be published together with them', async () => {
      const pin = { ...PIN, audience: { departments: ['Legal'] } };
      const first = await desk.draft(pin);
      expect(first).toMatchObject({ conflicts: [], conflictsWithDrafts: [] });
      const second = await desk.draft(pin);
      const ruleIds = expect.arrayContaining([first.draft.ruleId, second.draft.ruleId]);
      expect(second).toMatchObject({ conflicts: [], conflictsWithDrafts: [{ kind: 'IDENTICAL', ruleIds }] });
      await desk.publish([first.draft.id], version);
      // What is published is told as such, and once.
      const third = await desk.draft(pin);
      expect(third.conflicts.map((one) => one.ruleIds.includes(first.draft.ruleId))).toEqual([true]);
      expect(third.conflictsWithDrafts.map((one) => one.ruleIds.includes(second.draft.ruleId))).toEqual([true]);
      const changed = await desk.draft({ ...pin, action: { kind: 'PIN', place: 2 } }, { ruleId: first.draft.ruleId });
      expect(changed.conflictsWithDrafts.flatMap((one) => one.ruleIds)).toContain(third.draft.ruleId);
      for (const { draft } of [second, third, changed]) {
        await desk.post('ed', DISCARD, { draftId: draft.id, expectedRevision: 1 });
      }
      await desk.rollBack(version, version + 1);
    });

    test('that are replaced keep their id and age; those removed are gone', async () => {
      const { draft } = await desk.draft(PIN);
      await desk.publish([draft.id], version);
      const changed = await desk.draft({ ...PIN, action: { kind: 'PIN', place: 2 } }, { ruleId: draft.ruleId });
      expect(changed.draft).toMatchObject({
        ruleId: draft.ruleId,
        changes: [{ field: 'action.place', before: 1, after: 2 }],
      });
      await desk.publish([changed.draft.id], version + 1);
      const rule = () => service.post(`{ rule(id: "${draft.ruleId}") { sentence createdAt } }`);
      expect((await rule()).data).toMatchObject({ rule: { sentence: PIN_SENTENCE.replace('first', 'in place 2') } });
      const removal = await desk.draftRemoval(draft.ruleId);
      expect(removal.draft.sentence).toBe(`No longer: ${PIN_SENTENCE.replace('first', 'in place 2')}`);
      await desk.publish([removal.draft.id], version + 2);
      expect((await rule()).errors[0]?.extensions.code).toBe('NOT_FOUND');
      expect((await desk.post('ed', DRAFT_REMOVAL, { ruleId: draft.ruleId })).errors[0]?.extensions.code).toBe(
        'NOT_FOUND',
      );
    });

    test('of two editors one publishes; the other learns what changed, keeps the drafts and can go on', async () => {
      const [one, other] = [await desk.draft(PIN, {}, 'ed'), await desk.draft(BURY, {}, 'flo')];
      const answers = await Promise.all([
        desk.post('ed', PUBLISH, { draftIds: [one.draft.id], expectedVersion: version, reason: 'One' }),
        desk.post('flo', PUBLISH, { draftIds: [other.draft.id], expectedVersion: version, reason: 'Other' }),
      ]);
      expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
      const isOneFirst = answers[0]?.errors.length === 0;
      const [won, lost] = isOneFirst ? [one, other] : [other, one];
      const details = conflictOf(answers[isOneFirst ? 1 : 0] as Answer);
      expect(details).toMatchObject({
        ...{ expectedVersion: version, currentVersion: version + 1, reason: isOneFirst ? 'One' : 'Other' },
        changedBy: isOneFirst ? 'person ed' : 'person flo',
        changes: [{ path: ['rules', won.draft.ruleId], before: null, after: won.draft.sentence }],
      });
      const now = await desk.current();
      expect(now.ruleSet.version).toBe(version + 1);
      expect(now.ruleDrafts.map(({ id }) => id)).toEqual([lost.draft.id]);
      const { ruleSet } = await desk.publish([lost.draft.id], version + 1);
      expect(ruleSet?.rules.map(({ id }) => id)).toEqual(expect.arrayContaining([won.draft.ruleId, lost.draft.ruleId]));
    });

    test('drafted on what somebody has changed since are not published until their editor has seen the change', async () => {
      const { draft } = await desk.draft(PIN);
      await desk.publish([draft.id], version);
      const { ruleId } = draft;
      const mine = await desk.draft({ ...PIN, priority: 90 }, { ruleId });
      const theirs = await desk.draft({ ...PIN, audience: { departments: ['Sales'] } }, { ruleId }, 'flo');
      await desk.publish([theirs.draft.id], version + 1, {}, 'flo');
      const refused = await desk.publish([mine.draft.id], version + 2);
      expect(refused).toMatchObject({ ruleSet: null, userErrors: [{ index: 0, code: 'CONFLICT' }] });
      expect(refused.userErrors[0]?.message).toContain('audience.departments, audience.locations');
      const shown = await service.ask<Current>(CURRENT);
      expect(shown.ruleDrafts).toMatchObject([{ overwrites: ['audience.departments', 'audience.locations'] }]);
      const seen = await desk.update(mine.draft.id, 1, { ...PIN, priority: 90 }, { basedOnVersion: version + 2 });
      expect(seen.draft).toMatchObject({ revision: 2, overwrites: [] });
      expect((await desk.publish([mine.draft.id], version + 2)).ruleSet).toMatchObject({ version: version + 3 });
    });

    test('go together with settings changed by hand meanwhile, unless both changed the same value', async () => {
      const { policy } = await desk.current();
      const { draft } = await desk.draftSetting({ policy: { explorationShare: 0.1 } });
      const clash = await desk.draftSetting({ policy: { diversity: 0.1 } });
      // As a form sends all of its fields, changed or not.
      const whole = await desk.draftSetting({ policy: { explorationShare: 0.2, diversity: policy.diversity } });
      await service.ask(UPDATE_POLICY, { diversity: 0.45, expectedVersion: policy.version });
      const refused = await desk.publish([clash.draft.id], version);
      expect(refused).toMatchObject({ ruleSet: null, userErrors: [{ code: 'CONFLICT', path: ['draftIds', '0'] }] });
      const undoing = await desk.publish([whole.draft.id], version);
      expect(undoing.userErrors).toMatchObject([
        { code: 'CONFLICT', message: expect.stringContaining(', and diversity of') },
      ]);
      expect(await desk.publish([draft.id, draft.id], version)).toMatchObject({
        ruleSet: null,
        userErrors: [{ index: 1, code: 'DUPLICATE_IN_BATCH', path: ['draftIds', '1'] }],
      });
      expect((await desk.publish([draft.id], version)).ruleSet?.version).toBe(version + 1);
      expect((await desk.current()).policy).toMatchObject({ diversity: 0.45 });
      await desk.post('ed', DISCARD, { draftId: whole.draft.id, expectedRevision: 1 });
      await desk.post('ed', DISCARD, { draftId: clash.draft.id, expectedRevision: 1 });
    });

    test('are not published over a version that a later release made, which can be left by going back', async () => {
      const { draft } = await desk.draft(BURY);
      await service.sql(
        `INSERT INTO setting_version (kind, version, content, reason, created_by, created_at)
         VALUES ('rule set', $1, '{"rules": "of tomorrow"}', 'Tomorrow', 'person zoe', now())`,
        [version + 1],
      );
      const over = { draftIds: [draft.id], expectedVersion: version + 1, reason: 'Unseen' };
      const { errors } = await desk.post('ed', PUBLISH, over);
      expect(errors).toMatchObject([
        { message: expect.stringContaining('by person zoe'), extensions: { code: 'UNAVAILABLE' } },
      ]);
      expect((await desk.rollBack(version, version + 1)).ruleSet).toMatchObject({ version: version + 2 });
      expect((await desk.publish([draft.id], version + 2)).userErrors).toEqual([]);
    });

    test('of the holdout are one at a time, within its range, and not undone unknowingly', async () => {
      const { holdoutPercent } = (await desk.current()).ruleSet;
      const { draft } = await desk.draftSetting({ holdoutPercent: 20 });
      const [twice, tooMuch] = [await desk.draftSetting({ holdoutPercent: 30 }), { setting: { holdoutPercent: 51 } }];
      expect((await desk.post('ed', DRAFT_SETTING, tooMuch)).data).toMatchObject({
        draftSetting: { draft: null, userErrors: [{ path: ['holdoutPercent'] }] },
      });
      expect(await desk.publish([draft.id, twice.draft.id], version)).toMatchObject({
        userErrors: [{ index: 1, code: 'DUPLICATE_IN_BATCH', message: expect.stringContaining('the same holdout') }],
      });
      expect(await desk.publish([draft.id], version, { holdoutPercent: 1 })).toMatchObject({
        userErrors: [{ index: null, code: 'DUPLICATE_IN_BATCH', path: ['holdoutPercent'] }],
      });
      expect((await desk.publish([draft.id], version)).ruleSet).toMatchObject({ holdoutPercent: 20 });
      const refused = await desk.publish([twice.draft.id], version + 1);
      expect(refused.userErrors).toMatchObject([
        { code: 'CONFLICT', message: expect.stringContaining('holdoutPercent') },
      ]);
      await desk.post('ed', DISCARD, { draftId: twice.draft.id, expectedRevision: 1 });
      expect((await desk.rollBack(version, version + 1)).ruleSet).toMatchObject({ holdoutPercent });
    });

    test('take no setting back that was changed by hand since, unless told to', async () => {
      const before = (await desk.current()).policy;
      const { draft } = await desk.draftSetting({ policy: { diversity: 0.65 } });
      await desk.publish([draft.id], version);
      await service.ask(UPDATE_POLICY, { diversity: 0.55, expectedVersion: before.version + 1 });
      const shown = await desk.current();
      const variables = { toVersion: version, expectedVersion: version + 1, reason: 'Enough' };
      expect(conflictOf(await desk.post('ed', ROLL_BACK, variables))).toMatchObject({
        settings: [
          {
            ...{ setting: 'policy', currentVersion: before.version + 2, reason: 'Direct' },
            ...{ current: { diversity: 0.55 }, wouldBe: { diversity: before.diversity } },
            changes: [{ path: ['diversity'], before: 0.65, after: 0.55 }],
          },
        ],
      });
      expect(await desk.current()).toEqual(shown);
      const back = await desk.rollBack(version, version + 1, { overwriteSettings: true });
      expect(back.ruleSet).toMatchObject({ version: version + 2, rollbackOf: version });
      expect((await desk.current()).policy).toEqual({ version: before.version + 3, diversity: before.diversity });
    });

    test('leave a setting alone that they did not change, whatever became of it since', async () => {
      const { policy, ruleSet } = await desk.current();
      const { draft } = await desk.draft(PIN);
      await desk.publish([draft.id], version);
      await service.ask(UPDATE_POLICY, { diversity: 0.21, expectedVersion: policy.version });
      const back = await desk.rollBack(version, version + 1);
      expect(back.ruleSet).toMatchObject({ rollbackOf: version, contentHash: ruleSet.contentHash });
      expect((await desk.current()).policy).toEqual({ version: policy.version + 1, diversity: 0.21 });
    });

    test('are not published in another wording than the one that was looked at', async () => {
      const { draft } = await desk.draft(PIN);
      await desk.update(draft.id, 1, { ...PIN, priority: 70 }, {}, 'flo');
      const seen = (revision: number, draftId = draft.id) => ({ revisions: [{ draftId, revision }] });
      const refused = await desk.publish([draft.id], version, seen(1));
      expect(refused).toMatchObject({
        ruleSet: null,
        userErrors: [{ index: 0, code: 'CONFLICT', path: ['draftIds', '0'] }],
      });
      expect(refused.userErrors[0]?.message).toContain('person flo');
      expect((await desk.publish([draft.id], version, seen(1, 'other'))).userErrors).toMatchObject([
        { index: null, code: 'INVALID_VALUE', path: ['revisions', '0', 'draftId'] },
      ]);
      expect((await desk.publish([draft.id], version, seen(2))).ruleSet?.version).toBe(version + 1);
    });

    test('are published all or not at all', async () => {
      const [one, two] = [await desk.draft(PIN), await desk.draftSetting({ policy: { diversity: 0.99 } })];
      const before = await desk.current();
      const { userErrors } = await desk.publish([one.draft.id, 'gone', two.draft.id], version);
      expect(userErrors).toMatchObject([{ index: 1, code: 'NOT_FOUND', path: ['draftIds', '1'] }]);
      await service.sql(`ALTER TABLE audit_entry ADD CONSTRAINT no_more CHECK (reason <> 'Lost')`);
      const variables = { draftIds: [one.draft.id, two.draft.id], expectedVersion: version, reason: 'Lost' };
      expect((await desk.post('ed', PUBLISH, variables)).errors[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
      await service.sql('ALTER TABLE audit_entry DROP CONSTRAINT no_more');
      expect(await desk.current()).toEqual(before);
      for (const { draft } of [one, two]) await desk.post('ed', DISCARD, { draftId: draft.id, expectedRevision: 1 });
    });

    test('are refused where nothing could come of them, with what to do', async () => {
      expect(await desk.publish([], version)).toMatchObject({ ruleSet: null, userErrors: [{ path: ['draftIds'] }] });
      expect(await desk.publish([], version, { holdoutPercent: 60 })).toMatchObject({
        userErrors: [{ index: null, path: ['holdoutPercent'] }],
      });
      expect(await desk.publish([], version, { holdoutPercent: 1, reason: ' ' })).toMatchObject({
        userErrors: [{ path: ['reason'] }],
      });
      expect(await desk.rollBack(version, version)).toMatchObject({
        ruleSet: null,
        userErrors: [{ path: ['toVersion'] }],
      });
      const unknown = await desk.draft({ ...PIN, target: { courseIds: ['nothing'] } });
      expect(unknown).toMatchObject({
        draft: null,
        userErrors: [
          { code: 'NOT_FOUND', path: ['target', 'courseIds', '0'], message: expect.stringContaining('nothing') },
        ],
      });
      expect((await desk.post('ed', DRAFT_SETTING, { setting: {} })).errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
      const [one, two] = [
        await desk.draftSetting({ policy: { diversity: 0.2 } }),
        await desk.draftSetting({ policy: { diversity: 0.4 } }),
      ];
      const both = [one.draft.id, two.draft.id];
      expect((await desk.publish(both, version)).userErrors).toMatchObject([{ index: 1, code: 'DUPLICATE_IN_BATCH' }]);
      for (const draftId of both) await desk.post('ed', DISCARD, { draftId, expectedRevision: 1 });
    });

    test('that would do nothing are saved with a warning', async () => {
      const nobody = await desk.draft({ ...PIN, audience: { departments: ['Alchemy'] } });
      expect(nobody.warnings.map(({ kind }) => kind)).toEqual(['MATCHES_NOBODY']);
      const nothing = await desk.draft({ ...BURY, target: { providers: ['Vendor Y'] } });
      expect(nothing.warnings.map(({ kind }) => kind)).toEqual(['MATCHES_NO_COURSE']);
      for (const { draft } of [nobody, nothing]) {
        await desk.post('ed', DISCARD, { draftId: draft.id, expectedRevision: 1 });
      }
    });

    test('edited by two at once are edited by one; the other sees what changed', async () => {
      const { draft } = await desk.draft(PIN);
      await desk.update(draft.id, 1, { ...PIN, priority: 70 }, {}, 'flo');
      const stale = { draftId: draft.id, expectedRevision: 1, rule: { ...PIN, priority: 10 } };
      expect(conflictOf(await desk.post('ed', UPDATE_DRAFT, stale))).toMatchObject({
        ...{ expectedRevision: 1, currentRevision: 2, changedBy: 'person flo' },
        changes: [{ path: ['priority'], before: 50, after: 70 }],
      });
      conflictOf(await desk.post('ed', DISCARD, { draftId: draft.id, expectedRevision: 1 }));
      const setting = { draftId: draft.id, expectedRevision: 2, setting: { policy: { diversity: 0 } } };
      expect((await desk.post('ed', UPDATE_SETTING_DRAFT, setting)).data).toMatchObject({
        updateSettingDraft: { draft: null, userErrors: [{ path: ['draftId'] }] },
      });
      await desk.post('ed', DISCARD, { draftId: draft.id, expectedRevision: 2 });
      expect((await desk.post('ed', UPDATE_DRAFT, stale)).errors[0]?.extensions.code).toBe('NOT_FOUND');
    });

    test('leave a trace of who, what, why, before and after', async () => {
      const { draft } = await desk.draft(PIN, {}, 'ed');
      await desk.approve('flo', [{ draftId: draft.id, revision: 1 }]);
      await desk.publish([draft.id], version, { reason: 'Security month' }, 'flo');
      const entries = async (subject: string) =>
        (
          await service.ask<{ auditLog: { edges: { node: Record<string, unknown> }[] } }>(
            `query ($subject: String) { auditLog(subject: $subject) {
               edges { node { by action text reason before after } } } }`,
            { subject },
          )
        ).auditLog.edges.map(({ node }) => node);
      expect(await entries(`rule ${draft.ruleId}`)).toEqual([
        {
          ...{ by: 'person flo', action: 'ADDED', text: PIN_SENTENCE, reason: 'Security month', before: null },
          after: expect.objectContaining({ id: draft.ruleId, owner: 'L&D Berlin' }),
        },
      ]);
      expect((await entries(`draft ${draft.id}`)).map(({ by, action }) => [by, action])).toEqual([
        ['person flo', 'PUBLISHED'],
        ['person flo', 'APPROVED'],
        ['person ed', 'DRAFTED'],
      ]);
      expect((await entries('rule set'))[0]).toMatchObject({
        ...{ action: 'PUBLISHED', text: `Rule set ${version + 1} was published: rules: 1 added.` },
        ...{ before: { version }, after: { version: version + 1 } },
      });
    });
  });

  describe('that waited', () => {
    beforeAll(() => open({}));
    afterAll(() => service.close());

    test('that do nothing by the time they are published are told, and once more when they come back', async () => {
      const [pin, bury] = [await desk.draft(PIN), await desk.draft(BURY)];
      expect(pin.warnings).toEqual([]);
      service.now = new Date('2025-12-01T12:00:00Z');
      const idle = [{ ruleId: pin.draft.ruleId, sentence: PIN_SENTENCE, warnings: [{ kind: 'NO_LONGER_IN_FORCE' }] }];
      expect((await desk.publish([pin.draft.id, bury.draft.id], 0)).idleRules).toEqual(idle);
      expect((await desk.rollBack(0, 1)).idleRules).toEqual([]);
      expect((await desk.rollBack(1, 2)).idleRules).toEqual(idle);
      // What counts already is not told again beside what is new.
      const { draft } = await desk.draft({ ...BURY, target: { providers: ['Vendor Y'] } });
      expect((await desk.publish([draft.id], 3)).idleRules).toMatchObject([{ ruleId: draft.ruleId }]);
    });
  });

  describe('with approval', () => {
    beforeAll(() => open({ RULE_APPROVAL: 'required' }));
    afterAll(() => service.close());

    test('are published only after a second person has agreed with what they say now', async () => {
      const { draft } = await desk.draft(PIN);
      expect((await desk.publish([draft.id], 0)).userErrors).toMatchObject([{ index: 0, code: 'NOT_APPROVED' }]);
      const seen = { draftId: draft.id, revision: 1 };
      expect((await desk.approve('ed', [seen])).userErrors).toMatchObject([{ index: 0, code: 'NOT_APPROVED' }]);
      expect(
        (
          await desk.approve('flo', [
            { ...seen, revision: 2 },
            { ...seen, draftId: 'gone' },
          ])
        ).userErrors,
      ).toMatchObject([
        { index: 0, code: 'CONFLICT' },
        { index: 1, code: 'NOT_FOUND' },
      ]);
      expect(await desk.approve('flo', [seen])).toMatchObject({ approved: [{ id: draft.id }], userErrors: [] });
      await desk.update(draft.id, 1, { ...PIN, priority: 60 });
      expect((await desk.publish([draft.id], 0)).userErrors).toMatchObject([{ code: 'NOT_APPROVED' }]);
      await desk.approve('flo', [{ ...seen, revision: 2 }]);
      expect((await desk.publish([draft.id], 0)).ruleSet).toMatchObject({ version: 1 });
    });

    test('do not let the holdout change past it, alone or beside approved drafts', async () => {
      const { ruleSet } = await desk.current();
      const { draft } = await desk.draft(BURY);
      await desk.approve('flo', [{ draftId: draft.id, revision: 1 }]);
      for (const draftIds of [[], [draft.id]]) {
        const refused = await desk.publish(draftIds, ruleSet.version, { holdoutPercent: 50 });
        expect(refused).toMatchObject({
          ruleSet: null,
          userErrors: [{ code: 'NOT_APPROVED', path: ['holdoutPercent'] }],
        });
        expect(refused.userErrors[0]?.message).toContain('draftSetting');
      }
      expect((await desk.current()).ruleSet).toEqual(ruleSet);
      await desk.post('ed', DISCARD, { draftId: draft.id, expectedRevision: 1 });
    });

    test('change the holdout as they change a setting: drafted, approved, published and rolled back', async () => {
      const before = (await desk.current()).ruleSet;
      const { draft } = await desk.draftSetting({ holdoutPercent: 10 });
      expect(draft).toMatchObject({
        ...{ kind: 'HOLDOUT', setting: null, ruleId: null, basedOnVersion: before.version, overwrites: [] },
        sentence: 'The holdout changes from 0 % of people to 10 %.',
        changes: [{ field: 'holdoutPercent', before: 0, after: 10 }],
      });
      expect((await desk.publish([draft.id], before.version)).userErrors).toMatchObject([{ code: 'NOT_APPROVED' }]);
      const edited = { draftId: draft.id, expectedRevision: 1, setting: { holdoutPercent: 5 } };
      expect((await desk.post('ed', UPDATE_SETTING_DRAFT, edited)).data).toMatchObject({
        updateSettingDraft: { draft: { revision: 2, changes: [{ before: 0, after: 5 }] }, userErrors: [] },
      });
      const wrong = { draftId: draft.id, expectedRevision: 2, setting: { policy: { diversity: 0 } } };
      expect((await desk.post('ed', UPDATE_SETTING_DRAFT, wrong)).data).toMatchObject({
        updateSettingDraft: {
          userErrors: [{ message: 'The draft is about the holdout; edit that, or draft something new' }],
        },
      });
      await desk.approve('flo', [{ draftId: draft.id, revision: 2 }]);
      const { ruleSet } = await desk.publish([draft.id], before.version);
      expect(ruleSet).toMatchObject({ version: before.version + 1, holdoutPercent: 5, rules: before.rules });
      expect((await desk.current()).ruleDrafts).toEqual([]);
      const back = await desk.rollBack(before.version, before.version + 1);
      expect(back.ruleSet).toMatchObject({ holdoutPercent: 0, contentHash: before.contentHash });
    });

    test('do not let settings change past it, and say how they change', async () => {
      const { errors } = await service.post(UPDATE_POLICY, { diversity: 0.9, expectedVersion: 0 });
      expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
      expect(errors[0]?.message).toContain('draftSetting');
      const { draft } = await desk.draftSetting({ policy: { diversity: 0.9 } });
      await desk.approve('flo', [{ draftId: draft.id, revision: 1 }]);
      const { version: now } = (await desk.current()).ruleSet;
      expect((await desk.publish([draft.id], now)).userErrors).toEqual([]);
      expect((await desk.current()).policy).toEqual({ version: 1, diversity: 0.9 });
    });
  });
});
