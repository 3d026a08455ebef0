import { brokenOff, unavailable } from '../refusal.js';
import { nextLimit } from './concurrencyLimit.js';

/** Longest wait for a place: enough for a burst to pass, too short to be felt. */
const MOST_WAIT_MS = 25;
/** Before anything was measured. */
const FIRST_WAITING = 4;
/** Operations at once at the start, before anything was measured. */
const FIRST_LIMIT = 32;
const LAG_EVERY_MS = 20;
const WINDOW_MS = 100;
/** A window with fewer ended operations goes on, so that no single one decides, but not for ever. */
const ENOUGH_ENDED = 10;
const LONGEST_WINDOW_MS = 1_000;

/** `full`: no place and no room to wait; `waited`: no place came free in time; `gone`: the client left while waiting. */
export type RefusedWhy = 'full' | 'waited' | 'gone';

/** Gives the place back. */
export type Release = () => void;

interface Waiter {
  readonly admit: () => void;
}

/**
 * Lets in as many operations at once as can be answered fast, and refuses the rest at once: the number follows what is
 * measured. Nobody waits longer than a moment, so whoever is let in is answered soon and whoever is not can turn elsewhere.
 */
export class Admission {
  #limit: number;
  #running = 0;
  /** In the order of arrival. */
  readonly #waiting = new Set<Waiter>();
  readonly #idleWaiters: (() => void)[] = [];
  #window = { startMs: 0, durationsMs: [] as number[], lagMs: 0, wasFull: false };
  #endedPerMs = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param most never run more than this, however fast answers are */
  constructor(
    private readonly most: number,
    private readonly onRefused: (why: RefusedWhy) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#limit = Math.min(FIRST_LIMIT, most);
    this.#window.startMs = now();
  }

  get running(): number {
    return this.#running;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Measures until stopped. */
  start(): void {
    let expectedMs = this.now() + LAG_EVERY_MS;
    this.#timer = setInterval(() => {
      const nowMs = this.now();
      this.tick(nowMs - expectedMs);
      expectedMs = nowMs + LAG_EVERY_MS;
    }, LAG_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Resolves when no operation runs any more. */
  idle(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Whether there is neither a place nor room to wait for one. */
  get isFull(): boolean {
    return this.#running >= this.#limit && this.#waiting.size >= this.#mostWaiting();
  }

  /** Counts somebody who is refused because it is full, with `TOO_MANY`. */
  turnAway(): void {
    this.#window.wasFull = true;
    this.onRefused('full');
  }

  /**
   * To be asked before anything is spent on a request.
   *
   * @throws Refusal `TOO_MANY` when it is full
   */
  refuseWhenFull(): void {
    if (!this.isFull) return;
    this.turnAway();
    throw TOO_MANY;
  }

  /**
   * Waits for a place, a moment at most.
   *
   * @param signal aborted when the client has gone
   * @throws Refusal when there is none, or nobody to answer any more
   */
  async enter(signal: AbortSignal): Promise<Release> {
    if (signal.aborted) throw brokenOff();
    this.refuseWhenFull();
    if (this.#running < this.#limit && this.#waiting.size === 0) return this.#admit();
    this.#window.wasFull = true;
    return await new Promise<Release>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        this.#waiting.delete(waiter);
      };
      const refuse = (why: RefusedWhy, error: Error) => {
        settle();
        this.onRefused(why);
        reject(error);
      };
      const leave = () => refuse('gone', brokenOff());
      const timer = setTimeout(() => refuse('waited', TOO_MANY), MOST_WAIT_MS);
      const waiter: Waiter = {
        admit: () => {
          settle();
          resolve(this.#admit());
        },
      };
      signal.addEventListener('abort', leave);
      this.#waiting.add(waiter);
    });
  }

  /** Takes in how late the event loop is; a window that is over moves the limit. */
  tick(lagMs: number): void {
    const window = this.#window;
    window.lagMs = Math.max(window.lagMs, lagMs);
    const lengthMs = this.now() - window.startMs;
    const ended = window.durationsMs.length;
    if (lengthMs < WINDOW_MS || (ended < ENOUGH_ENDED && lengthMs < LONGEST_WINDOW_MS)) return;
    const endedPerMs = ended / lengthMs;
    if (window.wasFull) this.#endedPerMs = this.#endedPerMs === 0 ? endedPerMs : (this.#endedPerMs + endedPerMs) / 2;
    const medianMs = window.durationsMs.sort((a, b) => a - b)[ended >> 1] ?? Number.NaN;
    this.#limit = nextLimit(this.#limit, { medianMs, lagMs: window.lagMs, wasFull: window.wasFull }, this.most);
    this.#window = { startMs: this.now(), durationsMs: [], lagMs: 0, wasFull: this.#running >= this.#limit };
    this.#admitWaiting();
  }

  #admit(): Release {
    const startMs = this.now();
    this.#running += 1;
    if (this.#running >= this.#limit) this.#window.wasFull = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#running -= 1;
      this.#window.durationsMs.push(this.now() - startMs);
      this.#admitWaiting();
      if (this.#running === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    };
  }

  #admitWaiting(): void {
    for (const waiter of this.#waiting) {
      if (this.#running >= this.#limit) return;
      waiter.admit();
    }
  }

  /** As many as will have had a place well before they would give up: reading a request only to refuse it is dear. */
  #mostWaiting(): number {
    const inTime = Math.floor((this.#endedPerMs * MOST_WAIT_MS) / 2);
    return Math.min(this.most, this.#endedPerMs === 0 ? FIRST_WAITING : Math.max(1, inTime));
  }
}

/** One for all: where an error arose costs more to find out than everything else about refusing. */
export const TOO_MANY = unavailable('Too many requests at once; try again in a moment.');
