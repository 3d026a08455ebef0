import cluster, { type Worker } from 'node:cluster';
import { EventEmitter, once } from 'node:events';
import type { Logger } from '../logger.js';

/** Tells a process which of the workers it is, counted from 1. */
const SLOT_VARIABLE = 'WAYMARK_WORKER';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A worker that lived so long had no trouble starting. */
const SETTLED_MS = 60_000;

interface ReadyMessage {
  readonly type: 'waymark:ready';
  readonly url: string;
}

/** Which worker this process is, counted from 1; null when it is not one. */
export function workerSlot(): number | null {
  return cluster.isWorker ? Number(process.env[SLOT_VARIABLE]) : null;
}

/** Tells the primary that this worker answers. */
export function reportReady(url: string): void {
  process.send?.({ type: 'waymark:ready', url } satisfies ReadyMessage);
}

/** How long to wait before a worker is started again that ended `failures` times in a row soon after its start. */
export function pauseBeforeRestart(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
}

interface Slot {
  readonly number: number;
  worker: Worker | null;
  startedMs: number;
  failures: number;
  timer: NodeJS.Timeout | null;
  isReady: boolean;
}

export type Supervision =
  /** A worker ended before the service ever answered: starting it again would end the same way. */
  | { readonly outcome: 'NEVER_READY'; readonly exitCode: number }
  | { readonly outcome: 'STOPPED'; readonly isClean: boolean };

/** Keeps a number of processes running that answer on one port, each started again when it ends. */
export class Workers {
  readonly #slots: Slot[];
  readonly #events = new EventEmitter();
  #hasAnswered = false;
  #isAnnounced = false;
  #stopping = false;
  #isClean = true;

  constructor(
    count: number,
    private readonly logger: Logger,
  ) {
    this.#slots = Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      worker: null,
      startedMs: 0,
      failures: 0,
      timer: null,
      isReady: false,
    }));
  }

  /**
   * Starts the first worker, which brings the database up to date and may show a first key, and the others once it answers.
   * Resolves when all have ended.
   */
  async run(): Promise<Supervision> {
    const ended = once(this.#events, 'ended') as Promise<[Supervision]>;
    const [first] = this.#slots;
    if (first !== undefined) this.#start(first);
    return (await ended)[0];
  }

  /** Asks all workers to end; those that have not after `graceMs` are cut off. */
  stop(graceMs: number): void {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const slot of this.#slots) {
      if (slot.timer !== null) clearTimeout(slot.timer);
      slot.worker?.process.kill('SIGTERM');
    }
    setTimeout(() => {
      for (const { worker, number } of this.#slots) {
        if (worker === null) continue;
        this.logger.error({ worker: number }, 'a worker could not stop in time');
        worker.process.kill('SIGKILL');
      }
    }, graceMs).unref();
    this.#endWhenAllGone();
  }

  #start(slot: Slot): void {
    slot.timer = null;
    slot.startedMs = performance.now();
    slot.isReady = false;
    const worker = cluster.fork({ [SLOT_VARIABLE]: String(slot.number) });
    slot.worker = worker;
    worker.on('message', (message: unknown) => {
      if (isReadyMessage(message)) this.#noteReady(slot, message.url);
    });
    worker.on('error', (error) => this.logger.error({ err: error, worker: slot.number }, 'a worker cannot be reached'));
    worker.once('exit', (code, signal) => this.#noteExit(slot, code, signal));
  }

  #noteReady(slot: Slot, url: string): void {
    slot.isReady = true;
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      if (!this.#stopping) for (const other of this.#slots) if (other.worker === null) this.#start(other);
    }
    if (this.#isAnnounced || !this.#slots.every(({ isReady }) => isReady)) return;
    this.#isAnnounced = true;
    this.logger.info({ url, workers: this.#slots.length }, 'ready');
  }

  #noteExit(slot: Slot, code: number | null, signal: string | null): void {
    slot.worker = null;
    slot.isReady = false;
    if (this.#stopping) {
      // A worker that had not got as far as listening for the signal ends by it.
      if (code !== 0 && signal !== 'SIGTERM') this.#isClean = false;
      this.#endWhenAllGone();
      return;
    }
    if (!this.#hasAnswered) {
      this.#end({ outcome: 'NEVER_READY', exitCode: code === null || code === 0 ? 1 : code });
      return;
    }
    const livedMs = performance.now() - slot.startedMs;
    if (livedMs > SETTLED_MS) slot.failures = 0;
    const pauseMs = pauseBeforeRestart(slot.failures);
    slot.failures += 1;
    this.logger.error({ worker: slot.number, code, signal, pauseMs }, 'a worker ended and is started again');
    slot.timer = setTimeout(() => this.#start(slot), pauseMs);
  }

  #endWhenAllGone(): void {
    if (this.#slots.every(({ worker }) => worker === null)) {
      this.#end({ outcome: 'STOPPED', isClean: this.#isClean });
    }
  }

  #end(supervision: Supervision): void {
    this.#events.emit('ended', supervision);
  }
}

const isReadyMessage = (message: unknown): message is ReadyMessage =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'waymark:ready';
