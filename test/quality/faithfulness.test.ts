import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import { COURSE_LEVELS, type Course, type Role, type Skill } from '../../src/catalog/course.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { createGoalIndex } from '../../src/goals/alignment/goalIndex.js';
import { ALIGNMENTS } from '../../src/goals/goal.js';
import { type CourseState, foldCourseEvent } from '../../src/learners/courseState.js';
import { FEWEST_PEOPLE } from '../../src/learners/fewPeople/fewPeople.js';
import type { Learner } from '../../src/learners/learner.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { type ProfileEvent, VERBS, type Verb } from '../../src/learners/profileEvent.js';
import { normaliseTerm } from '../../src/learners/search.js';
import {
  type Audience,
  audienceKey,
  EVERYBODY,
  FEWEST_TAKERS,
  type GroupTrends,
  TREND_DAYS,
  type Trends,
  type Uptake,
} from '../../src/learners/trends.js';
import { DAY_MS } from '../../src/platform/zonedTime.js';
import type { RecommendationInputs, SearchMatch } from '../../src/recommendations/pipeline/inputs.js';
import { learnerGoals } from '../../src/recommendations/pipeline/learnerGoals.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { createTrendIndex } from '../../src/recommendations/pipeline/trendIndex.js';
import { FAMILIES } from '../../src/recsys/families.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { createRandom } from '../../src/stats/random.js';
import { loadModel } from '../../src/training/model.js';
import { DEFAULT_TRAINING_OPTIONS, trainModel } from '../../src/training/trainer.js';
import { type Faithfulness, faithfulnessTable, measureFaithfulness } from '../support/faithfulness.js';
import { aGoal } from '../support/goalBuilders.js';
import { recommendationInputs } from '../support/recommendationInputs.js';

vi.setConfig({ testTimeout: 300_000 });

const FOLDER = join(process.env['WAYMARK_DATA'] ?? join(process.cwd(), '..', 'shared', 'data'), 'coco');
const isHere = existsSync(join(FOLDER, 'interactions.csv'));

interface Facts {
  readonly now: Date;
  readonly skills: readonly Skill[];
  readonly roles: readonly Role[];
  readonly courses: readonly Course[];
  /** Learner by learner; a learner's events stand together. */
  readonly events: readonly ProfileEvent[];
}

const EVENT = {
  device: null,
  channel: null,
  durationSeconds: null,
  progress: null,
  score: null,
  query: null,
  resultCount: null,
  page: null,
  servedListId: null,
  reason: null,
} as const;

/** A small model, without the search over settings, to stay quick. */
async function servingIndexOf({ now, skills, roles, courses, events }: Facts) {
  const indexByCourseId = new Map(courses.map(({ id }, i) => [id, i]));
  const onCourses = events.filter(({ courseId }) => courseId !== null);
  const offsets = [0];
  onCourses.forEach(({ learnerId }, i) => {
    if (i > 0 && onCourses[i - 1]?.learnerId !== learnerId) offsets.push(i);
  });
  offsets.push(onCourses.length);
  const engine = await openEngine();
  const trained = trainModel(
    {
      learnerCount: offsets.length - 1,
      courseIds: courses.map(({ id }) => id),
      contents: null,
      learnerOffsets: Int32Array.from(offsets),
      courseIndices: Int32Array.from(onCourses, ({ courseId }) => indexByCourseId.get(courseId ?? '') ?? -1),
      verbs: Uint8Array.from(onCourses, ({ verb }) => VERBS.indexOf(verb)),
      atMs: Float64Array.from(onCourses, ({ at }) => at.getTime()),
      progress: Float32Array.from(onCourses, ({ progress }) => progress ?? Number.NaN),
      scores: Float32Array.from(onCourses, ({ score }) => score ?? Number.NaN),
      durationSeconds: Float32Array.from(onCourses, ({ durationSeconds }) => durationSeconds ?? Number.NaN),
      mandatory: new Uint8Array(onCourses.length),
    },
    null,
    {
      ...DEFAULT_TRAINING_OPTIONS,
      nowMs: now.getTime(),
      starts: { ...DEFAULT_TRAINING_OPTIONS.starts, ials: { ...FAMILIES.ials.defaults, rank: 32, epochs: 6 } },
      families: ['popularity', 'ials'],
      maxEvaluatedLearners: 300,
      timeBudgetMs: 0,
    },
    { engine, elapsedMs: () => 0 },
  );
  await engine.close();
  return createServingIndex(withChanges(EMPTY_CATALOG, { skills, roles, courses }, 1), {
    version: 'v1',
    model: loadModel(trained),
    ranking: null,
  });
}

