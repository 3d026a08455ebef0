import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Course } from '../../src/catalog/course.js';
import { type PlacedByRules, placeByRules } from '../../src/rules/applying/placeByRules.js';
import { createRuleIndex } from '../../src/rules/applying/ruleIndex.js';
import type { Rule, RuleTarget } from '../../src/rules/model/rule.js';
import { createRandom, shuffled } from '../../src/stats/random.js';
import { aPerson, aPlainCourse, aRule, aRuleSet } from '../support/ruleBuilders.js';

const NOW_MS = Date.parse('2026-06-01T12:00:00Z');

interface Scene {
  readonly courses: readonly Course[];
  /** By position; in the order of the positions unless said otherwise. */
  readonly scores?: readonly number[];
  readonly open?: readonly number[];
  readonly arranged?: readonly number[];
  readonly length?: number;
  readonly rules: readonly Rule[];
}

function place({ courses, rules, ...scene }: Scene): PlacedByRules {
  const active = createRuleIndex(aRuleSet(rules), courses).active(aPerson(), 'HOME', NOW_MS);
  const open = Uint8Array.from(scene.open ?? courses.map(() => 1));
  const length = scene.length ?? courses.length;
  const openPositions = [...open.keys()].filter((position) => open[position] === 1);
  return placeByRules({
    courses,
    scores: Float64Array.from(scene.scores ?? courses.map((_, i) => -i)),
    open,
    arranged: scene.arranged ?? openPositions.slice(0, length),
    length,
    ...{ quotas: active.quotas, pins: active.pins, caps: active.caps },
  });
}

/** Courses named by their providers, such as `a`, in order: position 0 is `a0`, position 1 `b1`. */
const from = (providers: string): Course[] =>
  [...providers].map((provider, i) => aPlainCourse(`${provider}${i}`, { provider }));
const idsOf = (courses: readonly Course[], { places }: PlacedByRules): string =>
  places.map(({ position }) => courses[position]?.id).join(' ');

const pinAt = (id: string, at: number, target: Partial<RuleTarget>, more: Partial<Rule> = {}) =>
  aRule(id, { kind: 'PIN', place: at }, { ...more, target });
const quotaOf = (id: string, percent: number, target: Partial<RuleTarget>, more: Partial<Rule> = {}) =>
  aRule(id, { kind: 'QUOTA', percent }, { ...more, target });
const capOf = (id: string, atMost: number, per: 'PROVIDER' | 'TAG' = 'PROVIDER', target: Partial<RuleTarget> = {}) =>
  aRule(id, { kind: 'CAP', atMost, per }, { target });

