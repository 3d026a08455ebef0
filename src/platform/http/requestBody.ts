import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brokenOff, Refusal, unavailable } from '../refusal.js';

const MAX_BODY_BYTES = 256 * 1024;
const MAX_INGESTION_BODY_BYTES = 4 * 1024 * 1024;
/** Bodies being received at any one time, together: what slow senders can make us hold. */
const MAX_BUFFERED_BYTES = 128 * 1024 * 1024;
/** A refused body up to this size is read to its end, so that the client gets to read why; larger ones are cut off. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/** Reads what requests carry, within limits for each and for all of them together. */
export class RequestBodies {
  #bufferedBytes = 0;

  /** @param onShed called for a request that is refused because too much is being sent at once */
  constructor(private readonly onShed: () => void) {}

  /**
   * The JSON object that a request carries.
   *
   * @throws Refusal when there is none, or too much of it
   */
  async readJson(
    request: IncomingMessage,
    response: ServerResponse,
    ingests: boolean,
  ): Promise<Readonly<Record<string, unknown>>> {
    checkContentType(request);
    const bytes = await this.#read(request, response, ingests ? MAX_INGESTION_BODY_BYTES : MAX_BODY_BYTES);
    if (!isUtf8(bytes)) throw new Refusal(400, 'BAD_REQUEST', 'The request body is not valid UTF-8.');
    let body: unknown;
    try {
      body = JSON.parse(bytes.toString('utf8'));
    } catch {
      throw new Refusal(400, 'BAD_REQUEST', 'The request body is not valid JSON.');
    }
    if (Array.isArray(body)) {
      throw new Refusal(400, 'BAD_REQUEST', 'Send one operation per request: batches of operations are not accepted.');
    }
    if (typeof body !== 'object' || body === null) {
      throw new Refusal(400, 'BAD_REQUEST', 'The request body must be a JSON object with `query` and `variables`.');
    }
    return body as Readonly<Record<string, unknown>>;
  }

  #read(request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<Buffer> {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > maxBytes) throw tooLarge(maxBytes, announced > MAX_DISCARDED_BYTES);
    if (this.#bufferedBytes + announced > MAX_BUFFERED_BYTES) throw this.#tooMuchAtOnce();
    // Gone while its key was looked up: none of the events below would come any more.
    if (request.destroyed) throw brokenOff();
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (settle: () => void) => {
        request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
        this.#bufferedBytes -= size;
        settle();
      };
      const onData = (chunk: Buffer) => {
        size += chunk.length;
        this.#bufferedBytes += chunk.length;
        chunks.push(chunk);
        if (size > maxBytes) finish(() => reject(tooLarge(maxBytes, false)));
        else if (this.#bufferedBytes > MAX_BUFFERED_BYTES) finish(() => reject(this.#tooMuchAtOnce()));
      };
      const onEnd = () => finish(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
      const onGone = () => finish(() => reject(brokenOff()));
      request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    });
  }

  #tooMuchAtOnce(): Refusal {
    this.onShed();
    return unavailable('Too much is being sent at once; try again in a moment.');
  }
}

function checkContentType(request: IncomingMessage): void {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  if (type.trim() !== 'application/json') {
    throw new Refusal(415, 'BAD_REQUEST', 'Send the request with `Content-Type: application/json`.');
  }
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new Refusal(415, 'BAD_REQUEST', 'The request body must be in UTF-8.');
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Refusal(415, 'BAD_REQUEST', 'Send the request body uncompressed.', { 'accept-encoding': 'identity' });
  }
}

function tooLarge(maxBytes: number, cutOff: boolean): Refusal {
  return new Refusal(
    413,
    'BAD_REQUEST',
    `The request body is larger than ${maxBytes / 1024} kB. Send fewer rows at once; keys with the scope INGEST may ` +
      `send up to ${MAX_INGESTION_BODY_BYTES / 1024} kB.`,
    cutOff ? { connection: 'close' } : {},
  );
}
