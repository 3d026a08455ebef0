import { describe, expect, it } from 'vitest';
import { PlanningTurns } from '../../src/delivery/planningTurns.js';

/** Plans that begin when it is their turn, and end when told to. */
function planning() {
  const turns = new PlanningTurns();
  const begun: string[] = [];
  const enders = new Map<string, () => void>();
  const take = (name: string, scopes: readonly string[], signal = new AbortController().signal): Promise<string> =>
    turns.take(new Set(scopes), signal, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => enders.set(name, resolve));
      return name;
    });
  /** Lets everything go on that can. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string): Promise<void> => {
    enders.get(name)?.();
    await settle();
  };
  return { take, begun, end, settle };
}

describe('turns of planning', () => {
  it('come one after another for the same people, and at once for others', async () => {
    const { take, begun, end, settle } = planning();
    const all = [
      take('sales', ['ann', 'bob']),
      take('bob', ['bob']),
      take('cid', ['cid']),
      take('all', ['ann', 'cid']),
    ];
    await settle();
    expect(begun).toEqual(['sales', 'cid']);
    await end('sales');
    expect(begun).toEqual(['sales', 'cid', 'bob']);
    await end('cid');
    expect(begun).toEqual(['sales', 'cid', 'bob', 'all']);
    await end('bob');
    await end('all');
    expect(await Promise.all(all)).toEqual(['sales', 'bob', 'cid', 'all']);
  });

  it('are given up when nobody waits any more, and let nobody overtake', async () => {
    const { take, begun, end, settle } = planning();
    const gone = new AbortController();
    const first = take('first', ['ann']);
    const second = take('second', ['ann', 'bob'], gone.signal);
    const third = take('third', ['bob']);
    gone.abort();
    await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await settle();
    expect(begun).toEqual(['first']);
    await end('first');
    expect(begun).toEqual(['first', 'third']);
    await end('third');
    expect(await Promise.all([first, third])).toEqual(['first', 'third']);
    await expect(take('late', ['ann'], AbortSignal.abort())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(begun).toEqual(['first', 'third']);
  });

  it('are not held up by one that failed', async () => {
    const turns = new PlanningTurns();
    const { signal } = new AbortController();
    const failed = turns.take(new Set(['ann']), signal, async () => {
      throw new Error('no');
    });
    const next = turns.take(new Set(['ann']), signal, async () => 'next');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  it('are refused when too many wait', async () => {
    const { take, begun, end, settle } = planning();
    const waiting = Array.from({ length: 51 }, (_, i) => take(`${i}`, ['ann']));
    await settle();
    await expect(take('one too many', ['ann'])).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    const free = take('free', ['bob']);
    await settle();
    expect(begun).toEqual(['0', 'free']);
    await end('free');
    for (let i = 0; i < 51; i++) await end(`${i}`);
    expect((await Promise.all(waiting)).length).toBe(51);
    expect(await free).toBe('free');
  });
});
