import { primaryLanguage } from './course.js';

/**
 * Text search configurations of PostgreSQL by BCP 47 primary subtag, as far as PostgreSQL 15 has them: both a server and
 * the embedded database know them all.
 */
const CONFIGURATIONS = {
  ar: 'arabic',
  hy: 'armenian',
  eu: 'basque',
  ca: 'catalan',
  da: 'danish',
  nl: 'dutch',
  en: 'english',
  fi: 'finnish',
  fr: 'french',
  de: 'german',
  el: 'greek',
  hi: 'hindi',
  hu: 'hungarian',
  id: 'indonesian',
  ga: 'irish',
  it: 'italian',
  lt: 'lithuanian',
  ne: 'nepali',
  no: 'norwegian',
  nb: 'norwegian',
  nn: 'norwegian',
  pt: 'portuguese',
  ro: 'romanian',
  ru: 'russian',
  sr: 'serbian',
  es: 'spanish',
  sv: 'swedish',
  ta: 'tamil',
  tr: 'turkish',
  yi: 'yiddish',
} as const;

/** Words as they are written, for every other language and for none. */
const PLAIN = 'simple';

const configurationByLanguage = new Map<string, string>(Object.entries(CONFIGURATIONS));

/** @param language BCP 47; null: suits every language */
export function textConfiguration(language: string | null): string {
  return configurationByLanguage.get(primaryLanguage(language ?? '')) ?? PLAIN;
}

const cases = Object.entries(CONFIGURATIONS).map(([language, name]) => `WHEN '${language}' THEN '${name}'`);

/** `textConfiguration` of the course at hand, in SQL. */
export const COURSE_CONFIGURATION_SQL = `CASE lower(split_part(course.language, '-', 1)) ${cases.join(' ')} ELSE '${PLAIN}' END`;
