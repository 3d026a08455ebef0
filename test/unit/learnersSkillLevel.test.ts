import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CourseSkill } from '../../src/catalog/course.js';
import { SKILL_SOURCES, type SkillEvidence, type SkillSource } from '../../src/learners/learner.js';
import { LOST_BELOW, READY_WITHIN, readiness } from '../../src/learners/readiness.js';
import { type CombinedSkill, combineSkills, type LearnedCourse, skillLevels } from '../../src/learners/skillLevel.js';

const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const daysAgo = (days: number) => NOW_MS - days * DAY_MS;

type Rating = Omit<SkillEvidence, 'learnerId'>;

const aRating = (source: SkillSource, level: number, confidence: number, days = 0): Rating => ({
  ...{ skillId: 'x', source, level, confidence, observedAt: new Date(daysAgo(days)), scale: null, scaleValue: null },
});

const aCourse = (courseId: string, change: Partial<LearnedCourse>): LearnedCourse => ({
  ...{ courseId, completedAtMs: null, passedAtMs: null, failedAtMs: null, dismissedAtMs: null, dismissReason: null },
  ...change,
});

/** What is known of the skill `x`, with the levels that courses lead from and to. */
function combined(
  evidence: readonly Rating[],
  courses: readonly LearnedCourse[] = [],
  spans: Readonly<Record<string, readonly [number, number]>> = {},
  nowMs = NOW_MS,
): CombinedSkill {
  const skillsTaughtBy = (courseId: string): CourseSkill[] => {
    const span = spans[courseId];
    return span === undefined ? [] : [{ skillId: 'x', levelFrom: span[0], levelTo: span[1] }];
  };
  const skill = combineSkills({ evidence, courses, skillsTaughtBy, nowMs }).get('x');
  if (skill === undefined) throw new Error('Nothing is known of the skill');
  return skill;
}

describe('readiness', () => {
  test('is whole up to a tenth short, half at three tenths, and nothing from half a level on', () => {
    expect([READY_WITHIN, LOST_BELOW]).toEqual([0.1, 0.5]);
    expect([1, 0.7, 0.6].map((level) => readiness(level, 0.7))).toEqual([1, 1, 1]);
    expect(readiness(0.4, 0.7)).toBeCloseTo(0.5);
    expect([0.19, 0].map((level) => readiness(level, 0.7))).toEqual([0, 0]);
  });
});

