import { setImmediate as nextTurn } from 'node:timers/promises';

/** Long enough that changing turns costs nothing, short enough that nothing else is held up noticeably. */
const TURN_MS = 12;

/**
 * The outcome of a long computation done in small steps, with everything else that waits let in between them.
 *
 * @param steps yields wherever it may be left for a while; a step should take well under 12 ms
 */
export async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  let turnBeganMs = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - turnBeganMs < TURN_MS) continue;
    await nextTurn();
    turnBeganMs = performance.now();
  }
}

/** The outcome of a computation done in steps, all at once. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Turns of the event loop from one piece to the next: Node accepts one connection in each. */
const TURNS_BETWEEN = 4;

const queue: (() => void)[] = [];
const watching = new Set<() => void>();
let turnsLeft = 0;

/**
 * Resolves when no other such piece of work runs in these turns of the event loop; at once when there is none. For pieces
 * of some milliseconds that many requests may ask for at once: done in one turn they would together hold up everything
 * else, new connections above all.
 */
export async function ownTurn(): Promise<void> {
  if (turnsLeft > 0) return new Promise((resolve) => queue.push(resolve));
  turnsLeft = TURNS_BETWEEN;
  setImmediate(passTurn);
}

/** Whether pieces of work wait for a turn of their own. */
export const isCrowded = (): boolean => queue.length > 0;

/** Resolves when the last piece that waited has its turn, right after it, or after so long. */
export async function crowdGone(mostMs: number): Promise<void> {
  if (!isCrowded()) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      watching.delete(done);
      resolve();
    };
    const timer = setTimeout(done, mostMs);
    watching.add(done);
  });
}

function passTurn(): void {
  if (queue.length === 0) for (const done of [...watching]) done();
  turnsLeft -= 1;
  if (turnsLeft === 0) {
    const resolve = queue.shift();
    if (resolve === undefined) return;
    turnsLeft = TURNS_BETWEEN;
    resolve();
  }
  setImmediate(passTurn);
}
