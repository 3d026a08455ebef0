import type { DataDeclaration } from '../platform/personalData.js';

/** What this feature knows about people. */
export const PRIVACY_DATA: DataDeclaration = {
  personal: [
    {
      table: 'erasure',
      section: 'erasures',
      description: 'Erasures that you asked for as the one who answers such requests.',
      columns: { learner_id: 'PENDING', requested_by: 'ACTOR', reason: 'PROSE' },
      impersonal: ['id', 'pseudonym', 'status', 'counts', 'remaining'],
      exporter: 'NAMING_ROWS',
      eraser: 'REPLACE',
      retention: { class: 'CONFIGURATION' },
    },
  ],
  impersonal: [{ table: 'retention_sweep', because: 'counts of what was deleted when', impersonal: [] }],
};
