import { describe, expect, test } from 'vitest';
import { preferenceCounts, toldPreference } from '../../src/insights/impact/preference/preference.js';
import { AudienceFigures, type AudienceShape } from '../../src/learners/fewPeople/audienceFigures.js';

const ALL: AudienceShape = {
  ...{ departments: [], roleIds: [], locations: [], languages: [], learnerIds: [] },
  ...{ hiredWithinDays: null, skillGap: null },
};
const figuresOf = (audience: Partial<AudienceShape>, seed = 0) =>
  new AudienceFigures({ ...ALL, ...audience }, Uint8Array.of(seed, seed >> 8));
const EVERYBODY = figuresOf({});

const list = (learnerId: string, teams: string, clicked: readonly number[]) => ({
  ...{ learnerId, clicked },
  isChallenger: Array.from(teams, (team) => team === 'T'),
});

describe('a preference', () => {
  test('is that of people over all of their lists, each of whom counts once', () => {
    expect(
      preferenceCounts([
        list('a', 'CTTC', [1, 2]),
        list('a', 'TCCT', [1]),
        list('b', 'TCCT', [1, 2, 0]),
        list('c', 'CT', [0, 1]),
        list('d', 'TC', [0]),
        list('d', 'CT', [0]),
        list('e', 'TC', [0, 0]),
      ]),
    ).toEqual({ challenger: 2, control: 1, ties: 2 });
  });

  test('is told where chance could not make it, of as many people as an effect is', () => {
    expect(toldPreference({ challenger: 89, control: 33, ties: 11 }, true, EVERYBODY)).toMatchObject({
      ...{ decided: 120, ties: 10, verdict: 'CHALLENGER' },
      challengerShare: { estimate: 0.75 },
    });
    expect(toldPreference({ challenger: 33, control: 89, ties: 0 }, true, EVERYBODY)).toMatchObject({
      ...{ ties: null, verdict: 'CONTROL' },
    });
    // Beyond chance by so little that it would hang on a few people.
    expect(toldPreference({ challenger: 83, control: 39, ties: 0 }, true, EVERYBODY).verdict).toBe('CANNOT_TELL');
    expect(toldPreference({ challenger: 66, control: 56, ties: 0 }, true, EVERYBODY).verdict).toBe('CANNOT_TELL');
    expect(toldPreference({ challenger: 99, control: 0, ties: 500 }, true, EVERYBODY)).toEqual({
      ...{ decided: 100, ties: 500, challengerShare: null, verdict: 'CANNOT_TELL' },
    });
  });

  test('is told of a chosen audience with a noise that its interval allows for, and never of people who are named', () => {
    const counts = { challenger: 150, control: 100, ties: 40 };
    const exact = toldPreference(counts, true, EVERYBODY).challengerShare;
    const shares = Array.from({ length: 60 }, (_, seed) =>
      toldPreference(counts, true, figuresOf({ departments: ['Sales'] }, seed)),
    );
    for (const { challengerShare } of shares) {
      expect(challengerShare?.low).toBeLessThanOrEqual(0.6);
      expect(challengerShare?.high).toBeGreaterThanOrEqual(0.6);
      const width = (one: typeof challengerShare) => (one?.high ?? 0) - (one?.low ?? 0);
      expect(width(challengerShare)).toBeGreaterThanOrEqual(width(exact) - 0.021);
    }
    expect(new Set(shares.map(({ challengerShare }) => challengerShare?.estimate)).size).toBeGreaterThan(1);
    expect(toldPreference(counts, true, figuresOf({ learnerIds: ['a'] }))).toEqual({
      ...{ decided: null, ties: null, challengerShare: null, verdict: 'CANNOT_TELL' },
    });
  });

  test('gets no verdict before the experiment has run as long as it was to', () => {
    const early = toldPreference({ challenger: 200, control: 10, ties: 0 }, false, EVERYBODY);
    expect(early.verdict).toBe('CANNOT_TELL');
    expect(early.challengerShare?.low).toBeGreaterThan(0.5);
  });
});
