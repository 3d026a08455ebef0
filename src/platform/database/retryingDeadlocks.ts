import { setTimeout as sleep } from 'node:timers/promises';

const DEADLOCK = '40P01';
const MAX_TRIES = 4;

/** A deadlock is nobody's fault and harms nothing: the database undid the transaction, so it is done again. */
export async function retryingDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK || tries === MAX_TRIES) throw error;
      await sleep(20 * tries);
    }
  }
}