describe('a pin', () => {
  const courses = from('aabbc');

  test('brings the best of its target to exactly its place; the others keep their order', () => {
    const placed = place({ courses, rules: [pinAt('p', 1, { providers: ['b'] })] });
    expect(idsOf(courses, placed)).toBe('b2 a0 a1 b3 c4');
    expect(placed.pins).toMatchObject([{ place: 1, position: 2, problem: null, lostTo: null }]);
    expect(placed.places.map(({ effects }) => effects.map(({ kind }) => kind))).toEqual([['PIN'], [], [], [], []]);
  });

  test('moves a course down as well as up, and fetches one from behind the end', () => {
    expect(idsOf(courses, place({ courses, rules: [pinAt('p', 3, { courseIds: ['a0'] })] }))).toBe('a1 b2 a0 b3 c4');
    const short = place({ courses, length: 3, rules: [pinAt('p', 2, { courseIds: ['c4'] })] });
    expect(idsOf(courses, short)).toBe('a0 c4 a1');
  });

  test('loses its place to one of higher priority, takes the next free one and says so', () => {
    const rules = [
      pinAt('p', 1, { courseIds: ['c4'] }),
      pinAt('q', 1, { courseIds: ['b3'] }, { priority: 60 }),
      pinAt('r', 2, { courseIds: ['b2'] }, { priority: 70 }),
    ];
    const placed = place({ courses, rules });
    expect(idsOf(courses, placed)).toBe('b3 b2 c4 a0 a1');
    expect(
      placed.pins.map(({ pin, place: at, problem, lostTo }) => [pin.rule.id, at, problem, lostTo?.rule.id]),
    ).toEqual([
      ['r', 2, null, undefined],
      ['q', 1, null, undefined],
      ['p', 3, 'LOST_TO', 'q'],
    ]);
  });

  test('says why it cannot be kept', () => {
    const rules = [
      pinAt('closed', 1, { courseIds: ['a0'] }),
      pinAt('far', 9, { courseIds: ['b2'] }),
      pinAt('first', 2, { providers: ['c'] }),
      pinAt('second', 3, { providers: ['c'] }),
      pinAt('withoutRoom', 5, { courseIds: ['b3'] }, { priority: 0 }),
      pinAt('withRoom', 4, { courseIds: ['b2'] }),
      capOf('cap', 1),
    ];
    const open = [0, 1, 1, 1, 1];
    const problems = place({ courses, open: [...open], length: 9, rules }).pins.map(({ pin, problem, lostTo }) => [
      pin.rule.id,
      problem,
      lostTo?.rule.id ?? null,
    ]);
    expect(problems).toEqual([
      ['closed', 'NOT_ELIGIBLE', null],
      ['far', 'LIST_TOO_SHORT', null],
      ['first', null, null],
      ['second', 'LOST_TO', 'first'],
      ['withRoom', 'LIST_TOO_SHORT', null],
      ['withoutRoom', 'LIST_TOO_SHORT', null],
    ]);
  });

  test('is capped by another pin only: what stands before it leaves it room', () => {
    const more = from('aaabbbcccd');
    const capped = place({
      courses: more,
      rules: [capOf('cap', 1, 'PROVIDER', { providers: ['a'] }), pinAt('p', 4, { providers: ['a'] })],
    });
    expect(idsOf(more, capped)).toBe('b3 b4 b5 a0 c6 c7 c8 d9');
    const both = place({
      courses: more,
      rules: [
        capOf('cap', 1, 'PROVIDER', { providers: ['a'] }),
        pinAt('p', 4, { courseIds: ['a1'] }),
        pinAt('q', 6, { courseIds: ['a2'] }),
      ],
    });
    expect(both.pins.map(({ problem }) => problem)).toEqual([null, 'CAPPED']);
  });
});

describe('a quota', () => {
  const courses = from('aaaaaaabbb');

  test('gives its target as many of the first places as promised, no earlier than it has to', () => {
    const placed = place({ courses, rules: [quotaOf('q', 30, { providers: ['b'] })] });
    expect(idsOf(courses, placed)).toBe('a0 a1 a2 b7 a3 a4 b8 a5 a6 b9');
    expect(placed.places.flatMap(({ effects }) => effects.map((effect) => 'from' in effect && effect.from))).toEqual([
      8, 9,
    ]);
  });

  test('changes nothing where the list keeps it anyway', () => {
    const placed = place({ courses, rules: [quotaOf('q', 50, { providers: ['a'] })] });
    expect(placed.places.every(({ effects }) => effects.length === 0)).toBe(true);
  });

  test('fetches courses from behind the end, and stops when there are no more', () => {
    expect(idsOf(courses, place({ courses, length: 4, rules: [quotaOf('q', 50, { providers: ['b'] })] }))).toBe(
      'a0 b7 a1 b8',
    );
    const all = place({ courses, rules: [quotaOf('q', 100, { providers: ['b'] })] });
    expect(idsOf(courses, all)).toBe('b7 b8 b9 a0 a1 a2 a3 a4 a5 a6');
  });

  test('comes earlier where it would not fit beside another later on', () => {
    const three = from('cccccaabb');
    const rules = [quotaOf('p', 50, { providers: ['a'] }), quotaOf('q', 50, { providers: ['b'] })];
    expect(idsOf(three, place({ courses: three, rules }))).toBe('a5 b7 a6 b8 c0 c1 c2 c3 c4');
  });

  test('leaves room for another that needs a place before one of its own that is pinned', () => {
    const three = from('cccabaab');
    const rules = [
      pinAt('pin', 4, { courseIds: ['b4'] }),
      quotaOf('p', 50, { providers: ['a'] }, { priority: 80 }),
      quotaOf('q', 34, { providers: ['b'] }),
    ];
    // Half of two places and of four, and a third of the first three: nothing else may stand before the pin.
    expect(idsOf(three, place({ courses: three, length: 4, rules }))).toBe('a3 b7 a5 b4');
  });

  test('goes first by priority where two cannot both be kept', () => {
    const three = from('ccccaaaabbbb');
    const rules = [quotaOf('p', 70, { providers: ['a'] }), quotaOf('q', 60, { providers: ['b'] }, { priority: 80 })];
    const shares = [...idsOf(three, place({ courses: three, length: 5, rules }))].filter((c) => /[abc]/.test(c));
    expect(shares.join('')).toBe('baabb');
  });
});

