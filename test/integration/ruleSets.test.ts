import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GivenRule } from '../../src/rules/model/givenRule.js';
import { aCourse } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const EXCLUDE_VENDOR: GivenRule = { action: { kind: 'EXCLUDE' }, target: { providers: ['Vendor X'] }, owner: 'L&D' };
const BY_ED = { by: 'person ed', clientMutationId: null };
const because = (expectedVersion: number) => ({ expectedVersion, reason: 'A test', by: 'person ed' });

describeOnBothDatabases('rule sets', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses: [aCourse({ id: 'security', title: 'Security Basics' })] });
  });
  afterAll(() => service.close());

  test('published from drafts and rolled back say again what they said, settings included', async () => {
    const { ruleSets, publishing, drafts, draftViews, policies } = service.app;
    const before = ruleSets.current.content.contentHash;
    const { draft } = await drafts.draftRule(EXCLUDE_VENDOR, null, null, BY_ED);
    const { draft: tuned } = await drafts.draftSetting('policy', { diversity: 0.7 }, null, BY_ED);
    const ids = [draft?.id ?? '', tuned?.id ?? ''];
    const drafted = await draftViews.draftedContent(ids);
    expect(drafted).toMatchObject({
      baseVersion: 0,
      content: { rules: [{ target: { providers: ['Vendor X'] }, createdAt: NOON.toISOString() }] },
    });
    expect(drafted.settings.get('policy')).toMatchObject({ before: { diversity: 0.3 }, after: { diversity: 0.7 } });
    expect([ruleSets.current.version, policies.current.version]).toEqual([0, 0]);

    const { made, errors } = await publishing.publish(ids, [], 10, because(0));
    expect(errors).toEqual([]);
    expect(made?.content.rules).toEqual(drafted.content.rules);
    expect(ruleSets.current).toMatchObject({
      version: 1,
      content: { holdoutPercent: 10, settingsBefore: { policy: 0 }, settings: { policy: 1, 'signal weights': 0 } },
    });
    expect(policies.current).toMatchObject({ version: 1, diversity: 0.7 });
    expect(await drafts.all()).toEqual([]);

    const back = await publishing.rollBack(0, false, because(1));
    expect(back.made?.content).toMatchObject({ contentHash: before, rules: [], rollbackOf: 0 });
    expect(policies.current).toMatchObject({ version: 2, diversity: 0.3 });
    expect(await ruleSets.at(1)).toEqual(made);
  });

  test('that a later release has made are not overwritten by an earlier version that is published again', async () => {
    const { publishing, ruleSets } = service.app;
    const { dataSource } = service.app.database;
    const { version } = await ruleSets.latest();
    await service.sql(
      `INSERT INTO setting_version (kind, version, content, reason, created_by, created_at)
       VALUES ('rule set', $1, '{"rules": "of another kind"}', 'Later', 'nobody', now())`,
      [version + 1],
    );
    const update = { expectedVersion: null, reason: 'A test', by: 'person ed' };
    const republished = dataSource.transaction((transaction) =>
      publishing.republishIn(transaction, 0, update, async () => {}),
    );
    await expect(republished).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await service.sql(`DELETE FROM setting_version v WHERE v.kind = 'rule set' AND v.version = $1`, [version + 1]);
  });

  test('are drafted beside drafts of a later release, which are left out', async () => {
    const { drafts, draftViews } = service.app;
    const { draft } = await drafts.draftRule(EXCLUDE_VENDOR, null, null, BY_ED);
    await service.sql('ALTER TABLE rule_draft DROP CONSTRAINT rule_draft_kind_known');
    await service.sql(
      `INSERT INTO rule_draft (id, kind, subject, content, base_version, revision, created_by, created_at, edited_by, edited_at)
       SELECT later.id, later.kind, later.id, later.content::jsonb, 0, 1, 'person ed', now(), 'person ed', now()
       FROM (VALUES ('novelty', 'NOVELTY', 'null'), ('rule', 'RULE', '{"action": {"kind": "PRAISE"}}'),
         ('setting', 'SETTING', '{}'), ('holdout', 'HOLDOUT', '{}')) AS later (id, kind, content)`,
    );
    expect((await drafts.all()).map(({ id }) => id)).toEqual([draft?.id]);
    await expect(draftViews.draftedContent([draft?.id ?? '', 'novelty'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
