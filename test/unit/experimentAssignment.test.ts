import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Assigning, assign, takesPart, variantAt } from '../../src/experiments/assignment.js';
import { saltedDraw } from '../../src/platform/saltedDraw.js';
import { isHeldOut } from '../../src/rules/applying/holdout.js';
import { gammaCdf } from '../../src/stats/gamma.js';
import { aPerson, aRule } from '../support/ruleBuilders.js';

const NOW_MS = Date.UTC(2026, 5, 1);
const EVERYBODY = aRule('r', { kind: 'EXCLUDE' }).audience;
const anExperiment = (change: Partial<Assigning> = {}): Assigning => ({
  ...{ salt: 'salt', unit: 'LEARNER', audience: EVERYBODY, sharePercent: 100 },
  variants: [{ weight: 1 }, { weight: 1 }],
  ...change,
});
const people = (count: number) => Array.from({ length: count }, (_, i) => `e-${i}`);
const salts = fc.string({ minLength: 1, maxLength: 32 });

/** Upper tail of χ². */
const tail = (statistic: number, degrees: number): number => 1 - gammaCdf(statistic / 2, degrees / 2);

describe('a salted draw', () => {
  test('is the first 48 bits of the SHA-256 of salt and id', () => {
    // printf 'abc:e-1' | sha256sum begins with these twelve digits.
    expect(saltedDraw('abc', 'e-1')).toBe(0xfb56304840e0 / 2 ** 48);
  });

  test('is uniform over ids, whatever the salt', () => {
    const [cells, count] = [20, 4_000];
    const pValues = Array.from({ length: 20 }, (_, salt) => {
      const counts = new Array<number>(cells).fill(0);
      for (const id of people(count)) {
        const cell = Math.floor(saltedDraw(`s${salt}`, id) * cells);
        counts[cell] = (counts[cell] ?? 0) + 1;
      }
      const expected = count / cells;
      return tail(
        counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0),
        cells - 1,
      );
    });
    // Of twenty uniform p-values the least is below 0.0001 once in 500 times; these are the same at every run.
    expect(Math.min(...pValues)).toBeGreaterThan(0.0001);
    expect(pValues.filter((p) => p < 0.5).length).toBeGreaterThan(3);
    expect(pValues.filter((p) => p < 0.5).length).toBeLessThan(17);
  });
});

describe('who gets which variant', () => {
  test('is drawn in the planned shares, within five standard errors', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(salts, weights, (salt, drawn) => {
        const [variants, count] = [drawn.map((weight) => ({ weight })), 2_000];
        const total = drawn.reduce((sum, weight) => sum + weight, 0);
        const counts = drawn.map(() => 0);
        for (const id of people(count)) {
          const i = variantAt(salt, id, variants);
          counts[i] = (counts[i] ?? 0) + 1;
        }
        drawn.forEach((weight, i) => {
          const share = weight / total;
          const error = Math.sqrt((share * (1 - share)) / count);
          expect(Math.abs((counts[i] ?? 0) / count - share)).toBeLessThan(5 * error);
        });
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  test('is independent of who takes part, and of the other experiments', () => {
    fc.assert(
      fc.property(salts, salts, (one, other) => {
        fc.pre(one !== other);
        const [variants, count] = [anExperiment().variants, 2_000];
        for (const isIn of [
          (id: string) => variantAt(other, id, variants) === 0,
          (id: string) => takesPart(one, id, 50),
        ]) {
          const cells = [0, 0, 0, 0];
          for (const id of people(count)) {
            const cell = variantAt(one, id, variants) * 2 + Number(isIn(id));
            cells[cell] = (cells[cell] ?? 0) + 1;
          }
          const [a = 0, b = 0, c = 0, d = 0] = cells;
          const statistic = (count * (a * d - b * c) ** 2) / ((a + b) * (c + d) * (a + c) * (b + d));
          expect(tail(statistic, 1)).toBeGreaterThan(1e-5);
        }
      }),
      { numRuns: 8, seed: 2 },
    );
  });

  test('stays the same when people come and when more of them take part', () => {
    fc.assert(
      fc.property(
        salts,
        fc.string({ minLength: 1 }),
        fc.double({ min: 0.1, max: 99, noNaN: true }),
        (salt, id, share) => {
          const [few, all] = [share, 100].map((sharePercent) =>
            assign(anExperiment({ salt, sharePercent }), aPerson({ learnerId: id }), 0, NOW_MS),
          );
          expect(all).not.toBeNull();
          if (few !== null) expect(few).toEqual(all);
        },
      ),
      { seed: 3 },
    );
  });

  test('is the same for all of a department where departments are drawn, and nothing without one', () => {
    const teams = anExperiment({ unit: 'TEAM' });
    const of = (learnerId: string, department: string | null) =>
      assign(teams, aPerson({ learnerId, department }), 0, NOW_MS);
    const sales = people(20).map((id) => of(id, 'Sales'));
    expect(sales[0]?.unitId).toBe('Sales');
    expect(new Set(sales.map((one) => one?.variantIndex)).size).toBe(1);
    expect(of('e-1', null)).toBeNull();
  });

  test('leaves out whoever is held out, opted out, or not in the audience', () => {
    const ids = people(500);
    const part = (id: string, holdoutPercent: number) =>
      assign(anExperiment(), aPerson({ learnerId: id }), holdoutPercent, NOW_MS);
    expect(ids.filter((id) => part(id, 10) === null)).toEqual(ids.filter((id) => isHeldOut(id, 10)));
    expect(ids.filter((id) => isHeldOut(id, 10)).length).toBeGreaterThan(20);
    expect(assign(anExperiment(), aPerson({ isPersonal: false }), 0, NOW_MS)).toBeNull();
    const legal = anExperiment({ audience: { ...EVERYBODY, departments: ['Legal'] } });
    expect(assign(legal, aPerson({ department: 'Sales' }), 0, NOW_MS)).toBeNull();
    expect(assign(legal, aPerson({ department: 'Legal' }), 0, NOW_MS)).not.toBeNull();
  });
});
