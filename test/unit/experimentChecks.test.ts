import { describe, expect, test } from 'vitest';
import { experimentProblems, startProblems } from '../../src/experiments/experimentChecks.js';
import { exposureReport } from '../../src/experiments/exposureReport.js';
import { definitionOf, type GivenExperiment, type GivenVariant } from '../../src/experiments/givenExperiment.js';
import { AudienceFigures } from '../../src/learners/fewPeople/audienceFigures.js';
import { audienceOf, type GivenAudience } from '../../src/rules/model/givenRule.js';

const CATALOG = { courseIndexById: new Map(), skills: new Map(), roles: new Map() };
const control: GivenVariant = { id: 'control', name: 'As it is', isControl: true, weight: 1, settings: {} };
const varied: GivenVariant = {
  ...{ id: 'varied', name: 'More varied', isControl: false, weight: 1 },
  settings: { policy: { diversity: 0.6 } },
};
const delivery = (change: Record<string, unknown>): GivenVariant => ({
  ...varied,
  settings: { 'delivery policy': change },
});
const given = (change: Partial<GivenExperiment> = {}): GivenExperiment => ({
  ...{ name: 'Variety', hypothesis: 'More clicks', owner: 'L&D', unit: 'LEARNER', variants: [control, varied] },
  ...{ primaryMetric: 'CLICK_RATE', minimumPeoplePerVariant: 50, minimumDays: 14 },
  ...change,
});
const problems = (change: Partial<GivenExperiment>) =>
  experimentProblems(given(change), CATALOG, () => []).map(({ path }) => path.join('.'));

describe('an experiment', () => {
  test('is fine when it compares a control with something else', () => {
    expect(problems({})).toEqual([]);
  });

  test.each<[string, Partial<GivenExperiment>, readonly string[]]>([
    ['has two variants at least', { variants: [control] }, ['variants']],
    [
      'has five variants at most',
      { variants: [control, ...Array.from('abcde', (id) => ({ ...varied, id }))] },
      ['variants'],
    ],
    ['has a control', { variants: [varied, { ...varied, id: 'b' }] }, ['variants']],
    ['has one control', { variants: [control, varied, { ...control, id: 'c' }] }, ['variants']],
    ['has variants of different ids', { variants: [control, varied, varied] }, ['variants.2.id']],
    ['has variants that change something', { variants: [control, { ...varied, settings: {} }] }, ['variants.1']],
    ['has ids that served lists can name', { variants: [control, { ...varied, id: 'a/b' }] }, ['variants.1.id']],
    [
      'has no variant that is called as both',
      { variants: [control, { ...varied, id: 'interleaved' }] },
      ['variants.1.id'],
    ],
    ['has whole weights', { variants: [control, { ...varied, weight: 0.5 }] }, ['variants.1.weight']],
    [
      'is for nobody because of what they lack',
      { audience: { skillGap: { skillId: 's', atLeast: 0.1 } } },
      ['audience.skillGap', 'audience.skillGap.skillId'],
    ],
    ['guards each metric once', { guardrails: [{ metric: 'CLICK_RATE', margin: 0.1 }] }, ['guardrails.0.metric']],
    ['has margins above nothing', { guardrails: [{ metric: 'DISMISS_RATE', margin: 0 }] }, ['guardrails.0.margin']],
    ['plans with people enough', { plannedPeople: 99 }, ['plannedPeople']],
    [
      'leaves departments whole',
      { variants: [control, delivery({ teamShare: 0.5 })] },
      ['variants.1.deliveryPolicy.teamShare'],
    ],
    ['interleaves for each person', { mode: 'INTERLEAVED', unit: 'TEAM' }, ['unit']],
    [
      'interleaves lists alone',
      { mode: 'INTERLEAVED', variants: [control, delivery({ weeklyBudget: 5 })] },
      ['variants'],
    ],
    ['credits places', { mode: 'INTERLEAVED', primaryMetric: 'LEARNING_MINUTES' }, ['primaryMetric']],
  ])('%s', (_, change, paths) => {
    expect(problems(change)).toEqual(paths);
  });

  test('tells what is wrong with a change of a setting where it is', () => {
    const wrong = { index: 0, code: 'INVALID_VALUE', message: 'no', path: ['weeklyBudget'] } as const;
    const found = experimentProblems(given({ variants: [control, delivery({ weeklyBudget: 99 })] }), CATALOG, () => [
      wrong,
    ]);
    expect(found.map(({ path }) => path)).toEqual([['variants', '1', 'deliveryPolicy', 'weeklyBudget']]);
  });
});

