import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { IntervalHistogram } from 'node:perf_hooks';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { App } from '../../src/app.js';
import { figure, print, printTable, quantile } from './printing.js';

interface Campaign {
  readonly learnerIds: readonly string[];
  readonly courseId: string;
  readonly windows: number;
}

const NEEDED = 'learnerId windows { startsAt endsAt channel { choice } } noWindowReason { text }';
const EVERYTHING_SHOWN = `id learnerId outcome zone basis { source share } windows {
  startsAt endsAt label probabilityActive probabilityLow probabilityHigh lift format maxMinutes propensity expiresAt
  channel { choice } device { choice } reasons { code text } } noWindowReason { code text } constraintsApplied { text }`;
const CALLS = [
  { name: 'deliverySuggestions, what sending needs', operation: 'query', field: 'deliverySuggestions', shown: NEEDED },
  {
    name: 'deliverySuggestions, all that is shown',
    operation: 'query',
    field: 'deliverySuggestions',
    shown: EVERYTHING_SHOWN,
  },
  // Last: what is planned stands in the way of what is asked for later.
  { name: 'planDeliveries, what sending needs', operation: 'mutation', field: 'planDeliveries', shown: NEEDED },
];

/** The same campaign in one request, as a portal asks for it. The asker counts bytes alone, but in the same process. */
export async function measureOverHttp(app: App, campaign: Campaign, rounds: number): Promise<void> {
  const server = await app.serve();
  try {
    const { text: key } = await app.apiKeys.create({ name: 'Bench', role: 'ADMIN', scopes: [], expiresAt: null });
    const rows: string[][] = [];
    const delay = monitorEventLoopDelay({ resolution: 1 });
    for (const { name, operation, field, shown } of CALLS) {
      const query = `${operation} ($learnerIds: [ID!]!, $courseId: ID!, $count: Int!) {
        ${field}(learnerIds: $learnerIds, courseId: $courseId, count: $count) {
          suggestedCount noWindowCount suggestions { ${shown} } userErrors { message } } }`;
      const { learnerIds, courseId, windows: count } = campaign;
      const body = JSON.stringify({ query, variables: { learnerIds, courseId, count } });
      const ask = () => post(`${server.url}/graphql`, key, body);
      await ask();
      rows.push([name, ...(await figuresOf(ask, rounds, delay))]);
    }
    print('in one request over HTTP');
    printTable(['', 'p50', 'worst', 'CPU, p50', 'longest delay, p50 and worst', 'answer'], rows);
  } finally {
    await server.close({ graceMs: 2_000 });
  }
}

async function figuresOf(ask: () => Promise<number>, rounds: number, delay: IntervalHistogram): Promise<string[]> {
  const [times, cpus, delays]: [number[], number[], number[]] = [[], [], []];
  let bytes = 0;
  delay.enable();
  for (let round = 0; round < rounds; round++) {
    delay.reset();
    const [startMs, cpu] = [performance.now(), process.cpuUsage()];
    bytes = await ask();
    times.push(performance.now() - startMs);
    const { user, system } = process.cpuUsage(cpu);
    cpus.push((user + system) / 1000);
    delays.push(delay.max / 1e6);
  }
  delay.disable();
  const ms = (values: readonly number[], share: number) => `${figure(quantile(values, share))} ms`;
  return [
    ms(times, 0.5),
    ms(times, 1),
    ms(cpus, 0.5),
    `${ms(delays, 0.5)}, ${ms(delays, 1)}`,
    `${figure(bytes / 2 ** 20)} MB`,
  ];
}

/** Bytes of the answer. @throws Error when it is none, or says that anything went wrong */
async function post(url: string, key: string, body: string): Promise<number> {
  const request = httpRequest(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${key}`,
    },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let bytes = 0;
  let start = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (start === '') start = chunk.toString('utf8', 0, 200);
    bytes += chunk.length;
  }
  if (response.statusCode !== 200 || start.startsWith('{"errors"')) throw new Error(`The service answered ${start}`);
  return bytes;
}
