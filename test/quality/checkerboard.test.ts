import { describe, expect, it } from 'vitest';
import { DEFAULT_IALS_OPTIONS, fitIals } from '../../src/recsys/als.js';
import { createBlendScorer } from '../../src/recsys/blendScorer.js';
import { priorOf } from '../../src/recsys/choose.js';
import { createScorers, FAMILIES, fitFamilies } from '../../src/recsys/families.js';
import { evenBlend } from '../../src/recsys/fitBlend.js';
import { createFoldIn, explain, foldIn, scoreItems } from '../../src/recsys/foldIn.js';
import { buildCsr } from '../../src/recsys/interactions.js';
import { createPlainEngine } from '../../src/recsys/kernels/plainEngine.js';
import { itemCosines, itemNorms } from '../../src/recsys/similar.js';
import { topK } from '../../src/recsys/topK.js';

const LEARNER_COUNT = 40;
const ITEM_COUNT = 20;

/** Even learners take even items, odd ones odd items: all of their colour but one, which is left to be recommended. */
function leftOutOf(learner: number): number {
  return (learner % 2) + 2 * (Math.floor(learner / 2) % (ITEM_COUNT / 2));
}

function takenBy(learner: number): number[] {
  return Array.from({ length: ITEM_COUNT / 2 }, (_, i) => (learner % 2) + 2 * i).filter(
    (item) => item !== leftOutOf(learner),
  );
}

describe('a checkerboard of two groups of learners and items', () => {
  const learners = Array.from({ length: LEARNER_COUNT }, (_, learner) => learner);
  const rowIndices = learners.flatMap((learner) => takenBy(learner).map(() => learner));
  const columnIndices = learners.flatMap(takenBy);
  const interactions = buildCsr(LEARNER_COUNT, ITEM_COUNT, {
    rowIndices,
    columnIndices,
    values: rowIndices.map(() => 1),
  });

  it('is seen through by a blend of families, each by itself and all together', () => {
    const families = ['ials', 'ease', 'itemknn', 'sequence'] as const;
    const data = { interactions, atMs: null, asOfMs: 0, content: null };
    const settings = Object.fromEntries(
      [...families, 'popularity' as const].map((family) => [family, FAMILIES[family].defaults]),
    );
    const models = fitFamilies(data, settings, { engine: createPlainEngine('which is enough for a checkerboard') });
    const scores = new Float64Array(ITEM_COUNT);
    const together = evenBlend(families).weights;
    for (const weights of [...families.map((family) => ({ [family]: 1 })), together]) {
      const blend = createBlendScorer(createScorers(models), priorOf(models), { weights, priorStrength: 3 });
      for (const learner of learners) {
        const itemIndices = Int32Array.from(takenBy(learner));
        const history = { itemIndices, values: new Float32Array(itemIndices.length).fill(1), atMs: null };
        const eligible = new Uint8Array(ITEM_COUNT).fill(1);
        for (const item of itemIndices) eligible[item] = 0;
        const scored = blend.score(history, scores);
        expect([...topK(scores, 1, eligible)]).toEqual([leftOutOf(learner)]);
        const { contributions } = blend.explain(history, leftOutOf(learner), scored);
        expect(contributions.every((contribution) => contribution > 0)).toBe(true);
      }
    }
  });

  it.each([2, 4, 8])('is seen through by iALS with %d factors', (rank) => {
    const model = fitIals(
      { interactions, atMs: null, asOfMs: 0, content: null },
      { ...DEFAULT_IALS_OPTIONS, rank, unobservedWeight: 0.1, regularisation: 0.01, seed: 3 },
      { engine: createPlainEngine('which is enough for a checkerboard') },
    );
    const context = createFoldIn(model);
    for (const learner of learners) {
      const itemIndices = Int32Array.from(takenBy(learner));
      const history = { itemIndices, values: new Float32Array(itemIndices.length).fill(1), atMs: null };
      const eligible = new Uint8Array(ITEM_COUNT).fill(1);
      for (const item of itemIndices) eligible[item] = 0;
      const scores = scoreItems(model, foldIn(context, history));
      expect([...topK(scores, 1, eligible)]).toEqual([leftOutOf(learner)]);
      // One course is enough to tell the group, for somebody new.
      const newcomer = { itemIndices: itemIndices.slice(0, 1), values: Float32Array.of(1), atMs: null };
      const best = [...topK(scoreItems(model, foldIn(context, newcomer)), ITEM_COUNT / 2, null)];
      expect(best.every((item) => item % 2 === learner % 2)).toBe(true);
      // A course of the other colour is no reason for one of this.
      const mixed = { itemIndices: Int32Array.of(0, 1), values: Float32Array.of(1, 1), atMs: null };
      const [byEven = 0, byOdd = 0] = explain(context, mixed, leftOutOf(learner));
      expect(learner % 2 === 0 ? byEven > byOdd : byOdd > byEven).toBe(true);
    }
    const norms = itemNorms(model);
    for (let item = 0; item < ITEM_COUNT; item++) {
      const nearest = [...topK(itemCosines(model, norms, item), 3, null)];
      expect(nearest.every((other) => other % 2 === item % 2)).toBe(true);
    }
  });
});
