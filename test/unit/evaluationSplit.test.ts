import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contact, SPLIT_KINDS, splitContacts } from '../../src/evaluation/split.js';

const contactArbitrary = fc.record({
  learnerId: fc.integer({ min: 0, max: 12 }).map((n) => `u${n}`),
  courseId: fc.integer({ min: 0, max: 9 }).map((n) => `c${n}`),
  atMs: fc.integer({ min: 0, max: 100 }),
});
const keyOf = ({ learnerId, courseId }: Contact): string => `${learnerId} ${courseId}`;

describe('splitContacts', () => {
  it('never asks for what it shows, takes each pair once, and does not care for the order of the lines', () => {
    fc.assert(
      fc.property(fc.array(contactArbitrary), fc.constantFrom(...SPLIT_KINDS), fc.integer(), (contacts, kind, seed) => {
        const options = { kind, seed, share: 0.3, events: null };
        const files = splitContacts(contacts, options);
        const shown = [...files.train, ...(files.history ?? [])].map(keyOf);
        const asked = files.holdout.map(keyOf);
        expect(new Set([...shown, ...asked]).size).toBe(shown.length + asked.length);
        expect(splitContacts(contacts.toReversed(), options)).toEqual(files);
      }),
    );
  });

  const log: Contact[] = Array.from({ length: 200 }, (_, i) => ({
    learnerId: `u${i % 20}`,
    courseId: `c${(i * 7) % 31}`,
    atMs: i,
  }));

  it('cuts everybody at one moment', () => {
    const { train, holdout } = splitContacts(log, { kind: 'time', seed: 1, share: 0.2, events: null });
    expect(Math.max(...train.map(({ atMs }) => atMs))).toBeLessThan(Math.min(...holdout.map(({ atMs }) => atMs)));
    expect(holdout.length / (holdout.length + train.length)).toBeCloseTo(0.2, 1);
  });

  it('leaves learners out, known by as many of their first courses as asked', () => {
    const { train, history, holdout } = splitContacts(log, { kind: 'learners', seed: 1, share: 0.2, events: 2 });
    const known = new Set(train.map(({ learnerId }) => learnerId));
    expect(known.size).toBe(16);
    expect(history).toHaveLength(8);
    expect(history?.some(({ learnerId }) => known.has(learnerId))).toBe(false);
    for (const { learnerId, atMs } of holdout) {
      expect(history?.filter((one) => one.learnerId === learnerId).every((one) => one.atMs < atMs)).toBe(true);
    }
  });

  it('keeps new courses out of training and ranks them among themselves', () => {
    const { train, holdout, candidates } = splitContacts(log, { kind: 'courses', seed: 1, share: 0.2, events: null });
    const offered = new Set(candidates?.[0]?.courseIds);
    expect(offered.size).toBe(Math.ceil(0.2 * 31));
    expect(train.some(({ courseId }) => offered.has(courseId))).toBe(false);
    expect(holdout.every(({ courseId }) => offered.has(courseId))).toBe(true);
  });

  it('hides the last course of each learner among others that they never took', () => {
    const { holdout, candidates } = splitContacts(log, { kind: 'last', seed: 1, share: 0.2, events: null });
    expect(holdout).toHaveLength(20);
    for (const { learnerId, courseIds } of candidates ?? []) {
      const taken = new Set(log.filter((one) => one.learnerId === learnerId).map(({ courseId }) => courseId));
      expect(courseIds.filter((courseId) => taken.has(courseId))).toEqual([courseIds[0]]);
      expect(new Set(courseIds).size).toBe(courseIds.length);
    }
  });
});
