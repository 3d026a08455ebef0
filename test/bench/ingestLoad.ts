import { Agent, request as httpRequest } from 'node:http';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { answerRequest } from './ownProcess.js';
import { quantile } from './printing.js';

/** What the process that sends the activity is told. */
export interface IngestRequest {
  readonly url: string;
  readonly key: string;
  readonly organisation: {
    readonly seed: number;
    readonly learnerCount: number;
    readonly courseCount: number;
    readonly months: number;
    readonly nowMs: number;
  };
  readonly events: number;
  readonly warmUpEvents: number;
  readonly rowsPerBatch: number;
  /** Batches under way at once. */
  readonly senders: number;
}

export interface IngestReport {
  readonly events: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of everything sent, warm-up included. */
  readonly stored: number;
}

const MUTATION = `mutation ($interactions: [RecordInteractionInput!]!) {
  recordActivity(interactions: $interactions) { storedCount duplicateCount userErrors { message } } }`;

answerRequest(send);

async function send(request: IngestRequest): Promise<IngestReport> {
  const { rowsPerBatch, senders, warmUpEvents } = request;
  const bodies = batches(request);
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const times: number[] = [];
  let next = 0;
  let stored = 0;
  let seconds = 0;
  const warmUpBatches = Math.floor(warmUpEvents / rowsPerBatch);
  for (const end of [warmUpBatches, bodies.length]) {
    times.length = 0;
    const startMs = performance.now();
    const sender = async () => {
      while (next < end) {
        const body = bodies[next++] as Buffer;
        const sentMs = performance.now();
        const newRows = await post(agent, request, body);
        stored += newRows;
        times.push(performance.now() - sentMs);
      }
    };
    await Promise.all(Array.from({ length: senders }, sender));
    seconds = (performance.now() - startMs) / 1_000;
  }
  agent.destroy();
  const events = (bodies.length - warmUpBatches) * rowsPerBatch;
  return { events, seconds, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), stored };
}

/** Requests ready to be sent: what everybody did, in order of time, as a portal that forwards its events sends it. */
function batches({ organisation, events, warmUpEvents, rowsPerBatch }: IngestRequest): Buffer[] {
  const { nowMs, ...size } = organisation;
  const all = [...createDemoOrganisation({ ...size, now: new Date(nowMs) }).interactions()];
  all.sort((a, b) => a.at.getTime() - b.at.getTime());
  const sent = all.slice(-(events + warmUpEvents));
  const bodies: Buffer[] = [];
  for (let from = 0; from + rowsPerBatch <= sent.length; from += rowsPerBatch) {
    const interactions = sent.slice(from, from + rowsPerBatch);
    bodies.push(Buffer.from(JSON.stringify({ query: MUTATION, variables: { interactions } })));
  }
  return bodies;
}

/** @returns how many rows were new */
function post(agent: Agent, { url, key }: IngestRequest, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      new URL('/graphql', url),
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          authorization: `Bearer ${key}`,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const stored = JSON.parse(text).data?.recordActivity?.storedCount;
          if (typeof stored === 'number') resolve(stored);
          else reject(new Error(`The service answered ${response.statusCode}: ${text.slice(0, 500)}`));
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
