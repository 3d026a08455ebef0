import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSchema } from '../../src/app.js';
import { createRandom } from '../../src/stats/random.js';
import { type Fuzzed, failureOf, hasData, queryGenerator } from '../support/fuzzing.js';
import { type GeneratedQuery, mutated } from '../support/generatedQueries.js';
import { knownIds } from '../support/knownIds.js';
import { longestLists } from '../support/listLengths.js';
import { postGraphQL } from '../support/testApp.js';
import { send } from './asking.js';
import { answerRequest } from './ownProcess.js';
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
  /** Valid queries that were sent again until their code was made. */
  readonly compared: {
    readonly count: number;
    /** Those that nothing but an id or a time told from one another when sent twice before that. */
    readonly steady: number;
    readonly differing: readonly {
      readonly root: string;
      readonly usual: string;
      readonly compiled: string;
      readonly body: string;
    }[];
  };
  /** Plain lists by the most entries that any answer had, longest first. */
  readonly longLists: readonly { readonly field: string; readonly length: number }[];
}

const SLOW_MS = 500;
/** One valid query in so many is compared. */
const COMPARE_EVERY = 10;
/** The service makes code for one operation in a while only. */
const BEFORE_COMPILED_MS = 220;

answerRequest(measure);

async function measure(request: FuzzRequest): Promise<FuzzReport> {
  const { url, key, seed } = request;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const schema = await createSchema();
  const ids = await knownIds(request.learnerIds, (query, variables) => postGraphQL(url, query, variables, key));
  const random = createRandom(seed);
  const generator = queryGenerator(schema, ids, random, new Date());
  const lists = longestLists(schema);
  const failures: FuzzReport['failures'][number][] = [];
  const slow: FuzzReport['slow'][number][] = [];

  const differing: FuzzReport['compared']['differing'][number][] = [];
  const compared = { count: 0, steady: 0, differing };

  /** An operation is executed step by step twice, and by code made for it from then on. */
  async function compare(root: string, body: string, first: Fuzzed) {
    const second = await post(agent, url, key, body);
    await sleep(BEFORE_COMPILED_MS);
    const third = await post(agent, url, key, body);
    for (const sent of [second, third]) {
      const why = failureOf(sent);
      if (why !== null) failures.push({ root, why, body });
    }
    compared.count += 1;
    const [one, two, compiled] = [first, second, third].map(({ text }) => withoutChance(text));
    if (one !== two || one === undefined || compiled === undefined) return;
    compared.steady += 1;
    if (one === compiled) return;
    const at = Math.max(0, firstDifference(one, compiled) - 100);
    differing.push({ root, usual: one.slice(at, at + 300), compiled: compiled.slice(at, at + 300), body });
  }

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
      else if (name === 'valid' && drawn.root.startsWith('Query.') && i % COMPARE_EVERY === 0)
        await compare(drawn.root, body, sent);
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
  return { kinds, failures, slow, compared, longLists: lists.found() };
}

/** An answer without the ids and times that each call has anew. */
const withoutChance = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'time');

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

async function post(agent: Agent, url: string, key: string, body: string): Promise<Fuzzed & { readonly ms: number }> {
  const startMs = performance.now();
  const reply = await send(agent, { url, key }, body);
  return { status: reply.status, text: reply.body.toString('utf8'), ms: performance.now() - startMs };
}
