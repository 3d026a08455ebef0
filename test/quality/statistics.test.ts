import { describe, expect, it } from 'vitest';
import { NO_BLUR } from '../../src/insights/impact/blur.js';
import { impactOf } from '../../src/insights/impact/impact.js';
import type { StudiedMetric, Study } from '../../src/insights/impact/study.js';
import { offPolicyImpact } from '../../src/recommendations/offPolicy/offPolicyResult.js';
import { bestProportion } from '../../src/stats/bestVariant.js';
import { adjustByCovariate, pairedSample } from '../../src/stats/cuped.js';
import {
  type DriftFit,
  type DriftForecast,
  driftForecast,
  fitDrift,
  probabilityAtLeast,
  studentInterval,
} from '../../src/stats/driftForecast.js';
import type { Interval } from '../../src/stats/interval.js';
import { matchExactly } from '../../src/stats/matching.js';
import { meanDifference, relativeDifference, type Sample, summariseSample } from '../../src/stats/meanDifference.js';
import { meanDifferenceSequence, meanSequence, SEQUENCE_LEAST_COUNT } from '../../src/stats/meanSequence.js';
import { normalReach } from '../../src/stats/normal.js';
import { type OffPolicyEstimate, selfNormalisedEstimate } from '../../src/stats/offPolicy.js';
import { countForMeans, countForProportions } from '../../src/stats/power.js';
import { proportionDifferenceSequence, proportionSequence } from '../../src/stats/proportionSequence.js';
import { type Proportion, proportionDifference, wilsonInterval } from '../../src/stats/proportions.js';
import { createRandom, type Random } from '../../src/stats/random.js';
import { sampleRatio, sampleRatioCount } from '../../src/stats/sampleRatio.js';

const LEVELS = [0.8, 0.95] as const;
type Level = (typeof LEVELS)[number];

const many = (count: number, draw: (i: number) => number): number[] => Array.from({ length: count }, (_, i) => draw(i));
const lognormal = (random: Random) => Math.exp(random.normal());
/** With mean 1 and skewness 2. */
const waitingTime = (random: Random) => -Math.log(1 - random.uniform());
const LOGNORMAL_MEAN = Math.exp(0.5);
const covers = (interval: Interval | null, truth: number) =>
  interval !== null && interval.low <= truth && truth <= interval.high;

/** Four standard errors of a share of so many repetitions: what chance does to it once in 16,000 times. */
const chanceError = (share: number, repetitions: number) => 4 * Math.sqrt((share * (1 - share)) / repetitions);

/** At each level, how often the interval of a made-up data set holds the truth. */
function coverage<T>(
  repetitions: number,
  seed: number,
  make: (random: Random) => T,
  intervalOf: (data: T, level: Level) => Interval | null,
  truthOf: (data: T) => number,
): Record<Level, number> {
  const random = createRandom(seed);
  const hits = { 0.8: 0, 0.95: 0 };
  for (let r = 0; r < repetitions; r++) {
    const data = make(random);
    for (const level of LEVELS) if (covers(intervalOf(data, level), truthOf(data))) hits[level] += 1;
  }
  return { 0.8: hits[0.8] / repetitions, 0.95: hits[0.95] / repetitions };
}

/** @param slack how far below its level an interval may fall that is right for large numbers only */
function expectNominal(found: Record<Level, number>, repetitions: number, slack = 0): void {
  for (const level of LEVELS) {
    const error = chanceError(level, repetitions);
    expect(found[level], `covers at ${level}`).toBeGreaterThan(level - slack - error);
    expect(found[level], `covers at ${level}`).toBeLessThan(level + slack + error);
  }
}

// Simulations take their time on a busy machine.
const PATIENT = { timeout: 300_000 };

