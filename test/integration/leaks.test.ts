import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aCourse, aLearner, anInteraction, aSkill } from '../support/builders.js';
import { store } from '../support/ingest.js';
import { openTestApp, type TestApp } from '../support/testApp.js';
import { type LogLine, recordingLogger } from './httpFixture.js';

vi.setConfig({ testTimeout: 60_000 });

/** Nothing of what learners and staff wrote, and nothing that opens a door, may be in any line of the log. */
describe('the log of a day of good, wrong and failing requests', () => {
  let service: TestApp;
  let lines: LogLine[];
  const written = {
    search: 'secretsearchterm',
    note: 'secretnote',
    page: '/secretpage',
    department: 'secretdepartment',
    comment: 'secretcomment',
    wrong: 'secretwrongvalue',
    header: 'secretheader',
    address: 'secretaddress',
  };

  beforeAll(async () => {
    const recording = recordingLogger();
    lines = recording.lines;
    service = await openTestApp('embedded', { logger: recording.logger });
  });
  afterAll(() => service.close());

  test('tells neither keys and tokens nor what anybody wrote', async () => {
    const secrets: string[] = Object.values(written);
    const [course, skill] = [aCourse(), aSkill()];
    const learner = aLearner({ department: written.department });
    await store(service, {
      skills: [skill],
      courses: [course],
      learners: [learner],
      interactions: [
        anInteraction({ learnerId: learner.id, verb: 'SEARCHED', query: written.search }),
        anInteraction({ learnerId: learner.id, courseId: course.id, page: written.page }),
      ],
    });
    const token = await service.token({ learnerId: learner.id, roles: ['LD_EDITOR'] });
    const forged = await service.token({ learnerId: learner.id, isForged: true });
    const key = await service.key('RECOMMEND');
    secrets.push(...[token, forged, key].flatMap((credential) => [credential, credential.slice(-20)]));

    const send = async (body: unknown, headers: Readonly<Record<string, string>> = {}, path = '/graphql') => {
      const response = await fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    };
    const asks = (query: string, variables: object = {}) => ({ query, variables });
    const lists = 'query ($id: ID!) { recommendations(learnerId: $id) { edges { node { course { id } } } } }';
    await send(asks(lists, { id: learner.id }));
    await send(asks(lists, { id: { [written.wrong]: written.wrong } }));
    await send(asks(`{ ${written.wrong} }`));
    await send(asks(`{ courses(search: "${written.search}\\u0000") { edges { node { id } } } }`));
    await send(`{"query": "${written.wrong}`);
    await send(asks(lists, { id: learner.id }), { authorization: `Bearer ${forged}` });
    await send(asks(lists, { id: learner.id }), { authorization: `Basic ${written.header}` });
    await send(asks(lists, { id: learner.id }), { cookie: written.header, 'x-request-id': `"${written.header}` });
    await send({}, {}, `/${written.address}?${written.address}`);
    await send(asks(`query ${written.wrong.slice(0, 5)} { courses { edges { node { id } } } }`));
    await send(
      asks('mutation ($r: [RecordInteractionInput!]!) { recordActivity(interactions: $r) { storedCount } }', {
        r: [{ ...anInteraction({ learnerId: learner.id, verb: 'SEARCHED', query: written.search }), at: 'x' }],
      }),
      { authorization: `Bearer ${await service.key()}` },
    );

    // The database refuses what it is asked, and quotes it.
    const { dataSource } = service.app.database;
    const query = vi.spyOn(dataSource, 'query').mockImplementation(async () => {
      throw Object.assign(new Error(`invalid input syntax for type integer: "${written.comment}"`), {
        ...{ code: '22P02', severity: 'ERROR', detail: written.comment, where: written.comment },
        ...{ parameters: [written.comment], query: `SELECT '${written.note}'` },
      });
    });
    const failed = await send(asks('{ modelVersions { id } }'), { authorization: `Bearer ${await service.key()}` });
    const other = await send(asks('query ($id: ID!) { me { id } learner(learnerId: $id) { id } }', { id: 'x' }), {
      authorization: `Bearer ${token}`,
    });
    query.mockRestore();
    for (const { text } of [failed, other]) {
      // Neither a stack, nor SQL, nor a path, nor what the database said.
      expect(text).not.toMatch(/ at .*:\d+:\d+|SELECT|node_modules|\/dist\/|invalid input syntax/);
      for (const secret of secrets) expect(text).not.toContain(secret);
    }

    expect(lines.length).toBeGreaterThan(10);
    expect(lines.some((line) => line.level === 50)).toBe(true);
    const log = lines.map((line) => JSON.stringify(line)).join('\n');
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    const pieces = log.match(/wmk_[0-9a-f]{16}_\S{10}|eyJ[\w-]+\.[\w-]+\.[\w-]+|Bearer \S{10}/g);
    expect(pieces).toBeNull();
  });
});
