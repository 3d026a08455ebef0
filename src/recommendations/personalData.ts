import type { DataDeclaration } from '../platform/personalData.js';

/** What this feature knows about people. */
export const RECOMMENDATION_DATA: DataDeclaration = {
  personal: [
    {
      table: 'served_list',
      section: 'servedLists',
      description: 'Every list that was made for you: what was in it, by which model and rules, and for which reasons.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: [
        'id',
        'surface',
        'strategy',
        'model_version',
        'variant',
        'teams',
        'course_ids',
        'scores',
        'propensities',
        'sources',
        'pages',
        'shelves',
        'applied_rules',
      ],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'DECISIONS', at: 'created_at' },
    },
    {
      table: 'rule_preview',
      section: 'rulePreviews',
      description: 'Previews of rules in which your list was shown, or that you asked for.',
      columns: { requested_by: 'ACTOR', order: 'JSON', progress: 'JSON', result: 'JSON', error: 'PROSE' },
      impersonal: ['id', 'status', 'request_hash', 'settings'],
      exporter: 'NAMING_ROWS',
      // Gone after a day anyway.
      eraser: 'DELETE_NAMING',
      retention: { class: 'WORK', at: 'requested_at' },
    },
  ],
  impersonal: [],
};
