import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { workerFile } from '../threads.js';

export interface EmbeddedWorkerData {
  /** Null: in memory. */
  readonly dataDir: string | null;
  /** A dumped data folder to begin with; only tests use one. */
  readonly seedTar: string | null;
}

export type ToEmbedded = { readonly type: 'query'; readonly bytes: Uint8Array } | { readonly type: 'close' };
export type FromEmbedded =
  | { readonly type: 'ready' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'done'; readonly error: string | null };

const TERMINATE = 0x58; // X
const SIMPLE_QUERY = 0x51; // Q
const PARSE = 0x50; // P
const COPY_FROM_STDIN = /^[^\0]*?\bcopy\b[^;]*\bfrom\s+stdin\b/i;

/** PostgreSQL on a worker thread, spoken to in PostgreSQL's own wire protocol. It has one session. */
export interface EmbeddedDatabase {
  /** A "socket" for `pg`. */
  stream(): Duplex;
  close(): Promise<void>;
}

export async function startEmbeddedDatabase(
  workerData: EmbeddedWorkerData,
  onCrash: (error: Error) => void,
): Promise<EmbeddedDatabase> {
  const worker = new Worker(workerFile(import.meta.url, 'embeddedDatabase'), { workerData });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`The embedded database stopped while starting (exit code ${code})`)),
    );
  });
  worker.removeAllListeners('exit');
  worker.removeAllListeners('error');

  const waiting: Exchange[] = [];
  let stopped: Error | null = null;
  let closing = false;
  const stop = (error: Error) => {
    if (stopped !== null) return;
    stopped = error;
    for (const exchange of waiting.splice(0)) exchange.done(error);
    if (!closing) onCrash(error);
  };
  worker.on('message', (message: FromEmbedded) => {
    const exchange = waiting[0];
    if (exchange === undefined || message.type === 'ready') return;
    if (message.type === 'bytes') {
      exchange.stream.push(Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength));
    } else {
      waiting.shift();
      exchange.done(message.error === null ? null : new Error(message.error));
    }
  });
  worker.on('error', stop);
  worker.on('exit', (code) => stop(new Error(`The embedded database stopped (exit code ${code})`)));

  const ask = (exchange: Exchange, bytes: Uint8Array) => {
    if (stopped !== null) {
      exchange.done(stopped);
      return;
    }
    waiting.push(exchange);
    const copy = new Uint8Array(bytes);
    worker.postMessage({ type: 'query', bytes: copy } satisfies ToEmbedded, [copy.buffer]);
  };

  return {
    stream: () => new EmbeddedSocket(ask),
    async close() {
      if (stopped !== null) return;
      closing = true;
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage({ type: 'close' } satisfies ToEmbedded);
      await exited;
    },
  };
}

interface Exchange {
  readonly stream: Duplex;
  done(error: Error | null): void;
}

/** As much of a `net.Socket` as `pg` uses. */
class EmbeddedSocket extends Duplex {
  readonly #ask: (exchange: Exchange, bytes: Uint8Array) => void;

  constructor(ask: (exchange: Exchange, bytes: Uint8Array) => void) {
    super();
    this.#ask = ask;
  }

  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {}
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#exchange(chunk, done);
  }
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#exchange(Buffer.concat(chunks.map((c) => c.chunk)), done);
  }
  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  #exchange(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (bytes[0] === TERMINATE && bytes.length === 5) {
      this.push(null); // the session ends, the database stays open
      done();
      return;
    }
    if (startsCopy(bytes)) {
      // The WebAssembly build cannot wait inside COPY FROM STDIN: the instance would exit and never answer again.
      queueMicrotask(() => {
        this.push(COPY_REFUSED);
        done();
      });
      return;
    }
    this.#ask({ stream: this, done }, bytes);
  }
}

function startsCopy(bytes: Buffer): boolean {
  if (bytes[0] !== SIMPLE_QUERY && bytes[0] !== PARSE) return false;
  return COPY_FROM_STDIN.test(bytes.toString('utf8', 5, Math.min(bytes.length, 512)));
}

const COPY_REFUSED = Buffer.concat([
  protocolMessage('E', 'SERROR\0VERROR\0C0A000\0MCOPY FROM STDIN is not supported by the embedded database\0\0'),
  protocolMessage('Z', 'I'),
]);

function protocolMessage(type: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
