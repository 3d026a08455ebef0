/** Where progress is shown, such as `process.stderr`. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressOptions {
  /** What is counted, in the plural. */
  readonly unit?: string;
  /** A clock that never runs backwards, in milliseconds. */
  readonly nowMs?: () => number;
}

export interface Progress {
  /**
   * Says how far the work is.
   *
   * @param done     how many of the unit are done, since the beginning
   * @param fraction 0–1; when left out, `done` of the total, and not known without a total
   */
  update(done: number, fraction?: number | null): void;
  /** Shows a line of its own without spoiling the bar. */
  note(line: string): void;
  /** Ends the bar and leaves one line that says what was done and how fast. */
  finish(): void;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5_000;
const BAR_CELLS = 16;
/** Before that much is done, the time left is a guess. */
const ETA_FROM_FRACTION = 0.01;

/**
 * Shows how far a long step is: a bar with rate and time left on a terminal; elsewhere, where a bar would fill a log
 * file, a plain line every 5 seconds.
 */
export function createProgress(
  label: string,
  total: number | null,
  stream: ProgressStream,
  { unit = 'rows', nowMs = () => performance.now() }: ProgressOptions = {},
): Progress {
  const isTerminal = stream.isTTY === true;
  const everyMs = isTerminal ? REDRAW_MS : PLAIN_LINE_MS;
  const startedMs = nowMs();
  let shownMs = isTerminal ? Number.NEGATIVE_INFINITY : startedMs;
  let done = 0;
  let fraction: number | null = null;
  let bar = '';

  const draw = (line: string) => {
    // Some terminals report a width of 0.
    const width = stream.columns || 80;
    // A line that wraps could not be wiped again.
    bar = line.length < width ? line : line.slice(0, width - 1);
    stream.write(`\r\u001b[K${bar}`);
  };

  return {
    update(nowDone, nowFraction) {
      done = nowDone;
      const known = nowFraction ?? (total === null || total === 0 ? null : nowDone / total);
      fraction = known === null ? null : Math.min(1, Math.max(0, known));
      const now = nowMs();
      if (now - shownMs < everyMs) return;
      shownMs = now;
      const elapsedMs = now - startedMs;
      const rate = `${rateOf(done, elapsedMs)} ${unit}/s`;
      const leftMs = fraction === null || fraction < ETA_FROM_FRACTION ? null : elapsedMs / fraction - elapsedMs;
      const left = leftMs === null ? '' : `, ${durationText(leftMs)} left`;
      const percent = fraction === null ? '' : `${Math.floor(fraction * 100)} %`;
      if (!isTerminal) {
        stream.write(`${label}: ${countText(done)} ${unit}${percent && `, ${percent}`}, ${rate}${left}\n`);
      } else if (fraction === null) {
        draw(`${label}  ${countText(done)} ${unit}  ${rate}`);
      } else {
        const filled = Math.round(fraction * BAR_CELLS);
        const cells = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
        draw(`${label}  ${cells} ${percent.padStart(5)}  ${countText(done)}  ${rate}${left}`);
      }
    },
    note(line) {
      if (bar === '') stream.write(`${line}\n`);
      else stream.write(`\r\u001b[K${line}\n${bar}`);
    },
    finish() {
      const elapsedMs = nowMs() - startedMs;
      const wipe = bar === '' ? '' : '\r\u001b[K';
      bar = '';
      stream.write(
        `${wipe}${label}: ${countText(done)} ${unit} in ${durationText(elapsedMs)}, ${rateOf(done, elapsedMs)} ${unit}/s\n`,
      );
    },
  };
}

const rateOf = (count: number, elapsedMs: number): string =>
  elapsedMs > 0 ? countText(Math.round((count / elapsedMs) * 1000)) : '0';

/** A count with separators: `159,664`. */
export function countText(count: number): string {
  return count.toLocaleString('en');
}

/** A length of time for people: `0.4 s`, `45 s`, `3 min 05 s`, `1 h 02 min`. */
export function durationText(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const pad = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}
