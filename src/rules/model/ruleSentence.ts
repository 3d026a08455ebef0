import type { CourseKind } from '../../catalog/course.js';
import { shorten } from '../../platform/text.js';
import type { Rule, RuleAction, RuleAudience, RuleSchedule, RuleStrength, RuleTarget } from './rule.js';
import { canonicalRule } from './ruleSetHash.js';
import type { Surface } from './surface.js';

/** What ids are called; null for one that nothing is known by. */
export interface RuleNames {
  readonly course: (id: string) => string | null;
  readonly skill: (id: string) => string | null;
  readonly role: (id: string) => string | null;
}

/** More values than this are counted, so that a sentence stays one that people read. */
const MAX_VALUES_NAMED = 5;
const MAX_NAME_LENGTH = 80;
const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 2, useGrouping: false });

const KIND_NOUNS: Readonly<Record<CourseKind, string>> = {
  COURSE: 'ordinary courses',
  VIDEO: 'videos',
  ARTICLE: 'articles',
  BOOK: 'books',
  PODCAST: 'podcasts',
  ASSESSMENT: 'assessments',
  LIVE_SESSION: 'live sessions',
  COACHING: 'coaching',
  MENTORING: 'mentoring',
  PATH: 'learning paths',
};

const STRENGTH_ADVERBS: Readonly<Record<RuleStrength, string>> = {
  SLIGHT: 'slightly',
  MODERATE: 'moderately',
  STRONG: 'strongly',
};

const SURFACE_PHRASES: Readonly<Record<Surface, string>> = {
  HOME: 'on the home page',
  COURSE_PAGE: 'on course pages',
  SEARCH: 'in search',
  EMAIL: 'in e-mails',
  CHAT: 'in chat',
  MOBILE: 'in the mobile app',
  OTHER: 'in other places',
};

/**
 * What a rule does, as one English sentence that names every criterion that is filled in: `For Engineering in Berlin,
 * "Security Basics" comes first until 30 November 2026 (Europe/Berlin).` The same rule is the same sentence everywhere.
 */
export function sentenceOf(rule: Rule, names: RuleNames): string {
  const { audience, target, action, surfaces, schedule } = canonicalRule(rule);
  const parts = [
    `For ${audiencePhrase(audience, names)}, ${actionPhrase(action, target, names)}`,
    allOf(surfaces.map((surface) => SURFACE_PHRASES[surface])),
    schedulePhrase(schedule, isDated(action)),
  ];
  return `${parts.filter((part) => part !== '').join(' ')}.`;
}

function audiencePhrase(audience: RuleAudience, names: RuleNames): string {
  const { departments, roleIds, locations, learnerIds } = audience;
  const clauses = audienceClauses(audience, names);
  const isEverybody = [departments, roleIds, locations].every((values) => values.length === 0) && clauses.length === 0;
  const parts: string[] = [];
  if (learnerIds.length > 0) {
    parts.push(`${learnerIds.length === 1 ? 'the learner' : 'the learners'} ${allOf(learnerIds)}`);
    if (departments.length > 0) parts.push(`of ${anyOf(departments)}`);
  } else if (departments.length > 0) parts.push(anyOf(departments));
  else parts.push(isEverybody ? 'everyone' : 'people');
  if (locations.length > 0) parts.push(`in ${anyOf(locations)}`);
  if (roleIds.length > 0) parts.push(`with the role ${anyOf(roleIds.map((id) => quoted(names.role(id) ?? id)))}`);
  if (clauses.length > 0) parts.push(`who ${allOf(clauses)}`);
  return parts.join(' ');
}

function audienceClauses({ languages, skillGap, hiredWithinDays }: RuleAudience, names: RuleNames): string[] {
  const clauses: string[] = [];
  if (languages.length > 0) clauses.push(`understand ${anyOf(languages.map(languageName))}`);
  if (skillGap !== null) {
    const { skillId, atLeast } = skillGap;
    clauses.push(`are short of ${quoted(names.skill(skillId) ?? skillId)} by at least ${NUMBER.format(atLeast)}`);
  }
  if (hiredWithinDays !== null) clauses.push(`were hired no more than ${counted(hiredWithinDays, 'day')} ago`);
  return clauses;
}

