import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gramianOf as plainGramianOf, principalAxes } from '../../src/recsys/denseAlgebra.js';
import { buildCsr, type CsrMatrix } from '../../src/recsys/interactions.js';
import type { AlsWorkspace, Engine, RowPenalty, RowSolverKind } from '../../src/recsys/kernels/engine.js';
import { type FactorRows, gramianOf, paddedWidth } from '../../src/recsys/kernels/gramianKernel.js';
import { KernelMemory } from '../../src/recsys/kernels/kernelMemory.js';
import { loadKernels } from '../../src/recsys/kernels/module.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { KernelFailure } from '../../src/recsys/kernels/threadControl.js';
import { type KernelThreads, startKernelThreads } from '../../src/recsys/kernels/threads.js';
import { createWasmEngine } from '../../src/recsys/kernels/wasmEngine.js';
import { createRandom } from '../../src/stats/random.js';

const THREAD_COUNTS = [1, 2, 3];

interface Kernels {
  readonly memory: KernelMemory;
  readonly threads: KernelThreads;
}

async function startKernels(threads: number): Promise<Kernels> {
  const kernels = loadKernels();
  if ('missing' in kernels) throw new Error(`The tests need the kernels, but ${kernels.missing}.`);
  const memory = new KernelMemory();
  return { memory, threads: await startKernelThreads(kernels.module, memory.memory, threads, 0) };
}

/** Rows of random factors in the kernels' memory, and the same in an ordinary array. */
function randomRows({ memory }: Kernels, rowCount: number, rank: number, seed: number): [FactorRows, Float32Array] {
  const random = createRandom(seed);
  const factors = Float32Array.from({ length: rowCount * rank }, () => random.normal());
  const width = paddedWidth(rank);
  const block = memory.allocate(4 * rowCount * width, 'A test');
  const rows = memory.float32(block).fill(0);
  for (let row = 0; row < rowCount; row++) rows.set(factors.subarray(row * rank, (row + 1) * rank), row * width);
  return [{ block, rowCount, rank, width }, factors];
}

