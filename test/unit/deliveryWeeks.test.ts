import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { believe } from '../../src/delivery/belief.js';
import { groupWeek } from '../../src/delivery/groupWeek.js';
import { learnerWeek } from '../../src/delivery/learnerWeek.js';
import { sessionLengths } from '../../src/delivery/sessionLengths.js';
import { renderWeekHeatMap } from '../../src/delivery/weekHeatMap.js';
import { activeHours, poolActiveHours } from '../../src/learners/activeHours.js';
import { inTurns } from '../../src/platform/turns.js';
import { HOUR_MS } from '../../src/platform/zonedTime.js';
import { DELIVERY_NOW, deliveryInputs } from '../support/deliveryInputs.js';

/** A Tuesday, 09:00 UTC. */
const TUESDAY_NINE = Date.parse('2026-11-17T09:00Z');
const OWNER = { learnerId: 'ada', zone: 'UTC', isZoneAssumed: false, personalisationOptOut: false };
const one = (cell: number): number[] => Array.from({ length: 168 }, (_, i) => (i === cell ? 1 : 0));

describe('the heat map of a week', () => {
  const picture = (shares: number[] | null) =>
    renderWeekHeatMap({ title: 'A <b> & "c"', subtitle: 's', panels: [{ name: 'n', note: 'x', shares }] });

  test('tells every hour, and the best ones in its description', () => {
    const svg = picture(one(33));
    expect(svg.match(/<rect class="h\d"[^>]*><title>/g)).toHaveLength(168);
    expect(svg).toContain('<title>Tue 09:00–10:00: 100.0 %</title>');
    expect(/<desc[^>]*>(.*?)<\/desc>/.exec(svg)?.[1]).toBe('s n (x): most in Tue 09:00–10:00 100.0 %.');
    // The hour itself and the legend, and no hour in which nothing happens.
    expect(svg.match(/<rect class="best"/g)).toHaveLength(2);
    expect(svg.match(/class="h6"/g)).toHaveLength(2);
  });

  test('says so where nothing is known', () => {
    const svg = picture(null);
    expect(svg).toContain('n (x): nothing is known.');
    expect(svg.match(/: not known<\/title>/g)).toHaveLength(168);
  });

  test('lets no name break out of it', () => {
    const svg = picture(one(0));
    expect(svg).toContain('A &lt;b&gt; &amp; &quot;c&quot;');
    expect(svg).not.toContain('<b>');
  });

  test('refuses what is no week', () => {
    expect(() => picture([1, 2, 3])).toThrow(RangeError);
  });
});

describe('the week of a learner', () => {
  test('is what is believed of them, by the clock of their zone', () => {
    const belief = believe(deliveryInputs({ activeHoursMs: [TUESDAY_NINE] }));
    const { cells, ownHours, basis, svg } = learnerWeek(OWNER, belief);
    const best = cells.reduce((a, b) => ((b.own ?? 0) > (a.own ?? 0) ? b : a));
    expect([best.weekday, best.hour]).toEqual(['TUESDAY', 9]);
    expect(ownHours).toBeGreaterThan(0.95);
    expect(ownHours).toBeLessThanOrEqual(1);
    expect(cells.every(({ peers }) => peers === null)).toBe(true);
    expect(cells.reduce((sum, { expected }) => sum + expected, 0)).toBeCloseTo(1, 9);
    expect(svg).toContain(`own hours ${Math.round(basis.PERSON * 100)} %`);
  });

  test('has nothing of the person’s own where they opted out or did nothing', () => {
    const week = learnerWeek({ ...OWNER, personalisationOptOut: true }, believe(deliveryInputs()));
    expect(week.cells.every(({ own }) => own === null)).toBe(true);
    expect([week.ownHours, week.isPersonal]).toEqual([0, false]);
    expect(week.svg).toContain('opted out');
  });
});

describe('the week of a group', () => {
  const someone = (hour: number) =>
    activeHours({
      hourStartsMs: [TUESDAY_NINE + hour * HOUR_MS],
      zone: 'UTC',
      nowMs: DELIVERY_NOW,
      observedSinceMs: null,
    });

  test('is told of five people and more, and sums to one but for rounding', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 100 }), { maxLength: 12 }), (hours) => {
        const { people, cells, svg, weeklyActiveHours } = groupWeek('Sales', poolActiveHours(hours.map(someone)));
        if (hours.length < 5) {
          expect([people, cells, svg, weeklyActiveHours]).toEqual([null, [], null, null]);
          return;
        }
        expect([people, cells.length]).toEqual([hours.length, 168]);
        expect(Math.abs(cells.reduce((sum, { share }) => sum + share, 0) - 1)).toBeLessThan(168 * 0.00005);
      }),
    );
  });
});

describe('lengths of sittings', () => {
  test('are quantiles of how many lasted how long', () => {
    expect(sessionLengths([])).toBeNull();
    const counts = [10, 20, 40].map((minutes) => ({ minutes, sittings: minutes === 10 ? 2 : 1 }));
    expect(sessionLengths(counts)).toEqual({ sessions: 4, p50Minutes: 10, p75Minutes: 20 });
  });
});

describe('work in turns', () => {
  test('comes to its outcome, and lets others in between', async () => {
    let isLetIn = false;
    setImmediate(() => {
      isLetIn = true;
    });
    const outcome = await inTurns(
      (function* () {
        const startMs = performance.now();
        while (performance.now() - startMs < 40) yield;
        return isLetIn;
      })(),
    );
    expect(outcome).toBe(true);
  });
});