/** The English name of a language; its code where there is none. */
function languageName(code: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

function actionPhrase(action: RuleAction, target: RuleTarget, names: RuleNames): string {
  const courses = targetPhrase(target, names);
  const isOne = isOneCourse(target);
  const are = isOne ? 'is' : 'are';
  switch (action.kind) {
    case 'MANDATE':
      return `${courses} ${are} mandatory, due ${duePhrase(action)}`;
    case 'EXCLUDE':
      return `${courses} ${are} never recommended`;
    case 'REQUIRE_ONLY':
      return `only ${courses} ${are} recommended`;
    case 'BOOST':
      return `${courses} ${are} ${STRENGTH_ADVERBS[action.strength]} boosted`;
    case 'BURY':
      return `${courses} ${are} ${STRENGTH_ADVERBS[action.strength]} buried`;
    case 'QUOTA':
      return `at least ${NUMBER.format(action.percent)} % of the places go to ${courses}`;
    case 'PIN':
      return `${isOne ? courses : `the best of ${courses}`} comes ${action.place === 1 ? 'first' : `in place ${action.place}`}`;
    case 'CAP':
      return capPhrase(action, courses);
  }
}

function capPhrase({ atMost, per }: Extract<RuleAction, { kind: 'CAP' }>, courses: string): string {
  const group = per === 'PROVIDER' ? 'from the same provider' : 'with the same tag';
  return `of ${courses}, no more than ${atMost} ${group} ${atMost === 1 ? 'stands' : 'stand'} in any ten places in a row`;
}

function duePhrase({ dueOn, dueDaysAfterHire }: Extract<RuleAction, { kind: 'MANDATE' }>): string {
  return dueOn === null ? `${counted(dueDaysAfterHire ?? 0, 'day')} after being hired` : `on ${dayPhrase(dueOn)}`;
}

const isDated = ({ kind }: RuleAction): boolean => kind === 'MANDATE';

/** Just one course that is named, and nothing else that it has to be. */
function isOneCourse({ courseIds, ...others }: RuleTarget): boolean {
  return courseIds.length === 1 && Object.values(others).every((value) => value === null || isEmptyList(value));
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function targetPhrase(target: RuleTarget, names: RuleNames): string {
  const { courseIds, tags, skillIds, providers, kinds, levels } = target;
  const titles = courseIds.map((id) => quoted(names.course(id) ?? id));
  const parts: string[] = [];
  if (levels.length > 0) parts.push(`${anyOf(levels.map((level) => level.toLowerCase()))}-level`);
  parts.push(kinds.length === 0 ? 'courses' : anyOf(kinds.map((kind) => KIND_NOUNS[kind])));
  if (titles.length > 0) parts.push(`among ${allOf(titles)}`);
  if (providers.length > 0) parts.push(`from ${anyOf(providers)}`);
  if (tags.length > 0) parts.push(`tagged ${anyOf(tags.map(quoted))}`);
  if (skillIds.length > 0) parts.push(`teaching ${anyOf(skillIds.map((id) => quoted(names.skill(id) ?? id)))}`);
  const duration = durationPhrase(target);
  if (duration !== '') parts.push(duration);
  if (parts.length === 1 && kinds.length === 0) return 'all courses';
  const isTitlesAlone = titles.length > 0 && parts.length === 2 && kinds.length === 0;
  return isTitlesAlone ? allOf(titles) : parts.join(' ');
}

function durationPhrase({ minDurationMinutes: min, maxDurationMinutes: max }: RuleTarget): string {
  if (min === null && max === null) return '';
  if (min === null) return `of at most ${counted(max ?? 0, 'minute')}`;
  return max === null ? `of at least ${counted(min, 'minute')}` : `of ${min} to ${counted(max, 'minute')}`;
}

function schedulePhrase({ from, until, zone }: RuleSchedule, isDatedAction: boolean): string {
  if (from === null && until === null) return isDatedAction ? `(${zone})` : '';
  const start = from === null ? '' : `from ${momentPhrase(from)} `;
  const end = until === null ? '' : `until ${momentPhrase(until)} `;
  return `${start}${end}(${zone})`;
}

/** `30 November 2026` of `2026-11-30`, `18:00 on 30 November 2026` of `2026-11-30T18:00`. */
export function momentPhrase(moment: string): string {
  const [day = '', clock] = moment.split('T');
  return clock === undefined ? dayPhrase(day) : `${clock} on ${dayPhrase(day)}`;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `30 November 2026` of `2026-11-30`. */
function dayPhrase(day: string): string {
  const [year, month, date] = day.split('-').map(Number);
  return `${date} ${MONTHS[(month ?? 0) - 1]} ${year}`;
}

const counted = (count: number, noun: string): string => `${NUMBER.format(count)} ${noun}${count === 1 ? '' : 's'}`;
const quoted = (name: string): string => `"${shorten(name, MAX_NAME_LENGTH)}"`;
const anyOf = (values: readonly string[]): string => listed(values, 'or');
const allOf = (values: readonly string[]): string => listed(values, 'and');

/** `A, B and C`; of many the first few and how many more. */
function listed(values: readonly string[], conjunction: 'and' | 'or'): string {
  const named = values.slice(0, values.length > MAX_VALUES_NAMED ? MAX_VALUES_NAMED - 1 : MAX_VALUES_NAMED);
  const more = values.length - named.length;
  const all = more === 0 ? named : [...named, `${more} more`];
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} ${conjunction} ${all.at(-1)}`;
}
