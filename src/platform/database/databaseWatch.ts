import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DomainError, RETRY_SOON } from '../errors.js';
import { describeForLog, type Logger } from '../logger.js';

export interface WatchTimes {
  /** Pause between two questions. */
  readonly everyMs: number;
  /** A server that says nothing at all for so long, though it was asked, is taken to be away. */
  readonly silenceMs: number;
}

// Whoever asks in the very moment in which the server falls silent is told after both together at most, so that with what
// is worked out from memory a call ends within three seconds.
const WATCH_TIMES: WatchTimes = { everyMs: 400, silenceMs: 1_500 };

/** The server answers, if only that it is full. */
const TOO_MANY_CONNECTIONS = '53300';

export const AWAY_MESSAGE =
  'The database cannot be reached at the moment. Nothing that this call was to store is acknowledged; send it again shortly.';

/** What a call is told at once while the server is known to be away. */
export class DatabaseAway extends DomainError {
  constructor() {
    super('UNAVAILABLE', AWAY_MESSAGE, RETRY_SOON);
    this.name = 'DatabaseAway';
  }
}

/** What `pg` makes of a connection; its socket is no documented part of it. */
interface Connected {
  readonly connection: { readonly stream: Duplex };
}

/**
 * Asks a server again and again, over a connection of its own, whether it still answers. A server that is stopped refuses
 * connections, but one that is frozen, or behind a network that swallows packets, takes them and says nothing: every call
 * would wait for its time-out, one after the other, and hold what others need. Once it is known to be away, whoever waits
 * for it is told, and whoever asks is told at once, until it answers again.
 */
export class DatabaseWatch {
  readonly #connectionString: string;
  readonly #logger: Logger;
  readonly #times: WatchTimes;
  readonly #sockets = new Set<Duplex>();
  #client: pg.Client | null = null;
  #heardAtMs = performance.now();
  #awaySinceMs: number | null = null;
  #stopping: AbortController | null = null;
  #running: Promise<void> | null = null;

  constructor(connectionString: string, logger: Logger, times: WatchTimes = WATCH_TIMES) {
    this.#connectionString = connectionString;
    this.#logger = logger;
    this.#times = times;
  }

  get isAway(): boolean {
    return this.#awaySinceMs !== null;
  }

  /** Anything that comes over one of these connections is a sign of life; all of them are cut once there is none. */
  follow(client: unknown): void {
    const { stream } = (client as Connected).connection;
    this.#sockets.add(stream);
    stream.on('data', () => {
      this.#heardAtMs = performance.now();
    });
    stream.once('close', () => this.#sockets.delete(stream));
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#running = this.#watch(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#running;
    await this.#client?.end().catch(() => {});
    this.#client = null;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const problem = await this.#ask();
      if (signal.aborted) return;
      if (problem === null) this.#isBack();
      else this.#isGone(problem);
      await sleep(this.#times.everyMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** Null: it answers. */
  async #ask(): Promise<unknown> {
    const askedAtMs = performance.now();
    try {
      this.#client ??= await this.#connect();
      await this.#client.query('SELECT 1');
      return null;
    } catch (error) {
      this.#dropClient();
      if ((error as { readonly code?: unknown }).code === TOO_MANY_CONNECTIONS) return null;
      return (await this.#isSilentSince(askedAtMs)) ? error : null;
    }
  }

  /** Whether nothing came after a moment, or nothing any more for as long as that means something. */
  async #isSilentSince(askedAtMs: number): Promise<boolean> {
    // This process may have been too busy to read what has come meanwhile.
    await nextTurn();
    if (this.isAway || this.#heardAtMs <= askedAtMs) return true;
    const heardAtMs = this.#heardAtMs;
    await sleep(Math.max(0, heardAtMs + this.#times.silenceMs - performance.now()), undefined, { ref: false });
    await nextTurn();
    return this.#heardAtMs === heardAtMs;
  }

  async #connect(): Promise<pg.Client> {
    const { silenceMs } = this.#times;
    const client = new pg.Client({
      connectionString: this.#connectionString,
      application_name: 'waymark watch',
      connectionTimeoutMillis: silenceMs,
      query_timeout: silenceMs,
      keepAlive: true,
    });
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      cut(client);
      throw error;
    }
    return client;
  }

  #dropClient(): void {
    if (this.#client !== null) cut(this.#client);
    this.#client = null;
  }

  #isBack(): void {
    if (this.#awaySinceMs === null) return;
    const seconds = Math.round((performance.now() - this.#awaySinceMs) / 100) / 10;
    this.#awaySinceMs = null;
    this.#logger.info({ seconds }, 'the database answers again');
  }

  #isGone(problem: unknown): void {
    if (this.#awaySinceMs === null) {
      this.#awaySinceMs = performance.now();
      this.#logger.error(
        describeForLog(problem),
        'the database is away; reads are answered from memory where they can',
      );
    }
    // Whatever was asked over them will not be answered, and they must not be handed out again.
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Ends a connection without waiting for the other side to agree. */
function cut(client: pg.Client): void {
  (client as unknown as Connected).connection.stream.destroy();
}
