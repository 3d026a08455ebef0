import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSchema } from '../../src/app.js';
import {
  accessTable,
  assertEveryFieldHasAccess,
  ROLES,
  type Role,
  SCOPES,
  type Scope,
} from '../../src/platform/access/access.js';
import { aCourse, aLearner, anInteraction, aRole, aSkill, someEvidence } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { INGESTION, store } from '../support/ingest.js';
import { PAGE_FIELDS, RECOMMENDATIONS, recommend } from '../support/recommending.js';
import { type Answer, NOON, openTestApp, type TestApp } from '../support/testApp.js';

const ROLE_NAMES = Object.keys(ROLES) as Role[];
const SCOPE_NAMES = Object.keys(SCOPES) as Scope[];

const CATALOG_READERS = ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST', 'CATALOG', 'RECOMMEND', 'INGEST'] as const;
const SETTINGS_READERS = ['LD_EDITOR', 'LD_ANALYST'] as const;
const TRAINING_READERS = ['LD_EDITOR', 'LD_ANALYST', 'TRAIN'] as const;

/**
 * Who may select each field that has a rule of its own, of roles and scopes; administrators may select all. Everyone with
 * a token is a LEARNER.
 */
const POLICY: Readonly<Record<string, readonly (Role | Scope)[]>> = {
  'Query.course': CATALOG_READERS,
  'Query.courses': CATALOG_READERS,
  'Query.skills': CATALOG_READERS,
  'Query.roles': CATALOG_READERS,
  'Query.similarCourses': ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST', 'CATALOG', 'RECOMMEND'],
  'Query.trending': ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST', 'CATALOG', 'RECOMMEND'],
  'Query.requiredLearning': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Query.me': ['LEARNER'],
  'Query.learner': ['LEARNER', 'MANAGER', 'RECOMMEND', 'INGEST'],
  'Query.learningPath': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Query.skillGaps': ['LEARNER', 'MANAGER', 'RECOMMEND', 'INGEST'],
  'Query.recommendations': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Learner.recommendations': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Learner.profile': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Query.feed': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Learner.feed': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Query.whyNot': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Query.recommendationsForLearners': ['RECOMMEND'],
  'Query.servedList': ['LEARNER', 'MANAGER', 'RECOMMEND'],
  'Query.contentNeeds': ['LD_EDITOR', 'LD_ANALYST'],
  'Query.deliverySuggestion': ['LEARNER', 'TIMING'],
  'Query.deliverySuggestions': ['TIMING'],
  'Mutation.planDelivery': ['DELIVER'],
  'PlanDeliveryPayload.suggestion': ['TIMING'],
  'Mutation.planDeliveries': ['DELIVER'],
  'DeliveryCampaign.suggestions': ['TIMING'],
  'Query.learnerWeek': ['LEARNER', 'TIMING'],
  'Query.activeHoursOfGroup': ['MANAGER', 'LD_EDITOR', 'LD_ANALYST', 'TIMING'],
  'Query.deliveryMutes': ['LEARNER', 'TIMING'],
  'DeliveryMutesPayload.liftedCount': ['LEARNER', 'TIMING'],
  'DeliveryMutesPayload.mutes': ['LEARNER', 'TIMING'],
  'Query.myDeliveryMutes': ['LEARNER'],
  'Query.deliveryPolicy': SETTINGS_READERS,
  'Query.deliveryPolicyVersions': SETTINGS_READERS,
  'Query.holidays': ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST', 'TIMING', 'INGEST'],
  'Query.experimentPreference': SETTINGS_READERS,
  'Query.impact': SETTINGS_READERS,
  'Query.insights': ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST'],
  'Query.leave': ['LEARNER', 'TIMING'],
  'Query.trainingRun': TRAINING_READERS,
  'Query.modelVersions': TRAINING_READERS,
  'ModelVersion.ranking': TRAINING_READERS,
  'Query.policy': SETTINGS_READERS,
  'Query.policyVersions': SETTINGS_READERS,
  'Query.signalWeights': SETTINGS_READERS,
  'Query.signalWeightsVersions': SETTINGS_READERS,
  'Query.previewSignalWeights': ['LD_EDITOR'],
  'Query.previewList': ['LD_EDITOR'],
  'Query.rulePreview': ['LD_EDITOR'],
  'Query.previewDeliveryPolicy': ['LD_EDITOR'],
  'Query.ruleEffect': SETTINGS_READERS,
  'Query.auditLog': SETTINGS_READERS,
  'Query.rule': SETTINGS_READERS,
  'Query.experiment': SETTINGS_READERS,
  'Query.experiments': SETTINGS_READERS,
  'Query.assignment': ['LEARNER', 'RECOMMEND'],
  'Query.ruleDrafts': SETTINGS_READERS,
  'Query.ruleSet': SETTINGS_READERS,
  'Query.ruleSets': SETTINGS_READERS,
  'Query.ruleSetDiff': SETTINGS_READERS,
  'Query.campaign': SETTINGS_READERS,
  'Query.campaigns': SETTINGS_READERS,
  'Query.campaignProgress': SETTINGS_READERS,
  'Query.campaignPreview': ['LD_EDITOR'],
  'Query.campaignMessages': ['DELIVER'],
  'Mutation.createCampaign': ['LD_EDITOR'],
  'Mutation.updateCampaign': ['LD_EDITOR'],
  'Mutation.startCampaign': ['LD_EDITOR'],
  'Mutation.pauseCampaign': ['LD_EDITOR'],
  'Mutation.resumeCampaign': ['LD_EDITOR'],
  'Mutation.endCampaign': ['LD_EDITOR'],
  'Query.goal': SETTINGS_READERS,
  'Query.goals': SETTINGS_READERS,
  'Query.kpi': SETTINGS_READERS,
  'Query.kpis': SETTINGS_READERS,
  'Query.feedback': SETTINGS_READERS,
  'Query.apiKeys': [],
  'Mutation.createApiKey': [],
  'Mutation.revokeApiKey': [],
  'Mutation.trainModel': ['LD_EDITOR', 'TRAIN'],
  'Mutation.dismissCourse': ['LEARNER', 'INGEST'],
  'Mutation.alreadyKnow': ['LEARNER', 'INGEST'],
  'Mutation.saveCourse': ['LEARNER', 'INGEST'],
  'Mutation.rateCourse': ['LEARNER', 'INGEST'],
  'Mutation.updatePolicy': ['LD_EDITOR'],
  'Mutation.draftRule': ['LD_EDITOR'],
  'Mutation.previewRules': ['LD_EDITOR'],
  'Mutation.draftRuleRemoval': ['LD_EDITOR'],
  'Mutation.draftSetting': ['LD_EDITOR'],
  'Mutation.updateDraft': ['LD_EDITOR'],
  'Mutation.updateSettingDraft': ['LD_EDITOR'],
  'Mutation.discardDraft': ['LD_EDITOR'],
  'Mutation.approveDrafts': ['LD_EDITOR'],
  'Mutation.publishRuleSet': ['LD_EDITOR'],
  'Mutation.rollbackRuleSet': ['LD_EDITOR'],
  'Mutation.createExperiment': ['LD_EDITOR'],
  'Mutation.updateExperiment': ['LD_EDITOR'],
  'Mutation.startExperiment': ['LD_EDITOR'],
  'Mutation.stopExperiment': ['LD_EDITOR'],
  'Mutation.shipVariant': ['LD_EDITOR'],
  'Mutation.rollBackExperiment': ['LD_EDITOR'],
  'Mutation.updateSignalWeights': ['LD_EDITOR'],
  'Mutation.upsertSkills': ['LD_EDITOR', 'INGEST'],
  'Mutation.upsertRoles': ['LD_EDITOR', 'INGEST'],
  'Mutation.upsertCourses': ['LD_EDITOR', 'INGEST'],
  'Mutation.upsertLearners': ['INGEST'],
  'Mutation.recordSkillEvidence': ['INGEST'],
  'Mutation.assignCourses': ['INGEST'],
  'Mutation.recordActivity': ['INGEST'],
  'Mutation.recordDelivery': ['INGEST'],
  'Mutation.muteDeliveries': ['LEARNER', 'INGEST'],
  'Mutation.unmuteDeliveries': ['LEARNER', 'INGEST'],
  'Mutation.updateDeliveryPolicy': ['LD_EDITOR'],
  'Mutation.upsertHolidays': ['LD_EDITOR', 'INGEST'],
  'Mutation.removeHolidays': ['LD_EDITOR', 'INGEST'],
  'Mutation.upsertLeave': ['LD_EDITOR', 'INGEST'],
  'Mutation.removeLeave': ['LD_EDITOR', 'INGEST'],
  'Mutation.createGoal': ['LD_EDITOR'],
  'Mutation.updateGoal': ['LD_EDITOR'],
  'Mutation.closeGoal': ['LD_EDITOR'],
  'Mutation.addGoalReview': ['LD_EDITOR'],
  'Mutation.upsertKpis': ['LD_EDITOR', 'KPI'],
  'Mutation.recordKpi': ['KPI'],
  'Mutation.recordFeedback': ['KPI'],
  'Mutation.rebuildProfiles': [],
  'Query.profileRebuild': [],
  'Query.exportLearner': ['PRIVACY', 'LEARNER'],
  'Query.exportLearnerSection': ['PRIVACY', 'LEARNER'],
  'Query.learnerPrivacy': ['PRIVACY', 'LEARNER'],
  'Query.erasure': ['PRIVACY'],
  'Erasure.requestedBy': ['PRIVACY'],
  'Erasure.reason': ['PRIVACY'],
  'Query.retention': ['PRIVACY'],
  'Mutation.eraseLearner': ['PRIVACY'],
  'Mutation.restrictLearner': ['PRIVACY'],
  'Mutation.readmitLearner': ['PRIVACY'],
};

