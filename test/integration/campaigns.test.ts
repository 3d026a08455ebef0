import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { isHeldOutOf } from '../../src/campaigns/campaign.js';
import { REACHABLE } from '../../src/campaigns/progress.js';
import { AudienceFigures } from '../../src/learners/fewPeople/audienceFigures.js';
import { WEEKDAYS } from '../../src/learners/learner.js';
import type { LearnerInput } from '../../src/learners/learnerPlan.js';
import { grouped } from '../../src/platform/grouped.js';
import { Pseudonyms } from '../../src/platform/pseudonyms.js';
import { audienceOf } from '../../src/rules/model/givenRule.js';
import { aCourse, aLearner, anAssignment, anInteraction, aRole, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 120_000 });

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** On a Wednesday, when nobody is to be reached before the next morning. */
const EVENING = new Date(NOON.getTime() + 9 * HOUR_MS);
const PAYLOAD = 'campaign { id state version } userErrors { code message path }';
const CREATE = `mutation ($id: ID!, $campaign: CampaignInput!, $reason: String!) {
  createCampaign(id: $id, campaign: $campaign, reason: $reason) { ${PAYLOAD} } }`;
const UPDATE = `mutation ($id: ID!, $campaign: CampaignInput!, $version: Int!) {
  updateCampaign(id: $id, campaign: $campaign, expectedVersion: $version, reason: "tests") { ${PAYLOAD} } }`;
const MESSAGES = `query ($id: ID!, $from: DateTime!, $to: DateTime!, $first: Int, $after: String) {
  campaignMessages(campaignId: $id, from: $from, to: $to, first: $first, after: $after) {
    edges { node { learnerId step courseId suggestionId channel startsAt endsAt } }
    pageInfo { hasNextPage endCursor } } }`;
const PROGRESS = `query ($id: ID!) { campaignProgress(id: $id) { enrolled heldOut gone finished
  steps { step courseId planned sent opened started completed } weeks { week planned sent completed } } }`;
const PREVIEW = `query ($id: ID!) { campaignPreview(id: $id) { people heldOut departments { department people }
  isEverybody looked withWindow withoutWindow withoutCourse firstCourseDays wholeDays } }`;

interface Payload {
  readonly campaign: { readonly id: string; readonly state: string; readonly version: number } | null;
  readonly userErrors: readonly { readonly code: string; readonly message: string; readonly path: readonly string[] }[];
}
interface Message {
  readonly learnerId: string;
  readonly step: number;
  readonly courseId: string;
  readonly suggestionId: string;
  readonly startsAt: string;
}
interface Step {
  readonly learner_id: string;
  readonly step: number;
  readonly course_id: string;
  readonly starts_at: Date;
  readonly withdrawn_because: string | null;
}

const idsOf = (learners: readonly { readonly id: string }[]) => learners.map(({ id }) => id).sort();
const day = (at: Date | string) => new Date(at).toISOString().slice(0, 10);

