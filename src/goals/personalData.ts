import type { DataDeclaration } from '../platform/personalData.js';

/** What this feature knows about people. */
export const GOAL_DATA: DataDeclaration = {
  personal: [
    {
      table: 'kpi_observation',
      section: 'figures',
      description: 'Figures of other systems that are about you.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['source', 'event_id', 'kpi_id', 'subject_kind', 'subject'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      // Those of groups and of the organisation are nobody's.
      retention: { class: 'OUTCOMES', at: 'received_at', only: 't.learner_id IS NOT NULL' },
    },
    {
      table: 'survey_answer',
      section: 'surveyAnswers',
      description: 'What you answered when you were asked.',
      columns: { learner_id: 'SUBJECT', comment: 'PROSE' },
      impersonal: ['source', 'event_id', 'course_id', 'question_id'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'OUTCOMES', at: 'at' },
    },
    {
      table: 'goal',
      section: 'goals',
      description: 'Goals for people among whom you are named, and those that you own, set or closed.',
      columns: { owner: 'PROSE', content: 'JSON', created_by: 'ACTOR', closed_by: 'ACTOR', close_reason: 'PROSE' },
      impersonal: ['id'],
      exporter: 'NAMING_ROWS',
      eraser: 'REPLACE',
      retention: { class: 'CONFIGURATION' },
    },
    {
      table: 'goal_review',
      section: 'goalReviews',
      description: 'What you noted when you looked at a goal.',
      columns: { by: 'ACTOR', note: 'PROSE' },
      impersonal: ['goal_id', 'client_mutation_id'],
      exporter: 'NAMING_ROWS',
      eraser: 'REPLACE',
      retention: { class: 'CONFIGURATION' },
    },
  ],
  impersonal: [
    { table: 'kpi', because: 'what is measured, not whom it was measured of', impersonal: [] },
    { table: 'goal_progress', because: 'counts and means over the people of a goal', impersonal: [] },
  ],
};
