import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Admission, type RefusedWhy, type Release } from '../../src/platform/http/admission.js';
import { LEAST_LIMIT, LEAST_LIMIT_OF_FAST, nextLimit } from '../../src/platform/http/concurrencyLimit.js';

describe('how many may run at once', () => {
  const fast = { medianMs: 20, lagMs: 2, wasFull: true };

  test('one more while all places are taken and answers are fast, a fifth fewer when they become slow', () => {
    expect(nextLimit(40, fast, 200)).toBe(41);
    expect(nextLimit(40, { ...fast, medianMs: 130 }, 200)).toBe(32);
    expect(nextLimit(40, { ...fast, lagMs: 25 }, 200)).toBe(32);
  });

  test('a late event loop alone leaves enough for fast operations to keep the processor busy', () => {
    const late = { ...fast, lagMs: 200 };
    expect(nextLimit(LEAST_LIMIT_OF_FAST + 1, late, 200)).toBe(LEAST_LIMIT_OF_FAST);
    expect(nextLimit(LEAST_LIMIT_OF_FAST, late, 200)).toBeGreaterThanOrEqual(LEAST_LIMIT_OF_FAST);
    expect(nextLimit(LEAST_LIMIT_OF_FAST, { ...late, medianMs: 500 }, 200)).toBeLessThan(LEAST_LIMIT_OF_FAST);
    expect(nextLimit(LEAST_LIMIT, late, 200)).toBe(LEAST_LIMIT + 1);
  });

  test('a few slow operations in an idle service do not close the door on others', () => {
    expect(nextLimit(40, { medianMs: 5_000, lagMs: 500, wasFull: false }, 200)).toBe(40);
  });

  test('a stretch in which nothing ended changes nothing for the worse', () => {
    expect(nextLimit(40, { ...fast, medianMs: Number.NaN }, 200)).toBe(41);
  });

  test('it stays between the least and the most, and a most below the least binds', () => {
    const window = fc.record({
      medianMs: fc.double({ min: 0, max: 10_000, noNaN: true }),
      lagMs: fc.double({ min: -5, max: 1_000, noNaN: true }),
      wasFull: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(window, { maxLength: 100 }), (most, windows) => {
        let limit = Math.min(32, most);
        for (const seen of windows) limit = nextLimit(limit, seen, most);
        expect(limit).toBeLessThanOrEqual(most);
        expect(limit).toBeGreaterThanOrEqual(Math.min(LEAST_LIMIT, most));
      }),
    );
  });
});

describe('places', () => {
  const here = () => new AbortController().signal;

  function admissionOf(most: number) {
    const refused: RefusedWhy[] = [];
    return { admission: new Admission(most, (why) => refused.push(why)), refused };
  }

  test('are given in the order of arrival', async () => {
    const { admission } = admissionOf(2);
    const [release, other] = [await admission.enter(here()), await admission.enter(here())];
    const order: string[] = [];
    const waits = ['first', 'second'].map((name) =>
      admission.enter(here()).then((next) => {
        order.push(name);
        next();
      }),
    );
    release();
    await Promise.all(waits);
    other();
    expect(order).toEqual(['first', 'second']);
    await admission.idle();
    expect(admission.running).toBe(0);
  });

  test('that do not come free within a moment are refused, and a crowd at once', async () => {
    const { admission, refused } = admissionOf(1);
    const release = await admission.enter(here());
    const started = performance.now();
    const waiting = Promise.allSettled([admission.enter(here())]);
    await sleep(0);
    // Only as many may wait as run at most.
    await expect(admission.enter(here())).rejects.toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(() => admission.refuseWhenFull()).toThrow('Too many requests at once');
    expect(refused).toEqual(['full', 'full']);
    const [waited] = await waiting;
    expect(waited).toMatchObject({ status: 'rejected', reason: { status: 503, headers: { 'retry-after': '1' } } });
    expect(performance.now() - started).toBeGreaterThan(200);
    expect(refused).toEqual(['full', 'full', 'waited']);
    // Others were refused just now: it is no burst any more.
    const later = performance.now();
    await expect(admission.enter(here())).rejects.toMatchObject({ status: 503 });
    expect(performance.now() - later).toBeLessThan(200);
    release();
    (await admission.enter(here()))();
  });

  test('are waited for by as many as will have one in time, by how fast they come free while all are taken', async () => {
    let nowMs = 0;
    const refused: RefusedWhy[] = [];
    const admission = new Admission(
      20,
      (why) => refused.push(why),
      () => nowMs,
    );
    const held: Release[] = [];
    for (let place = 1; place < 20; place++) held.push(await admission.enter(here()));
    // One comes free each 12 ms, with as long in between in which nobody asks.
    for (let ended = 0; ended < 12; ended++) {
      const release = await admission.enter(here());
      nowMs += 12;
      release();
      nowMs += 12;
    }
    admission.tick(0);
    while (admission.running < admission.limit) held.push(await admission.enter(here()));
    const served: Promise<void>[] = [];
    const wait = () => served.push(admission.enter(here()).then((release) => release()));
    // Twenty come free in the longest wait of a burst: half of them are let wait.
    while (!admission.isFull) wait();
    expect(served).toHaveLength(10);
    expect(refused).toEqual([]);
    await expect(admission.enter(here())).rejects.toMatchObject({ status: 503 });
    for (const release of held.splice(0)) release();
    await Promise.all(served);
    expect(admission.running).toBe(0);

    // Somebody was refused just now: whoever came second would be told after 25 ms that there is none.
    while (admission.running < admission.limit) held.push(await admission.enter(here()));
    wait();
    expect(admission.isFull).toBe(true);
    nowMs += 1_000;
    expect(admission.isFull).toBe(false);
    for (const release of held) release();
    await Promise.all(served);
    expect(refused).toEqual(['full']);
  });

  test('are not given to clients that have gone', async () => {
    const { admission, refused } = admissionOf(1);
    const release = await admission.enter(here());
    const client = new AbortController();
    const waiting = admission.enter(client.signal);
    client.abort();
    await expect(waiting).rejects.toMatchObject({ status: 400 });
    expect(refused).toEqual(['gone']);
    await expect(admission.enter(client.signal)).rejects.toMatchObject({ status: 400 });
    release();
    expect(admission.running).toBe(0);
  });

  test('given back twice count once', async () => {
    const { admission } = admissionOf(2);
    const first = await admission.enter(here());
    await admission.enter(here());
    first();
    first();
    expect(admission.running).toBe(1);
  });

  test('become fewer while the event loop is late and all are taken, and more again afterwards', async () => {
    let nowMs = 0;
    const admission = new Admission(
      200,
      () => {},
      () => nowMs,
    );
    const crowd = async (durationMs: number, lagMs: number) => {
      const releases = await Promise.all(Array.from({ length: admission.limit }, () => admission.enter(here())));
      nowMs += durationMs;
      for (const release of releases) release();
      nowMs += 100;
      admission.tick(lagMs);
    };
    expect(admission.limit).toBe(32);
    await crowd(20, 60);
    expect(admission.limit).toBe(25);
    for (let i = 0; i < 20; i += 1) await crowd(300, 0);
    expect(admission.limit).toBe(LEAST_LIMIT);
    for (let i = 0; i < 10; i += 1) await crowd(20, 0);
    expect(admission.limit).toBeGreaterThan(LEAST_LIMIT);
  });
});
