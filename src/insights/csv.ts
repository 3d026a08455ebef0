/** What a cell of a table may hold; null: an empty cell. */
export type CsvValue = string | number | null;

/** What makes spreadsheets take a cell for a formula when it stands first. */
const STARTS_FORMULA = /^[=+\-@\t\r\n]/;
/** Semicolons and tabs, too: some spreadsheets part cells by those, and what stood behind one would be a cell of its own. */
const NEEDS_QUOTES = /[",;\t\r\n]/;

/**
 * A table as CSV by RFC 4180: lines end with CR LF, cells with commas, semicolons, tabs, quotes or line breaks are quoted. Texts that begin
 * like a formula get an apostrophe in front, which spreadsheets take for "this is text"; numbers are left as they are.
 */
export function toCsv(heads: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return [heads, ...rows].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = STARTS_FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