function coursesOf(events: readonly ProfileEvent[]): LearnerState['courses'] {
  const states = new Map<string, CourseState>();
  for (const { courseId, at, ...event } of events) {
    const state = courseId && foldCourseEvent(states.get(courseId) ?? null, { ...event, atMs: at.getTime() });
    if (courseId !== null && state) states.set(courseId, state);
  }
  return [...states].map(([courseId, state]) => ({ ...state, courseId }));
}

function byLearner(events: readonly ProfileEvent[]): ReadonlyMap<string, readonly ProfileEvent[]> {
  const found = new Map<string, ProfileEvent[]>();
  for (const event of events) {
    const own = found.get(event.learnerId);
    if (own === undefined) found.set(event.learnerId, [event]);
    else own.push(event);
  }
  return found;
}

interface Bounds {
  readonly leastFell: number;
  readonly mostRose: number;
}

/** What is taken away costs the course its lead, its place, and more than an unrelated fact of the same kind does. */
function expectFaithful(kind: string, measured: Faithfulness | undefined, { leastFell, mostRose }: Bounds) {
  if (measured === undefined) throw new Error(`No reason of the kind ${kind} was given`);
  const { cases, fell, rose, lostLead, fall, unrelatedFall, unrelatedCases } = measured;
  expect(cases, `${kind}: cases`).toBeGreaterThan(20);
  expect(lostLead / cases, `${kind}: came nearer to the mean`).toBeGreaterThan(0.92);
  expect(fell / cases, `${kind}: fell`).toBeGreaterThan(leastFell);
  expect(rose / cases, `${kind}: rose`).toBeLessThan(mostRose);
  const unrelated = Math.max(0, unrelatedFall / Math.max(1, unrelatedCases));
  expect(fall / cases, `${kind}: against an unrelated fact`).toBeGreaterThan(2.5 * unrelated);
}

/** Seen with FAITHFULNESS=print; the assertions hold with a margin of several points. */
function report(measured: ReturnType<typeof measureFaithfulness>): void {
  if (process.env['FAITHFULNESS'] === 'print') process.stdout.write(`${faithfulnessTable(measured)}\n`);
}

const LANGUAGES: Readonly<Record<string, string>> = { english: 'en', spanish: 'es', portuguese: 'pt', german: 'de' };

function readCoco(): Facts {
  const read = <T>(file: string): T[] => parse(readFileSync(join(FOLDER, file)), { columns: true }) as T[];
  const rows = read<{ course_id: string; title: string; level: string; language: string; categories: string }>(
    'courses.csv',
  );
  const courses = rows.map(
    (row): Course => ({
      id: row.course_id,
      title: row.title,
      description: null,
      kind: 'COURSE',
      language: LANGUAGES[row.language] ?? null,
      // What the data calls categories serves as something learners have habits in.
      provider: row.categories.split('|').at(-1) || null,
      url: null,
      durationMinutes: null,
      level: COURSE_LEVELS.find((level) => level.toLowerCase() === row.level) ?? null,
      tags: [],
      publishedAt: null,
      retiredAt: null,
      excludedFromRecommendations: false,
      skills: [],
      prerequisiteIds: [],
      sessions: [],
      addedAt: new Date(0),
    }),
  );
  const all = read<{ learner_id: string; course_id: string; at: string }>('interactions.csv').map(
    (row): ProfileEvent => ({
      ...EVENT,
      learnerId: row.learner_id,
      courseId: row.course_id,
      verb: 'STARTED',
      at: new Date(row.at),
    }),
  );
  const events = [...byLearner(all).values()].flat();
  const now = new Date(events.reduce((latest, { at }) => Math.max(latest, at.getTime()), 0));
  return { now, skills: [], roles: [], courses, events };
}