describe('two experiments at once', () => {
  const stored = (id: string, change: Partial<GivenExperiment>) => ({ id, definition: definitionOf(given(change)) });
  const isRefused = (one: Partial<GivenExperiment>, other: Partial<GivenExperiment>) =>
    startProblems(stored('a', one), [stored('b', other)]).length > 0;
  const times = { variants: [control, delivery({ weeklyBudget: 5 })] };

  test('never change lists of the same people, by whatever means', () => {
    const model = { variants: [control, { ...varied, settings: {}, modelVersion: 'm' }] };
    expect(isRefused({}, {})).toBe(true);
    expect(isRefused({}, model)).toBe(true);
    expect(isRefused({ audience: { departments: ['Sales'] } }, { audience: { locations: ['Lyon'] } })).toBe(true);
    expect(isRefused({ audience: { departments: ['Sales', 'Legal'] } }, { audience: { departments: ['Legal'] } })).toBe(
      true,
    );
  });

  test('may be for different people, or change different things', () => {
    expect(isRefused({ audience: { departments: ['Sales'] } }, { audience: { departments: ['Legal'] } })).toBe(false);
    expect(isRefused({}, times)).toBe(false);
    expect(isRefused(times, times)).toBe(true);
  });

  test('take no more than two models into memory', () => {
    const withModel = (modelVersion: string, department: string) => ({
      audience: { departments: [department] },
      variants: [control, { ...varied, modelVersion }],
    });
    const running = [stored('a', withModel('m1', 'A')), stored('b', withModel('m2', 'B'))];
    expect(startProblems(stored('c', withModel('m2', 'C')), running)).toEqual([]);
    expect(startProblems(stored('c', withModel('m3', 'C')), running).map(({ code }) => code)).toEqual(['CONFLICT']);
  });
});

describe('the report of who was served what', () => {
  const at = new Date('2026-06-03T13:37:00Z');
  const served = (variantId: string, people: number) => ({
    ...{ variantId, people, units: people, crossedOver: 0, exposures: 3 * people },
    ...{ firstExposedAt: at, lastExposedAt: at },
  });
  const report = (
    [control, varied]: readonly [number, number],
    audience: GivenAudience = {},
    last: Partial<ReturnType<typeof served>> = {},
  ) =>
    exposureReport(
      definitionOf(given({ audience })),
      [served('control', control), { ...served('varied', varied), ...last }],
      new AudienceFigures(audienceOf(audience), Buffer.alloc(32, 7)),
    );

  test('counts in fives, and weeks', () => {
    const { variants } = report([102, 97]);
    // Three for each, told in steps of one and of two.
    expect(variants.map(({ people, exposures }) => [people, exposures])).toEqual([
      [100, 300],
      [95, 380],
    ]);
    expect(variants[0]?.firstExposedAt).toEqual(new Date('2026-06-01T00:00:00Z'));
  });

  test('tells nothing of four people, nor what the others are beside them', () => {
    const { variants } = report([100, 4]);
    expect(variants[1]).toMatchObject({ people: null, units: null, exposures: null, lastExposedAt: null });
    expect(variants.map(({ observedShare }) => observedShare)).toEqual([null, null]);
  });

  test('says when something else than drawing decides, by what it tells, but not of too few', () => {
    expect(report([9, 0])).toMatchObject({ sampleRatioPValue: null, isSampleRatioMismatch: null });
    // X² = (10² + 10²)/50 = 4.
    expect(report([60, 40]).sampleRatioPValue).toBe(0.046);
    expect(report([61, 42]).sampleRatioPValue).toBe(0.046);
    expect(report([500, 490]).isSampleRatioMismatch).toBe(false);
    expect(report([500, 350]).isSampleRatioMismatch).toBe(true);
  });

  test('tells nothing of people who are named, whoever of them comes', () => {
    const audience = { learnerIds: ['ann', 'ben'] };
    const nothing = { people: null, units: null, exposures: null, firstExposedAt: null, lastExposedAt: null };
    expect(report([4, 5], audience).variants).toMatchObject([nothing, nothing]);
    expect(report([400, 300], audience)).toEqual({ ...report([4, 5], audience) });
    expect(report([400, 300], audience)).toMatchObject({ sampleRatioPValue: null, isSampleRatioMismatch: null });
  });

  test('tells neither when nor how often anybody of picked people was served', () => {
    const audience = { departments: ['Sales', 'Board'] };
    const often = report([500, 60], audience, { exposures: 60 * 50, lastExposedAt: new Date('2026-08-01T00:00:00Z') });
    expect(often.variants[1]).toEqual(report([500, 60], audience).variants[1]);
    expect(often.variants[1]).toMatchObject({ exposures: null, firstExposedAt: null, lastExposedAt: null });
  });
});
