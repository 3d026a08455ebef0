import { describe, expect, test } from 'vitest';
import type { CampaignContent } from '../../src/campaigns/campaign.js';
import { progressOf, type StepTally } from '../../src/campaigns/progress.js';

const content: CampaignContent = {
  ...{ name: 'Basics', owner: 'L&D', note: null, goalId: null, courseIds: ['one', 'two'], pathRoleId: null },
  audience: {
    ...{ departments: ['Sales'], roleIds: [], locations: [], languages: [], learnerIds: [] },
    ...{ hiredWithinDays: null, skillGap: null },
  },
  ...{ mode: 'DRIP', dripDays: 7, purpose: 'RECOMMENDATION' },
  schedule: { from: null, until: null, zone: 'UTC' },
  ...{ holdoutPercent: 0, weeklyCap: 2, dailyCap: null },
};
const members = { enrolled: 12, heldOut: 0, gone: 0, finished: 0 };
const tally = (step: number, people: number): StepTally => ({ step, week: null, kind: 'planned', people });
const inFives = (people: number) => (people < 5 ? null : people);

describe('the progress of a campaign', () => {
  test('names the course of a step by what the campaign brings, whoever got so far', () => {
    const { steps } = progressOf(members, [tally(1, 12), tally(2, 7)], content, inFives);
    expect(steps.map(({ step, courseId, planned }) => [step, courseId, planned])).toEqual([
      [1, 'one', 12],
      [2, 'two', 7],
    ]);
    const onPath = progressOf(members, [tally(1, 12)], { ...content, courseIds: [], pathRoleId: 'nurse' }, inFives);
    expect(onPath.steps).toMatchObject([{ step: 1, courseId: null }]);
  });

  test('leaves out steps that only a few got to, since they would show that somebody did', () => {
    const { steps } = progressOf(members, [tally(1, 12), tally(2, 1)], content, inFives);
    expect(steps.map(({ step }) => step)).toEqual([1]);
    expect(progressOf(members, [tally(2, 1)], content, (people) => people).steps).toMatchObject([
      { step: 2, planned: 1, completed: 0 },
    ]);
  });
});
