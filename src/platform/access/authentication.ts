import { DomainError } from '../errors.js';
import { ANONYMOUS, type KeyViewer, type Viewer } from './access.js';
import { API_KEY_PREFIX } from './apiKeys.js';
import type { VerifyToken } from './jwt.js';

/** The viewer behind an Authorization header; throws DomainError UNAUTHENTICATED or UNAVAILABLE. */
export type Authenticate = (authorization: string | undefined) => Promise<Viewer>;

/**
 * Tells API keys and tokens apart. Credentials come in the Authorization header only: in an address they would end up in
 * logs and histories, and in a cookie other sites could make use of them.
 *
 * @param verifyToken null when no identity provider is configured
 */
export function createAuthenticate(
  authenticateKey: (text: string) => Promise<KeyViewer>,
  verifyToken: VerifyToken | null,
): Authenticate {
  return async (authorization) => {
    if (authorization === undefined) return ANONYMOUS;
    const credential = /^Bearer +([^\s,]+) *$/i.exec(authorization)?.[1];
    if (credential === undefined) {
      throw new DomainError('UNAUTHENTICATED', 'Write the header as `Authorization: Bearer <API key or token>`.');
    }
    if (credential.startsWith(API_KEY_PREFIX)) return authenticateKey(credential);
    if (verifyToken === null) {
      throw new DomainError(
        'UNAUTHENTICATED',
        'This is not an API key, and tokens are not accepted because no identity provider is configured.',
      );
    }
    return verifyToken(credential);
  };
}