describe('intervals hold the truth as often as they say', PATIENT, () => {
  const REPETITIONS = 3000;
  const twoMeans = (data: readonly [Sample, Sample], level: Level) => meanDifference(data[0], data[1], level);

  it('for means of few people with unequal spread and unequal numbers', () => {
    const found = coverage(
      REPETITIONS,
      1,
      (random) =>
        [
          summariseSample(many(12, () => 5 + 4 * random.normal())),
          summariseSample(many(40, () => 3 + random.normal())),
        ] as const,
      twoMeans,
      () => 2,
    );
    expectNominal(found, REPETITIONS);
  });

  it('for means of skewed figures, such as minutes learned', () => {
    const found = coverage(
      REPETITIONS,
      2,
      (random) =>
        [
          summariseSample(many(120, () => 1.2 * lognormal(random))),
          summariseSample(many(120, () => lognormal(random))),
        ] as const,
      twoMeans,
      () => 0.2 * LOGNORMAL_MEAN,
    );
    expectNominal(found, REPETITIONS, 0.01);
  });

  it('for the share by which one mean is above the other', () => {
    const found = coverage(
      REPETITIONS,
      3,
      (random) =>
        [
          summariseSample(many(40, () => 3 + 2 * random.normal())),
          summariseSample(many(40, () => 2 + 2 * random.normal())),
        ] as const,
      (data, level) => relativeDifference(data[0], data[1], level),
      () => 0.5,
    );
    expectNominal(found, REPETITIONS);
  });

  it('for means adjusted by a covariate, which halves what is not known', () => {
    const reductions: number[] = [];
    const found = coverage(
      REPETITIONS,
      4,
      (random) => {
        // What people did before explains half of the spread, and is skewed.
        const arm = (effect: number) => {
          const before = many(60, () => lognormal(random));
          const spread = Math.sqrt((Math.E - 1) * Math.E);
          return pairedSample(
            before.map((x) => effect + x + spread * random.normal()),
            before,
          );
        };
        const adjusted = adjustByCovariate([arm(0.5), arm(0)]);
        reductions.push(adjusted.varianceReduction);
        return adjusted.samples;
      },
      ([first, second], level) => (first && second ? meanDifference(first, second, level) : null),
      () => 0.5,
    );
    expectNominal(found, REPETITIONS, 0.01);
    expect(reductions.reduce((sum, value) => sum + value, 0) / REPETITIONS).toBeCloseTo(0.5, 1);
  });

  it('for proportions, on average over all of them, counted out in full', () => {
    const trials = 40;
    for (const level of LEVELS) {
      const intervals = many(trials + 1, (k) => k).map((successes) => wilsonInterval({ successes, trials }, level));
      let total = 0;
      let least = 1;
      for (let i = 1; i < 200; i++) {
        const p = i / 200;
        const covered = binomial(trials, p).reduce(
          (sum, chance, k) => sum + (covers(intervals[k] ?? null, p) ? chance : 0),
          0,
        );
        total += covered / 199;
        least = Math.min(least, covered);
      }
      expect(total).toBeGreaterThan(level - 0.01);
      expect(total).toBeLessThan(level + 0.02);
      expect(least).toBeGreaterThan(level - 0.13);
    }
  });

  it('for differences of proportions, on average over all pairs, counted out in full', () => {
    const [m, n] = [20, 30];
    for (const level of LEVELS) {
      const intervals = many(m + 1, (a) => a).map((a) =>
        many(n + 1, (b) => b).map((b) =>
          proportionDifference({ successes: a, trials: m }, { successes: b, trials: n }, level),
        ),
      );
      let total = 0;
      let pairs = 0;
      for (let i = 1; i < 20; i++) {
        for (let j = 1; j < 20; j++) {
          const [p, q] = [binomial(m, i / 20), binomial(n, j / 20)];
          pairs += 1;
          p.forEach((chance, a) => {
            q.forEach((other, b) => {
              if (covers(intervals[a]?.[b] ?? null, (i - j) / 20)) total += chance * other;
            });
          });
        }
      }
      expect(total / pairs).toBeGreaterThan(level - 0.01);
      expect(total / pairs).toBeLessThan(level + 0.02);
    }
  });

  it('for another policy’s value, estimated from what was served by this one', () => {
    // Five courses with take-up by kind of learner; the draft prefers the later courses, what is served the earlier.
    const takeUp = (kind: number, course: number) => 0.1 + 0.06 * ((course + 2 * kind) % 5);
    const served = (kind: number) => (kind === 0 ? [0.4, 0.25, 0.15, 0.1, 0.1] : [0.2, 0.2, 0.2, 0.2, 0.2]);
    const draft = (kind: number) => (kind === 0 ? [0.1, 0.1, 0.2, 0.3, 0.3] : [0, 0.1, 0.1, 0.3, 0.5]);
    const worth = (policy: typeof served) =>
      [0, 1].reduce((sum, k) => sum + policy(k).reduce((part, p, c) => part + (p * takeUp(k, c)) / 2, 0), 0);
    const courseOf = (chances: readonly number[], lot: number) => {
      let course = 0;
      for (let left = lot - (chances[0] ?? 1); left >= 0 && course < 4; left -= chances[course] ?? 1) course += 1;
      return course;
    };
    const random = createRandom(5);
    const repetitions = 1000;
    const estimates = Array.from({ length: repetitions }, () => {
      const kinds = many(600, () => random.below(2));
      const courses = kinds.map((kind) => courseOf(served(kind), random.uniform()));
      const choices = {
        rewards: kinds.map((kind, i) => (random.uniform() < takeUp(kind, courses[i] ?? 0) ? 1 : 0)),
        loggedPropensities: kinds.map((kind, i) => served(kind)[courses[i] ?? 0] ?? 1),
        targetPropensities: kinds.map((kind, i) => draft(kind)[courses[i] ?? 0] ?? 0),
      };
      const at = (level: Level) => selfNormalisedEstimate(choices, { level });
      return { 0.8: at(0.8), 0.95: at(0.95) };
    });
    const lift = worth(draft) - worth(served);
    expect(lift).toBeGreaterThan(0.01);
    const holds = (truth: number, intervalOf: (estimate: OffPolicyEstimate) => Interval | null) => {
      const share = (level: Level) => estimates.filter((one) => covers(intervalOf(one[level]), truth)).length;
      return { 0.8: share(0.8) / repetitions, 0.95: share(0.95) / repetitions };
    };
    expectNominal(
      holds(worth(draft), (estimate) => estimate.value),
      repetitions,
    );
    expectNominal(
      holds(lift, (estimate) => estimate.lift),
      repetitions,
    );
  });

  it('for a policy of which less had a chance where less is taken up, and which changes nothing', () => {
    // A course put in the last place: four in ten had it by chance and take up .2 of their lists, the others had half of what
    // they would get and take up .08, whatever they are shown.
    const scope = { outcome: 'STARTED', withinDays: 14, since: '', until: '', lists: 1_500 } as const;
    const random = createRandom(9);
    const repetitions = 1_000;
    const hits = { 0.8: 0, 0.95: 0 };
    let verdicts = 0;
    for (let r = 0; r < repetitions; r++) {
      const impact = offPolicyImpact(
        scope,
        Array.from({ length: scope.lists }, () => {
          const support = random.uniform() < 0.4 ? 1 : 0.5;
          const reward = random.uniform() < (support === 1 ? 0.2 : 0.08) ? 1 : 0;
          const targetPropensity = random.uniform() < 0.5 ? support : 0;
          return { reward, loggedPropensity: 0.5, targetPropensity, isChanged: true, support };
        }),
      );
      expect(impact.refusal).toBe(null);
      if (impact.verdict === 'IMPROVED' || impact.verdict === 'WORSE') verdicts += 1;
      for (const [level, lift] of [[0.8, impact.lift80] as const, [0.95, impact.lift95] as const])
        if (lift !== null && covers(lift, 0)) hits[level] += 1;
    }
    expectNominal({ 0.8: hits[0.8] / repetitions, 0.95: hits[0.95] / repetitions }, repetitions);
    expect(verdicts / repetitions).toBeLessThan(0.05 + chanceError(0.05, repetitions));
  });

  it('for matched people, where the plain difference is wrong nearly always', () => {
    const repetitions = 1500;
    // Whoever did more before takes the course more often, and does more afterwards anyway.
    const make = (random: Random) => {
      const bins = many(240, () => random.below(8));
      const isTreated = bins.map((bin) => random.uniform() < 0.1 + 0.1 * bin);
      return {
        isTreated,
        strata: bins.map(String),
        outcomes: bins.map((bin, i) => bin + (isTreated[i] ? 0.5 : 0) + (1 + bin / 4) * random.normal()),
      };
    };
    const matched = coverage(
      repetitions,
      7,
      make,
      (data, level) => matchExactly(data, level).effect,
      () => 0.5,
    );
    expectNominal(matched, repetitions, 0.01);
    const split = (data: ReturnType<typeof make>, treated: boolean) =>
      summariseSample(data.outcomes.filter((_, i) => data.isTreated[i] === treated));
    const plain = coverage(
      repetitions,
      7,
      make,
      (d, level) => meanDifference(split(d, true), split(d, false), level),
      () => 0.5,
    );
    expect(plain[0.95]).toBeLessThan(0.05);
  });

  it('for what is to come: a walk with drift, and its chance to reach a target', () => {
    const repetitions = 3000;
    const make = (random: Random) => {
      let value = 0;
      const values = many(18, () => (value += 1 + 2 * random.normal()));
      return { values, later: values[17] ?? 0 };
    };
    const forecast = ({ values }: ReturnType<typeof make>): DriftForecast =>
      driftForecast(
        fitDrift(
          many(12, (i) => i + 1),
          values.slice(0, 12),
        ) as DriftFit,
        18,
      );
    const found = coverage(
      repetitions,
      8,
      make,
      (data, level) => studentInterval(forecast(data), level),
      ({ later }) => later,
    );
    // The stated chance of reaching a target, which may lie anywhere, against how often it is reached.
    const random = createRandom(108);
    const groups = [0, 1, 2, 3].map(() => ({ stated: 0, reached: 0, count: 0 }));
    for (let r = 0; r < repetitions; r++) {
      const data = make(random);
      const target = 18 + 80 * (random.uniform() - 0.5);
      const chance = probabilityAtLeast(forecast(data), target);
      const group = groups[Math.min(3, Math.floor(4 * chance))];
      if (group === undefined) continue;
      group.stated += chance;
      group.reached += data.later >= target ? 1 : 0;
      group.count += 1;
    }
    expectNominal(found, repetitions);
    for (const { stated, reached, count } of groups) {
      expect(Math.abs(reached / count - stated / count)).toBeLessThan(chanceError(stated / count, count));
    }
  });
});