describe('a cap', () => {
  test('spreads a provider over the list, and leaves out what fits nowhere', () => {
    const courses = from('aaaabbbbbbbbbbb');
    const rules = [capOf('cap', 1, 'PROVIDER', { providers: ['a'] })];
    const placed = place({ courses, rules });
    expect(idsOf(courses, placed)).toBe('a0 b4 b5 b6 b7 b8 b9 b10 b11 b12 a1 b13 b14');
    expect([...placed.leftOut.keys()]).toEqual([2, 3]);
    expect(placed.places[10]?.effects).toMatchObject([{ kind: 'CAP', from: 2, by: { rule: { id: 'cap' } } }]);
  });

  test('counts every tag of a course', () => {
    const tagged = (id: string, ...tags: string[]) => aPlainCourse(id, { tags });
    const courses = [tagged('1', 'x'), tagged('2', 'x', 'y'), tagged('3', 'y'), tagged('4', 'y'), tagged('5')];
    const placed = place({ courses, rules: [capOf('cap', 1, 'TAG')] });
    expect(idsOf(courses, placed)).toBe('1 3 5');
  });
});

const someTarget: fc.Arbitrary<Partial<RuleTarget>> = fc.oneof(
  fc.subarray(['a', 'b', 'c'], { minLength: 1 }).map((providers) => ({ providers })),
  fc.subarray(['x', 'y', 'z'], { minLength: 1 }).map((tags) => ({ tags })),
  fc.array(fc.nat(44), { minLength: 1, maxLength: 4 }).map((ids) => ({ courseIds: ids.map((id) => `c${id}`) })),
  fc.constant({}),
);
const somePriority = fc.constantFrom(10, 50, 90);
const numbered = (id: string, rules: readonly Rule[]): Rule[] => rules.map((rule, i) => ({ ...rule, id: `${id}${i}` }));
/** Often of the same few places and courses, so that they stand in each other's way. */
const somePins = fc.array(
  fc
    .tuple(
      fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 25 })),
      fc.oneof(
        someTarget,
        fc.nat(4).map((id): Partial<RuleTarget> => ({ courseIds: [`c${id}`] })),
      ),
      somePriority,
    )
    .map(([at, target, priority]) => pinAt('', at, target, { priority })),
  { maxLength: 6, size: 'max' },
);
const someQuota = fc
  .tuple(fc.integer({ min: 1, max: 100 }), someTarget, somePriority)
  .map(([percent, target, priority]) => quotaOf('', percent, target, { priority }));
const someCaps = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('PROVIDER', 'TAG'), someTarget)
    .map(([atMost, per, target]) => capOf('', atMost, per, target)),
  { minLength: 1, maxLength: 3 },
);

/** Courses, some open, and a list of them in an order of its own. */
const someScene = fc
  .record({
    courses: fc.array(
      fc.record({
        provider: fc.constantFrom(null, 'a', 'b', 'c'),
        tags: fc.subarray(['x', 'y', 'z']),
        open: fc.constantFrom(1, 1, 1, 0),
        score: fc.integer({ min: 0, max: 9 }),
      }),
      { minLength: 1, maxLength: 45, size: 'max' },
    ),
    length: fc.integer({ min: 1, max: 50 }),
    seed: fc.nat(1000),
  })
  .map(({ courses, length, seed }) => {
    const best = courses
      .map(({ score, open }, position) => ({ score, open, position }))
      .filter(({ open }) => open === 1)
      .sort((a, b) => b.score - a.score || a.position - b.position)
      .slice(0, length)
      .map(({ position }) => position);
    return {
      courses: courses.map(({ provider, tags }, i) => aPlainCourse(`c${i}`, { provider, tags })),
      scores: courses.map(({ score }) => score),
      open: courses.map(({ open }) => open),
      arranged: shuffled(best, createRandom(seed)),
      length,
    };
  });

