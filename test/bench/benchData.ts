import { cellsOfColumns, keepCells } from '../../src/evaluation/cells.js';
import { meaningOfValues } from '../../src/evaluation/evaluationSet.js';
import { IdTable } from '../../src/evaluation/idTable.js';
import { readInteractions } from '../../src/evaluation/interactionFile.js';
import type { CsrMatrix } from '../../src/recsys/interactions.js';
import { BenchUsageError, oneOf } from './arguments.js';
import { type SyntheticConfidences, type SyntheticShape, syntheticInteractions } from './syntheticInteractions.js';

/** Where a bench's interactions come from; plain values, so that another process can be told. */
export type BenchData =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'synthetic';
      readonly shape: SyntheticShape;
      readonly confidences: SyntheticConfidences;
      readonly seed: number;
    };

export const DATA_OPTIONS = {
  train: { type: 'string' },
  synthetic: { type: 'string' },
  confidences: { type: 'string', default: 'one' },
  seed: { type: 'string', default: '1' },
} as const;

export const DATA_HELP = `  --train T            a line  user<TAB>item[<TAB>value[<TAB>epochSeconds]]  for each interaction, no header; .gz is unpacked
  --synthetic LxIxN    makes N interactions of L learners with I items instead: log-normal row lengths, items popular by
                       the law of Zipf and Mandelbrot, no cell twice, no taste in it
  --confidences one|varied
                       of made-up interactions: all 1, or signed and between −1 and 1; default one
  --seed N             of what is made up, and of the fit; default 1`;

interface DataValues {
  readonly train?: string;
  readonly synthetic?: string;
  readonly confidences: string;
}

/**
 * @param otherwise the shape that is made up when neither is asked for; null: one of them must be
 * @throws BenchUsageError
 */
export function readDataArguments(values: DataValues, seed: number, otherwise: string | null): BenchData {
  const { train, synthetic } = values;
  const confidences = oneOf('--confidences', values.confidences, ['one', 'varied'] as const);
  if (train !== undefined && synthetic !== undefined) {
    throw new BenchUsageError('--train and --synthetic exclude each other.');
  }
  if (train !== undefined) return { kind: 'file', path: train };
  const text = synthetic ?? otherwise;
  if (text === null) throw new BenchUsageError('Either --train or --synthetic is needed; --help says more.');
  return { kind: 'synthetic', shape: shapeOf(text), confidences, seed };
}

/** Learners × items: signed confidences. */
export async function loadBenchData(data: BenchData): Promise<CsrMatrix> {
  return data.kind === 'file'
    ? await readFile(data.path)
    : syntheticInteractions(data.shape, data.confidences, data.seed);
}

export function describeBenchData(data: BenchData): string {
  if (data.kind === 'file') return data.path;
  return `made up with seed ${data.seed}, confidences ${data.confidences}`;
}

async function readFile(path: string): Promise<CsrMatrix> {
  const ids = { learners: new IdTable(), items: new IdTable() };
  const file = await readInteractions(path, ids);
  const cells = cellsOfColumns(ids.learners.count, ids.items.count, {
    ...file,
    rowIndices: file.learnerIndices,
    columnIndices: file.itemIndices,
    atMs: null,
  });
  const { matrix } = keepCells(cells, (_, value) => value !== 0);
  if (meaningOfValues({ training: file, history: null }) === 'confidence') return matrix;
  return { ...matrix, values: matrix.values.map(Math.sign) };
}

function shapeOf(text: string): SyntheticShape {
  const [learnerCount = 0, itemCount = 0, interactionCount = 0] = /^\d+x\d+x\d+$/.test(text)
    ? text.split('x').map(Number)
    : [];
  // Offsets into the cells are 32 bits wide.
  if (learnerCount < 1 || itemCount < 2 || interactionCount < 1 || interactionCount >= 2 ** 31) {
    throw new BenchUsageError(`--synthetic takes learners x items x interactions, such as 6040x3706x994169.`);
  }
  return { learnerCount, itemCount, interactionCount };
}
