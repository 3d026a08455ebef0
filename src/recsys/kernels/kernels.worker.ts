import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { instantiateKernels } from './module.js';
import { ThreadControl } from './threadControl.js';

/** What a thread is started with, as `workerData`. */
export interface KernelThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  /** From 1; 0 is the caller's thread. */
  readonly thread: number;
  /** How far to stand back behind other threads: 0 to 19. */
  readonly niceness: number;
}

if (parentPort === null) throw new Error('kernels.worker must be started as a worker thread.');
const { module, memory, control: controlBuffer, thread, niceness } = workerData as KernelThreadStart;
const control = new ThreadControl(controlBuffer);
process.on('exit', () => control.fail('the thread ended'));
// Only on Linux is a priority that of one thread; elsewhere the whole process would stand back.
// Standing back further already, it may not come forward: the system would refuse.
if (niceness > 0 && process.platform === 'linux') setPriority(Math.max(niceness, getPriority()));
const exports = instantiateKernels(module, memory);
let seen = control.jobCount();
parentPort.postMessage('ready');
// Ends with the thread: the engine's `close`, or the end of the process.
for (;;) {
  control.awaitJob(seen);
  seen = control.jobCount();
  control.help(exports, thread);
}