/** Those with something and those held out of it, as impacts are told of them. */
function heldOutStudy(
  kind: StudiedMetric['kind'],
  [treatment, control]: readonly [number[], number[]],
  held: number,
): Study {
  const armOf = (name: string, figures: number[]) => ({
    ...{
      name,
      outcomes: Float64Array.from(figures),
      before: new Float64Array(figures.length),
      strata: null,
      blur: NO_BLUR,
    },
  });
  const drawn = { control: control.length, treatment: treatment.length };
  return {
    ...{
      design: 'HOLDOUT',
      unit: 'LEARNER',
      comparisons: 1,
      days: 30,
      minimumDays: 14,
      minimumUnits: 50,
      guardrails: [],
    },
    metric: {
      name: 'RARE',
      unit: 'per person',
      kind,
      better: 'HIGHER',
      smallestEffect: 0.001,
      width: 1,
      largest: null,
    },
    ...{ control: armOf('held out', control), treatment: armOf('with it', treatment) },
    ...{ planned: { control: held, treatment: 1 - held }, assigned: drawn },
  };
}

describe('looking after every person', PATIENT, () => {
  /** How often an interval without an effect leaves 0 out at any of its looks. */
  const falseAlarms = (repetitions: number, run: (random: Random) => boolean, seed: number) => {
    const random = createRandom(seed);
    let alarms = 0;
    for (let r = 0; r < repetitions; r++) if (run(random)) alarms += 1;
    return alarms / repetitions;
  };
  const isAway = (interval: Interval | null, truth: number) => interval !== null && !covers(interval, truth);

  /** Two arms that grow person by person, and what each look says. */
  const growing = (
    draw: (random: Random) => number,
    people: number,
    look: (a: Sample, b: Sample) => boolean,
    secondShare = 0.5,
  ) => {
    return (random: Random) => {
      const arms = [0, 0].map(() => ({ count: 0, mean: 0, squares: 0 }));
      const sampleOf = ({ count, mean, squares }: (typeof arms)[number]): Sample => ({
        count,
        mean,
        variance: count > 1 ? squares / (count - 1) : 0,
      });
      for (let i = 0; i < people; i++) {
        const arm = arms[random.uniform() < secondShare ? 1 : 0];
        if (arm === undefined) continue;
        const value = draw(random);
        const distance = value - arm.mean;
        arm.count += 1;
        arm.mean += distance / arm.count;
        arm.squares += distance * (value - arm.mean);
        const [a, b] = arms.map(sampleOf);
        if (a && b && look(a, b)) return true;
      }
      return false;
    };
  };

  const REPETITIONS = 400;
  const PEOPLE = 1500;
  const draws = [
    ['normal figures', (random: Random) => random.normal()],
    ['skewed figures', lognormal],
    ['yes or no, one in ten', (random: Random) => (random.uniform() < 0.1 ? 1 : 0)],
  ] as const;

  it.each(draws)('keeps to the promised false alarms with a sequence of means: %s', (_, draw) => {
    for (const level of LEVELS) {
      const look = (a: Sample, b: Sample) => isAway(meanDifferenceSequence(a, b, { plannedCount: PEOPLE, level }), 0);
      const found = falseAlarms(REPETITIONS, growing(draw, PEOPLE, look), 11);
      expect(found, `at ${level}`).toBeLessThanOrEqual(1 - level);
    }
  });

  it.each(draws)('raises far more with an interval for one look: %s', (_, draw) => {
    const [reach80, reach95] = LEVELS.map(normalReach);
    const look = (reach: number | undefined) => (a: Sample, b: Sample) => {
      const isEnough = Math.min(a.count, b.count) >= SEQUENCE_LEAST_COUNT;
      return (
        isEnough && Math.abs(a.mean - b.mean) > (reach ?? 0) * Math.sqrt(a.variance / a.count + b.variance / b.count)
      );
    };
    expect(falseAlarms(REPETITIONS, growing(draw, PEOPLE, look(reach95)), 11)).toBeGreaterThan(0.2);
    expect(falseAlarms(REPETITIONS, growing(draw, PEOPLE, look(reach80)), 11)).toBeGreaterThan(0.5);
  });

  it('keeps to them when a tenth of the people are held out', () => {
    for (const level of LEVELS) {
      const look = (a: Sample, b: Sample) => isAway(meanDifferenceSequence(a, b, { plannedCount: 4000, level }), 0);
      const found = falseAlarms(300, growing(waitingTime, 4000, look, 0.1), 16);
      expect(found, `at ${level}`).toBeLessThanOrEqual(1 - level);
    }
  });

  // To numbers at which none of the held out have, and to such at which enough of them have for means.
  it.each([
    ['YES_OR_NO', 0.05, 4_000],
    ['YES_OR_NO', 0.1, 4_000],
    ['YES_OR_NO', 0.1, 30_000],
    ['MEAN', 0.05, 4_000],
    ['MEAN', 0.1, 30_000],
  ] as const)(
    'keeps to them in verdicts on what one in a hundred does: %s, %f held out, of %i',
    (kind, held, people) => {
      const run = (random: Random) => {
        const sides: [number[], number[]] = [[], []];
        for (let count = 1; count <= people; count++) {
          const amount = kind === 'MEAN' ? waitingTime(random) : 1;
          sides[random.uniform() < held ? 1 : 0].push(random.uniform() < 0.01 ? amount : 0);
          if (count % (people / 20) !== 0) continue;
          const { verdict } = impactOf(heldOutStudy(kind, sides, held));
          if (verdict === 'IMPROVED' || verdict === 'WORSE') return true;
        }
        return false;
      };
      const repetitions = 100;
      expect(falseAlarms(repetitions, run, 17)).toBeLessThanOrEqual(0.05 + chanceError(0.05, repetitions) / 2);
    },
  );

  it('keeps to them with a sequence of one mean', () => {
    for (const level of LEVELS) {
      const run = (random: Random) => {
        let [mean, squares] = [0, 0];
        for (let count = 1; count <= PEOPLE; count++) {
          const value = waitingTime(random);
          const distance = value - mean;
          mean += distance / count;
          squares += distance * (value - mean);
          const sample = { count, mean, variance: count > 1 ? squares / (count - 1) : 0 };
          if (isAway(meanSequence(sample, { plannedCount: PEOPLE, level }), 1)) return true;
        }
        return false;
      };
      expect(falseAlarms(REPETITIONS, run, 12), `at ${level}`).toBeLessThanOrEqual(1 - level);
    }
  });

  it('keeps to them with sequences of proportions from the first person on', () => {
    for (const level of LEVELS) {
      const one = (random: Random) => {
        let successes = 0;
        for (let trials = 1; trials <= 400; trials++) {
          if (random.uniform() < 0.05) successes += 1;
          if (isAway(proportionSequence({ successes, trials }, level), 0.05)) return true;
        }
        return false;
      };
      expect(falseAlarms(250, one, 13)).toBeLessThanOrEqual(1 - level);
      const two = (random: Random) => {
        const arms: { -readonly [K in keyof Proportion]: Proportion[K] }[] = [
          { successes: 0, trials: 0 },
          { successes: 0, trials: 0 },
        ];
        for (let i = 0; i < 400; i++) {
          const arm = arms[random.below(2)];
          if (arm === undefined) continue;
          arm.trials += 1;
          if (random.uniform() < 0.3) arm.successes += 1;
          const [a, b] = arms;
          if (a && b && isAway(proportionDifferenceSequence(a, b, level), 0)) return true;
        }
        return false;
      };
      expect(falseAlarms(250, two, 14)).toBeLessThanOrEqual(1 - level);
    }
  });

  it('finds an effect that there is, mostly before all planned people have come', () => {
    const random = createRandom(15);
    let found = 0;
    let people = 0;
    for (let r = 0; r < 300; r++) {
      const arms: [number[], number[]] = [[], []];
      let isFound = false;
      for (let n = 100; n <= 2000 && !isFound; n += 100) {
        arms.forEach((arm, i) => {
          while (arm.length < n / 2) arm.push((i === 0 ? 0.25 : 0) + random.normal());
        });
        const look = meanDifferenceSequence(summariseSample(arms[0]), summariseSample(arms[1]), { plannedCount: 2000 });
        isFound = look !== null && look.low > 0;
        if (isFound) people += n;
      }
      if (isFound) found += 1;
    }
    expect(found / 300).toBeGreaterThan(0.98);
    expect(people / found).toBeLessThan(1200);
  });
});

