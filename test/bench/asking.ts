import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

/** Where requests go. */
export interface Target {
  readonly url: string;
  readonly key: string;
}

export interface Reply {
  /** Null: nothing came. */
  readonly status: number | null;
  readonly headers: IncomingHttpHeaders;
  /** Without a status, why there is none. */
  readonly body: Buffer;
}

/** Sends the body of a GraphQL request. */
export function send(agent: Agent, { url, key }: Target, body: string): Promise<Reply> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${key}`,
    };
    const fail = (error: Error) => resolve({ status: null, headers: {}, body: Buffer.from(error.message) });
    const request = httpRequest(new URL('/graphql', url), { agent, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? null, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', fail);
    request.end(body);
  });
}

/** Whether all that was asked for came. */
export const isAnswered = ({ status, body }: Reply): boolean => status === 200 && !body.includes('"errors"');