const RUNS = 300;

const inTarget = ({ target }: Pick<Rule, 'target'>, course: Course | undefined): boolean =>
  course !== undefined &&
  (target.courseIds.length === 0 || target.courseIds.includes(course.id)) &&
  (target.providers.length === 0 || target.providers.includes(course.provider ?? '')) &&
  (target.tags.length === 0 || target.tags.some((tag) => course.tags.includes(tag)));

/** The most of one provider or tag that any ten in a row hold, of a cap's target. */
function mostInTen(cap: Rule, list: readonly (Course | undefined)[]): number {
  if (cap.action.kind !== 'CAP') return 0;
  const { per } = cap.action;
  const valuesOf = (course: Course | undefined): readonly (string | null)[] =>
    course === undefined || !inTarget(cap, course) ? [] : per === 'TAG' ? course.tags : [course.provider];
  return Math.max(
    0,
    ...list.flatMap((_, start) => {
      const values = list.slice(start, start + 10).flatMap(valuesOf);
      return [...new Set(values)].filter((v) => v !== null).map((v) => values.filter((other) => other === v).length);
    }),
  );
}

const keeps = (caps: readonly Rule[], list: readonly (Course | undefined)[]): boolean =>
  caps.every((cap) => cap.action.kind === 'CAP' && mostInTen(cap, list) <= cap.action.atMost);

