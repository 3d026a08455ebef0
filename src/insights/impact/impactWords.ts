import type { Design } from './study.js';
import type { ImpactSubjectKind } from './subject.js';

/** Neither departments, roles and places nor gaps keep a past. */
const AS_OF_NOW =
  'Whom a rule or a goal is for is told by what people are now, since what they were earlier is not kept: they were in its ' +
  'audience then who are in it now, and departments had as many people.';

/** What has to be true for a figure to mean what it seems to. */
const ASSUMPTIONS: Readonly<Record<Design, readonly string[]>> = {
  RANDOMISED: [
    'Who got what was drawn, so both sides differ by chance alone; the intervals hold however often they are looked at.',
    'What one person gets does not change what people on the other side do.',
    'The log tells of both sides alike.',
    'Courses that are assigned to somebody do not count for them.',
  ],
  HOLDOUT: [
    'Who was held out was drawn, so both sides differ by chance alone; the intervals hold however often they are looked at.',
    'Held-out people were not reached in another way.',
    'What one person gets does not change what people on the other side do.',
    'Courses that are assigned to somebody count for them only where it is about single courses.',
    AS_OF_NOW,
  ],
  MATCHED: [
    'People are matched by the size of their department, the hours in which they were active in the 90 days before, and how ' +
      'much was known of them; nothing else that matters sets those who are alike in these apart.',
    'The difference is of the change since before, so what always set the two sides apart does not count.',
    'Nobody on the other side was reached as well.',
    AS_OF_NOW,
  ],
  BEFORE_AFTER: ['Nothing else changed between the two times: no season, no news, no other campaign.'],
};

/** What is not said, however the figures look. */
const NOT_CLAIMED: Readonly<Record<Design, readonly string[]>> = {
  RANDOMISED: [
    'That the effect is the same for everybody, or for people who took no part.',
    'That it lasts longer than people were watched.',
  ],
  HOLDOUT: [
    'That the effect is the same for everybody, or for people who were not in the audience.',
    'That it lasts longer than people were watched.',
  ],
  MATCHED: [
    'That it is the cause: people were not drawn, and what nobody measured may set them apart.',
    'Anything about the people for whom nobody alike was found.',
  ],
  BEFORE_AFTER: [
    'That it is the cause: whatever else changed meanwhile is part of the difference.',
    'What would have happened without it.',
  ],
};

/** The holdout of rules is one for all of them: it tells of a single rule only what no other can have done. */
const OF_ONE_RULE = {
  assumptions: [
    'The held out lack every soft rule and take part in no experiment; none of these but the rule itself changes what people ' +
      'do with its courses, whatever else it puts before or behind them.',
    'Lists from before had the other soft rules of their time, and whoever is held out has not had those since.',
  ],
  notClaimed: [
    'That it is this rule by itself: strictly, it is everything that the held out lack, as far as it reaches its courses.',
  ],
};

/** Of people who are named one by one. */
const NOTHING_TOLD =
  'Anything: it is for people who are named one by one, and whoever knows all of them but one would learn of that one. Choose ' +
  'them by department, role, place or language to be told.';

export function wordsOf(kind: ImpactSubjectKind, design: Design, isTold: boolean) {
  const own = kind === 'RULE' && design === 'HOLDOUT' ? OF_ONE_RULE : { assumptions: [], notClaimed: [] };
  return {
    assumptions: [...ASSUMPTIONS[design], ...own.assumptions],
    notClaimed: isTold ? [...NOT_CLAIMED[design], ...own.notClaimed] : [NOTHING_TOLD],
  };
}
