import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type CatalogSnapshot, EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import type { Course } from '../../src/catalog/course.js';
import { foldCourseEvent } from '../../src/learners/courseState.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { VERBS } from '../../src/learners/profileEvent.js';
import { recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { createServingIndex, type ServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { DEFAULT_IALS_OPTIONS } from '../../src/recsys/als.js';
import type { ItemContent } from '../../src/recsys/contentFeatures.js';
import type { CsrMatrix } from '../../src/recsys/interactions.js';
import { createRandom } from '../../src/stats/random.js';
import type { FitResources } from '../../src/training/fit.worker.js';
import { type FittedModel, fitInThread } from '../../src/training/fitThread.js';
import { loadModel } from '../../src/training/model.js';
import { decodeModel } from '../../src/training/modelArtifact.js';
import { DEFAULT_TRAINING_OPTIONS, type TrainingOptions } from '../../src/training/trainer.js';
import type { TrainingEvents } from '../../src/training/trainingSet.js';
import { recommendationInputs } from '../support/recommendationInputs.js';
import { oneOf, positiveNumber, wholeNumber } from './arguments.js';
import { DATA_HELP, DATA_OPTIONS, describeBenchData, loadBenchData, readDataArguments } from './benchData.js';
import { count, figure, megabytes, print, printMachine, printTable, quantile } from './printing.js';

const DEFAULT_SHAPE = '100000x10000x1000000';
const LIST_LENGTH = 200;
const PAGE_LENGTH = 10;
const ASKING_LEARNERS = 1000;
/** The event loop is looked at this often: its delay is what it takes beyond that. */
const RESOLUTION_MS = 1;
const MS_PER_YEAR = 365 * 86_400_000;

const HELP = `Usage: npm run bench -- train-while-serving [OPTIONS]

Makes lists of recommendations on the main thread at a steady rate, by the pipeline that serves requests, first alone and then
while a model is trained beside it on a thread of its own, as the service does it. Prints the delay of the event loop and the
time from when a request was due to its answer. The budget is an event-loop delay of at most 50 ms at p99 while training runs.

${DATA_HELP}
                       Without either: ${DEFAULT_SHAPE}
  --rate N             requests a second, sent whether or not earlier ones have been answered; default 50
  --seconds N          how long to serve without training; default 20
  --budget-seconds N   how long the training may try settings; default 20
  --threads N          of the training; default one for each core
  --kernels auto|plain default auto
`;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      ...DATA_OPTIONS,
      rate: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '20' },
      'budget-seconds': { type: 'string', default: '20' },
      threads: { type: 'string' },
      kernels: { type: 'string', default: 'auto' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const seed = wholeNumber('--seed', values.seed, 0);
  const data = readDataArguments(values, seed, DEFAULT_SHAPE);
  const rate = positiveNumber('--rate', values.rate);
  const quietMs = 1000 * positiveNumber('--seconds', values.seconds);
  const timeBudgetMs = 1000 * positiveNumber('--budget-seconds', values['budget-seconds']);
  const resources: FitResources = {
    threads: values.threads === undefined ? null : wholeNumber('--threads', values.threads, 1),
    kernels: oneOf('--kernels', values.kernels, ['auto', 'plain'] as const) === 'auto',
  };

  printMachine();
  const interactions = await loadBenchData(data);
  print(
    `${count(interactions.rowCount)} learners × ${count(interactions.columnCount)} courses, ` +
      `${count(interactions.values.length)} interactions (${describeBenchData(data)})`,
  );
  const nowMs = Date.now();
  const events = eventsOf(interactions, nowMs, seed);
  const options: TrainingOptions = { ...DEFAULT_TRAINING_OPTIONS, nowMs, seed, timeBudgetMs };
  const states = statesOf(events);
  const courses = events.courseIds.map(courseOf);
  const catalog = withChanges(EMPTY_CATALOG, { courses, skills: [], roles: [] }, 1);
  // The live model is made without tuning: only how long a list takes matters here.
  const first = await fitInThread(
    copyOf(events),
    null,
    { ...options, families: ['ials', 'popularity'], fixed: { ials: DEFAULT_IALS_OPTIONS }, timeBudgetMs: 1 },
    resources,
    false,
    UNINTERRUPTED,
  );
  const server = createServer(states, takeModel(first, catalog).index, nowMs);
  await server.serve(rate, sleep(1000));

  const alone = await server.serve(rate, sleep(quietMs));
  const train = async () => {
    const startMs = performance.now();
    const fitted = await fitInThread(events, null, options, resources, false, UNINTERRUPTED);
    const seconds = (performance.now() - startMs) / 1000;
    const taking = takeModel(fitted, catalog);
    server.take(taking.index);
    return { seconds, engine: fitted.engine, taking };
  };
  const training = train();
  const beside = await server.serve(rate, training);
  const { seconds, engine, taking } = await training;

  print(`${rate} lists a second of ${LIST_LENGTH}, the first ${PAGE_LENGTH} with reasons`);
  printTable(
    ['', 'event loop p50', 'p99', 'max', 'request p50', 'p99', 'max', 'requests', 'CPU s'],
    [rowOf('without training', alone), rowOf('while training', beside)],
  );
  print(
    `Training: ${figure(seconds)} s on ${engine}; peak memory ` +
      `${megabytes(process.resourceUsage().maxRSS * 1024)} (maxRSS of the process, serving and training together)`,
  );
  printTaking(taking);
}

function printTaking({ decodeMs, loadMs, indexMs }: Taking): void {
  print(
    `Taking the new model held the main thread for ${figure(decodeMs + loadMs + indexMs)} ms: ` +
      `decoding ${figure(decodeMs)}, making it ready ${figure(loadMs)}, joining it to the catalogue ${figure(indexMs)}`,
  );
}

const UNINTERRUPTED = { report: () => {}, shouldStop: () => false };

/** What serving for a while came to; times in milliseconds. */
interface Served {
  readonly loop: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly requestMs: readonly number[];
  readonly cpuSeconds: number;
}

function rowOf(name: string, { loop, requestMs, cpuSeconds }: Served): string[] {
  const ms = (value: number): string => `${figure(value)} ms`;
  return [
    name,
    ms(loop.p50),
    ms(loop.p99),
    ms(loop.max),
    ms(quantile(requestMs, 0.5)),
    ms(quantile(requestMs, 0.99)),
    ms(quantile(requestMs, 1)),
    count(requestMs.length),
    figure(cpuSeconds),
  ];
}

function createServer(states: readonly LearnerState[], firstIndex: ServingIndex, nowMs: number) {
  const now = new Date(nowMs);
  let index = firstIndex;
  let asked = 0;
  return {
    take(newIndex: ServingIndex): void {
      index = newIndex;
    },
    /** Serves until the work is done. Requests that are late are answered one a turn, as they would be from sockets. */
    async serve(rate: number, work: Promise<unknown>): Promise<Served> {
      let isDone = false;
      const ending = work.finally(() => {
        isDone = true;
      });
      // Whoever awaits it below is told; until then it must not count as unhandled.
      ending.catch(() => {});
      const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      delay.enable();
      const startCpu = process.cpuUsage();
      const startMs = performance.now();
      const requestMs: number[] = [];
      while (!isDone) {
        const dueMs = startMs + (1000 * requestMs.length) / rate;
        const waitMs = dueMs - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        else await nextTurn();
        if (performance.now() < dueMs) continue;
        recommend(
          recommendationInputs({ now, state: states[asked++ % states.length]!, index }),
          LIST_LENGTH,
          PAGE_LENGTH,
        );
        requestMs.push(performance.now() - dueMs);
      }
      delay.disable();
      const { user, system } = process.cpuUsage(startCpu);
      await ending;
      const beyond = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
      return {
        loop: { p50: beyond(delay.percentile(50)), p99: beyond(delay.percentile(99)), max: beyond(delay.max) },
        requestMs,
        cpuSeconds: (user + system) / 1e6,
      };
    },
  };
}

/** A model that has been made ready on the main thread, and how long each step held it. */
interface Taking {
  readonly index: ServingIndex;
  readonly decodeMs: number;
  readonly loadMs: number;
  readonly indexMs: number;
}

/** As the service takes a new model over, but for a blend that always asks iALS: made-up data has no taste in it. */
function takeModel({ artifact }: FittedModel, catalog: CatalogSnapshot): Taking {
  const startMs = performance.now();
  const trained = decodeModel(artifact);
  const decodedMs = performance.now();
  const blend = { weights: { ...trained.blend.weights, ials: 1 }, priorStrength: trained.blend.priorStrength };
  const model = loadModel({ ...trained, blend });
  const loadedMs = performance.now();
  const index = createServingIndex(catalog, { version: 'bench', model, ranking: null });
  return {
    index,
    decodeMs: decodedMs - startMs,
    loadMs: loadedMs - decodedMs,
    indexMs: performance.now() - loadedMs,
  };
}

function courseOf(id: string): Course {
  return {
    id,
    title: id,
    description: null,
    kind: 'COURSE',
    language: null,
    provider: null,
    url: null,
    durationMinutes: null,
    level: null,
    tags: [],
    publishedAt: null,
    retiredAt: null,
    excludedFromRecommendations: false,
    skills: [],
    prerequisiteIds: [],
    sessions: [],
    addedAt: new Date(0),
  };
}

const COMPLETED = VERBS.indexOf('COMPLETED');
const STARTED = VERBS.indexOf('STARTED');
const DISMISSED = VERBS.indexOf('DISMISSED');

/** One event for each cell, some time in the last two years. */
function eventsOf(interactions: CsrMatrix, nowMs: number, seed: number): TrainingEvents {
  const { rowCount, columnCount, rowOffsets, columnIndices, values } = interactions;
  const random = createRandom(seed);
  const absent = (): Float32Array => new Float32Array(values.length).fill(Number.NaN);
  return {
    learnerCount: rowCount,
    courseIds: Array.from({ length: columnCount }, (_, course) => `course-${course}`),
    contents: Array.from({ length: columnCount }, (_, course) => contentOf(course)),
    learnerOffsets: rowOffsets,
    courseIndices: columnIndices,
    verbs: Uint8Array.from(values, (value) => (value < 0 ? DISMISSED : value > 0.5 ? COMPLETED : STARTED)),
    atMs: Float64Array.from(values, () => nowMs - 2 * MS_PER_YEAR * random.uniform()),
    progress: absent(),
    scores: absent(),
    durationSeconds: absent(),
    mandatory: new Uint8Array(values.length),
  };
}

/** A few words that courses share, as titles, skills and categories do. */
function contentOf(course: number): ItemContent {
  return {
    title: `Topic ${course % 997} for team ${course % 101}`,
    description: null,
    provider: `Provider ${course % 37}`,
    level: null,
    language: 'en',
    kind: 'COURSE',
    categories: [`Category ${course % 23}`],
    skills: [`Skill ${course % 211}`, `Skill ${course % 307}`],
  };
}

function copyOf(events: TrainingEvents): TrainingEvents {
  return structuredClone(events);
}

/** What the pipeline is told of the first learners with any event. */
function statesOf(events: TrainingEvents): LearnerState[] {
  const states: LearnerState[] = [];
  for (let learner = 0; learner < events.learnerCount && states.length < ASKING_LEARNERS; learner++) {
    const courses: LearnerState['courses'][number][] = [];
    for (let row = events.learnerOffsets[learner]!; row < events.learnerOffsets[learner + 1]!; row++) {
      const state = foldCourseEvent(null, {
        verb: VERBS[events.verbs[row]!]!,
        reason: null,
        atMs: events.atMs[row]!,
        durationSeconds: null,
        progress: null,
        score: null,
      });
      if (state !== null) courses.push({ ...state, courseId: events.courseIds[events.courseIndices[row]!]! });
    }
    if (courses.length > 0) {
      states.push({
        learnerId: `learner-${learner}`,
        learner: null,
        courses,
        assignments: [],
        skills: [],
        ...{ mandatedCourseIds: [], searches: [] },
      });
    }
  }
  return states;
}
