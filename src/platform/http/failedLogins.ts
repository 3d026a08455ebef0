import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Viewer } from '../access/access.js';
import { API_KEY_PREFIX } from '../access/apiKeys.js';
import { DomainError, TokenExpired } from '../errors.js';
import { tooOften } from '../refusal.js';
import { TokenBuckets } from './tokenBuckets.js';

/** Failures that an address may have at once, and how many more a second. */
const FAILURES = { capacity: 30, refillPerSecond: 0.5 } as const;
/** Credentials that let somebody in lately, kept as hashes. */
const MOST_PROVEN = 10_000;

/**
 * Slows down whoever tries keys and tokens that are not good. Addresses are shared, by the people behind one gateway for
 * instance: a good token is let in however many others fail beside it, since looking at one takes arithmetic only, and so
 * is a key that was good before. Other keys have to be looked up: they are not, once too many have failed. What comes with
 * one of them while it is looked up waits for the answer, and counts as one attempt with it.
 */
export class FailedLogins {
  readonly #failures: TokenBuckets;
  /** In the order in which they were last good. */
  readonly #proven = new Set<string>();
  /** Keys that are being looked up for the first time, by hash. */
  readonly #lookups = new Map<string, Promise<Viewer>>();

  constructor(now?: () => number) {
    this.#failures = new TokenBuckets(FAILURES, now);
  }

  /**
   * What `authenticate` answers.
   *
   * @param credential undefined: none came
   * @throws Refusal when too many failed from there, besides what `authenticate` throws
   */
  async guard(address: string, credential: string | undefined, authenticate: () => Promise<Viewer>): Promise<Viewer> {
    if (credential === undefined) return await authenticate();
    const hash = isKey(credential) ? hashOf(credential) : null;
    if (hash !== null && !this.#proven.has(hash)) {
      const lookup = this.#lookups.get(hash);
      if (lookup === undefined) return await this.#lookUp(address, hash, authenticate);
      await lookup;
    }
    try {
      const viewer = await authenticate();
      if (hash !== null) this.#prove(hash);
      return viewer;
    } catch (error) {
      if (isWrong(error)) {
        if (hash !== null) this.#proven.delete(hash);
        this.#fail(address);
      }
      throw error;
    }
  }

  /** The attempt is counted before it is known whether it fails, so that many at once are no way around it. */
  async #lookUp(address: string, hash: string, authenticate: () => Promise<Viewer>): Promise<Viewer> {
    this.#fail(address);
    const lookup = authenticate();
    this.#lookups.set(hash, lookup);
    try {
      const viewer = await lookup;
      this.#failures.putBack(address, 1);
      this.#prove(hash);
      return viewer;
    } catch (error) {
      if (!isWrong(error)) this.#failures.putBack(address, 1);
      throw error;
    } finally {
      this.#lookups.delete(hash);
    }
  }

  #fail(address: string): void {
    const waitMs = this.#failures.take(address, 1);
    if (waitMs > 0) throw tooOften('Too many keys or tokens from this address were refused.', waitMs);
  }

  #prove(hash: string): void {
    this.#proven.delete(hash);
    if (this.#proven.size >= MOST_PROVEN) {
      const oldest = this.#proven.values().next().value;
      if (oldest !== undefined) this.#proven.delete(oldest);
    }
    this.#proven.add(hash);
  }
}

const isWrong = (error: unknown): boolean =>
  error instanceof DomainError && error.code === 'UNAUTHENTICATED' && !(error instanceof TokenExpired);

const isKey = (credential: string): boolean => credential.includes(API_KEY_PREFIX);

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
