import fc from 'fast-check';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import {
  type ContentFitOptions,
  DEFAULT_CONTENT_FIT_OPTIONS,
  fitContentModel,
  predictFactors,
  withContent,
} from '../../src/recsys/contentFactors.js';
import {
  CONTENT_FIELDS,
  type ContentField,
  type ContentOptions,
  DEFAULT_CONTENT_OPTIONS,
  encodeContent,
  fitContentEncoder,
  type ItemContent,
} from '../../src/recsys/contentFeatures.js';
import { createContentNeighbours } from '../../src/recsys/contentNeighbours.js';
import { FitStopped } from '../../src/recsys/fitting.js';
import type { History } from '../../src/recsys/history.js';
import { buildCsr, type CsrMatrix } from '../../src/recsys/interactions.js';
import { createRandom, shuffled } from '../../src/stats/random.js';

function item(title: string, rest: Partial<ItemContent> = {}): ItemContent {
  const nothing = { description: null, provider: null, level: null, language: null, kind: null };
  return { title, ...nothing, categories: [], skills: [], ...rest };
}

/** Only the named fields, and every term however rare. */
function only(weights: Partial<Record<ContentField, number>>, rest: Partial<ContentOptions> = {}): ContentOptions {
  const none = Object.fromEntries(CONTENT_FIELDS.map((field) => [field, 0])) as Record<ContentField, number>;
  return { ...DEFAULT_CONTENT_OPTIONS, minItems: 1, ...rest, fieldWeights: { ...none, ...weights } };
}

function denseRow(matrix: CsrMatrix, row: number): number[] {
  const dense = new Array<number>(matrix.columnCount).fill(0);
  for (let cell = matrix.rowOffsets[row] ?? 0; cell < (matrix.rowOffsets[row + 1] ?? 0); cell++) {
    dense[matrix.columnIndices[cell] ?? 0] = matrix.values[cell] ?? 0;
  }
  return dense;
}

function historyOf(items: readonly number[], values: readonly number[]): History {
  return { itemIndices: Int32Array.from(items), values: Float32Array.from(values), atMs: null };
}

