import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answersInSteps, deliveriesInSteps } from '../../src/delivery/outcomes/contactHistory.js';
import { type DeliveryEventInput, planDeliveries } from '../../src/delivery/outcomes/deliveryEvent.js';
import { deliveriesOf, type MessageEvent } from '../../src/delivery/outcomes/deliveryLog.js';
import { engagementOf, pooledEngagement } from '../../src/delivery/outcomes/engagementCounts.js';
import { countWithin, type MuteEntry, momentAfter, standingMutes } from '../../src/delivery/outcomes/mutes.js';
import type { Channel } from '../../src/learners/profileEvent.js';

const NOON = new Date('2025-03-12T12:00:00Z');
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const later = (ms: number) => new Date(NOON.getTime() + ms);

type Stated = Partial<MessageEvent> & { readonly at?: Date };
function anEvent({ at = NOON, ...stated }: Stated = {}): MessageEvent {
  return {
    ...{ suggestionId: null, courseId: null, channel: 'EMAIL', device: null, outcome: 'SENT', atMs: at.getTime() },
    ...stated,
  };
}
const sent = (stated: Stated = {}) => anEvent(stated);
const opened = (stated: Stated = {}) => anEvent({ outcome: 'OPENED', ...stated });
const times = (events: readonly MessageEvent[]) =>
  deliveriesOf(events).map(({ sentAtMs, openedAtMs }) => [
    sentAtMs - NOON.getTime(),
    openedAtMs === null ? null : openedAtMs - NOON.getTime(),
  ]);

const anyEvent = fc.record({
  outcome: fc.constantFrom('SENT' as const, 'OPENED' as const),
  channel: fc.constantFrom<Channel>('EMAIL', 'CHAT'),
  device: fc.constantFrom(null, 'MOBILE' as const),
  courseId: fc.constantFrom(null, 'c1', 'c2'),
  suggestionId: fc.constantFrom(null, 's1', 's2'),
  // Few moments, so that many fall together.
  at: fc.integer({ min: 0, max: 12 }).map((n) => later(n * 4 * DAY_MS)),
});
const anyLog = fc.array(anyEvent, { maxLength: 12 }).map((events) => events.map((event) => anEvent(event)));

/** When messages were sent and opened, by trying every message for every opening. */
function plainly(log: readonly MessageEvent[]): readonly (readonly [number, number | null])[] {
  const byTime = log.toSorted((a, b) => a.atMs - b.atMs || (contentOf(a) < contentOf(b) ? -1 : 1));
  const messages = byTime
    .filter(({ outcome }) => outcome === 'SENT')
    .map((event) => ({ event, openedAtMs: null as number | null }));
  for (const opening of byTime.filter(({ outcome }) => outcome === 'OPENED')) {
    const { atMs } = opening;
    const likely = messages
      .map((message, place) => ({ message, place, likeness: likenessOf(message.event, opening) }))
      .filter(({ likeness }) => likeness >= 0)
      .filter(({ message: { event } }) => event.atMs <= atMs + 5 * MINUTE_MS && event.atMs >= atMs - 30 * DAY_MS)
      .sort((a, b) => b.likeness - a.likeness || b.place - a.place);
    const [best] = likely;
    if (best !== undefined) best.message.openedAtMs ??= Math.max(best.message.event.atMs, atMs);
  }
  return messages.map(({ event, openedAtMs }) => [event.atMs, openedAtMs]);
}

function contentOf({ channel, suggestionId, courseId, device }: MessageEvent): string {
  return JSON.stringify([channel, suggestionId, courseId, device]);
}

function likenessOf(message: MessageEvent, opening: MessageEvent): number {
  const like = (field: 'suggestionId' | 'courseId') => {
    if (message[field] === null || opening[field] === null) return 0;
    return message[field] === opening[field] ? 1 : Number.NEGATIVE_INFINITY;
  };
  return message.channel === opening.channel ? 2 * like('suggestionId') + like('courseId') : -1;
}