describe('the kernels', () => {
  let kernels: Kernels[] = [];
  beforeAll(async () => {
    kernels = await Promise.all(THREAD_COUNTS.map(startKernels));
  });
  afterAll(() => Promise.all(kernels.map(({ threads }) => threads.end())));

  /** What each number of threads makes of the same; memory is taken back afterwards. */
  function onEach<T>(use: (kernels: Kernels) => T): T[] {
    return kernels.map((each) => {
      const mark = each.memory.mark();
      try {
        return use(each);
      } finally {
        each.memory.releaseTo(mark);
      }
    });
  }

  it('sum a Gramian as plain TypeScript does, to the same bits on any number of threads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 1, max: 37 }),
        fc.integer({ min: 0, max: 1000 }),
        (rowCount, rank, seed) => {
          const plain = plainGramianOf(randomRows(kernels[0]!, rowCount, rank, seed)[1], rowCount, rank);
          const [first, ...others] = onEach((each) =>
            gramianOf(each.memory, each.threads, randomRows(each, rowCount, rank, seed)[0]),
          );
          for (const other of others) expect(other).toEqual(first);
          // Rows are standard normal, so that a sum over them is off by the root of their count, at most.
          const tolerance = 1e-5 * Math.sqrt(rowCount + 1);
          first!.forEach((value, at) => {
            expect(Math.abs(value - plain[at]!)).toBeLessThan(tolerance);
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('the kernels at addresses above 2 GiB', () => {
  it('work as below', async () => {
    const kernels = await startKernels(2);
    // Untouched pages cost nothing.
    kernels.memory.allocate(2.2e9, 'A test');
    const [rows, factors] = randomRows(kernels, 700, 9, 5);
    expect(rows.block.address).toBeGreaterThan(2 ** 31);
    const gramian = gramianOf(kernels.memory, kernels.threads, rows);
    const plain = plainGramianOf(factors, 700, 9);
    expect(greatestDifference(gramian, plain)).toBeLessThan(1e-3);
    const engines = [createWasmEngine(kernels.memory, kernels.threads, false), await openEngine({ force: 'plain' })];
    const [above, asPlain] = engines.map((engine) => {
      const workspace = engine.openAls(randomInteractions(50, 40, false, 6), 9);
      workspace.setFactors('items', factors.subarray(0, 40 * 9));
      const whole = workspace.gramian('items');
      const penalty = { unobservedWeight: 0.1, regularisation: 0.1, regularisationExponent: 1 };
      const { rotation, energies } = principalAxes(whole, 9);
      workspace.turn('items', rotation);
      workspace.solve('learners', energies, penalty, 'auto', 1);
      workspace.solve('items', workspace.gramian('learners'), penalty, 'cg', 2);
      return workspace.factors('items');
    });
    expect(greatestDifference(above!, asPlain!)).toBeLessThan(1e-3);
    await kernels.threads.end();
  });
});

describe('kernel memory', () => {
  it('says what it was wanted for when it does not fit', () => {
    const memory = new KernelMemory();
    memory.allocate(1e9, 'This');
    expect(() => memory.allocate(4e9, 'That')).toThrow(
      new RangeError('That needs 3,815 MiB beside 954 MiB in use, and the kernels can address 4,096 MiB.'),
    );
    // What failed took nothing.
    expect(memory.allocate(64, 'This').address).toBeLessThan(1.1e9);
  });
});

describe('a kernel that fails', () => {
  it('fails the job, and every one after it, instead of hanging', async () => {
    const kernels = await startKernels(3);
    const [rows] = randomRows(kernels, 4000, 8, 1);
    const { byteLength } = kernels.memory.memory.buffer;
    const beyondTheEnd = (): void =>
      kernels.threads.run({
        kernel: 'blockGramians',
        unitCount: 40,
        chunkSize: 1,
        scratchAddress: 0,
        scratchBytes: 0,
        // Some blocks have a place to write to, the later ones do not.
        parameters: [rows.block.address, 4000, rows.width, 100, byteLength - 1024],
      });
    expect(beyondTheEnd).toThrow(KernelFailure);
    expect(beyondTheEnd).toThrow(/^A kernel thread failed: memory access out of bounds$/);
    expect(() => gramianOf(kernels.memory, kernels.threads, rows)).toThrow(KernelFailure);
    await kernels.threads.end();
  });

  it('is one that was closed', async () => {
    const engine = await openEngine({ threads: 2 });
    const workspace = engine.openAls(randomInteractions(3, 3, true, 1), 2);
    await engine.close();
    expect(() => workspace.gramian('items')).toThrow(new KernelFailure('The engine is closed.'));
  });
});

describe('an engine that nobody closes', () => {
  it('keeps no process alive', async () => {
    const open = `import(${JSON.stringify(new URL('../../src/recsys/kernels/openEngine.js', import.meta.url).href)})`;
    const script = `${open}.then(({ openEngine }) => openEngine({ threads: 3 })).then(({ kind }) => console.log(kind))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 20_000 });
    const said = child.stdout.setEncoding('utf8').toArray();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await said).join('')).toBe('wasm\n');
  });
});

/** Each learner with random items, a quarter of them dismissed unless all are alike; some have none, some nearly all. */
function randomInteractions(learnerCount: number, itemCount: number, areAlike: boolean, seed: number): CsrMatrix {
  const random = createRandom(seed);
  const rowIndices: number[] = [];
  const columnIndices: number[] = [];
  const values: number[] = [];
  for (let learner = 0; learner < learnerCount; learner++) {
    const density = learner % 4 === 3 ? 0 : random.uniform();
    for (let item = 0; item < itemCount; item++) {
      if (random.uniform() >= density) continue;
      rowIndices.push(learner);
      columnIndices.push(item);
      values.push(areAlike ? 1 : (random.below(4) === 0 ? -1 : 1) * (0.1 + random.uniform()));
    }
  }
  return buildCsr(learnerCount, itemCount, { rowIndices, columnIndices, values });
}

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('a workspace of iALS', () => {
  let plain: Engine;
  let engines: Engine[] = [];
  beforeAll(async () => {
    plain = await openEngine({ force: 'plain' });
    engines = await Promise.all(THREAD_COUNTS.map((threads) => openEngine({ threads })));
  });
  afterAll(() => Promise.all(engines.map((engine) => engine.close())));

  const shapes = fc.record({
    learnerCount: fc.integer({ min: 0, max: 60 }),
    itemCount: fc.integer({ min: 0, max: 45 }),
    rank: fc.integer({ min: 1, max: 21 }),
    areAlike: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1000 }),
  });
  type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

  /** A workspace of random interactions and random factors on both sides. */
  function openRandom(engine: Engine, { learnerCount, itemCount, rank, areAlike, seed }: Shape): AlsWorkspace {
    const workspace = engine.openAls(randomInteractions(learnerCount, itemCount, areAlike, seed), rank);
    const random = createRandom(seed + 1);
    const normals = (count: number) => Float32Array.from({ length: count * rank }, () => 0.3 * random.normal());
    workspace.setFactors('learners', normals(learnerCount));
    workspace.setFactors('items', normals(itemCount));
    return workspace;
  }

  /** What every engine makes of the same random workspace: the plain one's, and the kernels', which must agree. */
  function onEach(shape: Shape, use: (workspace: AlsWorkspace) => Float32Array): [Float32Array, Float32Array] {
    const [ofPlain, first, ...others] = [plain, ...engines].map((engine) => {
      const workspace = openRandom(engine, shape);
      try {
        return use(workspace);
      } finally {
        workspace.release();
      }
    });
    for (const other of others) expect(other).toEqual(first);
    return [ofPlain!, first!];
  }

  it('gives back the factors that it was given', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const random = createRandom(shape.seed);
        const factors = Float32Array.from({ length: shape.itemCount * shape.rank }, () => random.normal());
        const [ofPlain, ofKernels] = onEach(shape, (workspace) => {
          workspace.setFactors('items', factors);
          return workspace.factors('items');
        });
        expect(ofPlain).toEqual(factors);
        expect(ofKernels).toEqual(factors);
      }),
      { numRuns: 30 },
    );
    const workspace = plain.openAls(randomInteractions(2, 2, true, 1), 3);
    expect(() => workspace.setFactors('items', new Float32Array(5))).toThrow(RangeError);
    const onKernels = engines[0]!.openAls(randomInteractions(2, 2, true, 1), 3);
    expect(() => onKernels.setFactors('items', new Float32Array(5))).toThrow(RangeError);
    onKernels.release();
    for (const engine of [plain, ...engines]) {
      expect(() => engine.openAls(randomInteractions(2, 2, true, 1), 0)).toThrow(RangeError);
    }
  });

  it('turns factors as plain TypeScript does, to the same bits on any number of threads', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const random = createRandom(shape.seed + 2);
        const rotation = Float64Array.from({ length: shape.rank ** 2 }, () => random.normal());
        const [ofPlain, ofKernels] = onEach(shape, (workspace) => {
          workspace.turn('learners', rotation);
          return workspace.factors('learners');
        });
        expect(greatestDifference(ofPlain, ofKernels)).toBeLessThan(1e-5);
      }),
      { numRuns: 50 },
    );
  });

  const penalties: fc.Arbitrary<RowPenalty> = fc.record({
    unobservedWeight: fc.constantFrom(0, 0.01, 0.3, 1),
    regularisation: fc.constantFrom(0.003, 0.03, 0.5),
    regularisationExponent: fc.constantFrom(0, 0.5, 1),
  });

  it.each<[RowSolverKind, boolean]>([
    ['auto', true],
    ['auto', false],
    ['dual', true],
    ['dual', false],
    ['primal', true],
    ['primal', false],
    ['cg', true],
    ['cg', false],
  ])('solves by the kind %s as plain TypeScript does, in principal axes: %s', (kind, isTurned) => {
    fc.assert(
      fc.property(
        shapes,
        penalties.filter(({ regularisation }) => kind !== 'cg' || regularisation >= 0.03),
        fc.constantFrom('learners', 'items'),
        fc.integer({ min: 1, max: 3 }),
        (shape, penalty, side, cgSteps) => {
          const fixed = side === 'learners' ? 'items' : 'learners';
          const reference = openRandom(plain, shape);
          const whole = reference.gramian(fixed);
          reference.release();
          const axes = principalAxes(whole, shape.rank);
          const [ofPlain, ofKernels] = onEach(shape, (workspace) => {
            if (isTurned) workspace.turn(fixed, axes.rotation);
            workspace.solve(side, isTurned ? axes.energies : whole, penalty, kind, cgSteps);
            return workspace.factors(side);
          });
          const scale = ofPlain.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
          // A weak penalty lets rounding grow, along gradients above all: five times the worst of 3,000 tries.
          expect(greatestDifference(ofPlain, ofKernels)).toBeLessThan((kind === 'cg' ? 1e-3 : 5e-4) * scale);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('comes to the exact solution by enough steps of gradients', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const penalty = { unobservedWeight: 0.1, regularisation: 0.1, regularisationExponent: 1 };
        const solved = (kind: RowSolverKind) =>
          onEach(shape, (workspace) => {
            workspace.solve('learners', workspace.gramian('items'), penalty, kind, 2 * shape.rank);
            return workspace.factors('learners');
          });
        const [plainExact, exact] = solved('primal');
        const [plainGradients, gradients] = solved('cg');
        expect(greatestDifference(plainExact, plainGradients)).toBeLessThan(1e-4);
        expect(greatestDifference(exact, gradients)).toBeLessThan(1e-3);
      }),
      { numRuns: 30 },
    );
  });
});

describe('openEngine', () => {
  it('says what it runs on', async () => {
    const engine = await openEngine({ threads: 2 });
    expect(engine).toMatchObject({ kind: 'wasm', threads: 2 });
    expect(engine.description).toMatch(/^WebAssembly SIMD( with fused multiply-add)? on 2 threads$/);
    await engine.close();
  });

  it('is plain TypeScript when asked for, and says so', async () => {
    const engine = await openEngine({ force: 'plain' });
    expect(engine).toMatchObject({
      kind: 'plain',
      threads: 1,
      description: 'Plain TypeScript on one thread, as asked for',
    });
    await engine.close();
  });

  it('refuses options out of range', async () => {
    await expect(openEngine({ threads: 0 })).rejects.toThrow(RangeError);
    await expect(openEngine({ threads: 1.5 })).rejects.toThrow(RangeError);
    await expect(openEngine({ niceness: 20 })).rejects.toThrow(RangeError);
  });
});
