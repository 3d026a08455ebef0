import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_IALS_OPTIONS, fitIals, type IalsModel } from '../../src/recsys/als.js';
import { fitContentModel, predictFactors } from '../../src/recsys/contentFactors.js';
import {
  DEFAULT_CONTENT_OPTIONS,
  encodeContent,
  fitContentEncoder,
  type ItemContent,
} from '../../src/recsys/contentFeatures.js';
import { createContentNeighbours } from '../../src/recsys/contentNeighbours.js';
import { createFoldIn, foldIn } from '../../src/recsys/foldIn.js';
import type { History } from '../../src/recsys/history.js';
import { buildCsr, type CsrMatrix } from '../../src/recsys/interactions.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { ndcgAtK } from '../../src/recsys/metrics.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom, shuffled } from '../../src/stats/random.js';

// Real course enrolments for development, which may not be shipped: outside the project, or where WAYMARK_DATA says.
const FOLDER = join(process.env['WAYMARK_DATA'] ?? join(process.cwd(), '..', 'shared', 'data'), 'coco');
const isHere = existsSync(join(FOLDER, 'interactions.csv'));

const K = 20;
const SEED = 1;
const NEW_SHARE = 0.12;
const LEAST_LEARNERS = 5;
const EVALUATED_LEARNERS = 1500;
const ALS = { ...DEFAULT_IALS_OPTIONS, epochs: 4, seed: SEED };

interface Split {
  readonly contents: readonly ItemContent[];
  readonly train: CsrMatrix;
  /** What each learner took of the new courses. */
  readonly heldOut: ReadonlyMap<number, ReadonlySet<number>>;
  readonly newItems: Int32Array;
}

/** A share of the courses made new: none of their enrolments is left to train on. */
function readSplit(): Split {
  const read = (file: string): Array<Record<string, string>> =>
    parse(readFileSync(join(FOLDER, file)), { columns: true });
  const list = (cell = ''): string[] => cell.split('|').filter((name) => name !== '');
  const courses = read('courses.csv');
  const contents = courses.map((course) => ({
    title: course['title'] ?? '',
    description: null,
    provider: null,
    level: course['level'] ?? null,
    language: course['language'] ?? null,
    kind: null,
    categories: list(course['categories']),
    skills: list(course['concepts']),
    audiences: list(course['audiences']),
  }));
  const itemOf = new Map(courses.map((course, item) => [course['course_id'] ?? '', item]));
  const takenBy = new Map<string, Set<number>>();
  for (const row of read('interactions.csv')) {
    const taken = takenBy.get(row['learner_id'] ?? '') ?? new Set();
    takenBy.set(row['learner_id'] ?? '', taken.add(itemOf.get(row['course_id'] ?? '') ?? -1));
  }
  const learnerCounts = new Int32Array(courses.length);
  for (const taken of takenBy.values()) for (const item of taken) learnerCounts[item]!++;
  const known = [...learnerCounts.keys()].filter((item) => (learnerCounts[item] ?? 0) >= LEAST_LEARNERS);
  const newItems = Int32Array.from(
    shuffled(known, createRandom(SEED)).slice(0, Math.round(NEW_SHARE * known.length)),
  ).sort();
  const isNew = new Set(newItems);
  const rowIndices: number[] = [];
  const columnIndices: number[] = [];
  const heldOut = new Map<number, Set<number>>();
  [...takenBy.values()].forEach((taken, learner) => {
    const own = [...taken].filter((item) => !isNew.has(item));
    rowIndices.push(...own.map(() => learner));
    columnIndices.push(...own);
    if (own.length > 0 && own.length < taken.size) {
      heldOut.set(learner, new Set([...taken].filter((item) => isNew.has(item))));
    }
  });
  const values = new Float32Array(rowIndices.length).fill(1);
  const train = buildCsr(takenBy.size, courses.length, { rowIndices, columnIndices, values });
  return { contents, train, heldOut, newItems };
}

describe.skipIf(!isHere)(`new courses (skipped without ${FOLDER}; WAYMARK_DATA names another folder)`, () => {
  let split: Split;
  let als: IalsModel;

  beforeAll(async () => {
    split = readSplit();
    const engine = await openEngine();
    als = fitIals({ interactions: split.train, atMs: null, asOfMs: 0, content: null }, ALS, { engine });
    await engine.close();
  }, 180_000);

  it('are ranked better by predicted factors than by their neighbours in content', () => {
    const { contents, train, heldOut, newItems } = split;
    const { rank } = als;
    const evidence = new Float64Array(train.columnCount);
    for (const item of train.columnIndices) evidence[item]!++;
    const features = encodeContent(fitContentEncoder(contents), contents);
    const predicted = predictFactors(fitContentModel(features, als.itemFactors, rank, evidence), features);
    // What cosines give when each field is taken for itself.
    const plainWeights = { ...DEFAULT_CONTENT_OPTIONS.fieldWeights, words: 1, pieces: 0, skills: 1 };
    const plainEncoder = fitContentEncoder(contents, { ...DEFAULT_CONTENT_OPTIONS, fieldWeights: plainWeights });
    const plainNeighbours = createContentNeighbours(encodeContent(plainEncoder, contents));
    const neighbours = createContentNeighbours(features);
    const context = createFoldIn(als);
    const scratch = new Float32Array(train.columnCount);
    const ndcg = { plainNeighbours: 0, neighbours: 0, factors: 0 };
    const learners = shuffled([...heldOut.keys()], createRandom(SEED)).slice(0, EVALUATED_LEARNERS);
    for (const learner of learners) {
      const start = train.rowOffsets[learner] ?? 0;
      const end = train.rowOffsets[learner + 1] ?? 0;
      const itemIndices = train.columnIndices.slice(start, end);
      const history: History = { itemIndices, values: train.values.slice(start, end), atMs: null };
      const gain = (scores: ArrayLike<number>): number =>
        ndcgAtK(
          topK(scores, K, null).map((place) => newItems[place] ?? -1),
          heldOut.get(learner) ?? new Set(),
          K,
        );
      const ofNew = (): Float64Array => Float64Array.from(newItems, (item) => scratch[item] ?? 0);
      plainNeighbours.score(history, scratch);
      ndcg.plainNeighbours += gain(ofNew()) / learners.length;
      neighbours.score(history, scratch);
      ndcg.neighbours += gain(ofNew()) / learners.length;
      const x = foldIn(context, history);
      const scores = Float64Array.from(newItems, (item) =>
        x.reduce((sum, value, k) => sum + value * (predicted[item * rank + k] ?? 0), 0),
      );
      ndcg.factors += gain(scores) / learners.length;
    }
    expect(newItems).toHaveLength(817);
    expect(ndcg.neighbours, JSON.stringify(ndcg)).toBeGreaterThan(0.14);
    expect(ndcg.factors, JSON.stringify(ndcg)).toBeGreaterThan(1.05 * ndcg.neighbours);
    expect(ndcg.factors, JSON.stringify(ndcg)).toBeGreaterThan(1.3 * ndcg.plainNeighbours);
    expect(ndcg.factors).toBeLessThan(0.3);
  }, 120_000);
});
