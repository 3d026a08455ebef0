import { workerData } from 'node:worker_threads';

/** Two numbers in shared memory: the greatest resident size seen, in bytes, and 1 to stop. */
const shared = workerData as Float64Array;
const EVERY_MS = 10;

const timer = setInterval(() => {
  const bytes = process.memoryUsage.rss();
  if (bytes > shared[0]!) shared[0] = bytes;
  if (shared[1] !== 0) clearInterval(timer);
}, EVERY_MS);
