import { describe, expect, test } from 'vitest';
import { type Blur, blurredBy, NO_BLUR, surely } from '../../src/insights/impact/blur.js';
import { impactOf } from '../../src/insights/impact/impact.js';
import { cutOff, largestFigure } from '../../src/insights/impact/largestFigure.js';
import type { Arm, Design, StudiedMetric, Study } from '../../src/insights/impact/study.js';
import { toldImpact } from '../../src/insights/impact/toldImpact.js';
import { daysWatched } from '../../src/insights/impact/watched.js';
import { AudienceFigures, type AudienceShape } from '../../src/learners/fewPeople/audienceFigures.js';
import { createRandom } from '../../src/stats/random.js';

const YES_OR_NO: StudiedMetric = {
  ...{ name: 'COMPLETION_RATE', unit: 'share of people', kind: 'YES_OR_NO', better: 'HIGHER' },
  ...{ smallestEffect: 0.02, width: 1, largest: null },
};
const ALL: AudienceShape = {
  ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
  ...{ hiredWithinDays: null, skillGap: null },
};
const FIGURES = { value: { name: 'COMPLETION_RATE' }, people: { name: 'people' } };

const blurOf = (audience: Partial<AudienceShape>, side: string, seed = 0): Blur => {
  const figures = new AudienceFigures({ ...ALL, ...audience }, Uint8Array.of(seed, seed >> 8));
  return blurredBy(figures, 'EXPERIMENT')(FIGURES, side, 1);
};
const drawnBlur = (random: () => number, deviation: number): Blur => ({
  ...{ units: deviation * random(), unitsDeviation: deviation },
  ...{ sum: deviation * random(), sumDeviation: deviation },
});

const armOf = (outcomes: Float64Array, blur: Blur, before: Float64Array | null = null): Arm => ({
  ...{ name: 'arm', outcomes, before, strata: null, blur },
});
const shareOf = (happened: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => (i < happened ? 1 : 0));

const studyOf = (treatment: Arm, control: Arm, metric = YES_OR_NO, design: Design = 'RANDOMISED'): Study => ({
  ...{ design, metric, unit: 'LEARNER', control, treatment, planned: null, assigned: null },
  ...{ comparisons: 1, days: 30, minimumDays: 14, minimumUnits: 100, guardrails: [] },
});

