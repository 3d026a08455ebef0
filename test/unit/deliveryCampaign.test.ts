import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DELIVERY_POLICY } from '../../src/delivery/settings/deliveryPolicy.js';
import type { DeliveryInputs } from '../../src/delivery/windows/deliveryInputs.js';
import type { DeliverySuggestion } from '../../src/delivery/windows/deliverySuggestion.js';
import {
  spreadOverTeams,
  type TeamLimit,
  type TeamPerson,
  teamLimit,
} from '../../src/delivery/windows/spreadOverTeams.js';
import { suggestCampaign } from '../../src/delivery/windows/suggestWindows.js';
import { TeamLoad } from '../../src/delivery/windows/teamLoad.js';
import { activeHours, poolActiveHours } from '../../src/learners/activeHours.js';
import { grouped } from '../../src/platform/grouped.js';
import { atOnce } from '../../src/platform/turns/turns.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import { createRandom } from '../../src/stats/random.js';
import {
  aDeliveredCourse,
  deliveryInputs as inputs,
  DELIVERY_NOW as NOW,
  suggestWindows,
} from '../support/deliveryInputs.js';

const QUARTER_MS = 15 * 60_000;
const limit = { teamShare: 0.2, teamShareFrom: 5 };

interface Slot {
  readonly slot: number;
}

/** Somebody with hours by their number and what each is worth, who takes the best that is open. */
function person(
  id: string,
  team: string | null,
  worths: readonly (readonly [hour: number, worth: number])[],
  count = 1,
): TeamPerson<Slot> {
  const slots = worths
    .toSorted((a, b) => b[1] - a[1] || a[0] - b[0])
    .map(([hour, probability]) => ({ hour: { startMs: hour * HOUR_MS, endMs: (hour + 1) * HOUR_MS }, probability }));
  return {
    ...{ id, team, slots, count },
    pick: (isOpen, picked) => {
      const slot = slots.findIndex((_, i) => isOpen(i) && picked.every((p) => p.slot !== i));
      return slot < 0 ? null : { slot };
    },
  };
}
/** Everyone placed, each team limited by how many of it are given. */
function spread(people: readonly TeamPerson<Slot>[], given: TeamLimit): readonly (readonly Slot[])[] {
  const loads = new Map<string | null, TeamLoad>();
  for (const [team, { length }] of grouped(people, (p) => p.team)) {
    const most = teamLimit(length, given);
    if (team !== null && most !== null) loads.set(team, new TeamLoad(most, { startMs: 0, endMs: DAY_MS }));
  }
  return atOnce(spreadOverTeams(people, loads));
}
const hoursOf = (people: readonly TeamPerson<Slot>[], placed: readonly (readonly Slot[])[]) =>
  people.map((p, i) => (placed[i] ?? []).map(({ slot }) => (p.slots[slot]?.hour.startMs ?? 0) / HOUR_MS));

/** Most people of a team at any instant. */
function busiest(spans: readonly { team: string | null; startMs: number; endMs: number }[]): number {
  const loads = new Map<string, number>();
  for (const { team, startMs, endMs } of spans) {
    for (let ms = Math.floor(startMs / QUARTER_MS) * QUARTER_MS; ms < endMs; ms += QUARTER_MS) {
      loads.set(`${team} ${ms}`, (loads.get(`${team} ${ms}`) ?? 0) + 1);
    }
  }
  return Math.max(0, ...loads.values());
}

