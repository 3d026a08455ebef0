const PAGE_BYTES = 65_536;
const MAX_PAGES = 65_536;
// A cache line: what two threads write never shares one.
const ALIGNMENT_BYTES = 64;

/** Where something begins, and how many bytes it has. */
export interface Block {
  readonly address: number;
  readonly byteLength: number;
}

/**
 * The memory that kernels work on and all threads of an engine share. It grows when needed, up to
 * 4 GiB, and is handed out as a stack; what is handed out holds whatever was there before.
 */
export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  // Address 0 stays unused: no block begins there.
  private top = ALIGNMENT_BYTES;

  private readonly mostPages: number;

  /**
   * @param mostBytes what it can grow to: address space is set aside for all of it
   * @throws RangeError when the machine does not give it
   */
  constructor(mostBytes: number = MAX_PAGES * PAGE_BYTES) {
    this.mostPages = Math.min(MAX_PAGES, Math.max(1, Math.ceil(mostBytes / PAGE_BYTES)));
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: this.mostPages, shared: true });
  }

  /**
   * Hands out memory, aligned to a cache line.
   *
   * @param purpose what for, in the words of the error
   * @throws RangeError when it does not fit into 4 GiB with what is in use, or the machine has no more
   */
  allocate(byteLength: number, purpose: string): Block {
    const address = this.top;
    const top = Math.ceil((address + byteLength) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    const missingPages = Math.ceil((top - this.memory.buffer.byteLength) / PAGE_BYTES);
    if (missingPages > 0) {
      const needed = `${purpose} needs ${inMegabytes(byteLength)} beside ${inMegabytes(address)} in use`;
      if (top > this.mostPages * PAGE_BYTES) {
        throw new RangeError(`${needed}, and the kernels can address ${inMegabytes(this.mostPages * PAGE_BYTES)}.`);
      }
      try {
        this.memory.grow(missingPages);
      } catch {
        throw new RangeError(`${needed}, and the machine has no more memory to give.`);
      }
    }
    this.top = top;
    return { address, byteLength };
  }

  /** Where the stack stands, for `releaseTo`. */
  mark(): number {
    return this.top;
  }

  /** Takes back all that was handed out since a mark. */
  releaseTo(mark: number): void {
    this.top = mark;
  }

  bytes(block: Block): Uint8Array {
    return new Uint8Array(this.memory.buffer, block.address, block.byteLength);
  }

  float32(block: Block): Float32Array {
    return new Float32Array(this.memory.buffer, block.address, block.byteLength / 4);
  }

  int32(block: Block): Int32Array {
    return new Int32Array(this.memory.buffer, block.address, block.byteLength / 4);
  }

  float64(block: Block): Float64Array {
    return new Float64Array(this.memory.buffer, block.address, block.byteLength / 8);
  }
}

function inMegabytes(byteLength: number): string {
  return `${Math.ceil(byteLength / 2 ** 20).toLocaleString('en')} MiB`;
}
