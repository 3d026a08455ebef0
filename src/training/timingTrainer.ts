import type { JobContext } from '../platform/jobs/jobs.js';

/** Fits when people are active. What it fits is its own affair. */
export interface TimingTrainer {
  /**
   * @param asOf activity after it is left out
   * @returns what is stored with the model version and handed back as the live timing, as JSON, also where there
   *   was too little to fit on; null: what was fitted before goes on serving
   * @throws JobStopped when `context` says to stop
   */
  fitTiming(asOf: Date, context: JobContext): Promise<unknown>;
}
