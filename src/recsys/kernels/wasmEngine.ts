import type { Engine } from './engine.js';
import type { KernelMemory } from './kernelMemory.js';
import type { KernelThreads } from './threads.js';
import { openWasmAls } from './wasmAls.js';
import { openWasmItemGramian } from './wasmItemGramian.js';

/**
 * The engine of WebAssembly SIMD in float32 on threads that share one memory.
 *
 * @param isFused whether the kernels use fused multiply-add
 */
export function createWasmEngine(memory: KernelMemory, threads: KernelThreads, isFused: boolean): Engine {
  const onThreads = threads.threads === 1 ? 'one thread' : `${threads.threads} threads`;
  return {
    kind: 'wasm',
    threads: threads.threads,
    description: `WebAssembly SIMD${isFused ? ' with fused multiply-add' : ''} on ${onThreads}`,
    openAls: (byLearner, rank) => openWasmAls(memory, threads, byLearner, rank),
    openItemGramian: (byLearner) => openWasmItemGramian(memory, threads, byLearner),
    close: () => threads.end(),
  };
}
