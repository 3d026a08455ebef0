// Arrays in the binary form of the wire protocol of PostgreSQL, for what nearly every request writes: neither side has to make
// text of numbers and take it apart again. The driver sends a buffer as it is, so the parameter must be of the very type.

const REAL = 700;
const TEXT = 25;
/** Number of dimensions, whether there are nulls, type of the elements; of the one dimension its length and first index. */
const HEADER_BYTES = 20;
const EMPTY_HEADER_BYTES = 12;
const LENGTH_BYTES = 4;
const REAL_BYTES = 4;

/** A `real[]`; values are rounded to single precision. */
export function realArray(values: readonly number[]): Buffer {
  const bytes = arrayOf(REAL, values.length, values.length * (LENGTH_BYTES + REAL_BYTES));
  let at = HEADER_BYTES;
  for (const value of values) {
    bytes.writeInt32BE(REAL_BYTES, at);
    bytes.writeFloatBE(value, at + LENGTH_BYTES);
    at += LENGTH_BYTES + REAL_BYTES;
  }
  return bytes;
}

/** A `text[]`. */
export function textArray(values: readonly string[]): Buffer {
  let textBytes = 0;
  for (const value of values) textBytes += Buffer.byteLength(value);
  const bytes = arrayOf(TEXT, values.length, values.length * LENGTH_BYTES + textBytes);
  let at = HEADER_BYTES;
  for (const value of values) {
    const written = bytes.write(value, at + LENGTH_BYTES);
    bytes.writeInt32BE(written, at);
    at += LENGTH_BYTES + written;
  }
  return bytes;
}

function arrayOf(elementType: number, length: number, elementBytes: number): Buffer {
  const isEmpty = length === 0;
  const bytes = Buffer.allocUnsafe(isEmpty ? EMPTY_HEADER_BYTES : HEADER_BYTES + elementBytes);
  bytes.writeInt32BE(isEmpty ? 0 : 1, 0);
  bytes.writeInt32BE(0, 4);
  bytes.writeInt32BE(elementType, 8);
  if (isEmpty) return bytes;
  bytes.writeInt32BE(length, 12);
  bytes.writeInt32BE(1, 16);
  return bytes;
}
