import { beforeAll, describe, expect, it } from 'vitest';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { NO_BLUR } from '../../src/insights/impact/blur.js';
import { type Impact, impactOf } from '../../src/insights/impact/impact.js';
import type { Design, Study } from '../../src/insights/impact/study.js';
import { meanDifference, summariseSample } from '../../src/stats/meanDifference.js';
import { createRandom, type Random } from '../../src/stats/random.js';

// A year of the demo organisation: the first half is what is known of people before, in the second something is tried.

const DAY_MS = 86_400_000;
const NOW = new Date('2026-07-01T00:00:00Z');
const HALF_DAYS = 182;
const LEARNERS = 600;
/** A look at the end of each month of the second half. */
const LOOKS = [30, 61, 91, 122, 152, HALF_DAYS];
const REPETITIONS = 200;

/** Days since the year began on which each learner completed something they chose. */
let completions: number[][];

beforeAll(() => {
  const demo = createDemoOrganisation({ seed: 7, learnerCount: LEARNERS, courseCount: 200, months: 12, now: NOW });
  const startMs = NOW.getTime() - 2 * HALF_DAYS * DAY_MS;
  const assigned = new Set([...demo.assignments()].map(({ learnerId, courseId }) => `${learnerId} ${courseId}`));
  completions = [...demo.learners()].map(({ id }) =>
    demo
      .interactionsOf(id)
      .filter(({ verb, courseId }) => verb === 'COMPLETED' && !assigned.has(`${id} ${courseId}`))
      .map(({ at }) => (at.getTime() - startMs) / DAY_MS)
      .filter((day) => day >= 0),
  );
});

const within = (days: readonly number[], from: number, until: number): number =>
  days.filter((day) => day >= from && day < until).length;

/** Who is treated: each by the toss of a coin. */
const drawn = (random: Random): boolean[] => completions.map(() => random.uniform() < 0.5);

function studyOf(isTreated: readonly boolean[], extra: readonly number[][], days: number, design: Design): Study {
  const arm = (name: string, wanted: boolean) => {
    const people = completions.flatMap((own, i) => (isTreated[i] === wanted ? [[...own, ...(extra[i] ?? [])]] : []));
    return {
      name,
      outcomes: Float64Array.from(people, (own) => within(own, HALF_DAYS, HALF_DAYS + days)),
      before: Float64Array.from(people, (own) => within(own, HALF_DAYS - days, HALF_DAYS)),
      strata: null,
      blur: NO_BLUR,
    };
  };
  const [control, treatment] = [arm('control', false), arm('treatment', true)];
  return {
    design,
    metric: {
      name: 'COMPLETIONS_PER_LEARNER',
      unit: 'courses',
      kind: 'MEAN',
      better: 'HIGHER',
      smallestEffect: 0.2,
      width: 20,
      largest: null,
    },
    unit: 'LEARNER',
    control,
    treatment,
    planned: { control: 1, treatment: 1 },
    assigned: { control: control.outcomes.length, treatment: treatment.outcomes.length },
    comparisons: 1,
    days,
    minimumDays: 14,
    minimumUnits: 100,
    guardrails: [],
  };
}

const looks = (isTreated: readonly boolean[], extra: readonly number[][]): Impact[] =>
  LOOKS.map((days) => impactOf(studyOf(isTreated, extra, days, 'RANDOMISED')));

describe('A simulated year of the demo organisation', () => {
  it('shows a planted effect with the right sign, in an interval that contains it', () => {
    const random = createRandom(1);
    const isTreated = drawn(random);
    // Everybody treated completes a course more in about every third month: on average two in the half year.
    const extra = isTreated.map((treated) =>
      treated ? Array.from({ length: random.below(5) }, () => HALF_DAYS + random.uniform() * HALF_DAYS) : [],
    );
    const treatedCount = isTreated.filter(Boolean).length;
    const planted = extra.flat().length / treatedCount;
    expect(planted).toBeGreaterThan(1.5);

    const last = looks(isTreated, extra).at(-1);
    expect(last?.verdict).toBe('IMPROVED');
    expect(last?.checks.every(({ passed }) => passed)).toBe(true);
    expect(last?.effect?.interval95.low).toBeGreaterThan(0);
    expect(last?.effect?.interval95.low).toBeLessThan(planted);
    expect(last?.effect?.interval95.high).toBeGreaterThan(planted);
    expect(last?.effect?.varianceReduction).toBeGreaterThan(0.1);
  });

  it('shows a planted harm as one', () => {
    const random = createRandom(2);
    const isTreated = drawn(random);
    // As if the others had done more: the sign is what matters.
    const extra = isTreated.map((treated) =>
      treated ? [] : Array.from({ length: random.below(5) }, () => HALF_DAYS + random.uniform() * HALF_DAYS),
    );
    expect(looks(isTreated, extra).at(-1)?.verdict).toBe('WORSE');
  });

  it('raises a false alarm no more often than it may, looked at every month', () => {
    const none = completions.map(() => []);
    let alarms = 0;
    let plainAlarms = 0;
    for (let seed = 0; seed < REPETITIONS; seed++) {
      const isTreated = drawn(createRandom(1_000 + seed));
      const found = looks(isTreated, none);
      if (found.some(({ verdict }) => verdict === 'IMPROVED' || verdict === 'WORSE')) alarms += 1;
      const plain = LOOKS.map((days) => {
        const { treatment, control } = studyOf(isTreated, none, days, 'RANDOMISED');
        return meanDifference(summariseSample(treatment.outcomes), summariseSample(control.outcomes));
      });
      if (plain.some((interval) => interval !== null && (interval.low > 0 || interval.high < 0))) plainAlarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(0.05 * REPETITIONS);
    // What an interval made for one look would have done: otherwise the line above could not fail.
    expect(plainAlarms).toBeGreaterThan(0.05 * REPETITIONS);
  });

  it('does not take a seasonal rise for an effect', () => {
    // The four weeks of the year's deepest low against the four of its height, as if something began in between.
    const weeks = Array.from({ length: 13 }, (_, k) => k * 28);
    const means = weeks.map((from) => completions.reduce((sum, own) => sum + within(own, from, from + 28), 0));
    const low = weeks[means.indexOf(Math.min(...means))] as number;
    const high = weeks[means.indexOf(Math.max(...means))] as number;
    const arm = (name: string, from: number) => ({
      name,
      outcomes: Float64Array.from(completions, (own) => within(own, from, from + 28)),
      before: null,
      strata: null,
      blur: NO_BLUR,
    });
    const study: Study = {
      ...studyOf(drawn(createRandom(3)), [], 28, 'BEFORE_AFTER'),
      control: arm('before', low),
      treatment: arm('after', high),
      planned: null,
      assigned: null,
    };
    const impact = impactOf(study);
    // The trap is one: the rise is far from chance.
    expect(impact.effect?.interval95.low).toBeGreaterThan(0);
    expect(impact.verdict).toBe('CANNOT_TELL');
    expect(impact.checks.find(({ name }) => name === 'SEASON')?.passed).toBe(false);
  });
});
