import { expect, test } from 'vitest';
import {
  eventIdOf,
  type Feedback,
  feedbackError,
  feedbackEvent,
  feedbackProblems,
} from '../../src/activity/feedback.js';
import { planActivity } from '../../src/activity/interactionPlan.js';

const AT = new Date('2026-06-01T12:00:00Z');
const feedback = (change: Partial<Feedback>): Feedback => ({
  ...{ learnerId: 'e1', courseId: 'c1', opinion: { kind: 'SAVE' }, servedListId: null, clientMutationId: null },
  ...change,
});

test.each([
  [
    { kind: 'DISMISS', reason: 'TOO_HARD' },
    { verb: 'DISMISSED', reason: 'TOO_HARD' },
  ],
  [{ kind: 'SAVE' }, { verb: 'SAVED' }],
  [
    { kind: 'RATE', rating: -0.5 },
    { verb: 'RATED', score: -0.5 },
  ],
] as const)('%j becomes the event %j', (opinion, expected) => {
  const event = feedbackEvent(feedback({ opinion, servedListId: 'l1' }), 'id', AT);
  const named = { source: 'waymark', eventId: 'id', learnerId: 'e1', courseId: 'c1', servedListId: 'l1', at: AT };
  expect(event).toEqual({ ...named, ...expected });
});

test('one call of one learner makes one event; other calls and other learners others', () => {
  const ids = [
    eventIdOf('a', 'b'),
    eventIdOf('a', 'c'),
    eventIdOf('b', 'b'),
    eventIdOf('a","b', ''),
    eventIdOf('a', '","b'),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(eventIdOf('a', 'b')).toBe(ids[0]);
  expect(eventIdOf('x'.repeat(200), 'y'.repeat(200)).length).toBeLessThanOrEqual(200);
});

test.each([
  [{ opinion: { kind: 'RATE', rating: 1.5 } }, 'rating'],
  [{ opinion: { kind: 'RATE', rating: Number.NaN } }, 'rating'],
  [{ clientMutationId: '' }, 'clientMutationId'],
  [{ clientMutationId: 'a\0b' }, 'clientMutationId'],
] as const)('%j is refused for its %s', (change, field) => {
  expect(feedbackProblems(feedback(change)).map(({ path }) => path)).toEqual([[field]]);
});

test('a conflict speaks of the call, not of the event', () => {
  const error = { index: 0, message: 'm', path: ['eventId'] };
  expect(feedbackError({ ...error, code: 'CONFLICT' }).path).toEqual(['clientMutationId']);
  expect(feedbackError({ ...error, code: 'NOT_FOUND' })).toEqual({ ...error, code: 'NOT_FOUND' });
});

test('nobody but the service itself speaks as the service', () => {
  const event = feedbackEvent(feedback({}), 'id', AT);
  const plan = (isOwn: boolean) => planActivity([event], new Set(['e1']), new Set(['c1']), AT, isOwn);
  expect(plan(true)).toMatchObject({ accepted: [{ index: 0 }], errors: [] });
  expect(plan(false)).toMatchObject({ accepted: [], errors: [{ code: 'INVALID_VALUE', path: ['source'] }] });
});
