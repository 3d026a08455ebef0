import type { DataDeclaration } from '../platform/personalData.js';

/** What this feature knows about people. */
export const ACTIVITY_DATA: DataDeclaration = {
  personal: [
    {
      table: 'interaction',
      section: 'activity',
      description: 'Everything that learning portals told of what you did, in the order in which it came.',
      columns: { learner_id: 'SUBJECT', query: 'PROSE', page: 'PROSE' },
      impersonal: ['source', 'event_id', 'course_id', 'verb', 'device', 'channel', 'served_list_id', 'reason'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      // What was finished stays, see `LASTING_VERBS`.
      retention: { class: 'ACTIVITY', sweeper: true },
    },
  ],
  impersonal: [],
};
