import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { ActiveHours } from '../../learners/activeHours.js';
import { atOnce } from '../../platform/turns/turns.js';
import { ownHoursInSteps } from '../model/ownHours.js';
import type { TimingModel, TimingPerson } from '../model/timingModel.js';
import type { SampledPerson } from './sampledPeople.js';
import { fitTiming } from './timingFit.js';

/** What the thread is started with, as `workerData`. */
export interface TimingFitRequest {
  /** Activity after it is left out, and older activity counts for less. */
  readonly asOf: Date;
}

/** What is posted to the thread: people in any number of messages, then `FIT` once. */
export type TimingFitOrder =
  | { readonly kind: 'PEOPLE'; readonly people: readonly SampledPerson[] }
  | { readonly kind: 'FIT' };

/** What the thread posts, once; then it ends. A failure ends it with an `error` event. */
export interface TimingFitMessage {
  /** Null: too few people were active. */
  readonly timing: TimingModel | null;
}

if (parentPort === null) throw new Error('timingFit.worker must be started as a worker thread.');
const port = parentPort;
const { asOf } = workerData as TimingFitRequest;
const people: SampledPerson[] = [];
// As the fit of the model does: requests go first.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(Math.max(NICENESS, getPriority()));

port.on('message', (order: TimingFitOrder) => {
  if (order.kind === 'PEOPLE') {
    for (const person of order.people) people.push(person);
    return;
  }
  port.postMessage({ timing: fitTiming(timingPeople(), { fittedAt: asOf }) } satisfies TimingFitMessage);
  port.close();
});

function timingPeople(): readonly TimingPerson[] {
  const hours = atOnce(ownHoursInSteps(people, asOf));
  return people.map(({ department, location }, i) => ({ department, location, hours: hours[i] as ActiveHours }));
}
