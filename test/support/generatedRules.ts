import fc from 'fast-check';
import { COURSE_KINDS, COURSE_LEVELS, type Course } from '../../src/catalog/course.js';
import type {
  AudienceFacts,
  Rule,
  RuleAction,
  RuleAudience,
  RuleSchedule,
  RuleTarget,
} from '../../src/rules/model/rule.js';
import { RULE_STRENGTHS } from '../../src/rules/model/rule.js';
import { aPlainCourse, aRule, type RuleParts } from './ruleBuilders.js';

// Rules, people and courses from few values, so that they often meet and often miss each other.

export const NOW_MS = Date.parse('2026-11-23T12:00:00Z');

const someOf = <T>(...values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant<T[]>([]) }, { weight: 3, arbitrary: fc.subarray([...values]) });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 1 });

export const audiences: fc.Arbitrary<RuleAudience> = fc.record({
  departments: someOf('Engineering', 'Sales'),
  roleIds: someOf('developer', 'seller'),
  locations: someOf('Berlin', 'Munich'),
  languages: someOf('de', 'en'),
  learnerIds: someOf('ada', 'bo', 'cem'),
  skillGap: maybe(fc.record({ skillId: fc.constantFrom('sql', 'law'), atLeast: fc.constantFrom(0.3, 0.5) })),
  hiredWithinDays: maybe(fc.constantFrom(30, 90)),
});

export const targets: fc.Arbitrary<RuleTarget> = fc.record({
  courseIds: someOf('c0', 'c1', 'c2', 'c3'),
  tags: someOf('new', 'core'),
  skillIds: someOf('sql', 'law'),
  providers: someOf('Acme', 'Borg'),
  kinds: someOf('COURSE', 'VIDEO'),
  levels: someOf('BEGINNER', 'ADVANCED'),
  minDurationMinutes: maybe(fc.constantFrom(10, 30)),
  maxDurationMinutes: maybe(fc.constantFrom(30, 60)),
});

const schedules: fc.Arbitrary<RuleSchedule> = fc.record({
  from: maybe(fc.constantFrom('2026-11-01', '2026-12-01T09:00')),
  until: maybe(fc.constantFrom('2026-12-01T09:00', '2026-12-31')),
  zone: fc.constantFrom('Europe/Berlin', 'America/New_York'),
});

const strengths = fc.constantFrom(...RULE_STRENGTHS);
const actions: fc.Arbitrary<RuleAction> = fc.oneof(
  fc.constantFrom<RuleAction>({ kind: 'EXCLUDE' }, { kind: 'REQUIRE_ONLY' }),
  fc.record({ kind: fc.constantFrom('BOOST' as const, 'BURY' as const), strength: strengths }),
  fc.record({ kind: fc.constant('QUOTA' as const), percent: fc.constantFrom(20, 45, 60) }),
  fc.record({ kind: fc.constant('PIN' as const), place: fc.integer({ min: 1, max: 2 }) }),
  fc.record({
    kind: fc.constant('CAP' as const),
    atMost: fc.integer({ min: 1, max: 3 }),
    per: fc.constantFrom('PROVIDER' as const, 'TAG' as const),
  }),
  fc.constantFrom<RuleAction>(
    { kind: 'MANDATE', dueOn: '2026-12-24', dueDaysAfterHire: null },
    { kind: 'MANDATE', dueOn: null, dueDaysAfterHire: 14 },
  ),
);

export const rules: fc.Arbitrary<Rule> = fc.record({
  id: fc.constantFrom('rule-a', 'rule-b', 'rule-c', 'rule-d', 'rule-e', 'rule-f', 'rule-g', 'rule-h'),
  audience: audiences,
  target: targets,
  surfaces: someOf('HOME', 'SEARCH', 'EMAIL'),
  action: actions,
  schedule: schedules,
  priority: fc.constantFrom(10, 50),
  owner: fc.constant('L&D'),
  note: fc.constant(null),
  createdAt: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'),
});

/** Up to eight rules of different ids. */
export const ruleLists = fc.uniqueArray(rules, { selector: (rule) => rule.id, maxLength: 8 });

/** The same rules in another order, the values of each list in another order too. */
export const redrafted = (list: readonly Rule[]): fc.Arbitrary<Rule[]> =>
  fc.shuffledSubarray([...list], { minLength: list.length }).map((shuffled) =>
    shuffled.map((rule) => ({
      ...rule,
      audience: { ...rule.audience, departments: [...rule.audience.departments].reverse() },
      target: { ...rule.target, courseIds: [...rule.target.courseIds].reverse() },
      surfaces: [...rule.surfaces].reverse(),
    })),
  );

/** Up to 40 courses, `c0` and on. */
export const catalogues: fc.Arbitrary<Course[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...COURSE_KINDS.slice(0, 3)),
      level: maybe(fc.constantFrom(...COURSE_LEVELS)),
      provider: maybe(fc.constantFrom('Acme', 'Borg')),
      durationMinutes: maybe(fc.constantFrom(5, 10, 30, 60, 90)),
      tags: someOf('new', 'core'),
      skills: someOf('sql', 'law').map((ids) => ids.map((skillId) => ({ skillId, levelFrom: 0, levelTo: 1 }))),
    }),
    { maxLength: 40 },
  )
  .map((courses) => courses.map((course, i) => aPlainCourse(`c${i}`, course)));

/** One person for each combination of what the audiences here can tell apart, and of what none of them asks for. */
export function everyKindOfPerson(): AudienceFacts[] {
  const hiredDaysAgo = (days: number) => new Date(NOW_MS - days * 86_400_000).toISOString().slice(0, 10);
  const gapPairs = [
    [0, 0],
    [0.4, 0],
    [0.6, 0],
    [0, 0.4],
    [0, 0.6],
    [0.6, 0.6],
  ];
  const combinations: Partial<AudienceFacts>[][] = [
    ['Engineering', 'Sales', null].map((department) => ({ department })),
    ['developer', 'seller', null].map((roleId) => ({ roleId })),
    ['Berlin', 'Munich', null].map((location) => ({ location })),
    ['ada', 'bo', 'cem', 'someone'].map((learnerId) => ({ learnerId })),
    [[], ['de'], ['en'], ['fr'], ['de', 'en']].map((languages) => ({ languages })),
    gapPairs.map(([sql = 0, law = 0]) => ({ gaps: new Map(Object.entries({ sql, law })) })),
    [hiredDaysAgo(10), hiredDaysAgo(60), null].map((hiredOn) => ({ hiredOn })),
  ];
  return combinations.reduce<Partial<AudienceFacts>[]>(
    (people, values) => people.flatMap((person) => values.map((value) => ({ ...person, ...value }))),
    [{}],
  ) as AudienceFacts[];
}

/** `aRule` in Berlin's zone, for tests in which the action is what matters. */
export function ruleWith(
  action: RuleAction,
  { id = 'rule', schedule, ...parts }: RuleParts & { readonly id?: string } = {},
): Rule {
  return aRule(id, action, { ...parts, schedule: { zone: 'Europe/Berlin', ...schedule } });
}
