import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../../src/learners/profileEvent.js';
import type { MeasuredScorer } from '../../src/recsys/choose.js';
import { FAMILIES } from '../../src/recsys/families.js';
import type { History } from '../../src/recsys/history.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { topK } from '../../src/recsys/topK.js';
import { createRandom } from '../../src/stats/random.js';
import { explainScore, loadModel, type Model, scoreHistory, type TrainedModel } from '../../src/training/model.js';
import { DEFAULT_TRAINING_OPTIONS, type TrainingOptions, trainModel } from '../../src/training/trainer.js';
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
    contents: null,
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

  // Small models, without the search over settings and without content, to stay quick: the defaults do better.
  beforeAll(async () => {
    events = readEnrolments();
    const nowMs = events.atMs.reduce((latest, atMs) => Math.max(latest, atMs), 0);
    const engine = await openEngine();
    const options: TrainingOptions = {
      ...DEFAULT_TRAINING_OPTIONS,
      nowMs,
      starts: { ...DEFAULT_TRAINING_OPTIONS.starts, ials: { ...FAMILIES.ials.defaults, rank: 32, epochs: 6 } },
      maxEvaluatedLearners: 1000,
      timeBudgetMs: 0,
    };
    trained = trainModel(events, null, options, { engine, elapsedMs: () => 0 });
    await engine.close();
    model = loadModel(trained);
  }, 180_000);

  const measured = (name: MeasuredScorer['name']): MeasuredScorer => {
    const one = trained.holdout?.measured.find((other) => other.name === name);
    if (one === undefined) throw new Error(`${name} was not measured`);
    return one;
  };

  it('are ranked far better by the model than by popularity, for what people took next', () => {
    expect(trained.interactionCount).toBe(159_664);
    expect(trained.learnerCount).toBe(24_036);
    const { figures: popularity, blendOver } = measured('popularity');
    const { figures: blend } = measured('blend');
    expect(popularity.ndcg?.mean).toBeGreaterThan(0.02);
    expect(popularity.ndcg?.mean).toBeLessThan(0.035);
    expect(blend.ndcg?.mean).toBeGreaterThan(0.045);
    expect(blendOver?.low).toBeGreaterThan(0.01);
    expect(blend.recall?.mean).toBeGreaterThan(1.5 * (popularity.recall?.mean ?? 1));
    expect(blend.coverage).toBeGreaterThan(20 * popularity.coverage);
    expect(trained.gate.passed).toBe(true);
  });

  it('are ranked no worse by the blend than by any family alone', () => {
    const others = trained.holdout?.measured.filter(({ name }) => name !== 'blend') ?? [];
    expect(others.map(({ name }) => name)).toContain('ials');
    for (const { blendOver } of others) expect(blendOver?.high).toBeGreaterThan(0);
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
      const modelled = scoreHistory(model, history);
      const candidate = [...topK(modelled.scores, 40, null)].find((item) => !taken.has(item)) ?? -1;
      const { contributions } = explainScore(model, modelled, candidate);
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
