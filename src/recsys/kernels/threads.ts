import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { KernelThreadStart } from './kernels.worker.js';
import { instantiateKernels, type KernelExports } from './module.js';
import { KernelFailure, type KernelJob, ThreadControl } from './threadControl.js';

/** The kernels on one memory, and the threads that run them: the caller's and `threads - 1` more. */
export interface KernelThreads {
  readonly threads: number;
  /** For what one thread does alone. */
  readonly exports: KernelExports;
  /**
   * Does a job on all threads and returns when it is done.
   *
   * @throws KernelFailure when a thread failed, or they were ended
   */
  run(job: KernelJob): void;
  /** Ends the threads. */
  end(): Promise<void>;
}

/**
 * Starts the threads. They sleep between jobs, end when told to, and keep no process alive.
 *
 * @param threads at least 1
 * @param niceness how far the further threads stand back behind others, 0 to 19
 * @throws Error when a thread cannot be started
 */
export async function startKernelThreads(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  threads: number,
  niceness: number,
): Promise<KernelThreads> {
  const control = new ThreadControl(null);
  const exports = instantiateKernels(module, memory);
  const workers = Array.from({ length: threads - 1 }, (_, i) => {
    const start: KernelThreadStart = { module, memory, control: control.buffer, thread: i + 1, niceness };
    const worker = new Worker(new URL('./kernels.worker.js', import.meta.url), { workerData: start });
    worker.on('error', (error) => control.fail(error));
    return worker;
  });
  let isEnded = false;
  const end = async (): Promise<void> => {
    isEnded = true;
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  try {
    await Promise.all(
      workers.map((worker) =>
        Promise.race([
          once(worker, 'message'),
          once(worker, 'exit').then(([code]) => {
            throw new Error(`a kernel thread ended while starting (exit code ${String(code)})`);
          }),
        ]),
      ),
    );
  } catch (error) {
    await end();
    throw error;
  }
  // Only now: a process that waits for its threads to start must not end in the meantime.
  for (const worker of workers) worker.unref();
  return {
    threads,
    exports,
    run(job) {
      if (isEnded) throw new KernelFailure('The engine is closed.');
      control.run(exports, job);
    },
    end,
  };
}
