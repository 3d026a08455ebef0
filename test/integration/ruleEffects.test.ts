import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isHeldOut } from '../../src/rules/applying/holdout.js';
import { aCourse, aLearner, anAssignment, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { recommend } from '../support/recommending.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DRAFT = `mutation ($rule: RuleInput!) { draftRule(rule: $rule) { draft { id rule { id } } userErrors { message } } }`;
const PUBLISH = `mutation ($draftIds: [ID!]!, $expectedVersion: Int!, $holdoutPercent: Float) {
  publishRuleSet(draftIds: $draftIds, expectedVersion: $expectedVersion, reason: "A test", holdoutPercent: $holdoutPercent) {
    ruleSet { version } userErrors { message } } }`;
const EFFECT = `query ($ruleId: ID!) { ruleEffect(ruleId: $ruleId, weeks: 4) { weeks {
  lists people courses relevanceGivenUp { mean } takeUp { ruledPeople heldOutPeople ruledShare heldOutShare difference { estimate low high } verdict } } } }`;

interface Week {
  readonly people: number | null;
  readonly courses: number | null;
  readonly takeUp: {
    readonly ruledPeople: number | null;
    readonly heldOutPeople: number | null;
    readonly ruledShare: number | null;
    readonly heldOutShare: number | null;
    readonly difference: { readonly low: number; readonly high: number } | null;
    readonly verdict: string;
  } | null;
}

describeOnBothDatabases('whom the effect of a rule is told by', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 8 }, (_, i) =>
    aCourse({ publishedAt: new Date(Date.UTC(2024, 0, i + 1)), language: i === 7 ? 'de' : 'en' }),
  );
  const german = courses[7]?.id ?? '';
  const people = (prefix: string, languages: readonly string[]) =>
    Array.from({ length: 80 }, (_, i) => aLearner({ id: `${prefix}-${i}`, department: 'Sales', languages }));
  const bilingual = people('both', ['en', 'de']);
  const english = people('english', ['en']);
  const optedOut = Array.from({ length: 30 }, (_, i) =>
    aLearner({ id: `out-${i}`, department: 'Sales', personalisationOptOut: true }),
  );
  const elsewhere = Array.from({ length: 10 }, (_, i) => aLearner({ id: `other-${i}`, department: 'Legal' }));
  const ruled = (department: string, count: number) =>
    Array.from({ length: 40 }, (_, i) => aLearner({ id: `${department}-${i}`, department }))
      .filter(({ id }) => !isHeldOut(id, 50))
      .slice(0, count);
  const board = ruled('Board', 4);
  const [named] = ruled('Named', 1);
  const [burdened] = ruled('Burdened', 1).map((one) => ({ ...one, languages: ['en', 'fr'] }));
  const duties = Array.from({ length: 10 }, () => aCourse({ language: 'fr' }));
  const everybody = [...bilingual, ...english, ...optedOut, ...elsewhere, ...board, ...(named ? [named] : [])];
  const ruleIds: Record<string, string> = {};

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, {
      courses: [...courses, ...duties],
      learners: [...everybody, ...(burdened ? [burdened] : [])],
      assignments: duties.map(({ id: courseId }) => anAssignment({ learnerId: burdened?.id ?? '', courseId })),
    });
    const draftIds: string[] = [];
    const oldest = courses[0]?.id ?? '';
    for (const [name, action, audience, target] of [
      ['boost', { kind: 'BOOST', strength: 'SLIGHT' }, { departments: ['Sales'] }, german],
      ['mandate', { kind: 'MANDATE', dueOn: '2025-11-30' }, { departments: ['Sales'] }, oldest],
      ['few', { kind: 'PIN', place: 1 }, { departments: ['Board'] }, oldest],
      ['feed', { kind: 'PIN', place: 1 }, { learnerIds: [burdened?.id] }, oldest],
      ['name', { kind: 'PIN', place: 1 }, { learnerIds: [named?.id] }, oldest],
    ] as const) {
      const { draftRule } = await service.ask<{ draftRule: { draft: { id: string; rule: { id: string } } } }>(DRAFT, {
        rule: {
          audience,
          target: { courseIds: [target] },
          action,
          schedule: { until: '2025-11-30', zone: 'UTC' },
          owner: 'L&D',
        },
      });
      draftIds.push(draftRule.draft.id);
      ruleIds[name] = draftRule.draft.rule.id;
    }
    await service.ask(PUBLISH, { draftIds, expectedVersion: 0, holdoutPercent: 50 });
    for (const { id } of everybody) {
      await recommend(service, id, { first: 10 });
    }
    await service.ask(`query ($id: ID!) { feed(learnerId: $id) { servedListId } }`, { id: burdened?.id });
    // Whoever is offered the course takes it, with the rule or without it; nobody else does.
    const takers = [...bilingual, ...optedOut];
    service.now = new Date(NOON.getTime() + 22 * 86_400_000);
    await store(service, {
      interactions: takers.map(({ id }) =>
        anInteraction({ learnerId: id, courseId: german, at: new Date(NOON.getTime() + 86_400_000) }),
      ),
    });
  });
  afterAll(() => service.close());

  const firstWeek = async (name: string, credential?: string): Promise<Week | undefined> =>
    (await service.ask<{ ruleEffect: { weeks: Week[] } }>(EFFECT, { ruleId: ruleIds[name] }, credential)).ruleEffect
      .weeks[0];
  const isRuled = ({ id }: { id: string }) => !isHeldOut(id, 50);

  test('is the whole audience on either side, so that a boost that does nothing is not said to do something', async () => {
    const week = await firstWeek('boost');
    // Only those are touched who would have taken the course anyway.
    expect(week?.people).toBe(bilingual.filter(isRuled).length);
    const sales = [...bilingual, ...english];
    const [ruled, heldOut] = [sales.filter(isRuled), sales.filter((one) => !isRuled(one))];
    expect(week?.takeUp).toMatchObject({
      ...{ ruledPeople: ruled.length, heldOutPeople: heldOut.length, verdict: 'CANNOT_TELL' },
    });
    expect(week?.takeUp?.ruledShare).toBeCloseTo(bilingual.filter(isRuled).length / ruled.length, 10);
    const heldOutTakers = bilingual.filter((one) => !isRuled(one)).length;
    expect(week?.takeUp?.heldOutShare).toBeCloseTo(heldOutTakers / heldOut.length, 10);
    expect(week?.takeUp?.difference?.low).toBeLessThan(0);
    expect(week?.takeUp?.difference?.high).toBeGreaterThan(0);
  });

  test('is also whoever sees it on a shelf of a feed, below ten things that they have to do', async () => {
    expect(await firstWeek('feed')).toMatchObject({ lists: 1, people: 1, courses: 1 });
  });

  test('tells L&D staff nothing of what a rule does to people it names, or to four', async () => {
    for (const name of ['few', 'name']) {
      expect((await firstWeek(name))?.people).toBe(name === 'few' ? 4 : 1);
      for (const role of ['LD_EDITOR', 'LD_ANALYST'] as const) {
        const week = await firstWeek(name, await service.token({ learnerId: 'ed', roles: [role] }));
        expect(week).toEqual({
          ...{ lists: null, people: null, courses: null, relevanceGivenUp: null },
          takeUp: {
            ...{ ruledPeople: null, heldOutPeople: null, ruledShare: null, heldOutShare: null, difference: null },
            verdict: 'CANNOT_TELL',
          },
        });
      }
    }
  });

  test('tells L&D staff of many, roughly: not how many took something up to one', async () => {
    const [exact, week] = [
      await firstWeek('boost'),
      await firstWeek('boost', await service.token({ learnerId: 'ed', roles: ['LD_ANALYST'] })),
    ];
    expect((week?.people ?? 1) % 5).toBe(0);
    // Five by rounding, and the noise of the audience that somebody chose.
    expect(Math.abs((week?.people ?? 0) - (exact?.people ?? 0))).toBeLessThan(20);
    expect(week?.courses).toBe(1);
    // Over some 80 people, steps of a twentieth.
    const share = week?.takeUp?.ruledShare ?? 0;
    expect(share * 20).toBeCloseTo(Math.round(share * 20), 10);
    expect(Math.abs(share - (exact?.takeUp?.ruledShare ?? 0))).toBeLessThan(0.25);
    expect(week?.takeUp?.verdict).toBe(exact?.takeUp?.verdict);
  });

  test('is nobody for a rule that binds held-out people, too', async () => {
    expect((await firstWeek('mandate'))?.takeUp).toBeNull();
  });
});
