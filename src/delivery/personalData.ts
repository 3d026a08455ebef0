import type { DataDeclaration } from '../platform/personalData.js';

/** What this feature knows about people. */
export const DELIVERY_DATA: DataDeclaration = {
  personal: [
    {
      table: 'delivery_plan',
      section: 'deliveryPlans',
      description: 'When courses were planned to reach you.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['suggestion_id', 'team', 'course_id', 'purpose'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'DECISIONS', withTable: 'delivery_suggestion' },
    },
    {
      table: 'delivery_suggestion',
      section: 'deliverySuggestions',
      description: 'When, on what and in which form a course was suggested to reach you, and for which reasons.',
      columns: { learner_id: 'SUBJECT', suggestion: 'JSON' },
      impersonal: ['id', 'course_id'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'DECISIONS', at: 'expires_at' },
    },
    {
      table: 'delivery_event',
      section: 'deliveries',
      description: 'What became of messages to you: sent, opened, muted.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['event_id', 'suggestion_id', 'course_id', 'channel', 'device', 'outcome'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      // A mute holds until it is lifted, however long ago it was said.
      retention: { class: 'OUTCOMES', at: 'at', only: `t.outcome <> 'MUTED'` },
    },
    {
      table: 'delivery_mute',
      section: 'mutes',
      description: 'What you do not want to be sent, and since when.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['channel', 'course_id'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'RECORD' },
    },
  ],
  impersonal: [{ table: 'holiday', because: 'days on which nobody of a place is at work', impersonal: [] }],
};
