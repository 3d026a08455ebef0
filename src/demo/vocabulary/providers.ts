import type { CourseKind } from '../../catalog/course.js';
import type { AreaFamily } from './words.js';

/** An invented publisher and what it is asked for; nulls mean everything. */
export interface ProviderWords {
  readonly name: string;
  readonly share: number;
  readonly families: readonly AreaFamily[] | null;
  readonly kinds: readonly CourseKind[] | null;
  readonly language: string | null;
}

/** All names are made up. The first one publishes whatever nobody else would. */
export const PROVIDERS: readonly ProviderWords[] = [
  { name: 'In-House Academy', share: 3, families: null, kinds: null, language: null },
  { name: 'Fenwick Hollow Learning', share: 4, families: ['PEOPLE', 'BUSINESS'], kinds: null, language: 'en' },
  { name: 'Tallowmere Institute', share: 3, families: ['BUSINESS'], kinds: null, language: 'en' },
  { name: 'Stellwick Labs', share: 5, families: ['DIGITAL'], kinds: null, language: 'en' },
  { name: 'Greyloft Engineering School', share: 3, families: ['DIGITAL'], kinds: null, language: 'en' },
  { name: 'Ostervale Safety', share: 4, families: ['DUTY'], kinds: null, language: null },
  { name: 'Quillhaven Press', share: 14, families: null, kinds: ['BOOK'], language: 'en' },
  { name: 'Pinemarch Audio', share: 12, families: null, kinds: ['PODCAST'], language: null },
  { name: 'Larkvane Shorts', share: 6, families: null, kinds: ['VIDEO', 'ARTICLE'], language: 'en' },
  { name: 'Mosswick & Ardley Coaching', share: 10, families: null, kinds: ['COACHING', 'MENTORING'], language: 'en' },
  { name: 'Brackenfold Exams', share: 10, families: null, kinds: ['ASSESSMENT'], language: null },
  { name: 'Grauwald Kolleg', share: 12, families: null, kinds: null, language: 'de' },
  { name: 'Atelier Montclou', share: 12, families: null, kinds: null, language: 'fr' },
  { name: 'Aula Valdemora', share: 12, families: null, kinds: null, language: 'es' },
];
