import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { profileDelta } from '../../src/learners/profileDelta.js';
import { VERBS } from '../../src/learners/profileEvent.js';
import { aCourse, aLearner, anAssignment, anInteraction, aRole, aSkill, someEvidence } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { INGESTION, type IngestionMutation, ingest, store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

const MINUTE_MS = 60_000;

// What the rows below refer to; it is stored before any test.
const LEADERSHIP = aSkill({ id: 'leadership' });
const MANAGER = aRole({ id: 'manager' });
const BASICS = aCourse({ id: 'basics' });
const ADVANCED = aCourse({ id: 'advanced' });
const ADA = aLearner({ id: 'ada' });
const GRACE = aLearner({ id: 'grace' });

const future = (minutes: number) => new Date(NOON.getTime() + minutes * MINUTE_MS);
const evidence = (stated: object) => ({ ...someEvidence({ learnerId: 'ada', skillId: 'leadership' }), ...stated });
const assignment = (stated: object) => ({ ...anAssignment({ learnerId: 'ada', courseId: 'basics' }), ...stated });
const interaction = (stated: object) => ({ ...anInteraction({ learnerId: 'ada', courseId: 'basics' }), ...stated });
const without = <T extends object>(row: T, field: string) => ({ ...row, [field]: undefined });
const listOf = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_, i) => make(i));

/** Two rows of which each is good by itself. */
const GOOD: Readonly<Record<IngestionMutation, () => readonly [object, object]>> = {
  upsertSkills: () => [aSkill({ description: 'Two\nlines' }), aSkill({ parentId: 'leadership' })],
  upsertRoles: () => [aRole(), aRole({ skills: [{ skillId: 'leadership', targetLevel: 0.7 }] })],
  upsertCourses: () => [
    aCourse({ skills: [{ skillId: 'leadership' }], prerequisiteIds: ['basics'], tags: ['a', 'b'] }),
    aCourse({ sessions: [{ id: 's', startsAt: future(60), endsAt: future(120), capacity: 12 }] }),
  ],
  upsertLearners: () => [
    aLearner({ timezone: 'Europe/Berlin', languages: ['de', 'pt-BR'], roleId: 'manager', hiredOn: '2024-02-29' }),
    aLearner({
      workPattern: [{ day: 'MONDAY', start: '09:00', end: '24:00' }],
      quietHours: { start: '22:00', end: '06:00' },
    }),
  ],
  recordSkillEvidence: () => [evidence({ source: 'SELF' }), evidence({ source: 'ASSESSMENT', scaleValue: '4' })],
  assignCourses: () => [assignment({ dueAt: future(1_000_000) }), assignment({ learnerId: 'grace' })],
  recordActivity: () => [
    interaction({ at: future(5), device: 'MOBILE', channel: 'EMAIL', progress: 1, durationSeconds: 0.5 }),
    interaction({ verb: 'SEARCHED', courseId: null, query: 'how to lead', resultCount: 0 }),
  ],
};
const MUTATIONS = Object.keys(GOOD) as IngestionMutation[];

interface BadRow {
  readonly because: string;
  readonly row: object;
  /** Standard INVALID_VALUE. */
  readonly code?: string;
  readonly path: readonly string[];
}

/** Texts that no id may be. */
const BAD_IDS: readonly (readonly [because: string, id: string])[] = [
  ['is empty', ''],
  ['is blank', ' '],
  ['has white space around it', ' padded'],
  ['has a line break', 'two\nlines'],
  ['has a NUL', 'a\0b'],
  ['has half a character', 'a\ud800'],
  ['is absurdly long', 'x'.repeat(201)],
];
const badIds = (field: string, make: (id: string) => object): BadRow[] =>
  BAD_IDS.map(([because, id]) => ({ because: `${field} ${because}`, row: make(id), path: [field] }));