describe('the split of an experiment', PATIENT, () => {
  const split = (random: Random, people: number, share: number): readonly [number, number] => {
    let first = 0;
    for (let i = 0; i < people; i++) if (random.uniform() < share) first += 1;
    return [first, people - first];
  };

  it('is called wrong in one of a thousand experiments where it is right', () => {
    const random = createRandom(21);
    let alarms = 0;
    for (let r = 0; r < 20_000; r++) if (sampleRatio(split(random, 400, 0.9), [9, 1])?.isMismatch) alarms += 1;
    expect(alarms / 20_000).toBeGreaterThan(0.001 - 4 * Math.sqrt(0.001 / 20_000));
    expect(alarms / 20_000).toBeLessThan(0.001 + 4 * Math.sqrt(0.001 / 20_000));
  });

  it.each([
    [0.51, 42_687],
    [0.505, 170_747],
  ] as const)('of %f is caught at %i people in four of five experiments', (share, people) => {
    expect(sampleRatioCount({ planned: [1, 1], actual: [share, 1 - share] }, 0.8)).toBe(people);
    const random = createRandom(22);
    const repetitions = 200;
    let caught = 0;
    for (let r = 0; r < repetitions; r++)
      if (sampleRatio(split(random, people, share), [1, 1])?.isMismatch) caught += 1;
    expect(Math.abs(caught / repetitions - 0.8)).toBeLessThan(chanceError(0.8, repetitions));
  });
});

