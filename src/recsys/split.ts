import type { CsrMatrix } from './interactions.js';

/** Contacts divided at one moment: a model fitted on the earlier ones is asked for the later ones. */
export interface TemporalHoldout {
  /** First contacts at or after this are held out. */
  readonly cutMs: number;
  readonly train: CsrMatrix;
  readonly heldOut: CsrMatrix;
}

/**
 * Divides learner–item cells at one moment for everybody, so that nothing from the future leaks into training, as it
 * does when each learner's last cells are held out.
 *
 * @param contacts learners × items
 * @param firstContactMs when each cell began, beside `contacts.values`
 * @param share of cells to hold out, between 0 and 1; the cut is the moment that comes closest without holding out
 *   fewer, since cells of the same moment stay together
 * @returns null when there are no contacts
 * @throws RangeError when the times do not match the cells or are not finite, or the share is out of range
 */
export function temporalHoldout(
  contacts: CsrMatrix,
  firstContactMs: Float64Array,
  share: number,
): TemporalHoldout | null {
  if (firstContactMs.length !== contacts.values.length) {
    throw new RangeError(`There are ${firstContactMs.length} times for ${contacts.values.length} contacts.`);
  }
  if (!(share > 0 && share < 1)) throw new RangeError(`The held-out share must be between 0 and 1, not ${share}.`);
  if (firstContactMs.length === 0) return null;
  if (!firstContactMs.every(Number.isFinite)) throw new RangeError('A contact has no finite time.');
  const sorted = firstContactMs.slice().sort();
  const cutMs = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * (1 - share)))]!;
  return {
    cutMs,
    train: cellsWhere(contacts, (cell) => firstContactMs[cell]! < cutMs),
    heldOut: cellsWhere(contacts, (cell) => firstContactMs[cell]! >= cutMs),
  };
}

/** Who can be asked for, and who cannot since nothing was known of them before the cut. */
export interface HeldOutLearners {
  /** Rows with at least one cell in both matrices, ascending. */
  readonly warm: Int32Array;
  /** How many rows have held-out cells only. */
  readonly coldCount: number;
}

/**
 * Divides the learners with held-out cells into warm and cold.
 *
 * @throws RangeError when the matrices differ in rows
 */
export function heldOutLearners(train: CsrMatrix, heldOut: CsrMatrix): HeldOutLearners {
  if (train.rowCount !== heldOut.rowCount) {
    throw new RangeError(`The matrices have ${train.rowCount} and ${heldOut.rowCount} rows.`);
  }
  const warm: number[] = [];
  let coldCount = 0;
  for (let row = 0; row < train.rowCount; row++) {
    if (heldOut.rowOffsets[row] === heldOut.rowOffsets[row + 1]) continue;
    if (train.rowOffsets[row] === train.rowOffsets[row + 1]) coldCount++;
    else warm.push(row);
  }
  return { warm: Int32Array.from(warm), coldCount };
}

/** In two passes over typed arrays: a log may have a hundred million cells. */
function cellsWhere(matrix: CsrMatrix, isKept: (cell: number) => boolean): CsrMatrix {
  const rowOffsets = new Int32Array(matrix.rowCount + 1);
  let count = 0;
  for (let row = 0; row < matrix.rowCount; row++) {
    for (let cell = matrix.rowOffsets[row]!; cell < matrix.rowOffsets[row + 1]!; cell++) if (isKept(cell)) count++;
    rowOffsets[row + 1] = count;
  }
  const columnIndices = new Int32Array(count);
  const values = new Float32Array(count);
  let to = 0;
  for (let cell = 0; cell < matrix.values.length; cell++) {
    if (!isKept(cell)) continue;
    columnIndices[to] = matrix.columnIndices[cell]!;
    values[to++] = matrix.values[cell]!;
  }
  return { ...matrix, rowOffsets, columnIndices, values };
}
