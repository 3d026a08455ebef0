/** Where a list is shown. */
export const SURFACES = ['HOME', 'COURSE_PAGE', 'SEARCH', 'EMAIL', 'CHAT', 'MOBILE', 'OTHER'] as const;
export type Surface = (typeof SURFACES)[number];
