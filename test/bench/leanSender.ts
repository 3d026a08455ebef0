import { createConnection, type Socket } from 'node:net';
import type { Target } from './asking.js';

/** What came back; `failed`: nothing that could be read. */
export type LeanOutcome = 'answered' | 'refused' | 'failed';

export interface LeanReply {
  readonly outcome: LeanOutcome;
  /** Only of refusals. */
  readonly hasRetryAfter: boolean;
}

const FAILED: LeanReply = { outcome: 'failed', hasRetryAfter: false };
const END_OF_HEADERS = Buffer.from('\r\n\r\n');
const ERRORS = '"errors"';

/**
 * Sends requests that were put together before, over as many connections as wait for an answer, each one after the other.
 * It reads as much of what comes back as tells what it is: a sender that shares the processor with the service must take
 * next to nothing of it, or it measures itself.
 */
export class LeanSender {
  readonly #host: string;
  readonly #port: number;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  ask(request: Buffer): Promise<LeanReply> {
    return new Promise((resolve) => {
      const connection = this.#idle.pop() ?? this.#connect();
      connection.send(request, resolve);
    });
  }

  close(): void {
    for (const connection of this.#open) connection.end();
  }

  #connect(): Connection {
    const connection = new Connection(createConnection({ host: this.#host, port: this.#port, noDelay: true }), {
      onFree: () => this.#idle.push(connection),
      onGone: () => {
        this.#open.delete(connection);
        const place = this.#idle.indexOf(connection);
        if (place >= 0) this.#idle.splice(place, 1);
      },
    });
    this.#open.add(connection);
    return connection;
  }
}

/** The bytes of a request to the API. */
export function graphqlRequest({ url, key }: Target, body: string): Buffer {
  const { host } = new URL(url);
  return Buffer.from(
    `POST /graphql HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

interface ConnectionEvents {
  readonly onFree: () => void;
  readonly onGone: () => void;
}

/** One request at a time. */
class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #answer: ((reply: LeanReply) => void) | null = null;
  #received: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('data', (bytes) => this.#onData(bytes));
    // What went wrong shows in that it closes.
    socket.on('error', () => {});
    socket.on('close', () => {
      events.onGone();
      this.#settle(FAILED);
    });
  }

  send(request: Buffer, answer: (reply: LeanReply) => void): void {
    this.#answer = answer;
    this.#socket.write(request);
  }

  end(): void {
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headerEnd = this.#received.indexOf(END_OF_HEADERS);
    if (headerEnd < 0) return;
    const headers = this.#received.toString('latin1', 0, headerEnd).toLowerCase();
    const length = /\r\ncontent-length: *(\d+)/.exec(headers)?.[1];
    const bodyStart = headerEnd + END_OF_HEADERS.length;
    if (length !== undefined && this.#received.length < bodyStart + Number(length)) return;
    const status = headers.slice(9, 12);
    const body = this.#received.subarray(bodyStart);
    this.#received = Buffer.alloc(0);
    if (length === undefined || headers.includes('\r\nconnection: close')) this.#socket.destroy();
    else this.#events.onFree();
    if (status === '503' || status === '429') {
      this.#settle({ outcome: 'refused', hasRetryAfter: headers.includes('\r\nretry-after:') });
    } else {
      const isAnswered = status === '200' && length !== undefined && !body.includes(ERRORS);
      this.#settle(isAnswered ? { outcome: 'answered', hasRetryAfter: false } : FAILED);
    }
  }

  #settle(reply: LeanReply): void {
    const answer = this.#answer;
    this.#answer = null;
    answer?.(reply);
  }
}
