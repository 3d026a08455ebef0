import type { JobContext } from '../platform/jobs.js';

/** Fits when people are active. What it fits is its own affair. */
export interface TimingTrainer {
  /**
   * @param asOf activity after it is left out
   * @returns what is stored with the model version and handed back as the live timing, as JSON; null: too little to fit on
   * @throws JobStopped when `context` says to stop
   */
  fitTiming(asOf: Date, context: JobContext): Promise<unknown>;
}
