/** The command line was not understood; the message says what it takes. */
export class BenchUsageError extends Error {}

/** @throws BenchUsageError */
export function wholeNumber(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new BenchUsageError(`${option} takes a whole number ${range}, not "${text}".`);
  }
  return Number(text);
}

/** @throws BenchUsageError */
export function wholeNumbers(option: string, text: string, least: number): number[] {
  return text.split(',').map((part) => wholeNumber(option, part.trim(), least));
}

/** @throws BenchUsageError */
export function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new BenchUsageError(`${option} takes a number above 0, not "${text}".`);
  }
  return value;
}

/** @throws BenchUsageError */
export function oneOf<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === text);
  if (chosen === undefined) throw new BenchUsageError(`${option} takes ${choices.join(', ')}, not "${text}".`);
  return chosen;
}