const BAD: Readonly<Record<IngestionMutation, readonly BadRow[]>> = {
  upsertSkills: [
    ...badIds('id', (id) => aSkill({ id })),
    { because: 'it is new and has no name', row: without(aSkill(), 'name'), path: ['name'] },
    { because: 'its name is absurdly long', row: aSkill({ name: 'x'.repeat(501) }), path: ['name'] },
    { because: 'its name has a NUL', row: aSkill({ name: 'a\0b' }), path: ['name'] },
    {
      because: 'its description is absurdly long',
      row: aSkill({ description: 'x'.repeat(20_001) }),
      path: ['description'],
    },
    { because: 'its parent is unknown', row: aSkill({ parentId: 'nobody' }), code: 'NOT_FOUND', path: ['parentId'] },
    { because: 'its parent has a NUL', row: aSkill({ parentId: 'a\0b' }), code: 'NOT_FOUND', path: ['parentId'] },
    {
      because: 'it is its own parent',
      row: aSkill({ id: 'self', parentId: 'self' }),
      code: 'CYCLE',
      path: ['parentId'],
    },
  ],
  upsertRoles: [
    ...badIds('id', (id) => aRole({ id })),
    { because: 'it is new and has no name', row: without(aRole(), 'name'), path: ['name'] },
    {
      because: 'it needs an unknown skill',
      row: aRole({ skills: [{ skillId: 'nothing' }] }),
      code: 'NOT_FOUND',
      path: ['skills', '0', 'skillId'],
    },
    {
      because: 'it needs a skill with a lone surrogate',
      row: aRole({ skills: [{ skillId: 'a\udc00' }] }),
      code: 'NOT_FOUND',
      path: ['skills', '0', 'skillId'],
    },
    {
      because: 'it needs a skill twice',
      row: aRole({ skills: [{ skillId: 'leadership' }, { skillId: 'leadership' }] }),
      path: ['skills', '1', 'skillId'],
    },
    {
      because: 'a target level is above 1',
      row: aRole({ skills: [{ skillId: 'leadership', targetLevel: 1.01 }] }),
      path: ['skills', '0', 'targetLevel'],
    },
    {
      because: 'an importance is negative',
      row: aRole({ skills: [{ skillId: 'leadership', importance: -0.01 }] }),
      path: ['skills', '0', 'importance'],
    },
  ],
  upsertCourses: [
    ...badIds('id', (id) => aCourse({ id })),
    { because: 'it is new and has no title', row: without(aCourse(), 'title'), path: ['title'] },
    { because: 'its title has half a character', row: aCourse({ title: '\ud83d' }), path: ['title'] },
    { because: 'its language is none', row: aCourse({ language: 'not a language' }), path: ['language'] },
    { because: 'its url is a script', row: aCourse({ url: 'javascript:alert(1)' }), path: ['url'] },
    { because: 'its duration is negative', row: aCourse({ durationMinutes: -1 }), path: ['durationMinutes'] },
    {
      because: 'its duration is beyond a year',
      row: aCourse({ durationMinutes: 2_000_000_000 }),
      path: ['durationMinutes'],
    },
    {
      because: 'it was published on no day',
      row: { ...aCourse(), publishedAt: '2025-13-01T00:00:00Z' },
      path: ['publishedAt'],
    },
    {
      because: 'a session starts at a word',
      row: { ...aCourse(), sessions: [{ id: 's', startsAt: 'soon', endsAt: future(60) }] },
      path: ['sessions', '0', 'startsAt'],
    },
    {
      because: 'it was published before computers',
      row: aCourse({ publishedAt: new Date('1900-01-01T00:00:00Z') }),
      path: ['publishedAt'],
    },
    {
      because: 'it retires in the year 9999',
      row: aCourse({ retiredAt: new Date('9999-01-01T00:00:00Z') }),
      path: ['retiredAt'],
    },
    { because: 'it has 101 tags', row: aCourse({ tags: listOf(101, String) }), path: ['tags'] },
    { because: 'a tag has a NUL', row: aCourse({ tags: ['fine', '\0'] }), path: ['tags', '1'] },
    {
      because: 'it teaches an unknown skill',
      row: aCourse({ skills: [{ skillId: 'nothing' }] }),
      code: 'NOT_FOUND',
      path: ['skills', '0', 'skillId'],
    },
    {
      because: 'it leads to a level below the one it expects',
      row: aCourse({ skills: [{ skillId: 'leadership', levelFrom: 0.6, levelTo: 0.5 }] }),
      path: ['skills', '0', 'levelTo'],
    },
    {
      because: 'a prerequisite is unknown',
      row: aCourse({ prerequisiteIds: ['basics', 'nothing'] }),
      code: 'NOT_FOUND',
      path: ['prerequisiteIds', '1'],
    },
    {
      because: 'it is its own prerequisite',
      row: aCourse({ id: 'self', prerequisiteIds: ['self'] }),
      code: 'CYCLE',
      path: ['prerequisiteIds'],
    },
    {
      because: 'a session ends when it starts',
      row: aCourse({ sessions: [{ id: 's', startsAt: future(60), endsAt: future(60) }] }),
      path: ['sessions', '0', 'endsAt'],
    },
    {
      because: 'two sessions have one id',
      row: aCourse({
        sessions: listOf(2, (i) => ({ id: 's', startsAt: future(60 * i), endsAt: future(60 * i + 30) })),
      }),
      path: ['sessions', '1', 'id'],
    },
    {
      because: 'a session has room for less than nobody',
      row: aCourse({ sessions: [{ id: 's', startsAt: future(60), endsAt: future(90), capacity: -1 }] }),
      path: ['sessions', '0', 'capacity'],
    },
  ],
  upsertLearners: [
    ...badIds('id', (id) => aLearner({ id })),
    { because: 'their zone is none', row: aLearner({ timezone: 'Mars/Olympus' }), path: ['timezone'] },
    { because: 'their zone has a NUL', row: aLearner({ timezone: 'UTC\0' }), path: ['timezone'] },
    { because: 'a language is none', row: aLearner({ languages: ['de', '??'] }), path: ['languages', '1'] },
    { because: 'their department has a NUL', row: aLearner({ department: 'a\0b' }), path: ['department'] },
    { because: 'their location is absurdly long', row: aLearner({ location: 'x'.repeat(201) }), path: ['location'] },
    { because: 'their role is unknown', row: aLearner({ roleId: 'nothing' }), code: 'NOT_FOUND', path: ['roleId'] },
    {
      because: 'the role they want has a lone surrogate',
      row: aLearner({ targetRoleId: '\ud800' }),
      code: 'NOT_FOUND',
      path: ['targetRoleId'],
    },
    { because: 'they report to themself', row: aLearner({ id: 'self', managerId: 'self' }), path: ['managerId'] },
    { because: 'they were hired on no day', row: aLearner({ hiredOn: '2025-02-29' }), path: ['hiredOn'] },
    { because: 'they were hired on a text', row: aLearner({ hiredOn: 'yesterday' }), path: ['hiredOn'] },
    {
      because: 'a working day ends before it starts',
      row: aLearner({ workPattern: [{ day: 'FRIDAY', start: '17:00', end: '09:00' }] }),
      path: ['workPattern', '0', 'end'],
    },
    {
      because: 'a working day has 25 hours',
      row: aLearner({ workPattern: [{ day: 'FRIDAY', start: '09:00', end: '25:00' }] }),
      path: ['workPattern', '0', 'end'],
    },
    {
      because: 'quiet hours are empty',
      row: aLearner({ quietHours: { start: '09:00', end: '09:00' } }),
      path: ['quietHours', 'end'],
    },
  ],
  recordSkillEvidence: [
    ...badIds('learnerId', (learnerId) => evidence({ learnerId })),
    ...badIds('skillId', (skillId) => evidence({ skillId })),
    {
      because: 'the learner is unknown',
      row: evidence({ learnerId: 'nobody' }),
      code: 'NOT_FOUND',
      path: ['learnerId'],
    },
    { because: 'the skill is unknown', row: evidence({ skillId: 'nothing' }), code: 'NOT_FOUND', path: ['skillId'] },
    { because: 'the level is above 1', row: evidence({ level: 3 }), path: ['level'] },
    { because: 'the confidence is negative', row: evidence({ confidence: -1 }), path: ['confidence'] },
    { because: 'it lies in the future', row: evidence({ observedAt: future(6) }), path: ['observedAt'] },
    { because: 'it was observed at no time', row: evidence({ observedAt: 'once' }), path: ['observedAt'] },
    { because: 'its scale has a NUL', row: evidence({ scale: '1-5\0' }), path: ['scale'] },
  ],
  assignCourses: [
    ...badIds('learnerId', (learnerId) => assignment({ learnerId })),
    ...badIds('courseId', (courseId) => assignment({ courseId })),
    {
      because: 'the learner is unknown',
      row: assignment({ learnerId: 'nobody' }),
      code: 'NOT_FOUND',
      path: ['learnerId'],
    },
    {
      because: 'the course is unknown',
      row: assignment({ courseId: 'nothing' }),
      code: 'NOT_FOUND',
      path: ['courseId'],
    },
    {
      because: 'it is due at some time',
      row: assignment({ courseId: 'advanced', dueAt: 'some time' }),
      path: ['dueAt'],
    },
    {
      because: 'it is due after the last date',
      row: assignment({ courseId: 'advanced', dueAt: new Date('2150-01-01T00:00:00Z') }),
      path: ['dueAt'],
    },
  ],
  recordActivity: [
    ...badIds('source', (source) => interaction({ source })),
    ...badIds('eventId', (eventId) => interaction({ eventId })),
    ...badIds('learnerId', (learnerId) => interaction({ learnerId })),
    ...badIds('courseId', (courseId) => interaction({ courseId })),
    ...badIds('servedListId', (servedListId) => interaction({ servedListId })),
    {
      because: 'the learner is unknown',
      row: interaction({ learnerId: 'nobody' }),
      code: 'NOT_FOUND',
      path: ['learnerId'],
    },
    {
      because: 'the course is unknown',
      row: interaction({ courseId: 'nothing' }),
      code: 'NOT_FOUND',
      path: ['courseId'],
    },
    { because: 'the course is missing', row: interaction({ courseId: null }), path: ['courseId'] },
    { because: 'it lies in the future', row: interaction({ at: new Date(future(5).getTime() + 1) }), path: ['at'] },
    { because: 'its time is a word', row: interaction({ at: 'yesterday' }), path: ['at'] },
    { because: 'its time has no offset', row: interaction({ at: '2025-01-01T10:00:00' }), path: ['at'] },
    { because: 'its time is on no day', row: interaction({ at: '2025-02-30T10:00:00Z' }), path: ['at'] },
    { because: 'it lies before 1970', row: interaction({ at: new Date(-1) }), path: ['at'] },
    { because: 'its duration is negative', row: interaction({ durationSeconds: -1 }), path: ['durationSeconds'] },
    {
      because: 'its duration is beyond all measure',
      row: interaction({ durationSeconds: 1e300 }),
      path: ['durationSeconds'],
    },
    { because: 'its progress is above 1', row: interaction({ progress: 1.5 }), path: ['progress'] },
    { because: 'its score is below -1', row: interaction({ score: -1.5 }), path: ['score'] },
    { because: 'a count of results is negative', row: interaction({ resultCount: -1 }), path: ['resultCount'] },
    { because: 'a search has no words', row: interaction({ verb: 'SEARCHED', courseId: null }), path: ['query'] },
    { because: 'a visit has no page', row: interaction({ verb: 'VISITED', courseId: null }), path: ['page'] },
    { because: 'a rating has no score', row: interaction({ verb: 'RATED' }), path: ['score'] },
    { because: 'progress does not say how far', row: interaction({ verb: 'PROGRESSED' }), path: ['progress'] },
    { because: 'the words have a NUL', row: interaction({ verb: 'SEARCHED', query: '\0' }), path: ['query'] },
    { because: 'the words are half a character', row: interaction({ query: '\ud83d' }), path: ['query'] },
    { because: 'the words are absurdly long', row: interaction({ query: 'x'.repeat(501) }), path: ['query'] },
    { because: 'the page is absurdly long', row: interaction({ page: 'x'.repeat(2_001) }), path: ['page'] },
  ],
};