describe('spreading over a team', () => {
  it('lets those choose first who have most to lose', () => {
    const people = [
      person('ann', 't', [
        [9, 0.9],
        [10, 0.8],
      ]),
      person('bob', 't', [
        [9, 0.5],
        [10, 0.1],
      ]),
      person('cid', 't', [
        [9, 0.3],
        [11, 0.2],
      ]),
      person('dan', 't', [[9, 0.2]]),
      person('eve', 't', [[14, 0.6]]),
    ];
    // One in a window. Bob would lose 0.4, and eve 0.6 without rival; dan only 0.2, so nothing is left for him.
    const placed = spread(people, limit);
    expect(hoursOf(people, placed)).toEqual([[10], [9], [11], [], [14]]);
  });

  it('breaks ties by id, in whatever order people come', () => {
    const people = ['e', 'c', 'a', 'd', 'b'].map((id) =>
      person(id, 't', [
        [9, 0.5],
        [10, 0.4],
        [11, 0.3],
        [12, 0.2],
        [13, 0.1],
      ]),
    );
    expect(hoursOf(people, spread(people, limit))).toEqual([[13], [11], [9], [12], [10]]);
  });

  it('lets a small team, and those of none, be', () => {
    const small = ['a', 'b', 'c', 'd'].map((id) =>
      person(id, 't', [
        [9, 0.5],
        [10, 0.4],
      ]),
    );
    const alone = ['e', 'f', 'g', 'h', 'i', 'j'].map((id) =>
      person(id, null, [
        [9, 0.5],
        [10, 0.4],
      ]),
    );
    expect(hoursOf(small, spread(small, limit)).flat()).toEqual([9, 9, 9, 9]);
    expect(hoursOf(alone, spread(alone, limit)).flat()).toEqual([9, 9, 9, 9, 9, 9]);
  });

  it('takes windows of other zones that overlap for the same time', () => {
    // Half past nine to half past ten meets both nine and ten o'clock.
    const people = ['a', 'b', 'c'].map((id, i) => person(id, 't', [[9 + i / 2, 0.5]]));
    expect(hoursOf(people, spread(people, { teamShare: 0.1, teamShareFrom: 2 }))).toEqual([[9], [], [10]]);
  });

  it('has a limit of whole people, one at least', () => {
    expect([4, 5, 9, 10, 100].map((people) => teamLimit(people, limit))).toEqual([null, 1, 1, 2, 20]);
    expect(teamLimit(100, { teamShare: 0.29, teamShareFrom: 5 })).toBe(29);
    expect(teamLimit(7, { teamShare: 0, teamShareFrom: 5 })).toBe(1);
    expect(teamLimit(7, { teamShare: 1, teamShareFrom: 5 })).toBe(null);
  });

  it('never holds more than the limit at any instant, and leaves nobody out who has an open window', () => {
    const worths = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 40 }).map((n) => n / 4),
        fc.integer({ min: 1, max: 9 }),
      ),
      { minLength: 1, maxLength: 8 },
    );
    const crowd = fc.array(fc.tuple(fc.constantFrom('red', 'blue', null), worths, fc.integer({ min: 1, max: 3 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(crowd, fc.integer({ min: 0, max: 100 }), (drawn, share) => {
        const people = drawn.map(([team, slots, count], i) =>
          person(`p${String(i).padStart(2, '0')}`, team, slots, count),
        );
        const given = { teamShare: share / 100, teamShareFrom: 3 };
        const placed = spread(people, given);
        for (const team of ['red', 'blue']) {
          const size = people.filter((p) => p.team === team).length;
          const most = teamLimit(size, given);
          const spans = people.flatMap((p, i) =>
            p.team === team
              ? (placed[i] ?? []).map(({ slot }) => ({
                  team,
                  ...(p.slots[slot] as TeamPerson<Slot>['slots'][number]).hour,
                }))
              : [],
          );
          expect(busiest(spans)).toBeLessThanOrEqual(most ?? size * 24);
          for (const [i, p] of people.entries()) {
            if (p.team !== team || most === null || (placed[i] ?? []).length > 0) continue;
            // Each of their hours meets an instant that is full.
            for (const { hour } of p.slots) expect(busiest([...spans, { team, ...hour }])).toBeGreaterThan(most);
          }
        }
        const mirrored = spread([...people].reverse(), given);
        expect([...mirrored].reverse()).toEqual(placed);
      }),
      { numRuns: 200 },
    );
  });
});

