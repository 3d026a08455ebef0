import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isHeldOut } from '../../src/rules/applying/holdout.js';
import { aCourse, aLearner, anInteraction, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const DAY_MS = 86_400_000;
const DRAFT = `mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id rule { id } } userErrors { message } } }`;
const PUBLISH = `mutation ($draftIds: [ID!]!, $holdoutPercent: Float) {
  publishRuleSet(draftIds: $draftIds, expectedVersion: 0, reason: "A test", holdoutPercent: $holdoutPercent) {
    ruleSet { version } userErrors { message } } }`;
const CREATE_GOAL = `mutation ($id: ID!, $goal: GoalInput!) { createGoal(id: $id, goal: $goal) { userErrors { message } } }`;
const IMPACT = `query ($ruleId: ID, $goalId: ID) {
  impact(ruleId: $ruleId, goalId: $goalId) {
    subject subjectName design days assumptions metric { name isHigherBetter smallestEffect }
    comparisons { verdict treatment { name units mean } control { name units mean } checks { name passed }
      effect { estimate interval95 { low high } } guardrails { metric { name } verdict } } } }`;

interface Impact {
  readonly subject: string;
  readonly subjectName: string;
  readonly design: string;
  readonly assumptions: readonly string[];
  readonly metric: { readonly name: string; readonly isHigherBetter: boolean; readonly smallestEffect: number | null };
  readonly comparisons: readonly [
    {
      readonly verdict: string;
      readonly treatment: { readonly units: number | null; readonly mean: number | null };
      readonly control: { readonly units: number | null; readonly mean: number | null };
      readonly checks: readonly { readonly name: string; readonly passed: boolean }[];
      readonly effect: { readonly estimate: number; readonly interval95: { readonly low: number } } | null;
      readonly guardrails: readonly { readonly metric: { readonly name: string }; readonly verdict: string }[];
    },
  ];
}

/** Figures of an audience that somebody chose have a noise of a few people. */
function expectNear(value: number | null | undefined, exact: number, within: number): void {
  expect(Math.abs((value ?? Number.NaN) - exact)).toBeLessThanOrEqual(within);
}

describeOnBothDatabases('the impact of rules and goals', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 5 }, (_, i) => aCourse({ publishedAt: new Date(Date.UTC(2024, 0, i + 1)) }));
  const [boosted, banned, served, other] = courses.map(({ id }) => id) as [string, string, string, string];
  const inDepartment = (department: string, count: number) =>
    Array.from({ length: count }, (_, i) => aLearner({ id: `${department}-${i}`, department }));
  const [sales, ops, lab] = [inDepartment('Sales', 240), inDepartment('Ops', 260), inDepartment('Lab', 6)];
  const ruleIds: Record<string, string> = {};

  const impact = async (variables: Readonly<Record<string, unknown>>) =>
    (await service.ask<{ impact: Impact }>(IMPACT, variables)).impact;
  const refusal = async (variables: Readonly<Record<string, unknown>>) => {
    const { errors } = await service.post(IMPACT, variables);
    return `${errors[0]?.extensions.code}: ${errors[0]?.message}`;
  };

  beforeAll(async () => {
    service = await openTestApp(kind);
    const everybody = [...sales, ...ops, ...lab];
    await store(service, { courses, learners: everybody });
    const draftIds: string[] = [];
    for (const [name, action, courseId, rule] of [
      ['boost', { kind: 'BOOST', strength: 'STRONG' }, boosted, {}],
      ['ban', { kind: 'EXCLUDE' }, banned, { audience: { departments: ['Sales'] } }],
      ['lab', { kind: 'EXCLUDE' }, other, { audience: { departments: ['Lab'] } }],
      ['later', { kind: 'EXCLUDE' }, other, { schedule: { from: '2025-10-01', zone: 'UTC' } }],
    ] as const) {
      const { draftRule } = await service.ask<{ draftRule: { draft: { id: string; rule: { id: string } } } }>(DRAFT, {
        rule: { target: { courseIds: [courseId] }, action, owner: 'L&D', ...rule },
      });
      draftIds.push(draftRule.draft.id);
      ruleIds[name] = draftRule.draft.rule.id;
    }
    await service.ask(PUBLISH, { draftIds, holdoutPercent: 50 });
    const goals = [
      ['sales', { departments: ['Sales'] }, { kind: 'COMPLETIONS' }],
      ['all', {}, { kind: 'COMPLETIONS' }],
      ['completed', { departments: ['Sales'] }, { kind: 'COMPLETION_RATE', courseIds: [served, boosted] }],
      ['most', { departments: ['Sales', 'Ops'] }, { kind: 'COMPLETIONS' }],
      ['happy', { departments: ['Sales'] }, { kind: 'SATISFACTION' }],
      ['skilled', { departments: ['Sales'] }, { kind: 'ACTIVE_LEARNER_SHARE' }],
    ] as const;
    for (const [id, audience, metric] of goals) {
      const goal = {
        ...{ name: `Goal ${id}`, owner: 'L&D', audience, metric, baseline: 0, target: 0.9, dueOn: '2025-12-31' },
        counterMetric: { kind: 'LEARNING_HOURS' },
      };
      await service.ask(CREATE_GOAL, { id, goal });
    }
    service.now = new Date(NOON.getTime() + 60_000);
    for (let start = 0; start < everybody.length; start += 50) {
      const page = everybody.slice(start, start + 50).map(({ id }) => id);
      await service.app.recommendations.recommend(page, 5, 'HOME');
    }
    service.now = new Date(NOON.getTime() + 21 * DAY_MS);
    const at = new Date(NOON.getTime() + 5 * DAY_MS);
    const does = (people: readonly { id: string }[], courseId: string, verb: 'STARTED' | 'COMPLETED', tenths: number) =>
      people.filter((_, i) => i % 10 < tenths).map(({ id }) => anInteraction({ learnerId: id, courseId, verb, at }));
    const [ruled, heldOut] = [true, false].map((isRuled) =>
      everybody.filter(({ id }) => isHeldOut(id, 50) !== isRuled),
    );
    await store(service, {
      interactions: [
        ...does(ruled ?? [], boosted, 'STARTED', 7),
        ...does(heldOut ?? [], boosted, 'STARTED', 3),
        ...does(ops, banned, 'STARTED', 5),
        ...does(sales, served, 'COMPLETED', 7),
        ...does(ops, served, 'COMPLETED', 2),
        // Long before; those who completed it then cannot do so anew.
        ...sales.map(({ id }) => ({
          ...anInteraction({ learnerId: id, courseId: boosted, verb: 'COMPLETED' as const }),
          at: new Date(NOON.getTime() - 200 * DAY_MS),
        })),
        ...sales.map(({ id }, i) =>
          anInteraction({ learnerId: id, courseId: served, verb: 'VIEWED', durationSeconds: 600 + (i % 3) * 300, at }),
        ),
        ...[...sales, ...ops].flatMap(({ id, department }, i) =>
          [at, new Date(NOON.getTime() - DAY_MS)].map((on, half) =>
            anInteraction({
              ...{ learnerId: id, courseId: other, verb: 'RATED', at: on },
              // On average Sales rate better than before by one half, the others as before.
              score: ((i >> half) % 2) / 4 + (half === 0 && department === 'Sales' ? 0.5 : 0),
            }),
          ),
        ),
      ],
    });
  });
  afterAll(() => service.close());

  test('of a soft rule is told by the people held out of all of them, whatever it did to their lists', async () => {
    const found = await impact({ ruleId: ruleIds['boost'] });
    expect(found).toMatchObject({ subject: 'RULE', design: 'HOLDOUT', metric: { name: 'START_RATE' } });
    expect(found.subjectName).toContain('strongly boosted');
    const [{ verdict, treatment, control, effect, checks }] = found.comparisons;
    expect(verdict).toBe('IMPROVED');
    expect([treatment.mean, control.mean]).toEqual([expect.closeTo(0.7, 1), expect.closeTo(0.3, 1)]);
    expect(effect?.estimate).toBeCloseTo(0.4, 1);
    expect(checks.map(({ name, passed }) => [name, passed])).toContainEqual(['SAMPLE_RATIO', true]);
  });

  test('of a hard rule is told by others who were alike, and less is better of what it holds back', async () => {
    const found = await impact({ ruleId: ruleIds['ban'] });
    expect(found).toMatchObject({ design: 'MATCHED', metric: { name: 'START_RATE', isHigherBetter: false } });
    expect(found.assumptions.join(' ')).toContain('size of their department');
    expect(found.assumptions.join(' ')).toContain('what people are now');
    const [{ verdict, treatment, control, effect, checks }] = found.comparisons;
    // The lab is too small to be like Sales.
    expectNear(treatment.units, 240, 20);
    expectNear(control.units, 260, 20);
    expectNear(effect?.estimate, -0.5, 0.12);
    expect(verdict).toBe('IMPROVED');
    expect(checks.at(-1)).toEqual({ name: 'OVERLAP', passed: true });
  });

  test('of a rule for few people is not told', async () => {
    const [comparison] = (await impact({ ruleId: ruleIds['lab'] })).comparisons;
    expect(comparison).toMatchObject({ verdict: 'CANNOT_TELL', effect: null, treatment: { mean: null } });
  });

  test('of a goal is that of its audience beside others, with its counter-metric as guardrail', async () => {
    const found = await impact({ goalId: 'sales' });
    expect(found).toMatchObject({ subject: 'GOAL', subjectName: 'Goal sales', design: 'MATCHED' });
    const [{ verdict, effect, guardrails }] = found.comparisons;
    expectNear(effect?.estimate, 0.5, 0.12);
    expect(verdict).toBe('IMPROVED');
    expect(guardrails).toEqual([{ metric: { name: 'LEARNING_HOURS' }, verdict: 'HELD' }]);
  });

  test('of a goal of courses that are to be completed counts those that already were, as the goal does', async () => {
    const [{ treatment, control, effect }] = (await impact({ goalId: 'completed' })).comparisons;
    // All of Sales have one of the two courses, and .7 of them the other; .2 of the others have one.
    expectNear(treatment.mean, 0.85, 0.08);
    expectNear(control.mean, 0.1, 0.08);
    expectNear(effect?.estimate, 0.25, 0.12);
  });

  test('of a goal for nearly everybody tells nothing of the few others by what is thought to matter', async () => {
    expect((await impact({ goalId: 'most' })).metric).toMatchObject({ smallestEffect: null });
    // Ops and Lab complete .196 courses each on average: 5 % of that, as it is told.
    expectNear((await impact({ goalId: 'sales' })).metric.smallestEffect, 0.01, 0.005);
  });

  test('of a goal of what people say counts whoever said something before and since', async () => {
    const found = await impact({ goalId: 'happy' });
    expect(found).toMatchObject({ design: 'MATCHED', metric: { name: 'SATISFACTION' } });
    expectNear(found.comparisons[0].effect?.estimate, 0.5, 0.2);
  });

  test('of a goal for everybody is before and after, without a verdict', async () => {
    const found = await impact({ goalId: 'all' });
    expect(found.design).toBe('BEFORE_AFTER');
    expect(found.comparisons[0]).toMatchObject({ verdict: 'CANNOT_TELL', guardrails: [], control: { mean: 0 } });
    expect(found.comparisons[0].effect?.interval95.low).toBeGreaterThan(0);
  });

  test('of what never was, has not begun or leaves no trace is refused with a way out', async () => {
    expect(await refusal({ ruleId: 'none' })).toMatch(/^NOT_FOUND: No rule "none" was in force/);
    expect(await refusal({ ruleId: ruleIds['later'] })).toMatch(/^BAD_USER_INPUT: .*not been in force/);
    expect(await refusal({ goalId: 'none' })).toMatch(/^NOT_FOUND/);
    expect(await refusal({ goalId: 'sales', ruleId: ruleIds['ban'] })).toMatch(/^BAD_USER_INPUT: Name one thing/);
    await store(service, { skills: [aSkill({ id: 'sql' })] });
    const skill = { kind: 'SKILL_LEVEL', skillIds: ['sql'] };
    const goal = { name: 'Skills', owner: 'L&D', metric: skill, baseline: 0, target: 0.9, dueOn: '2025-12-31' };
    await service.ask(CREATE_GOAL, { id: 'sql', goal });
    expect(await refusal({ goalId: 'sql' })).toMatch(/^BAD_USER_INPUT: .*goal\.progress/);
  });
});