/** Values that fit no type of the schema: the request as a whole is refused. In JSON, for what JavaScript cannot write. */
const UNREADABLE: readonly (readonly [because: string, mutation: IngestionMutation, field: string, json: string])[] = [
  ['an unknown verb', 'recordActivity', 'verb', '"ENJOYED"'],
  ['a verb in small letters', 'recordActivity', 'verb', '"completed"'],
  ['an unknown device', 'recordActivity', 'device', '"TOASTER"'],
  ['an unknown kind of course', 'upsertCourses', 'kind', '"SÉANCE"'],
  ['an unknown obligation', 'assignCourses', 'obligation', '"OPTIONAL"'],
  ['a missing time', 'recordActivity', 'at', 'null'],
  ['an infinite number', 'recordActivity', 'durationSeconds', '1e999'],
  ['a number that is none', 'recordActivity', 'progress', '"NaN"'],
  ['an infinite level', 'recordSkillEvidence', 'level', '-1e999'],
  ['a fraction where a whole number belongs', 'upsertCourses', 'durationMinutes', '1.5'],
  ['a whole number of 64 bits', 'upsertCourses', 'durationMinutes', '9007199254740993'],
  ['an object for an id', 'upsertLearners', 'id', '{}'],
  ['a field that does not exist', 'upsertLearners', 'email', '"ada@example.org"'],
];

