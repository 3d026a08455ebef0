import type { Engine } from './engine.js';
import { openPlainAls } from './plainAls.js';
import { openPlainItemGramian } from './plainItemGramian.js';
import type { KernelThreads } from './threads.js';

/**
 * The engine of WebAssembly SIMD in float32 on threads that share one memory.
 *
 * @param isFused whether the kernels use fused multiply-add
 */
export function createWasmEngine(threads: KernelThreads, isFused: boolean): Engine {
  const onThreads = threads.threads === 1 ? 'one thread' : `${threads.threads} threads`;
  return {
    kind: 'wasm',
    threads: threads.threads,
    description: `WebAssembly SIMD${isFused ? ' with fused multiply-add' : ''} on ${onThreads}`,
    openAls: openPlainAls,
    openItemGramian: openPlainItemGramian,
    close: () => threads.end(),
  };
}
