import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_CATALOG, withChanges } from '../../src/catalog/catalogSnapshot.js';
import type { Course } from '../../src/catalog/course.js';
import { DEFAULT_CONFIDENCE_WEIGHTS } from '../../src/learners/confidence.js';
import { foldCourseEvent } from '../../src/learners/courseState.js';
import type { LearnerState } from '../../src/learners/learners.service.js';
import { type ProfileEvent, VERBS, type Verb } from '../../src/learners/profileEvent.js';
import { NO_TRENDS } from '../../src/learners/trends.js';
import {
  catalogAsOf,
  type RankingCase,
  stateAsOf,
  takenUpAfter,
} from '../../src/recommendations/fitting/rankingCase.js';
import { fitRanking, type Rehearsal } from '../../src/recommendations/fitting/rankingFit.js';
import { parseRanking, rankingOf, type StoredRanking } from '../../src/recommendations/fitting/storedRanking.js';
import { createListMeasures } from '../../src/recommendations/pipeline/listMeasures.js';
import { DEFAULT_RANKING } from '../../src/recommendations/pipeline/ranking.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { createTrendIndex } from '../../src/recommendations/pipeline/trendIndex.js';
import { createPlainEngine } from '../../src/recsys/kernels/plainEngine.js';
import { FITTED_SIGNALS } from '../../src/rules/policy.js';
import { createRandom, shuffled } from '../../src/stats/random.js';
import { contentOf } from '../../src/training/courseContent.js';
import { loadModel } from '../../src/training/model.js';
import { DEFAULT_TRAINING_OPTIONS, trainModel } from '../../src/training/trainer.js';

const CUT = new Date('2026-03-01T00:00:00Z');
const DAY_MS = 86_400_000;

const anEvent = (change: Partial<ProfileEvent> = {}): ProfileEvent => ({
  learnerId: 'e1',
  courseId: 'a',
  verb: 'COMPLETED',
  at: new Date(CUT.getTime() - DAY_MS),
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
  ...change,
});

const aState = (change: Partial<LearnerState> = {}): LearnerState => ({
  learnerId: 'e1',
  learner: null,
  courses: [],
  assignments: [],
  skills: [],
  ...{ mandatedCourseIds: [], searches: [] },
  ...change,
});

/** The state that all of a learner's events come to. */
function stateNow(events: readonly ProfileEvent[], change: Partial<LearnerState> = {}): LearnerState {
  return stateAsOf(aState(change), events, new Date(8.64e15));
}

const someEvents = (from: number, until: number) =>
  fc
    .array(
      fc.record({
        courseId: fc.constantFrom('a', 'b', 'c', null),
        verb: fc.constantFrom(...VERBS),
        at: fc.integer({ min: from, max: until }).map((hours) => new Date(CUT.getTime() + hours * 3_600_000)),
        progress: fc.option(fc.constantFrom(0, 0.5, 1)),
        score: fc.option(fc.constantFrom(-1, 0.5)),
        query: fc.option(fc.constantFrom('excel', 'go')),
      }),
      { maxLength: 12 },
    )
    .map((rows) => rows.map(anEvent));