const TABLES = [
  ...['skill', 'role', 'role_skill', 'course', 'course_skill', 'course_prerequisite', 'live_session'],
  ...['learner', 'learner_skill', 'assignment', 'interaction'],
  ...['learner_course', 'learner_active_hour', 'learner_touchpoint'],
];

describeOnBothDatabases('ingestion', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, {
      skills: [LEADERSHIP],
      roles: [MANAGER],
      courses: [BASICS, ADVANCED],
      learners: [ADA, GRACE],
    });
  });
  afterAll(() => service.close());
  beforeEach(() => {
    service.now = NOON;
  });

  /** Everything stored, but for the counter that a catalogue write raises even when it says nothing new. */
  async function contents(): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    for (const table of TABLES) {
      found[table] = await service.sql(
        `SELECT count(*)::integer AS n, md5(string_agg(row_text, ' ' ORDER BY row_text)) AS hash
         FROM (SELECT (to_jsonb(t) - 'revision')::text AS row_text FROM ${table} t) AS rows`,
      );
    }
    return found;
  }

  describe.each(MUTATIONS)('%s', (mutation) => {
    test('stores good rows, and sent again they change nothing', async () => {
      const rows = GOOD[mutation]();
      const before = await contents();
      const first = await ingest(service, mutation, rows);
      expect(first).toMatchObject({ storedCount: 2, userErrors: [] });
      const after = await contents();
      expect(after).not.toEqual(before);
      const second = await ingest(service, mutation, rows);
      const counts = mutation === 'recordActivity' ? { storedCount: 0, duplicateCount: 2 } : { storedCount: 2 };
      expect(second).toEqual({ ...counts, userErrors: [] });
      expect(await contents()).toEqual(after);
    });

    test.each(BAD[mutation])('refuses a row when $because, and stores the good ones around it', async (bad) => {
      const before = await contents();
      const alone = await ingest(service, mutation, [bad.row]);
      expect(alone).toMatchObject({ storedCount: 0, userErrors: [{ index: 0 }] });
      expect(await contents()).toEqual(before);

      const [first, last] = GOOD[mutation]();
      const result = await ingest(service, mutation, [first, bad.row, last]);
      expect(result.storedCount).toBe(2);
      expect(result.userErrors).toEqual([
        { index: 1, code: bad.code ?? 'INVALID_VALUE', message: expect.stringMatching(/\w+ \w+/), path: bad.path },
      ]);
    });

    test('takes 1,000 rows and refuses 1,001 as a whole', async () => {
      const before = await contents();
      // All bad, so that nothing but their number is at stake.
      const rows = listOf(1_001, () => ({ ...GOOD[mutation]()[0], ...Object.fromEntries([idFieldOf(mutation)]) }));
      const answer = await service.post(INGESTION[mutation], { rows });
      expect(answer.errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
      expect(answer.errors[0]?.message).toMatch(/1001.*at most 1000/);
      expect(await contents()).toEqual(before);
      const result = await ingest(service, mutation, rows.slice(1));
      expect(new Set(result.userErrors.map(({ index }) => index)).size).toBe(1_000);
      expect(await contents()).toEqual(before);
    });

    test('takes no rows for what they are', async () => {
      expect(await ingest(service, mutation, [])).toMatchObject({ storedCount: 0, userErrors: [] });
    });
  });

  test.each(UNREADABLE)('%s is refused with the request (%s.%s)', async (_, mutation, field, json) => {
    const before = await contents();
    const [row] = GOOD[mutation]();
    const body = JSON.stringify({
      query: INGESTION[mutation],
      variables: { rows: [row, { ...row, [field]: '@' }] },
    }).replace('"@"', json);
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await service.key('INGEST')}` },
      body,
    });
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors[0]?.message).toContain('rows[1]');
    expect(await contents()).toEqual(before);
  });

  test.each([
    ['a word', 'yesterday'],
    ['a time without an offset', '2025-01-01T10:00:00'],
    ['the 30th of February', '2025-02-30T10:00:00Z'],
    ['the 25th hour', '2025-02-01T25:00:00Z'],
  ])('a time that is %s fails its row, and the others are stored', async (_, at) => {
    const [row] = GOOD['recordActivity']();
    const rows = [
      { ...row, eventId: `unreadable ${at}`, at },
      { ...row, eventId: `beside ${at}` },
    ];
    const answer = await ingest(service, 'recordActivity', rows);
    expect(answer).toMatchObject({ storedCount: 1, userErrors: [{ index: 0, code: 'INVALID_VALUE', path: ['at'] }] });
  });

  test('ids that mean something to JavaScript are ids like any other', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    await store(service, {
      skills: names.map((id) => aSkill({ id })),
      roles: names.map((id) => aRole({ id, skills: [{ skillId: id }] })),
      courses: names.map((id) => aCourse({ id, title: id, tags: [id], skills: [{ skillId: id }] })),
      learners: names.map((id) => aLearner({ id, department: id, roleId: id })),
      evidence: names.map((id) => someEvidence({ learnerId: id, skillId: id })),
      interactions: names.map((id) => anInteraction({ learnerId: id, courseId: id, source: id, eventId: id })),
    });
    for (const id of names) {
      const found = await service.ask(
        `query ($id: ID!) { course(id: $id) { id title tags skills { skillId } } learner(learnerId: $id) { department } }`,
        { id },
      );
      expect(found).toEqual({
        course: { id, title: id, tags: [id], skills: [{ skillId: id }] },
        learner: { department: id },
      });
    }
    expect(({} as Record<string, unknown>)['department']).toBeUndefined();
  });

  describe('an upsert', () => {
    test('keeps what is left out and clears what is null', async () => {
      const learner = aLearner({
        timezone: 'Asia/Tokyo',
        languages: ['ja'],
        department: 'Sales',
        hiredOn: '2020-01-31',
      });
      const course = aCourse({ description: 'Old', tags: ['old'], skills: [{ skillId: 'leadership', levelTo: 0.5 }] });
      await store(service, { learners: [learner], courses: [course] });
      await ingest(service, 'upsertLearners', [{ id: learner.id, department: null, location: 'Osaka' }]);
      await ingest(service, 'upsertCourses', [{ id: course.id, description: null, tags: ['new'] }]);
      const found = await service.ask(
        `query ($learner: ID!, $course: ID!) {
          learner(learnerId: $learner) { timezone languages department location hiredOn active }
          course(id: $course) { title description kind tags skills { levelFrom levelTo } } }`,
        { learner: learner.id, course: course.id },
      );
      expect(found).toEqual({
        learner: {
          ...{ timezone: 'Asia/Tokyo', languages: ['ja'], department: null, location: 'Osaka' },
          ...{ hiredOn: '2020-01-31', active: true },
        },
        course: {
          ...{ title: course.title, description: null, kind: 'COURSE', tags: ['new'] },
          skills: [{ levelFrom: 0, levelTo: 0.5 }],
        },
      });
    });

    test('refuses a second row about the same thing and keeps the first', async () => {
      const { id } = aCourse();
      const result = await ingest(service, 'upsertCourses', [
        { id, title: 'First' },
        { id, title: 'Second' },
      ]);
      expect(result).toMatchObject({ storedCount: 1, userErrors: [{ index: 1, code: 'DUPLICATE_IN_BATCH' }] });
      expect(await service.ask('query ($id: ID!) { course(id: $id) { title } }', { id })).toEqual({
        course: { title: 'First' },
      });
    });

    test('loses no field when several callers change different ones at once', async () => {
      const learner = aLearner();
      const course = aCourse();
      await store(service, { courses: [course] });
      // The learner is new, so that even the first insert is at stake.
      const patches = [
        { department: 'Sales' },
        { location: 'Oslo' },
        { timezone: 'Europe/Oslo' },
        { hiredOn: '2021-06-01' },
      ];
      const changes = [{ provider: 'P' }, { language: 'nb' }, { durationMinutes: 30 }, { tags: ['t'] }];
      await Promise.all([
        ...patches.map((patch) => ingest(service, 'upsertLearners', [{ id: learner.id, ...patch }])),
        ...changes.map((change) => ingest(service, 'upsertCourses', [{ id: course.id, ...change }])),
      ]);
      const found = await service.ask(
        `query ($learner: ID!, $course: ID!) {
          learner(learnerId: $learner) { department location timezone hiredOn }
          course(id: $course) { provider language durationMinutes tags } }`,
        { learner: learner.id, course: course.id },
      );
      expect(found).toEqual({ learner: Object.assign({}, ...patches), course: Object.assign({}, ...changes) });
    });
  });

  describe('a circle of prerequisites', () => {
    test('through one batch is refused as a whole, with what hangs on it', async () => {
      const [a, b, c, hanging, free] = [aCourse(), aCourse(), aCourse(), aCourse(), aCourse()];
      const before = await contents();
      const circle = [
        { ...a, prerequisiteIds: [b.id] },
        { ...b, prerequisiteIds: [c.id] },
        { ...c, prerequisiteIds: [a.id] },
        { ...hanging, prerequisiteIds: [a.id] },
      ];
      const refused = await ingest(service, 'upsertCourses', circle);
      expect(refused.storedCount).toBe(0);
      expect(refused.userErrors.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      expect(refused.userErrors.filter(({ code }) => code === 'CYCLE')).toEqual([
        expect.objectContaining({ path: ['prerequisiteIds'], message: expect.stringContaining(' → ') }),
      ]);
      expect(await contents()).toEqual(before);
      expect((await ingest(service, 'upsertCourses', [...circle, free])).storedCount).toBe(1);
    });

    test('through what is stored is refused, and what is stored stays', async () => {
      const first = aCourse();
      const second = aCourse({ prerequisiteIds: [first.id] });
      const third = aCourse({ prerequisiteIds: [second.id] });
      // In any order: rows of one batch may refer to each other.
      await store(service, { courses: [third, second, first] });
      const before = await contents();
      const result = await ingest(service, 'upsertCourses', [{ id: first.id, prerequisiteIds: [third.id] }]);
      expect(result).toMatchObject({ storedCount: 0, userErrors: [{ index: 0, code: 'CYCLE' }] });
      expect(await contents()).toEqual(before);
    });

    test('of parents is refused for skills as well', async () => {
      const [a, b] = [aSkill(), aSkill()];
      const result = await ingest(service, 'upsertSkills', [
        { ...a, parentId: b.id },
        { ...b, parentId: a.id },
      ]);
      expect(result.storedCount).toBe(0);
      expect(result.userErrors.map(({ code }) => code).sort()).toEqual(['CYCLE', 'NOT_FOUND']);
    });
  });

  test('an older observation of a source does not replace its newer one', async () => {
    const learner = aLearner();
    await store(service, { learners: [learner] });
    const observed = (level: number, minutes: number) =>
      someEvidence({ learnerId: learner.id, skillId: 'leadership', level, observedAt: future(minutes) });
    await ingest(service, 'recordSkillEvidence', [observed(0.75, -10), observed(0.25, -20)]);
    await ingest(service, 'recordSkillEvidence', [observed(0.5, -30)]);
    expect(
      await service.sql('SELECT level, observed_at AS at FROM learner_skill WHERE learner_id = $1', [learner.id]),
    ).toEqual([{ level: 0.75, at: future(-10) }]);
  });

  describe('an event that is sent again', () => {
    test('counts once when it says the same, in whatever offset and beside whatever else', async () => {
      const row = interaction({ verb: 'VIEWED', at: '2025-03-01T10:00:00+02:00', score: 0.1, durationSeconds: 12.3 });
      const other = interaction({});
      expect(await ingest(service, 'recordActivity', [row, row, row])).toEqual({
        storedCount: 1,
        duplicateCount: 2,
        userErrors: [],
      });
      const inUtc = { ...row, at: '2025-03-01T08:00:00.000Z' };
      expect(await ingest(service, 'recordActivity', [inUtc, other])).toEqual({
        storedCount: 1,
        duplicateCount: 1,
        userErrors: [],
      });
    });

    test.each([
      ['another verb', { verb: 'STARTED' }],
      ['another time', { at: future(-1) }],
      ['another learner', { learnerId: 'grace' }],
      ['no duration', { durationSeconds: null }],
      ['another device', { device: 'TABLET' }],
      ['a served list', { servedListId: 'list' }],
    ])('with %s is a conflict, and the original stays', async (_, change) => {
      const original = interaction({ at: future(-60), durationSeconds: 60, device: 'MOBILE' });
      const changed = { ...original, ...change };
      await ingest(service, 'recordActivity', [original]);
      const before = await contents();
      const result = await ingest(service, 'recordActivity', [original, changed]);
      expect(result).toEqual({
        storedCount: 0,
        duplicateCount: 1,
        userErrors: [
          { index: 1, code: 'CONFLICT', message: expect.stringContaining(original.eventId), path: ['eventId'] },
        ],
      });
      expect(await ingest(service, 'recordActivity', [changed])).toMatchObject({
        storedCount: 0,
        duplicateCount: 0,
        userErrors: [{ index: 0, code: 'CONFLICT' }],
      });
      expect(await contents()).toEqual(before);
    });

    test('by another source is another event', async () => {
      const row = interaction({ source: 'lms' });
      expect(await ingest(service, 'recordActivity', [row, { ...row, source: 'portal' }])).toMatchObject({
        storedCount: 2,
      });
    });
  });

  test('overlapping batches sent at once store every event once, and profiles stay the fold of the log', async () => {
    const learners = listOf(5, () => aLearner());
    const courses = listOf(6, () => aCourse());
    await store(service, { learners, courses });
    const events = listOf(400, (i) =>
      anInteraction({
        ...{ source: 'busy', learnerId: at(learners, i).id, courseId: at(courses, i * 7).id, verb: at(VERBS, i * 5) },
        at: new Date(NOON.getTime() - ((i * 37) % 997) * MINUTE_MS),
        ...{ progress: ((i * 13) % 11) / 10, score: ((i * 17) % 21) / 10 - 1, durationSeconds: (i * 29) % 300 },
        ...{ query: 'q', page: '/p', device: at(['MOBILE', 'DESKTOP', null] as const, i) },
      }),
    );
    // Each event is in three batches, in different orders, so that senders meet at every row.
    const batches = listOf(12, (b) => {
      const batch = events.filter((_, i) => [i % 4, 4 + (i % 5) - 1, 8 + (i % 4)].includes(b));
      return b % 2 === 0 ? batch : batch.reverse();
    });
    const results = await Promise.all(batches.map((batch) => ingest(service, 'recordActivity', batch)));
    expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    const sent = new Set(batches.flat());
    expect(sent.size).toBe(events.length);
    expect(results.reduce((sum, { storedCount }) => sum + storedCount, 0)).toBe(events.length);
    const [log] = await service.sql(`SELECT count(*)::integer AS n FROM interaction WHERE source = 'busy'`);
    expect(log).toEqual({ n: events.length });

    const expected = profileDelta(
      events.map((event) => ({
        ...{ device: null, channel: null, durationSeconds: null, progress: null, score: null, query: null },
        ...{ resultCount: null, page: null, servedListId: null, reason: null },
        ...event,
        courseId: event.courseId ?? null,
      })) as Parameters<typeof profileDelta>[0],
    );
    const states = await service.app.learners.states(learners.map(({ id }) => id));
    const found = states.flatMap(({ learnerId, courses: held }) =>
      held.map(({ courseId, ...state }) => ({ learnerId, courseId, state })),
    );
    expect(sorted(found)).toEqual(sorted(expected.courses));
    const ids = learners.map(({ id }) => id);
    expect(
      await service.sql(
        `SELECT learner_id AS "learnerId", (extract(epoch FROM hour_start) * 1000)::double precision AS "hourStartMs"
         FROM learner_active_hour WHERE learner_id = ANY($1) ORDER BY learner_id COLLATE "C", hour_start`,
        [ids],
      ),
    ).toEqual(
      expected.activeHours.toSorted((a, b) => order(a.learnerId, b.learnerId) || a.hourStartMs - b.hourStartMs),
    );
    expect(
      sorted(
        await service.sql(
          `SELECT learner_id AS "learnerId", device, channel, events FROM learner_touchpoint WHERE learner_id = ANY($1)`,
          [ids],
        ),
      ),
    ).toEqual(sorted(expected.touchpoints));
  });
});

/** A field that every row of the mutation has, with a value that no row may have. */
function idFieldOf(mutation: IngestionMutation): readonly [string, string] {
  if (mutation === 'recordActivity') return ['eventId', ''];
  return [mutation.startsWith('upsert') ? 'id' : 'learnerId', ''];
}

function at<T>(values: readonly T[], i: number): T {
  return values[i % values.length] as T;
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** In the order of what they hold, field names in order too, so that two lists can be compared as sets. */
function sorted(rows: readonly object[]): unknown[] {
  return rows
    .map((row) => JSON.stringify(row, (_, value) => (isPlainObject(value) ? sortedFields(value) : value)))
    .sort(order)
    .map((text) => JSON.parse(text));
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const sortedFields = (value: object) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => order(a, b)));
