import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { activeHours } from '../learners/activeHours.js';
import type { RhythmSample } from '../learners/learners.service.js';
import { fitTiming } from './timingFit.js';
import type { TimingModel, TimingPerson } from './timingModel.js';

/** What the thread is started with, as `workerData`. */
export interface TimingFitRequest {
  /** Activity after it is left out, and older activity counts for less. */
  readonly asOf: Date;
  /** Where people are whose zone is not known. */
  readonly defaultTimezone: string;
}

/** What is posted to the thread: people in any number of messages, then `FIT` once. */
export type TimingFitOrder =
  | { readonly kind: 'PEOPLE'; readonly people: readonly RhythmSample[] }
  | { readonly kind: 'FIT' };

/** What the thread posts, once; then it ends. A failure ends it with an `error` event. */
export interface TimingFitMessage {
  /** Null: too few people were active. */
  readonly timing: TimingModel | null;
}

if (parentPort === null) throw new Error('timingFit.worker must be started as a worker thread.');
const port = parentPort;
const { asOf, defaultTimezone } = workerData as TimingFitRequest;
const people: TimingPerson[] = [];
// As the fit of the model does: requests go first.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(Math.max(NICENESS, getPriority()));

port.on('message', (order: TimingFitOrder) => {
  if (order.kind === 'PEOPLE') {
    for (const person of order.people) people.push(timingPerson(person));
    return;
  }
  port.postMessage({ timing: fitTiming(people, { fittedAt: asOf }) } satisfies TimingFitMessage);
  port.close();
});

function timingPerson({ timezone, department, location, hourStartsMs }: RhythmSample): TimingPerson {
  const zone = timezone ?? defaultTimezone;
  const hours = activeHours({ hourStartsMs, zone, nowMs: asOf.getTime(), observedSinceMs: null });
  return { hours, department, location };
}