describe('any rules over any list', () => {
  const seen = {
    pins: new Map<string | null, number>(),
    lostAll: 0,
    cappedLists: 0,
    quotaMoves: 0,
    besidePins: [0, 0, 0],
  };

  test('keep to what is open, hold nothing twice, and hold every cap in any ten in a row', () => {
    fc.assert(
      fc.property(someScene, somePins, fc.array(someQuota, { maxLength: 3 }), someCaps, (scene, pins, quotas, caps) => {
        const rules = [...numbered('pin', pins), ...numbered('quota', quotas), ...numbered('cap', caps)];
        const { places, leftOut } = place({ ...scene, rules });
        const positions = places.map(({ position }) => position);
        expect(new Set(positions).size).toBe(positions.length);
        expect(positions.filter((position) => scene.open[position] === 0)).toEqual([]);
        expect(positions.length).toBeLessThanOrEqual(scene.length);
        const list = positions.map((position) => scene.courses[position]);
        expect(keeps(caps, list)).toBe(true);
        expect([...leftOut.keys()].filter((position) => positions.includes(position))).toEqual([]);
        const most = Math.min(scene.length, scene.open.filter((open) => open === 1).length);
        if (list.length === most) return;
        seen.cappedLists += 1;
        // The list ends early only where nothing more could stand.
        const unused = scene.courses.filter((_, i) => scene.open[i] === 1 && !positions.includes(i));
        expect(unused.filter((course) => keeps(caps, [...list, course]))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    expect(seen.cappedLists).toBeGreaterThan(0);
  });

  test('pins land where promised, or say why not', () => {
    fc.assert(
      fc.property(
        someScene,
        somePins,
        fc.array(someQuota, { maxLength: 2 }),
        fc.boolean(),
        someCaps,
        (scene, pins, quotas, isCapped, caps) => {
          const rules = [
            ...numbered('pin', pins),
            ...numbered('quota', quotas),
            ...(isCapped ? numbered('cap', caps) : []),
          ];
          const { places, pins: outcomes } = place({ ...scene, rules });
          expect(outcomes.map(({ pin }) => pin.rule.id).sort()).toEqual(
            numbered('pin', pins)
              .map(({ id }) => id)
              .sort(),
          );
          const open = (rule: Pick<Rule, 'target'>) =>
            scene.courses.flatMap((course, i) => (scene.open[i] === 1 && inTarget(rule, course) ? [i] : []));
          for (const { pin, place: at, position, problem, lostTo } of outcomes) {
            seen.pins.set(problem, (seen.pins.get(problem) ?? 0) + 1);
            const wanted = pin.rule.action.place;
            if (at !== null) {
              expect(places[at - 1]?.position).toBe(position);
              expect(open(pin.rule)).toContain(position);
              expect(places[at - 1]?.effects).toMatchObject([{ kind: 'PIN', by: { rule: { id: pin.rule.id } } }]);
            }
            if (problem === null) expect(at).toBe(wanted);
            if (problem === 'NOT_ELIGIBLE') expect(open(pin.rule)).toEqual([]);
            if (problem === 'LIST_TOO_SHORT' && at === null) expect(places.length).toBeLessThan(wanted);
            if (problem === 'LOST_TO') expect(lostTo?.order ?? Number.POSITIVE_INFINITY).toBeLessThan(pin.order);
            if (problem === 'CAPPED') {
              // Nothing but caps stands against it: without them it is kept, or has lost to another pin.
              const without = place({ ...scene, rules: rules.filter(({ action }) => action.kind !== 'CAP') });
              const uncapped = without.pins.find((other) => other.pin.rule.id === pin.rule.id);
              expect(uncapped?.place !== null || uncapped.problem === 'LOST_TO').toBe(true);
            }
            const before = outcomes.filter((other) => other.pin.order < pin.order);
            const isCertain = before.every((other) => other.place !== null || other.problem === 'NOT_ELIGIBLE');
            if (problem === 'LOST_TO' && at === null && isCertain) {
              // Others have all courses of its target, or every place from its own on.
              const taken = before.map((other) => other.position);
              const length = Math.min(scene.length, scene.open.filter((one) => one === 1).length);
              const isFull = Array.from({ length: Math.max(0, length - wanted + 1) }, (_, i) => wanted + i).every(
                (one) => before.some((other) => other.place === one),
              );
              expect(isFull || open(pin.rule).every((one) => taken.includes(one))).toBe(true);
              seen.lostAll += 1;
            }
            if (problem !== null || isCapped) continue;
            // The best of the target that no other pin has.
            const others = outcomes.filter((other) => other.pin.order < pin.order).map((other) => other.position);
            const better = open(pin.rule).filter(
              (other) => !others.includes(other) && (scene.scores[other] ?? 0) > (scene.scores[position ?? -1] ?? 0),
            );
            expect(better).toEqual([]);
          }
        },
      ),
      { numRuns: 2 * RUNS },
    );
    for (const problem of [null, 'NOT_ELIGIBLE', 'LIST_TOO_SHORT', 'LOST_TO', 'CAPPED']) {
      expect([problem, seen.pins.get(problem) ?? 0]).not.toEqual([problem, 0]);
    }
    expect(seen.lostAll).toBeGreaterThan(0);
  });

  const owed = (rule: Rule, r: number) =>
    rule.action.kind === 'QUOTA' ? Math.floor((rule.action.percent * r) / 100) : 0;

  test('quotas hold within rounding in every beginning of the list, the first of them whatever the others ask', () => {
    fc.assert(
      fc.property(someScene, fc.array(someQuota, { minLength: 1, maxLength: 4 }), (scene, quotas) => {
        const rules = numbered('quota', quotas);
        const { places } = place({ ...scene, rules });
        expect(places).toHaveLength(Math.min(scene.length, scene.open.filter((open) => open === 1).length));
        const byOrder = createRuleIndex(aRuleSet(rules), scene.courses).active(aPerson(), 'HOME', NOW_MS).quotas;
        let total = 0;
        for (const { rule } of byOrder) {
          total += rule.action.percent;
          if (total > 100 && rule !== byOrder[0]?.rule) break;
          const available = scene.courses.filter((course, i) => scene.open[i] === 1 && inTarget(rule, course)).length;
          let own = 0;
          places.forEach(({ position, effects }, i) => {
            if (inTarget(rule, scene.courses[position])) own += 1;
            if (effects.length > 0) seen.quotaMoves += 1;
            expect(own).toBeGreaterThanOrEqual(Math.min(available, owed(rule, i + 1)));
          });
        }
      }),
      { numRuns: RUNS },
    );
    expect(seen.quotaMoves).toBeGreaterThan(RUNS);
  });

  test('beside pins quotas hold within rounding wherever the places that pins leave are enough', () => {
    fc.assert(
      fc.property(someScene, somePins, fc.array(someQuota, { minLength: 1, maxLength: 4 }), (scene, pins, quotas) => {
        const rules = [...numbered('pin', pins), ...numbered('quota', quotas)];
        const { places, pins: outcomes } = place({ ...scene, rules });
        const byOrder = createRuleIndex(aRuleSet(rules), scene.courses).active(aPerson(), 'HOME', NOW_MS).quotas;
        const pinned = new Map(outcomes.flatMap((one) => (one.place === null ? [] : [[one.place, one.position]])));
        const free = places.map((_, i) => i + 1 - [...pinned.keys()].filter((at) => at <= i + 1).length);
        const asked = free.map(() => 0);
        byOrder.forEach(({ rule }, nth) => {
          const isOwn = (position: number | null) => inTarget(rule, scene.courses[position ?? -1]);
          const ownPinned = places.map((_, i) => [...pinned].filter(([at, own]) => at <= i + 1 && isOwn(own)).length);
          const open = scene.courses.filter((_, position) => scene.open[position] === 1 && isOwn(position)).length;
          const left = open - (ownPinned.at(-1) ?? 0);
          let most = 0;
          let own = 0;
          const isMissed = places.map(({ position }, i) => {
            if (isOwn(position)) own += 1;
            const asks = Math.min(left, owed(rule, i + 1) - (ownPinned[i] ?? 0));
            most = Math.max(most, asks);
            asked[i] = (asked[i] ?? 0) + most;
            // The first has whatever pins leave; all up to one have what they ask for where that is enough for them together.
            if (nth === 0) expect(own - (ownPinned[i] ?? 0)).toBeGreaterThanOrEqual(Math.min(asks, free[i] ?? 0));
            return own - (ownPinned[i] ?? 0) < asks;
          });
          if (asked.some((count, i) => count > (free[i] ?? 0))) return;
          expect(isMissed.indexOf(true)).toBe(-1);
          if (pinned.size > 0 && most > 0) seen.besidePins[nth] = (seen.besidePins[nth] ?? 0) + 1;
        });
      }),
      { numRuns: 4 * RUNS },
    );
    expect(Math.min(...seen.besidePins.slice(0, 3))).toBeGreaterThan(20);
  });

  test('a quota falls short under caps only where none of its courses could stand', () => {
    fc.assert(
      fc.property(someScene, someQuota, someCaps, (scene, quota, caps) => {
        const { places } = place({ ...scene, rules: [...numbered('quota', [quota]), ...numbered('cap', caps)] });
        let own = 0;
        places.forEach(({ position }, i) => {
          if (inTarget(quota, scene.courses[position])) own += 1;
          if (own >= owed(quota, i + 1) || inTarget(quota, scene.courses[position])) return;
          const before = places.slice(0, i).map((one) => one.position);
          const list = before.map((at) => scene.courses[at]);
          const left = scene.courses.filter(
            (course, at) => scene.open[at] === 1 && inTarget(quota, course) && !before.includes(at),
          );
          expect(left.filter((course) => keeps(caps, [...list, course]))).toEqual([]);
        });
      }),
      { numRuns: RUNS },
    );
  });

  test('the order in which rules are written down changes nothing', () => {
    fc.assert(
      fc.property(
        someScene,
        somePins,
        fc.array(someQuota, { maxLength: 3 }),
        someCaps,
        fc.nat(1000),
        (scene, pins, quotas, caps, seed) => {
          const rules = [...numbered('pin', pins), ...numbered('quota', quotas), ...numbered('cap', caps)];
          const told = ({ places, pins: outcomes }: PlacedByRules) => ({
            places: places.map(({ position, effects }) => [position, effects.map(({ by }) => by.rule.id)]),
            outcomes: outcomes.map(({ pin, place: at, problem }) => [pin.rule.id, at, problem]),
          });
          const other = place({ ...scene, rules: shuffled(rules, createRandom(seed)) });
          expect(told(other)).toEqual(told(place({ ...scene, rules })));
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('without rules the list stays as it was arranged', () => {
    fc.assert(
      fc.property(someScene, (scene) => {
        const { places } = place({ ...scene, rules: [] });
        expect(places.map(({ position }) => position)).toEqual(scene.arranged);
      }),
      { numRuns: RUNS },
    );
  });
});
