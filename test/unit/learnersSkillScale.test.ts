import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planEvidence, type SkillEvidenceInput } from '../../src/learners/learnerPlan.js';
import { levelOnScale } from '../../src/learners/skillScale.js';

const levelOf = (scale: string, value: string) => {
  const reading = levelOnScale(scale, value);
  return reading.kind === 'LEVEL' ? reading.level : reading.kind;
};

describe('a value on a scale', () => {
  test.each([
    ['1-5', '1', 0],
    ['1-5', '4', 0.75],
    ['1-5', '5', 1],
    [' 1 – 5 ', '4.5', 0.875],
    ['0-100', '37', 0.37],
    ['-2-2', '-1', 0.25],
    ['6-1', '1', 1],
    ['6-1', '6', 0],
    ['A1-C2', 'A1', 1 / 6],
    ['a1-c2', 'b2', 4 / 6],
    ['A1-B2', 'B2', 4 / 6],
    ['novice|competent|expert', 'novice', 0],
    ['novice | competent | expert', 'Competent', 0.5],
    ['novice|competent|expert', 'expert', 1],
  ])('on %j is for %j the level %d', (scale, value, level) => {
    expect(levelOf(scale, value)).toBeCloseTo(level, 12);
    expect(Object.is(levelOf(scale, value), -0)).toBe(false);
  });

  test.each([
    ['1-5', '0', 'NOT_ON_SCALE'],
    ['1-5', '6', 'NOT_ON_SCALE'],
    ['1-5', 'four', 'NOT_ON_SCALE'],
    ['1-5', '', 'NOT_ON_SCALE'],
    ['1-5', '0x3', 'NOT_ON_SCALE'],
    ['A1-B2', 'C1', 'NOT_ON_SCALE'],
    ['A1-C2', '3', 'NOT_ON_SCALE'],
    ['novice|expert', 'master', 'NOT_ON_SCALE'],
    ['5-5', '5', 'UNKNOWN_SCALE'],
    ['C2-A1', 'B1', 'UNKNOWN_SCALE'],
    ['good|Good', 'good', 'UNKNOWN_SCALE'],
    ['good||bad', 'good', 'UNKNOWN_SCALE'],
    ['stars', '***', 'UNKNOWN_SCALE'],
  ])('on %j is for %j none', (scale, value, kind) => {
    expect(levelOf(scale, value)).toBe(kind);
  });

  test('is a share for every number on a scale, and grows towards its end', () => {
    const mark = fc.integer({ min: -50, max: 50 });
    fc.assert(
      fc.property(mark, mark, fc.double({ min: 0, max: 1, noNaN: true }), (lowest, highest, share) => {
        fc.pre(lowest !== highest);
        const value = Math.round(lowest + share * (highest - lowest));
        const level = levelOf(`${lowest}-${highest}`, String(value));
        expect(level).toBeCloseTo((value - lowest) / (highest - lowest), 9);
      }),
    );
  });
});

describe('evidence', () => {
  const NOW = new Date('2026-06-01T12:00:00Z');
  const planned = (stated: Partial<SkillEvidenceInput>) =>
    planEvidence([{ learnerId: 'e', skillId: 's', source: 'MANAGER', ...stated }], new Set(['e']), new Set(['s']), NOW);
  const faultsOf = (stated: Partial<SkillEvidenceInput>) => planned(stated).errors.map(({ path }) => path.join('.'));

  test('without a level has the one that its scale says, and keeps the scale', () => {
    expect(planned({ scale: '1-5', scaleValue: '4' }).accepted).toMatchObject([
      { level: 0.75, scale: '1-5', scaleValue: '4' },
    ]);
    expect(planned({ level: null, scale: 'A1-C2', scaleValue: 'B1' }).accepted).toMatchObject([{ level: 0.5 }]);
  });

  test('with both has the level as given, within one mark of the scale', () => {
    expect(planned({ level: 0.8, scale: '1-5', scaleValue: '4' }).accepted).toMatchObject([
      { level: 0.8, scale: '1-5', scaleValue: '4' },
    ]);
    expect(faultsOf({ level: 1, scale: '1-5', scaleValue: '4' })).toEqual([]);
    expect(faultsOf({ level: 0.3, scale: '1-5', scaleValue: '4' })).toEqual(['level']);
    expect(faultsOf({ level: 0.3, scale: '0-100', scaleValue: '40' })).toEqual(['level']);
    expect(planned({ level: 0.3, scale: '1-5', scaleValue: '4' }).errors[0]?.message).toBe(
      'level 0.3 is far from 0.75, the level of "4" on the scale "1-5"; mend one of them, or leave level out',
    );
    expect(planned({ level: 0.3, scale: 'stars', scaleValue: '***' }).accepted).toMatchObject([{ level: 0.3 }]);
  });

  test('that says no level names the field that is missing or cannot be read', () => {
    expect(faultsOf({})).toEqual(['level']);
    expect(faultsOf({ level: null, scale: null, scaleValue: null })).toEqual(['level']);
    expect(faultsOf({ scale: '1-5' })).toEqual(['scaleValue']);
    expect(faultsOf({ scaleValue: '4' })).toEqual(['scale']);
    expect(faultsOf({ scale: 'stars', scaleValue: '***' })).toEqual(['scale']);
    expect(faultsOf({ scale: '1-5', scaleValue: '9' })).toEqual(['scaleValue']);
    expect(planned({ scale: '1-5', scaleValue: '9' }).errors[0]?.message).toBe(
      'scaleValue is not a number from 1 to 5',
    );
  });
});
