import { expect, test } from 'vitest';
import { plannedSpans } from '../../src/delivery/windows/plannedSpans.js';
import { aDeliveredCourse, deliveryInputs as inputs, suggestWindows } from '../support/deliveryInputs.js';

const workPattern = [{ day: 'TUESDAY' as const, startMinute: 540, endMinute: 660 }];
const spansOf = (durationMinutes: number | null) => {
  const suggestion = suggestWindows(inputs({ course: aDeliveredCourse({ durationMinutes }), workPattern }));
  return plannedSpans(suggestion, durationMinutes).map(({ startMs, endMs }) =>
    [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(5, 16)),
  );
};

test('what is planned lasts for the hour of the window, or as long as the course', () => {
  const hour = [['11-24T09:00', '11-24T10:00']];
  expect([spansOf(null), spansOf(60)]).toEqual([hour, hour]);
  expect(spansOf(90)).toEqual([['11-24T09:00', '11-24T10:30']]);
});

test('what is planned in sittings lasts for an hour at least, once for each', () => {
  expect(spansOf(150)).toEqual([
    ['11-24T09:00', '11-24T10:15'],
    ['12-01T09:00', '12-01T10:15'],
  ]);
});

test('nothing is planned where there is no window', () => {
  expect(plannedSpans(suggestWindows(inputs({ workPattern: [] })), 20)).toEqual([]);
});
