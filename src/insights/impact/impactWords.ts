import type { Design } from './study.js';

/** What has to be true for a figure to mean what it seems to. */
export const ASSUMPTIONS: Readonly<Record<Design, readonly string[]>> = {
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
  ],
  MATCHED: [
    'People are matched by the size of their department, the hours in which they were active in the 90 days before, and how ' +
      'much was known of them; nothing else that matters sets those who are alike in these apart.',
    'The difference is of the change since before, so what always set the two sides apart does not count.',
    'Nobody on the other side was reached as well.',
    'People belonged to the audience then who belong to it now.',
  ],
  BEFORE_AFTER: ['Nothing else changed between the two times: no season, no news, no other campaign.'],
};

/** What is not said, however the figures look. */
export const NOT_CLAIMED: Readonly<Record<Design, readonly string[]>> = {
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