describe.skipIf(!isHere)(`reasons on real enrolments (skipped without ${FOLDER})`, () => {
  it('name facts without which the course falls', async () => {
    const facts = readCoco();
    const index = await servingIndexOf(facts);
    const learners = [...byLearner(facts.events)].filter(([, own]) => own.length >= 4 && own.length <= 30);
    const random = createRandom(3);
    const lists = Array.from({ length: 60 }, (): RecommendationInputs => {
      const [learnerId, own] = learners[random.below(learners.length)] as (typeof learners)[number];
      const state = {
        learnerId,
        learner: null,
        courses: coursesOf(own),
        assignments: [],
        mandatedCourseIds: [],
        skills: [],
        searches: [],
      };
      return recommendationInputs({ now: facts.now, index, state });
    });
    const measured = measureFaithfulness(lists, 1);
    report(measured);
    // The rest is mostly courses that are first by far, and what the model learns anew from a history without the fact.
    expectFaithful('HISTORY', measured.get('HISTORY'), { leastFell: 0.85, mostRose: 0.03 });
    expectFaithful('POPULAR', measured.get('POPULAR'), { leastFell: 0.85, mostRose: 0.02 });
  });
});

describe('reasons in a generated organisation', () => {
  let lists: readonly RecommendationInputs[];
  beforeAll(async () => {
    const now = new Date('2026-06-01T12:00:00Z');
    const demo = createDemoOrganisation({ seed: 7, learnerCount: 400, courseCount: 400, now, months: 12 });
    const events = [...demo.interactions()];
    const index = await servingIndexOf({ now, ...demo, events });
    const own = byLearner(events);
    const trends = createTrendIndex(index, trendsOf([...demo.learners()], events, now));
    const evidence = [...demo.evidence()];
    const assignments = [...demo.assignments()];
    lists = [...demo.learners()].slice(0, 200).map((learner): RecommendationInputs => {
      const history = own.get(learner.id) ?? [];
      const state: LearnerState = {
        learnerId: learner.id,
        learner,
        courses: coursesOf(history),
        assignments: assignments.filter(({ learnerId }) => learnerId === learner.id),
        skills: evidence.filter(({ learnerId }) => learnerId === learner.id),
        ...{ mandatedCourseIds: [], searches: [] },
      };
      return recommendationInputs({ now, index, state, trends, searches: searchesOf(history, demo.courses, now) });
    });
  });

  it('name facts without which the course falls', () => {
    const measured = measureFaithfulness(lists, 1);
    report(measured);
    for (const kind of ['HISTORY', 'SKILL_GAP', 'SEARCH', 'ROLE', 'PEERS', 'POPULAR'] as const) {
      expectFaithful(kind, measured.get(kind), { leastFell: 0.85, mostRose: 0.03 });
    }
    // The rest is too rare to say how far they fall, or carries too little of the lead to cost a place.
    for (const [kind, { cases, rose, lostLead }] of measured) {
      expect(rose, kind).toBeLessThanOrEqual(0.06 * cases);
      expect(lostLead, kind).toBeGreaterThanOrEqual(0.95 * cases);
    }
  });

  it('name goals without which the course falls', () => {
    const { courses, catalog } = (lists[0] as RecommendationInputs).index;
    const skillIds = [...catalog.skills.keys()].filter((_, i) => i % 15 === 0);
    const goals = createGoalIndex(
      [
        ...skillIds.map((skillId, i) =>
          aGoal({ id: skillId, skillIds: [skillId], alignment: ALIGNMENTS[1 + (i % 3)] ?? 'NONE' }),
        ),
        aGoal({ id: 'named', courseIds: courses.flatMap(({ id }, i) => (i % 40 === 0 ? [id] : [])) }),
      ],
      courses,
    );
    const measured = measureFaithfulness(
      lists.map((inputs) => ({
        ...inputs,
        goals: learnerGoals(inputs.state, goals, inputs.now.getTime(), () => new Map()),
      })),
      1,
    );
    report(measured);
    expectFaithful('GOAL', measured.get('GOAL'), { leastFell: 0.85, mostRose: 0.01 });
  });
});

