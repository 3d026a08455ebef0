import type { DataDeclaration } from '../platform/personalData.js';

const because = 'what there is to learn, not who learns it';

/** What this feature knows about people: nothing. */
export const CATALOG_DATA: DataDeclaration = {
  personal: [],
  impersonal: [
    { table: 'skill', because, impersonal: [] },
    { table: 'role', because, impersonal: [] },
    { table: 'role_skill', because, impersonal: [] },
    { table: 'course', because, impersonal: ['tags', 'search_document'] },
    { table: 'course_skill', because, impersonal: [] },
    { table: 'course_prerequisite', because, impersonal: [] },
    { table: 'live_session', because, impersonal: [] },
  ],
};