/** First windows of one team, by looking at everyone's prospects again before each choice. */
function spreadPlainly(people: readonly TeamPerson<Slot>[], most: number): readonly (number | null)[] {
  const spans: { team: string; startMs: number; endMs: number }[] = [];
  const places = people.map((): number | null => null);
  const left = new Set(people.keys());
  const openOf = (i: number) =>
    (people[i]?.slots ?? []).flatMap(({ hour }, slot) =>
      busiest([...spans, { team: 't', ...hour }]) > most ? [] : slot,
    );
  const lossOf = (i: number) => {
    const [best, second] = openOf(i).map((slot) => people[i]?.slots[slot]?.probability ?? 0);
    return Math.round(((best ?? 0) - (second ?? 0)) * 1e9);
  };
  while (left.size > 0) {
    const losses = new Map([...left].map((i) => [i, lossOf(i)]));
    const [first = 0] = [...left].sort(
      (a, b) => (losses.get(b) ?? 0) - (losses.get(a) ?? 0) || ((people[a]?.id ?? '') < (people[b]?.id ?? '') ? -1 : 1),
    );
    left.delete(first);
    const [slot] = openOf(first);
    if (slot === undefined) continue;
    places[first] = slot;
    spans.push({
      team: 't',
      ...((people[first] as TeamPerson<Slot>).slots[slot] as TeamPerson<Slot>['slots'][number]).hour,
    });
  }
  return places;
}

