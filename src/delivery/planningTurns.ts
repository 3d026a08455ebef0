import { DomainError } from '../platform/errors.js';

/** Most that may wait; whoever comes then is told so at once, rather than after the time-out of a request. */
const MOST_WAITING = 50;

interface Turn {
  readonly scopes: ReadonlySet<string>;
  readonly isOver: Promise<unknown>;
}

/**
 * Turns of those who plan in this process: whoever plans for the same people or teams as others before waits for those to
 * end, since each must know the plans before it. All others go on at once.
 */
export class PlanningTurns {
  readonly #turns = new Set<Turn>();
  #waiting = 0;

  /**
   * @param scopes whom the plans are for; turns that share none do not wait for each other
   * @param signal aborted: nobody waits for the answer any more, so a turn that has not begun is given up
   * @throws DomainError RATE_LIMITED when too many wait already, UNAVAILABLE when it was given up
   */
  async take<T>(scopes: ReadonlySet<string>, signal: AbortSignal, plan: () => Promise<T>): Promise<T> {
    const before = [...this.#turns].filter((turn) => meets(turn.scopes, scopes));
    if (before.length > 0 && this.#waiting >= MOST_WAITING) {
      throw new DomainError('RATE_LIMITED', 'Too many others plan for the same people. Try again shortly.');
    }
    const areOver = Promise.all(before.map(({ isOver }) => isOver));
    const planned = this.#wait(areOver, before.length > 0, signal).then(plan);
    // Whoever gives up does not let those behind them overtake those before.
    const turn = { scopes, isOver: Promise.allSettled([areOver, planned]) };
    this.#turns.add(turn);
    turn.isOver.then(() => this.#turns.delete(turn));
    return await planned;
  }

  async #wait(areOver: Promise<unknown>, hasToWait: boolean, signal: AbortSignal): Promise<void> {
    this.#waiting += hasToWait ? 1 : 0;
    try {
      await Promise.race([areOver, aborted(signal)]);
    } finally {
      this.#waiting -= hasToWait ? 1 : 0;
    }
    if (!signal.aborted) return;
    throw new DomainError('UNAVAILABLE', 'Nobody waited for the plan any more, so nothing was planned.');
  }
}

function meets(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  const [few, many] = some.size < others.size ? [some, others] : [others, some];
  for (const scope of few) if (many.has(scope)) return true;
  return false;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
