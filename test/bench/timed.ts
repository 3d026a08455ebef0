import { print, quantile } from './printing.js';

/** Runs the work once for each input, one after the other, after a warm-up over a fifth of them. */
export async function timed<T>(
  label: string,
  inputs: readonly T[],
  work: (input: T) => Promise<unknown>,
): Promise<void> {
  for (const input of inputs.slice(0, inputs.length / 5)) await work(input);
  const times: number[] = [];
  for (const input of inputs) {
    const start = performance.now();
    await work(input);
    times.push(performance.now() - start);
  }
  const at = (share: number) => quantile(times, share).toFixed(2);
  print(`${label.padEnd(34)} p50 ${at(0.5).padStart(8)} ms   p99 ${at(0.99).padStart(8)} ms`);
}
