import { describe, expect, test } from 'vitest';
import { takenUpIn } from '../../src/activity/takenUp.js';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import { foldCourseEvent } from '../../src/learners/courseState.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import type { Verb } from '../../src/learners/profileEvent.js';
import { takenUpAfter } from '../../src/recommendations/fitting/rankingCase.js';
import { createServingRules, ruledLearner } from '../../src/recommendations/pipeline/learnerRules.js';
import { learnerView } from '../../src/recommendations/pipeline/learnerView.js';
import { isObliged } from '../../src/recommendations/pipeline/obliged.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import type { RuleSchedule } from '../../src/rules/model/rule.js';
import { anInteraction } from '../support/builders.js';
import { recommendationInputs } from '../support/recommendationInputs.js';
import { aPlainCourse, aRule, aRuleSet } from '../support/ruleBuilders.js';

const at = (day: string) => new Date(`${day}T09:00:00Z`);
const catalog = withChanges(
  EMPTY_CATALOG,
  { courses: [aPlainCourse('law'), aPlainCourse('art')], skills: [], roles: [] },
  1,
);
const index = createServingIndex(catalog, null);

const did = (courseId: string, verb: Verb, day: string): LearnerState['courses'][number] => {
  const told = { progress: null, durationSeconds: null, score: null, reason: null };
  const state = foldCourseEvent(null, { verb, atMs: at(day).getTime(), ...told });
  if (state === null) throw new Error('nothing became of it');
  return { courseId, ...state };
};
const aState = (change: Partial<LearnerState> = {}): LearnerState => ({
  ...{ learnerId: 'e1', learner: null, courses: [], assignments: [], mandatedCourseIds: [], skills: [], searches: [] },
  ...change,
});

describe('what people took up', () => {
  test('is what they begin, go on with or end, and nothing else, in rows that nobody has checked', () => {
    const row = (verb: Verb, change: object = {}) =>
      anInteraction({ learnerId: 'e1', courseId: 'law', verb, at: at('2026-06-01'), ...change });
    const rows = [
      ...(['STARTED', 'PROGRESSED', 'COMPLETED', 'PASSED', 'ABANDONED'] as const).map((verb) => row(verb)),
      ...(['VIEWED', 'SAVED', 'RATED', 'DISMISSED', 'WAIVED', 'IMPRESSION'] as const).map((verb) => row(verb)),
      row('COMPLETED', { courseId: 'unknown' }),
      row('COMPLETED', { learnerId: '' }),
      row('COMPLETED', { at: new Date(Number.NaN) }),
    ];
    const found = takenUpIn(rows, new Set(['law']));
    expect(found).toEqual(Array(5).fill({ learnerId: 'e1', courseId: 'law', at: at('2026-06-01') }));
  });
});

describe('somebody is obliged by a rule', () => {
  const obliged = (day: string, state = aState(), schedule: Partial<RuleSchedule> = {}, courseId = 'law') => {
    const action = { kind: 'MANDATE', dueOn: '2026-12-31', dueDaysAfterHire: null } as const;
    const rule = aRule('duty', action, { target: { courseIds: ['law'] }, schedule, createdAt: '2026-03-01T00:00:00Z' });
    const serving = createServingRules({ version: 1, content: aRuleSet([rule]) }, index);
    return isObliged(
      ruledLearner(state, serving, 'OTHER', at(day).getTime(), () => new Map()),
      courseId,
      at(day),
      index,
    );
  };

  test('about its courses, while it holds, and never by one that was drafted only later', () => {
    expect(obliged('2026-06-01')).toBe(true);
    expect(obliged('2026-06-01', aState(), {}, 'art')).toBe(false);
    expect(obliged('2026-02-28')).toBe(false);
    const spring = { from: '2026-04-01', until: '2026-05-31', zone: 'UTC' };
    const days = ['2026-03-31', '2026-04-01', '2026-05-31', '2026-06-01'];
    expect(days.map((day) => obliged(day, aState(), spring))).toEqual([false, true, true, false]);
  });

  test('until they have done it: who completed a course of their own accord is not obliged to it any more', () => {
    expect(obliged('2026-06-01', aState({ courses: [did('law', 'STARTED', '2026-05-01')] }))).toBe(true);
    expect(obliged('2026-06-01', aState({ courses: [did('law', 'COMPLETED', '2026-01-01')] }))).toBe(false);
    const again = { courseId: 'law', obligation: 'ASSIGNED', dueAt: null, countsFrom: at('2026-05-01') } as const;
    const renewed = aState({ courses: [did('law', 'COMPLETED', '2026-01-01')], assignments: [again] });
    expect(obliged('2026-06-01', renewed)).toBe(true);
  });
});

test('what a rule obliged somebody to tells nothing of their wishes, also once the rule is gone', () => {
  const courses = [did('art', 'COMPLETED', '2026-05-01'), did('law', 'COMPLETED', '2026-05-02')];
  const wantedBy = (mandatedCourseIds: string[]) => {
    const inputs = recommendationInputs({
      now: at('2026-06-01'),
      state: aState({ courses, mandatedCourseIds }),
      index,
    });
    return learnerView(inputs).wanted.map(({ position }) => index.courses[position]?.id);
  };
  expect([wantedBy([]).sort(), wantedBy(['law'])]).toEqual([['art', 'law'], ['art']]);
  const { signalWeights } = recommendationInputs({ now: at('2026-06-01'), state: aState(), index });
  const state = aState({ courses, mandatedCourseIds: ['law'] });
  expect(takenUpAfter(state, at('2026-04-01'), signalWeights)).toEqual(['art']);
});