/** Fields about whoever holds the token: a key is nobody. */
const FOR_PEOPLE = ['Query.me', 'Query.myDeliveryMutes'];

/** Texts that only what belongs to this learner holds. */
const SECRET = 'grace-only';
const GRACE = aLearner({
  id: SECRET,
  department: `${SECRET} department`,
  location: `${SECRET} location`,
  managerId: 'boss',
});
const ADA = aLearner({ id: 'ada', department: 'Sales' });
const BOSS = aLearner({ id: 'boss' });

type Field = GraphQLField<unknown, unknown>;

/** A request for everything that a root field can tell. */
interface Probe {
  /** The root field, and the fields below it that have a rule of their own. */
  readonly selected: readonly string[];
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

describe('the rules of the schema', () => {
  test('leave out no field', async () => {
    const schema = await createSchema();
    expect(() => assertEveryFieldHasAccess(schema)).not.toThrow();
    expect(accessTable(schema).length).toBeGreaterThan(100);
  });

  test('are those of the policy', async () => {
    const ruled = accessTable(await createSchema()).filter(({ rules }) => rules.length > 0);
    expect(ruled.map(({ field }) => field).sort()).toEqual(Object.keys(POLICY).sort());
  });
});

describeOnBothDatabases('access', (kind) => {
  let service: TestApp;
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await createSchema();
    // One person asks for everything at once.
    service = await openTestApp(kind, { env: { RATE_PER_PERSON: '0' } });
    const [skill, course] = [aSkill(), aCourse()];
    await store(service, {
      skills: [skill],
      roles: [aRole({ skills: [{ skillId: skill.id }] })],
      courses: [course, aCourse({ id: 'c' })],
      learners: [GRACE, ADA, BOSS],
      evidence: [someEvidence({ learnerId: SECRET, skillId: skill.id })],
      interactions: [
        anInteraction({ learnerId: SECRET, courseId: course.id, device: 'MOBILE', eventId: SECRET }),
        anInteraction({ learnerId: SECRET, verb: 'SEARCHED', query: SECRET }),
      ],
    });
  });
  afterAll(() => service.close());

