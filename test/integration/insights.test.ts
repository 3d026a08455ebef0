import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InteractionInput } from '../../src/activity/interactionPlan.js';
import { aCourse, aLearner, anInteraction, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { type Answer, openTestApp, type TestApp } from '../support/testApp.js';

/** February 2025 is over for two days everywhere. */
const MARCH = new Date('2025-03-04T12:00:00Z');
const FEBRUARY = { from: '2025-02-01', until: '2025-03-01' };
const INSIGHTS = `query ($subject: InsightSubjectInput!, $period: InsightPeriodInput) {
  insights(subject: $subject, period: $period) {
    subject from until asOf missingMonths people events
    searches { people searches zeroResults noClicks top { term people searches zeroResults noClicks } zeroResult { term } }
    skills { skill { id } people searches openCourses }
    unfinished { people coursesLeft states { state people } dropPoints { fromProgress coursesLeft } }
    unfinishedCourses { course { id } people states { state people } }
    activeHours { weekday hour people }
    pages { page people visits }
    devices { device people }
    formats { kind people }
    funnel { stage people peopleAndCourses courses }
    trending { course { id } people previousPeople }
  }
}`;

interface Insights {
  readonly people: number | null;
  readonly asOf: string | null;
  readonly missingMonths: readonly string[];
  readonly searches: { readonly top: readonly { readonly term: string }[] } | null;
  readonly [section: string]: unknown;
}

describeOnBothDatabases('insights', (kind) => {
  let service: TestApp;
  const skill = aSkill({ id: 'python', name: 'Python' });
  const course = aCourse({
    id: 'py1',
    title: 'Python for Analysts',
    kind: 'VIDEO',
    skills: [{ skillId: 'python', levelFrom: 0, levelTo: 0.5 }],
  });
  const jobs = { report: () => {}, shouldStop: () => false };
  const ask = async (subject: object, period: object | null = FEBRUARY, credential?: string) =>
    (await service.ask<{ insights: Insights }>(INSIGHTS, { subject, period }, credential)).insights;
  const codeOf = ({ errors: [error] }: Answer) => error?.extensions.code ?? null;
  /** One evening of one person: a search in vain, a second try, a course begun and left at half. */
  const evening = (learnerId: string, day = '2025-02-12'): InteractionInput[] => {
    const at = (clock: string) => new Date(`${day}T${clock}Z`);
    return [
      anInteraction({
        learnerId,
        verb: 'SEARCHED',
        query: 'Pyhton',
        resultCount: 0,
        at: at('17:00:00'),
        page: '/search',
      }),
      anInteraction({
        learnerId,
        verb: 'SEARCHED',
        query: 'python',
        resultCount: 4,
        at: at('17:01:00'),
        device: 'MOBILE',
      }),
      anInteraction({ learnerId, verb: 'VISITED', page: '=cmd', at: at('17:01:30') }),
      anInteraction({ learnerId, verb: 'STARTED', courseId: 'py1', at: at('17:02:00') }),
      anInteraction({ learnerId, verb: 'PROGRESSED', courseId: 'py1', progress: 0.5, at: at('17:40:00') }),
    ];
  };
  const ids = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

  beforeAll(async () => {
    service = await openTestApp(kind, { now: new Date('2025-02-20T12:00:00Z') });
    const people = (names: readonly string[], department: string, location: string) =>
      names.map((id) =>
        aLearner({ id, department, location, timezone: 'Europe/Berlin', roleId: 'dev', managerId: 'boss' }),
      );
    await store(service, {
      skills: [skill],
      roles: [aRole({ id: 'dev' })],
      courses: [course],
      learners: [
        ...people(ids(9, 's'), 'Sales', 'Lyon'),
        ...people(ids(3, 'l'), 'Legal', 'Lyon'),
        aLearner({ id: 'boss' }),
      ],
      interactions: [...ids(9, 's'), ...ids(3, 'l')].flatMap((id) => evening(id)),
    });
  });
  afterAll(() => service.close());

  test('of groups are not told before the month is over and settled', async () => {
    await service.app.insightMonths.refresh(jobs, 0);
    const before = await ask({});
    expect([before.people, before.asOf, before.missingMonths]).toEqual([null, null, ['2025-02-01']]);
    service.now = MARCH;
    expect(await service.app.insightMonths.isDue()).toBe(true);
    expect(await service.app.insightMonths.refresh(jobs, 0)).toEqual({ toldMonths: ['2025-02-01'] });
    expect(await service.app.insightMonths.isDue()).toBe(false);
  });

  test('of the organisation tell every section in fives', async () => {
    expect(await ask({})).toEqual({
      ...{
        subject: 'the organisation',
        ...FEBRUARY,
        asOf: MARCH.toISOString(),
        missingMonths: [],
        people: 10,
        events: 60,
      },
      searches: {
        ...{ people: 10, searches: 25, zeroResults: 10, noClicks: null },
        top: [
          { term: 'pyhton', people: 10, searches: 10, zeroResults: 10, noClicks: null },
          { term: 'python', people: 10, searches: 10, zeroResults: null, noClicks: null },
        ],
        zeroResult: [{ term: 'pyhton' }],
      },
      skills: [{ skill: { id: 'python' }, people: 10, searches: 10, openCourses: 1 }],
      unfinished: {
        ...{ people: 10, coursesLeft: 10 },
        states: [{ state: 'PAUSED', people: 10 }],
        dropPoints: [{ fromProgress: 0.5, coursesLeft: 10 }],
      },
      unfinishedCourses: [{ course: { id: 'py1' }, people: 10, states: [{ state: 'PAUSED', people: 10 }] }],
      // In winter Berlin is an hour ahead.
      activeHours: [{ weekday: 'WEDNESDAY', hour: 18, people: 10 }],
      pages: [{ page: '=cmd', people: 10, visits: 10 }],
      devices: [{ device: 'MOBILE', people: 10 }],
      formats: [{ kind: 'VIDEO', people: 10 }],
      funnel: ['CLICKED', 'STARTED', 'PROGRESSED'].map((stage) => ({
        ...{ stage, people: 10, peopleAndCourses: 10, courses: 1 },
      })),
      trending: [{ course: { id: 'py1' }, people: 10, previousPeople: null }],
    });
  });

  test('of groups are told where that leaves nobody or five of everyone', async () => {
    // Sales is everyone but three, and so is told of no more than Legal.
    expect((await ask({ department: 'Sales' })).people).toBeNull();
    expect((await ask({ department: 'Legal' })).people).toBeNull();
    expect((await ask({ location: 'Lyon' })).people).toBe(10);
    expect((await ask({ roleId: 'dev' })).people).toBe(10);
    expect((await ask({ department: 'No such' })).searches).toMatchObject({ people: null, top: [] });
  });

  test('store nothing that must not be told', async () => {
    const rows = await service.sql<{ least: number; sales: number }>(
      `SELECT min(c.people)::integer AS least, count(*) FILTER (WHERE c.group_kind = 'DEPARTMENT')::integer AS sales
       FROM insight_cell c`,
    );
    expect(rows).toEqual([{ least: 10, sales: 0 }]);
  });

  test('take late events in once they are of five people', async () => {
    const late = async (names: readonly string[]) => {
      await store(service, {
        learners: names.map((id) => aLearner({ id, location: 'Lyon' })),
        interactions: names.flatMap((id) => evening(id)),
      });
      return await service.app.insightMonths.refresh(jobs, 0);
    };
    expect(await late(ids(4, 'late'))).toEqual({ toldMonths: [] });
    expect((await ask({})).people).toBe(10);
    expect(await late(['late4'])).toEqual({ toldMonths: ['2025-02-01'] });
    expect((await ask({})).people).toBe(15);
  });

  test('of groups are by whole months, one group at a time', async () => {
    for (const [subject, period] of [
      [{}, { from: '2025-02-02', until: '2025-03-01' }],
      [{}, { from: '2025-02-01', until: '2025-02-08' }],
      [{}, { from: '2025-03-01', until: '2025-02-01' }],
      [{}, { from: '2020-01-01', until: '2025-02-01' }],
      [{ department: 'Sales', location: 'Lyon' }, FEBRUARY],
      [{ department: 'Sales', learnerId: 's0' }, FEBRUARY],
    ]) {
      expect(codeOf(await service.post(INSIGHTS, { subject, period }))).toBe('BAD_USER_INPUT');
    }
  });

  describe('of a person', () => {
    const DAY = { from: '2025-02-12', until: '2025-02-13' };

    test('are exact, of any days, and theirs', async () => {
      const token = await service.token({ learnerId: 's0' });
      const own = await ask({ learnerId: 's0' }, DAY, token);
      expect(own).toMatchObject({
        ...{ subject: 's0', people: 1, events: 5, trending: [] },
        searches: { searches: 2, zeroResults: 1, top: [{ term: 'pyhton', people: 1 }, { term: 'python' }] },
        unfinished: { dropPoints: [{ fromProgress: 0.5, coursesLeft: 1 }] },
        pages: [{ page: '=cmd', visits: 1 }],
      });
      expect((await ask({ learnerId: 's0' }, { from: '2025-02-13', until: '2025-02-14' }, token)).people).toBeNull();
    });

    test('show their manager no searches, hours and pages', async () => {
      const token = await service.token({ learnerId: 'boss', roles: ['MANAGER'] });
      const seen = await ask({ learnerId: 's0' }, DAY, token);
      expect(seen).toMatchObject({ searches: null, skills: null, activeHours: null, pages: null, people: 1 });
      expect(JSON.stringify(seen)).not.toContain('pyhton');
      const csv = 'query ($table: InsightTable!) { insights(subject: { learnerId: "s0" }) { csv(table: $table) } }';
      for (const table of ['SEARCHES', 'SKILLS', 'ACTIVE_HOURS', 'PAGES']) {
        expect(codeOf(await service.post(csv, { table }, token))).toBe('FORBIDDEN');
      }
      expect(codeOf(await service.post(csv, { table: 'FUNNEL' }, token))).toBeNull();
      expect(codeOf(await service.post(INSIGHTS, { subject: { learnerId: 'late0' } }, token))).toBe('FORBIDDEN');
    });

    test('are not for L&D staff, and groups not for managers and learners', async () => {
      for (const role of ['LD_ANALYST', 'LD_EDITOR'] as const) {
        const token = await service.token({ learnerId: 'staff', roles: [role] });
        expect(codeOf(await service.post(INSIGHTS, { subject: { learnerId: 's0' } }, token))).toBe('FORBIDDEN');
        expect(codeOf(await service.post(INSIGHTS, { subject: {} }, token))).toBeNull();
      }
      const token = await service.token({ learnerId: 'boss', roles: ['MANAGER'] });
      for (const subject of [{}, { department: 'Sales' }]) {
        expect(codeOf(await service.post(INSIGHTS, { subject }, token))).toBe('FORBIDDEN');
      }
    });
  });

  test('come as CSV without formulas, and as pictures', async () => {
    const query = `query ($table: InsightTable!, $picture: InsightPicture!) {
      insights(subject: {}) { csv(table: $table) svg(picture: $picture) } }`;
    const found = await service.ask<{ insights: { csv: string; svg: string } }>(query, {
      table: 'PAGES',
      picture: 'SEARCHES',
    });
    expect(found.insights.csv).toBe("page,people,visits\r\n'=cmd,15,15\r\n");
    expect(found.insights.svg).toContain('pyhton: 15 searches, 15 in vain.');
    for (const table of [
      'SEARCHES',
      'SKILLS',
      'UNFINISHED',
      'DROP_POINTS',
      'ACTIVE_HOURS',
      'USE',
      'TRENDING',
      'FUNNEL',
    ]) {
      const { insights } = await service.ask<{ insights: { csv: string } }>(query, { table, picture: 'FUNNEL' });
      expect([table, insights.csv.split('\r\n').length > 2]).toEqual([table, true]);
    }
    for (const picture of ['DROP_POINTS', 'ACTIVE_HOURS', 'FUNNEL']) {
      const { insights } = await service.ask<{ insights: { svg: string } }>(query, { table: 'PAGES', picture });
      expect(insights.svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
      // Hours are of one month only; courses last.
      expect([picture, insights.svg.includes('sum of months')]).toEqual([picture, picture !== 'ACTIVE_HOURS']);
    }
    const own = 'query { insights(subject: { learnerId: "s0" }) { svg(picture: FUNNEL) } }';
    expect((await service.ask<{ insights: { svg: string } }>(own, {})).insights.svg).not.toContain('sum of months');
  });
});
