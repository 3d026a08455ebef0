import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { believe } from '../../src/delivery/model/belief.js';
import { GROUP_KINDS, type GroupNames } from '../../src/delivery/model/timingModel.js';
import { Latest } from '../../src/delivery/outcomes/latest.js';
import { groupWeek } from '../../src/delivery/weeks/groupWeek.js';
import { learnerWeek } from '../../src/delivery/weeks/learnerWeek.js';
import { toldGroups } from '../../src/delivery/weeks/toldGroups.js';
import { renderWeekHeatMap } from '../../src/delivery/weeks/weekHeatMap.js';
import { sessionLengths } from '../../src/delivery/windows/sessionLengths.js';
import { activeHours, poolActiveHours } from '../../src/learners/activeHours.js';
import { grouped } from '../../src/platform/grouped.js';
import { createLogger } from '../../src/platform/logger.js';
import { inTurns } from '../../src/platform/turns/turns.js';
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
    // Each is rounded to 0.001.
    expect(Math.abs(cells.reduce((sum, { expected }) => sum + expected, 0) - 1)).toBeLessThan(168 * 0.0005);
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

  test('is told of five people and more, in whole per cent that sum to one but for rounding', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 100 }), { maxLength: 12 }), (hours) => {
        const { people, cells, svg, weeklyActiveHours } = groupWeek('Sales', poolActiveHours(hours.map(someone)));
        if (hours.length < 5) {
          expect([people, cells, svg, weeklyActiveHours]).toEqual([null, [], null, null]);
          return;
        }
        expect([people, cells.length]).toEqual([hours.length, 168]);
        expect(Math.abs(cells.reduce((sum, { share }) => sum + share, 0) - 1)).toBeLessThan(168 * 0.005);
        expect(cells.map(({ share }) => share)).toEqual(cells.map(({ share }) => Math.round(share * 100) / 100));
      }),
    );
  });
});

