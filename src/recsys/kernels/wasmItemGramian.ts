import type { CsrMatrix } from '../interactions.js';
import type { ItemGramianWorkspace } from './engine.js';
import { assertGramianFits, assertRidge, notPositiveDefinite } from './itemGramianLimits.js';
import type { Block, KernelMemory } from './kernelMemory.js';
import { invertPivotBlock } from './pivotBlock.js';
import type { KernelThreads } from './threads.js';

/** Pivots taken at once: more save passes over the matrix, fewer save work on the block itself. */
const PIVOTS = 64;
/** Rows and columns of a tile, the unit of work: its panels stay in the second-level cache. */
const TILE = 256;
/** Rows of a unit of `mirrorUpper`. */
const MIRROR_ROWS = 32;
/** The lanes of two vectors: rows and columns are padded to it. */
const LANES = 8;

/**
 * The items' Gramian and its inverses in float32 on the kernels' threads; every entry is the work of one thread in one
 * order, so the bits do not depend on their number.
 *
 * @param byLearner learners × items, signed confidences
 * @throws RangeError above `MOST_GRAMIAN_ITEMS` items, or when the memory cannot be had
 */
export function openWasmItemGramian(
  memory: KernelMemory,
  threads: KernelThreads,
  byLearner: CsrMatrix,
): ItemGramianWorkspace {
  const itemCount = byLearner.columnCount;
  assertGramianFits(itemCount);
  const mark = memory.mark();
  const work = inverseLayout(itemCount, threads.threads);
  const cells = cellLayout(byLearner);
  let gramianBlock: Block;
  let sharedBlock: Block;
  try {
    gramianBlock = memory.allocate(4 * itemCount * itemCount, `A matrix of ${itemCount} × ${itemCount} items`);
    // The interactions are needed only until the Gramian is there, and the working copy only from then on.
    sharedBlock = memory.allocate(Math.max(work.byteLength, cells.byteLength), 'Its working copy');
    sumGramian(memory, threads, byLearner, gramianBlock, cells, sharedBlock.address);
  } catch (error) {
    memory.releaseTo(mark);
    throw error;
  }
  const gramian = memory.float32(gramianBlock);

  return {
    itemCount,
    gramian,
    inverse(l2, onPart) {
      assertRidge(l2);
      const lostPivot = invert(memory, threads, gramian, itemCount, l2, work, sharedBlock.address, onPart);
      if (lostPivot >= 0) throw notPositiveDefinite(lostPivot, l2);
      return memory.float32({ address: sharedBlock.address, byteLength: 4 * itemCount * itemCount });
    },
    release: () => memory.releaseTo(mark),
  };
}

/** Where the parts of a block begin, in bytes from its start. */
interface Layout<Part extends string> {
  readonly offsets: Readonly<Record<Part, number>>;
  readonly byteLength: number;
}

/** Parts one after the other, each on a cache line of its own. */
function layoutOf<Part extends string>(byteLengths: Readonly<Record<Part, number>>): Layout<Part> {
  const offsets = {} as Record<Part, number>;
  let byteLength = 0;
  for (const part of Object.keys(byteLengths) as Part[]) {
    offsets[part] = byteLength;
    byteLength += Math.ceil(byteLengths[part] / 64) * 64;
  }
  return { offsets, byteLength };
}

type CellPart = 'itemOffsets' | 'cellPositions' | 'cellEnds' | 'columnIndices' | 'values';

function cellLayout({ columnCount, values }: CsrMatrix): Layout<CellPart> {
  const columnBytes = 4 * values.length;
  return layoutOf({
    itemOffsets: 4 * (columnCount + 1),
    cellPositions: columnBytes,
    cellEnds: columnBytes,
    columnIndices: columnBytes,
    values: columnBytes,
  });
}

function sumGramian(
  memory: KernelMemory,
  threads: KernelThreads,
  byLearner: CsrMatrix,
  gramian: Block,
  { offsets }: Layout<CellPart>,
  address: number,
): void {
  const { rowCount, columnCount: itemCount, rowOffsets, columnIndices, values } = byLearner;
  const at = (part: CellPart): number => address + offsets[part];
  const columnOf = (part: CellPart, length: number): Int32Array =>
    memory.int32({ address: at(part), byteLength: 4 * length });
  columnOf('columnIndices', values.length).set(columnIndices);
  memory.float32({ address: at('values'), byteLength: 4 * values.length }).set(values);
  const itemOffsets = columnOf('itemOffsets', itemCount + 1).fill(0);
  for (const item of columnIndices) itemOffsets[item + 1]!++;
  for (let item = 0; item < itemCount; item++) itemOffsets[item + 1]! += itemOffsets[item]!;
  const cellPositions = columnOf('cellPositions', values.length);
  const cellEnds = columnOf('cellEnds', values.length);
  const next = itemOffsets.slice(0, itemCount);
  for (let row = 0; row < rowCount; row++) {
    const end = rowOffsets[row + 1]!;
    for (let cell = rowOffsets[row]!; cell < end; cell++) {
      const position = next[columnIndices[cell]!]!++;
      cellPositions[position] = cell;
      cellEnds[position] = end;
    }
  }
  threads.run({
    kernel: 'itemGramianRows',
    unitCount: itemCount,
    chunkSize: 16,
    scratchAddress: 0,
    scratchBytes: 0,
    parameters: [
      at('itemOffsets'),
      at('cellPositions'),
      at('cellEnds'),
      at('columnIndices'),
      at('values'),
      gramian.address,
      itemCount,
    ],
  });
  mirror(threads, gramian.address, itemCount, itemCount, 1);
}

