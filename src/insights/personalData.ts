import type { DataDeclaration } from '../platform/personalData.js';

/** What this feature knows about people. */
export const INSIGHT_DATA: DataDeclaration = {
  personal: [
    {
      table: 'insight_month',
      section: 'insightMonths',
      description: 'Months whose figures wait to be counted again, and by whose late activity.',
      columns: { waiting_learner_ids: 'IDS' },
      impersonal: [],
      exporter: { nothing: 'a note of this service to itself, of activity that is exported whole' },
      eraser: 'REPLACE',
      retention: { class: 'CONFIGURATION' },
    },
  ],
  impersonal: [{ table: 'insight_cell', because: 'counts over groups of five or more people', impersonal: [] }],
};