describe('a learner as of a cut', () => {
  it('is not changed by anything that happens at the cut or after it', () => {
    fc.assert(
      fc.property(someEvents(-500, -1), someEvents(0, 500), (before, after) => {
        const all = shuffled([...before, ...after], createRandom(1));
        expect(stateAsOf(stateNow(all), all, CUT)).toEqual(stateAsOf(stateNow(before), before, CUT));
      }),
    );
  });

  it('knows of the evidence of skills only what was observed before', () => {
    const skill = { source: 'MANAGER', level: 0.5, confidence: 1, scale: null, scaleValue: null } as const;
    const skills = [
      { ...skill, skillId: 'early', observedAt: new Date(CUT.getTime() - 1) },
      { ...skill, skillId: 'late', observedAt: CUT },
    ];
    expect(stateAsOf(aState({ skills }), [], CUT).skills.map(({ skillId }) => skillId)).toEqual(['early']);
  });

  it('is known by the searches of before it: latest first, with what was opened soon after, old ones in vain alone', () => {
    const search = (query: string, daysBefore: number, resultCount: number) =>
      anEvent({
        verb: 'SEARCHED',
        courseId: null,
        query,
        resultCount,
        at: new Date(CUT.getTime() - daysBefore * DAY_MS),
      });
    const opened = anEvent({ verb: 'VIEWED', at: new Date(CUT.getTime() - 2 * DAY_MS + 600_000) });
    const events = [
      search('Excel ', 2, 5),
      search('excel', 9, 0),
      opened,
      search('old', 40, 3),
      search('in vain', 40, 0),
      search('later', -1, 3),
    ];
    expect(stateAsOf(aState(), events, CUT).searches).toEqual([
      {
        term: 'excel',
        atMs: CUT.getTime() - 2 * DAY_MS,
        hadNoResults: false,
        followedAtMs: opened.at.getTime(),
      },
      { term: 'in vain', atMs: CUT.getTime() - 40 * DAY_MS, hadNoResults: true, followedAtMs: null },
    ]);
  });

  it('finds no course new that may only have been told of later', () => {
    const [course] = COURSES as [Course];
    const stored = (addedAt: Date) => {
      const catalog = withChanges(EMPTY_CATALOG, { courses: [{ ...course, addedAt }], skills: [], roles: [] }, 1);
      return catalogAsOf(catalog, CUT).courses[0]?.addedAt;
    };
    expect(stored(new Date(CUT.getTime() - 1))).toEqual(new Date(CUT.getTime() - 1));
    expect(stored(CUT)).toEqual(new Date(0));
  });

  it('took up what they first touched after it and wished for', () => {
    const later = (courseId: string, verb: Verb, days = 1) =>
      anEvent({ courseId, verb, at: new Date(CUT.getTime() + days * DAY_MS) });
    const events = [
      later('started', 'STARTED', 0),
      anEvent({ courseId: 'known', verb: 'VIEWED' }),
      later('known', 'COMPLETED'),
      later('dismissed', 'DISMISSED'),
      later('obliged', 'COMPLETED'),
      later('shown', 'IMPRESSION'),
      later('saved', 'SAVED', 9),
    ];
    const assignments = [{ courseId: 'obliged', obligation: 'MANDATORY', dueAt: null, countsFrom: null }] as const;
    const now = stateNow(events, { assignments });
    expect(takenUpAfter(now, CUT, DEFAULT_CONFIDENCE_WEIGHTS)).toEqual(['saved', 'started']);
  });
});

const COURSES = Array.from(
  { length: 60 },
  (_, c): Course => ({
    id: `c${String(c).padStart(2, '0')}`,
    title: c % 2 === 0 ? 'Weaving wool' : 'Welding steel',
    description: null,
    kind: c % 5 === 0 ? 'VIDEO' : 'COURSE',
    language: null,
    provider: c % 3 === 0 ? 'Acme' : null,
    url: null,
    durationMinutes: null,
    level: null,
    tags: [],
    publishedAt: null,
    retiredAt: null,
    excludedFromRecommendations: false,
    skills: c % 4 < 2 ? [{ skillId: 's', levelFrom: 0, levelTo: 1 }] : [],
    prerequisiteIds: [],
    sessions: [],
    addedAt: new Date('2025-01-01T00:00:00Z'),
  }),
);
const ROLE = { id: 'r', name: 'R', skills: [{ skillId: 's', targetLevel: 1, importance: 1 }] };
const SKILL = { id: 's', name: 'S', description: null, parentId: null, taxonomyUri: null };
const CATALOG = withChanges(EMPTY_CATALOG, { courses: COURSES, skills: [SKILL], roles: [ROLE] }, 1);

/** Learners who completed four courses of their own half of the catalogue each. */
const HISTORIES = (() => {
  const random = createRandom(3);
  return Array.from({ length: 240 }, (_, learner) =>
    shuffled(
      COURSES.flatMap((_, c) => (c % 2 === learner % 2 ? [c] : [])),
      random,
    )
      .slice(0, 4)
      .map((course, i) => ({ course, atMs: CUT.getTime() - (100 - 10 * i - (learner % 7)) * DAY_MS })),
  );
})();

const REHEARSAL: Rehearsal = (() => {
  const rows = HISTORIES.flat();
  let end = 0;
  const none = new Float32Array(rows.length).fill(Number.NaN);
  const trained = trainModel(
    {
      learnerCount: HISTORIES.length,
      courseIds: COURSES.map(({ id }) => id),
      contents: COURSES.map((course) => contentOf(course, CATALOG.skills)),
      learnerOffsets: Int32Array.of(0, ...HISTORIES.map((own) => (end += own.length))),
      courseIndices: Int32Array.from(rows, ({ course }) => course),
      verbs: new Uint8Array(rows.length).fill(VERBS.indexOf('COMPLETED')),
      atMs: Float64Array.from(rows, ({ atMs }) => atMs),
      progress: none,
      scores: none,
      durationSeconds: none,
      mandatory: new Uint8Array(rows.length),
    },
    null,
    { ...DEFAULT_TRAINING_OPTIONS, nowMs: CUT.getTime(), timeBudgetMs: 0, families: ['itemknn'] },
    { engine: createPlainEngine('which is enough here'), elapsedMs: () => 0 },
  );
  const index = createServingIndex(CATALOG, { version: 'rehearsal', model: loadModel(trained), ranking: null });
  return { cut: CUT, index, trends: createTrendIndex(index, NO_TRENDS) };
})();