  /** NOT_FOUND is the answer to somebody who may ask. */
  const codeOf = ({ errors: [error] }: Answer) =>
    (error?.extensions.code === 'NOT_FOUND' ? null : error?.extensions.code) ?? null;
  /** Every root field asked for everything; about one's own self where it is about learners. */
  const probes = (learnerId: string) => rootFields(schema).flatMap((root) => probesOf(root, learnerId));

  describe('by role and scope', () => {
    /** Asks everything with this key or token, and compares what is refused with the policy. */
    async function walk(credential: string, holds: (who: Role | Scope) => boolean, isAdmin = false): Promise<void> {
      for (const { selected, query, variables } of probes('ada')) {
        const answer = await service.post(query, variables, credential);
        const allowed = isAdmin || selected.every((field) => POLICY[field]?.some(holds));
        expect([selected, codeOf(answer) === 'FORBIDDEN']).toEqual([selected, !allowed]);
        if (!allowed) expect([answer.status, answer.data]).toEqual([403, null]);
        else expect([selected, codeOf(answer)]).toEqual([selected, null]);
      }
    }

    test.each(ROLE_NAMES.map((role) => [role]))('a token with the role %s opens what the policy says', async (role) => {
      const token = await service.token({ learnerId: 'ada', roles: [role] });
      await walk(token, (who) => who === role || who === 'LEARNER', role === 'ADMIN');
    });

    test.each(SCOPE_NAMES.map((scope) => [scope]))(
      'a key with the scope %s opens what the policy says',
      async (scope) => {
        await walk(await service.key(scope), (who) => who === scope);
      },
    );

    test('an administrator’s key opens everything but what is for people', async () => {
      for (const { selected, query, variables } of probes('ada')) {
        const code = codeOf(await service.post(query, variables));
        expect([selected, code === 'FORBIDDEN']).toEqual([selected, FOR_PEOPLE.includes(selected[0] ?? '')]);
      }
    });

    test('one field that is not allowed refuses a request whole, also inside a fragment and when it is skipped', async () => {
      const key = await service.key('CATALOG');
      for (const query of [
        '{ courses { edges { node { id } } } modelVersions { id } }',
        '{ ...Both } fragment Both on Query { courses { edges { cursor } } ... on Query { modelVersions { id } } }',
        '{ courses { edges { cursor } } modelVersions @include(if: false) { id } }',
      ]) {
        const answer = await service.post(query, {}, key);
        expect([codeOf(answer), answer.data]).toEqual(['FORBIDDEN', null]);
      }
    });

    test('a refused mutation changes nothing', async () => {
      const token = await service.token({ learnerId: 'ada', roles: ['MANAGER', 'LD_ANALYST'] });
      const rows = { rows: [{ id: 'ada', department: 'Board' }] };
      expect(codeOf(await service.post(INGESTION.upsertLearners, rows, token))).toBe('FORBIDDEN');
      expect(await service.sql(`SELECT department FROM learner WHERE id = 'ada'`)).toEqual([{ department: 'Sales' }]);
    });
  });

