import { availableParallelism } from 'node:os';
import type { Engine } from './engine.js';
import { KernelMemory } from './kernelMemory.js';
import { loadKernels } from './module.js';
import { createPlainEngine } from './plainEngine.js';
import { startKernelThreads } from './threads.js';
import { createWasmEngine } from './wasmEngine.js';

export interface EngineOptions {
  /** At least 1; all cores when left out. */
  readonly threads?: number;
  /** How far the engine's further threads stand back behind others (Linux only): 0, the default, to 19. */
  readonly niceness?: number;
  /** `plain`: no WebAssembly and no threads, even where they could be had. */
  readonly force?: 'plain';
}

const GREATEST_NICENESS = 19;

/**
 * Opens the quickest engine that this machine can run. Where it is the plain one, its description says why. Close it:
 * its threads and memory stay until then, or until the process ends, which they do not hold up.
 *
 * @throws RangeError when an option is out of range
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const { threads = availableParallelism(), niceness = 0, force } = options;
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new RangeError(`threads must be a whole number of at least 1, not ${threads}.`);
  }
  if (!Number.isSafeInteger(niceness) || niceness < 0 || niceness > GREATEST_NICENESS) {
    throw new RangeError(`niceness must be a whole number from 0 to ${GREATEST_NICENESS}, not ${niceness}.`);
  }
  if (force === 'plain') return createPlainEngine('as asked for');
  const kernels = loadKernels();
  if ('missing' in kernels) return createPlainEngine(`since ${kernels.missing}`);
  try {
    const memory = new KernelMemory();
    const running = await startKernelThreads(kernels.module, memory.memory, threads, niceness);
    return createWasmEngine(memory, running, kernels.isFused);
  } catch (error) {
    return createPlainEngine(`since the kernels cannot start (${error instanceof Error ? error.message : error})`);
  }
}
