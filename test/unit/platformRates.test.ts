import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Viewer } from '../../src/platform/access/access.js';
import { readConfig, shareOf } from '../../src/platform/config.js';
import { DomainError, TokenExpired } from '../../src/platform/errors.js';
import { GRAPHQL_LIMITS } from '../../src/platform/graphql/graphqlLimits.js';
import { CallerRates } from '../../src/platform/http/callerRates.js';
import { addressOf, FailedLogins } from '../../src/platform/http/failedLogins.js';
import { TokenBuckets } from '../../src/platform/http/tokenBuckets.js';

describe('a bucket of tokens', () => {
  test('is full at first, refills at a steady pace, and says when there will be enough', () => {
    let nowMs = 0;
    const buckets = new TokenBuckets({ capacity: 10, refillPerSecond: 2 }, () => nowMs);
    expect(buckets.take('a', 8)).toBe(0);
    expect(buckets.take('a', 4)).toBe(1_000);
    expect(buckets.take('b', 10)).toBe(0);
    nowMs = 999;
    expect(buckets.take('a', 4)).toBe(1);
    nowMs = 1_000;
    expect(buckets.take('a', 4)).toBe(0);
    expect(buckets.take('a', 1)).toBe(500);
  });

  test('takes back what was taken for nothing, and holds no more than before', () => {
    const buckets = new TokenBuckets({ capacity: 10, refillPerSecond: 2 }, () => 0);
    buckets.take('a', 9);
    buckets.putBack('a', 4);
    expect(buckets.take('a', 5)).toBe(0);
    expect(buckets.take('a', 1)).toBe(500);
    buckets.putBack('a', 100);
    expect(buckets.take('a', 10)).toBe(0);
    expect(buckets.take('a', 1)).toBe(500);
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

  const leastBurstCost = 100_000;

  test('is counted for each key and each person alone', () => {
    const options = { costPerSecondOfKey: 1_000_000, costPerSecondOfPerson: 10_000, leastBurstCost };
    const rates = new CallerRates(options, () => 0);
    for (let i = 0; i < 3; i += 1) {
      expect(rates.chargeRequest(ann)).toBe(0);
      expect(rates.charge(ann, 50_000)).toBe(0);
    }
    // 200,000 at once, of which each took 20 more for the request itself.
    expect(rates.charge(ann, 50_000)).toBe(6);
    expect(rates.charge(portal, 50_000)).toBe(0);
    expect(rates.charge({ ...ann, learnerId: 'bob' }, 50_000)).toBe(0);
  });

  test('however slow its pace, two of the costliest operations may be asked for at once', () => {
    const options = { costPerSecondOfKey: null, costPerSecondOfPerson: 1, leastBurstCost };
    const rates = new CallerRates(options, () => 0);
    for (let i = 0; i < 2; i += 1) {
      expect(rates.chargeRequest(ann)).toBe(0);
      expect(rates.charge(ann, 49_980)).toBe(0);
    }
    expect(rates.chargeRequest(ann)).toBe(20_000);
    for (let i = 0; i < 100; i += 1) expect(rates.charge(portal, 50_000)).toBe(0);
  });

  test.each([1, 2, 3, 8, 64])('whatever is allowed gets through a full bucket of one of %i workers', (workers) => {
    const env = { RATE_PER_KEY: '1', DATABASE_URL: 'postgres://localhost/x', WORKERS: String(workers) };
    const config = readConfig(env);
    const rates = new CallerRates(shareOf(config).http, () => 0);
    expect(rates.chargeRequest(portal)).toBe(0);
    expect(rates.charge(portal, GRAPHQL_LIMITS.cost)).toBe(0);
  });

  test('runs out by requests alone, even if every one of them is refused for something else', () => {
    const options = { costPerSecondOfKey: null, costPerSecondOfPerson: 1, leastBurstCost: 100 };
    const rates = new CallerRates(options, () => 0);
    for (let i = 0; i < 5; i += 1) expect(rates.chargeRequest(ann)).toBe(0);
    expect(rates.chargeRequest(ann)).toBeGreaterThan(0);
  });
});

describe('keys and tokens that are refused', () => {
  const key = (name: string) => `Bearer wmk_${name}`;
  const person: Viewer = { kind: 'PERSON', learnerId: 'ann', roles: ['LEARNER'] };
  const good = async () => person;
  const wrong = async () => {
    throw new DomainError('UNAUTHENTICATED', 'wrong');
  };
  const codeOf = (answer: Promise<Viewer>) =>
    answer.then(
      ({ kind }) => kind,
      ({ code }) => code,
    );

  test('make their address wait, but not keys that were good before', async () => {
    let nowMs = 0;
    const logins = new FailedLogins(() => nowMs);
    const attempt = (address: string, name: string, answer: () => Promise<Viewer>) =>
      codeOf(logins.guard(address, key(name), answer));
    expect(await attempt('192.0.2.1', 'good', good)).toBe('PERSON');
    for (let i = 0; i < 30; i += 1) expect(await attempt('192.0.2.1', String(i), wrong)).toBe('UNAUTHENTICATED');
    expect(await attempt('192.0.2.1', 'next', good)).toBe('RATE_LIMITED');
    expect(await attempt('192.0.2.1', 'good', good)).toBe('PERSON');
    expect(await attempt('192.0.2.2', 'next', good)).toBe('PERSON');
    nowMs = 2_000;
    expect(await attempt('192.0.2.1', 'other', good)).toBe('PERSON');
    expect(await attempt('192.0.2.1', 'good', wrong)).toBe('UNAUTHENTICATED');
    expect(await attempt('192.0.2.1', 'good', good)).toBe('RATE_LIMITED');
  });

  test('are no more in number when they are tried all at once', async () => {
    const logins = new FailedLogins(() => 0);
    let looked = 0;
    const lookUp = async () => {
      looked += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return await wrong();
    };
    await Promise.allSettled(Array.from({ length: 500 }, (_, i) => logins.guard('192.0.2.1', key(String(i)), lookUp)));
    expect(looked).toBe(30);
  });

  test('are one attempt where they come together, and a good one lets all in', async () => {
    const logins = new FailedLogins(() => 0);
    const together = async (name: string, answer: () => Promise<Viewer>) => {
      const slowly = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return await answer();
      };
      const attempts = Array.from({ length: 100 }, () => codeOf(logins.guard('192.0.2.1', key(name), slowly)));
      return [...new Set(await Promise.all(attempts))];
    };
    for (let i = 0; i < 29; i += 1) expect(await together(`wrong ${i}`, wrong)).toEqual(['UNAUTHENTICATED']);
    expect(await together('good', good)).toEqual(['PERSON']);
    expect(await together('wrong', wrong)).toEqual(['UNAUTHENTICATED']);
    expect(await together('another', good)).toEqual(['RATE_LIMITED']);
    expect(await together('good', good)).toEqual(['PERSON']);
  });

  test('never keep good tokens out, and a token that has expired is no attempt', async () => {
    const logins = new FailedLogins(() => 0);
    const expired = async () => {
      throw new TokenExpired();
    };
    const attempt = (answer: () => Promise<Viewer>) => codeOf(logins.guard('192.0.2.1', 'Bearer ey.token', answer));
    for (let i = 0; i < 100; i += 1) expect(await attempt(expired)).toBe('UNAUTHENTICATED');
    for (let i = 0; i < 30; i += 1) expect(await attempt(wrong)).toBe('UNAUTHENTICATED');
    expect(await attempt(wrong)).toBe('RATE_LIMITED');
    expect(await attempt(good)).toBe('PERSON');
  });

  test('are not those that could not be checked', async () => {
    const logins = new FailedLogins(() => 0);
    const away = async () => {
      throw new DomainError('UNAVAILABLE', 'away');
    };
    for (let i = 0; i < 100; i += 1) {
      expect(await codeOf(logins.guard('192.0.2.1', key('some'), away))).toBe('UNAVAILABLE');
    }
    expect(await codeOf(logins.guard('192.0.2.1', key('some'), good))).toBe('PERSON');
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