describe('the level of a skill', () => {
  test('of one source is what it says', () => {
    const skill = combined([aRating('MANAGER', 0.6, 0.7)]);
    expect(skill.level).toBe(0.6);
    expect(skill.confidence).toBeCloseTo(0.7);
    expect(skill.sources).toMatchObject([{ source: 'MANAGER', level: 0.6, weight: 1, origins: [] }]);
  });

  test('of two ratings at one time is their mean weighted by precision', () => {
    const { level, confidence, sources } = combined([aRating('ASSESSMENT', 0.8, 0.9), aRating('SELF', 0.4, 0.5)]);
    // Precisions 9 and 1: (9 · 0.8 + 1 · 0.4) / 10.
    expect(level).toBeCloseTo(0.76);
    expect(confidence).toBeCloseTo(10 / 11);
    expect(sources.map(({ source, weight }) => [source, Number(weight.toFixed(9))])).toEqual([
      ['SELF', 0.1],
      ['ASSESSMENT', 0.9],
    ]);
  });

  test('believes an old rating less, and forgets how sure it was, not what it said', () => {
    const aged = combined([aRating('ASSESSMENT', 0.9, 0.5, 730)]);
    expect(aged.level).toBe(0.9);
    expect(aged.confidence).toBeCloseTo(1 / 3);
    // A year halves the precision of 1 to 0.5; the new rating of precision 1 moves the level by two thirds.
    expect(combined([aRating('SELF', 0.2, 0.5, 365), aRating('MANAGER', 0.8, 0.5)]).level).toBeCloseTo(0.6);
  });

  test('rises by a completion, from what the course expects when nothing else is known', () => {
    const skill = combined([], [aCourse('c', { completedAtMs: NOW_MS })], { c: [0, 0.5] });
    expect(skill.level).toBeCloseTo(0.8 * 0.5);
    expect(skill.confidence).toBeCloseTo(0.4);
    expect(skill.sources).toMatchObject([
      { source: 'INFERRED', weight: 1, origins: [{ courseId: 'c', sign: 'COMPLETED', atMs: NOW_MS }] },
    ]);
    expect(combined([], [aCourse('c', { completedAtMs: NOW_MS })], { c: [0.5, 0.75] }).level).toBeCloseTo(0.7);
  });

  test('rises on what was rated before, and less for a learner who was not ready', () => {
    const completed = [aCourse('c', { completedAtMs: NOW_MS })];
    const ready = combined([aRating('MANAGER', 0.4, 0.7)], completed, { c: [0.4, 0.8] });
    expect(ready.level).toBeCloseTo(0.4 + 0.8 * 0.4);
    expect(ready.sources.map(({ source, weight }) => [source, Number(weight.toFixed(9))])).toEqual([
      ['MANAGER', 0.2],
      ['INFERRED', 0.8],
    ]);
    // Half of the doubt is gone, so the start is 0.3; a fifth short of 0.5 leaves three quarters of the course.
    const passed = [aCourse('c', { passedAtMs: NOW_MS })];
    const unready = combined([aRating('MANAGER', 0.1, 0.5)], passed, { c: [0.5, 0.9] });
    expect(unready.level).toBeCloseTo(0.3 + 0.95 * 0.75 * 0.6);
  });

  test('falls by a fail towards the middle of the course', () => {
    const failed = [aCourse('c', { failedAtMs: NOW_MS })];
    // Precisions 1 and 2/3: two fifths of the way from 0.8 to 0.4.
    expect(combined([aRating('SELF', 0.8, 0.5)], failed, { c: [0.2, 0.6] }).level).toBeCloseTo(0.64);
    expect(combined([aRating('SELF', 0.3, 0.5)], failed, { c: [0.2, 0.6] }).level).toBe(0.3);
    expect(combined([], failed, { c: [0.2, 0.6] }).level).toBe(0);
  });

  test('is where a course leads for who says that they know it already, and no lower', () => {
    const known = [aCourse('c', { dismissedAtMs: NOW_MS, dismissReason: 'ALREADY_KNOW' })];
    expect(combined([], known, { c: [0.2, 0.6] })).toMatchObject({
      level: 0.6,
      sources: [{ source: 'INFERRED', origins: [{ courseId: 'c', sign: 'ALREADY_KNOWN' }] }],
    });
    // Precisions 1 and 2/3.
    expect(combined([aRating('SELF', 0.1, 0.5)], known, { c: [0.2, 0.6] }).level).toBeCloseTo(0.1 + 0.4 * 0.5);
    expect(combined([aRating('SELF', 0.9, 0.5)], known, { c: [0.2, 0.6] }).level).toBe(0.9);
  });

  test('does not hear of courses that were dismissed for another reason, waived, or teach something else', () => {
    const courses = [
      aCourse('c', { dismissedAtMs: NOW_MS, dismissReason: 'TOO_EASY' }),
      { ...aCourse('c', {}), waivedAtMs: NOW_MS },
      aCourse('unknown', { completedAtMs: NOW_MS }),
    ];
    const skillsTaughtBy = (id: string) => (id === 'c' ? [{ skillId: 'x', levelFrom: 0, levelTo: 1 }] : []);
    expect(combineSkills({ evidence: [], courses, skillsTaughtBy, nowMs: NOW_MS }).size).toBe(0);
  });

  test('of a course is defended against a lower rating after it, and never stands in the way of a higher one', () => {
    const before = [aCourse('c', { passedAtMs: daysAgo(1) })];
    const rated = (level: number) => combined([aRating('SELF', level, 0.5)], before, { c: [0, 0.8] }).level;
    expect(rated(1)).toBe(1);
    expect(rated(0.1)).toBeGreaterThan(0.5);
  });

  test('keeps a source’s own scale and value', () => {
    const rating = { ...aRating('ASSESSMENT', 0.75, 0.9), scale: '1-5', scaleValue: '4' };
    expect(combined([rating]).sources).toMatchObject([{ scale: '1-5', scaleValue: '4', level: 0.75 }]);
  });
});

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const someDays = fc.integer({ min: 0, max: 1_500 });
const IDS = ['a', 'b', 'c', 'd'] as const;
const someSpans = fc
  .tuple(...IDS.map(() => fc.tuple(unit, unit)))
  .map((spans) => Object.fromEntries(spans.map(([p, q], i) => [IDS[i], [Math.min(p, q), Math.max(p, q)] as const])));
const someEvidence = fc
  .subarray([...SKILL_SOURCES])
  .chain((sources) =>
    fc.tuple(...sources.map((source) => fc.tuple(unit, unit, someDays).map((r) => aRating(source, ...r)))),
  );
const maybeTime = fc.option(someDays.map(daysAgo));
const someCourses = fc
  .tuple(
    ...IDS.map((courseId) =>
      fc.record({
        courseId: fc.constant(courseId),
        completedAtMs: maybeTime,
        passedAtMs: maybeTime,
        failedAtMs: maybeTime,
        dismissedAtMs: maybeTime,
        dismissReason: fc.constantFrom(null, 'ALREADY_KNOW', 'TOO_LONG'),
      }),
    ),
  )
  .map((courses): LearnedCourse[] => courses);

/** Arithmetic on doubles may round the wrong way. */
const ROUNDING = 1e-9;
const levelOf = (...known: Parameters<typeof combined>): number => {
  try {
    return combined(...known).level;
  } catch {
    return 0;
  }
};