describe('messages', () => {
  test('are opened once, at the first opening, whatever else is told', () => {
    const events = [sent(), opened({ at: later(3 * MINUTE_MS), device: 'MOBILE' }), opened({ at: later(DAY_MS) })];
    expect(deliveriesOf(events)).toEqual([
      {
        sentAtMs: NOON.getTime(),
        channel: 'EMAIL',
        suggestionId: null,
        courseId: null,
        openedAtMs: NOON.getTime() + 3 * MINUTE_MS,
        openedOn: 'MOBILE',
        isSendingKnown: true,
      },
    ]);
  });

  test('get the openings of their own suggestion, else of their course, else the latest before', () => {
    const [first, second] = [sent({ suggestionId: 's1', courseId: 'c1' }), sent({ at: later(DAY_MS), courseId: 'c1' })];
    const at = later(2 * DAY_MS);
    const whenOpened = (stated: Stated) => times([first, second, opened({ at, ...stated })]);
    const [isFirst, isSecond] = [
      [
        [0, 2 * DAY_MS],
        [DAY_MS, null],
      ],
      [
        [0, null],
        [DAY_MS, 2 * DAY_MS],
      ],
    ];
    expect(whenOpened({ suggestionId: 's1' })).toEqual(isFirst);
    expect(whenOpened({ courseId: 'c1' })).toEqual(isSecond);
    expect(whenOpened({})).toEqual(isSecond);
    expect(whenOpened({ courseId: 'c2' })).toEqual([
      [0, null],
      [DAY_MS, null],
      [2 * DAY_MS, 2 * DAY_MS],
    ]);
    expect(whenOpened({ suggestionId: 's2' })).toEqual(isSecond);
  });

  test('are not opened on another channel, before they were sent, or more than 30 days after', () => {
    for (const stated of [{ channel: 'CHAT' as const }, { at: later(-6 * MINUTE_MS) }, { at: later(31 * DAY_MS) }]) {
      expect(times([sent(), opened(stated)])).toHaveLength(2);
    }
    expect(times([sent(), opened({ at: later(30 * DAY_MS) })])).toEqual([[0, 30 * DAY_MS]]);
  });

  test('may be opened up to five minutes early by another clock', () => {
    expect(times([sent(), opened({ at: later(-5 * MINUTE_MS) })])).toEqual([[0, 0]]);
  });

  test('that nobody told of are known by their opening, once however often it is opened', () => {
    const events = [opened({ at: later(DAY_MS) }), opened(), opened({ at: later(40 * DAY_MS) })];
    expect(times(events)).toEqual([
      [0, 0],
      [40 * DAY_MS, 40 * DAY_MS],
    ]);
    expect(deliveriesOf(events).every(({ isSendingKnown }) => !isSendingKnown)).toBe(true);
  });

  test('do not depend on the order of events', () => {
    fc.assert(
      fc.property(
        anyLog.chain((log) => fc.tuple(fc.constant(log), fc.shuffledSubarray(log, { minLength: log.length }))),
        ([log, shuffled]) => {
          expect(deliveriesOf(shuffled)).toEqual(deliveriesOf(log));
        },
      ),
    );
  });

  test('are found as when every opening is held against every message', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const known = deliveriesOf(log).filter(({ isSendingKnown }) => isSendingKnown);
        expect(known.map(({ sentAtMs, openedAtMs }) => [sentAtMs, openedAtMs])).toEqual(plainly(log));
      }),
      { numRuns: 1_000 },
    );
  });

  test('of somebody who gets thousands take no time', () => {
    const log = Array.from({ length: 10_000 }, (_, i) => [
      sent({ at: later(i * MINUTE_MS), courseId: `c${i}` }),
      opened({ at: later((i + 1) * MINUTE_MS), courseId: i % 2 === 0 ? `c${i}` : null, suggestionId: `s${i}` }),
      opened({ at: later(i * MINUTE_MS), channel: 'CHAT', suggestionId: `s${i}` }),
    ]).flat();
    const before = process.cpuUsage();
    expect(deliveriesOf(log)).toHaveLength(20_000);
    // Holding every opening against every message takes a minute.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
  });

  test('are as many as were sent, and openings of the same moment again add nothing', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const deliveries = deliveriesOf(log);
        expect(deliveries.filter(({ isSendingKnown }) => isSendingKnown)).toHaveLength(
          log.filter(({ outcome }) => outcome === 'SENT').length,
        );
        const again = log.filter(({ outcome }) => outcome === 'OPENED');
        expect(deliveriesOf([...log, ...again])).toEqual(deliveries);
        for (const { sentAtMs, openedAtMs } of deliveries) {
          if (openedAtMs === null) continue;
          expect(openedAtMs).toBeGreaterThanOrEqual(sentAtMs);
          expect(openedAtMs - sentAtMs).toBeLessThanOrEqual(30 * DAY_MS);
        }
      }),
    );
  });
});