describe('chances that are stated come true', PATIENT, () => {
  it('that a variant is the best, over experiments as they are believed to be', () => {
    const random = createRandom(31);
    const groups = many(5, () => 0).map(() => ({ stated: 0, came: 0, count: 0 }));
    const losses = { stated: 0, came: 0, count: 0 };
    for (let r = 0; r < 500; r++) {
      const truths = many(3, () => random.uniform());
      const arms = truths.map((p) => {
        const trials = 10 + random.below(30);
        return { successes: many(trials, () => (random.uniform() < p ? 1 : 0)).reduce((a, b) => a + b, 0), trials };
      });
      const best = Math.max(...truths);
      bestProportion(arms).forEach(({ probabilityBest, expectedLoss }, i) => {
        const group = groups[Math.min(4, Math.floor(5 * probabilityBest))];
        if (group === undefined) return;
        group.stated += probabilityBest;
        group.came += truths[i] === best ? 1 : 0;
        group.count += 1;
        losses.stated += expectedLoss;
        losses.came += best - (truths[i] ?? 0);
        losses.count += 1;
      });
    }
    for (const { stated, came, count } of groups) {
      const share = stated / count;
      expect(Math.abs(came / count - share)).toBeLessThan(chanceError(share, count));
    }
    expect(losses.stated / losses.count).toBeCloseTo(losses.came / losses.count, 2);
  });

  it('that a difference is found with the people it takes', () => {
    const repetitions = 2000;
    const random = createRandom(32);
    const people = countForMeans(2, 1);
    const p = countForProportions(0.4, 0.25);
    let [means, proportions] = [0, 0];
    for (let r = 0; r < repetitions; r++) {
      const arm = (mean: number) => summariseSample(many(people, () => mean + 2 * random.normal()));
      if ((meanDifference(arm(1), arm(0))?.low ?? 0) > 0) means += 1;
      const taken = (share: number) => {
        let successes = 0;
        for (let i = 0; i < p; i++) if (random.uniform() < share) successes += 1;
        return { successes, trials: p };
      };
      if ((proportionDifference(taken(0.4), taken(0.25))?.low ?? 0) > 0) proportions += 1;
    }
    expect(Math.abs(means / repetitions - 0.8)).toBeLessThan(0.01 + chanceError(0.8, repetitions));
    expect(Math.abs(proportions / repetitions - 0.8)).toBeLessThan(0.02 + chanceError(0.8, repetitions));
  });
});

/** The chances of 0 to n successes. */
function binomial(n: number, p: number): readonly number[] {
  const chances = [(1 - p) ** n];
  for (let k = 1; k <= n; k++) chances.push(((chances[k - 1] ?? 0) * (n - k + 1) * p) / (k * (1 - p)));
  return chances;
}
