import { existsSync, readFileSync } from 'node:fs';

/** What the worker threads take chunks of; the order is part of the protocol between threads. */
export const CHUNKED_KERNELS = [
  'blockGramians',
  'itemGramianRows',
  'mirrorUpper',
  'solveRowsByGradients',
  'solveRowsExactly',
  'sweepPivotRows',
  'sweepTiles',
  'turnRows',
] as const;
export type ChunkedKernelName = (typeof CHUNKED_KERNELS)[number];

/**
 * Does the units `first` to `end` (half open) of its work. `scratch` is the thread's own memory; what follows is the
 * same for all chunks. Addresses are bytes.
 */
export type ChunkedKernel = (first: number, end: number, scratch: number, ...parameters: number[]) => void;

/** What `assembly/index.ts` exports. */
export interface KernelExports extends Readonly<Record<ChunkedKernelName, ChunkedKernel>> {
  exactScratchBytes(width: number, longestDual: number): number;
  gradientScratchBytes(width: number): number;
  turnScratchBytes(width: number): number;
  scoreRows(factors: number, rowCount: number, width: number, x: number, scores: number): void;
  sumRows(
    offsets: number,
    columns: number,
    values: number,
    rows: number,
    weights: number,
    rowCount: number,
    sums: number,
    columnCount: number,
  ): void;
  topKFloat32(scores: number, itemCount: number, mask: number, k: number, best: number): number;
  topKFloat64(scores: number, itemCount: number, mask: number, k: number, best: number): number;
}

/** Whether this machine can run the kernels, and if not, why. */
export type KernelModule =
  | { readonly module: WebAssembly.Module; readonly isFused: boolean }
  | { readonly missing: string };

let loaded: KernelModule | null = null;

/**
 * The compiled kernels that stand beside this file, read once: those with fused multiply-add where it is to be had
 * (relaxed SIMD, from Node 22), which are a sixth quicker, or those without.
 */
export function loadKernels(): KernelModule {
  loaded ??= compileKernels();
  return loaded;
}

function compileKernels(): KernelModule {
  if (typeof SharedArrayBuffer === 'undefined') return { missing: 'this machine has no shared memory' };
  for (const [name, isFused] of [
    ['kernels.fused.wasm', true],
    ['kernels.wasm', false],
  ] as const) {
    const path = new URL(`./${name}`, import.meta.url);
    if (!existsSync(path)) return { missing: 'its kernels were not built (npm run build)' };
    const bytes = readFileSync(path);
    if (WebAssembly.validate(bytes)) return { module: new WebAssembly.Module(bytes), isFused };
  }
  return { missing: 'this machine has no WebAssembly with SIMD and threads' };
}

/** The kernels on a memory. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
}