describe('spreading a large team', () => {
  it('chooses as if everyone were looked at again before each choice', () => {
    const worths = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 24 }).map((n) => n / 4),
        fc.integer({ min: 1, max: 5 }),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(
        fc.array(worths, { minLength: 2, maxLength: 15 }),
        fc.integer({ min: 0, max: 60 }),
        (drawn, share) => {
          const people = drawn.map((slots, i) => person(`p${(i * 7) % drawn.length} ${i}`, 't', slots));
          const given = { teamShare: share / 100, teamShareFrom: 2 };
          const placed = spread(people, given).map(([pick]) => pick?.slot ?? null);
          expect(placed).toEqual(spreadPlainly(people, teamLimit(people.length, given) ?? 0));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('lets other work in before and after everyone’s choice', () => {
    const size = 300;
    const everyone = Array.from({ length: size }, (_, i) =>
      person(
        `p${i}`,
        't',
        Array.from({ length: 20 }, (_, hour) => [hour, 20 - hour] as const),
      ),
    );
    let chosen = 0;
    const counted = everyone.map((p): TeamPerson<Slot> => {
      return {
        ...p,
        pick: (...given) => {
          chosen += 1;
          return p.pick(...given);
        },
      };
    });
    const steps = spreadOverTeams(counted, new Map([['t', new TeamLoad(30, { startMs: 0, endMs: DAY_MS })]]));
    let most = 0;
    for (let [step, before] = [steps.next(), 0]; step.done !== true; step = steps.next()) {
      most = Math.max(most, chosen - before);
      before = chosen;
    }
    expect([chosen, most]).toEqual([size, 1]);
  });
});

/** People of an organisation that learns around ten, each with habits of their own. */
function crowd(
  size: number,
  departments: number,
  given: (i: number) => Partial<DeliveryInputs> = () => ({}),
): DeliveryInputs[] {
  const random = createRandom(5);
  const people = Array.from({ length: size }, () =>
    Array.from(
      { length: random.below(60) },
      () => NOW - 15 * HOUR_MS - random.below(180) * DAY_MS + (8 + random.below(8)) * HOUR_MS,
    ),
  );
  const organisation = poolActiveHours(
    people.map((hourStartsMs) => activeHours({ hourStartsMs, zone: 'UTC', nowMs: NOW, observedSinceMs: null })),
  );
  return people.map((activeHoursMs, i) =>
    inputs({
      ...{ learnerId: `learner ${i}`, activeHoursMs, organisation, policy: DEFAULT_DELIVERY_POLICY, count: 1 },
      group: { department: `department ${i % departments}`, location: null },
      ...given(i),
    }),
  );
}

const spansOf = (everyone: readonly DeliveryInputs[], suggestions: readonly DeliverySuggestion[]) =>
  suggestions.flatMap(({ windows }, i) =>
    windows.map((w) => ({
      team: everyone[i]?.group.department ?? null,
      startMs: w.startsAt.getTime(),
      endMs: w.endsAt.getTime(),
    })),
  );

describe('a campaign', () => {
  it('never reaches more than a share of a department at once, whatever the zones and the number of windows', () => {
    const zones = ['Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns', 'Asia/Kathmandu'];
    for (const count of [1, 3]) {
      const everyone = crowd(200, 4, (i) => ({ zone: zones[i % 4] ?? 'UTC', count }));
      const suggestions = suggestCampaign(everyone, DEFAULT_DELIVERY_POLICY);
      expect(busiest(spansOf(everyone, suggestions))).toBeLessThanOrEqual(10);
      for (const { windows } of suggestions) expect(windows.length).toBe(count);
    }
  });

  it('keeps the sittings of a long course within the share of a department too', () => {
    const course = aDeliveredCourse({ id: 'long', durationMinutes: 600 });
    const sessionLengths = { own: { sessions: 50, p50Minutes: 90, p75Minutes: 100 }, organisation: null };
    const policy = { ...DEFAULT_DELIVERY_POLICY, explorationShare: 0.5, weeklyBudget: 5 };
    const everyone = crowd(60, 2, () => ({ course, sessionLengths, policy }));
    const suggestions = suggestCampaign(everyone, policy);
    const spans = suggestions.flatMap(({ windows, sittingPlan }, i) => {
      const team = everyone[i]?.group.department ?? null;
      const startMs = windows[0]?.startsAt.getTime() ?? 0;
      const sittings = (sittingPlan?.sittings ?? []).map(({ startsAt, endsAt }) => {
        return { team, startMs: startsAt.getTime(), endMs: Math.max(startsAt.getTime() + HOUR_MS, endsAt.getTime()) };
      });
      // The window is the hour of the first of the sittings, whether it is the best one or one that is tried out.
      expect(sittings[0]?.startMs).toBe(startMs);
      return sittings;
    });
    expect(suggestions.filter(({ windows }) => windows[0]?.isExploration).length).toBeGreaterThan(10);
    expect(spans.length).toBeGreaterThan(3 * everyone.length);
    expect(busiest(spans)).toBe(6);
    expect(suggestCampaign([...everyone].reverse(), policy)).toEqual([...suggestions].reverse());
  });

  it('takes a team up for as long as a course lasts that fits into its window', () => {
    const workPattern = [{ day: 'MONDAY' as const, startMinute: 540, endMinute: 780 }];
    const course = aDeliveredCourse({ id: 'two hours', durationMinutes: 120 });
    const policy = { ...DEFAULT_DELIVERY_POLICY, teamShare: 0.25, teamShareFrom: 2, explorationShare: 0 };
    const everyone = ['ann', 'bob', 'cid', 'dan'].map((learnerId) =>
      inputs({ learnerId, workPattern, course, policy, count: 1, group: { department: 'sales', location: null } }),
    );
    const oneDay = everyone.map((person) => ({ ...person, horizonDays: 2 }));
    const suggestions = suggestCampaign(oneDay, policy);
    // One of the four at a time, and the morning holds the two hours twice, if nobody begins in between.
    const told = suggestions.flatMap(({ windows }) => windows.map((w) => [w.label.slice(0, 17), w.format]));
    expect(told).toEqual([
      ['Mon 23 Nov, 10:00', 'WHOLE'],
      ['Mon 23 Nov, 12:00', 'SITTING'],
    ]);
    expect(suggestions.filter(({ outcome }) => outcome === 'NO_WINDOW').length).toBe(2);
  });

  it('answers as for one where nothing limits, and in any order the same', () => {
    const everyone = crowd(60, 20);
    expect(suggestCampaign(everyone, DEFAULT_DELIVERY_POLICY)).toEqual(everyone.map(suggestWindows));
    const one = crowd(60, 1);
    const placed = suggestCampaign(one, DEFAULT_DELIVERY_POLICY);
    expect(suggestCampaign([...one].reverse(), DEFAULT_DELIVERY_POLICY)).toEqual([...placed].reverse());
  });

  it('tells those who come later why they get their next best window', () => {
    const newcomers = Array.from({ length: 10 }, (_, i) =>
      inputs({ learnerId: `n${i}`, count: 1, group: { department: 'sales', location: null } }),
    );
    const suggestions = suggestCampaign(newcomers, DEFAULT_DELIVERY_POLICY);
    expect(suggestions.map((s) => s.windows[0]?.label.slice(0, 17)).slice(0, 4)).toEqual([
      'Mon 23 Nov, 10:00',
      'Mon 23 Nov, 10:00',
      'Mon 23 Nov, 11:00',
      'Mon 23 Nov, 11:00',
    ]);
    expect(suggestions[1]?.windows[0]?.reasons.some((r) => r.code === 'TEAM_SPREAD')).toBe(false);
    expect(suggestions[2]?.windows[0]?.reasons[0]).toEqual({
      code: 'TEAM_SPREAD',
      text: 'A better hour is taken: at most 2 of the 10 people of your team are reached at once.',
      evidence: { people: 10, limit: 2, hoursTaken: 1 },
    });
    expect(suggestions[2]?.constraintsApplied.find((c) => c.code === 'TEAM_SPREAD')).toEqual({
      code: 'TEAM_SPREAD',
      text: 'At most 2 of the 10 people of your team in one window.',
      hoursRuledOut: 1,
    });
  });

  it('tells those whom no window is left for, and never bends the limit for them', () => {
    const workPattern = [{ day: 'MONDAY' as const, startMinute: 540, endMinute: 660 }];
    const everyone = crowd(10, 1, () => ({ workPattern, horizonDays: 2 }));
    const suggestions = suggestCampaign(everyone, DEFAULT_DELIVERY_POLICY);
    expect(suggestions.filter((s) => s.outcome === 'SUGGESTED').length).toBe(4);
    const unplaced = suggestions.filter((s) => s.outcome === 'NO_WINDOW');
    expect(unplaced.length).toBe(6);
    for (const { noWindowReason, commonSlot, windows } of unplaced) {
      expect([noWindowReason?.code, commonSlot, windows]).toEqual(['TEAM_SPREAD', null, []]);
      expect(noWindowReason?.text).toContain('At most 2 of the 10 people of your team');
    }
  });

  it('keeps a constraint of one person before the team’s', () => {
    const everyone = crowd(10, 1, (i) => (i === 3 ? { workPattern: [] } : {}));
    expect(suggestCampaign(everyone, DEFAULT_DELIVERY_POLICY)[3]?.noWindowReason?.code).toBe('WORK_PATTERN');
  });

  it('keeps people in their team who opted out of personalisation', () => {
    const everyone = crowd(10, 1, () => ({ personalisationOptOut: true }));
    const suggestions = suggestCampaign(everyone, DEFAULT_DELIVERY_POLICY);
    expect(busiest(spansOf(everyone, suggestions))).toBe(2);
  });

  it('has propensities that are exact given those placed before', () => {
    const policy = { ...DEFAULT_DELIVERY_POLICY, explorationShare: 0.5 };
    let weights = 0;
    let windows = 0;
    let explored = 0;
    let drawnFrom = 0;
    for (let round = 0; round < 100; round++) {
      const course = aDeliveredCourse({ id: `course ${round}` });
      for (const suggestion of suggestCampaign(
        crowd(12, 1, () => ({ policy, course })),
        policy,
      )) {
        const [window] = suggestion.windows;
        const reason = window?.reasons.find((r) => r.code === 'EXPLORATION');
        windows += 1;
        weights += 1 / (window?.propensity ?? 0);
        if (reason?.code !== 'EXPLORATION') continue;
        explored += 1;
        drawnFrom += reason.evidence.outOf;
      }
    }
    expect(explored / windows).toBeGreaterThan(0.45);
    expect(explored / windows).toBeLessThan(0.55);
    // Horvitz & Thompson: one over the propensity is on average the number of hours that could have come.
    const ratio = weights / windows / (drawnFrom / explored);
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });
});