describe('the noise of an audience', () => {
  test('is none of the whole organisation, and always the same of one that was chosen', () => {
    expect(blurOf({}, 'control')).toEqual(NO_BLUR);
    const sales = blurOf({ departments: ['Sales'] }, 'control');
    expect(sales).toEqual(blurOf({ departments: ['Sales', 'Sales'] }, 'control'));
    expect(sales.sum).not.toBe(blurOf({ departments: ['Sales'] }, 'treatment 1').sum);
    expect(sales.sum).not.toBe(sales.units);
    expect(sales.sumDeviation).toBeGreaterThan(0);
    expect(blurOf({ departments: ['Sales'], locations: ['Oslo'] }, 'control').sumDeviation).toBeCloseTo(
      sales.sumDeviation * Math.SQRT2,
      10,
    );
  });

  test('hides one person of a chosen audience, whatever is told of it', () => {
    // The guess: they did it if the audience with them has more than expected. Half of all guesses are right by luck.
    const told = (happened: number, seed: number) => {
      const audience = { departments: ['Sales'], locations: ['Oslo'] };
      const own = blurOf(audience, 'treatment 1', seed);
      const study = studyOf(
        armOf(shareOf(happened, 150), own),
        armOf(shareOf(60, 150), blurOf(audience, 'control', seed)),
      );
      const { treatment, effect } = toldImpact(impactOf(study), null);
      return [treatment.mean ?? 0, effect?.estimate ?? 0, effect?.interval95.low ?? 0, effect?.interval95.high ?? 0];
    };
    const repetitions = 600;
    const seen = [60, 61].map((happened) =>
      Array.from({ length: repetitions }, (_, seed) => told(happened, seed + (happened - 60) * repetitions)),
    );
    for (const figure of [0, 1, 2, 3]) {
      const shares = seen.map((all) => {
        const counts = new Map<number, number>();
        for (const one of all) counts.set(one[figure] ?? 0, (counts.get(one[figure] ?? 0) ?? 0) + 1 / repetitions);
        return counts;
      });
      // A rule that knows both distributions is right by half of how far they are apart, at best.
      const [without, withThem] = shares;
      let apart = 0;
      for (const value of new Set(shares.flatMap((counts) => [...counts.keys()]))) {
        apart += Math.abs((without?.get(value) ?? 0) - (withThem?.get(value) ?? 0)) / 2;
      }
      expect(0.5 + apart / 2).toBeLessThan(0.68);
    }
  });

  test('widens intervals by as much as it adds, of all designs', () => {
    const before = Float64Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const [few, many] = [shareOf(90, 300), shareOf(150, 300)];
    const strata = Array.from({ length: 300 }, () => 'a');
    const reach = (design: Design, blur: Blur) => {
      const arm = (outcomes: Float64Array): Arm => ({ ...armOf(outcomes, blur, before), strata });
      const { effect } = impactOf(studyOf(arm(many), arm(few), YES_OR_NO, design));
      return effect === null ? Number.NaN : (effect.interval95.high - effect.interval95.low) / 2;
    };
    const known: Blur = { ...NO_BLUR, sumDeviation: 9 };
    for (const design of ['RANDOMISED', 'MATCHED', 'BEFORE_AFTER'] as const) {
      const [exact, noisy] = [reach(design, NO_BLUR), reach(design, known)];
      const perDeviation = design === 'RANDOMISED' ? 3 : 1.97;
      const added = perDeviation * Math.hypot(9 / 300, 9 / 300);
      expect(noisy / Math.hypot(exact, added)).toBeGreaterThan(0.98);
      expect(noisy / Math.hypot(exact, added)).toBeLessThan(1.06);
    }
    // As proportions, of which too few happened for means.
    const rare = (blur: Blur) => {
      const { effect } = impactOf(studyOf(armOf(shareOf(6, 300), blur), armOf(shareOf(3, 300), blur)));
      return effect?.interval95 ?? { low: Number.NaN, high: Number.NaN };
    };
    expect(rare(known).high).toBeGreaterThan(Math.hypot(rare(NO_BLUR).high, 2.5 * Math.hypot(0.03, 0.03)));
    expect(rare(known).low).toBeLessThan(rare(NO_BLUR).low);
  });

  test('leaves open which side is better where nothing happened on either', () => {
    const random = createRandom(5);
    const sure = Array.from({ length: 60 }, () => {
      const arm = () =>
        armOf(
          new Float64Array(150),
          drawnBlur(() => random.normal(), 5),
        );
      return impactOf(studyOf(arm(), arm())).effect?.probabilityBetter ?? Number.NaN;
    }).filter((chance) => !(chance > 0.02 && chance < 0.98));
    expect(sure.length).toBeLessThanOrEqual(2);
  });

  test('raises no more false alarms than may be, looked at all the time', () => {
    const random = createRandom(31);
    let alarms = 0;
    for (let r = 0; r < 300; r++) {
      const blurs = [0, 1].map(() => drawnBlur(() => random.normal(), 6));
      const outcomes = [0, 1].map(() => Float64Array.from({ length: 1_200 }, () => Number(random.uniform() < 0.3)));
      const isAlarm = [150, 250, 400, 700, 1_200].some((count) => {
        const [treatment, control] = outcomes.map((own, i) => armOf(own.subarray(0, count), blurs[i] ?? NO_BLUR));
        const { interval95 } = impactOf(studyOf(treatment as Arm, control as Arm)).effect ?? {};
        return interval95 !== undefined && (interval95.low > 0 || interval95.high < 0);
      });
      if (isAlarm) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(15);
  });

  test('is allowed for wherever something takes so many people', () => {
    expect(surely(100, NO_BLUR)).toBe(100);
    expect(surely(100, { ...NO_BLUR, units: 2, unitsDeviation: 2 })).toBe(96);
    const nearly: Blur = { ...NO_BLUR, units: 0, unitsDeviation: 2 };
    const of = (count: number, blur: Blur) =>
      toldImpact(impactOf(studyOf(armOf(shareOf(50, count), blur), armOf(shareOf(50, count), blur))), null);
    expect(of(100, NO_BLUR).effect).not.toBeNull();
    expect(of(104, nearly).effect).toBeNull();
    expect(of(104, nearly).checks[0]).toMatchObject({ name: 'MINIMUM_UNITS', passed: false });
    expect(of(106, nearly).effect).not.toBeNull();
  });

  test('is none, and nothing else is, of people who are named one by one', () => {
    const impact = impactOf(studyOf(armOf(shareOf(50, 300), NO_BLUR), armOf(shareOf(130, 300), NO_BLUR)));
    expect(impact.verdict).toBe('WORSE');
    expect(toldImpact(impact, { valuePerEffect: 1, cost: 1 }, false)).toEqual({
      treatment: { name: 'arm', units: null, mean: null },
      control: { name: 'arm', units: null, mean: null },
      ...{ effect: null, checks: [], guardrails: [], verdict: 'CANNOT_TELL', roi: null },
    });
  });
});

describe('what somebody counts for at most', () => {
  const minutes = (...large: number[]) => Float64Array.from([...Array.from({ length: 100 }, (_, i) => i), ...large]);

  test('is a round figure above what several have, whatever the largest is', () => {
    // 105 have something; 5 and 2 % of them have 93 and more, of 0 to 99 and what comes on top.
    expect(largestFigure([minutes()], 0, NO_BLUR)).toBe(100);
    expect(largestFigure([minutes(5_000)], 0, NO_BLUR)).toBe(largestFigure([minutes(900_000)], 0, NO_BLUR));
    expect(largestFigure([minutes(5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 5_000)], 0, NO_BLUR)).toBe(5_000);
    expect(largestFigure([minutes(), new Float64Array(50).fill(250)], 0, NO_BLUR)).toBe(300);
    expect(largestFigure([new Float64Array(50), Float64Array.of(3, 3, 3, 3)], 0, NO_BLUR)).toBe(0);
    expect(largestFigure([new Float64Array(8).fill(0.3)], 0, NO_BLUR)).toBe(0.3);
    // With noise it takes more people.
    expect(largestFigure([new Float64Array(8).fill(3)], 0, { units: 1, unitsDeviation: 2 })).toBe(0);
  });

  test('is never so low that it stands for whether there is any at all', () => {
    expect(largestFigure([new Float64Array(300)], 3, NO_BLUR)).toBe(3);
    expect(largestFigure([Float64Array.from({ length: 30 }, () => 1)], 3, NO_BLUR)).toBe(3);
  });

  test('is where larger figures are cut off', () => {
    expect(cutOff(Float64Array.of(1, 7, 30), 10)).toEqual(Float64Array.of(1, 7, 10));
  });
});

describe('days for which people were watched', () => {
  const until = new Date('2026-03-01T00:00:00Z');
  const met = (...days: number[]) => days.map((day) => ({ at: new Date(until.getTime() - day * 86_400_000) }));

  test('are those of the first tenth, and of five people at least', () => {
    expect(daysWatched(met(30, 30, 30, 30), until)).toBe(0);
    expect(daysWatched(met(90, 30, 29, 28, 27, 1), until)).toBe(27);
    expect(daysWatched(met(...Array.from({ length: 100 }, (_, i) => i)), until)).toBe(90);
    expect(daysWatched([], until)).toBe(0);
  });
});
