import type { DataDeclaration } from '../platform/personalData.js';

/** What this feature knows about people. */
export const EXPERIMENT_DATA: DataDeclaration = {
  personal: [
    {
      table: 'experiment',
      section: 'experiments',
      description: 'Experiments for people among whom you are named, and those that you set up.',
      columns: { definition: 'JSON', created_by: 'ACTOR', edited_by: 'ACTOR', reason: 'PROSE', shipped: 'JSON' },
      impersonal: ['id', 'status', 'salt'],
      exporter: 'NAMING_ROWS',
      eraser: 'REPLACE',
      retention: { class: 'CONFIGURATION' },
    },
    {
      table: 'experiment_exposure',
      section: 'experimentExposures',
      description: 'Which variant of which experiment you were served, from when to when and how often.',
      columns: { learner_id: 'SUBJECT', unit_id: 'PERSON' },
      impersonal: ['experiment_id', 'variant_id'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: {
        class: 'DECISIONS',
        at: 'last_exposed_at',
        only: `NOT EXISTS (SELECT FROM experiment e WHERE e.id = t.experiment_id AND e.status = 'RUNNING')`,
      },
    },
  ],
  impersonal: [],
};