describe('the messages of many people', () => {
  test('are gone through in steps of one person, and told since when they were asked for', () => {
    const people = Array.from({ length: 50 }, (_, i): [string, MessageEvent[]] => [
      `p${i}`,
      [sent({ at: later(i * DAY_MS) }), opened({ at: later((i + 1) * DAY_MS) })],
    ]);
    const [deliveries, steps] = ended(deliveriesInSteps(people, later(10 * DAY_MS).getTime()));
    expect([deliveries.size, deliveries.has('p9'), steps]).toEqual([40, false, 50]);
    const [answers, further] = ended(
      answersInSteps(deliveries, later(20 * DAY_MS), later(30 * DAY_MS), later(60 * DAY_MS)),
    );
    expect([answers.past.size, answers.own.size, further]).toEqual([30, 20, 40]);
    expect(answers.past.get('p20')).toEqual([
      { sentAtMs: later(20 * DAY_MS).getTime(), channel: 'EMAIL', openedAtMs: later(21 * DAY_MS).getTime() },
    ]);
    expect(answers.own.get('p30')?.channels).toEqual({ EMAIL: { exposures: 1, engagements: 1 } });
  });
});

/** What the steps come to, and how many there were. */
function ended<T>(steps: Generator<void, T>): readonly [T, number] {
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (step.done === true) return [step.value, count];
  }
}

