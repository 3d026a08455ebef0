import { parseArgs } from 'node:util';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import { COURSE_KINDS, COURSE_LEVELS, type Course } from '../../src/catalog/course.js';
import { DEFAULT_CONFIDENCE_WEIGHTS } from '../../src/learners/confidence.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { NO_TRENDS } from '../../src/learners/trends.js';
import type { RecommendationInputs } from '../../src/recommendations/pipeline/inputs.js';
import { createServingRules, NO_RULES, ruledLearner } from '../../src/recommendations/pipeline/learnerRules.js';
import { gapsOf } from '../../src/recommendations/pipeline/learnerView.js';
import { recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { DEFAULT_RANKING } from '../../src/recommendations/pipeline/ranking.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { createTrendIndex } from '../../src/recommendations/pipeline/trendIndex.js';
import type { Rule, RuleAction } from '../../src/rules/model/rule.js';
import { DEFAULT_POLICY } from '../../src/rules/policy.js';
import { createRandom, type Random } from '../../src/stats/random.js';
import { aPlainCourse, aRule } from '../support/ruleBuilders.js';
import { wholeNumber, wholeNumbers } from './arguments.js';
import { print, printMachine, printTable, quantile } from './printing.js';

const HELP = `Usage: npm run bench -- serve-rules [OPTIONS]

Times what L&D rules add to a request, on one thread: the same lists of the same learners are made without rules and with
them, taking turns. All rules are in force; each is for a department, role, place, a few people or everybody, and about a
provider, tag, kind, level or a few courses, with actions in turn. There is no model: what rules cost does not hang on it.

  --rules LIST    default 0,150,500,2000
  --courses N     default 10000
  --requests N    timed requests for each, after a fifth as many to warm up; default 1000
  --seed N        default 1
`;

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;
const DEPARTMENTS = 20;
const ROLES = 30;
const LOCATIONS = 10;
const PROVIDERS = 40;
const TAGS = 200;
const PEOPLE = 2_000;
const LIST_LENGTH = 100;
const PAGE = 10;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rules: { type: 'string', default: '0,150,500,2000' },
      courses: { type: 'string', default: '10000' },
      requests: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const requests = wholeNumber('--requests', values.requests, 1);
  const seed = wholeNumber('--seed', values.seed, 0);
  const courses = madeUpCourses(wholeNumber('--courses', values.courses, 1), createRandom(seed));
  printMachine();
  print(
    `Lists of ${LIST_LENGTH} from ${courses.length} courses, ${requests} requests each; milliseconds, CPU time in the means`,
  );
  const rows = wholeNumbers('--rules', values.rules, 0).map((ruleCount) => {
    const random = createRandom(seed);
    const rules = Array.from({ length: ruleCount }, (_, i) => madeUpRule(i, courses, random));
    return [ruleCount, ...timed(courses, rules, requests, random)].map(String);
  });
  printTable(
    [
      'rules',
      'for a person',
      'first',
      'found p50',
      'p99',
      'list without p50',
      'with p50',
      'p99',
      'mean without',
      'with',
      'added',
      'ratio',
    ],
    rows,
  );
}

function timed(courses: readonly Course[], rules: readonly Rule[], requests: number, random: Random): string[] {
  const index = createServingIndex(
    withChanges(EMPTY_CATALOG, { courses: [...courses], skills: [], roles: [] }, 1),
    null,
  );
  const trends = createTrendIndex(index, NO_TRENDS);
  const startMs = performance.now();
  const serving = createServingRules({ version: 1, content: { rules, holdoutPercent: 5 } }, index);
  const without: number[] = [];
  const withRules: number[] = [];
  const found: number[] = [];
  const cpu = { without: 0, with: 0 };
  let active = 0;
  let firstMs = 0;
  for (let i = -Math.ceil(requests / 5); i < requests; i++) {
    const state = madeUpState(random);
    const plain: RecommendationInputs = {
      ...{ now: NOW, state, index, trends, searches: [], ranking: DEFAULT_RANKING, policy: DEFAULT_POLICY },
      ...{ signalWeights: DEFAULT_CONFIDENCE_WEIGHTS, signalWeightsVersion: 0, rules: NO_RULES },
    };
    const [plainMs, plainCpu] = measured(() => recommend(plain, LIST_LENGTH, PAGE));
    let ruled = plain;
    const [foundMs, foundCpu] = measured(() => {
      ruled = { ...plain, ...ruledLearner(state, serving, 'HOME', NOW.getTime(), () => gapsOf(plain)) };
    });
    const [ruledMs, ruledCpu] = measured(() => recommend(ruled, LIST_LENGTH, PAGE));
    if (firstMs === 0) firstMs = performance.now() - startMs;
    if (i < 0) continue;
    without.push(plainMs);
    withRules.push(foundMs + ruledMs);
    found.push(foundMs);
    cpu.without += plainCpu;
    cpu.with += foundCpu + ruledCpu;
    active += Object.values(ruled.rules).reduce<number>((sum, of) => sum + (Array.isArray(of) ? of.length : 0), 0);
  }
  const at = (times: number[], share: number) => quantile(times, share).toFixed(3);
  return [
    (active / requests).toFixed(1),
    firstMs.toFixed(1),
    ...[at(found, 0.5), at(found, 0.99), at(without, 0.5), at(withRules, 0.5), at(withRules, 0.99)],
    ...[cpu.without, cpu.with, cpu.with - cpu.without].map((ms) => (ms / requests).toFixed(3)),
    (cpu.with / cpu.without).toFixed(2),
  ];
}

