import { brokenOff, unavailable } from '../refusal.js';
import { nextLimit } from './concurrencyLimit.js';

/** Longest wait for a place while others are refused: too short to be felt, so whoever gets none can turn elsewhere soon. */
const MOST_WAIT_MS = 25;
/** Longest wait while nobody was refused lately: a page that asks for many lists at once gets all of them. */
const MOST_WAIT_IN_BURST_MS = 250;
/** How long after a refusal there is no room for a burst: what lasts longer than a burst would fill it again and again. */
const AFTER_REFUSAL_MS = 1_000;
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
 * measured. A burst may wait for its places; in a crowd that lasts nobody waits longer than a moment, so whoever is let in is
 * answered soon and whoever is not can turn elsewhere.
 */
export class Admission {
  #limit: number;
  #running = 0;
  /** In the order of arrival. */
  readonly #waiting = new Set<Waiter>();
  readonly #idleWaiters: (() => void)[] = [];
  #window = { startMs: 0, durationsMs: [] as number[], lagMs: 0, wasFull: false, fullMs: 0, endedWhileFull: 0 };
  /** Since when all places have been taken; null: some are free. */
  #fullSinceMs: number | null = null;
  /** While all places are taken; 0 before anything was measured. */
  #endedPerMs = 0;
  #refusedAtMs = Number.NEGATIVE_INFINITY;
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
    this.#refused('full');
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
        this.#refused(why);
        reject(error);
      };
      const leave = () => refuse('gone', brokenOff());
      const timer = setTimeout(() => refuse('waited', TOO_MANY), this.#mostWaitMs());
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
    this.#measureRate();
    const medianMs = window.durationsMs.sort((a, b) => a - b)[ended >> 1] ?? Number.NaN;
    this.#limit = nextLimit(this.#limit, { medianMs, lagMs: window.lagMs, wasFull: window.wasFull }, this.most);
    const isFull = this.#running >= this.#limit;
    const startMs = this.now();
    this.#window = { startMs, durationsMs: [], lagMs: 0, wasFull: isFull, fullMs: 0, endedWhileFull: 0 };
    this.#fullSinceMs = isFull ? startMs : null;
    this.#admitWaiting();
  }

  /** Time in which places were free tells nothing of how many could have been answered in it. */
  #measureRate(): void {
    const { fullMs, endedWhileFull } = this.#window;
    const atAllMs = fullMs + (this.#fullSinceMs === null ? 0 : this.now() - this.#fullSinceMs);
    if (endedWhileFull === 0 || atAllMs === 0) return;
    const endedPerMs = endedWhileFull / atAllMs;
    this.#endedPerMs = this.#endedPerMs === 0 ? endedPerMs : (this.#endedPerMs + endedPerMs) / 2;
  }

  #refused(why: RefusedWhy): void {
    if (why !== 'gone') this.#refusedAtMs = this.now();
    this.onRefused(why);
  }

  #admit(): Release {
    const startMs = this.now();
    this.#running += 1;
    if (this.#running >= this.#limit) {
      this.#window.wasFull = true;
      this.#fullSinceMs ??= startMs;
    }
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const nowMs = this.now();
      if (this.#fullSinceMs !== null) this.#window.endedWhileFull += 1;
      this.#running -= 1;
      this.#window.durationsMs.push(nowMs - startMs);
      this.#admitWaiting();
      if (this.#fullSinceMs !== null && this.#running < this.#limit) {
        this.#window.fullMs += nowMs - this.#fullSinceMs;
        this.#fullSinceMs = null;
      }
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
    const inTime = Math.floor((this.#endedPerMs * this.#mostWaitMs()) / 2);
    return Math.min(this.most, this.#endedPerMs === 0 ? FIRST_WAITING : Math.max(1, inTime));
  }

  /**
   * Long for a burst, short where more come than can be answered: those who wait in a line that never ends only get
   * their answers later (Nichols & Jacobson 2012 tell a good queue from a bad one by that).
   */
  #mostWaitMs(): number {
    return this.now() - this.#refusedAtMs < AFTER_REFUSAL_MS ? MOST_WAIT_MS : MOST_WAIT_IN_BURST_MS;
  }
}

/** One for all: where an error arose costs more to find out than everything else about refusing. */
export const TOO_MANY = unavailable('Too many requests at once; try again in a moment.');
