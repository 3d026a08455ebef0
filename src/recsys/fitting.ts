import type { CsrMatrix } from './interactions.js';
import type { Engine } from './kernels/engine.js';

/** What every family of models is fitted on. */
export interface TrainingData {
  /** Learners × items: signed confidences, before any fading by age. */
  readonly interactions: CsrMatrix;
  /** When each cell was last touched, beside `interactions.values`; null: order and age are unknown. */
  readonly atMs: Float64Array | null;
  /** The moment that ages are counted to: no cell is later, or it counts as if it were then. */
  readonly asOfMs: number;
  /** Items × terms, what is written about each item (`encodeContent`); null: nothing is known. */
  readonly content: CsrMatrix | null;
}

/** What a fit is given besides its data and options. */
export interface FitContext {
  readonly engine: Engine;
  /** Called after every step of the fit, counted from 1. */
  readonly onStep?: (done: number, total: number) => void;
  /** Polled often; true abandons the fit. */
  readonly shouldStop?: () => boolean;
}

/** Thrown by a fit whose `shouldStop` said so: nothing half trained is returned. */
export class FitStopped extends Error {
  constructor() {
    super('The fit was stopped before it was finished.');
    this.name = 'FitStopped';
  }
}

const MS_PER_DAY = 86_400_000;

/**
 * The interactions faded by age, `v · 2^(−age / halfLife)`, and scaled so that the positive ones have a mean of 1: a
 * log of weak signals then trains like one of strong ones.
 *
 * @param halfLifeDays above 0; null: nothing fades
 * @returns the same cells in the same order; a value that fades below what float32 can hold stays the least it can
 */
export function fadedInteractions(data: TrainingData, halfLifeDays: number | null): CsrMatrix {
  const { interactions, atMs, asOfMs } = data;
  if (halfLifeDays !== null && !(halfLifeDays > 0)) {
    throw new RangeError(`halfLifeDays must be above 0, not ${halfLifeDays}.`);
  }
  const values = new Float32Array(interactions.values.length);
  let positiveSum = 0;
  let positiveCount = 0;
  for (let cell = 0; cell < values.length; cell++) {
    const value = interactions.values[cell]!;
    const ageDays = atMs === null || halfLifeDays === null ? 0 : Math.max(0, asOfMs - atMs[cell]!) / MS_PER_DAY;
    const faded = halfLifeDays === null ? value : value * 2 ** (-ageDays / halfLifeDays);
    values[cell] = faded;
    if (value > 0) {
      positiveSum += faded;
      positiveCount++;
    }
  }
  const scale = positiveSum > 0 ? positiveCount / positiveSum : 1;
  for (let cell = 0; cell < values.length; cell++) {
    const scaled = values[cell]! * scale;
    values[cell] =
      Math.abs(scaled) < LEAST_CONFIDENCE ? Math.sign(interactions.values[cell]!) * LEAST_CONFIDENCE : scaled;
  }
  return { ...interactions, values };
}

/** What faded away stays a cell, since a cell of 0 would be none. */
const LEAST_CONFIDENCE = 1e-6;
