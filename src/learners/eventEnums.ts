import { registerEnumType } from 'type-graphql';
import { enumOf } from '../platform/graphql/enums.js';
import { CHANNELS, DEVICES, DISMISS_REASONS } from './profileEvent.js';

export const DeviceEnum = enumOf(DEVICES);
registerEnumType(DeviceEnum, {
  name: 'Device',
  description: 'What something was done on.',
  valuesConfig: {
    DESKTOP: { description: 'A computer.' },
    MOBILE: { description: 'A phone.' },
    TABLET: { description: 'A tablet.' },
    OTHER: { description: 'Something else.' },
  },
});

export const ChannelEnum = enumOf(CHANNELS);
registerEnumType(ChannelEnum, {
  name: 'Channel',
  description: 'How something reached the learner.',
  valuesConfig: {
    PORTAL: { description: 'In a learning portal.' },
    EMAIL: { description: 'By e-mail.' },
    CHAT: { description: 'In a chat tool.' },
    PUSH: { description: 'As a notification on a device.' },
    CALENDAR: { description: 'As a calendar entry.' },
    OTHER: { description: 'In another way.' },
  },
});

export const DismissReasonEnum = enumOf(DISMISS_REASONS);
registerEnumType(DismissReasonEnum, {
  name: 'DismissReason',
  description: 'Why somebody does not want to be shown a course.',
  valuesConfig: {
    NOT_RELEVANT: { description: 'It has nothing to do with what they want to learn.' },
    ALREADY_KNOW: { description: 'They know it already: counts for their skills, and nothing against such courses.' },
    TOO_EASY: { description: 'It asks too little of them.' },
    TOO_HARD: { description: 'It asks too much of them.' },
    TOO_LONG: { description: 'It takes too much time.' },
    WRONG_FORMAT: { description: 'They would learn it in another form.' },
    NOT_NOW: { description: 'They have no time at present: counts nothing against such courses.' },
    OTHER: { description: 'Another reason.' },
  },
});
