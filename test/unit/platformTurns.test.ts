import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ownTurn } from '../../src/platform/turns/turns.js';

describe('pieces of work that are asked for at once', () => {
  test('begin in the order in which they asked, with turns of the event loop for others in between', async () => {
    let turns = 0;
    let isOver = false;
    const counting = (async () => {
      while (!isOver) {
        await nextTurn();
        turns += 1;
      }
    })();
    const begun: (readonly [piece: number, turn: number])[] = [];
    await Promise.all(
      [0, 1, 2, 3].map(async (piece) => {
        await ownTurn();
        begun.push([piece, turns]);
      }),
    );
    isOver = true;
    await counting;
    expect(begun.map(([piece]) => piece)).toEqual([0, 1, 2, 3]);
    const between = begun.slice(1).map(([, turn], i) => turn - (begun[i]?.[1] ?? 0));
    expect(Math.min(...between)).toBeGreaterThanOrEqual(3);
  });

  test('one alone begins at once, and so does the next when the first is over for a while', async () => {
    for (let i = 0; i < 2; i += 1) {
      for (let turn = 0; turn < 8; turn += 1) await nextTurn();
      let turns = 0;
      const counted = nextTurn().then(() => {
        turns += 1;
      });
      await ownTurn();
      expect(turns).toBe(0);
      await counted;
    }
  });
});