const TERMS = 5;

/** Who takes up what, as the service counts it: everybody, and the departments large enough to hide single people. */
function trendsOf(learners: readonly Learner[], events: readonly ProfileEvent[], now: Date): Trends {
  const firstByLearner = firstUptakes(events);
  const groupOf = (audience: Audience, members: readonly Learner[], fewest: number): GroupTrends => {
    const times = new Map<string, number[]>();
    for (const { id } of members) {
      for (const [courseId, atMs] of firstByLearner.get(id) ?? []) {
        const known = times.get(courseId);
        if (known === undefined) times.set(courseId, [atMs]);
        else known.push(atMs);
      }
    }
    const uptakes = [...times].flatMap(([courseId, firstAtMs]): Uptake[] => {
      const within = (from: number, to: number) => {
        const count = firstAtMs.filter((atMs) => atMs >= daysBefore(now, from) && atMs < daysBefore(now, to)).length;
        return count >= fewest ? count : 0;
      };
      const [recentPeople, previousPeople] = [within(TREND_DAYS, 0), within(2 * TREND_DAYS, TREND_DAYS)];
      return firstAtMs.length < fewest ? [] : [{ courseId, people: firstAtMs.length, recentPeople, previousPeople }];
    });
    return { audience, people: members.length, uptakes };
  };
  const departments = new Map<string, Learner[]>();
  for (const learner of learners) {
    if (learner.department === null) continue;
    departments.set(learner.department, [...(departments.get(learner.department) ?? []), learner]);
  }
  const groups = [
    groupOf(EVERYBODY, learners, 1),
    ...[...departments]
      .filter(([, members]) => members.length >= FEWEST_PEOPLE)
      .map(([value, members]) => groupOf({ kind: 'DEPARTMENT', value }, members, FEWEST_TAKERS)),
  ];
  return { asOfMs: now.getTime(), groups: new Map(groups.map((group) => [audienceKey(group.audience), group])) };
}

const daysBefore = (now: Date, days: number): number => now.getTime() - days * DAY_MS;

const TAKING_UP: readonly Verb[] = ['STARTED', 'PROGRESSED', 'COMPLETED', 'PASSED', 'SAVED', 'SHARED'];

/** When each learner first took up each course. */
function firstUptakes(events: readonly ProfileEvent[]): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const found = new Map<string, Map<string, number>>();
  for (const { learnerId, courseId, verb, at } of events) {
    if (courseId === null || !TAKING_UP.includes(verb)) continue;
    const own = found.get(learnerId) ?? new Map<string, number>();
    found.set(learnerId, own);
    own.set(courseId, Math.min(at.getTime(), own.get(courseId) ?? Number.POSITIVE_INFINITY));
  }
  return found;
}

/** The last searches, as if made today, answered by the courses whose titles have half of the words. */
function searchesOf(history: readonly ProfileEvent[], courses: readonly Course[], now: Date): SearchMatch[] {
  const recent = history.filter(({ verb, query }) => verb === 'SEARCHED' && query !== null);
  return recent
    .slice(-TERMS)
    .reverse()
    .map(({ query, resultCount }) => {
      const term = normaliseTerm(query ?? '');
      const words = term.split(' ');
      const matched = courses
        .map(({ id, title }) => {
          const found = new Set(normaliseTerm(title).split(' '));
          return { courseId: id, relevance: words.filter((word) => found.has(word)).length / words.length };
        })
        .filter(({ relevance }) => relevance >= 0.5)
        .sort((a, b) => b.relevance - a.relevance)
        .slice(0, 20);
      return { term, atMs: now.getTime(), hadNoResults: resultCount === 0, courses: matched };
    });
}
