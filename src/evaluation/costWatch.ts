import { Worker } from 'node:worker_threads';
import { workerFile } from '../platform/threads.js';

/** What a piece of work took. */
export interface Cost {
  readonly seconds: number;
  /** Of all threads of the process, user and system. */
  readonly cpuSeconds: number;
  /** The greatest resident size of the whole process meanwhile: the data and all threads included. */
  readonly peakMemoryBytes: number;
  /** How much that is above the resident size at the beginning; 0 when memory given back before was enough. */
  readonly extraMemoryBytes: number;
}

export interface CostWatch {
  /** Runs a synchronous piece of work; what it takes is measured from outside, so it may block this thread. */
  measure<T>(work: () => T): { result: T; cost: Cost };
  close(): Promise<void>;
}

/** Watches the process's memory from a thread of its own, every 10 ms. */
export async function openCostWatch(): Promise<CostWatch> {
  const shared = new Float64Array(new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT));
  const worker = new Worker(workerFile(import.meta.url, 'memoryWatch'), { workerData: shared });
  await new Promise<void>((resolve, reject) => {
    worker.once('online', resolve);
    worker.once('error', reject);
  });
  return {
    measure(work) {
      const startBytes = process.memoryUsage.rss();
      shared[0] = startBytes;
      const startCpu = process.cpuUsage();
      const startMs = performance.now();
      const result = work();
      const seconds = (performance.now() - startMs) / 1000;
      const cpu = process.cpuUsage(startCpu);
      // The end counts too: work shorter than the watch's interval would be missed.
      const peakMemoryBytes = Math.max(shared[0]!, process.memoryUsage.rss());
      return {
        result,
        cost: {
          seconds,
          cpuSeconds: (cpu.user + cpu.system) / 1e6,
          peakMemoryBytes,
          extraMemoryBytes: peakMemoryBytes - startBytes,
        },
      };
    },
    async close() {
      shared[1] = 1;
      await worker.terminate();
    },
  };
}
