import { Agent, request as httpRequest } from 'node:http';
import { createSchema } from '../../src/app.js';
import { createRandom } from '../../src/stats/random.js';
import { type GeneratedQuery, mutated, QueryGenerator } from '../support/generatedQueries.js';
import { knownIds } from '../support/knownIds.js';
import { longestLists } from '../support/listLengths.js';
import { postGraphQL } from '../support/testApp.js';
import { quantile } from './printing.js';

export interface FuzzRequest {
  /** Of people whom the service knows. */
  readonly learnerIds: readonly string[];
  readonly url: string;
  readonly key: string;
  readonly valid: number;
  readonly mutated: number;
  readonly seed: number;
}

export interface FuzzReport {
  readonly kinds: readonly {
    readonly name: string;
    readonly sent: number;
    /** Answers with data in them. */
    readonly withData: number;
    /** Answers without data, with an error that the caller can act on. */
    readonly refused: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly longestMs: number;
  }[];
  readonly failures: readonly { readonly root: string; readonly why: string; readonly body: string }[];
  readonly slow: readonly {
    readonly root: string;
    readonly ms: number;
    readonly againMs: number;
    readonly body: string;
  }[];
  /** Plain lists by the most entries that any answer had, longest first. */
  readonly longLists: readonly { readonly field: string; readonly length: number }[];
}

const SLOW_MS = 500;
const MUTATION_SHARE = 0.1;
/** They start work that goes on after the answer and would be in the way of what comes next. */
const EXCEPT = new Set(['Mutation.trainModel', 'Mutation.rebuildProfiles', 'Mutation.revokeApiKey']);

process.once('message', (message) => {
  measure(message as FuzzRequest).then(
    (report) => process.send?.(report),
    (error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exitCode = 1;
      process.disconnect();
    },
  );
});

interface Sent {
  readonly status: number | null;
  readonly text: string;
  readonly ms: number;
}

async function measure(request: FuzzRequest): Promise<FuzzReport> {
  const { url, key, seed } = request;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const schema = await createSchema();
  const ids = await knownIds(request.learnerIds, (query, variables) => postGraphQL(url, query, variables, key));
  const random = createRandom(seed);
  const generator = new QueryGenerator(schema, ids, random, {
    mutationShare: MUTATION_SHARE,
    except: EXCEPT,
    now: new Date(),
  });
  const lists = longestLists(schema);
  const failures: FuzzReport['failures'][number][] = [];
  const slow: FuzzReport['slow'][number][] = [];

  async function send(name: string, times: number, bodyOf: (drawn: GeneratedQuery) => string) {
    const timesMs: number[] = [];
    let [withData, refused] = [0, 0];
    for (let i = 0; i < times; i += 1) {
      const drawn = generator.next();
      const body = bodyOf(drawn);
      const sent = await post(agent, url, key, body);
      timesMs.push(sent.ms);
      const why = failureOf(sent);
      if (why !== null) failures.push({ root: drawn.root, why, body });
      if (hasData(sent.text)) withData += 1;
      else refused += 1;
      lists.note(body, sent.text);
      if (sent.ms > SLOW_MS)
        slow.push({ root: drawn.root, ms: sent.ms, againMs: (await post(agent, url, key, body)).ms, body });
    }
    const at = (share: number) => quantile(timesMs, share);
    return { name, sent: times, withData, refused, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) };
  }

  // What the first requests find is not warm.
  await send('warm-up', 100, ({ query, variables }) => JSON.stringify({ query, variables }));
  slow.length = 0;
  const kinds = [
    await send('valid', request.valid, ({ query, variables }) => JSON.stringify({ query, variables })),
    await send('mutated', request.mutated, (drawn) => mutated(drawn, random)),
  ];
  agent.destroy();
  return { kinds, failures, slow, longLists: lists.found() };
}

/** Why an answer is none that a caller should ever get; null when it is fine. */
function failureOf({ status, text }: Sent): string | null {
  if (status === null) return `no answer: ${text}`;
  if (status >= 500) return `status ${status}: ${text.slice(0, 300)}`;
  if (text.includes('INTERNAL_SERVER_ERROR')) return text.slice(text.indexOf('"errors"')).slice(0, 300);
  return text.includes('"errors"') || text.includes('"data"') ? null : `neither data nor errors: ${text.slice(0, 300)}`;
}

const hasData = (text: string): boolean => /"data":\{/.test(text);

function post(agent: Agent, url: string, key: string, body: string): Promise<Sent> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${key}`,
    };
    const request = httpRequest(new URL('/graphql', url), { agent, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? null,
          text: Buffer.concat(chunks).toString('utf8'),
          ms: performance.now() - startMs,
        }),
      );
    });
    request.on('error', (error) => resolve({ status: null, text: error.message, ms: performance.now() - startMs }));
    request.end(body);
  });
}
