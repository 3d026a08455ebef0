import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallerRates } from '../../src/platform/callerRates.js';
import { addressOf, FailedLogins } from '../../src/platform/failedLogins.js';
import { TokenBuckets } from '../../src/platform/tokenBuckets.js';

describe('a bucket of tokens', () => {
  test('is full at first, refills at a steady pace, and says when there will be enough', () => {
    let nowMs = 0;
    const buckets = new TokenBuckets({ capacity: 10, refillPerSecond: 2 }, () => nowMs);
    expect(buckets.take('a', 8)).toBe(0);
    expect(buckets.take('a', 4)).toBe(1_000);
    expect(buckets.take('b', 10)).toBe(0);
    nowMs = 999;
    expect(buckets.waitMs('a', 4)).toBe(1);
    nowMs = 1_000;
    expect(buckets.waitMs('a', 4)).toBe(0);
    expect(buckets.take('a', 4)).toBe(0);
    expect(buckets.waitMs('a', 1)).toBe(500);
  });

  test('never holds more than its capacity, and what is larger than that waits for a full one', () => {
    let nowMs = 0;
    const buckets = new TokenBuckets({ capacity: 10, refillPerSecond: 1 }, () => nowMs);
    expect(buckets.take('a', 1_000)).toBe(0);
    nowMs = 3_600_000;
    expect(buckets.take('a', 1_000)).toBe(0);
    expect(buckets.take('a', 1)).toBe(1_000);
  });

  test('gives out at most its capacity and its refill, whoever asks when and for how much', () => {
    const asked = fc.array(fc.record({ afterMs: fc.nat(2_000), tokens: fc.nat(30) }), { maxLength: 200 });
    fc.assert(
      fc.property(asked, (requests) => {
        let nowMs = 0;
        let given = 0;
        const buckets = new TokenBuckets({ capacity: 20, refillPerSecond: 5 }, () => nowMs);
        for (const { afterMs, tokens } of requests) {
          nowMs += afterMs;
          if (buckets.take('a', tokens) === 0) given += Math.min(tokens, 20);
        }
        expect(given).toBeLessThanOrEqual(20 + (nowMs * 5) / 1_000 + 1e-6);
      }),
    );
  });
});

describe('what callers may ask for', () => {
  const ann = { kind: 'PERSON', learnerId: 'ann', roles: ['LEARNER'] } as const;
  const portal = { kind: 'KEY', keyId: 'ann', role: 'PORTAL', scopes: ['RECOMMEND'] } as const;

  test('is counted for each key and each person alone', () => {
    const rates = new CallerRates({ costPerSecondOfKey: 1_000_000, costPerSecondOfPerson: 10_000 }, () => 0);
    for (let i = 0; i < 3; i += 1) expect(rates.charge(ann, 50_000)).toBe(0);
    // 200,000 at once, of which each took 20 more for the request itself.
    expect(rates.charge(ann, 50_000)).toBe(8);
    expect(rates.charge(portal, 50_000)).toBe(0);
    expect(rates.charge({ ...ann, learnerId: 'bob' }, 50_000)).toBe(0);
  });

  test('however slow its pace, two of the costliest operations may be asked for at once', () => {
    const rates = new CallerRates({ costPerSecondOfKey: null, costPerSecondOfPerson: 1 }, () => 0);
    expect(rates.waitMs(ann)).toBe(0);
    expect(rates.charge(ann, 49_980)).toBe(0);
    expect(rates.charge(ann, 49_980)).toBe(0);
    expect(rates.waitMs(ann)).toBe(20_000);
    for (let i = 0; i < 100; i += 1) expect(rates.charge(portal, 50_000)).toBe(0);
  });
});

describe('keys and tokens that are refused', () => {
  test('make their address wait, but not credentials that were good before', () => {
    let nowMs = 0;
    const logins = new FailedLogins(() => nowMs);
    logins.succeeded('Bearer good');
    for (let i = 0; i < 30; i += 1) {
      expect(logins.waitMs('192.0.2.1', `Bearer ${i}`)).toBe(0);
      logins.failed('192.0.2.1', `Bearer ${i}`);
    }
    expect(logins.waitMs('192.0.2.1', 'Bearer next')).toBe(2_000);
    expect(logins.waitMs('192.0.2.1', 'Bearer good')).toBe(0);
    expect(logins.waitMs('192.0.2.2', 'Bearer next')).toBe(0);
    nowMs = 2_000;
    expect(logins.waitMs('192.0.2.1', 'Bearer next')).toBe(0);
    logins.failed('192.0.2.1', 'Bearer good');
    expect(logins.waitMs('192.0.2.1', 'Bearer good')).toBe(2_000);
  });

  test('count for the address that the outermost trusted proxy saw, and for a whole IPv6 network', () => {
    const from = (remoteAddress: string, forwarded?: string) =>
      ({
        socket: { remoteAddress },
        headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      }) as unknown as IncomingMessage;
    expect(addressOf(from('::ffff:192.0.2.9', '198.51.100.1'), 0)).toBe('192.0.2.9');
    expect(addressOf(from('10.0.0.1', 'made up, 198.51.100.1'), 1)).toBe('198.51.100.1');
    expect(addressOf(from('10.0.0.1', 'made up, 198.51.100.1, 10.0.0.2'), 2)).toBe('198.51.100.1');
    expect(addressOf(from('10.0.0.1'), 1)).toBe('10.0.0.1');
    expect(addressOf(from('2001:db8:1:2:3:4:5:6'), 0)).toBe('2001:db8:1:2::');
    expect(addressOf(from('2001:db8::1'), 0)).toBe('2001:db8:0:0::');
  });
});
