import type { JobContext } from '../platform/jobs/jobs.js';

/** A rehearsal of a training: the model as of a cut in time, and whom to ask what they took up after it. */
export interface ModelRehearsal {
  /** Of the model that was fitted on what happened before the cut, see `modelArtifact.ts`. Handed over. */
  readonly artifact: Uint8Array<ArrayBuffer>;
  readonly cut: Date;
  /** Nothing of the log after this row is looked at. */
  readonly watermark: string;
  /** Learners known before the cut who took something up after it; the model's settings were chosen on them. */
  readonly fitOn: readonly string[];
  /** Other such learners, on whom nothing was chosen. */
  readonly measureOn: readonly string[];
}

/** Fits how lists are ranked from a model and all else that is known. What it fits is its own affair. */
export interface RankingTrainer {
  /**
   * @returns what is stored with the model version and handed back with the live model, as JSON; null: too little to fit
   *   on
   * @throws JobStopped when `context` says to stop
   */
  fitRanking(rehearsal: ModelRehearsal, context: JobContext): Promise<unknown>;
}
