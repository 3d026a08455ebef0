import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isHeldOut } from '../../src/rules/applying/holdout.js';
import { aCourse, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const DAY_MS = 86_400_000;
const DRAFT = `mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id rule { id } } userErrors { message } } }`;
const PUBLISH = `mutation ($draftIds: [ID!]!, $version: Int!, $holdoutPercent: Float) {
  publishRuleSet(draftIds: $draftIds, expectedVersion: $version, reason: "A test", holdoutPercent: $holdoutPercent) {
    ruleSet { version } userErrors { message } } }`;
const IMPACT = `query ($ruleId: ID, $goalId: ID) {
  impact(ruleId: $ruleId, goalId: $goalId) {
    design days notClaimed comparisons { verdict treatment { units mean } control { units mean } checks { name passed }
      effect { estimate } } } }`;

interface Impact {
  readonly design: string;
  readonly days: number;
  readonly notClaimed: readonly string[];
  readonly comparisons: readonly [
    {
      readonly verdict: string;
      readonly treatment: { readonly units: number; readonly mean: number };
      readonly control: { readonly units: number; readonly mean: number };
      readonly checks: readonly { readonly name: string; readonly passed: boolean }[];
      readonly effect: { readonly estimate: number } | null;
    },
  ];
}

// Version 1 holds nobody out, 2 and 3 one in fifty, 4 nobody again; between them, ten days each.
const PERCENTS = [0, 2, 2, 0];
const after = (days: number): Date => new Date(NOON.getTime() + days * DAY_MS);
/** At 2 %, 240 of them are held out, and 100 of the first 5,000. */
const PEOPLE = 12_000;

describeOnBothDatabases('the impact of rules whose holdout came and went', (kind) => {
  let service: TestApp;
  const ruleIds: Record<string, string> = {};
  const courses = Array.from({ length: 2 }, () => aCourse({ provider: 'Acme' }));
  const [boosted, other] = courses.map(({ id }) => id) as [string, string];
  const ids = Array.from({ length: PEOPLE }, (_, i) => `p${i}`);
  const heldOut = ids.filter((id) => isHeldOut(id, 2));

  const ask = async (ruleId: string | undefined) => (await service.ask<{ impact: Impact }>(IMPACT, { ruleId })).impact;
  const refusal = async (variables: Readonly<Record<string, unknown>>) => {
    const { errors } = await service.post(IMPACT, variables);
    return `${errors[0]?.extensions.code}: ${errors[0]?.message}`;
  };
  /** Everyone of these starts the course on a day. */
  const start = async (people: readonly string[], courseId: string, at: Date) => {
    await service.sql(
      `INSERT INTO interaction (source, event_id, learner_id, course_id, verb, at, received_at)
       SELECT 'test', who.id || $2, who.id, $2, 'STARTED', $3, $3 FROM unnest($1::text[]) AS who (id)`,
      [people, courseId, at],
    );
  };

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses, skills: [aSkill({ id: 'sql' })] });
    await service.sql(
      `INSERT INTO learner (id, languages, active, personalisation_opt_out)
       SELECT who.id, '{}', true, false FROM unnest($1::text[]) AS who (id)`,
      [ids],
    );
    const draftIds: string[][] = [[], [], [], []];
    for (const [version, name, action, target, audience] of [
      [0, 'boost', { kind: 'BOOST', strength: 'STRONG' }, { courseIds: [boosted] }, {}],
      [1, 'twin', { kind: 'BOOST', strength: 'SLIGHT' }, { courseIds: [other] }, {}],
      [1, 'second twin', { kind: 'BOOST', strength: 'MODERATE' }, { courseIds: [other] }, {}],
      [2, 'gone', { kind: 'BURY', strength: 'STRONG' }, { tags: ['no course has it'] }, {}],
      [3, 'cap', { kind: 'CAP', atMost: 2, per: 'PROVIDER' }, {}, {}],
      [
        3,
        'gap',
        { kind: 'BOOST', strength: 'SLIGHT' },
        { courseIds: [other] },
        { skillGap: { skillId: 'sql', atLeast: 0.3 } },
      ],
    ] as const) {
      const { draftRule } = await service.ask<{ draftRule: { draft: { id: string; rule: { id: string } } } }>(DRAFT, {
        rule: { target, action, audience, owner: 'L&D' },
      });
      draftIds[version]?.push(draftRule.draft.id);
      ruleIds[name] = draftRule.draft.rule.id;
    }
    for (const [version, holdoutPercent] of PERCENTS.entries()) {
      service.now = after(version * 10);
      const published = await service.ask<{ publishRuleSet: { userErrors: readonly object[] } }>(PUBLISH, {
        ...{ version, holdoutPercent, draftIds: draftIds[version] },
      });
      expect(published.publishRuleSet.userErrors).toEqual([]);
      await service.sql(
        `INSERT INTO served_list (id, learner_id, surface, strategy, created_at, course_ids, scores, rule_set_version)
         SELECT gen_random_uuid()::text, who.id, 'HOME', 'POPULAR', $2, '{}', '{}', $3
         FROM unnest($1::text[]) AS who (id)`,
        [ids, after(version * 10 + 1), version + 1],
      );
    }
    service.now = after(45);
    const held = new Set(heldOut);
    // With a holdout the others start it and the held out do not; once nobody is held out, all of those start it.
    await start(
      ids.filter((id, i) => !held.has(id) && i % 2 === 0),
      boosted,
      after(15),
    );
    await start(heldOut, boosted, after(35));
    await start(
      ids.filter((id, i) => !held.has(id) && i % 2 === 0),
      other,
      after(15),
    );
  });
  afterAll(() => service.close());

  test('is that of the time in which people were held out, of all of them', async () => {
    const found = await ask(ruleIds['boost']);
    // From the first list of version 2 on day 11 until version 4 on day 30.
    expect(found).toMatchObject({ design: 'HOLDOUT', days: 19 });
    const [{ control, treatment, effect, verdict, checks }] = found.comparisons;
    expect(control.units).toBe(Math.round(heldOut.length / 5) * 5);
    expect(control.mean).toBe(0);
    expect([treatment.units, treatment.mean]).toEqual([5_000, expect.closeTo(0.5, 1)]);
    expect(effect?.estimate).toBeCloseTo(0.5, 1);
    expect(verdict).toBe('IMPROVED');
    // Those with the rule were cut short, the others not: both are drawn alike as far as the first reach.
    expect(checks).toContainEqual({ name: 'SAMPLE_RATIO', passed: true });
    expect(checks).toContainEqual({ name: 'ALONE', passed: true });
  });

  test('gets no verdict where the held out lack another soft rule about the same courses', async () => {
    const found = await ask(ruleIds['twin']);
    const [{ verdict, effect, checks }] = found.comparisons;
    expect(effect?.estimate).toBeCloseTo(0.5, 1);
    expect(checks).toContainEqual({ name: 'ALONE', passed: false });
    expect(verdict).toBe('CANNOT_TELL');
    expect(found.notClaimed.join(' ')).toContain('everything that the held out lack');
  });

  test('is refused where what the rule is about, or for, leaves nothing to compare', async () => {
    expect(await refusal({ ruleId: ruleIds['cap'] })).toMatch(/^BAD_USER_INPUT: A cap .*`ruleEffect`/);
    expect(await refusal({ ruleId: ruleIds['gone'] })).toMatch(
      /^BAD_USER_INPUT: The catalogue has none of the courses/,
    );
    expect(await refusal({ ruleId: ruleIds['gap'] })).toMatch(/^BAD_USER_INPUT: .*who are short of a skill/);
  });
});
