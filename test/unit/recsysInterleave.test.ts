import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { teamDraft } from '../../src/recsys/interleave.js';

/** Tosses these, then heads for ever. */
const coins = (...tosses: readonly boolean[]) => {
  let next = 0;
  return () => tosses[next++] ?? true;
};
const rankings = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 20 });

describe('team draft', () => {
  test('draws by turns: whoever is behind gives its best that is not there yet, and a coin says who begins a round', () => {
    const [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5];
    const [first, second] = [
      [a, b, c, d],
      [b, e, a, f],
    ];
    const secondBegins = teamDraft(first, second, 6, coins(false, false, false));
    expect([secondBegins.items, [...secondBegins.teams]]).toEqual([
      [b, a, e, c, f, d],
      [1, 0, 1, 0, 1, 0],
    ]);
    const firstBegins = teamDraft(first, second, 4, coins(true, false));
    expect([firstBegins.items, [...firstBegins.teams]]).toEqual([
      [a, b, e, c],
      [0, 1, 1, 0],
    ]);
  });

  test('gives everything once, to either list in turn, and goes no further into a list than it is long', () => {
    fc.assert(
      fc.property(rankings, rankings, fc.infiniteStream(fc.boolean()), fc.nat(40), (first, second, tosses, length) => {
        const { items, teams } = teamDraft(first, second, length, () => tosses.next().value === true);
        expect(items.length).toBe(Math.min(length, new Set([...first, ...second]).size));
        expect(new Set(items).size).toBe(items.length);
        items.forEach((item, i) => {
          const ranking = teams[i] === 0 ? first : second;
          expect(ranking.indexOf(item)).toBeLessThanOrEqual(i);
          expect(ranking).toContain(item);
        });
        // As long as both have something left to give, neither is more than one ahead.
        const hasMore = (ranking: readonly number[], given: readonly number[]) =>
          ranking.some((i) => !given.includes(i));
        items.forEach((_, i) => {
          const before = items.slice(0, i);
          if (!hasMore(first, before) || !hasMore(second, before)) return;
          const given = [...teams].slice(0, i + 1);
          const seconds = given.filter((team) => team === 1).length;
          expect(Math.abs(given.length - 2 * seconds)).toBeLessThanOrEqual(1);
        });
      }),
      { seed: 4 },
    );
  });

  test('credits each of two equal lists with half of every place', () => {
    const list = Array.from({ length: 10 }, (_, i) => i);
    const rounds = 4_000;
    let seed = 1;
    const coin = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed >>> 31 === 1;
    };
    const firsts = list.map(() => 0);
    for (let round = 0; round < rounds; round++) {
      teamDraft(list, list, 10, coin).teams.forEach((team, i) => {
        if (team === 0) firsts[i] = (firsts[i] ?? 0) + 1;
      });
    }
    for (const count of firsts) expect(Math.abs(count / rounds - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / rounds));
  });
});
