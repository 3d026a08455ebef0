import { registerEnumType } from 'type-graphql';
import { enumOf } from '../platform/graphql/enums.js';
import {
  EXPERIMENT_LAYERS,
  EXPERIMENT_METRICS,
  EXPERIMENT_MODES,
  EXPERIMENT_STATUSES,
  EXPERIMENT_UNITS,
} from './experiment.js';

export const ExperimentStatusEnum = enumOf(EXPERIMENT_STATUSES);
registerEnumType(ExperimentStatusEnum, {
  name: 'ExperimentStatus',
  description: 'How far an experiment is.',
  valuesConfig: {
    DRAFT: { description: 'It has not run and may be changed.' },
    RUNNING: { description: 'People are drawn into its variants. What it is stays as it is from now on.' },
    STOPPED: { description: 'It is over, and nothing was decided yet: everybody gets what counted before.' },
    SHIPPED: { description: 'What one of its variants changes counts for everybody.' },
    ROLLED_BACK: { description: 'It is over, and what counted before counts for everybody.' },
  },
});

export const ExperimentUnitEnum = enumOf(EXPERIMENT_UNITS);
registerEnumType(ExperimentUnitEnum, {
  name: 'ExperimentUnit',
  description: 'What is drawn into a variant.',
  valuesConfig: {
    LEARNER: { description: 'Each person by themself.' },
    TEAM: {
      description:
        'All people of a department together, where what one of them sees rubs off on the others. There are far fewer ' +
        'departments than people, so such an experiment tells less. People without a department take no part.',
    },
  },
});

export const ExperimentModeEnum = enumOf(EXPERIMENT_MODES);
registerEnumType(ExperimentModeEnum, {
  name: 'ExperimentMode',
  description: 'How variants are compared.',
  valuesConfig: {
    SPLIT: { description: 'Each person or team gets one variant.' },
    INTERLEAVED: {
      description:
        'Each list of everybody who takes part is drawn from the lists of both variants by team draft, and each place is ' +
        'credited to the variant it came from: much more sensitive where people are few, for changes of lists alone. Feeds ' +
        'are those of the control.',
    },
  },
});

export const ExperimentLayerEnum = enumOf(EXPERIMENT_LAYERS);
registerEnumType(ExperimentLayerEnum, {
  name: 'ExperimentLayer',
  description: 'What variants change. A person takes part in one running experiment of each layer at most.',
  valuesConfig: {
    LISTS: { description: 'Lists and feeds: the policy, the rule set or the model.' },
    DELIVERY: { description: 'When and how often people are reached: the delivery policy.' },
  },
});

export const ExperimentMetricEnum = enumOf(EXPERIMENT_METRICS);
registerEnumType(ExperimentMetricEnum, {
  name: 'ExperimentMetric',
  description:
    'What is compared between variants: a figure of each person who was exposed, of what they did from their first exposure ' +
    'until the experiment ended, or now. What somebody has to take, by assignment or rule, does not count.',
  valuesConfig: {
    CLICK_RATE: {
      description: 'Share of people who clicked on a course of a list that they were served; higher is better.',
    },
    START_RATE: { description: 'Share of people who started a course; higher is better.' },
    COMPLETION_RATE: { description: 'Share of people who completed or passed a course; higher is better.' },
    COMPLETIONS_PER_LEARNER: {
      description: 'Different courses that a person completed or passed, on average; higher is better.',
    },
    LEARNING_MINUTES: { description: 'Minutes that a person spent with courses, on average; higher is better.' },
    DISMISS_RATE: { description: 'Share of people who dismissed a course; lower is better.' },
    OPEN_RATE: {
      description:
        'Share of the messages sent to a person, following suggestions they were served, that they opened; higher is better.',
    },
  },
});