const LEARNER = {
  id: 'e1',
  timezone: null,
  languages: [],
  department: null,
  location: null,
  roleId: 'r',
  targetRoleId: null,
  managerId: null,
  hiredOn: null,
  workPattern: null,
  quietHours: null,
  active: true,
  personalisationOptOut: false,
} as const;

/** Learners who next take up two courses of their half, all of which pass a test of theirs. */
function casesOf(isLiked: (course: number) => boolean, seed = 5): RankingCase[] {
  const random = createRandom(seed);
  return HISTORIES.map((own, learner): RankingCase => {
    const done = new Set(own.map(({ course }) => course));
    const wanted = COURSES.flatMap((_, c) => (c % 2 === learner % 2 && !done.has(c) && isLiked(c) ? [c] : []));
    const courses = own.flatMap(({ course, atMs }) => {
      const event = {
        verb: 'COMPLETED',
        atMs,
        durationSeconds: null,
        progress: null,
        score: null,
        reason: null,
      } as const;
      const state = foldCourseEvent(null, event);
      return state === null ? [] : [{ courseId: COURSES[course]?.id ?? '', ...state }];
    });
    return {
      state: aState({ learnerId: `e${learner}`, learner: { ...LEARNER, id: `e${learner}` }, courses }),
      ...{ mandatedCourseIds: [], searches: [] },
      takenUp: shuffled(wanted, random)
        .slice(0, 2)
        .map((c) => COURSES[c]?.id ?? ''),
    };
  });
}

function fitOn(cases: readonly RankingCase[]): StoredRanking {
  const fitted = fitRanking(REHEARSAL, cases.slice(0, 120), cases.slice(120));
  if (fitted === null) throw new Error('There was enough to fit on.');
  return fitted;
}

const figuresOf = ({ report }: StoredRanking, name: string) => {
  const figures = report.measured.find((one) => one.name === name);
  if (figures === undefined) throw new Error(`${name} was not measured.`);
  return figures;
};

const closesGap = (c: number): boolean => c % 4 < 2;