describe('mutes', () => {
  let seq = 0;
  const said = (stated: Partial<MuteEntry> = {}): MuteEntry => {
    seq += 1;
    return { channel: null, courseId: null, until: null, lifts: false, at: NOON, seq, ...stated };
  };
  const told = (stated: Partial<MuteEntry> = {}) => said({ ...stated, seq: 0 });
  const scopes = (entries: readonly MuteEntry[], now = later(DAY_MS)) =>
    standingMutes(entries, now).map(({ channel, courseId }) => [channel, courseId]);

  test('hold until their time, and the last that was said of a scope counts', () => {
    const entries = [said({ channel: 'EMAIL', until: later(DAY_MS) })];
    expect(scopes(entries, later(DAY_MS - 1))).toEqual([['EMAIL', null]]);
    expect(scopes(entries, later(DAY_MS))).toEqual([]);
    expect(standingMutes([...entries, said({ channel: 'EMAIL' })], later(DAY_MS))).toEqual([
      { channel: 'EMAIL', courseId: null, until: null, since: NOON },
    ]);
  });

  test('are lifted with everything within, and no wider one is', () => {
    const entries = [
      said(),
      said({ channel: 'EMAIL' }),
      said({ channel: 'EMAIL', courseId: 'c1' }),
      said({ courseId: 'c1' }),
    ];
    expect(scopes(entries)).toEqual([
      [null, null],
      [null, 'c1'],
      ['EMAIL', null],
      ['EMAIL', 'c1'],
    ]);
    const left = (lift: Partial<MuteEntry>) => scopes([...entries, said({ lifts: true, ...lift })]);
    expect(left({ channel: 'EMAIL' })).toEqual([
      [null, null],
      [null, 'c1'],
    ]);
    expect(left({ courseId: 'c1' })).toEqual([
      [null, null],
      ['EMAIL', null],
    ]);
    expect(left({})).toEqual([]);
    expect(countWithin({ channel: 'EMAIL', courseId: null }, standingMutes(entries, NOON))).toBe(2);
  });

  test('of messages told of after they were lifted do not come back, those of later messages hold', () => {
    const lift = said({ lifts: true, at: later(MINUTE_MS) });
    expect(scopes([lift, told({ channel: 'CHAT' })])).toEqual([]);
    expect(scopes([lift, told({ channel: 'CHAT', at: later(MINUTE_MS) })])).toEqual([]);
    expect(scopes([lift, told({ channel: 'CHAT', at: later(MINUTE_MS + 1) })])).toEqual([['CHAT', null]]);
  });

  test('can be lifted although the clock of whoever told of them runs ahead', () => {
    const ahead = told({ channel: 'EMAIL', at: later(4 * MINUTE_MS) });
    const lift = said({ lifts: true, at: momentAfter([ahead], NOON) });
    expect(scopes([ahead, lift])).toEqual([]);
    expect(momentAfter([], NOON)).toEqual(NOON);
  });

  test('do not depend on the order in which they come to be known', () => {
    const anyEntry = fc.record({
      channel: fc.constantFrom<Channel | null>(null, 'EMAIL', 'CHAT'),
      courseId: fc.constantFrom(null, 'c1'),
      until: fc.constantFrom(null, later(DAY_MS / 2), later(2 * DAY_MS)),
      lifts: fc.boolean(),
      at: fc.integer({ min: 0, max: 3 }).map((n) => later(n * MINUTE_MS)),
    });
    fc.assert(
      fc.property(
        fc
          .array(anyEntry, { maxLength: 8 })
          .map((entries) => entries.map((entry) => (entry.lifts || entry.until !== null ? said(entry) : told(entry))))
          .chain((log) => fc.tuple(fc.constant(log), fc.shuffledSubarray(log, { minLength: log.length }))),
        ([log, shuffled]) => {
          expect(standingMutes(shuffled, later(DAY_MS))).toEqual(standingMutes(log, later(DAY_MS)));
        },
      ),
    );
  });
});

describe('engagement', () => {
  test('is what was opened of what was sent by channel, and openings by device', () => {
    const log = [
      sent({ courseId: 'c1' }),
      sent({ courseId: 'c2' }),
      opened({ courseId: 'c1', device: 'MOBILE' }),
      opened({ channel: 'CHAT', device: 'DESKTOP' }),
    ];
    expect(engagementOf(deliveriesOf(log), later(60 * DAY_MS).getTime())).toEqual({
      channels: { EMAIL: { exposures: 2, engagements: 1 } },
      devices: { MOBILE: 1, DESKTOP: 1 },
    });
  });

  test('says nothing of what was sent less than three days ago, opened or not, but by the device', () => {
    const settled = Array.from({ length: 10 }, (_, i) => sent({ courseId: `c${i}` }));
    const campaign = Array.from({ length: 30 }, (_, i) =>
      sent({ courseId: `n${i}`, at: later(3 * DAY_MS - MINUTE_MS) }),
    );
    const openings = [
      ...['c1', 'c2'].map((courseId) => opened({ courseId, device: 'DESKTOP', at: later(MINUTE_MS) })),
      opened({ courseId: 'n1', device: 'MOBILE', at: later(3 * DAY_MS) }),
    ];
    const deliveries = deliveriesOf([...settled, ...campaign, ...openings]);
    expect(engagementOf(deliveries, later(3 * DAY_MS).getTime())).toEqual({
      channels: { EMAIL: { exposures: 10, engagements: 2 } },
      devices: { DESKTOP: 2, MOBILE: 1 },
    });
    const afterwards = engagementOf(deliveries, later(6 * DAY_MS).getTime());
    expect(afterwards.channels).toEqual({ EMAIL: { exposures: 40, engagements: 3 } });
  });

  test('of everyone leaves out what fewer than five people did', () => {
    const one = { channels: { EMAIL: { exposures: 3, engagements: 1 } }, devices: { MOBILE: 1 } };
    const chatty = { channels: { ...one.channels, CHAT: { exposures: 1, engagements: 1 } }, devices: {} };
    expect(pooledEngagement([one, one, one, one])).toEqual({ channels: {}, devices: {} });
    expect(pooledEngagement([one, one, one, chatty, chatty])).toEqual({
      channels: { EMAIL: { exposures: 15, engagements: 5 } },
      devices: {},
    });
    expect(pooledEngagement([one, one, one, one, one, chatty])).toEqual({
      channels: { EMAIL: { exposures: 18, engagements: 6 } },
      devices: { MOBILE: 5 },
    });
  });
});

