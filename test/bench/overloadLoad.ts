import { setTimeout as sleep } from 'node:timers/promises';
import { graphqlRequest, type LeanOutcome, LeanSender } from './leanSender.js';
import { answerRequest } from './ownProcess.js';
import { quantile } from './printing.js';
import { cpuMs } from './processFigures.js';

/** What the process that sends the load is told. */
export interface OverloadRequest {
  readonly url: string;
  readonly key: string;
  readonly learnerIds: readonly string[];
  /** Of each overload. */
  readonly seconds: number;
  readonly rounds: number;
  /** How many times the capacity to send. */
  readonly times: number;
  /** Of the service, to tell what it takes of the processor. */
  readonly pid: number;
}

interface Times {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

/** One overload. All in lists a second. */
interface Round {
  readonly capacityBefore: number;
  readonly goodput: number;
  /** Measured again when it was over: what others on the machine did meanwhile shows here. */
  readonly capacityAfter: number;
}

export interface OverloadReport {
  readonly rounds: readonly Round[];
  readonly admitted: Times;
  readonly refused: Times;
  /** Neither answered nor refused. */
  readonly failed: number;
  readonly withoutRetryAfter: number;
  readonly health: Times;
  readonly healthFailed: number;
  /** Cores that each took during the overload. */
  readonly cores: { readonly service: number; readonly sender: number };
}

const QUERY = `query ($learnerId: ID!) { recommendations(learnerId: $learnerId, first: 10) {
  servedListId strategy edges { node { rank score course { id title durationMinutes } reasons { code text } } } } }`;
/** Until functions are compiled, plans are kept and the clock of the processor has settled. */
const WARM_UP_SECONDS = 10;
/** How many ask at once, each one request after the other: the capacity is what most are answered with, in the long run. */
const CALLERS = [4, 8, 16];
const TRIAL_SECONDS = 3;
/** Between overloads, as often as there are. */
const CAPACITY_SECONDS = 5;
const AFTER_REFUSAL_MS = 20;
const HEALTH_EVERY_MS = 100;

answerRequest(measure);

async function measure(load: OverloadRequest): Promise<OverloadReport> {
  const sender = new LeanSender(load.url);
  const requests = load.learnerIds.map((learnerId) =>
    graphqlRequest(load, JSON.stringify({ query: QUERY, variables: { learnerId } })),
  );
  const counts = { withoutRetryAfter: 0 };
  let asked = 0;
  const ask = async () => {
    const { outcome, hasRetryAfter } = await sender.ask(requests[asked++ % requests.length] as Buffer);
    if (outcome === 'refused' && !hasRetryAfter) counts.withoutRetryAfter += 1;
    return outcome;
  };
  await answeredBy(16, ask, WARM_UP_SECONDS);
  const capacity = await capacityMeter(ask);
  counts.withoutRetryAfter = 0;
  const health = watchHealth(load.url);
  const outcomes: Outcomes = { answered: [], refused: [], failed: [] };
  const rounds: Round[] = [];
  const cores: OverloadReport['cores'][] = [];
  let capacityBefore = await capacity();
  for (let round = 0; round < load.rounds; round++) {
    const answeredBefore = outcomes.answered.length;
    const coresOf = await watchProcessor(load.pid);
    const startMs = performance.now();
    await openLoop(ask, { rate: capacityBefore * load.times, seconds: load.seconds }, outcomes);
    // Until the last of them was answered: a sender that falls behind must not count as more answers.
    const seconds = (performance.now() - startMs) / 1_000;
    cores.push(await coresOf());
    const goodput = (outcomes.answered.length - answeredBefore) / seconds;
    await sleep(1_000);
    const capacityAfter = await capacity();
    rounds.push({ capacityBefore, goodput, capacityAfter });
    capacityBefore = capacityAfter;
  }
  const healthSeen = await health.stop();
  sender.close();
  const medianCores = (of: keyof OverloadReport['cores']) =>
    quantile(
      cores.map((each) => each[of]),
      0.5,
    );
  return {
    rounds,
    admitted: timesOf(outcomes.answered),
    refused: timesOf(outcomes.refused),
    failed: outcomes.failed.length,
    withoutRetryAfter: counts.withoutRetryAfter,
    health: timesOf(healthSeen.timesMs),
    healthFailed: healthSeen.failed,
    cores: { service: medianCores('service'), sender: medianCores('sender') },
  };
}

/** Measures what is answered a second, by as many callers as most were answered with at first. */
async function capacityMeter(ask: () => Promise<LeanOutcome>): Promise<() => Promise<number>> {
  let best = { callers: 0, rate: -1 };
  for (const callers of CALLERS) {
    const rate = await answeredBy(callers, ask, TRIAL_SECONDS);
    if (rate > best.rate) best = { callers, rate };
  }
  return () => answeredBy(best.callers, ask, CAPACITY_SECONDS);
}

/** Answers a second to callers that each ask again as soon as they are answered. */
async function answeredBy(callers: number, ask: () => Promise<LeanOutcome>, seconds: number): Promise<number> {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  let answered = 0;
  const call = async () => {
    while (performance.now() < endMs) {
      if ((await ask()) === 'answered') answered += 1;
      else await sleep(AFTER_REFUSAL_MS);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return (answered * 1_000) / (performance.now() - startMs);
}

/** What requests took, in ms. */
type Outcomes = Readonly<Record<LeanOutcome, number[]>>;

/** Requests are sent when they are due, and timed from then: what waits in a queue counts. */
async function openLoop(
  ask: () => Promise<LeanOutcome>,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
  outcomes: Outcomes,
): Promise<void> {
  const startMs = performance.now();
  const pending: Promise<void>[] = [];
  for (let i = 0; i < rate * seconds; i++) {
    const dueMs = startMs + (i * 1_000) / rate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    pending.push(ask().then((outcome) => void outcomes[outcome].push(performance.now() - dueMs)));
  }
  await Promise.all(pending);
}

/** Answers with what was taken of the processor since. */
async function watchProcessor(servicePid: number): Promise<() => Promise<OverloadReport['cores']>> {
  const startMs = performance.now();
  const ownStart = process.cpuUsage();
  const serviceStartMs = await cpuMs(servicePid);
  return async () => {
    const lengthMs = performance.now() - startMs;
    const own = process.cpuUsage(ownStart);
    return {
      service: ((await cpuMs(servicePid)) - serviceStartMs) / lengthMs,
      sender: (own.user + own.system) / 1_000 / lengthMs,
    };
  };
}

function watchHealth(url: string) {
  const seen = { timesMs: [] as number[], failed: 0 };
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const startMs = performance.now();
      const isFine = await fetch(`${url}/healthz`).then(
        async (response) => (await response.text()) !== '' && response.ok,
        () => false,
      );
      if (isFine) seen.timesMs.push(performance.now() - startMs);
      else seen.failed += 1;
      await sleep(HEALTH_EVERY_MS);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await watching;
      return seen;
    },
  };
}

const timesOf = (timesMs: readonly number[]): Times => ({
  requests: timesMs.length,
  p50Ms: quantile(timesMs, 0.5),
  p99Ms: quantile(timesMs, 0.99),
  longestMs: quantile(timesMs, 1),
});
