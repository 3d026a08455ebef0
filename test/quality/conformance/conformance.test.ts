import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FitContext, FitStopped, type TrainingData } from '../../../src/recsys/fitting.js';
import type { History } from '../../../src/recsys/history.js';
import { FAMILY_NAMES, type ItemScorer } from '../../../src/recsys/itemScorer.js';
import type { Engine } from '../../../src/recsys/kernels/engine.js';
import { openEngine } from '../../../src/recsys/kernels/openEngine.js';
import { topK } from '../../../src/recsys/topK.js';
import { createRandom, shuffled } from '../../../src/stats/random.js';
import { FAMILY_CASES, type FamilyCase } from './families.js';
import {
  AS_OF_MS,
  type Contact,
  DAY_MS,
  groupOf,
  historyOf,
  ITEM_COUNT,
  itemsOf,
  LEARNER_COUNT,
  roundTheRing,
  someHistory,
  someOf,
  takenInTurn,
  tasteContacts,
  trainingData,
} from './made.js';

const EMPTY = historyOf([]);

let plain: Engine;
let wasm: Engine[];

beforeAll(async () => {
  plain = await openEngine({ force: 'plain' });
  wasm = await Promise.all([1, 2, 3].map((threads) => openEngine({ threads })));
});

afterAll(async () => {
  await Promise.all([plain, ...wasm].map((engine) => engine.close()));
});

function fitted(family: FamilyCase, data: TrainingData, context: FitContext = { engine: plain }): ItemScorer {
  return family.createScorer(family.fit(data, context));
}

function scoresOf(scorer: ItemScorer, history: History): Float32Array {
  const scores = new Float32Array(scorer.itemCount);
  scorer.score(history, scores);
  return scores;
}

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => (Number.isNaN(value) ? most : Math.max(most, Math.abs(value))), 0);

/** That two rankings are the same, up to a share of their largest score; NaN only where both have it. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, share: number): void {
  const room = share * largest(expected) + 1e-7;
  expect(actual).toHaveLength(expected.length);
  const furthest = Array.from(actual, (value, item) => {
    const other = expected[item] ?? 0;
    if (Number.isNaN(value) || Number.isNaN(other))
      return Number.isNaN(value) === Number.isNaN(other) ? 0 : Number.POSITIVE_INFINITY;
    return Math.abs(value - other);
  });
  expect(largest(furthest)).toBeLessThanOrEqual(room);
}

function sumOf({ contributions, base }: { readonly contributions: Float64Array; readonly base: number }): number {
  return contributions.reduce((sum, contribution) => sum + contribution, base);
}

/** All typed arrays within a model. */
function columnsOf(value: unknown): readonly (ArrayBufferView & ArrayLike<number>)[] {
  if (ArrayBuffer.isView(value)) return [value as ArrayBufferView & ArrayLike<number>];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(columnsOf) : [];
}

const bytesOf = (model: object): number => columnsOf(model).reduce((sum, column) => sum + column.byteLength, 0);

it('asks every family', () => {
  expect(FAMILY_CASES.map(({ family }) => family)).toEqual(FAMILY_NAMES);
});