  describe('a learner’s token', () => {
    test('reads nothing of another learner, whatever field is asked for everything', async () => {
      const token = await service.token({ learnerId: 'ada' });
      let asked = 0;
      for (const { selected, query, variables } of probes(SECRET)) {
        const answer = await service.post(query, variables, token);
        expect([selected, JSON.stringify([answer.data]).includes(SECRET)]).toEqual([selected, false]);
        if (!Object.keys(variables).some((variable) => variable.startsWith('learner'))) continue;
        asked += 1;
        expect([selected, codeOf(answer)]).toEqual([selected, 'FORBIDDEN']);
        expect(Object.values(answer.data ?? {}).filter((value) => value !== null)).toEqual([]);
      }
      expect(asked).toBeGreaterThanOrEqual(4);
    });

    test('reads themself', async () => {
      const token = await service.token({ learnerId: 'ada' });
      expect(await service.ask('{ me { id department } learner(learnerId: "ada") { id } }', {}, token)).toEqual({
        me: { id: 'ada', department: 'Sales' },
        learner: { id: 'ada' },
      });
      expect(await recommend({ ask: (query, variables) => service.ask(query, variables, token) }, 'ada')).toMatchObject(
        {
          learnerId: 'ada',
        },
      );
    });

    test('works before anybody has told us about them', async () => {
      const token = await service.token({ learnerId: 'newcomer' });
      const found = await service.ask('{ me { id active recommendations(first: 1) { learnerId } } }', {}, token);
      expect(found).toEqual({ me: { id: 'newcomer', active: true, recommendations: { learnerId: 'newcomer' } } });
    });

    test('cannot follow the pages of another learner’s list', async () => {
      const list = await recommend(service, SECRET, { first: 1 });
      const token = await service.token({ learnerId: 'ada' });
      const after = list.pageInfo.endCursor;
      const page = `recommendations(first: 5, after: $after) { ${PAGE_FIELDS} }`;
      for (const [query, variables] of [
        [RECOMMENDATIONS, { learnerId: 'ada', first: 5, after }],
        [`query ($after: String) { me { ${page} } }`, { after }],
      ] as const) {
        const answer = await service.post(query, variables, token);
        expect(codeOf(answer)).toBe('BAD_USER_INPUT');
        expect(JSON.stringify(answer)).not.toContain(list.servedListId);
      }
    });

    test('is refused beside their own self, too', async () => {
      const token = await service.token({ learnerId: 'ada' });
      const query = '{ own: learner(learnerId: "ada") { id } other: learner(learnerId: "grace-only") { id } }';
      const answer = await service.post(query, {}, token);
      expect(answer.data?.['other'] ?? null).toBeNull();
      expect(codeOf(answer)).toBe('FORBIDDEN');
    });
  });

