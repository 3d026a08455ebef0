import { describe, expect, it } from 'vitest';
import { countText, createProgress, durationText } from '../../src/platform/jobs/progress.js';

function shown(isTTY: boolean, columns = 80) {
  const clock = { ms: 0 };
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  return { clock, written, stream, nowMs: () => clock.ms };
}

describe('progress', () => {
  it('draws a bar with rate and time left on a terminal, ten times a second at most, and one line at the end', () => {
    const { clock, written, stream, nowMs } = shown(true);
    const progress = createProgress('activity', 1_000, stream, { nowMs });
    clock.ms = 2_000;
    progress.update(250);
    clock.ms = 2_050;
    progress.update(260);
    expect(written).toEqual(['\r\u001b[Kactivity  ████░░░░░░░░░░░░  25 %  250  125 rows/s, 6.0 s left']);
    clock.ms = 8_000;
    progress.update(1_000);
    progress.finish();
    expect(written.at(-1)).toBe('\r\u001b[Kactivity: 1,000 rows in 8.0 s, 125 rows/s\n');
  });

  it('never draws more than fits on the line', () => {
    const { clock, written, stream, nowMs } = shown(true, 30);
    const progress = createProgress('a long label for a long step', 10, stream, { nowMs });
    clock.ms = 1_000;
    progress.update(5);
    expect(written[0]?.replace('\r\u001b[K', '')).toHaveLength(29);
  });

  it('writes a plain line every five seconds elsewhere', () => {
    const { clock, written, stream, nowMs } = shown(false);
    const progress = createProgress('fit', 10, stream, { unit: 'epochs', nowMs });
    for (clock.ms = 1_000; clock.ms <= 10_000; clock.ms += 1_000) progress.update(clock.ms / 1_000);
    clock.ms = 10_000;
    progress.finish();
    expect(written).toEqual([
      'fit: 5 epochs, 50 %, 1 epochs/s, 5.0 s left\n',
      'fit: 10 epochs, 100 %, 1 epochs/s, 0.0 s left\n',
      'fit: 10 epochs in 10 s, 1 epochs/s\n',
    ]);
  });

  it('shows no share and no time left when the total is not known, unless told the share', () => {
    const { clock, written, stream, nowMs } = shown(false);
    const progress = createProgress('read', null, stream, { nowMs });
    clock.ms = 5_000;
    progress.update(100);
    clock.ms = 10_000;
    progress.update(200, 0.25);
    expect(written).toEqual(['read: 100 rows, 20 rows/s\n', 'read: 200 rows, 25 %, 20 rows/s, 30 s left\n']);
  });

  it('puts notes above the bar', () => {
    const { clock, written, stream, nowMs } = shown(true);
    const progress = createProgress('read', null, stream, { nowMs });
    progress.note('before');
    clock.ms = 1_000;
    progress.update(1);
    progress.note('during');
    expect(written).toEqual([
      'before\n',
      '\r\u001b[Kread  1 rows  1 rows/s',
      '\r\u001b[Kduring\nread  1 rows  1 rows/s',
    ]);
  });

  it('writes numbers and lengths of time for people', () => {
    expect(countText(159_664)).toBe('159,664');
    expect([0, 9_940, 9_950, 59_400, 59_600, 185_000, 3_599_600, 7_500_000].map(durationText)).toEqual([
      '0.0 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 00 s',
      '3 min 05 s',
      '1 h 00 min',
      '2 h 05 min',
    ]);
  });
});
