import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAnswered, send } from './asking.js';
import { answerRequest } from './ownProcess.js';
import { quantile } from './printing.js';

/** What the process that sends the load is told. */
export interface LoadRequest {
  readonly url: string;
  readonly key: string;
  readonly learnerIds: readonly string[];
  readonly seconds: number;
  /** Requests a second. */
  readonly rates: readonly number[];
  /** Asked one after the other before anything is timed. */
  readonly warmUp: number;
  /** The highest rate is looked for at which 99 of 100 requests are answered within so long. */
  readonly withinMs: number;
}

export interface LoadReport {
  /** One request after the other that asks for nothing: what HTTP and GraphQL take by themselves. */
  readonly emptyP50Ms: number;
  /** Requests a second; null: not even the lowest that was tried. */
  readonly mostWithin: number | null;
  /** One request after the other. */
  readonly alone: { readonly requests: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly rates: readonly {
    readonly rate: number;
    readonly answeredPerSecond: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly failed: number;
  }[];
}

const QUERY = `query ($learnerId: ID!) { recommendations(learnerId: $learnerId, first: 10) {
  servedListId strategy modelVersion pageInfo { endCursor hasNextPage }
  edges { cursor node { rank score course { id title kind durationMinutes language level } reasons { code text } } } } }`;
const MOST_ALONE = 1_000;
const MOST_EMPTY = 300;
const LOWEST_RATE = 25;
const RATE_STEPS = 6;

answerRequest(measure);

async function measure(load: LoadRequest): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  let asked = 0;
  const ask = () => askOnce(agent, load, load.learnerIds[asked++ % load.learnerIds.length] as string);
  for (let i = 0; i < load.warmUp; i++) await ask();
  const alone: number[] = [];
  const endMs = performance.now() + load.seconds * 1_000;
  while (performance.now() < endMs && alone.length < MOST_ALONE) {
    const startMs = performance.now();
    if (!(await ask())) throw new Error('The service refused a request without any load.');
    alone.push(performance.now() - startMs);
  }
  const empty: number[] = [];
  for (let i = 0; i < MOST_EMPTY; i++) {
    const startMs = performance.now();
    await askOnce(agent, load, null);
    empty.push(performance.now() - startMs);
  }
  const rates: LoadReport['rates'][number][] = [];
  for (const rate of load.rates) rates.push(await atRate(rate, load.seconds, ask));
  const mostWithin = await highestRate(async (rate) => {
    const { p99Ms, failed } = await atRate(rate, load.seconds, ask);
    return failed === 0 && p99Ms <= load.withinMs;
  });
  agent.destroy();
  return {
    emptyP50Ms: quantile(empty, 0.5),
    alone: { requests: alone.length, p50Ms: quantile(alone, 0.5), p99Ms: quantile(alone, 0.99) },
    rates,
    mostWithin,
  };
}

/** By doubling until it does not hold any more, then by halving what is left between. */
async function highestRate(holds: (rate: number) => Promise<boolean>): Promise<number | null> {
  let [low, high] = [0, LOWEST_RATE];
  while (await holds(high)) [low, high] = [high, high * 2];
  for (let step = 0; step < RATE_STEPS && high - low > low / 20; step++) {
    const middle = Math.round((low + high) / 2);
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low === 0 ? null : low;
}

/** Requests are sent when they are due, and timed from then: what waits in a queue counts. */
async function atRate(
  rate: number,
  seconds: number,
  ask: () => Promise<boolean>,
): Promise<LoadReport['rates'][number]> {
  const startMs = performance.now();
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  let failed = 0;
  for (let i = 0; i < rate * seconds; i++) {
    const dueMs = startMs + (i * 1_000) / rate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    pending.push(
      ask().then((isFine) => {
        if (isFine) times.push(performance.now() - dueMs);
        else failed += 1;
      }),
    );
  }
  await Promise.all(pending);
  const answeredPerSecond = (times.length * 1_000) / (performance.now() - startMs);
  return { rate, answeredPerSecond, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), failed };
}

/** @param learnerId null: asks for nothing */
async function askOnce(agent: Agent, load: LoadRequest, learnerId: string | null): Promise<boolean> {
  const asked = learnerId === null ? { query: '{ __typename }' } : { query: QUERY, variables: { learnerId } };
  return isAnswered(await send(agent, load, JSON.stringify(asked)));
}