describe('whatever is known of a skill', () => {
  test('is the same level and confidence where only some skills are asked for', () => {
    fc.assert(
      fc.property(someEvidence, someCourses, someSpans, (evidence, courses, spans) => {
        const skillsTaughtBy = (courseId: string): CourseSkill[] => {
          const [levelFrom, levelTo] = spans[courseId] ?? [0, 0];
          return ['x', 'y'].map((skillId) => ({ skillId, levelFrom, levelTo }));
        };
        const inputs = { evidence, courses, skillsTaughtBy, nowMs: NOW_MS };
        const all = combineSkills(inputs);
        for (const asked of [['x'], ['y', 'unheard of'], ['y', 'x'], []]) {
          const known = asked.flatMap((skillId) => {
            const one = all.get(skillId);
            return one === undefined ? [] : [[skillId, { level: one.level, confidence: one.confidence }] as const];
          });
          expect(skillLevels(inputs, new Set(asked))).toEqual(new Map(known));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('level, confidence and weights are shares, and the weights add up', () => {
    fc.assert(
      fc.property(someEvidence, someCourses, someSpans, (evidence, courses, spans) => {
        fc.pre(evidence.length > 0);
        const { level, confidence, sources } = combined(evidence, courses, spans);
        for (const { level: alone, confidence: sure, weight } of sources) {
          const shares = [level, confidence, alone, sure, weight];
          expect([Math.min(0, ...shares), Math.max(1, ...shares)]).toEqual([0, 1]);
        }
        const total = sources.reduce((sum, { weight }) => sum + weight, 0);
        if (total !== 0) expect(total).toBeCloseTo(1, 9);
        else expect(level).toBe(0);
      }),
      { numRuns: 3_000 },
    );
  });

  test('the order in which it is given plays no part', () => {
    fc.assert(
      fc.property(
        someEvidence,
        someCourses,
        someSpans,
        fc.infiniteStream(fc.nat()),
        (evidence, courses, spans, keys) => {
          fc.pre(evidence.length > 0);
          const drawn = <T>(list: readonly T[]) =>
            list
              .map((one) => ({ one, key: keys.next().value as number }))
              .sort((a, b) => a.key - b.key)
              .map(({ one }) => one);
          expect(combined(drawn(evidence), drawn(courses), spans)).toEqual(combined(evidence, courses, spans));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  const withSign = (field: 'completedAtMs' | 'passedAtMs' | 'failedAtMs', direction: 1 | -1) =>
    fc.assert(
      fc.property(
        someEvidence,
        someCourses,
        someSpans,
        fc.constantFrom(...IDS),
        someDays,
        (evidence, courses, spans, courseId, days) => {
          const without = courses.map((c) => (c.courseId === courseId ? { ...c, [field]: null } : c));
          const withIt = courses.map((c) => (c.courseId === courseId ? { ...c, [field]: daysAgo(days) } : c));
          const change = levelOf(evidence, withIt, spans) - levelOf(evidence, without, spans);
          expect(direction * change).toBeGreaterThanOrEqual(-ROUNDING);
        },
      ),
      { numRuns: 5_000 },
    );

  test('a completion never lowers the level, whenever it happened', () => withSign('completedAtMs', 1));
  test('a pass never lowers the level, whenever it happened', () => withSign('passedAtMs', 1));
  test('a fail never raises the level, whenever it happened', () => withSign('failedAtMs', -1));

  test('a pass is believed more than a completion', () => {
    fc.assert(
      fc.property(someEvidence, someSpans, someDays, (evidence, spans, days) => {
        const completed = combined(evidence, [aCourse('a', { completedAtMs: daysAgo(days) })], spans);
        const passed = combined(evidence, [aCourse('a', { passedAtMs: daysAgo(days) })], spans);
        expect(passed.level).toBeGreaterThanOrEqual(completed.level - ROUNDING);
        expect(passed.confidence).toBeGreaterThan(completed.confidence);
      }),
    );
  });

  test('the same rating given anew makes the level surer', () => {
    fc.assert(
      fc.property(
        someEvidence,
        someCourses,
        someSpans,
        fc.tuple(unit, fc.double({ min: 0.1, max: 1, noNaN: true }), fc.integer({ min: 1, max: 1_500 })),
        (evidence, courses, spans, [level, confidence, days]) => {
          const others = evidence.filter(({ source }) => source !== 'MANAGER');
          const old = combined([...others, aRating('MANAGER', level, confidence, days)], courses, spans);
          const anew = combined([...others, aRating('MANAGER', level, confidence, 0)], courses, spans);
          expect(anew.confidence).toBeGreaterThan(old.confidence);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('time alone takes confidence and leaves the level', () => {
    fc.assert(
      fc.property(someEvidence, someCourses, someSpans, fc.integer({ min: 1, max: 900 }), (...known) => {
        const [evidence, courses, spans, days] = known;
        fc.pre(evidence.some(({ confidence }) => confidence > 0.01));
        const today = combined(evidence, courses, spans);
        const later = combined(evidence, courses, spans, NOW_MS + days * DAY_MS);
        expect(later.level).toBe(today.level);
        expect(later.confidence).toBeLessThan(today.confidence);
      }),
    );
  });
});
