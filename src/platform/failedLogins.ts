import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { TokenBuckets } from './tokenBuckets.js';

/** Failures that an address may have at once, and how many more a second. */
const FAILURES = { capacity: 30, refillPerSecond: 0.5 } as const;
/** Credentials that let somebody in lately, kept as hashes. */
const MOST_PROVEN = 10_000;

/**
 * Slows down whoever tries keys and tokens that are not good. Addresses are shared, by the people behind one gateway for
 * instance: a credential that was good before is looked at however many others fail beside it.
 */
export class FailedLogins {
  readonly #failures: TokenBuckets;
  /** In the order in which they were last good. */
  readonly #proven = new Set<string>();

  constructor(now?: () => number) {
    this.#failures = new TokenBuckets(FAILURES, now);
  }

  /** In how many milliseconds this credential from this address will be looked at; 0: now. */
  waitMs(address: string, credential: string): number {
    const waitMs = this.#failures.waitMs(address, 1);
    return waitMs > 0 && this.#proven.has(hashOf(credential)) ? 0 : waitMs;
  }

  failed(address: string, credential: string): void {
    this.#failures.take(address, 1);
    this.#proven.delete(hashOf(credential));
  }

  succeeded(credential: string): void {
    const hash = hashOf(credential);
    this.#proven.delete(hash);
    if (this.#proven.size >= MOST_PROVEN) {
      const oldest = this.#proven.values().next().value;
      if (oldest !== undefined) this.#proven.delete(oldest);
    }
    this.#proven.add(hash);
  }
}

const hashOf = (credential: string): string => createHash('sha256').update(credential).digest('base64');

/**
 * Where a request comes from, as far as it can be believed: what a client writes into `X-Forwarded-For` stands in front of
 * what the proxies add, so with n proxies the n-th from the end is the client's. Of an IPv6 address the network, since one
 * customer has all of it.
 *
 * @param proxyHops proxies in front of the service; 0: clients connect directly
 */
export function addressOf(request: IncomingMessage, proxyHops: number): string {
  const direct = request.socket.remoteAddress ?? 'unknown';
  if (proxyHops === 0) return networkOf(direct);
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
  return networkOf(forwarded.at(-proxyHops)?.trim() || direct);
}

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address.slice(0, 64);
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::`;
}