describe('a batch of outcomes', () => {
  const references = {
    learnerIds: new Set(['ada', 'grace']),
    courseIds: new Set(['c1', 'c2']),
    suggestions: new Map([
      ['s1', { learnerId: 'ada', courseId: 'c1' }],
      ['s-gone', { learnerId: 'ada', courseId: 'gone' }],
    ]),
    now: NOON,
  };
  const plan = (...rows: DeliveryEventInput[]) => planDeliveries(rows, references);
  const row = (stated: Partial<DeliveryEventInput> = {}): DeliveryEventInput => ({
    eventId: 'e1',
    learnerId: 'ada',
    channel: 'EMAIL',
    outcome: 'SENT',
    at: NOON,
    ...stated,
  });

  test('takes the course from the suggestion', () => {
    const courses = plan(
      row({ suggestionId: 's1' }),
      row({ eventId: 'e2', courseId: 'c2' }),
      row({ eventId: 'e3', suggestionId: 's-gone' }),
    ).accepted.map(({ event }) => [event.suggestionId, event.courseId]);
    expect(courses).toEqual([
      ['s1', 'c1'],
      [null, 'c2'],
      ['s-gone', null],
    ]);
  });

  test.each([
    [{ learnerId: 'nobody' }, 'NOT_FOUND', 'learnerId', 'send them with upsertLearners first'],
    [{ courseId: 'c9' }, 'NOT_FOUND', 'courseId', 'send it with upsertCourses first'],
    [{ suggestionId: 's9' }, 'NOT_FOUND', 'suggestionId', 'leave suggestionId out'],
    [{ learnerId: 'grace', suggestionId: 's1' }, 'NOT_FOUND', 'suggestionId', 'for this learner'],
    [{ suggestionId: 's1', courseId: 'c2' }, 'INVALID_VALUE', 'courseId', 'leave it out'],
    [{ at: later(6 * MINUTE_MS) }, 'INVALID_VALUE', 'at', 'more than 5 minutes in the future'],
    [{ at: new Date(Number.NaN) }, 'INVALID_VALUE', 'at', 'is not a date'],
    [{ eventId: ' ' }, 'INVALID_VALUE', 'eventId', 'must not be blank'],
  ] as const)('refuses %j alone, and says the way out', (wrong, code, field, message) => {
    const { accepted, errors } = plan(row(wrong), row({ eventId: 'good' }));
    expect(accepted.map(({ index }) => index)).toEqual([1]);
    expect(errors).toEqual([{ index: 0, code, path: [field], message: expect.stringContaining(message) }]);
  });

  test('takes a clock that runs five minutes ahead, repeats without harm, and refuses the same id for something else', () => {
    const ahead = row({ at: later(5 * MINUTE_MS) });
    const { accepted, repeatCount, errors } = plan(ahead, ahead, { ...ahead, outcome: 'OPENED' });
    expect([accepted.length, repeatCount]).toEqual([1, 1]);
    expect(errors).toMatchObject([{ index: 2, code: 'CONFLICT', path: ['eventId'] }]);
    expect(errors[0]?.message).toContain('row 0 of this batch');
  });
});