describe('content features', () => {
  it('are worked by hand: (1 + ln tf) · ln(1 + N / n), a field at its weight, the whole at length 1', () => {
    const items = [item('Data data', { level: 'LOW' }), item('Data trees', { level: 'HIGH' })];
    const encoder = fitContentEncoder(items, only({ words: 2, level: 1 }));
    expect(encoder.terms).toEqual(['words:data', 'words:trees', 'level:high', 'level:low']);
    [2, 3, 3, 3].forEach((ratio, column) => {
      expect(encoder.inverseFrequencies[column]).toBeCloseTo(Math.log(ratio), 6);
    });
    const features = encodeContent(encoder, items);
    const root5 = Math.sqrt(5);
    const root = Math.hypot(Math.log(2), Math.log(3));
    const close = (row: number, expected: readonly number[]): void => {
      denseRow(features, row).forEach((value, column) => {
        expect(value).toBeCloseTo(expected[column] ?? Number.NaN, 6);
      });
    };
    close(0, [2 / root5, 0, 0, 1 / root5]);
    close(1, [(2 * Math.log(2)) / root / root5, (2 * Math.log(3)) / root / root5, 1 / root5, 0]);
    const thrice = denseRow(encodeContent(encoder, [item('data data data trees')]), 0);
    expect((thrice[0] ?? 0) / (thrice[1] ?? 1)).toBeCloseTo(((1 + Math.log(3)) * Math.log(2)) / Math.log(3), 5);
  });

  it('meet over fields: a skill listed by one item is a word in the title of another', () => {
    const items = [item('Ship with Docker'), item('Containers', { skills: ['Docker'] }), item('Knitting')];
    const neighbours = createContentNeighbours(encodeContent(fitContentEncoder(items, only({ words: 1 })), items));
    const out = new Float32Array(3);
    neighbours.score(historyOf([0], [1]), out);
    expect(out[1]).toBeGreaterThan(0.2);
    expect(out[2]).toBe(0);
  });

  it('read words of any script, and tell C from C++ and C#', () => {
    const words = (title: string): string[] =>
      fitContentEncoder([item(title)], only({ words: 1 })).terms.map((term) => term.slice('words:'.length));
    expect(words('C, C++ and C#: été ÜBUNG, 42 Основы')).toEqual(
      ['c', 'c++', 'and', 'c#', 'été', 'übung', '42', 'основы'].sort(),
    );
    const pieces = (title: string): readonly string[] => fitContentEncoder([item(title)], only({ pieces: 1 })).terms;
    expect(pieces('Teams')).toEqual(['pieces: tea', 'pieces:ams ', 'pieces:eams', 'pieces:team']);
    expect(pieces('機械学習')).toEqual(['pieces:学習', 'pieces:械学', 'pieces:機械']);
  });

  it('leave out stop words and rare terms, keep the most common under a cap, and the same terms in any order', () => {
    const items = Array.from({ length: 100 }, (_, i) => item(`the topic${i % 4} odd${i}`));
    const encoder = fitContentEncoder(items, { ...only({ words: 1 }), minItems: 2 });
    expect(encoder.terms).toEqual(['words:topic0', 'words:topic1', 'words:topic2', 'words:topic3']);
    expect(fitContentEncoder(items, { ...only({ words: 1 }), minItems: 2, maxTerms: 2 }).terms).toHaveLength(2);
    expect(fitContentEncoder(shuffled(items, createRandom(1)), { ...only({ words: 1 }), minItems: 2 })).toEqual(
      encoder,
    );
  });

  it('of an item added later are those it would have had, after the vocabulary was stored and read back', () => {
    const items = [item('red apples', { skills: ['Fruit'] }), item('green apples'), item('red wine')];
    const encoder = fitContentEncoder(items);
    const stored = {
      ...(JSON.parse(JSON.stringify({ ...encoder, inverseFrequencies: [...encoder.inverseFrequencies] })) as object),
      inverseFrequencies: encoder.inverseFrequencies.slice(),
    } as typeof encoder;
    expect(encodeContent(stored, items)).toEqual(encodeContent(encoder, items));
    expect(denseRow(encodeContent(encoder, [items[2] ?? item('')]), 0)).toEqual(
      denseRow(encodeContent(encoder, items), 2),
    );
  });

  it('are of length 1 or 0 and finite, whatever is written', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const content = fc.record({
      title: text,
      description: fc.option(text),
      provider: fc.option(text),
      level: fc.option(text),
      language: fc.option(text),
      kind: fc.option(text),
      categories: fc.array(text, { maxLength: 3 }),
      skills: fc.array(text, { maxLength: 3 }),
      audiences: fc.array(text, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(content, { maxLength: 12 }), (items) => {
        const features = encodeContent(fitContentEncoder(items, { ...DEFAULT_CONTENT_OPTIONS, minItems: 1 }), items);
        for (let row = 0; row < items.length; row++) {
          const length = Math.hypot(...denseRow(features, row));
          expect(length === 0 || Math.abs(length - 1) < 1e-5).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('refuse options that mean nothing', () => {
    expect(() => fitContentEncoder([], only({ words: -1 }))).toThrow(RangeError);
    expect(() => fitContentEncoder([], only({}, { minItems: 0 }))).toThrow(RangeError);
    expect(() => fitContentEncoder([], only({}, { maxItemShare: 0 }))).toThrow(RangeError);
    expect(() => fitContentEncoder([], only({}, { maxTerms: 0 }))).toThrow(RangeError);
  });
});

/** Items of random content and factors; some without content, some without evidence. */
function randomProblem(itemCount: number, featureCount: number, rank: number, seed: number) {
  const random = createRandom(seed);
  const rowIndices: number[] = [];
  const columnIndices: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < itemCount; row++) {
    if (row % 7 === 6) continue;
    const columns = shuffled(
      Array.from({ length: featureCount }, (_, column) => column),
      random,
    ).slice(0, 3);
    for (const column of columns) {
      rowIndices.push(row);
      columnIndices.push(column);
      values.push(Math.sqrt(1 / 3));
    }
  }
  const features = buildCsr(itemCount, featureCount, { rowIndices, columnIndices, values });
  const itemFactors = Float32Array.from({ length: itemCount * rank }, () => random.normal());
  const evidence = Float64Array.from({ length: itemCount }, () => (random.below(4) === 0 ? 0 : 1 + random.below(20)));
  return { features, itemFactors, rank, evidence };
}

const EXACT: ContentFitOptions = { ...DEFAULT_CONTENT_FIT_OPTIONS, normExponent: 0, tolerance: 1e-9 };

describe('factors from content', () => {
  it('are those of a direct solve of the weighted normal equations, in both forms', () => {
    const { features, itemFactors, rank, evidence } = randomProblem(40, 12, 3, 1);
    const penalty = 0.7;
    const used = [...evidence.keys()].filter((i) => (evidence[i] ?? 0) > 0 && denseRow(features, i).some((v) => v > 0));
    const design = new Matrix(used.map((i) => [...denseRow(features, i), 1]));
    const weights = Matrix.diag(used.map((i) => (evidence[i] ?? 0) / ((evidence[i] ?? 0) + 3)));
    const targets = new Matrix(used.map((i) => [...itemFactors.subarray(i * rank, (i + 1) * rank)]));
    const ridge = Matrix.diag([...new Array<number>(12).fill(penalty), 0]);
    const system = design.transpose().mmul(weights).mmul(design).add(ridge);
    const direct = solve(system, design.transpose().mmul(weights).mmul(targets));
    for (const largestKernel of [1000, 0]) {
      const options = { ...EXACT, penalties: [penalty], largestKernel };
      const model = fitContentModel(features, itemFactors, rank, evidence, options);
      expect(model.form).toBe(largestKernel === 0 ? 'features' : 'kernel');
      expect(model.fittedItemCount).toBe(used.length);
      for (let k = 0; k < rank; k++) {
        expect(model.intercept[k]).toBeCloseTo(direct.get(12, k), 5);
        for (let c = 0; c < 12; c++) expect(model.weights[c * rank + k]).toBeCloseTo(direct.get(c, k), 5);
      }
    }
  });

  it('are chosen by leave-one-out errors: the closed form is what leaving each out really gives', () => {
    const { features, itemFactors, rank, evidence } = randomProblem(25, 8, 2, 2);
    const options = { ...EXACT, penalties: [1.5] };
    const { explainedShare } = fitContentModel(features, itemFactors, rank, evidence, options);
    const used = [...evidence.keys()].filter((i) => (evidence[i] ?? 0) > 0 && denseRow(features, i).some((v) => v > 0));
    const weightOf = (i: number): number => (evidence[i] ?? 0) / ((evidence[i] ?? 0) + 3);
    const mass = used.reduce((sum, i) => sum + weightOf(i), 0);
    let error = 0;
    let total = 0;
    for (const i of used) {
      const without = evidence.slice();
      without[i] = 0;
      const predicted = predictFactors(fitContentModel(features, itemFactors, rank, without, options), features);
      for (let k = 0; k < rank; k++) {
        const target = itemFactors[i * rank + k] ?? 0;
        const mean = used.reduce((sum, j) => sum + weightOf(j) * (itemFactors[j * rank + k] ?? 0), 0) / mass;
        error += weightOf(i) * (target - (predicted[i * rank + k] ?? 0)) ** 2;
        total += weightOf(i) * (target - mean) ** 2;
      }
    }
    expect(explainedShare).toBeCloseTo(1 - error / total, 4);
  });

  it('are found again where content decides them, with a small penalty chosen, and with a large one in noise', () => {
    const { features, rank, evidence } = randomProblem(300, 10, 4, 3);
    const random = createRandom(4);
    const truth = Float64Array.from({ length: 10 * rank }, () => random.normal());
    const itemFactors = new Float32Array(300 * rank);
    for (let i = 0; i < 300; i++) {
      denseRow(features, i).forEach((value, c) => {
        for (let k = 0; k < rank; k++) itemFactors[i * rank + k]! += value * (truth[c * rank + k] ?? 0);
      });
    }
    const noise = Float32Array.from({ length: 300 * rank }, () => random.normal());
    for (const largestKernel of [1000, 0]) {
      const options = { ...EXACT, largestKernel, penalties: [100, 10, 1, 0.1, 0.01] };
      const told = fitContentModel(features, itemFactors, rank, evidence, options);
      expect(told.penalty).toBeLessThanOrEqual(0.1);
      expect(told.explainedShare).toBeGreaterThan(0.99);
      const untold = fitContentModel(features, noise, rank, evidence, options);
      expect(untold.penalty).toBeGreaterThanOrEqual(10);
      expect(untold.explainedShare).toBeLessThan(0.1);
    }
  });

  it('do not depend on the signs or the order of the axes, and are the same each time', () => {
    const { features, itemFactors, rank, evidence } = randomProblem(60, 15, 4, 5);
    const flipped = itemFactors.map((value, j) => (j % rank === 1 ? -value : value));
    const predicted = predictFactors(fitContentModel(features, itemFactors, rank, evidence), features);
    const mirrored = predictFactors(fitContentModel(features, flipped, rank, evidence), features);
    predicted.forEach((value, j) => {
      expect(mirrored[j]).toBeCloseTo(j % rank === 1 ? -value : value, 5);
    });
    expect(predictFactors(fitContentModel(features, itemFactors, rank, evidence), features)).toEqual(predicted);
  });

  it('keep their direction when their length is tempered', () => {
    const { features, itemFactors, rank, evidence } = randomProblem(60, 15, 4, 6);
    const model = fitContentModel(features, itemFactors, rank, evidence, { ...EXACT, normExponent: 1 });
    const tempered = predictFactors(model, features);
    const plain = predictFactors({ ...model, normExponent: 0 }, features);
    for (let i = 0; i < 60; i++) {
      const a = [...tempered.subarray(i * rank, (i + 1) * rank)];
      const b = [...plain.subarray(i * rank, (i + 1) * rank)];
      if (b.every((value) => value === 0)) continue;
      expect(Math.hypot(...a)).toBeCloseTo(model.usualNorm, 4);
      const cosine = a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0) / Math.hypot(...a) / Math.hypot(...b);
      expect(cosine).toBeCloseTo(1, 4);
    }
  });

  it('are zeros without content, and never NaN, whatever the catalogue', () => {
    const noFeatures = buildCsr(3, 0, { rowIndices: [], columnIndices: [], values: [] });
    const three = Float32Array.of(1, 2, 3, 4, 5, 6);
    const empty = fitContentModel(noFeatures, three, 2, Float64Array.of(1, 1, 1));
    expect([...predictFactors(empty, noFeatures)]).toEqual([0, 0, 0, 0, 0, 0]);
    const same = buildCsr(3, 1, { rowIndices: [0, 1, 2], columnIndices: [0, 0, 0], values: [1, 1, 1] });
    for (const largestKernel of [1000, 0]) {
      const options = { ...EXACT, largestKernel };
      const alike = predictFactors(fitContentModel(same, three, 2, Float64Array.of(1, 1, 1), options), same);
      [3, 4, 3, 4, 3, 4].forEach((value, j) => {
        expect(alike[j]).toBeCloseTo(value, 4);
      });
      const one = predictFactors(fitContentModel(same, three, 2, Float64Array.of(0, 9, 0), options), same);
      [3, 4, 3, 4, 3, 4].forEach((value, j) => {
        expect(one[j]).toBeCloseTo(value, 4);
      });
      expect(predictFactors(fitContentModel(same, three, 2, new Float64Array(3), options), same)).toEqual(
        new Float32Array(6),
      );
    }
    fc.assert(
      fc.property(fc.nat(20), fc.integer({ min: 3, max: 8 }), fc.nat(), fc.boolean(), (count, terms, seed, kernel) => {
        const { features, itemFactors, rank, evidence } = randomProblem(count, terms, 2, seed);
        const scaled = itemFactors.map((value, j) => (j % 3 === 0 ? 0 : value * 1e-3));
        const options = { ...DEFAULT_CONTENT_FIT_OPTIONS, largestKernel: kernel ? 1000 : 0 };
        const model = fitContentModel(features, scaled, rank, evidence, options);
        const predicted = predictFactors(model, features);
        expect(predicted.every(Number.isFinite)).toBe(true);
        expect(Number.isFinite(model.explainedShare)).toBe(true);
        expect(withContent(scaled, predicted, evidence).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('can be stopped, and refuse what does not fit', () => {
    const { features, itemFactors, rank, evidence } = randomProblem(20, 5, 2, 7);
    for (const largestKernel of [1000, 0]) {
      const options = { ...EXACT, largestKernel };
      expect(() => fitContentModel(features, itemFactors, rank, evidence, options, () => true)).toThrow(FitStopped);
    }
    const fitWith = (options: Partial<ContentFitOptions>) => () =>
      fitContentModel(features, itemFactors, rank, evidence, { ...EXACT, ...options });
    expect(fitWith({ penalties: [] })).toThrow(RangeError);
    expect(fitWith({ penalties: [0] })).toThrow(RangeError);
    expect(fitWith({ normExponent: 2 })).toThrow(RangeError);
    expect(fitWith({ halfWeightEvidence: 0 })).toThrow(RangeError);
    expect(() => fitContentModel(features, itemFactors, 3, evidence)).toThrow(RangeError);
    expect(() =>
      fitContentModel(
        features,
        itemFactors,
        rank,
        evidence.map(() => -1),
      ),
    ).toThrow(RangeError);
    const other = buildCsr(1, 2, { rowIndices: [0], columnIndices: [0], values: [1] });
    expect(() => predictFactors(fitWith({})(), other)).toThrow(RangeError);
  });
});

describe('factors between content and what was learned', () => {
  const learned = Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1);
  const predicted = Float32Array.of(3, -1, 3, -1, 3, -1, 0, 0);

  it('are the content’s without evidence, halfway at κ, the learned with much, and the learned where content is silent', () => {
    const blended = withContent(learned, predicted, Float64Array.of(0, 4, 4e6, 0), 4);
    [3, -1, 2, 0, 1, 1, 1, 1].forEach((value, j) => {
      expect(blended[j]).toBeCloseTo(value, 4);
    });
    expect(withContent(learned, predicted, Float64Array.of(0, 0, 0, 0), 0).slice(0, 2)).toEqual(predicted.slice(0, 2));
  });

  it('move to the learned ones step by step, and leave what they are given alone', () => {
    let before = Number.POSITIVE_INFINITY;
    for (const n of [0, 1, 2, 5, 10, 100]) {
      const away = Math.abs((withContent(learned, predicted, Float64Array.of(n, n, n, n), 8)[0] ?? 0) - 1);
      expect(away).toBeLessThan(before);
      before = away;
    }
    expect([...learned]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('stay zeros for an item with neither, and refuse what does not fit', () => {
    expect([...withContent(new Float32Array(2), new Float32Array(2), Float64Array.of(0), 8)]).toEqual([0, 0]);
    expect(withContent(new Float32Array(0), new Float32Array(0), new Float64Array(0))).toHaveLength(0);
    expect(() => withContent(learned, predicted.slice(1), new Float64Array(4))).toThrow(RangeError);
    expect(() => withContent(learned, predicted, new Float64Array(4), -1)).toThrow(RangeError);
    expect(() => withContent(learned, predicted, Float64Array.of(0, 0, 0, Number.NaN))).toThrow(RangeError);
  });
});

describe('content neighbours', () => {
  it('score Σ v cos, as a plain version does, split over the history, and NaN without content', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), fc.nat(), (count, seed) => {
        const { features } = randomProblem(count, 6, 1, seed);
        const random = createRandom(seed);
        const items = Array.from({ length: count }, (_, i) => i).filter(() => random.below(2) === 0);
        const history = historyOf(
          items,
          items.map(() => [1, 0.5, 0, -1][random.below(4)] ?? 1),
        );
        const neighbours = createContentNeighbours(features);
        const out = new Float32Array(count);
        // Twice: the scratch memory of the first must leave no trace.
        neighbours.score(history, out);
        neighbours.score(history, out);
        for (let i = 0; i < count; i++) {
          const own = denseRow(features, i);
          const parts = items.map((j, place) => {
            const other = denseRow(features, j);
            return (history.values[place] ?? 0) * own.reduce((sum, value, c) => sum + value * (other[c] ?? 0), 0);
          });
          if (own.every((value) => value === 0)) {
            expect(out[i]).toBeNaN();
            continue;
          }
          expect(out[i]).toBeCloseTo(
            parts.reduce((sum, part) => sum + part, 0),
            5,
          );
          const split = neighbours.contributions(history, i);
          parts.forEach((part, place) => {
            expect(split[place]).toBeCloseTo(part, 5);
          });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('refuse a history or an item from elsewhere', () => {
    const neighbours = createContentNeighbours(randomProblem(4, 5, 1, 1).features);
    expect(() => neighbours.score(historyOf([4], [1]), new Float32Array(4))).toThrow(RangeError);
    expect(() => neighbours.score(historyOf([0], [1]), new Float32Array(3))).toThrow(RangeError);
    expect(() => neighbours.contributions(historyOf([0], [1]), 4)).toThrow(RangeError);
  });
});
