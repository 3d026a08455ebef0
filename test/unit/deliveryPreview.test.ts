import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coarseImpact, type PolicyImpact, policyImpact } from '../../src/delivery/preview/policyImpact.js';
import { DEFAULT_DELIVERY_POLICY, type DeliveryPolicy } from '../../src/delivery/settings/deliveryPolicy.js';
import type { DeliveryWindow } from '../../src/delivery/windows/deliverySuggestion.js';
import { coarseFiguresOf } from '../../src/learners/fewPeople/coarseFigures.js';
import type { Channel, Device } from '../../src/learners/profileEvent.js';
import { HOUR_MS } from '../../src/platform/zonedTime.js';
import { deliveryInputs, suggestWindows } from '../support/deliveryInputs.js';

const BERLIN = 'Europe/Berlin';
const [HOUR_9, HOUR_10] = ['2026-11-23T09:00Z', '2026-11-23T10:00Z'];

type Answer = Parameters<typeof policyImpact>[0][number];

interface Given {
  readonly channel?: Channel;
  readonly device?: Device;
  readonly zone?: string;
}

/** Somebody's first window, an hour from a moment on. */
function windowAt(startsAt: string, { channel = 'EMAIL', device = 'DESKTOP', zone = 'UTC' }: Given = {}): Answer {
  const suggestion = suggestWindows(deliveryInputs({ zone }));
  const [first] = suggestion.windows;
  if (first === undefined) throw new Error('there is no window');
  const used = { share: 1, ownUses: 1, ownTotal: 1 };
  const start = new Date(startsAt);
  const window: DeliveryWindow = {
    ...first,
    ...{ startsAt: start, endsAt: new Date(start.getTime() + HOUR_MS) },
    channel: { ...used, choice: channel, engagement: null },
    device: { ...used, choice: device },
  };
  return { ...suggestion, windows: [window] };
}

/** Somebody whom a policy leaves no window. */
function noWindow(policy: Partial<DeliveryPolicy>): Answer {
  return suggestWindows(deliveryInputs({ policy: { ...DEFAULT_DELIVERY_POLICY, ...policy } }));
}

const NO_BUDGET = noWindow({ weeklyBudget: 0 });

test('people lose a window, gain one, or keep theirs', () => {
  const before = [windowAt(HOUR_9), NO_BUDGET, windowAt(HOUR_9), NO_BUDGET];
  const after = [NO_BUDGET, windowAt(HOUR_9), windowAt(HOUR_9), NO_BUDGET];
  expect(policyImpact(before, after)).toEqual({
    ...{ people: 4, suggestedBefore: 2, suggestedAfter: 2, lost: 1, gained: 1 },
    ...{ otherWindow: 0, otherDay: 0, otherChannel: 0, otherDevice: 0 },
    noWindow: [{ code: 'WEEKLY_BUDGET', before: 2, after: 2 }],
  });
});

test('a window moves to another hour, another local day, another channel or device', () => {
  const before = [
    windowAt(HOUR_9),
    // 23:00 in Berlin, and midnight of the day after: one UTC day, two days of the person.
    windowAt('2026-11-23T22:00Z', { zone: BERLIN }),
    windowAt(HOUR_9, { channel: 'EMAIL' }),
    windowAt(HOUR_9, { device: 'DESKTOP' }),
  ];
  const after = [
    windowAt(HOUR_10),
    windowAt('2026-11-23T23:00Z', { zone: BERLIN }),
    windowAt(HOUR_9, { channel: 'CHAT' }),
    windowAt(HOUR_9, { device: 'MOBILE' }),
  ];
  expect(policyImpact(before, after)).toMatchObject({
    ...{ people: 4, lost: 0, gained: 0, otherWindow: 2, otherDay: 1, otherChannel: 1, otherDevice: 1 },
  });
});

const answers = fc.constantFrom(windowAt(HOUR_9), windowAt(HOUR_10), NO_BUDGET);
const impacts = fc.array(fc.tuple(answers, answers), { maxLength: 60 }).map((pairs) =>
  policyImpact(
    pairs.map(([was]) => was),
    pairs.map(([, is]) => is),
  ),
);
const countsOf = ({ noWindow, ...counts }: PolicyImpact) => [
  ...Object.values(counts),
  ...noWindow.flatMap(({ before, after }) => [before, after]),
];

test('what is lost and gained leads from those with a window before to those after', () => {
  fc.assert(
    fc.property(impacts, ({ people, suggestedBefore, suggestedAfter, lost, gained, noWindow: [none] }) => {
      expect(suggestedBefore - lost + gained).toBe(suggestedAfter);
      expect([none?.before ?? 0, none?.after ?? 0]).toEqual([people - suggestedBefore, people - suggestedAfter]);
    }),
  );
});

test('who may not be told of few people is told multiples of five, of no more people than there are', () => {
  fc.assert(
    fc.property(impacts, (exact) => {
      const told = coarseImpact(exact, coarseFiguresOf(exact, new Uint8Array(32)));
      expect(countsOf(told).filter((count) => count % 5 !== 0 || count > told.people)).toEqual([]);
      if (exact.lost < 5) expect(told.lost).toBe(0);
      if (exact.lost > 6) expect(Math.abs(told.lost - exact.lost)).toBeLessThan(5);
    }),
  );
});
