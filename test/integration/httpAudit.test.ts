import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminKey, bearer, startTinyServer, type TinyServer } from './httpFixture.js';

let server: TinyServer;
beforeAll(async () => {
  server = await startTinyServer();
});
afterAll(() => server.close());

test('every audit of GraphQL over HTTP passes', async () => {
  const results = await auditServer({
    url: `${server.url}/graphql`,
    // A browser would have to ask permission to send these; without them, requests that it may send unasked are refused.
    fetchFn: (input: string, init: RequestInit = {}) =>
      fetch(input, {
        ...init,
        headers: { ...(init.headers as object), authorization: bearer(adminKey), 'apollo-require-preflight': 'yes' },
      }),
  });
  expect(results.filter((result) => result.status !== 'ok').map((result) => `${result.id} ${result.name}`)).toEqual([]);
  expect(results).toHaveLength(61);
});
