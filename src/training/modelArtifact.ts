import { createHash, timingSafeEqual, webcrypto } from 'node:crypto';
import type { TrainedModel } from './model.js';

// Layout, all numbers little-endian: magic (8 bytes), format version (uint32), header length (uint32), SHA-256 of all
// other bytes (32), header (JSON in UTF-8, padded with spaces to a multiple of 8), then the arrays one after the other,
// each padded to a multiple of 8. In the header an array stands as { "$array": kind, "at": offset, "length": count }.
const MAGIC = new TextEncoder().encode('WAYMARKM');
const FORMAT_VERSION = 2;
const VERSION_AT = 8;
const HEADER_LENGTH_AT = 12;
const CHECKSUM_AT = 16;
const HEADER_AT = 48;
const CHECKSUM_BYTES = HEADER_AT - CHECKSUM_AT;

const ARRAY_KINDS = { f32: Float32Array, f64: Float64Array, i32: Int32Array } as const;
type ArrayKind = keyof typeof ARRAY_KINDS;
type StoredArray = Float32Array | Float64Array | Int32Array;

interface ArrayReference {
  readonly $array: ArrayKind;
  /** From the end of the header. */
  readonly at: number;
  readonly length: number;
}

/** Thrown for bytes that are not a whole, unharmed artefact of a format that this version reads. */
export class ArtifactError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArtifactError';
  }
}

/**
 * The model as one self-contained run of bytes.
 *
 * @throws RangeError when a figure is not finite
 */
export function encodeModel(model: TrainedModel): Uint8Array<ArrayBuffer> {
  const arrays: StoredArray[] = [];
  let at = 0;
  const json = JSON.stringify(model, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${key} must be finite.`);
    const kind = kindOf(value);
    if (kind === null) return value;
    const array = value as StoredArray;
    const reference: ArrayReference = { $array: kind, at, length: array.length };
    arrays.push(array);
    at += padded(array.byteLength);
    return reference;
  });
  const headerBytes = new TextEncoder().encode(json);
  const headerLength = padded(headerBytes.length);
  const bytes = new Uint8Array(HEADER_AT + headerLength + at);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(VERSION_AT, FORMAT_VERSION, true);
  view.setUint32(HEADER_LENGTH_AT, headerLength, true);
  bytes.fill(0x20, HEADER_AT, HEADER_AT + headerLength);
  bytes.set(headerBytes, HEADER_AT);
  let end = HEADER_AT + headerLength;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), end);
    end += padded(array.byteLength);
  }
  bytes.set(checksumOf(bytes), CHECKSUM_AT);
  return bytes;
}

/**
 * The model that `encodeModel` made these bytes of, equal to the last bit.
 *
 * @throws ArtifactError when the bytes are foreign, damaged, cut short, or of another format version
 */
export function decodeModel(bytes: Uint8Array): TrainedModel {
  assertFormat(bytes);
  assertChecksum(bytes, checksumOf(bytes));
  return parse(bytes);
}

/**
 * The same, without holding up this thread for the checksum of what may be a hundred megabytes.
 *
 * @throws ArtifactError as `decodeModel` does
 */
export async function decodeModelInBackground(bytes: Uint8Array): Promise<TrainedModel> {
  assertFormat(bytes);
  const summed = new Uint8Array(bytes.length - CHECKSUM_BYTES);
  summed.set(bytes.subarray(0, CHECKSUM_AT));
  summed.set(bytes.subarray(HEADER_AT), CHECKSUM_AT);
  assertChecksum(bytes, new Uint8Array(await webcrypto.subtle.digest('SHA-256', summed)));
  return parse(bytes);
}

/**
 * What ties these bytes to the version that they were trained as: the checksum in them says that they are whole, and this
 * that they are not those of another model. SHA-256, 32 bytes.
 */
export function sealOf(versionId: string, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(`${versionId}\n`).update(bytes.subarray(CHECKSUM_AT, HEADER_AT)).digest();
}

/**
 * @param seal as `sealOf` made it when the version was stored; null: that release knew none, and nothing is asserted
 * @throws ArtifactError when the bytes are those of another version
 */
export function assertSeal(versionId: string, bytes: Uint8Array, seal: Uint8Array | null): void {
  if (seal === null) return;
  const own = sealOf(versionId, bytes);
  if (seal.length !== own.length || !timingSafeEqual(seal, own)) {
    throw new ArtifactError('The model is not the one that this version was trained as: its seal does not match.');
  }
}

function assertFormat(bytes: Uint8Array): void {
  if (bytes.length < HEADER_AT || !MAGIC.every((byte, at) => bytes[at] === byte)) {
    throw new ArtifactError('These bytes are not a Waymark model.');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(VERSION_AT, true);
  if (version !== FORMAT_VERSION) {
    throw new ArtifactError(`The model has format ${version}, and this version reads ${FORMAT_VERSION}: train again.`);
  }
}

function assertChecksum(bytes: Uint8Array, checksum: Uint8Array): void {
  if (!timingSafeEqual(checksum, bytes.subarray(CHECKSUM_AT, HEADER_AT))) {
    throw new ArtifactError('The model is damaged or cut short: its checksum does not match.');
  }
}

/** Of bytes that the checksum says are those that `encodeModel` wrote. */
function parse(bytes: Uint8Array): TrainedModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = HEADER_AT + view.getUint32(HEADER_LENGTH_AT, true);
  const json = new TextDecoder().decode(bytes.subarray(HEADER_AT, headerEnd));
  return JSON.parse(json, (_, value: unknown) =>
    isReference(value) ? readArray(bytes, headerEnd + value.at, value) : value,
  ) as TrainedModel;
}

function readArray(bytes: Uint8Array, at: number, { $array, length }: ArrayReference): StoredArray {
  const kind = ARRAY_KINDS[$array];
  const end = at + length * kind.BYTES_PER_ELEMENT;
  if (end > bytes.length)
    throw new ArtifactError(`The model holds ${bytes.length} bytes, which does not fit its header.`);
  // A copy, since the bytes may start anywhere in their buffer and an array needs its own alignment; not by `slice`,
  // which for a Buffer copies nothing.
  return new kind(new Uint8Array(bytes.subarray(at, end)).buffer);
}

function isReference(value: unknown): value is ArrayReference {
  return typeof value === 'object' && value !== null && '$array' in value;
}

function kindOf(value: unknown): ArrayKind | null {
  if (value instanceof Float32Array) return 'f32';
  if (value instanceof Float64Array) return 'f64';
  return value instanceof Int32Array ? 'i32' : null;
}

function padded(byteCount: number): number {
  return Math.ceil(byteCount / 8) * 8;
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes.subarray(0, CHECKSUM_AT)).update(bytes.subarray(HEADER_AT)).digest();
}
