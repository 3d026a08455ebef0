import { createHash, timingSafeEqual } from 'node:crypto';
import type { IalsModel, IalsOptions } from '../recsys/als.js';
import { axisEnergies } from '../recsys/denseAlgebra.js';
import type { TrainedModel } from './model.js';

// Layout, all numbers little-endian: magic (8 bytes), format version (uint32), header length (uint32), SHA-256 of all
// other bytes (32), header (JSON in UTF-8, padded with spaces to a multiple of 4), then float32 sections: popularity
// (one per course) and item factors (courses × rank).
const MAGIC = new TextEncoder().encode('WAYMARKM');
const FORMAT_VERSION = 1;
const VERSION_AT = 8;
const HEADER_LENGTH_AT = 12;
const CHECKSUM_AT = 16;
const HEADER_AT = 48;

type Header = Omit<TrainedModel, 'popularity' | 'als'> & { readonly als: { readonly options: IalsOptions } | null };

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
  const { popularity, als, ...rest } = model;
  const header: Header = { ...rest, als: als === null ? null : { options: als.options } };
  const json = JSON.stringify(header, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${key} must be finite.`);
    return value;
  });
  const headerBytes = new TextEncoder().encode(json);
  const headerLength = Math.ceil(headerBytes.length / 4) * 4;
  const factors = als?.itemFactors ?? new Float32Array(0);
  const bytes = new Uint8Array(HEADER_AT + headerLength + 4 * (popularity.length + factors.length));
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(VERSION_AT, FORMAT_VERSION, true);
  view.setUint32(HEADER_LENGTH_AT, headerLength, true);
  bytes.fill(0x20, HEADER_AT, HEADER_AT + headerLength);
  bytes.set(headerBytes, HEADER_AT);
  const popularityAt = HEADER_AT + headerLength;
  writeFloats(view, popularityAt, popularity);
  writeFloats(view, popularityAt + 4 * popularity.length, factors);
  bytes.set(checksumOf(bytes), CHECKSUM_AT);
  return bytes;
}

/**
 * The model that `encodeModel` made these bytes of, equal to the last bit.
 *
 * @throws ArtifactError when the bytes are foreign, damaged, cut short, or of another format version
 */
export function decodeModel(bytes: Uint8Array): TrainedModel {
  if (bytes.length < HEADER_AT || !MAGIC.every((byte, at) => bytes[at] === byte)) {
    throw new ArtifactError('These bytes are not a Waymark model.');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(VERSION_AT, true);
  if (version !== FORMAT_VERSION) {
    throw new ArtifactError(`The model has format ${version}, and this version reads ${FORMAT_VERSION}: train again.`);
  }
  if (!timingSafeEqual(checksumOf(bytes), bytes.subarray(CHECKSUM_AT, HEADER_AT))) {
    throw new ArtifactError('The model is damaged or cut short: its checksum does not match.');
  }
  // From here on the checksum says that these are the bytes that `encodeModel` wrote.
  const headerLength = view.getUint32(HEADER_LENGTH_AT, true);
  const json = new TextDecoder().decode(bytes.subarray(HEADER_AT, HEADER_AT + headerLength));
  const { als: storedAls, ...rest } = JSON.parse(json) as Header;
  const itemCount = rest.courseIds.length;
  const rank = storedAls?.options.rank ?? 0;
  const popularityAt = HEADER_AT + headerLength;
  const factorsAt = popularityAt + 4 * itemCount;
  if (bytes.length !== factorsAt + 4 * itemCount * rank) {
    throw new ArtifactError(`The model holds ${bytes.length} bytes, which does not fit its header.`);
  }
  const popularity = readFloats(view, popularityAt, itemCount);
  if (storedAls === null) return { ...rest, popularity, als: null };
  const itemFactors = readFloats(view, factorsAt, itemCount * rank);
  const als: IalsModel = {
    family: 'ials',
    rank,
    itemCount,
    itemFactors,
    gramianDiagonal: axisEnergies(itemFactors, itemCount, rank),
    options: storedAls.options,
  };
  return { ...rest, popularity, als };
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes.subarray(0, CHECKSUM_AT)).update(bytes.subarray(HEADER_AT)).digest();
}

function writeFloats(view: DataView, at: number, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) view.setFloat32(at + 4 * i, values[i]!, true);
}

function readFloats(view: DataView, at: number, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getFloat32(at + 4 * i, true);
  return values;
}
