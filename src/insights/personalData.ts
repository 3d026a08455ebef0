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
    {
      table: 'insight_cell',
      section: 'insightCells',
      description: 'Figures of groups of five or more people, by what they looked for and which pages they visited.',
      // Pages and searches are told as they came: a page may be about somebody.
      columns: { key: 'PROSE' },
      impersonal: ['group_kind', 'group_value', 'section'],
      exporter: { nothing: 'counts over groups of five or more people' },
      eraser: 'DELETE_NAMING',
      retention: { class: 'CONFIGURATION' },
    },
  ],
  impersonal: [],
};
