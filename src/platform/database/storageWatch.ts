import type { EventEmitter } from 'node:events';
import type { Logger } from '../logger.js';

/** What `pg` makes of a connection; that it tells of errors is no documented part of it. */
interface Connected {
  readonly connection: EventEmitter;
}

export interface StorageLook {
  /** Whether there is room, as far as that can be told; what it finds wrong for another reason it throws. */
  readonly hasRoom: (isFull: boolean) => Promise<boolean>;
  readonly everyMs: number;
  /** True: looked at all the time. False: only once the database has said that its disk is full. */
  readonly always: boolean;
}

const DISK_FULL = '53100';

/**
 * Whether the database has room to store anything. A full disk is no outage: what is stored can be read, and storing works
 * again as soon as somebody makes room.
 */
export class StorageWatch {
  readonly #logger: Logger;
  #isFull = false;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** What the database says over this connection counts. */
  follow(client: unknown): void {
    (client as Connected).connection.on('errorMessage', ({ code }: { readonly code?: unknown }) => {
      if (code === DISK_FULL) this.#is(true);
    });
  }

  start({ hasRoom, everyMs, always }: StorageLook): void {
    this.#timer = setInterval(() => {
      if (this.#looking || (!always && !this.#isFull)) return;
      this.#looking = true;
      hasRoom(this.#isFull)
        .then((room) => this.#is(!room))
        // It cannot be told just now; what was known last stays.
        .catch(() => {})
        .finally(() => {
          this.#looking = false;
        });
    }, everyMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #is(full: boolean): void {
    if (full === this.#isFull) return;
    this.#isFull = full;
    if (full) this.#logger.error('the disk of the database is full: nothing is stored until there is room');
    else this.#logger.info('the database has room again');
  }
}