describeOnBothDatabases('campaigns', (kind) => {
  let service: TestApp;
  let made = 0;
  const courses = Array.from({ length: 4 }, () => aCourse({ durationMinutes: 20 }));
  const [one, two, three] = courses.map(({ id }) => id) as [string, string, string];

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses });
    await service.ask(
      `mutation { updateDeliveryPolicy(input: { explorationShare: 0, teamShare: 1 }, expectedVersion: 0, reason: "tests") {
        userErrors { code } } }`,
    );
  });
  beforeEach(() => {
    service.now = EVENING;
  });
  // Each turn looks after every campaign that there is.
  afterEach(() => service.sql('DELETE FROM campaign'));
  afterAll(() => service.close());

  const newTeam = async (people: number, given: Partial<LearnerInput> = {}) => {
    made += 1;
    const department = `Team ${made}`;
    const learners = Array.from({ length: people }, () => aLearner({ timezone: 'UTC', department, ...given }));
    await store(service, { learners });
    return { department, learners };
  };
  const create = async (id: string, campaign: object, reason = 'tests') =>
    (await service.ask<{ createCampaign: Payload }>(CREATE, { id, campaign, reason })).createCampaign;
  const move = async (name: 'start' | 'pause' | 'resume' | 'end', id: string, version: number) => {
    const query = `mutation ($id: ID!, $version: Int!) {
      moved: ${name}Campaign(id: $id, expectedVersion: $version, reason: "tests") { ${PAYLOAD} } }`;
    return (await service.ask<{ moved: Payload }>(query, { id, version })).moved;
  };
  /** A campaign for a team that runs. */
  const started = async (department: string, given: object = {}) => {
    made += 1;
    const id = `campaign-${made}`;
    const campaign = {
      name: 'A campaign',
      owner: 'L&D',
      audience: { departments: [department] },
      courseIds: [one],
      ...given,
    };
    expect(await create(id, campaign)).toMatchObject({ userErrors: [] });
    expect(await move('start', id, 1)).toMatchObject({ campaign: { state: 'RUNNING', version: 2 } });
    return id;
  };
  const run = () => service.app.campaigns.run({ shouldStop: () => false });
  const later = async (ms: number) => {
    service.now = new Date(service.now.getTime() + ms);
    await run();
  };
  const stepsOf = (id: string) =>
    service.sql<Step>(
      `SELECT s.learner_id, s.step, s.course_id, s.starts_at, s.withdrawn_because FROM campaign_step s
       WHERE s.campaign_id = $1 ORDER BY s.learner_id, s.step`,
      [id],
    );
  const planned = async (id: string) => (await stepsOf(id)).filter((step) => step.withdrawn_because === null);
  const plansOf = (learnerIds: readonly string[]) =>
    service.sql<{ learner_id: string; course_id: string }>(
      'SELECT p.learner_id, p.course_id FROM delivery_plan p WHERE p.learner_id = ANY($1::text[])',
      [learnerIds],
    );
  const messagesOf = async (id: string): Promise<readonly Message[]> => {
    const to = new Date(service.now.getTime() + 20 * DAY_MS);
    type Answer = { campaignMessages: { edges: readonly { node: Message }[] } };
    const found = await service.ask<Answer>(MESSAGES, { id, from: service.now, to, first: 100 });
    return found.campaignMessages.edges.map(({ node }) => node);
  };
  const progressOf = async (id: string, credential?: string) =>
    (await service.ask<{ campaignProgress: Record<string, unknown> }>(PROGRESS, { id }, credential)).campaignProgress;
  /** What L&D staff are told of a team. */
  const figuresOf = async (department: string) =>
    new AudienceFigures(audienceOf({ departments: [department] }), await secret());
  const secret = async () => {
    const pseudonyms = new Pseudonyms(service.app.database.dataSource);
    await pseudonyms.load();
    return pseudonyms.figuresSecret;
  };
  const complete = (learnerId: string, courseId: string) =>
    store(service, { interactions: [anInteraction({ learnerId, courseId, at: service.now })] });
  const record = (rows: readonly object[]) =>
    service.ask(
      `mutation ($rows: [RecordDeliveryInput!]!) { recordDelivery(deliveries: $rows) { storedCount userErrors { message } } }`,
      { rows },
    );

  test('are drafted, changed, started, paused, resumed and ended, and the audit log tells why', async () => {
    const draft = { name: 'Spring', owner: 'L&D', courseIds: [one] };
    expect(await create('spring', draft)).toEqual({
      campaign: { id: 'spring', state: 'DRAFT', version: 1 },
      userErrors: [],
    });
    expect(await create('spring', draft)).toMatchObject({ campaign: { version: 1 }, userErrors: [] });
    expect((await create('spring', { ...draft, courseIds: [two] })).userErrors).toMatchObject([
      { code: 'CONFLICT', path: ['id'] },
    ]);
    const changed = { id: 'spring', campaign: { ...draft, audience: { departments: ['Nowhere'] } }, version: 1 };
    const { updateCampaign } = await service.ask<{ updateCampaign: Payload }>(UPDATE, changed);
    expect(updateCampaign.campaign).toEqual({ id: 'spring', state: 'DRAFT', version: 2 });
    const stale = await service.post(UPDATE, changed);
    expect(stale.errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', details: { currentVersion: 2 } });
    expect((await move('pause', 'spring', 2)).userErrors[0]?.message).toContain('only one that is RUNNING can');
    expect((await move('start', 'spring', 2)).campaign).toMatchObject({ state: 'RUNNING', version: 3 });
    const late = await service.ask<{ updateCampaign: Payload }>(UPDATE, { ...changed, version: 3 });
    expect(late.updateCampaign.userErrors[0]?.message).toContain('Only drafts can be changed');
    expect((await move('pause', 'spring', 3)).campaign).toMatchObject({ state: 'PAUSED', version: 4 });
    expect((await move('resume', 'spring', 4)).campaign).toMatchObject({ state: 'RUNNING', version: 5 });
    expect((await move('end', 'spring', 5)).campaign).toMatchObject({ state: 'ENDED', version: 6 });
    expect((await move('start', 'spring', 6)).campaign).toBeNull();
    type Log = { auditLog: { edges: { node: { text: string; reason: string } }[] } };
    const { auditLog } = await service.ask<Log>(
      '{ auditLog(subject: "campaign spring") { edges { node { text reason } } } }',
    );
    expect(auditLog.edges.map(({ node }) => node.text).reverse()).toEqual([
      'The campaign “Spring” was drafted.',
      'The draft of the campaign “Spring” was changed.',
      'The campaign “Spring” was started.',
      'The campaign “Spring” was paused.',
      'The campaign “Spring” was resumed.',
      'The campaign “Spring” was ended.',
    ]);
    expect(new Set(auditLog.edges.map(({ node }) => node.reason))).toEqual(new Set(['tests']));
  });

  test('are refused with every field that is wrong', async () => {
    const { campaign, userErrors } = await create('wrong', {
      ...{
        name: 'W',
        owner: 'L&D',
        courseIds: [one, 'none', one],
        pathRoleId: 'none',
        dripDays: 3,
        holdoutPercent: 51,
      },
      ...{ weeklyCap: 0, schedule: { from: '2025-04-01', until: '2025-03-01', zone: 'Mars/Base' } },
    });
    expect(campaign).toBeNull();
    expect(userErrors.map(({ path }) => path.join('.')).sort()).toEqual(
      [
        'courseIds.1',
        'courseIds.2',
        'dripDays',
        'holdoutPercent',
        'pathRoleId',
        'pathRoleId',
        'schedule.zone',
        'weeklyCap',
      ].sort(),
    );
  });

  test('name the goal that they are to help with, which there has to be', async () => {
    const campaign = { name: 'A campaign', owner: 'L&D', courseIds: [one], goalId: 'busy' };
    expect(await create('for-a-goal', campaign)).toEqual({
      campaign: null,
      userErrors: [{ code: 'NOT_FOUND', message: 'goalId: there is no goal "busy"', path: ['goalId'] }],
    });
    const goal = { name: 'Busy', owner: 'L&D', metric: { kind: 'COMPLETIONS' }, baseline: 0, target: 1 };
    await service.ask(
      'mutation ($goal: GoalInput!) { createGoal(id: "busy", goal: $goal) { userErrors { message } } }',
      { goal: { ...goal, dueOn: '2025-12-31' } },
    );
    expect(await create('for-a-goal', campaign)).toMatchObject({ campaign: { version: 1 }, userErrors: [] });
    const stored = 'query { campaign(id: "for-a-goal") { goalId } }';
    expect(await service.ask(stored)).toEqual({ campaign: { goalId: 'busy' } });
    expect(
      (
        await service.ask<{ updateCampaign: Payload }>(UPDATE, {
          ...{ id: 'for-a-goal', version: 1, campaign: { ...campaign, goalId: null } },
        })
      ).updateCampaign.userErrors,
    ).toEqual([]);
    expect(await service.ask(stored)).toEqual({ campaign: { goalId: null } });
  });

  test('bring everybody the first course once, and nobody who is held out anything', async () => {
    const { department, learners } = await newTeam(30);
    const id = await started(department, { holdoutPercent: 30, courseIds: [one, two] });
    const key = await secret();
    const out = idsOf(learners.filter(({ id: learnerId }) => isHeldOutOf(id, learnerId, 30, key)));
    expect(out.length).toBeGreaterThan(2);
    await run();
    await run();
    const steps = await stepsOf(id);
    expect(steps.map(({ learner_id }) => learner_id)).toEqual(idsOf(learners).filter((each) => !out.includes(each)));
    expect(new Set(steps.map(({ step, course_id }) => `${step} ${course_id}`))).toEqual(new Set([`1 ${one}`]));
    expect(await plansOf(idsOf(learners))).toHaveLength(steps.length);
    expect(await progressOf(id)).toMatchObject({ enrolled: 30, heldOut: out.length, gone: 0 });
    const messages = await messagesOf(id);
    expect(messages.map(({ learnerId }) => learnerId).sort()).toEqual(steps.map(({ learner_id }) => learner_id));
    for (let days = 0; days < 10; days++) await later(DAY_MS);
    const all = await stepsOf(id);
    expect(all.filter(({ learner_id }) => out.includes(learner_id))).toEqual([]);
    expect(all).toHaveLength(2 * steps.length);
  });

  test('drip: the next course is planned once the one before is completed, and not before', async () => {
    const { department, learners } = await newTeam(2);
    const [quick, slow] = idsOf(learners) as [string, string];
    const id = await started(department, { courseIds: [one, two, three], mode: 'DRIP', weeklyCap: 7 });
    await run();
    await later(7 * DAY_MS);
    expect(await planned(id)).toHaveLength(2);
    await complete(quick, one);
    await later(HOUR_MS);
    const steps = await planned(id);
    expect(steps.map(({ learner_id, step, course_id }) => [learner_id, step, course_id])).toEqual([
      [quick, 1, one],
      [quick, 2, two],
      [slow, 1, one],
    ]);
    expect(await progressOf(id)).toMatchObject({
      steps: [
        { step: 1, planned: 2, completed: 1 },
        { step: 2, planned: 1 },
      ],
    });
    await later(30 * DAY_MS);
    expect((await planned(id)).filter(({ learner_id }) => learner_id === slow)).toHaveLength(1);
  });

  test('withdraw what is planned once the course is completed, and go on', async () => {
    const { department, learners } = await newTeam(1);
    const [ann] = idsOf(learners) as [string];
    const id = await started(department, { courseIds: [one, two], mode: 'DRIP', weeklyCap: 7 });
    await run();
    await complete(ann, one);
    expect(await messagesOf(id)).toEqual([]);
    await later(HOUR_MS);
    expect(await stepsOf(id)).toMatchObject([
      { step: 1, course_id: one, withdrawn_because: 'COMPLETED' },
      { step: 2, course_id: two, withdrawn_because: null },
    ]);
    expect(await plansOf([ann])).toEqual([{ learner_id: ann, course_id: two }]);
    await complete(ann, two);
    await later(HOUR_MS);
    expect(await progressOf(id)).toMatchObject({ finished: 1, steps: [] });
    expect(await plansOf([ann])).toEqual([]);
  });

  test('give out nothing while they are paused, and plan it anew when they are resumed', async () => {
    const { department, learners } = await newTeam(3);
    const id = await started(department);
    await run();
    expect(await messagesOf(id)).toHaveLength(3);
    await move('pause', id, 2);
    expect(await messagesOf(id)).toEqual([]);
    await run();
    expect((await stepsOf(id)).map((step) => step.withdrawn_because)).toEqual(['PAUSED', 'PAUSED', 'PAUSED']);
    expect(await plansOf(idsOf(learners))).toEqual([]);
    await move('resume', id, 3);
    await run();
    expect(await messagesOf(id)).toHaveLength(3);
    expect(await stepsOf(id)).toHaveLength(3);
    await move('end', id, 4);
    await run();
    expect((await stepsOf(id)).map((step) => step.withdrawn_because)).toEqual(['ENDED', 'ENDED', 'ENDED']);
  });

  test('begin and end with their schedule', async () => {
    const { department } = await newTeam(2);
    const id = await started(department, { schedule: { from: '2025-03-14', until: '2025-03-21', zone: 'UTC' } });
    await run();
    expect(await stepsOf(id)).toEqual([]);
    await later(2 * DAY_MS);
    const steps = await stepsOf(id);
    expect(steps).toHaveLength(2);
    for (const { starts_at } of steps) expect(day(starts_at) <= '2025-03-21').toBe(true);
    await later(10 * DAY_MS);
    expect(await service.ask(`{ campaign(id: "${id}") { state } }`)).toEqual({ campaign: { state: 'ENDED' } });
  });

  test('never plan more on a day than their cap, nor for one person in a week', async () => {
    const { department, learners } = await newTeam(12);
    const id = await started(department, { courseIds: [one, two, three], dailyCap: 2, weeklyCap: 1 });
    await run();
    for (let days = 0; days < 25; days++) await later(DAY_MS);
    const steps = await planned(id);
    const byDay = grouped(steps, ({ starts_at }) => day(starts_at));
    for (const onDay of byDay.values()) expect(onDay.length).toBeLessThanOrEqual(2);
    for (const own of grouped(steps, ({ learner_id }) => learner_id).values()) {
      const starts = own.map(({ starts_at }) => starts_at.getTime()).sort((a, b) => a - b);
      starts.slice(1).forEach((at, i) => {
        expect(at - (starts[i] as number)).toBeGreaterThanOrEqual(7 * DAY_MS);
      });
    }
    expect(new Set(steps.map(({ learner_id }) => learner_id)).size).toBe(learners.length);
  });

  test('take in people who come to fit, and stop for those who do not any more', async () => {
    const { department, learners } = await newTeam(2);
    const [stays, goes] = idsOf(learners) as [string, string];
    const id = await started(department);
    await run();
    const joins = aLearner({ timezone: 'UTC', department });
    await store(service, { learners: [joins, { id: goes, department: 'Elsewhere' }] });
    expect((await messagesOf(id)).map(({ learnerId }) => learnerId)).toEqual([stays]);
    await later(HOUR_MS);
    expect((await stepsOf(id)).map(({ learner_id, withdrawn_because }) => [learner_id, withdrawn_because])).toEqual(
      [
        [stays, null],
        [goes, 'LEFT'],
        [joins.id, null],
      ].sort(),
    );
    expect(await progressOf(id)).toMatchObject({ enrolled: 3, gone: 1 });
    await store(service, { learners: [{ id: goes, department }] });
    await later(DAY_MS);
    expect(await progressOf(id)).toMatchObject({ enrolled: 3, gone: 0, steps: [{ planned: 3 }] });
  });

  test('leave alone who opted out, muted it, has completed it or is to do it anyway', async () => {
    const { department, learners } = await newTeam(5);
    const [optedOut, muted, completed, assigned, other] = idsOf(learners) as [string, string, string, string, string];
    await store(service, {
      learners: [{ id: optedOut, personalisationOptOut: true }],
      interactions: [anInteraction({ learnerId: completed, courseId: one })],
      assignments: [anAssignment({ learnerId: assigned, courseId: one })],
    });
    await service.app.outcomes.mute({ learnerId: muted, channel: null, courseId: one, until: null });
    const id = await started(department);
    await run();
    expect((await stepsOf(id)).map(({ learner_id }) => learner_id)).toEqual([other]);
    const required = await started(department, { purpose: 'REQUIRED' });
    await run();
    expect((await stepsOf(required)).map(({ learner_id }) => learner_id)).toEqual([assigned]);
    await service.app.outcomes.mute({ learnerId: other, channel: null, courseId: null, until: null });
    expect(await messagesOf(id)).toEqual([]);
  });

  test('follow each person’s path to a role', async () => {
    const [basic, next] = [aSkill(), aSkill()];
    const first = aCourse({ durationMinutes: 20, skills: [{ skillId: basic.id, levelTo: 0.6 }] });
    const second = aCourse({
      ...{ durationMinutes: 20, prerequisiteIds: [first.id], skills: [{ skillId: next.id, levelTo: 0.6 }] },
    });
    const role = aRole({
      skills: [
        { skillId: basic.id, targetLevel: 0.5 },
        { skillId: next.id, targetLevel: 0.5 },
      ],
    });
    await store(service, { skills: [basic, next], courses: [first, second], roles: [role] });
    const { department, learners } = await newTeam(1);
    const [ann] = idsOf(learners) as [string];
    const given = { courseIds: null, pathRoleId: role.id, mode: 'DRIP', weeklyCap: 7 };
    const id = await started(department, given);
    await run();
    expect(await stepsOf(id)).toMatchObject([{ step: 1, course_id: first.id }]);
    await later(8 * DAY_MS);
    await complete(ann, first.id);
    await later(HOUR_MS);
    expect(await stepsOf(id)).toMatchObject([
      { step: 1, course_id: first.id },
      { step: 2, course_id: second.id },
    ]);
  });

  test('plan each message once, however many processes run them at once', async () => {
    const { department, learners } = await newTeam(40);
    const id = await started(department, { dailyCap: 7, courseIds: [one, two] });
    await Promise.all([run(), run(), run()]);
    for (let days = 0; days < 12; days++) {
      service.now = new Date(service.now.getTime() + DAY_MS);
      await Promise.all([run(), run()]);
    }
    const steps = await planned(id);
    for (const onDay of grouped(steps, ({ starts_at }) => day(starts_at)).values()) {
      expect(onDay.length).toBeLessThanOrEqual(7);
    }
    expect(steps.filter(({ step }) => step === 1)).toHaveLength(learners.length);
    expect(await plansOf(idsOf(learners))).toHaveLength(steps.length);
  });

  test('broken off between the plan and writing it down leave neither, and go on', async () => {
    const { department, learners } = await newTeam(6);
    const id = await started(department);
    await service.sql(
      `CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken off'; END $$`,
    );
    await service.sql(
      'CREATE TRIGGER break_off BEFORE INSERT ON campaign_step FOR EACH ROW EXECUTE FUNCTION break_off()',
    );
    await expect(run()).rejects.toThrow('broken off');
    expect(await plansOf(idsOf(learners))).toEqual([]);
    await service.sql('DROP TRIGGER break_off ON campaign_step');
    await service.sql('DROP FUNCTION break_off()');
    await later(HOUR_MS);
    expect(await stepsOf(id)).toHaveLength(6);
    expect(await plansOf(idsOf(learners))).toHaveLength(6);
  });

  test('give way to what somebody else plans for the same course, and do not bring it twice', async () => {
    const { department, learners } = await newTeam(1);
    const [ann] = idsOf(learners) as [string];
    const id = await started(department);
    await run();
    await service.ask(
      'mutation ($ann: ID!, $one: ID!) { planDelivery(learnerId: $ann, courseId: $one) { userErrors { message } } }',
      { ann, one },
    );
    expect(await messagesOf(id)).toEqual([]);
    await later(HOUR_MS);
    await later(20 * DAY_MS);
    expect(await stepsOf(id)).toMatchObject([{ withdrawn_because: 'REPLACED' }]);
  });

  test('give messages out page by page until they are told to be sent', async () => {
    const { department } = await newTeam(7);
    const id = await started(department);
    await run();
    const key = await service.key('DELIVER');
    type Page = {
      readonly edges: readonly { readonly node: Message }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
    const seen: Message[] = [];
    let after: string | null = null;
    do {
      const span = { from: EVENING, to: new Date(EVENING.getTime() + 20 * DAY_MS) };
      const { campaignMessages }: { campaignMessages: Page } = await service.ask(
        MESSAGES,
        { id, ...span, first: 3, after },
        key,
      );
      seen.push(...campaignMessages.edges.map(({ node }) => node));
      after = campaignMessages.pageInfo.hasNextPage ? campaignMessages.pageInfo.endCursor : null;
    } while (after !== null);
    expect(new Set(seen.map(({ learnerId }) => learnerId)).size).toBe(7);
    expect(seen.map(({ startsAt }) => startsAt)).toEqual(seen.map(({ startsAt }) => startsAt).sort());
    const [first] = seen as [Message];
    service.now = new Date(Math.max(...seen.map(({ startsAt }) => Date.parse(startsAt))) + HOUR_MS);
    const told = (outcome: string) => ({
      ...{ eventId: `${id} ${outcome}`, learnerId: first.learnerId, suggestionId: first.suggestionId },
      ...{ outcome, at: service.now, channel: 'EMAIL' },
    });
    await record([told('SENT'), told('OPENED')]);
    await complete(first.learnerId, one);
    await run();
    expect(await progressOf(id)).toMatchObject({
      steps: [{ step: 1, courseId: one, planned: 7, sent: 1, opened: 1, started: 1, completed: 1 }],
    });
  });

  test('tell L&D staff counts in fives, and nothing of people who are named', async () => {
    const { department, learners } = await newTeam(12);
    const analyst = await service.token({ learnerId: 'ana', roles: ['LD_ANALYST'] });
    const id = await started(department, { holdoutPercent: 20 });
    await run();
    const exact = await progressOf(id);
    const told = await progressOf(id, analyst);
    const figures = await figuresOf(department);
    expect(told).toMatchObject({ enrolled: figures.countOrNull(12, REACHABLE), gone: null, finished: null });
    expect(told['heldOut']).toBe(figures.countOrNull(exact['heldOut'] as number, { name: 'heldOut' }));
    // Whoever knows all of them but one would learn whether that one is in the department.
    const audience = { learnerIds: idsOf(learners), departments: [department] };
    const named = await started(department, { audience });
    await run();
    expect(await progressOf(named, analyst)).toMatchObject({ enrolled: null, heldOut: null, steps: [], weeks: [] });
    const editor = await service.token({ learnerId: 'edi', roles: ['LD_EDITOR'] });
    const preview = await service.ask<{ campaignPreview: object }>(PREVIEW, { id: named }, editor);
    expect(preview.campaignPreview).toEqual({
      ...{ people: null, heldOut: null, departments: [], isEverybody: true, looked: null, withWindow: null },
      ...{ withoutWindow: null, withoutCourse: null, firstCourseDays: null, wholeDays: null },
    });
  });

  test('can be looked at before they are started, and nothing of that is kept', async () => {
    const { department, learners } = await newTeam(12);
    const campaign = { name: 'P', owner: 'L&D', audience: { departments: [department] }, courseIds: [one, two] };
    const id = `preview ${department}`;
    await create(id, { ...campaign, holdoutPercent: 25, dailyCap: 2 });
    const key = await secret();
    const out = learners.filter((learner) => isHeldOutOf(id, learner.id, 25, key)).length;
    const suggestions = () => service.sql<{ n: number }>('SELECT count(*)::integer AS n FROM delivery_suggestion');
    const before = await suggestions();
    const { campaignPreview } = await service.ask<{ campaignPreview: Record<string, number> }>(PREVIEW, { id });
    expect(campaignPreview).toMatchObject({
      ...{ people: 12, heldOut: out, isEverybody: true, looked: 12 - out, withWindow: 12 - out, withoutWindow: 0 },
      ...{ withoutCourse: 0, departments: [{ department, people: 12 }] },
    });
    expect(campaignPreview['firstCourseDays']).toBeGreaterThanOrEqual(Math.ceil((12 - out) / 2));
    expect(campaignPreview['wholeDays']).toBeGreaterThanOrEqual(12 - out);
    expect(await suggestions()).toEqual(before);
    expect(await service.sql('SELECT FROM campaign_member WHERE campaign_id = $1', [id])).toEqual([]);
    const editor = await service.token({ learnerId: 'edi', roles: ['LD_EDITOR'] });
    const coarse = await service.ask<{ campaignPreview: Record<string, unknown> }>(PREVIEW, { id }, editor);
    const people = (await figuresOf(department)).countOrNull(12, REACHABLE);
    // Asked for by itself a department is told in the same figure.
    const departments = people === null ? [] : [{ department, people }];
    expect(coarse.campaignPreview).toMatchObject({ people, departments });
  });

  test('are carried out by the job of the service', async () => {
    service.now = new Date();
    const { department } = await newTeam(1, {
      workPattern: WEEKDAYS.map((name) => ({ day: name, start: '00:00', end: '24:00' })),
    });
    const id = await started(department);
    service.app.work();
    await vi.waitFor(async () => expect(await stepsOf(id)).toHaveLength(1), { timeout: 30_000, interval: 200 });
  });
});
