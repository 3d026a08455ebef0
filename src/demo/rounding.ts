/** To two decimals, as levels, shares and scores are written. */
export function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