  test('a manager reads the people who report to them and nobody else', async () => {
    const token = await service.token({ learnerId: 'boss', roles: ['MANAGER'] });
    const department = 'query ($learnerId: ID!) { learner(learnerId: $learnerId) { department } }';
    expect(await service.ask(department, { learnerId: SECRET }, token)).toEqual({
      learner: { department: GRACE.department },
    });
    for (const learnerId of ['ada', 'nobody', '', 'a\0b']) {
      expect(codeOf(await service.post(department, { learnerId }, token))).toBe('FORBIDDEN');
    }
    const timing = 'query ($learnerId: ID!) { deliverySuggestion(learnerId: $learnerId, courseId: "c") { id } }';
    expect(codeOf(await service.post(timing, { learnerId: SECRET }, token))).toBe('FORBIDDEN');
    expect(codeOf(await service.post(timing, { learnerId: 'boss' }, token))).toBeNull();
  });

  describe('without a key or token', () => {
    test('there is nothing but signs of life', async () => {
      const get = async (path: string) => (await fetch(`${service.url}${path}`)).status;
      expect(await Promise.all(['/healthz', '/readyz', '/'].map(get))).toEqual([200, 200, 200]);
      expect(await Promise.all(['/metrics', '/graphql?query={__typename}', '/data'].map(get))).toEqual([401, 401, 404]);
      for (const { query, variables } of [
        ...probes('ada'),
        { query: '{ __typename }', variables: {} },
        { query: '{ __schema { queryType { name } } }', variables: {} },
      ]) {
        const answer = await service.post(query, variables, null);
        expect([query, answer.status, codeOf(answer), answer.data]).toEqual([query, 401, 'UNAUTHENTICATED', null]);
      }
    });

    test('a key anywhere but in the header counts for nothing', async () => {
      const key = await service.key();
      const query = '{ courses { edges { cursor } } }';
      const ask = (path: string, headers: Record<string, string>) =>
        fetch(`${service.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ query, key, apiKey: key }),
        });
      const statuses = [
        (await ask(`/graphql?key=${key}&access_token=${key}`, {})).status,
        (await ask('/graphql', { cookie: `key=${key}; authorization=Bearer ${key}` })).status,
        (await ask('/graphql', { 'x-api-key': key })).status,
        (await ask('/graphql', { authorization: `Basic ${Buffer.from(`key:${key}`).toString('base64')}` })).status,
        (await ask('/graphql', { authorization: key })).status,
      ];
      expect(statuses).toEqual([401, 401, 401, 401, 401]);
      expect((await ask('/graphql', { authorization: `Bearer ${key}` })).status).toBe(200);
    });
  });

  describe('a key', () => {
    const query = '{ courses { edges { cursor } } }';
    const refusal = async (credential: string) => {
      const { status, errors, data } = await service.post(query, {}, credential);
      expect([status, data]).toEqual([401, null]);
      return errors[0]?.message;
    };

    test('that was revoked is refused from that moment on', async () => {
      const { text, key } = await service.app.apiKeys.create({
        ...{ name: 'Portal', role: 'PORTAL', scopes: ['CATALOG'], expiresAt: null },
      });
      expect((await service.post(query, {}, text)).status).toBe(200);
      await service.app.apiKeys.revoke(key.id);
      expect(await refusal(text)).toBe('The API key was revoked.');
    });

    test('that has expired is refused', async () => {
      const expiresAt = new Date(Date.now() + 300);
      const { text } = await service.app.apiKeys.create({
        ...{ name: 'Portal', role: 'PORTAL', scopes: ['CATALOG'], expiresAt },
      });
      await new Promise((resolve) => setTimeout(resolve, 350));
      expect(await refusal(text)).toBe('The API key has expired.');
    });

    test('that is made up is refused, and no key is stored in the clear', async () => {
      const text = await service.key('CATALOG');
      const secret = text.split('_').slice(2).join('_');
      expect(await refusal(text.replace(secret, secret.split('').reverse().join('')))).toBe(
        'The API key is not valid.',
      );
      expect(await refusal(text.replace(/_[0-9a-f]{16}_/, '_0123456789abcdef_'))).toBe('The API key is not valid.');
      expect(await refusal(text.slice(0, -1))).toContain('incomplete');
      const rows = await service.sql<{ row: string }>('SELECT to_jsonb(k)::text AS row FROM api_key k');
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.some(({ row }) => row.includes(secret))).toBe(false);
    });
  });

  describe('a token is refused when it', () => {
    const refuses = async (token: string, because: string) => {
      const { status, errors, data } = await service.post('{ me { id } }', {}, token);
      expect([status, data, errors[0]?.extensions.code]).toEqual([401, null, 'UNAUTHENTICATED']);
      expect(errors[0]?.message).toContain(because);
    };

    test('has expired', async () => refuses(await service.token({ learnerId: 'ada', expires: '-1m' }), 'expired'));
    test('never expires', async () => refuses(await service.token({ learnerId: 'ada', expires: null }), '"exp"'));
    test('comes from somebody else', async () => {
      await refuses(await service.token({ learnerId: 'ada', issuer: 'https://evil.example.org/' }), 'issuer');
    });
    test('was made for another service', async () => {
      await refuses(await service.token({ learnerId: 'ada', audience: 'payroll' }), 'another service');
    });
    test('is signed with another key', async () => {
      await refuses(await service.token({ learnerId: 'ada', isForged: true }), 'signature');
    });
    test('names nobody that could be a learner', async () => {
      await refuses(await service.token({ learnerId: 'a\0b' }), '(sub)');
    });
    test('is not signed, or with what is no secret', async () => {
      const [header = '', payload = ''] = (await service.token({ learnerId: 'ada', roles: ['ADMIN'] })).split('.');
      const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
      await refuses(`${unsigned}.${payload}.`, '');
      await refuses(`${header}.${payload}.`, '');
      const shared = await new SignJWT(JSON.parse(Buffer.from(payload, 'base64url').toString()))
        .setProtectedHeader({ alg: 'HS256', kid: 'test' })
        .sign(Buffer.from('the public key, which everybody knows'));
      await refuses(shared, 'not accepted');
    });
    test('was changed after signing', async () => {
      const [header, payload = '', signature] = (await service.token({ learnerId: 'ada' })).split('.');
      const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: SECRET };
      await refuses(`${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`, 'signature');
    });
  });

  test('roles that a token names and we do not know give no rights', async () => {
    const roles = ['administrator', 'ROOT', '__proto__', 'LD_EDITOR '] as unknown as Role[];
    const token = await service.token({ learnerId: 'ada', roles });
    expect(codeOf(await service.post('{ modelVersions { id } }', {}, token))).toBe('FORBIDDEN');
    expect(codeOf(await service.post('{ me { id } }', {}, token))).toBeNull();
  });
});

interface RootField {
  /** `Query.courses`. */
  readonly name: string;
  readonly type: 'query' | 'mutation';
  readonly field: Field;
}

function rootFields(schema: GraphQLSchema): RootField[] {
  const roots: [GraphQLObjectType | null | undefined, 'query' | 'mutation'][] = [
    [schema.getQueryType(), 'query'],
    [schema.getMutationType(), 'mutation'],
  ];
  return roots.flatMap(([root, type]) =>
    Object.values(root?.getFields() ?? {}).map((field) => ({ name: `${root?.name}.${field.name}`, type, field })),
  );
}

/**
 * Asks a root field for everything below it, with the arguments it must have: once without the fields below that have a
 * rule of their own and, where there are such, once with them.
 */
function probesOf({ name, type, field }: RootField, learnerId: string): Probe[] {
  const args = field.args.filter((arg) => isRequiredArgument(arg) || ONE_OF_SEVERAL.has(`${field.name}.${arg.name}`));
  const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const variables = Object.fromEntries(args.map((arg) => [arg.name, valueFor(arg, learnerId)]));
  return [false, true].flatMap((withRuled) => {
    const ruled = new Set<string>();
    const call = `${field.name}${passed && `(${passed})`} ${selection(field, 4, withRuled ? ruled : null)}`;
    if (withRuled && ruled.size === 0) return [];
    return [{ selected: [name, ...ruled], query: `${type} ${declared && `(${declared})`} { ${call} }`, variables }];
  });
}

/** Arguments of which a field takes one, so that none of them is required. */
const ONE_OF_SEVERAL: ReadonlySet<string> = new Set(['impact.experimentId']);

function valueFor(arg: GraphQLArgument, learnerId: string): unknown {
  const type = isNonNullType(arg.type) ? arg.type.ofType : arg.type;
  if (isListType(type) && isInputObjectType(getNamedType(type))) return [];
  const known: Readonly<Record<string, unknown>> = {
    ...{ learnerId, learnerIds: [learnerId], courseId: 'c', id: 'c', name: 'Probe', scopes: ['CATALOG'] },
    // A setting is not changed without a reason: whoever may change it is told so.
    ...{ input: {}, expectedVersion: 0, reason: '', rating: 0.5 },
    audience: { kind: 'ORGANISATION' },
    subject: { learnerId },
    // A rule about every course, which is refused, and a setting in which nothing changes.
    ...{ rule: { action: { kind: 'EXCLUDE' }, owner: 'Probe' }, ruleId: 'r', setting: { policy: {} } },
    // An experiment is refused for want of a reason.
    experiment: {
      ...{ name: 'Probe', hypothesis: 'Probe', owner: 'Probe', variants: [], primaryMetric: 'CLICK_RATE' },
      ...{ minimumPeoplePerVariant: 5, minimumDays: 1 },
    },
    ...{ experimentId: 'x', variantId: 'v' },
    // A campaign without courses, which is refused.
    ...{ campaign: { name: 'Probe', owner: 'Probe' }, campaignId: 'c', from: NOON, to: new Date(NOON.getTime() + 1) },
    // A goal that is over, a note that says nothing.
    goal: { name: 'Probe', owner: 'Probe', metric: { kind: 'COMPLETIONS' }, target: 1, dueOn: '2000-01-01' },
    ...{ change: {}, note: '', questionId: 'q' },
    ...{ draftId: 'd', draftIds: [], expectedRevision: 1, toVersion: 0, a: 0, b: 0 },
    // Nobody is restricted, erased or let back in without a reason.
    ...{ restricted: true, section: 'activity' },
  };
  if (!Object.hasOwn(known, arg.name)) throw new Error(`The walk does not know what to pass as ${arg.name}: teach it`);
  return known[arg.name];
}

/**
 * Everything that can be selected below a field without arguments, so many levels deep.
 *
 * @param ruled takes down the fields among them that have a rule of their own; null: those are left out
 */
function selection(field: Field, depth: number, ruled: Set<string> | null): string {
  const type = getNamedType(field.type);
  if (isUnionType(type)) {
    return `{ ${type
      .getTypes()
      .map((one) => `... on ${one.name} { ${members(one, depth, ruled)} }`)
      .join(' ')} }`;
  }
  return isObjectType(type) ? `{ __typename ${members(type, depth, ruled)} }` : '';
}

function members(type: GraphQLObjectType, depth: number, ruled: Set<string> | null): string {
  return Object.values(type.getFields())
    .filter((field) => !field.args.some((arg) => isRequiredArgument(arg)))
    .filter((field) => depth > 0 || !(isObjectType(getNamedType(field.type)) || isUnionType(getNamedType(field.type))))
    .filter((field) => {
      const name = `${type.name}.${field.name}`;
      if (Object.hasOwn(POLICY, name)) ruled?.add(name);
      return ruled !== null || !Object.hasOwn(POLICY, name);
    })
    .map((field) => `${field.name} ${selection(field, depth - 1, ruled)}`)
    .join(' ');
}
