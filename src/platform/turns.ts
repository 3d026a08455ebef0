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
