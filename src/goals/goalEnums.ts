import { registerEnumType } from 'type-graphql';
import { enumOf } from '../platform/graphql/enums.js';
import { ALIGNMENTS, DIRECTIONS, GOAL_METRICS } from './goal.js';
import { COUNTER_STATUSES, GOAL_STATUSES } from './progress/goalOutlook.js';

export const GoalMetricKindEnum = enumOf(GOAL_METRICS);
registerEnumType(GoalMetricKindEnum, {
  name: 'GoalMetricKind',
  description: 'What a goal is measured by, over the active people of its audience.',
  valuesConfig: {
    COMPLETIONS: {
      description:
        'Courses completed or passed per person in the 28 days before, ten of a person at most; of `courseIds` only, where ' +
        'they are given.',
    },
    LEARNING_HOURS: {
      description:
        'Hours of learning per person in the 28 days before, 20 of a person at most; with `courseIds` only, where they are ' +
        'given.',
    },
    ACTIVE_LEARNER_SHARE: {
      description: 'Engagement: share of people who opened, began or went on with a course in the 28 days before, 0–1.',
    },
    COMPLETION_RATE: { description: 'Share of the named courses that people have completed or passed by then, 0–1.' },
    SKILL_LEVEL: { description: 'Mean level in the named skills, 0–1; a skill that nothing is known of counts as 0.' },
    SKILL_TARGET_REACHED: {
      description: 'Among people whose role, or target role, needs the named skills: share who are where it asks, 0–1.',
    },
    SATISFACTION: {
      description:
        'Mean over people of what each rated, and answered by `recordFeedback`, in the 28 days before, −1 to 1.',
    },
    EXTERNAL_KPI: {
      description:
        'The KPI `kpiId`: what `recordKpi` told of the very department, role, location or organisation that is the ' +
        'audience, or otherwise the mean of its people’s figures.',
    },
  },
});

export const AlignmentEnum = enumOf(ALIGNMENTS);
registerEnumType(AlignmentEnum, {
  name: 'GoalAlignment',
  description:
    'How strongly what serves a goal is put forward to its audience, as agreed with its owner, beside how far a learner’s ' +
    'best and 50th best course are apart. A course serves a goal wholly when the goal names it, and otherwise by the share ' +
    'of what it teaches that is among the goal’s skills. `Policy.strengths` of GOAL multiplies it.',
  valuesConfig: {
    NONE: { description: 'The goal is only measured.' },
    SLIGHT: { description: 'An eighth of that distance: decides between courses that are nearly as good.' },
    MODERATE: { description: 'Three tenths of it: what serves the goal comes well up the list.' },
    STRONG: { description: 'Three quarters of it: a middling course that serves the goal wholly comes near the top.' },
  },
});

export const DirectionEnum = enumOf(DIRECTIONS);
registerEnumType(DirectionEnum, {
  name: 'Direction',
  description: 'Which way a figure gets better.',
  valuesConfig: {
    HIGHER_IS_BETTER: { description: 'More is better.' },
    LOWER_IS_BETTER: { description: 'Less is better.' },
  },
});

export const GoalStatusEnum = enumOf(GOAL_STATUSES);
registerEnumType(GoalStatusEnum, {
  name: 'GoalStatus',
  description:
    'Whether a goal will be reached if its figures go on as in the last 26 weeks. After the due date: whether it was reached.',
  valuesConfig: {
    ON_TRACK: { description: 'The forecast for the due date is at the target or better.' },
    AT_RISK: { description: 'The forecast falls short of the target, which is within its 80 % interval.' },
    OFF_TRACK: { description: 'Even the good end of the 80 % interval falls short of the target.' },
    CANNOT_TELL: {
      description:
        'There are figures of fewer than eight weeks, or the last are older than 35 days and three usual steps (as of the due ' +
        'date, once it is over), or the audience has too few people. Or they are of so few that they come in wide steps, have ' +
        'moved by no more than two of them, and leave open whether the target is reached.',
    },
  },
});

export const CounterStatusEnum = enumOf(COUNTER_STATUSES);
registerEnumType(CounterStatusEnum, {
  name: 'CounterMetricStatus',
  description: 'What the counter-metric of a goal does while the goal gets nearer.',
  valuesConfig: {
    HOLDS: { description: 'It has not got worse by more than chance while the goal got nearer.' },
    PARTS: {
      description:
        'A warning: over the same weeks, eight at least, the goal got nearer and this got worse, each with an 80 % interval ' +
        'of its weekly drift that is wholly on that side of 0.',
    },
    CANNOT_TELL: { description: 'The two share fewer than eight weeks of figures.' },
  },
});
