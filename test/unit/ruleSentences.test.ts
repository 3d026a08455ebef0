import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule, RuleAction } from '../../src/rules/model/rule.js';
import { type RuleNames, sentenceOf } from '../../src/rules/model/ruleSentence.js';
import { redrafted, rules, ruleWith } from '../support/generatedRules.js';

const titles = new Map([
  ['security', 'Security Basics'],
  ['privacy', 'Privacy Basics'],
]);
const names: RuleNames = {
  course: (id) => titles.get(id) ?? null,
  skill: (id) => (id === 'lead' ? 'Leadership' : null),
  role: (id) => (id === 'dev' ? 'Developer' : null),
};
const say = (action: RuleAction, stated: Parameters<typeof ruleWith>[1] = {}) =>
  sentenceOf(ruleWith(action, stated), names);

describe('sentenceOf', () => {
  it('says who gets what where and until when', () => {
    expect(
      say(
        { kind: 'PIN', place: 1 },
        {
          audience: { departments: ['Engineering'], locations: ['Berlin'] },
          target: { courseIds: ['security'] },
          schedule: { until: '2026-11-30' },
        },
      ),
    ).toBe('For Engineering in Berlin, "Security Basics" comes first until 30 November 2026 (Europe/Berlin).');
  });

  it('has words for each action', () => {
    const one = { target: { courseIds: ['security'] } };
    const two = { target: { courseIds: ['security', 'privacy'] } };
    const acme = { target: { providers: ['Acme'] } };
    expect(say({ kind: 'MANDATE', dueOn: '2026-12-24', dueDaysAfterHire: null }, one)).toBe(
      'For everyone, "Security Basics" is mandatory, due on 24 December 2026 (Europe/Berlin).',
    );
    expect(say({ kind: 'MANDATE', dueOn: null, dueDaysAfterHire: 1 }, two)).toBe(
      'For everyone, "Privacy Basics" and "Security Basics" are mandatory, due 1 day after being hired (Europe/Berlin).',
    );
    expect(say({ kind: 'EXCLUDE' }, acme)).toBe('For everyone, courses from Acme are never recommended.');
    expect(say({ kind: 'REQUIRE_ONLY' }, one)).toBe('For everyone, only "Security Basics" is recommended.');
    expect(say({ kind: 'BOOST', strength: 'SLIGHT' }, one)).toBe(
      'For everyone, "Security Basics" is slightly boosted.',
    );
    expect(say({ kind: 'BURY', strength: 'STRONG' }, acme)).toBe(
      'For everyone, courses from Acme are strongly buried.',
    );
    expect(say({ kind: 'QUOTA', percent: 30 }, { target: { skillIds: ['lead'] } })).toBe(
      'For everyone, at least 30 % of the places go to courses teaching "Leadership".',
    );
    expect(say({ kind: 'PIN', place: 3 }, acme)).toBe('For everyone, the best of courses from Acme comes in place 3.');
    expect(say({ kind: 'CAP', atMost: 2, per: 'PROVIDER' })).toBe(
      'For everyone, of all courses, no more than 2 from the same provider stand in any ten places in a row.',
    );
    expect(say({ kind: 'CAP', atMost: 1, per: 'TAG' }, acme)).toBe(
      'For everyone, of courses from Acme, no more than 1 with the same tag stands in any ten places in a row.',
    );
  });

  it('names every criterion of an audience', () => {
    const everything = {
      ...{ departments: ['Sales', 'Legal', 'HR'], roleIds: ['dev'], locations: ['Berlin', 'Munich'] },
      ...{ languages: ['de', 'en'], learnerIds: [], skillGap: { skillId: 'lead', atLeast: 0.3 }, hiredWithinDays: 30 },
    };
    expect(say({ kind: 'EXCLUDE' }, { audience: everything, target: { courseIds: ['security'] } })).toBe(
      'For HR, Legal or Sales in Berlin or Munich with the role "Developer" who understand German or English, are short ' +
        'of "Leadership" by at least 0.3 and were hired no more than 30 days ago, "Security Basics" is never recommended.',
    );
    expect(say({ kind: 'EXCLUDE' }, { audience: { learnerIds: ['e1', 'e2'], departments: ['HR'] } })).toBe(
      'For the learners e1 and e2 of HR, all courses are never recommended.',
    );
  });

  it('names every criterion of a target', () => {
    const target = {
      ...{ courseIds: ['security'], tags: ['new'], skillIds: ['lead'], providers: ['Acme'], kinds: ['VIDEO' as const] },
      ...{ levels: ['BEGINNER' as const], minDurationMinutes: 10, maxDurationMinutes: 30 },
    };
    expect(say({ kind: 'EXCLUDE' }, { target })).toBe(
      'For everyone, beginner-level videos among "Security Basics" from Acme tagged "new" teaching "Leadership" of 10 to ' +
        '30 minutes are never recommended.',
    );
  });

  it('says from when and until when, and where', () => {
    expect(
      say(
        { kind: 'BOOST', strength: 'MODERATE' },
        {
          target: { tags: ['new'] },
          surfaces: ['HOME', 'EMAIL'],
          schedule: { from: '2026-10-01T09:00', until: '2026-10-31', zone: 'Asia/Tokyo' },
        },
      ),
    ).toBe(
      'For everyone, courses tagged "new" are moderately boosted in e-mails and on the home page from 09:00 on 1 October ' +
        '2026 until 31 October 2026 (Asia/Tokyo).',
    );
  });

  it('counts values that are too many to be read, and names by id what has no name', () => {
    const courseIds = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'];
    expect(say({ kind: 'EXCLUDE' }, { target: { courseIds } })).toBe(
      'For everyone, "c1", "c2", "c3", "c4" and 3 more are never recommended.',
    );
  });

  it('is one sentence that names every criterion that is filled in, the same however it was drafted', () => {
    fc.assert(
      fc.property(
        rules.chain((rule) => fc.tuple(fc.constant(rule), redrafted([rule]))),
        ([rule, [again]]) => {
          const sentence = sentenceOf(rule, names);
          expect(sentence).toMatch(/^For [^\n]+[^. ]\.$/);
          expect(sentence).not.toMatch(/\. |undefined|null|NaN| {2}| ,/);
          for (const word of wordsThatMustOccur(rule)) expect(sentence).toContain(word);
          expect(sentenceOf(again as Rule, names)).toBe(sentence);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** By a list of its own, so that no criterion is forgotten: few enough values for all of them to be named. */
function wordsThatMustOccur({ audience, target, surfaces, action, schedule }: Rule): string[] {
  const languages = { de: 'German', en: 'English' } as Record<string, string>;
  const kinds = { COURSE: 'ordinary courses', VIDEO: 'videos' } as Record<string, string>;
  const places = { HOME: 'on the home page', SEARCH: 'in search', EMAIL: 'in e-mails' } as Record<string, string>;
  const months = { '11': 'November 2026', '12': 'December 2026' } as Record<string, string>;
  const dates = [schedule.from, schedule.until].flatMap((moment) => moment ?? []);
  return [
    ...audience.departments,
    ...audience.locations,
    ...audience.learnerIds,
    ...audience.roleIds.map((id) => `"${id}"`),
    ...audience.languages.map((code) => languages[code] ?? ''),
    ...(audience.skillGap === null ? [] : [`"${audience.skillGap.skillId}" by at least ${audience.skillGap.atLeast}`]),
    ...(audience.hiredWithinDays === null ? [] : [`${audience.hiredWithinDays} days ago`]),
    ...target.courseIds.map((id) => `"${id}"`),
    ...target.tags.map((tag) => `"${tag}"`),
    ...target.skillIds.map((id) => `"${id}"`),
    ...target.providers,
    ...target.kinds.map((kind) => kinds[kind] ?? ''),
    ...target.levels.map((level) => level.toLowerCase()),
    ...[target.minDurationMinutes, target.maxDurationMinutes].flatMap((minutes) =>
      minutes === null ? [] : `${minutes}`,
    ),
    ...surfaces.map((surface) => places[surface] ?? ''),
    ...dates.map((moment) => months[moment.slice(5, 7)] ?? ''),
    ...(dates.length > 0 ? [`(${schedule.zone})`] : []),
    ...('percent' in action ? [`${action.percent} %`] : []),
    ...('strength' in action ? [action.strength.toLowerCase()] : []),
    ...(action.kind === 'PIN' ? [action.place === 1 ? 'comes first' : `comes in place ${action.place}`] : []),
  ];
}
