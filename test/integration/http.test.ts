import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Script } from 'node:vm';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startHttpServer } from '../../src/platform/http/http.js';
import { createMetrics } from '../../src/platform/metrics.js';
import {
  type Answer,
  adminKey,
  answerOf,
  bearer,
  gate,
  person,
  portal,
  post,
  recordingLogger,
  startTinyServer,
  type TinyServer,
  tinySchema,
} from './httpFixture.js';

const reader = portal('RECOMMEND');

let server: TinyServer;
beforeAll(async () => {
  server = await startTinyServer();
});
afterAll(() => server.close());
beforeEach(() => {
  gate.close();
  server.lines.length = 0;
  server.audited.length = 0;
});

interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request that fetch would not send. */
function raw(
  url: string,
  options: { method?: string; headers?: OutgoingHttpHeaders; body?: string | Buffer },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: options.method ?? 'GET', headers: options.headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

describe('answers', () => {
  test('a query sent by POST is answered, uncached and under a request id', async () => {
    const answer = await post(server.url, reader, { query: '{ hello }' }, { 'x-request-id': 'portal-7' });
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ hello: 'world' });
    expect(answer.headers.get('x-request-id')).toBe('portal-7');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a request id that could forge a log line is replaced', async () => {
    const answer = await post(server.url, reader, { query: '{ hello }' }, { 'x-request-id': 'a b"c' });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a query may be sent by GET', async () => {
    const response = await fetch(`${server.url}/graphql?query={hello}`, {
      headers: { authorization: bearer(reader), 'apollo-require-preflight': 'yes' },
    });
    expect((await answerOf(response)).data).toEqual({ hello: 'world' });
  });

  test('a GET that a browser could have been tricked into is refused', async () => {
    const response = await fetch(`${server.url}/graphql?query={hello}`, { headers: { authorization: bearer(reader) } });
    const answer = await answerOf(response);
    expect([answer.status, answer.code]).toEqual([400, 'BAD_REQUEST']);
    expect(answer.errors[0]?.message).toContain('Cross-Site Request Forgery');
  });

  test('a mutation sent by GET is refused', async () => {
    const query = encodeURIComponent('mutation { ingest(rows: []) { stored } }');
    const response = await fetch(`${server.url}/graphql?query=${query}`, {
      headers: { authorization: bearer(portal('INGEST')), 'apollo-require-preflight': 'yes' },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  test('a connection pages with clamped sizes', async () => {
    const query =
      'query ($first: Int) { books(first: $first) { edges { node { id } } pageInfo { hasNextPage endCursor } } }';
    const pages = await Promise.all(
      [null, 3, 1_000].map((first) => post(server.url, reader, { query, variables: { first } })),
    );
    const sizes = pages.map((page) => (page.data as { books: { edges: unknown[] } }).books.edges.length);
    expect(sizes).toEqual([10, 3, 100]);
    const negative = await post(server.url, reader, { query, variables: { first: -1 } });
    expect(negative.code).toBe('BAD_USER_INPUT');
  });

  test('a batch answers per row', async () => {
    const answer = await post(server.url, portal('INGEST'), {
      query: 'mutation ($rows: [RowInput!]!) { ingest(rows: $rows) { stored userErrors { index code message path } } }',
      variables: { rows: [{ id: 'a' }, { id: ' b' }, { id: 'a' }, { id: '__proto__' }] },
    });
    expect(answer.data).toEqual({
      ingest: {
        stored: 2,
        userErrors: [
          { index: 1, code: 'INVALID_VALUE', message: 'id must not begin or end with white space', path: ['id'] },
          {
            index: 2,
            code: 'DUPLICATE_IN_BATCH',
            message: 'Row 0 of this batch is about the same; send it once',
            path: [],
          },
        ],
      },
    });
  });
});

describe('who asks', () => {
  test('without a credential nothing is answered, not even whether the document is valid', async () => {
    for (const query of ['{ hello }', '{ nonsense }', '{', '{ __schema { types { name } } }']) {
      const answer = await post(server.url, null, { query });
      expect([answer.status, answer.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  test('a wrong credential is refused, one that cannot be checked is asked to come back', async () => {
    const wrong = await post(server.url, null, { query: '{ hello }' }, { authorization: 'Bearer wrong' });
    expect([wrong.status, wrong.code]).toEqual([401, 'UNAUTHENTICATED']);
    const down = await post(server.url, null, { query: '{ hello }' }, { authorization: 'Bearer down' });
    expect([down.status, down.code]).toEqual([503, 'UNAVAILABLE']);
    expect(down.headers.get('retry-after')).toBe('1');
  });

  test('one forbidden field refuses the whole operation and is named', async () => {
    const answer = await post(server.url, reader, { query: '{ hello echo(value: 1) }' });
    expect([answer.status, answer.code]).toEqual([403, 'FORBIDDEN']);
    expect(answer.data).toBeUndefined();
    expect(answer.errors[0]?.message).toContain('Query.echo');
  });

  test('a learner reads themself and nobody else', async () => {
    const query = 'query ($id: ID!) { reader(learnerId: $id) { id } }';
    expect((await post(server.url, person('ann'), { query, variables: { id: 'ann' } })).data).toEqual({
      reader: { id: 'ann' },
    });
    const other = await post(server.url, person('ann'), { query, variables: { id: 'bob' } });
    expect([other.code, other.data]).toEqual(['FORBIDDEN', null]);
    const report = await post(server.url, person('boss', 'MANAGER'), { query, variables: { id: 'bob' } });
    expect(report.data).toEqual({ reader: { id: 'bob' } });
    const stranger = await post(server.url, person('boss', 'MANAGER'), { query, variables: { id: 'zoe' } });
    expect(stranger.code).toBe('FORBIDDEN');
  });

  test('what an administrator does is taken down', async () => {
    await post(server.url, adminKey, { query: 'query Look { hello echo(value: 1) }' }, { 'x-request-id': 'r1' });
    await post(server.url, reader, { query: '{ hello }' });
    expect(server.audited).toEqual([
      { requestId: 'r1', viewer: adminKey, operationType: 'query', operationName: 'Look', fields: ['hello', 'echo'] },
    ]);
  });

  test('the schema can be read by everyone known, and by nobody when that is switched off', async () => {
    const query = '{ __schema { queryType { name } } }';
    expect((await post(server.url, portal('METRICS'), { query })).status).toBe(200);
    const whole = await post(server.url, portal('METRICS'), {
      query: getIntrospectionQuery({ inputValueDeprecation: true }),
    });
    expect(whole.errors).toEqual([]);
    const closed = await startTinyServer({ introspection: false });
    const answer = await post(closed.url, adminKey, { query });
    const guess = await post(closed.url, adminKey, { query: '{ helo }' });
    await closed.close();
    expect(answer.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(guess.errors[0]?.message).not.toContain('hello');
  });
});

describe('limits', () => {
  const big = (bytes: number) => JSON.stringify({ query: '{ hello }' }).padEnd(bytes);

  test('a body over 256 kB is refused, unless the key may ingest, up to 4 MB', async () => {
    const small = await post(server.url, reader, big(200_000));
    expect(small.status).toBe(200);
    const refused = await post(server.url, reader, big(300_000));
    expect([refused.status, refused.code]).toEqual([413, 'BAD_REQUEST']);
    const ingesting = await post(server.url, portal('INGEST', 'RECOMMEND'), big(3_900_000));
    expect(ingesting.status).toBe(200);
    const tooBig = await post(server.url, portal('INGEST', 'RECOMMEND'), big(4_300_000));
    expect(tooBig.status).toBe(413);
  });

  test('a body without an announced length is cut at the same limit', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 10; i += 1) controller.enqueue(new Uint8Array(50_000).fill(32));
        controller.close();
      },
    });
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: bearer(reader) },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  test('a client that asks before sending is told no before it sends', async () => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: ${bearer(reader)}\r\n` +
        'content-type: application/json\r\ncontent-length: 300000\r\nexpect: 100-continue\r\n\r\n',
    );
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(chunk.toString('utf8')).toMatch(/^HTTP\/1.1 413 /);
  });

  test('documents that are too long, deep, aliased or wide are refused with the limit', async () => {
    const nested = (levels: number) =>
      `{ books { edges { node ${'{ related '.repeat(levels)} { id } ${'}'.repeat(levels)} } } }`;
    const cases = {
      tokens: `{ ${'hello '.repeat(1_001)} }`,
      depth: nested(5),
      aliases: `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: hello`).join(' ')} }`,
      schemas: '{ a: __schema { types { name } } b: __schema { types { name } } }',
      fields:
        Array.from({ length: 13 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ') +
        ' fragment F13 on Query { hello } { ...F0 }',
    };
    for (const [limit, query] of Object.entries(cases)) {
      const answer = await post(server.url, reader, { query });
      const recent = await post(server.url, reader, { query }, { accept: 'application/graphql-response+json' });
      expect([limit, answer.status, recent.status, answer.code]).toEqual([limit, 200, 400, 'BAD_USER_INPUT']);
      expect(answer.errors[0]?.extensions).toMatchObject({ details: { limit } });
    }
    expect((await post(server.url, reader, { query: nested(4) })).errors).toEqual([]);
  });

  test('an operation that asks for too much is refused for its cost', async () => {
    const query = `query ($ids: [ID!]) { readers(learnerIds: $ids) { ${'id '.repeat(20)} } }`;
    const ids = (count: number) => ({ ids: Array.from({ length: count }, (_, index) => `l${index}`) });
    expect((await post(server.url, reader, { query, variables: ids(500) })).errors).toEqual([]);
    const costly = await post(server.url, reader, { query, variables: ids(1_000) });
    expect([costly.code, costly.data]).toEqual(['BAD_USER_INPUT', undefined]);
    expect(costly.errors[0]?.extensions).toMatchObject({ details: { limit: 'cost', allowed: 50_000, actual: 60_001 } });
  });

  test('lists and nesting among the variables are bounded before they are looked at', async () => {
    const query = 'mutation ($rows: [RowInput!]!) { ingest(rows: $rows) { stored } }';
    const send = (rows: string) =>
      post(server.url, portal('INGEST'), `{"query":"${query}","variables":{"rows":${rows}}}`);
    const rows = (count: number, row: object) => JSON.stringify(Array.from({ length: count }, () => row));
    const long = await send(rows(60_000, { id: 1.5, x: {} }));
    expect(long.errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', details: { limit: 'listLength' } });
    expect((await send('['.repeat(100_000) + ']'.repeat(100_000))).errors[0]?.extensions).toMatchObject({
      details: { limit: 'variableDepth' },
    });
    expect((await send(rows(1_000, { id: 1.5, x: {} }))).code).toBe('BAD_USER_INPUT');
    expect((await send(rows(1_000, { id: 'r' }))).data).toEqual({ ingest: { stored: 1 } });
  });

  test('documents and texts among the variables are bounded before they are looked at', async () => {
    const long = 'x'.repeat(50_001);
    const document = await post(server.url, reader, { query: `{ hello } # ${long}` });
    const variable = await post(server.url, portal('INGEST'), {
      query: 'mutation ($rows: [RowInput!]!) { ingest(rows: $rows) { stored } }',
      variables: { rows: [{ id: 'r', note: long }] },
    });
    for (const answer of [document, variable]) {
      expect(answer.errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', details: { limit: 'textLength' } });
    }
  });

  test('crafted documents within a kilobyte are answered at once', async () => {
    const fragments = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Book { id related { ...F${i + 1} } }`);
    const crafted = [
      `{ books { edges { node { ...F0 } } } } ${fragments.join(' ')} fragment F40 on Book { id ...F0 }`,
      `{ ${'hello '.repeat(990)} }`,
      `{ ${'...on Query { hello } '.repeat(150)} }`,
      `query { hello ${'@skip(if: false) '.repeat(150)} }`,
      '{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }',
    ];
    for (const query of crafted) {
      const started = performance.now();
      await post(server.url, reader, { query });
      // Milliseconds each; without limits some of them take minutes.
      expect(performance.now() - started).toBeLessThan(5_000);
    }
  });

  test('over the limit of requests at once the rest is told to come back', async () => {
    const tight = await startTinyServer({ maxConcurrentRequests: 2 });
    const waits = [1, 2].map(() => post(tight.url, reader, { query: '{ held }' }));
    while (gate.waiting < 2) await delay(5);
    const shed = await post(tight.url, reader, { query: '{ hello }' });
    expect([shed.status, shed.code, shed.headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
    gate.release();
    expect((await Promise.all(waits)).map((answer) => answer.status)).toEqual([200, 200]);
    expect((await post(tight.url, reader, { query: '{ hello }' })).status).toBe(200);
    await tight.close();
  });

  test('a request over its time is given up, and keeps its place until its work is done', async () => {
    const hasty = await startTinyServer({ requestTimeoutMs: 100, maxConcurrentRequests: 1 });
    const late = await post(hasty.url, reader, { query: '{ held }' });
    expect([late.status, late.code, late.headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
    expect(late.errors[0]?.message).toContain('longer than 100 ms');
    expect(gate.aborted).toBe(1);
    const full = await post(hasty.url, reader, { query: '{ hello }' });
    expect(full.errors[0]?.message).toContain('Too many requests');
    gate.release();
    while ((await post(hasty.url, reader, { query: '{ hello }' })).status !== 200) await delay(20);
    await hasty.close();
  });

  test('work is told when its client goes away', async () => {
    const controller = new AbortController();
    const gone = fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: bearer(reader) },
      body: JSON.stringify({ query: '{ held }' }),
      signal: controller.signal,
    }).catch(() => 'gone');
    while (gate.waiting < 1) await delay(5);
    controller.abort();
    expect(await gone).toBe('gone');
    while (gate.aborted < 1) await delay(5);
    gate.release();
  });
});

test('a client that goes away while its key is looked up leaves nothing behind', async () => {
  let lookUps = 0;
  let found: () => void = () => {};
  const slow = await startTinyServer(
    {},
    {
      authenticate: async () => {
        lookUps += 1;
        await new Promise<void>((resolve) => {
          found = resolve;
        });
        return reader;
      },
    },
  );
  const socket = connect(slow.port, '127.0.0.1');
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
  );
  while (lookUps < 1) await delay(5);
  socket.destroy();
  await delay(50);
  found();
  while (!slow.lines.some((line) => line.msg === 'request')) await delay(5);
  await slow.close();
});

describe('a crowd', () => {
  const refused = async (answering: Promise<Answer>) => {
    const { status, code, headers } = await answering;
    return [status, code, headers.get('retry-after')];
  };

  test('is refused before anybody looks at key or body, while health is told', async () => {
    const tight = await startTinyServer({ maxConcurrentRequests: 1 });
    const held = post(tight.url, reader, { query: '{ held }' });
    while (gate.waiting < 1) await delay(5);
    const waiting = post(tight.url, reader, { query: '{ hello }' });
    const started = performance.now();
    const crowd = await Promise.all(
      Array.from({ length: 20 }, () =>
        refused(post(tight.url, null, 'x'.repeat(200_000), { authorization: 'Bearer wrong' })),
      ),
    );
    expect(performance.now() - started).toBeLessThan(5_000);
    // The first few may come before somebody waits.
    expect(crowd.filter(([status]) => status === 503).length).toBeGreaterThanOrEqual(1);
    expect(await refused(waiting)).toEqual([503, 'UNAVAILABLE', '1']);
    for (const path of ['/healthz', '/readyz']) expect((await fetch(`${tight.url}${path}`)).status).toBe(200);
    gate.release();
    expect((await held).status).toBe(200);
    await tight.close();
  });

  test('is told the same at the door as further in, and counted the same', async () => {
    const tight = await startTinyServer({ maxConcurrentRequests: 1, metricsOpen: true });
    const held = post(tight.url, reader, { query: '{ held }' });
    while (gate.waiting < 1) await delay(5);
    let isOver = false;
    const wait = async () => {
      while (!isOver) await post(tight.url, reader, { query: '{ hello }' });
    };
    // Whenever one of them is given no place, another waits for one.
    const waits = [wait(), wait()];
    const ask = (path: string) =>
      raw(`${tight.url}${path}`, {
        method: 'POST',
        headers: { 'x-request-id': 'one-of-many', 'content-type': 'application/json', authorization: bearer(reader) },
        body: '{"query":"{ hello }"}',
      });
    const atTheDoor = () => tight.lines.filter((line) => line.msg === 'refused at the door');
    let told = await ask('/graphql');
    while (!atTheDoor().some(({ requestId }) => requestId === 'one-of-many')) told = await ask('/graphql');
    const furtherIn = await ask('/graphql?');
    isOver = true;
    const withoutDate = ({ headers: { date: _, ...headers }, ...answer }: RawAnswer) => ({ ...answer, headers });
    expect(withoutDate(told)).toEqual(withoutDate(furtherIn));
    expect([told.status, told.headers['x-request-id']]).toEqual([503, 'one-of-many']);
    const metrics = await (await fetch(`${tight.url}/metrics`)).text();
    const full = Number(/waymark_requests_shed_total\{why="full"\} (\d+)/.exec(metrics)?.[1]);
    expect(full).toBeGreaterThanOrEqual(atTheDoor().length);
    gate.release();
    expect((await held).status).toBe(200);
    await Promise.all(waits);
    await tight.close();
  });

  test('of one key or person is told when to come back, others are answered', async () => {
    const paced = await startTinyServer({ costPerSecondOfPerson: 100, costPerSecondOfKey: 100 });
    // 45,001 with these ids; 100,000 may be asked for at once.
    const query = `query ($ids: [ID!]) { readers(learnerIds: $ids) { ${'id '.repeat(15)} } }`;
    const variables = { ids: Array.from({ length: 1_000 }, (_, index) => `l${index}`) };
    for (let i = 0; i < 2; i += 1) expect((await post(paced.url, reader, { query, variables })).status).toBe(200);
    const [status, code, seconds] = await refused(post(paced.url, reader, { query, variables }));
    expect([status, code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(seconds)).toBeGreaterThan(340);
    expect((await post(paced.url, reader, { query: '{ hello }' })).status).toBe(200);
    expect((await post(paced.url, { ...reader, keyId: 'other' }, { query, variables })).status).toBe(200);
    await paced.close();
  });

  test('of wrong keys from one address waits, but not a key that was good before', async () => {
    const guarded = await startTinyServer({ proxyHops: 1 });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const guess = () =>
      post(guarded.url, null, { query: '{ hello }' }, { authorization: 'Bearer wrong', ...from('192.0.2.1') });
    expect((await post(guarded.url, reader, { query: '{ hello }' }, from('192.0.2.1'))).status).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 35; i += 1) statuses.push((await guess()).status);
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 401));
    expect(statuses).toContain(429);
    const [status, code, seconds] = await refused(guess());
    expect([status, code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(seconds)).toBeGreaterThan(0);
    expect((await post(guarded.url, reader, { query: '{ hello }' }, from('192.0.2.1'))).status).toBe(200);
    expect((await post(guarded.url, person('zoe'), { query: '{ hello }' }, from('192.0.2.2'))).status).toBe(200);
    await guarded.close();
  });
});

describe('connections that only cost', () => {
  const times = { headersMs: 200, receiveMs: 400, checkEveryMs: 50 };

  /** What a connection hears until it is closed, sending a little again and again. */
  async function trickle(port: number, first: string, bit: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('utf8');
    });
    socket.on('error', () => {});
    socket.write(first);
    const timer = setInterval(() => socket.writable && socket.write(bit), 50);
    await once(socket, 'close');
    clearInterval(timer);
    return heard;
  }

  test('are cut off: headers and bodies that trickle in, and silence', async () => {
    const strict = await startTinyServer({}, { times });
    const head = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\n';
    const heard = await Promise.all([
      trickle(strict.port, head, 'x-a: b\r\n'),
      trickle(
        strict.port,
        `${head}authorization: ${bearer(reader)}\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n`,
        ' ',
      ),
      trickle(strict.port, '', ''),
    ]);
    for (const text of heard.slice(0, 2)) expect(text).toMatch(/^HTTP\/1.1 (408|400) /);
    expect(heard[2]).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect((await post(strict.url, reader, { query: '{ hello }' })).status).toBe(200);
    await strict.close();
  });

  test('do not keep others waiting', async () => {
    const strict = await startTinyServer({ maxConcurrentRequests: 1 }, { times: { ...times, receiveMs: 2_000 } });
    const head =
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: ${bearer(reader)}\r\n` +
      'content-type: application/json\r\ncontent-length: 99999\r\n\r\n';
    const slow = Array.from({ length: 50 }, () => trickle(strict.port, head, ' '));
    await delay(100);
    for (let i = 0; i < 5; i += 1) expect((await post(strict.url, reader, { query: '{ hello }' })).status).toBe(200);
    await Promise.all(slow);
    await strict.close();
  });
});

describe('requests that are no good', () => {
  test('each gets a clear answer in JSON', async () => {
    const send = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
      post(server.url, reader, body, headers);
    const cases: [string, Promise<{ status: number; code: string | null; text: string }>, number, string][] = [
      ['no JSON', send('{"query":'), 400, 'not valid JSON'],
      ['no UTF-8', send(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])), 400, 'not valid UTF-8'],
      ['a batch', send('[{"query":"{ hello }"}]'), 400, 'one operation per request'],
      ['a number', send('7'), 400, 'JSON object'],
      ['nothing', send(''), 400, 'not valid JSON'],
      ['no query', send('{"variables":{}}'), 400, 'query'],
      ['another type', send('{ hello }', { 'content-type': 'application/graphql' }), 415, 'application/json'],
      [
        'a form',
        send('query={hello}', { 'content-type': 'application/x-www-form-urlencoded' }),
        415,
        'application/json',
      ],
      ['another charset', send('{}', { 'content-type': 'application/json; charset=utf-16' }), 415, 'UTF-8'],
      ['compressed', send('{}', { 'content-encoding': 'gzip' }), 415, 'uncompressed'],
      ['a polluting key', send('{"__proto__":{"query":"{ hello }"},"query":"{ hello }"}'), 200, 'world'],
    ];
    for (const [name, sent, status, words] of cases) {
      const answer = await sent;
      expect([name, answer.status]).toEqual([name, status]);
      expect(answer.text).toContain(words);
    }
  });

  test('other methods and addresses are refused', async () => {
    const put = await answerOf(await fetch(`${server.url}/graphql`, { method: 'PUT', body: '{}' }));
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST']);
    const preflight = await fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([405, null]);
    const nowhere = await answerOf(await fetch(`${server.url}/wp-admin`));
    expect([nowhere.status, nowhere.code]).toEqual([404, 'NOT_FOUND']);
  });

  test('what is not HTTP is answered and cut off', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write('HELLO\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString('utf8')).toMatch(/^HTTP\/1.1 400 [\s\S]*BAD_REQUEST/);
    await once(socket, 'close');
    const long = await raw(`${server.url}/graphql?query=${'x'.repeat(20_000)}`, {});
    expect(long.status).toBe(431);
  });

  test('a message does not repeat a long input', async () => {
    const long = 'x'.repeat(40_000);
    const variables = await post(server.url, portal('CATALOG'), {
      query: 'query ($v: Int!) { echo(value: $v) }',
      variables: { v: long },
    });
    expect(variables.code).toBe('BAD_USER_INPUT');
    expect(variables.text.length).toBeLessThan(2_000);
    const document = await post(server.url, reader, { query: `{ ${long} }` });
    expect(document.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(document.text.length).toBeLessThan(2_000);
    const literal = await post(server.url, portal('CATALOG'), { query: `{ echo(value: "${long}") }` });
    expect(literal.text.length).toBeLessThan(2_000);
  });

  test('a service for this machine only does not answer under a foreign name', async () => {
    const rebound = await raw(`${server.url}/graphql`, { headers: { host: 'evil.example' } });
    expect(rebound.status).toBe(421);
    for (const host of ['localhost:4000', '[::1]:4000', '127.0.0.1']) {
      expect((await raw(`${server.url}/`, { headers: { host } })).status).toBe(200);
    }
    const named = await startTinyServer({ allowedHosts: ['learning.example'] });
    const allowed = await raw(`${named.url}/`, { headers: { host: 'Learning.example:443' } });
    await named.close();
    expect(allowed.status).toBe(200);
  });
});

describe('errors', () => {
  test('a bug is masked, and logged with its stack under the request id', async () => {
    const answer = await post(server.url, reader, { query: 'query Bad { bug }' }, { 'x-request-id': 'r-9' });
    expect(answer.status).toBe(200);
    expect(answer.errors).toEqual([
      {
        message: 'Something went wrong on our side; it was logged with id r-9.',
        locations: [{ line: 1, column: 13 }],
        path: ['bug'],
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ]);
    const logged = server.lines.filter((line) => line.level === 50);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ requestId: 'r-9', operation: 'Bad', path: 'bug', error: 'Error' });
    expect(String(logged[0]?.['stack'])).toContain('httpFixture');
    expect(JSON.stringify(logged)).not.toContain('personal data');
  });

  test('a resolver that returns what its type cannot hold is a bug, and the value stays inside', async () => {
    const answer = await post(server.url, reader, { query: '{ wrongType }' });
    expect(answer.code).toBe('INTERNAL_SERVER_ERROR');
    expect(answer.text).not.toContain('private text');
  });

  test('an error of the domain shows its code and details', async () => {
    const answer = await post(server.url, reader, { query: '{ conflict }' });
    expect(answer.errors[0]).toMatchObject({
      message: 'It is there already.',
      extensions: { code: 'CONFLICT', details: { id: 'x' } },
    });
    expect(server.lines.filter((line) => line.level >= 40)).toEqual([]);
  });

  test('a failing context is masked as well', async () => {
    const broken = await startTinyServer(
      {},
      {
        contextOf: () => {
          throw new Error('secret');
        },
      },
    );
    const answer = await post(broken.url, reader, { query: '{ hello }' });
    await broken.close();
    expect([answer.status, answer.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(answer.text).not.toContain('secret');
  });

  test('wrong documents and variables are the sender to correct, with the status their client can read', async () => {
    const cases = [
      { query: '{', code: 'GRAPHQL_PARSE_FAILED' },
      { query: '{ nope }', code: 'GRAPHQL_VALIDATION_FAILED' },
      { query: 'query ($id: ID!) { reader(learnerId: $id) { id } }', code: 'BAD_USER_INPUT' },
      { query: 'query ($n: Int) { echo(value: $n) }', code: 'GRAPHQL_VALIDATION_FAILED' },
      { query: 'subscription { hello }', code: 'BAD_USER_INPUT' },
    ];
    for (const { query, code } of cases) {
      const old = await post(server.url, reader, { query });
      const recent = await post(server.url, reader, { query }, { accept: 'application/graphql-response+json' });
      expect([query, old.status, old.code, recent.status, recent.code]).toEqual([query, 200, code, 400, code]);
    }
    expect(server.lines.filter((line) => line.level >= 40)).toEqual([]);
  });

  test('an operation that the document has not, and the hash of another document, are the sender to correct', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: 'x' } };
    for (const body of [
      { query: 'query One { hello }', operationName: 'Nobody' },
      { query: '{ hello }', extensions },
    ]) {
      const { status, code } = await post(server.url, reader, body);
      expect([body, status < 500, code === 'INTERNAL_SERVER_ERROR']).toEqual([body, true, false]);
    }
  });
});

describe('operation', () => {
  test('health and readiness are told without a key, under any name', async () => {
    const health = await raw(`${server.url}/healthz`, { headers: { host: '10.0.0.7' } });
    expect([health.status, health.text]).toEqual([200, '{"status":"ok"}\n']);
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok', parts: { database: true } }]);
    expect((await fetch(`${server.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
  });

  test('readiness names the part that fails, and fails when it cannot be told', async () => {
    const part = await startTinyServer({}, { readiness: async () => ({ database: false, jobs: true }) });
    const failing = await fetch(`${part.url}/readyz`);
    expect([failing.status, await failing.json()]).toEqual([
      503,
      { status: 'unavailable', parts: { database: false, jobs: true } },
    ]);
    await part.close();
    const broken = await startTinyServer({}, { readiness: () => Promise.reject(new Error('no database')) });
    expect((await fetch(`${broken.url}/readyz`)).status).toBe(503);
    await broken.close();
  });

  test('asking often does not ask the database often', async () => {
    let asked = 0;
    const counted = await startTinyServer(
      {},
      {
        readiness: async () => {
          asked += 1;
          return {};
        },
      },
    );
    for (let i = 0; i < 5; i += 1) await fetch(`${counted.url}/readyz`);
    await counted.close();
    expect(asked).toBe(1);
  });

  test('figures need a key for them, unless they are open', async () => {
    await post(server.url, reader, { query: 'query Figured { bug }' });
    const get = (url: string, authorization?: string) =>
      fetch(`${url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });
    expect((await get(server.url)).status).toBe(401);
    expect((await get(server.url, bearer(reader))).status).toBe(403);
    const allowed = await get(server.url, bearer(portal('METRICS')));
    expect(allowed.status).toBe(200);
    const text = await allowed.text();
    expect(text).toMatch(/waymark_graphql_request_duration_seconds_count\{operation="Figured",outcome="error"\} 1/);
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(text).toContain('waymark_graphql_errors_total{code="INTERNAL_SERVER_ERROR"}');
    expect(text).toContain('waymark_graphql_running 0');
    const open = await startTinyServer({ metricsOpen: true });
    expect((await get(open.url)).status).toBe(200);
    await open.close();
  });

  test('requests are logged at debug and slow ones as a warning, without what was asked', async () => {
    await post(server.url, reader, { query: 'query Greet { hello }' }, { 'x-request-id': 'q1' });
    await post(server.url, person('ann'), { query: 'query Slow { wait(ms: 1050) }' }, { 'x-request-id': 'q2' });
    await fetch(`${server.url}/secret-path`);
    const lines = server.lines.filter((line) => 'durationMs' in line);
    expect(lines).toMatchObject([
      { level: 20, requestId: 'q1', operation: 'Greet', status: 200, viewer: 'key portal', errorCode: null },
      { level: 40, requestId: 'q2', operation: 'Slow', msg: 'slow request', viewer: 'person' },
      { level: 20, path: 'other', status: 404 },
    ]);
    expect(JSON.stringify(lines)).not.toContain('ann');
  });

  test('the landing page loads nothing and runs only its own script', async () => {
    const response = await fetch(`${server.url}/`);
    const html = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'sha256-/);
    expect(html).not.toMatch(/(src|href)="?https?:/);
    expect(html).not.toMatch(/%[A-Z]+%/);
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const tag of ['style', 'script']) {
      const inside = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)?.[1] ?? '';
      if (tag === 'script') expect(() => new Script(inside)).not.toThrow();
      expect(policy).toContain(`'sha256-${createHash('sha256').update(inside).digest('base64')}'`);
    }
    const browser = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' }, redirect: 'manual' });
    expect([browser.status, browser.headers.get('location')]).toEqual([303, '/']);
  });

  test('a schema that was not secured is not served', async () => {
    const { logger } = recordingLogger();
    const starting = startHttpServer({
      config: {
        host: '127.0.0.1',
        port: 0,
        loopbackOnly: true,
        allowedHosts: [],
        introspection: true,
        metricsOpen: false,
        requestTimeoutMs: 1_000,
        maxConcurrentRequests: 1,
        costPerSecondOfKey: null,
        costPerSecondOfPerson: null,
        leastBurstCost: 100_000,
        proxyHops: 0,
      },
      schema: await tinySchema(),
      authenticate: async () => adminKey,
      contextOf: (request) => request,
      readiness: async () => ({}),
      logger,
      metrics: createMetrics(),
    });
    await expect(starting).rejects.toThrow('secureSchema');
  });
});

describe('stopping', () => {
  test('it says so, lets requests finish, and takes no new ones', async () => {
    const closing = await startTinyServer();
    const underWay = post(closing.url, reader, { query: '{ held }' });
    while (gate.waiting < 1) await delay(5);
    const closed = closing.close({ notReadyMs: 500 });
    const ready = await fetch(`${closing.url}/readyz`);
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    gate.release();
    expect((await underWay).data).toEqual({ held: 'done' });
    await closed;
    await expect(fetch(`${closing.url}/healthz`)).rejects.toThrow();
  });

  test('it does not wait for ever', async () => {
    const stuck = await startTinyServer();
    const underWay = post(stuck.url, reader, { query: '{ held }' }).catch(() => 'cut off');
    while (gate.waiting < 1) await delay(5);
    await stuck.close({ graceMs: 100 });
    expect(await underWay).toBe('cut off');
    gate.release();
  });
});
