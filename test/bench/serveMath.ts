import { parseArgs } from 'node:util';
import { DEFAULT_IALS_OPTIONS, type IalsModel } from '../../src/recsys/als.js';
import { turnToPrincipalAxes } from '../../src/recsys/denseAlgebra.js';
import type { History } from '../../src/recsys/history.js';
import { createIalsScorer } from '../../src/recsys/ialsScorer.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom, type Random } from '../../src/stats/random.js';
import { wholeNumber, wholeNumbers } from './arguments.js';
import { count, print, printMachine, printTable, quantile } from './printing.js';

const LIST_LENGTH = 20;

const HELP = `Usage: npm run bench -- serve-math [OPTIONS]

Times what a request asks of an iALS model, on one thread: folding the history in, scores of all items, and the ${LIST_LENGTH} best
that are not in the history. Factors and histories are made up; the time does not depend on what is in them.

  --items LIST         default 10000,50000
  --factors LIST       default 64,128
  --histories LIST     items in a history; default 1,10,50,200
  --requests N         timed requests for each, after a fifth as many to warm up; default 1000
  --seed N             default 1
`;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      items: { type: 'string', default: '10000,50000' },
      factors: { type: 'string', default: '64,128' },
      histories: { type: 'string', default: '1,10,50,200' },
      requests: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const requests = wholeNumber('--requests', values.requests, 1);
  const seed = wholeNumber('--seed', values.seed, 0);
  const itemCounts = wholeNumbers('--items', values.items, 1);
  const ranks = wholeNumbers('--factors', values.factors, 1);
  const lengths = wholeNumbers('--histories', values.histories, 0);
  printMachine();
  print(`Fold-in, scores of all items and the best ${LIST_LENGTH}; ${requests} requests each`);
  const rows: string[][] = [];
  for (const itemCount of itemCounts) {
    for (const rank of ranks) {
      const random = createRandom(seed);
      const model = madeUpModel(itemCount, rank, random);
      for (const length of lengths) {
        const { times, meanCpuMs } = timeRequests(model, Math.min(length, itemCount), requests, random);
        const ms = [0, 0.5, 0.99].map((share) => quantile(times, share));
        rows.push([count(itemCount), rank, length, ...[...ms, meanCpuMs].map((time) => time.toFixed(3))].map(String));
      }
    }
  }
  printTable(['items', 'factors', 'history', 'least ms', 'p50 ms', 'p99 ms', 'mean CPU ms'], rows);
}

function madeUpModel(itemCount: number, rank: number, random: Random): IalsModel {
  const itemFactors = new Float32Array(itemCount * rank);
  for (let i = 0; i < itemFactors.length; i++) itemFactors[i] = 0.1 * random.normal();
  const gramianDiagonal = turnToPrincipalAxes(itemFactors, itemCount, rank);
  return {
    family: 'ials',
    rank,
    itemCount,
    fittedItemCount: itemCount,
    itemFactors,
    gramianDiagonal,
    scoringFactors: null,
    content: null,
    options: { ...DEFAULT_IALS_OPTIONS, rank },
  };
}

/** Milliseconds of each request, and what one costs the processor: on a busy machine only that is the model's own. */
function timeRequests(model: IalsModel, length: number, requests: number, random: Random) {
  const scorer = createIalsScorer(model);
  const scores = new Float32Array(model.itemCount);
  const eligible = new Uint8Array(model.itemCount).fill(1);
  const answer = (history: History): void => {
    scorer.score(history, scores);
    for (const item of history.itemIndices) eligible[item] = 0;
    const best = topK(scores, LIST_LENGTH, eligible);
    for (const item of history.itemIndices) eligible[item] = 1;
    if (best.length < Math.min(LIST_LENGTH, model.itemCount - length)) throw new Error('A list came out too short.');
  };
  for (let request = 0; request < requests / 5; request++) answer(madeUpHistory(model.itemCount, length, random));
  const histories = Array.from({ length: requests }, () => madeUpHistory(model.itemCount, length, random));
  const times = new Float64Array(requests);
  const startCpu = process.cpuUsage();
  histories.forEach((history, request) => {
    const start = performance.now();
    answer(history);
    times[request] = performance.now() - start;
  });
  const { user, system } = process.cpuUsage(startCpu);
  return { times, meanCpuMs: (user + system) / 1000 / requests };
}

function madeUpHistory(itemCount: number, length: number, random: Random): History {
  const items = new Set<number>();
  while (items.size < length) items.add(random.below(itemCount));
  return {
    itemIndices: Int32Array.from(items),
    values: Float32Array.from(items, () => 0.2 + 0.8 * random.uniform()),
    atMs: null,
  };
}