describe('fitting what signals are worth', () => {
  const gapClosers = fitOn(casesOf(closesGap));
  const gapAvoiders = fitOn(casesOf((c) => !closesGap(c)));
  const raw = ({ report: { fitted } }: StoredRanking, signal: 'skillGap' | 'role' | 'collaborative'): number =>
    fitted.weights[signal] / fitted.scales[signal];

  it('raises a signal that people follow above its usual weight, and finds more than the model alone', () => {
    expect(raw(gapClosers, 'skillGap') + raw(gapClosers, 'role')).toBeGreaterThan(
      DEFAULT_RANKING.weights.skillGap + DEFAULT_RANKING.weights.role,
    );
    expect(gapClosers.ranking).toBe(gapClosers.report.fitted);
    expect(figuresOf(gapClosers, 'FITTED').overModel?.low).toBeGreaterThan(0);
    expect(figuresOf(gapClosers, 'MODEL').overModel).toBeNull();
  });

  it('sets a signal to 0 that people do the opposite of, and does better than the usual weights', () => {
    expect(raw(gapAvoiders, 'skillGap')).toBe(0);
    expect(raw(gapAvoiders, 'role')).toBe(0);
    expect(raw(gapAvoiders, 'collaborative')).toBeGreaterThan(0);
    expect(gapAvoiders.report.fittedOverDefault.low).toBeGreaterThan(0);
  });

  it('leaves what never differs at its usual weight, or at none, and gives it scale 1', () => {
    for (const { report } of [gapClosers, gapAvoiders]) {
      const { weights, scales } = report.fitted;
      for (const signal of ['search', 'peers', 'level'] as const) {
        expect(scales[signal]).toBe(1);
        expect(weights[signal]).toBeCloseTo(report.prior === 'DEFAULT' ? DEFAULT_RANKING.weights[signal] : 0, 12);
      }
    }
  });

  it('says on whom it was fitted and measured, and counts within bounds', () => {
    const { report } = gapClosers;
    expect(report).toMatchObject({ cutMs: CUT.getTime(), fittedOnCount: 120, measuredOnCount: 120 });
    expect(report.measured.map(({ name }) => name)).toEqual(['MODEL', 'DEFAULT', 'FITTED', 'SERVED']);
    for (const { ndcg, recall, coverage, diversity, largestProvider } of report.measured) {
      for (const share of [ndcg.mean, recall.mean, coverage, diversity.mean, largestProvider?.mean ?? -1]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      expect(ndcg.count).toBe(120);
    }
  });

  it('is the same for the same learners', () => {
    expect(fitOn(casesOf(closesGap))).toEqual(gapClosers);
  });

  it('leaves out what could not have been recommended at the cut', () => {
    const cases = casesOf(closesGap);
    const done = (one: RankingCase): RankingCase => ({
      ...one,
      takenUp: [...one.takenUp, ...one.state.courses.map(({ courseId }) => courseId), 'nowhere'],
    });
    expect(fitOn(cases.map(done))).toEqual(gapClosers);
  });

  it('fits nothing on a handful of learners, nor without anybody left to measure on', () => {
    const cases = casesOf(closesGap);
    expect(fitRanking(REHEARSAL, cases.slice(0, 29), cases.slice(120))).toBeNull();
    expect(fitRanking(REHEARSAL, cases.slice(0, 120), cases.slice(120, 139))).toBeNull();
    const nothing = cases.map((one): RankingCase => ({ ...one, takenUp: [] }));
    expect(fitRanking(REHEARSAL, nothing, cases)).toBeNull();
    expect(fitRanking(REHEARSAL, cases, nothing)).toBeNull();
  });

  it('says how far it is', () => {
    const steps: string[] = [];
    fitRanking(REHEARSAL, casesOf(closesGap).slice(0, 30), casesOf(closesGap).slice(120, 141), (done, total) =>
      steps.push(`${done}/${total}`),
    );
    expect(steps).toHaveLength(51);
    expect(steps.at(-1)).toBe('51/51');
  });

  describe('what is stored of it', () => {
    const stored: unknown = JSON.parse(JSON.stringify(gapClosers));

    it('comes back whole from JSON', () => {
      expect(parseRanking(stored)).toEqual(gapClosers);
      expect(rankingOf({ ranking: stored })).toEqual(gapClosers.ranking);
    });

    it('is left aside when it is nothing, or not what this version writes: the usual weights count', () => {
      const { skillGap: _, ...incomplete } = gapClosers.ranking.weights;
      const others: unknown[] = [
        null,
        'x',
        {},
        { ...gapClosers, ranking: { ...gapClosers.ranking, weights: incomplete } },
        { ...gapClosers, ranking: { ...gapClosers.ranking, scales: { ...gapClosers.ranking.scales, role: 0 } } },
      ];
      for (const other of others) {
        expect(parseRanking(other)).toBeNull();
        expect(rankingOf({ ranking: other })).toBe(DEFAULT_RANKING);
      }
      expect(rankingOf(null)).toBe(DEFAULT_RANKING);
    });

    it('has a weight for every signal', () => {
      expect(Object.keys(gapClosers.ranking.weights)).toEqual([...FITTED_SIGNALS]);
    });
  });
});

describe('measures of a list', () => {
  const measures = createListMeasures(REHEARSAL.index);
  const position = (c: number): number => REHEARSAL.index.positionById.get(COURSES[c]?.id ?? '') ?? -1;

  it('tell how different the courses are by what is written about them', () => {
    // Of the same title, kind, provider and skills.
    expect(measures.diversity([position(12), position(24)])).toBeCloseTo(0, 5);
    const apart = measures.diversity([position(12), position(7)]);
    expect(apart).toBeGreaterThan(0.5);
    // One pair of the three is of equal courses.
    const [a, b] = [measures.diversity([position(12), position(7)]), measures.diversity([position(24), position(7)])];
    expect(measures.diversity([position(12), position(24), position(7)])).toBeCloseTo((a + b) / 3, 5);
    expect(measures.diversity([position(12)])).toBe(0);
    expect(measures.diversity([])).toBe(0);
  });

  it('tell how much of the list one provider takes', () => {
    expect(measures.largestProvider([position(0), position(3), position(1), position(2)])).toBe(0.5);
    expect(measures.largestProvider([position(1), position(2)])).toBeNull();
  });
});