/** `stride` in numbers. */
function mirror(threads: KernelThreads, address: number, size: number, stride: number, sign: 1 | -1): void {
  threads.run({
    kernel: 'mirrorUpper',
    unitCount: Math.ceil(size / MIRROR_ROWS),
    chunkSize: 1,
    scratchAddress: 0,
    scratchBytes: 0,
    parameters: [address, size, 4 * stride, sign],
  });
}

type InversePart = 'matrix' | 'pivotRows' | 'solvedRows' | 'blockInverse' | 'scratch';

const SCRATCH_BYTES = 4 * LANES * PIVOTS;

function inverseLayout(itemCount: number, threadCount: number): Layout<InversePart> {
  const size = padded(itemCount);
  return layoutOf({
    matrix: 4 * size * size,
    pivotRows: 4 * PIVOTS * size,
    solvedRows: 4 * PIVOTS * size,
    blockInverse: 4 * PIVOTS * PIVOTS,
    scratch: SCRATCH_BYTES * threadCount,
  });
}

function padded(itemCount: number): number {
  return Math.ceil(itemCount / LANES) * LANES;
}

/**
 * Leaves `(gramian + l2 I)⁻¹` at `address`, row-major without padding, by the sweep operator in blocks, as
 * `plainItemGramian.ts` says it.
 *
 * @returns −1, or the first pivot lost in rounding
 */
function invert(
  memory: KernelMemory,
  threads: KernelThreads,
  gramian: Float32Array,
  itemCount: number,
  l2: number,
  { offsets }: Layout<InversePart>,
  address: number,
  onPart?: () => void,
): number {
  const size = padded(itemCount);
  const stride = 4 * size;
  const at = (part: InversePart): number => address + offsets[part];
  const matrix = memory.float32({ address: at('matrix'), byteLength: size * stride });
  const blockInverse = memory.float32({ address: at('blockInverse'), byteLength: 4 * PIVOTS * PIVOTS });
  for (let item = 0; item < itemCount; item++) {
    matrix.set(gramian.subarray(item * itemCount, (item + 1) * itemCount), item * size);
    matrix.fill(0, item * size + itemCount, (item + 1) * size);
    matrix[item * size + item]! += l2;
  }
  // The padding is its own inverse.
  matrix.fill(0, itemCount * size, size * size);
  for (let item = itemCount; item < size; item++) matrix[item * size + item] = 1;
  const diagonal = Float64Array.from({ length: size }, (_, i) => matrix[i * size + i]!);
  const tileRows = Math.ceil(size / TILE);

  for (let first = 0; first < size; first += PIVOTS) {
    const width = Math.min(PIVOTS, size - first);
    const block = invertPivotBlock(matrix, size, first, width, diagonal);
    if ('lostPivot' in block) return block.lostPivot;
    for (let r = 0; r < width; r++) {
      for (let c = 0; c < width; c++) {
        const value = block.inverse[r * width + c]!;
        blockInverse[(r >> 2) * 4 * width + c * 4 + (r & 3)] = value;
        matrix[(first + r) * size + first + c] = -value;
      }
    }
    threads.run({
      kernel: 'sweepPivotRows',
      unitCount: size / LANES,
      chunkSize: 16,
      scratchAddress: at('scratch'),
      scratchBytes: SCRATCH_BYTES,
      parameters: [at('matrix'), stride, first, width, at('blockInverse'), at('pivotRows'), at('solvedRows')],
    });
    threads.run({
      kernel: 'sweepTiles',
      unitCount: (tileRows * (tileRows + 1)) / 2,
      chunkSize: 1,
      scratchAddress: 0,
      scratchBytes: 0,
      parameters: [at('matrix'), stride, size, TILE, width, at('pivotRows'), at('solvedRows')],
    });
    onPart?.();
  }
  mirror(threads, at('matrix'), size, size, -1);
  if (size !== itemCount) {
    for (let item = 1; item < itemCount; item++) {
      matrix.copyWithin(item * itemCount, item * size, item * size + itemCount);
    }
  }
  return -1;
}