describe.each(FAMILY_CASES)('$family', (family) => {
  const { isPersonal } = family;
  const contacts = tasteContacts(90, createRandom(11));
  const tastes = trainingData(90, ITEM_COUNT, contacts);
  let scorer: ItemScorer;

  beforeAll(() => {
    scorer = fitted(family, tastes);
  });

  it('names itself and counts its items', () => {
    expect(scorer.family).toBe(family.family);
    expect(scorer.itemCount).toBe(ITEM_COUNT);
  });

  describe('with a known answer', () => {
    const learners = Array.from({ length: LEARNER_COUNT }, (_, learner) => roundTheRing(learner));
    const rings = trainingData(
      LEARNER_COUNT,
      ITEM_COUNT,
      learners.flatMap(({ taken }) => taken),
    );

    it.runIf(isPersonal)('puts first what a learner of several taste groups has left out of their own', () => {
      const ofRings = fitted(family, rings);
      for (const [learner, { taken, leftOut }] of learners.entries()) {
        const eligible = new Uint8Array(ITEM_COUNT).fill(1);
        for (const { item } of taken) eligible[item] = 0;
        expect([...topK(scoresOf(ofRings, historyOf(taken)), 1, eligible)]).toEqual([leftOut]);
        // One item is enough to tell the group, for somebody new.
        const [first] = taken;
        if (first === undefined) throw new Error('everybody took something');
        const scores = scoresOf(ofRings, historyOf([first]));
        scores[first.item] = Number.NaN;
        const best = [...topK(scores, 8, null)];
        expect(best.map(groupOf)).toEqual(best.map(() => groupOf(learner)));
      }
    });

    it.runIf(family.family === 'sequence')('puts first what comes next, and not what came before', () => {
      const ofRings = fitted(family, rings);
      const ring = itemsOf(1);
      ring.forEach((item, place) => {
        const next = ring[(place + 1) % ring.length];
        expect([...topK(scoresOf(ofRings, historyOf(takenInTurn([item]))), 1, null)]).toEqual([next]);
        // Whoever comes from another group goes on from where they are now.
        expect([...topK(scoresOf(ofRings, historyOf(takenInTurn([0, item]))), 1, null)]).toEqual([next]);
      });
    });

    it.runIf(!isPersonal)('puts first what most people took, whatever the history', () => {
      const taken = [3, 1, 1, 4, 4, 4, 0].map((item, learner) => ({ learner, item, value: 1, atMs: AS_OF_MS }));
      const popular = fitted(family, trainingData(7, 6, taken));
      for (const history of [EMPTY, historyOf(takenInTurn([4, 1]))]) {
        expect([...topK(scoresOf(popular, history), 6, null)]).toEqual([4, 1, 0, 3, 2, 5]);
      }
    });
  });

  describe('under renumbering', () => {
    it('gives the same scores to the same items, whatever the numbers of learners and items', () => {
      const random = createRandom(5);
      const newItem = shuffled([...Array(ITEM_COUNT).keys()], random);
      const newLearner = shuffled([...Array(90).keys()], random);
      const renumber = (contact: Contact): Contact => ({
        ...contact,
        learner: newLearner[contact.learner] ?? -1,
        item: newItem[contact.item] ?? -1,
      });
      const renumbered = fitted(family, trainingData(90, ITEM_COUNT, contacts.map(renumber)));
      for (let repeat = 0; repeat < 10; repeat++) {
        const history = someHistory(repeat, random);
        const scores = scoresOf(renumbered, historyOf(history.map(renumber)));
        const expected = scoresOf(scorer, historyOf(history));
        expectClose(
          newItem.map((item) => scores[item] ?? Number.NaN),
          expected,
          family.renumberingTolerance,
        );
      }
    });

    it('does not depend on the order of contacts or of a history', () => {
      const random = createRandom(6);
      const reordered = fitted(family, trainingData(90, ITEM_COUNT, shuffled(contacts, random)));
      for (const hasTimes of [true, false]) {
        const history = someHistory(12, random);
        const expected = scoresOf(scorer, historyOf(history, hasTimes));
        expect(scoresOf(reordered, historyOf(history, hasTimes))).toEqual(expected);
        expectClose(scoresOf(scorer, historyOf(shuffled(history, random), hasTimes)), expected, 1e-5);
      }
    });
  });

  describe('on threads', () => {
    it('fits the same bits every time, with any number of them', () => {
      for (const engines of [[plain, plain], wasm]) {
        const [first, ...others] = engines.map((engine) => columnsOf(family.fit(tastes, { engine })));
        expect(first?.length).toBeGreaterThan(0);
        for (const other of others) expect(other).toEqual(first);
      }
    });

    it('fits the same with and without WebAssembly, to rounding', () => {
      const [engine] = wasm;
      if (engine === undefined) throw new Error('there are engines');
      const withKernels = fitted(family, tastes, { engine });
      const random = createRandom(8);
      for (let repeat = 0; repeat < 5; repeat++) {
        const history = historyOf(someHistory(repeat * 4, random));
        expectClose(scoresOf(withKernels, history), scoresOf(scorer, history), 2e-3);
      }
    });
  });

  describe('on data that is hardly any', () => {
    const at = (learner: number, item: number, value: number): Contact => ({ learner, item, value, atMs: AS_OF_MS });
    const grid = (learnerCount: number, itemCount: number, value: number): Contact[] =>
      Array.from({ length: learnerCount * itemCount }, (_, cell) =>
        at(Math.floor(cell / itemCount), cell % itemCount, value),
      );
    const scaled = (factor: number): Contact[] => contacts.map((one) => ({ ...one, value: one.value * factor }));
    const cases: readonly (readonly [string, number, number, readonly Contact[]])[] = [
      ['no learners and no items', 0, 0, []],
      ['no learners', 0, 4, []],
      ['no items', 4, 0, []],
      ['no contacts', 4, 4, []],
      ['one learner of one item', 1, 1, [at(0, 0, 1)]],
      ['one learner', 1, 4, [at(0, 1, 1), at(0, 2, 0.5)]],
      ['one item', 4, 1, [at(0, 0, 1), at(3, 0, 1)]],
      ['learners of one item each', 4, 4, [at(0, 0, 1), at(1, 1, 1), at(2, 2, 1)]],
      ['everybody having taken everything', 5, 4, grid(5, 4, 1)],
      ['everything dismissed', 5, 4, grid(5, 4, -1)],
      ['one dismissal', 2, 3, [at(1, 1, -0.5)]],
      ['tiny confidences', 90, ITEM_COUNT, scaled(1e-30)],
      ['huge confidences', 90, ITEM_COUNT, scaled(1e30)],
      ['one confidence that is huge', 90, ITEM_COUNT, contacts.with(0, at(0, contacts[0]?.item ?? 0, 1e9))],
      ['things long past', 90, ITEM_COUNT, contacts.map((one) => ({ ...one, atMs: -1e14 }))],
      ['things yet to come', 90, ITEM_COUNT, contacts.map((one) => ({ ...one, atMs: AS_OF_MS + 1e12 }))],
    ];

    it.each(cases)('gives numbers where it promises them: %s', (_, learnerCount, itemCount, some) => {
      const wanted = new Set(some.filter((one) => one.value > 0).map((one) => one.item));
      const all = Array.from({ length: itemCount }, (_unused, item) => item);
      for (const hasTimes of [true, false]) {
        const sparse = fitted(family, trainingData(learnerCount, itemCount, some, hasTimes));
        const none = scoresOf(sparse, EMPTY).filter((score) => !Number.isNaN(score));
        if (isPersonal) expect(new Set(none).size).toBeLessThanOrEqual(1);
        const histories = [
          EMPTY,
          ...[1, 1e-30, 1e6, -1, 0].flatMap((value) =>
            [all.slice(0, 1), all].map((items) => historyOf(takenInTurn(items).map((one) => ({ ...one, value })))),
          ),
        ];
        expect([...sparse.unknownItems]).toEqual(all.filter((item) => Number.isNaN(scoresOf(sparse, EMPTY)[item])));
        expect(all.every((item) => sparse.itemVector(item)?.every(Number.isFinite) ?? true)).toBe(true);
        for (const history of histories) {
          for (const known of [history, { ...history, atMs: null }]) {
            const scores = scoresOf(sparse, known);
            const broken = all.filter((item) => {
              const { contributions, base } = sparse.explain(known, item);
              const isNumber = Number.isFinite(scores[item]);
              return (
                !(isNumber || (!wanted.has(item) && Number.isNaN(scores[item]))) ||
                contributions.length !== known.itemIndices.length ||
                !contributions.every(Number.isFinite) ||
                Number.isFinite(base) !== isNumber
              );
            });
            expect(broken).toEqual([]);
          }
        }
      }
    });

    it.runIf(isPersonal)('gives all items the same score when a history tells nothing', () => {
      const silent = historyOf(takenInTurn([1, 2, 3]).map((one) => ({ ...one, value: 0 })));
      for (const history of [EMPTY, silent]) expect(new Set(scoresOf(scorer, history)).size).toBe(1);
    });
  });

  it('keeps its memory within bounds', () => {
    const size = { learners: 4_000, items: 300, cells: 0 };
    const random = createRandom(2);
    const many: Contact[] = [];
    for (let learner = 0; learner < size.learners; learner++) {
      const start = random.below(size.items);
      const stride = 1 + random.below(20);
      for (let place = 0; place < 12; place++) {
        const item = (start + place * stride) % size.items;
        many.push({ learner, item, value: 1, atMs: AS_OF_MS - place * DAY_MS });
      }
    }
    const data = trainingData(size.learners, size.items, many);
    size.cells = many.length;
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const measure = (): void => {
      collectGarbage();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    };
    const onStep = (done: number, total: number): void => {
      if (done % Math.ceil(total / 5) === 0) measure();
    };
    const model = family.fit(data, { engine: plain, onStep });
    measure();
    expect(bytesOf(model)).toBeLessThanOrEqual(family.mostModelBytes(size));
    expect(most).toBeLessThanOrEqual(family.mostFittingBytes(size));
  });

  it.runIf(isPersonal)('never raises an item when what is nearest to it is dismissed', () => {
    const random = createRandom(4);
    for (let item = 0; item < ITEM_COUNT; item++) {
      const fromItem = scoresOf(scorer, historyOf(takenInTurn([item])));
      fromItem[item] = Number.NaN;
      const [neighbour = -1] = topK(fromItem, 1, null);
      for (let repeat = 0; repeat < 5; repeat++) {
        const others = someOf(groupOf(item), 5, random).filter((one) => one.item !== item);
        const dismissed = { learner: 0, item, value: -1, atMs: AS_OF_MS - random.below(400) * DAY_MS };
        const without = scoresOf(scorer, historyOf(others))[neighbour] ?? Number.NaN;
        const score = scoresOf(scorer, historyOf([...others, dismissed]))[neighbour] ?? Number.NaN;
        expect(score).toBeLessThan(without);
      }
    }
  });

  describe('explaining', () => {
    it('splits every score into parts that sum to it', () => {
      fc.assert(
        fc.property(
          fc.nat(1e6),
          fc.nat(ITEM_COUNT),
          fc.nat(ITEM_COUNT - 1),
          fc.boolean(),
          (seed, length, item, hasTimes) => {
            const history = historyOf(someHistory(length, createRandom(seed)), hasTimes);
            const score = scoresOf(scorer, history)[item] ?? Number.NaN;
            const split = scorer.explain(history, item);
            expect(split.contributions).toHaveLength(length);
            expect(Math.abs(sumOf(split) - score)).toBeLessThanOrEqual(1e-4);
          },
        ),
        { numRuns: 100, seed: 1 },
      );
    });

    it.runIf(isPersonal)('names as top reason what costs at least twice as much to lose as another', () => {
      const random = createRandom(9);
      let costOfTop = 0;
      let costOfOther = 0;
      for (let repeat = 0; repeat < 60; repeat++) {
        const [group, ...otherGroups] = shuffled([0, 1, 2], random);
        const own = someOf(group ?? 0, 2, random);
        const history = shuffled([...own, ...otherGroups.flatMap((other) => someOf(other, 2, random))], random);
        const taken = new Uint8Array(ITEM_COUNT).fill(1);
        for (const { item } of history) taken[item] = 0;
        const scores = scoresOf(scorer, historyOf(history));
        const [candidate = -1] = topK(scores, 1, taken);
        const [top = -1] = topK(scorer.explain(historyOf(history), candidate).contributions, 1, null);
        const other = (top + 1 + random.below(history.length - 1)) % history.length;
        const costOf = (place: number): number =>
          (scores[candidate] ?? 0) - (scoresOf(scorer, historyOf(history.toSpliced(place, 1)))[candidate] ?? 0);
        costOfTop += costOf(top);
        costOfOther += costOf(other);
      }
      expect(costOfTop).toBeGreaterThan(0);
      expect(costOfTop).toBeGreaterThanOrEqual(2 * costOfOther);
    });
  });

  it('points items of one taste the same way, where it has vectors', () => {
    const cosine = (a: number, b: number): number => {
      const x = scorer.itemVector(a) ?? [];
      const y = scorer.itemVector(b) ?? [];
      expect(x.length).toBe(y.length);
      const dot = (p: ArrayLike<number>, q: ArrayLike<number>) =>
        Array.from(p).reduce((sum, value, k) => sum + value * (q[k] ?? 0), 0);
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    };
    if (scorer.itemVector(0) === null) return;
    let ofSame = 0;
    let ofDifferent = 0;
    for (let item = 0; item < ITEM_COUNT; item++) {
      ofSame += cosine(item, (item + 3) % ITEM_COUNT);
      ofDifferent += cosine(item, (item + 1) % ITEM_COUNT);
    }
    expect(ofSame).toBeGreaterThan(2 * Math.abs(ofDifferent));
  });

  it('leaves what it is given as it was', () => {
    const data = structuredClone(tastes);
    const model = family.fit(data, { engine: plain });
    expect(data).toEqual(tastes);
    const asFitted = structuredClone(model);
    const ready = family.createScorer(model);
    const history = historyOf(someHistory(10, createRandom(1)));
    const asGiven = structuredClone(history);
    const first = scoresOf(ready, history);
    ready.explain(history, 3);
    ready.itemVector(3)?.fill(7);
    scoresOf(ready, EMPTY);
    expect(scoresOf(ready, history)).toEqual(first);
    expect(history).toEqual(asGiven);
    expect(model).toEqual(asFitted);
  });

  it('finds the scores other than 0 alone, where it can, to be the same', () => {
    for (const length of [0, 1, 6, 1]) {
      const history = historyOf(someHistory(length, createRandom(length)));
      const found = scorer.sparseScores(history);
      if (found === null) return;
      const { values, items, count } = found;
      const listed = items.slice(0, count);
      const scores = scoresOf(scorer, history);
      for (const item of scorer.unknownItems) scores[item] = 0;
      expect(values).toEqual(scores);
      expect(new Set(listed).size).toBe(count);
      for (let item = 0; item < ITEM_COUNT; item++) if (scores[item] !== 0) expect(listed).toContain(item);
    }
  });

  it('keeps nothing of what a score was written over', () => {
    const out = new Float32Array(ITEM_COUNT).fill(Number.NaN);
    scorer.score(historyOf(takenInTurn([5])), out);
    expect(out).toEqual(scoresOf(scorer, historyOf(takenInTurn([5]))));
  });

  it('counts its steps from 1 to the last, and stops when it is told to', () => {
    const steps: (readonly [number, number])[] = [];
    family.fit(tastes, { engine: plain, onStep: (done, total) => steps.push([done, total]) });
    expect(steps.map(([done]) => done)).toEqual(steps.map((_, place) => place + 1));
    expect(steps.every(([, total]) => total === steps.length)).toBe(true);
    expect(steps.length).toBeGreaterThan(0);
    expect(() => family.fit(tastes, { engine: plain, shouldStop: () => true })).toThrow(FitStopped);
  });

  it('refuses what is outside', () => {
    const history = historyOf(takenInTurn([1, 2]));
    const out = new Float32Array(ITEM_COUNT);
    const wrong: History[] = [
      historyOf(takenInTurn([ITEM_COUNT])),
      historyOf(takenInTurn([-1])),
      { ...history, values: new Float32Array(1) },
      { ...history, atMs: new Float64Array(3) },
    ];
    for (const one of wrong) {
      expect(() => scorer.score(one, out)).toThrow(RangeError);
      expect(() => scorer.explain(one, 0)).toThrow(RangeError);
    }
    expect(() => scorer.score(history, new Float32Array(ITEM_COUNT - 1))).toThrow(RangeError);
    expect(() => scorer.score(history, new Float32Array(ITEM_COUNT + 1))).toThrow(RangeError);
    for (const item of [-1, ITEM_COUNT, 0.5, Number.NaN]) {
      expect(() => scorer.explain(history, item)).toThrow(RangeError);
      expect(() => scorer.itemVector(item)).toThrow(RangeError);
    }
    for (const refusedFit of family.refusedFits) {
      expect(() => refusedFit(tastes, { engine: plain })).toThrow(RangeError);
    }
  });
});
