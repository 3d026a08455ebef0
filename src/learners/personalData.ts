import type { DataDeclaration, PersonalTable } from '../platform/personalData.js';

/** Tables of the profile: every row is of one learner, and all of them can be folded again from the log. */
const profileTable = (
  table: string,
  section: string,
  description: string,
  impersonal: readonly string[],
  prose: readonly string[] = [],
): PersonalTable => ({
  table,
  section,
  description,
  columns: { learner_id: 'SUBJECT', ...Object.fromEntries(prose.map((column) => [column, 'PROSE'] as const)) },
  impersonal,
  exporter: 'OWN_ROWS',
  eraser: 'DELETE',
  // Folded anew from what is left whenever retention deletes activity.
  retention: { class: 'RECORD' },
});

/** What this feature knows about people. */
export const LEARNER_DATA: DataDeclaration = {
  personal: [
    {
      table: 'learner',
      section: 'learner',
      description:
        'Who you are to this service: department, location, role, manager, languages, working hours, choices.',
      columns: { id: 'SUBJECT', manager_id: 'CLEARED' },
      impersonal: ['timezone', 'languages', 'department', 'location', 'role_id', 'target_role_id', 'work_pattern'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'RECORD' },
    },
    {
      table: 'learner_skill',
      section: 'skills',
      description:
        'What was said of your skills: by you, your manager or an assessment, or inferred from what you did.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['skill_id', 'source', 'scale', 'scale_value'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'RECORD' },
    },
    {
      table: 'assignment',
      section: 'assignments',
      description: 'Courses that you were assigned or have to take, and by when.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['course_id', 'obligation'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'RECORD' },
    },
    {
      table: 'learner_leave',
      section: 'leave',
      description: 'Days on which you are away from work.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: [],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'RECORD' },
    },
    {
      table: 'mandated_course',
      section: 'mandatedCourses',
      description: 'Courses that you took because a rule obliged you to, and since when.',
      columns: { learner_id: 'SUBJECT' },
      impersonal: ['course_id'],
      exporter: 'OWN_ROWS',
      eraser: 'DELETE',
      retention: { class: 'RECORD' },
    },
    profileTable('learner_profile', 'profile', 'How much is known of what you did, and since when.', []),
    profileTable('learner_course', 'courses', 'Where you stand in each course that you touched.', [
      'course_id',
      'dismiss_reason',
    ]),
    profileTable('learner_active_hour', 'activeHours', 'Hours of the clock in which you did something.', []),
    profileTable('learner_touchpoint', 'devices', 'Devices and channels that you used.', ['device', 'channel']),
    profileTable('learner_search', 'searches', 'What you searched for, and whether anything was found.', [], ['term']),
    profileTable('learner_page', 'pages', 'Pages that you visited.', [], ['page']),
    profileTable('learner_sitting', 'sittings', 'How long you usually learn at a time.', ['device']),
  ],
  impersonal: [
    {
      table: 'erased_learner',
      because: 'keyed hashes, by which nobody is known without the key and the id',
      impersonal: ['learner_hash'],
    },
  ],
};