describe('groups whose weeks are told', () => {
  const people = (count: number, department: string | null, location: string | null = null): GroupNames[] =>
    Array.from({ length: count }, () => ({ department, location }));
  const GROUP_FIELDS = { DEPARTMENT: 'department', LOCATION: 'location' } as const;
  const groupsOf = (everyone: readonly GroupNames[]) =>
    GROUP_KINDS.flatMap((kind) =>
      [...grouped(everyone, (person) => person[GROUP_FIELDS[kind]])].flatMap(([name, members]) =>
        name === null || members.length < 5 ? [] : [{ kind, name, people: members.length }],
      ),
    );
  const toldOf = (...some: GroupNames[][]) =>
    [...toldGroups(some.flat(), groupsOf(some.flat()))].map(({ name }) => name).sort();

  test('are all that differ from each other and from everyone by nobody or by five', () => {
    expect(toldOf(people(9, 'Sales'), people(5, 'Legal'))).toEqual(['Legal', 'Sales']);
    expect(toldOf(people(9, 'Sales', 'Lyon'), people(5, 'Legal', 'Oslo'))).toEqual(['Legal', 'Lyon', 'Oslo', 'Sales']);
    expect(toldOf(people(9, 'Sales'), people(5, null))).toEqual(['Sales']);
  });

  test('leave out the smallest where everyone but them would be a few', () => {
    expect(toldOf(people(9, 'Sales'), people(4, 'Board'))).toEqual([]);
    expect(toldOf(people(9, 'Sales'), people(6, 'Legal'), people(1, null))).toEqual(['Sales']);
    expect(toldOf(people(9, 'Sales'), people(6, 'Legal'), people(2, 'Board'), people(3, 'Ethics'))).toEqual([
      'Legal',
      'Sales',
    ]);
  });

  test('leave out the smaller of a department and a location that have all but a few in common', () => {
    const others = people(20, 'Legal', 'Oslo');
    expect(toldOf(people(9, 'Sales', 'Lyon'), people(2, 'Legal', 'Lyon'), others)).toEqual(['Legal']);
    expect(toldOf(people(9, 'Sales', 'Lyon'), people(2, 'Sales', 'Oslo'), people(2, 'Legal', 'Lyon'), others)).toEqual([
      'Oslo',
    ]);
    expect(toldOf(people(9, 'Sales', 'Lyon'), people(8, 'Legal', 'Lyon'), others)).toEqual([
      'Legal',
      'Lyon',
      'Oslo',
      'Sales',
    ]);
  });

  test('leave out what some others together have all but a few of', () => {
    const lyon = [people(9, 'Sales', 'Lyon'), people(8, 'Legal', 'Lyon'), people(2, 'Kitchen', 'Lyon')];
    expect(toldOf(...lyon, people(30, 'Kitchen', 'Oslo'))).toEqual(['Kitchen', 'Legal', 'Sales']);
  });

  test('never give away a few by taking some from others or from everyone', () => {
    const anybody = fc.record({
      department: fc.constantFrom(null, 'A', 'B', 'C'),
      location: fc.constantFrom(null, 'X', 'Y', 'Z'),
    });
    const crowds = fc.array(fc.tuple(anybody, fc.integer({ min: 1, max: 12 })), { maxLength: 8 });
    fc.assert(
      fc.property(crowds, (stated) => {
        const everyone = stated.flatMap(([person, count]) => people(count, person.department, person.location));
        // Of fewer nothing at all is told.
        fc.pre(everyone.length >= 5);
        const told = [...toldGroups(everyone, groupsOf(everyone))];
        /** The people of each group of a kind that is told, and those of the others. */
        const [departments, locations] = GROUP_KINDS.map((kind) => {
          const names = new Set(told.filter((group) => group.kind === kind).map(({ name }) => name));
          return [
            ...grouped(everyone, (person) => {
              const name = person[GROUP_FIELDS[kind]];
              return name !== null && names.has(name) ? name : null;
            }).values(),
          ];
        }) as [GroupNames[][], GroupNames[][]];
        for (const [parts, others] of [
          [departments, locations],
          [locations, departments],
        ] as const) {
          for (const part of parts) {
            for (const some of unionsOf(others)) {
              const apart = everyone.filter((person) => part.includes(person) !== some.includes(person)).length;
              expect([1, 2, 3, 4]).not.toContain(apart);
            }
          }
        }
      }),
    );
  });
});

/** All ways to take some of the sets together, with none and all of them among them. */
function unionsOf<T>(sets: readonly (readonly T[])[]): readonly (readonly T[])[] {
  const [first, ...others] = sets;
  if (first === undefined) return [[]];
  return unionsOf(others).flatMap((union) => [union, [...first, ...union]]);
}

describe('figures of the organisation', () => {
  const later = (minutes: number) => new Date(DELIVERY_NOW + minutes * 60_000);

  test('are not known as long as they cannot be taken, which is tried again after a minute', async () => {
    const tried: Date[] = [];
    const load = async (now: Date) => {
      tried.push(now);
      if (tried.length === 1) throw new Error('canceling statement due to statement timeout');
      return 'loaded';
    };
    const latest = new Latest({ load, unknown: 'unknown', subject: 'test', logger: createLogger('silent') });
    expect(await Promise.all([latest.at(later(0)), latest.at(later(0))])).toEqual(['unknown', 'unknown']);
    expect(await latest.at(later(0.5))).toBe('unknown');
    expect(await latest.at(later(1))).toBe('loaded');
    expect(tried).toEqual([later(0), later(1)]);
  });

  test('are served while newer ones are taken, and when those cannot be', async () => {
    let count = 0;
    const load = async () => {
      count += 1;
      if (count === 2) throw new Error('connection lost');
      return count;
    };
    const latest = new Latest({ load, unknown: 0, subject: 'test', logger: createLogger('silent') });
    expect(await latest.at(later(0))).toBe(1);
    expect(await latest.at(later(9))).toBe(1);
    expect([await latest.at(later(10)), await latest.at(later(10.5)), count]).toEqual([1, 1, 2]);
    expect(await latest.at(later(11))).toBe(1);
    expect(await latest.at(later(12))).toBe(3);
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