function measured(work: () => void): readonly [wallMs: number, cpuMs: number] {
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  work();
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(startCpu);
  return [wallMs, (user + system) / 1000];
}

const oneOf = <Value>(values: readonly Value[], random: Random): Value => values[random.below(values.length)] as Value;

function madeUpCourses(count: number, random: Random): Course[] {
  return Array.from({ length: count }, (_, i) => {
    const publishedAt = new Date(NOW.getTime() - random.below(2_000) * DAY_MS);
    return aPlainCourse(`course-${i}`, {
      provider: `Provider ${random.below(PROVIDERS)}`,
      kind: oneOf(COURSE_KINDS, random),
      level: oneOf(COURSE_LEVELS, random),
      durationMinutes: 10 + random.below(300),
      tags: [`tag-${random.below(TAGS)}`, `tag-${random.below(TAGS)}`],
      ...{ publishedAt, addedAt: publishedAt },
    });
  });
}

function madeUpState(random: Random): LearnerState {
  const learnerId = `e-${random.below(PEOPLE)}`;
  return {
    learnerId,
    learner: {
      ...{ id: learnerId, timezone: null, languages: [], targetRoleId: null, managerId: null },
      department: `Department ${random.below(DEPARTMENTS)}`,
      location: `Place ${random.below(LOCATIONS)}`,
      roleId: `role-${random.below(ROLES)}`,
      hiredOn: '2024-02-01',
      ...{ workPattern: null, quietHours: null, active: true, personalisationOptOut: false },
    },
    ...{ courses: [], assignments: [], mandatedCourseIds: [], skills: [], searches: [] },
  };
}

/** More of what moves scores and places than of what closes courses: that is what costs. */
function madeUpRule(i: number, courses: readonly Course[], random: Random): Rule {
  const someCourse = () => oneOf(courses, random).id;
  const actions: readonly RuleAction[] = [
    { kind: 'BOOST', strength: 'MODERATE' },
    { kind: 'BURY', strength: 'STRONG' },
    { kind: 'PIN', place: 1 + random.below(20) },
    { kind: 'EXCLUDE' },
    { kind: 'QUOTA', percent: 5 + random.below(30) },
    { kind: 'BOOST', strength: 'SLIGHT' },
    { kind: 'CAP', atMost: 2 + random.below(4), per: oneOf(['PROVIDER', 'TAG'] as const, random) },
    { kind: 'MANDATE', dueOn: '2026-12-31', dueDaysAfterHire: null },
  ];
  const audiences = [
    { departments: [`Department ${random.below(DEPARTMENTS)}`] },
    { roleIds: [`role-${random.below(ROLES)}`] },
    { locations: [`Place ${random.below(LOCATIONS)}`] },
    { departments: [`Department ${random.below(DEPARTMENTS)}`], locations: [`Place ${random.below(LOCATIONS)}`] },
    { learnerIds: Array.from({ length: 20 }, () => `e-${random.below(PEOPLE)}`) },
    { hiredWithinDays: 90 + random.below(2_000) },
  ];
  const targets = [
    { providers: [`Provider ${random.below(PROVIDERS)}`] },
    { tags: [`tag-${random.below(TAGS)}`, `tag-${random.below(TAGS)}`] },
    { kinds: [oneOf(COURSE_KINDS, random)], levels: [oneOf(COURSE_LEVELS, random)] },
    { courseIds: [someCourse(), someCourse(), someCourse()] },
  ];
  const action = actions[i % actions.length] as RuleAction;
  const target =
    action.kind === 'MANDATE' || action.kind === 'PIN' ? { courseIds: [someCourse()] } : oneOf(targets, random);
  const priority = random.below(101);
  return aRule(`rule-${String(i).padStart(5, '0')}`, action, { audience: oneOf(audiences, random), target, priority });
}
