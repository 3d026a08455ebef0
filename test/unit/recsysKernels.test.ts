import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gramianOf as plainGramianOf } from '../../src/recsys/denseAlgebra.js';
import { type FactorRows, gramianOf, paddedWidth } from '../../src/recsys/kernels/gramianKernel.js';
import { KernelMemory } from '../../src/recsys/kernels/kernelMemory.js';
import { loadKernels } from '../../src/recsys/kernels/module.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { type KernelThreads, startKernelThreads } from '../../src/recsys/kernels/threads.js';
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
