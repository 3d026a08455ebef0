import type { DataDeclaration } from '../platform/personalData.js';

/** What this feature knows about people: nothing that is any single one's. */
export const TRAINING_DATA: DataDeclaration = {
  personal: [],
  impersonal: [
    {
      table: 'model_version',
      because:
        'what courses have in common and when people are active, over everybody: factors of learners are worked out at ' +
        'each request and never stored',
      impersonal: ['metrics', 'artifact', 'seal', 'ranking', 'timing'],
    },
  ],
};
