import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { EmbeddedWorkerData, FromEmbedded, ToEmbedded } from './embeddedDatabase.js';

// PostgreSQL in WebAssembly on a thread of its own, so that a long query never stalls the thread that serves requests.

const FLUSH_BYTES = 262_144;
const port = parentPort;
if (port === null) throw new Error('This file runs as a worker thread only');

const { dataDir, seedTar } = workerData as EmbeddedWorkerData;
const db = await PGlite.create({
  ...(dataDir === null ? {} : { dataDir }),
  ...(seedTar === null ? {} : { loadDataDir: new Blob([await readFile(seedTar)]) }),
  startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=64MB', '-c', 'work_mem=32MB'],
});

const send = (message: FromEmbedded, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
send({ type: 'ready' });

let queue: Promise<void> = Promise.resolve();
port.on('message', (message: ToEmbedded) => {
  queue = queue.then(() => (message.type === 'close' ? close() : execute(message.bytes)));
});

async function execute(bytes: Uint8Array): Promise<void> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const flush = () => {
    const whole = new Uint8Array(size);
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    parts.length = 0;
    size = 0;
    send({ type: 'bytes', bytes: whole }, [whole.buffer]);
  };
  try {
    await db.execProtocolRawStream(bytes, {
      onRawData(part) {
        parts.push(part.slice());
        size += part.length;
        if (size >= FLUSH_BYTES) flush();
      },
    });
    if (size > 0) flush();
    send({ type: 'done', error: null });
  } catch (error) {
    send({ type: 'done', error: error instanceof Error ? error.message : String(error) });
  }
}

async function close(): Promise<void> {
  await db.close();
  port?.close();
}
