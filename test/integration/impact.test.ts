import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { aCourse, aLearner, anInteraction, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const DAY_MS = 86_400_000;
const IMPACT = `query ($experimentId: ID, $campaignId: ID, $stakes: StakesInput, $smallestEffect: Float) {
  impact(experimentId: $experimentId, campaignId: $campaignId, stakes: $stakes, smallestEffect: $smallestEffect) {
    subject subjectName design unit days assumptions notClaimed metric { name isHigherBetter smallestEffect }
    comparisons {
      verdict treatment { name units mean } control { name units mean } checks { name passed }
      effect { estimate interval80 { low high } interval95 { low high } probabilityBetter probabilityBest }
      guardrails { metric { name } margin verdict } roi { interval95 { low high } }
    }
    onGoal { goalId goalName metric { name unit } comparison { verdict guardrails { metric { name } verdict } treatment { name units mean } control { name mean }
      effect { estimate interval95 { low high } } roi { interval95 { low } } } } } }`;
const CREATE_GOAL = `mutation ($id: ID!, $goal: GoalInput!) { createGoal(id: $id, goal: $goal) { userErrors { message } } }`;
const CREATE = `mutation ($id: ID!, $experiment: ExperimentInput!) {
  result: createExperiment(id: $id, experiment: $experiment, reason: "A test") { userErrors { message } } }`;
const START = `mutation ($id: ID!) {
  result: startExperiment(id: $id, expectedVersion: 1, reason: "A test") { userErrors { message } } }`;

interface Comparison {
  readonly verdict: string;
  readonly treatment: { readonly name: string; readonly units: number | null; readonly mean: number | null };
  readonly control: { readonly name: string; readonly units: number | null; readonly mean: number | null };
  readonly checks: readonly { readonly name: string; readonly passed: boolean }[];
  readonly effect: {
    readonly estimate: number;
    readonly interval80: { readonly low: number; readonly high: number };
    readonly interval95: { readonly low: number; readonly high: number };
    readonly probabilityBetter: number | null;
    readonly probabilityBest: number | null;
  } | null;
  readonly guardrails: readonly { readonly metric: { readonly name: string }; readonly verdict: string }[];
  readonly roi: { readonly interval95: { readonly low: number; readonly high: number } } | null;
}

interface Impact {
  readonly subject: string;
  readonly subjectName: string;
  readonly design: string;
  readonly days: number;
  readonly notClaimed: readonly string[];
  readonly metric: { readonly name: string };
  readonly comparisons: readonly Comparison[];
  readonly onGoal: {
    readonly goalId: string;
    readonly goalName: string;
    readonly metric: { readonly name: string; readonly unit: string };
    readonly comparison: Pick<Comparison, 'verdict' | 'treatment' | 'control' | 'effect' | 'guardrails' | 'roi'>;
  } | null;
}

const anExperiment = {
  ...{ name: 'Without tastes', hypothesis: 'People complete more', owner: 'L&D' },
  variants: [
    { id: 'control', name: 'As it is', isControl: true },
    { id: 'tasteless', name: 'No tastes', policy: { strengths: [{ signal: 'COLLABORATIVE', strength: 0 }] } },
  ],
  ...{ primaryMetric: 'COMPLETION_RATE', minimumPeoplePerVariant: 100, minimumDays: 14 },
  guardrails: [{ metric: 'DISMISS_RATE', margin: 0.1 }],
};

describeOnBothDatabases('impact', (kind) => {
  let service: TestApp;
  const skill = aSkill();
  const goals = {
    more: {
      ...{ name: 'More courses', metric: { kind: 'COMPLETIONS' }, target: 5, owner: 'L&D', dueOn: '2026-12-31' },
      counterMetric: { kind: 'ACTIVE_LEARNER_SHARE' },
    },
    skilled: {
      ...{ name: 'More skill', metric: { kind: 'SKILL_LEVEL', skillIds: [skill.id] } },
      ...{ target: 0.9, owner: 'L&D', dueOn: '2026-12-31' },
    },
  };
  const courses = Array.from({ length: 6 }, () => aCourse());
  const learners = Array.from({ length: 400 }, () => aLearner());
  const ids = learners.map(({ id }) => id);

  const impact = async (variables: Readonly<Record<string, unknown>>, credential?: string) =>
    (await service.ask<{ impact: Impact }>(IMPACT, variables, credential)).impact;
  const completions = (of: readonly string[], at: Date) =>
    of.map((learnerId) => anInteraction({ learnerId, courseId: courses[0]?.id ?? '', verb: 'COMPLETED', at }));

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { skills: [skill], courses, learners });
    for (const id of ['tastes', 'young', 'draft']) {
      const { result } = await service.ask<{ result: { userErrors: readonly object[] } }>(CREATE, {
        id,
        experiment: id === 'young' ? { ...anExperiment, audience: { departments: ['Nowhere'] } } : anExperiment,
      });
      expect(result.userErrors).toEqual([]);
    }
    await service.ask(START, { id: 'tastes' });
    for (let start = 0; start < ids.length; start += 50) {
      await service.app.recommendations.recommend(ids.slice(start, start + 50), 5, 'HOME');
    }
    const exposed = await service.sql<{ id: string; variant: string }>(
      `SELECT x.learner_id AS id, x.variant_id AS variant FROM experiment_exposure x WHERE x.experiment_id = 'tastes'
       ORDER BY x.learner_id`,
    );
    expect(exposed).toHaveLength(400);
    const of = (variant: string) => exposed.flatMap((one) => (one.variant === variant ? [one.id] : []));
    service.now = new Date(NOON.getTime() + 20 * DAY_MS);
    const third = (people: readonly string[]) => people.filter((_, i) => i % 3 === 0);
    const later = new Date(NOON.getTime() + 5 * DAY_MS);
    // A third of the control and two thirds of the others; what happened before anybody was exposed is no outcome.
    const [control, treated] = [of('control'), of('tasteless')];
    const before = new Date(NOON.getTime() - DAY_MS);
    await store(service, {
      interactions: [
        ...completions(third(control), later),
        ...completions(
          treated.filter((_, i) => i % 3 !== 0),
          later,
        ),
        ...completions(third([...control, ...treated]), before).map((event) => ({
          ...event,
          courseId: courses[1]?.id ?? '',
        })),
      ],
    });
    for (const [id, goal] of Object.entries(goals)) {
      const { createGoal } = await service.ask<{ createGoal: { userErrors: unknown[] } }>(CREATE_GOAL, { id, goal });
      expect(createGoal.userErrors).toEqual([]);
    }
    await service.sql(
      `INSERT INTO campaign (id, state, version, content, created_by, created_at, started_at)
       SELECT c.id, 'RUNNING', 2, jsonb_build_object('name', 'Basics', 'owner', 'L&D', 'note', null, 'audience', $1::jsonb,
         'goalId', c.goal_id, 'courseIds', jsonb_build_array($2::text), 'pathRoleId', null, 'mode', 'BROAD', 'dripDays', null,
         'purpose', 'RECOMMENDATION', 'schedule', jsonb_build_object('from', null, 'until', null, 'zone', 'UTC'),
         'holdoutPercent', c.percent, 'weeklyCap', 2, 'dailyCap', null), 'key test', $3, $3
       FROM (VALUES ('basics', 50, 'more'), ('everybody', 0, 'skilled'), ('few', 50, NULL)) AS c (id, percent, goal_id)`,
      [
        JSON.stringify({
          ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
          ...{ skillGap: null, hiredWithinDays: null },
        }),
        courses[0]?.id,
        NOON,
      ],
    );
    await service.sql(
      `INSERT INTO campaign_member (campaign_id, learner_id, is_held_out, enrolled_at, next_look_at)
       SELECT c.id, x.learner_id, c.id <> 'everybody' AND x.variant_id = 'control', $1, $1
       FROM experiment_exposure x CROSS JOIN (VALUES ('basics'), ('everybody')) AS c (id)`,
      [NOON],
    );
    await service.sql(
      `INSERT INTO campaign_member (campaign_id, learner_id, is_held_out, enrolled_at, next_look_at)
       SELECT 'few', drawn.learner_id, drawn.place % 2 = 0, $1, $1 FROM (
         SELECT x.learner_id, row_number() OVER (ORDER BY x.learner_id) AS place FROM experiment_exposure x LIMIT 8) drawn`,
      [NOON],
    );
  });

  afterAll(() => service.close());

  test('an experiment that helped is said to have, with what was looked at and what is not claimed', async () => {
    const found = await impact({ experimentId: 'tastes', stakes: { valuePerEffect: 100, cost: 1_000 } });
    expect(found).toMatchObject({
      subject: 'EXPERIMENT',
      subjectName: 'Without tastes',
      design: 'RANDOMISED',
      days: 20,
    });
    expect(found.metric.name).toBe('COMPLETION_RATE');
    const [comparison] = found.comparisons;
    expect(comparison?.verdict).toBe('IMPROVED');
    expect(comparison?.control.mean).toBeCloseTo(1 / 3, 1);
    expect(comparison?.treatment.mean).toBeCloseTo(2 / 3, 1);
    expect((comparison?.treatment.units ?? 0) % 5).toBe(0);
    expect(comparison?.effect?.estimate).toBeCloseTo(1 / 3, 1);
    expect(comparison?.effect?.interval95.low).toBeGreaterThan(0);
    expect(comparison?.effect?.interval80.low).toBeGreaterThan(comparison?.effect?.interval95.low ?? 1);
    expect(comparison?.effect?.probabilityBetter).toBeGreaterThan(0.99);
    expect(comparison?.effect?.probabilityBest).toBe(comparison?.effect?.probabilityBetter);
    expect(comparison?.checks.map(({ name, passed }) => [name, passed])).toEqual([
      ['MINIMUM_UNITS', true],
      ['MINIMUM_DAYS', true],
      ['SAMPLE_RATIO', true],
      ['ALIKE_BEFORE', true],
    ]);
    expect(comparison?.guardrails).toMatchObject([{ metric: { name: 'DISMISS_RATE' } }]);
    // (effect × people × 100 − 1,000) / 1,000, of what is told in two digits each.
    const people = comparison?.treatment.units ?? 0;
    const returned = (effect: number | undefined): number => ((effect ?? 0) * people * 100 - 1_000) / 1_000;
    const { low, high } = comparison?.roi?.interval95 ?? { low: Number.NaN, high: Number.NaN };
    expect(Math.abs(low - returned(comparison?.effect?.interval95.low))).toBeLessThan(0.2);
    expect(Math.abs(high - returned(comparison?.effect?.interval95.high))).toBeLessThan(0.2);
    expect(low).toBeGreaterThan(0);
    expect(found.notClaimed.length).toBeGreaterThan(0);
  });

  test('a campaign is told of by the people held out of it', async () => {
    const found = await impact({ campaignId: 'basics' });
    expect(found).toMatchObject({ subject: 'CAMPAIGN', subjectName: 'Basics', design: 'HOLDOUT' });
    expect(found.comparisons[0]?.verdict).toBe('IMPROVED');
    expect(found.comparisons[0]?.roi).toBeNull();
  });

  test('a campaign that serves a goal is told of by its metric, too', async () => {
    const { comparisons, onGoal } = await impact({
      campaignId: 'basics',
      stakes: { valuePerEffect: 100, cost: 1 },
    });
    expect(onGoal).toMatchObject({
      ...{ goalId: 'more', goalName: 'More courses', metric: { name: 'COMPLETIONS', unit: 'courses per person' } },
      // What an effect is worth was said of the other metric.
      comparison: { verdict: 'IMPROVED', roi: null, treatment: { name: 'reached' }, control: { name: 'held out' } },
    });
    // Whoever completes a course is active, so more are and not fewer.
    expect(onGoal?.comparison.guardrails).toEqual([{ metric: { name: 'ACTIVE_LEARNER_SHARE' }, verdict: 'HELD' }]);
    // Each completed one course or none, so both metrics say the same of them.
    expect(onGoal?.comparison.effect?.estimate).toBeCloseTo(comparisons[0]?.effect?.estimate ?? Number.NaN, 1);
    expect(comparisons[0]?.roi).not.toBeNull();
  });

  test('a goal of skills has no effect, and neither has a campaign without a goal', async () => {
    expect((await impact({ campaignId: 'everybody' })).onGoal).toBeNull();
    expect((await impact({ campaignId: 'few' })).onGoal).toBeNull();
    expect((await impact({ experimentId: 'tastes' })).onGoal).toBeNull();
  });

  test('where nobody was held out there is no verdict, however much more people do than before', async () => {
    const found = await impact({ campaignId: 'everybody', stakes: { valuePerEffect: 1, cost: 1 } });
    expect(found.design).toBe('BEFORE_AFTER');
    expect(found.comparisons[0]?.effect?.interval95.low).toBeGreaterThan(0);
    expect(found.comparisons[0]?.verdict).toBe('CANNOT_TELL');
    expect(found.comparisons[0]?.roi).toBeNull();
    expect(found.notClaimed.join(' ')).toContain('cause');
  });

  test('of a handful of people nothing is told', async () => {
    const [comparison] = (await impact({ campaignId: 'few' })).comparisons;
    expect(comparison).toMatchObject({
      ...{ verdict: 'CANNOT_TELL', effect: null },
      treatment: { units: null, mean: null },
      control: { units: null, mean: null },
    });
    // How likely their numbers are would tell them.
    expect(comparison?.checks.map(({ name }) => name)).toEqual(['MINIMUM_UNITS']);
  });

  test('bad questions are refused with a way out', async () => {
    const refused = async (variables: Readonly<Record<string, unknown>>) => {
      const { errors } = await service.post(IMPACT, variables);
      return `${errors[0]?.extensions.code}: ${errors[0]?.message}`;
    };
    expect(await refused({})).toMatch(/^BAD_USER_INPUT: Name one thing/);
    expect(await refused({ experimentId: 'tastes', campaignId: 'basics' })).toMatch(/^BAD_USER_INPUT: Name one thing/);
    expect(await refused({ experimentId: 'nothing' })).toMatch(/^NOT_FOUND/);
    expect(await refused({ campaignId: 'nothing' })).toMatch(/^NOT_FOUND/);
    expect(await refused({ experimentId: 'draft' })).toMatch(/has not begun/);
    expect(await refused({ experimentId: 'tastes', smallestEffect: 0 })).toMatch(/smallestEffect must be above 0/);
    const free = { valuePerEffect: 1, cost: 0 };
    expect(await refused({ experimentId: 'tastes', stakes: free })).toMatch(/cost must be above 0/);
  });
});
