import { describe, expect, it } from 'vitest';
import { createServiceSet } from '../../src/evaluation/serviceData.js';
import { VERBS } from '../../src/learners/profileEvent.js';
import type { TrainingEvents } from '../../src/training/trainingSet.js';

const DAY_MS = 86_400_000;

/** Completions, grouped by learner. */
function completions(rows: readonly (readonly [learner: number, course: string, day: number])[]): TrainingEvents {
  const courseIds = ['a', 'b', 'c', 'd', 'never'];
  const learnerCount = 1 + Math.max(-1, ...rows.map(([learner]) => learner));
  const none = new Float32Array(rows.length).fill(Number.NaN);
  return {
    learnerCount,
    courseIds,
    contents: null,
    learnerOffsets: Int32Array.from(
      { length: learnerCount + 1 },
      (_, learner) => rows.filter(([other]) => other < learner).length,
    ),
    courseIndices: Int32Array.from(rows, ([, course]) => courseIds.indexOf(course)),
    verbs: new Uint8Array(rows.length).fill(VERBS.indexOf('COMPLETED')),
    atMs: Float64Array.from(rows, ([, , day]) => day * DAY_MS),
    progress: none,
    scores: none,
    durationSeconds: none,
    mandatory: new Uint8Array(rows.length),
  };
}

describe("an evaluation on the service's own data", () => {
  const events = completions([
    [0, 'a', 1],
    [0, 'b', 2],
    [0, 'c', 100],
    [1, 'a', 3],
    [1, 'b', 4],
    [2, 'b', 5],
    [2, 'a', 6],
    [3, 'd', 100],
  ]);
  const sampling = { seed: 1, maxLearners: null };

  it('asks for what was taken up after a moment, of those with a past and those without', () => {
    const { set, description } = createServiceSet(events, 200 * DAY_MS, sampling);
    expect(set.counts).toMatchObject({
      trainingInteractions: 6,
      trainingLearners: 3,
      items: 5,
      evaluatedLearners: 2,
      evaluatedLearnersUnseenInTraining: 1,
      evaluatedLearnersWithoutHistory: 1,
      heldOutItems: 2,
      heldOutUnknownItems: 2,
    });
    const { histories, heldOut } = set.protocol;
    expect([...histories.rowOffsets]).toEqual([0, 2, 2]);
    expect(Array.from(histories.columnIndices, set.itemId).sort()).toEqual(['a', 'b']);
    expect(Array.from(heldOut.columnIndices, set.itemId)).toEqual(['c', 'd']);
    expect(set.training.asOfMs).toBe(100 * DAY_MS);
    expect(description.notes).toEqual(['2 held-out courses had no activity before the cut.']);
    expect(set.tuningHoldouts({ seed: 1, maxLearners: 100 }).length).toBeGreaterThan(0);
  });

  it('takes a sample of the learners, always the same for a seed', () => {
    const sampled = () => createServiceSet(events, 200 * DAY_MS, { seed: 5, maxLearners: 1 }).set.protocol.heldOut;
    expect(sampled().rowCount).toBe(1);
    expect(sampled()).toEqual(sampled());
  });

  it('says when there is nothing to evaluate on', () => {
    expect(() => createServiceSet(completions([]), 0, sampling)).toThrow('There is no activity to evaluate on yet');
    expect(() => createServiceSet(completions([[0, 'a', 1]]), DAY_MS, sampling)).toThrow(
      'All activity is of one moment',
    );
  });
});
