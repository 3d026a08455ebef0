import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { BatchedCalls, MOST_AT_ONCE } from '../../src/platform/turns/batchedCalls.js';
import { isCrowded, ownTurn } from '../../src/platform/turns/turns.js';

/** Calls that answer with what they were asked, and the batches they came in. */
function echoing(
  answer: (asked: readonly number[]) => Promise<readonly string[]> = async (asked) => asked.map(String),
) {
  const batches: (readonly number[])[] = [];
  const calls = new BatchedCalls<number, string>(async (asked) => {
    batches.push(asked);
    return await answer(asked);
  });
  return { calls, batches };
}

/** So many pieces of work that wait for their turn; ends when each has had its own. */
const crowdOf = (pieces: number): Promise<unknown> => Promise.all(Array.from({ length: pieces }, () => ownTurn()));

describe('calls that are put together', () => {
  test('go at once, and each by itself, while nothing waits for its turn', async () => {
    const { calls, batches } = echoing();
    const answers = [1, 2, 3].map((asked) => calls.call(asked));
    expect(batches).toEqual([[1], [2], [3]]);
    expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
  });

  test('go together while something does, and when it has had its turn at the latest', async () => {
    // However slow the machine, it is not the longest wait that ends this one.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { calls, batches } = echoing();
    const crowd = crowdOf(3);
    const answers = [1, 2].map((asked) => calls.call(asked));
    expect([isCrowded(), batches]).toEqual([true, []]);
    await crowd;
    // The last piece itself leads to one more.
    answers.push(calls.call(3));
    expect(await Promise.all(answers)).toEqual(['1', '2', '3']);
    expect(batches).toEqual([[1, 2, 3]]);
    expect(isCrowded()).toBe(false);
  });

  test('are sent when there is nothing to add to them', async () => {
    const { calls, batches } = echoing();
    const crowd = crowdOf(2);
    expect(await calls.call(1)).toBe('1');
    await crowd;
    expect(batches).toEqual([[1]]);
  });

  test('are no more at once than one batch takes', async () => {
    const { calls, batches } = echoing();
    const crowd = crowdOf(2);
    const asked = Array.from({ length: MOST_AT_ONCE + 2 }, (_, i) => i);
    const answers = Promise.all(asked.map((each) => calls.call(each)));
    expect(batches).toEqual([asked.slice(0, MOST_AT_ONCE)]);
    expect(await answers).toEqual(asked.map(String));
    expect(batches.slice(1)).toEqual([asked.slice(MOST_AT_ONCE)]);
    await crowd;
  });

  test('wait only a moment, however long others wait for their turn', async () => {
    const { calls } = echoing();
    let isOver = false;
    // Whoever has had a turn asks for the next: there is always somebody waiting.
    const pieces = [0, 1, 2].map(async () => {
      while (!isOver) await ownTurn();
    });
    await nextTurn();
    expect(isCrowded()).toBe(true);
    const startMs = performance.now();
    const answered = calls.call(1).then(() => performance.now() - startMs);
    const waitedMs = await Promise.race([answered, sleep(5_000, Number.POSITIVE_INFINITY)]);
    isOver = true;
    await Promise.all(pieces);
    expect(waitedMs).toBeLessThan(5_000);
  });

  test('all fail with what one batch fails with, and those after it do not', async () => {
    const { calls } = echoing(async (asked) => {
      if (asked.includes(2)) throw new Error('away');
      return asked.map(String);
    });
    const crowd = crowdOf(2);
    const answers = await Promise.allSettled([1, 2].map((asked) => calls.call(asked)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await crowd;
    expect(await calls.call(3)).toBe('3');
  });
});
