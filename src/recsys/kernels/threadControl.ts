import { CHUNKED_KERNELS, type ChunkedKernelName, type KernelExports } from './module.js';

// One block of shared words tells the threads what to do. A job may only be written while it is closed and nobody is
// active in it; a thread that wakes late finds it closed and goes back to sleep. So nobody ever mixes two jobs up, and
// nobody waits for a thread that has not begun.
const Word = {
  /** Counts the jobs; sleeping threads wait for it to change. */
  Job: 0,
  /** 1 while chunks may be taken. */
  IsOpen: 1,
  /** Threads at work on the job, other than the caller's. */
  Active: 2,
  /** The first unit that nobody has taken. */
  Next: 3,
  /** Counts chunks taken: a sign of life. */
  Pulse: 4,
  /** 1 from the first failure on. */
  HasFailed: 5,
  /** Bytes of the failure's message. */
  MessageLength: 6,
  Kernel: 7,
  UnitCount: 8,
  ChunkSize: 9,
  ParameterCount: 10,
} as const;

const WORD_COUNT = 16;
const PARAMETER_COUNT = 32;
const MESSAGE_BYTES = 1024;
const SILENCE_CHECK_MS = 1_000;
// A thread that has ended takes no chunk to its end; another one may still be at its own.
const SILENCE_AFTER_FAILURE_MS = 20_000;
// One unit of work is at most a row or a block: minutes at the very worst.
const LONGEST_SILENCE_MS = 15 * 60_000;

/** One job: units of work from 0, taken in chunks by whoever is free. */
export interface KernelJob {
  readonly kernel: ChunkedKernelName;
  readonly unitCount: number;
  /** Units taken at once, at least 1. */
  readonly chunkSize: number;
  /** The threads' own memory, one block after the other; 0 bytes when the kernel needs none. */
  readonly scratchAddress: number;
  readonly scratchBytes: number;
  readonly parameters: readonly number[];
}

/** Thrown when a kernel or its thread failed: the engine must be closed. */
export class KernelFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KernelFailure';
  }
}

/** The words that the threads of one engine share. */
export class ThreadControl {
  readonly buffer: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly parameters: Float64Array;
  private readonly message: Uint8Array;

  /** @param buffer of another thread's control; null: a new one */
  constructor(buffer: SharedArrayBuffer | null) {
    const messageAt = 8 * PARAMETER_COUNT + 4 * WORD_COUNT;
    this.buffer = buffer ?? new SharedArrayBuffer(messageAt + MESSAGE_BYTES);
    this.parameters = new Float64Array(this.buffer, 0, PARAMETER_COUNT);
    this.words = new Int32Array(this.buffer, 8 * PARAMETER_COUNT, WORD_COUNT);
    this.message = new Uint8Array(this.buffer, messageAt, MESSAGE_BYTES);
  }

  /** How many jobs there have been. */
  jobCount(): number {
    return Atomics.load(this.words, Word.Job);
  }

  /** Sleeps until there has been another job than the last one seen. */
  awaitJob(seen: number): void {
    Atomics.wait(this.words, Word.Job, seen);
  }

  /** Helps with the job, if it is still open. For the threads other than the caller's. */
  help(exports: KernelExports, thread: number): void {
    const { words } = this;
    Atomics.add(words, Word.Active, 1);
    try {
      if (Atomics.load(words, Word.IsOpen) === 1) this.takeChunks(exports, thread);
    } catch (error) {
      this.fail(error);
    } finally {
      Atomics.sub(words, Word.Active, 1);
      Atomics.notify(words, Word.Active);
    }
  }

  /**
   * Does a job, together with whichever threads wake up in time, and returns when it is done.
   *
   * @throws KernelFailure when a thread failed, now or before
   */
  run(exports: KernelExports, job: KernelJob): void {
    const { words } = this;
    this.throwFailure();
    if (job.unitCount === 0) return;
    if (job.parameters.length + 2 > PARAMETER_COUNT) throw new RangeError('A kernel has too many parameters.');
    this.awaitIdle();
    words[Word.Kernel] = CHUNKED_KERNELS.indexOf(job.kernel);
    words[Word.UnitCount] = job.unitCount;
    words[Word.ChunkSize] = job.chunkSize;
    words[Word.ParameterCount] = job.parameters.length;
    this.parameters.set([job.scratchAddress, job.scratchBytes, ...job.parameters]);
    Atomics.store(words, Word.Next, 0);
    Atomics.store(words, Word.IsOpen, 1);
    Atomics.add(words, Word.Job, 1);
    Atomics.notify(words, Word.Job);
    try {
      this.takeChunks(exports, 0);
    } catch (error) {
      this.fail(error);
    }
    Atomics.store(words, Word.IsOpen, 0);
    this.awaitIdle();
    this.throwFailure();
  }

  /** Notes a failure; the first one is kept. The job's other chunks are left. */
  fail(error: unknown): void {
    const { words } = this;
    if (Atomics.compareExchange(words, Word.HasFailed, 0, 1) !== 0) return;
    const { written } = new TextEncoder().encodeInto(
      error instanceof Error ? error.message : String(error),
      this.message,
    );
    Atomics.store(words, Word.MessageLength, written);
    Atomics.notify(words, Word.Active);
  }

  private takeChunks(exports: KernelExports, thread: number): void {
    const { words } = this;
    const kernel = exports[CHUNKED_KERNELS[words[Word.Kernel]!]!];
    const unitCount = words[Word.UnitCount]!;
    const chunkSize = words[Word.ChunkSize]!;
    const [scratchAddress = 0, scratchBytes = 0, ...parameters] = this.parameters.subarray(
      0,
      2 + words[Word.ParameterCount]!,
    );
    const scratch = scratchAddress + thread * scratchBytes;
    while (Atomics.load(words, Word.HasFailed) === 0) {
      // Unsigned, since many threads may overshoot a count close to 2^31.
      const first = Atomics.add(words, Word.Next, chunkSize) >>> 0;
      if (first >= unitCount) return;
      Atomics.add(words, Word.Pulse, 1);
      kernel(first, Math.min(unitCount, first + chunkSize), scratch, ...parameters);
    }
  }

  private awaitIdle(): void {
    const { words } = this;
    let pulse = Atomics.load(words, Word.Pulse);
    let silentMs = 0;
    for (;;) {
      const active = Atomics.load(words, Word.Active);
      if (active === 0) return;
      if (Atomics.wait(words, Word.Active, active, SILENCE_CHECK_MS) !== 'timed-out') continue;
      const latest = Atomics.load(words, Word.Pulse);
      silentMs = latest === pulse ? silentMs + SILENCE_CHECK_MS : 0;
      pulse = latest;
      const longest = Atomics.load(words, Word.HasFailed) === 1 ? SILENCE_AFTER_FAILURE_MS : LONGEST_SILENCE_MS;
      if (silentMs >= longest) throw new KernelFailure('A kernel thread has fallen silent.');
    }
  }

  private throwFailure(): void {
    const { words, message } = this;
    if (Atomics.load(words, Word.HasFailed) === 0) return;
    const text = new TextDecoder().decode(message.slice(0, Atomics.load(words, Word.MessageLength)));
    throw new KernelFailure(`A kernel thread failed: ${text}`);
  }
}
