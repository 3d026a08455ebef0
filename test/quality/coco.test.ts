import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../src/learners/profileEvent.js';
import type { History } from '../../src/recsys/history.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom } from '../../src/stats/random.js';
import { explainScore, loadModel, type Model, scoreHistory, type TrainedModel } from '../../src/training/model.js';
import { DEFAULT_TRAINING_OPTIONS, trainModel } from '../../src/training/trainer.js';
import type { TrainingEvents } from '../../src/training/trainingSet.js';

// Real course enrolments for development, which may not be shipped: outside the project, or where WAYMARK_DATA says.
const FOLDER = join(process.env['WAYMARK_DATA'] ?? join(process.cwd(), '..', 'shared', 'data'), 'coco');
const isHere = existsSync(join(FOLDER, 'interactions.csv'));

interface Enrolment {
  readonly learner_id: string;
  readonly course_id: string;
  readonly at: string;
}

function readEnrolments(): TrainingEvents {
  const read = <T>(file: string): T[] => parse(readFileSync(join(FOLDER, file)), { columns: true }) as T[];
  const courseIds = read<{ course_id: string }>('courses.csv').map((course) => course.course_id);
  const indexByCourseId = new Map(courseIds.map((courseId, index) => [courseId, index]));
  const byLearner = new Map<string, Enrolment[]>();
  for (const row of read<Enrolment>('interactions.csv')) {
    const own = byLearner.get(row.learner_id);
    if (own === undefined) byLearner.set(row.learner_id, [row]);
    else own.push(row);
  }
  const rows = [...byLearner.values()].flat();
  const learnerOffsets = new Int32Array(byLearner.size + 1);
  [...byLearner.values()].forEach((own, learner) => {
    learnerOffsets[learner + 1] = (learnerOffsets[learner] ?? 0) + own.length;
  });
  const none = new Float32Array(rows.length).fill(Number.NaN);
  return {
    learnerCount: byLearner.size,
    courseIds,
    learnerOffsets,
    courseIndices: Int32Array.from(rows, (row) => indexByCourseId.get(row.course_id) ?? -1),
    verbs: new Uint8Array(rows.length).fill(VERBS.indexOf('STARTED')),
    atMs: Float64Array.from(rows, (row) => Date.parse(row.at)),
    progress: none,
    scores: none,
    durationSeconds: none,
    mandatory: new Uint8Array(rows.length),
  };
}

describe.skipIf(!isHere)(`real enrolments (skipped without ${FOLDER}; WAYMARK_DATA names another folder)`, () => {
  let trained: TrainedModel;
  let model: Model;
  let events: TrainingEvents;

  // A small model, without the search over settings, to stay well within a minute: the defaults do better.
  beforeAll(async () => {
    events = readEnrolments();
    const nowMs = events.atMs.reduce((latest, atMs) => Math.max(latest, atMs), 0);
    const als = { ...DEFAULT_TRAINING_OPTIONS.als, rank: 32, epochs: 6 };
    const quick = { maxEvaluatedLearners: 1000, timeBudgetMs: 0 };
    const engine = await openEngine();
    const options = { ...DEFAULT_TRAINING_OPTIONS, ...quick, als, nowMs };
    trained = trainModel(events, options, { engine, elapsedMs: () => 0 });
    await engine.close();
    model = loadModel(trained);
  }, 180_000);

  it('are ranked far better by the model than by popularity, for what people took next', () => {
    expect(trained.holdout?.tried).toHaveLength(1);
    expect(trained.interactionCount).toBe(159_664);
    expect(trained.learnerCount).toBe(24_036);
    const { popularity, blend, blendOverPopularity } = trained.holdout ?? {};
    expect(popularity?.ndcg?.mean).toBeGreaterThan(0.02);
    expect(popularity?.ndcg?.mean).toBeLessThan(0.035);
    expect(blend?.ndcg?.mean).toBeGreaterThan(0.045);
    expect(blendOverPopularity?.low).toBeGreaterThan(0.01);
    expect(blend?.recall?.mean).toBeGreaterThan(1.5 * (popularity?.recall?.mean ?? 1));
    expect(blend?.coverage).toBeGreaterThan(20 * (popularity?.coverage ?? 1));
    expect(trained.gate.passed).toBe(true);
  });

  it('are explained by what matters: without its best reason a recommendation falls further than without another', () => {
    const random = createRandom(5);
    let fallOfBest = 0;
    let fallOfOther = 0;
    let tried = 0;
    while (tried < 150) {
      const learner = random.below(events.learnerCount);
      const start = events.learnerOffsets[learner] ?? 0;
      const itemIndices = events.courseIndices.slice(start, events.learnerOffsets[learner + 1]);
      if (itemIndices.length < 4 || itemIndices.length > 30) continue;
      tried++;
      const history: History = { itemIndices, values: new Float32Array(itemIndices.length).fill(0.2), atMs: null };
      const taken = new Set(itemIndices);
      const candidate = [...topK(scoreHistory(model, history).scores, 40, null)].find((item) => !taken.has(item)) ?? -1;
      const { contributions } = explainScore(model, history, candidate);
      const [best = 0] = topK(contributions, 1, null);
      const other = (best + 1 + random.below(itemIndices.length - 1)) % itemIndices.length;
      const rankWithout = (place: number): number => {
        const kept = itemIndices.filter((_, j) => j !== place);
        const scores = scoreHistory(model, {
          itemIndices: kept,
          values: history.values.subarray(1),
          atMs: null,
        }).scores;
        const score = scores[candidate] ?? 0;
        return scores.filter((one, item) => one > score && !taken.has(item)).length;
      };
      fallOfBest += Math.log2(1 + rankWithout(best));
      fallOfOther += Math.log2(1 + rankWithout(other));
    }
    expect(fallOfBest).toBeGreaterThan(2 * fallOfOther);
  });
});
