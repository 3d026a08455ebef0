import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAnswered, send } from './asking.js';
import { answerRequest } from './ownProcess.js';
import { quantile } from './printing.js';
import { memoryOf, openFiles } from './processFigures.js';

/** What the process that sends the load is told. */
export interface SoakRequest {
  readonly url: string;
  readonly key: string;
  readonly learnerIds: readonly string[];
  readonly courseIds: readonly string[];
  readonly seconds: number;
  /** Requests a second. */
  readonly rate: number;
  /** Of the service. */
  readonly pid: number;
}

/** One of the stretches of equal length that the time is divided into. */
interface Stretch {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Medians of what was seen once a second. */
  readonly residentBytes: number;
  readonly openFiles: number;
}

export interface SoakReport {
  readonly stretches: readonly Stretch[];
}

const STRETCHES = 10;
const EVENTS_AT_ONCE = 10;
const LOOK_EVERY_MS = 1_000;

const LIST = `query ($learnerId: ID!) { recommendations(learnerId: $learnerId, first: 10) {
  servedListId edges { node { rank course { id title } reasons { code text } } } } }`;
const FEED = `query ($learnerId: ID!) { feed(learnerId: $learnerId) {
  shelves { title entries { rank course { id title } } } } }`;
const CATALOGUE = '{ courses(first: 50) { edges { node { id title } } } }';
const RECORD = 'mutation ($rows: [RecordInteractionInput!]!) { recordActivity(interactions: $rows) { storedCount } }';

answerRequest(measure);

async function measure(soak: SoakRequest): Promise<SoakReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const startMs = performance.now();
  const stretchOf = () =>
    Math.min(STRETCHES - 1, Math.floor(((performance.now() - startMs) * STRETCHES) / (soak.seconds * 1_000)));
  const seen = Array.from({ length: STRETCHES }, () => ({
    timesMs: [] as number[],
    failed: 0,
    residentBytes: [] as number[],
    openFiles: [] as number[],
  }));
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const stretch = seen[stretchOf()];
      stretch?.residentBytes.push((await memoryOf(soak.pid)).nowBytes);
      stretch?.openFiles.push(await openFiles(soak.pid));
      await sleep(LOOK_EVERY_MS);
    }
  })();
  const pending = new Set<Promise<void>>();
  for (let i = 0; i < soak.rate * soak.seconds; i++) {
    const dueMs = startMs + (i * 1_000) / soak.rate;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const stretch = seen[stretchOf()];
    const asking = send(agent, soak, bodyOf(soak, i)).then((reply) => {
      pending.delete(asking);
      if (isAnswered(reply)) stretch?.timesMs.push(performance.now() - dueMs);
      else if (stretch !== undefined) stretch.failed += 1;
    });
    pending.add(asking);
  }
  await Promise.all(pending);
  isOver = true;
  await watching;
  agent.destroy();
  return {
    stretches: seen.map(({ timesMs, failed, ...watched }) => ({
      requests: timesMs.length + failed,
      failed,
      p50Ms: quantile(timesMs, 0.5),
      p99Ms: quantile(timesMs, 0.99),
      residentBytes: quantile(watched.residentBytes, 0.5),
      openFiles: quantile(watched.openFiles, 0.5),
    })),
  };
}

/** Of ten requests seven for a list, one for a feed, one for the catalogue, and one that brings what somebody did. */
function bodyOf({ learnerIds, courseIds }: SoakRequest, i: number): string {
  const learnerId = learnerIds[(i * 7) % learnerIds.length];
  const kind = i % 10;
  if (kind === 0) return JSON.stringify({ query: FEED, variables: { learnerId } });
  if (kind === 1) return JSON.stringify({ query: CATALOGUE });
  if (kind > 2) return JSON.stringify({ query: LIST, variables: { learnerId } });
  const rows = Array.from({ length: EVENTS_AT_ONCE }, (_, n) => ({
    ...{ learnerId, verb: 'STARTED', courseId: courseIds[(i + n) % courseIds.length] },
    ...{ source: 'soak', eventId: `${process.pid}-${i}-${n}`, at: new Date() },
  }));
  return JSON.stringify({ query: RECORD, variables: { rows } });
}
