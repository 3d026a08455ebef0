// Array literals of PostgreSQL, for columns of rows that are written many at once: made here, a batch of a thousand rows
// costs a fraction of what the driver's element by element takes.

/** Everything is quoted: a text may be `NULL`, and hold braces, commas and backslashes. */
export function textArray(values: readonly (string | null)[]): string {
  // One look at all of them: hardly any text holds what has to be escaped.
  const isPlain = !/["\\]/.test(values.join(''));
  const quoted = values.map((value) => {
    if (value === null) return 'NULL';
    return isPlain ? `"${value}"` : `"${value.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${quoted.join(',')}}`;
}

export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** Of milliseconds since 1970. */
export function instantArray(values: readonly (number | null)[]): string {
  return `{${values.map((ms) => (ms === null ? 'NULL' : new Date(ms).toISOString())).join(',')}}`;
}
