import type { Config } from '../config.js';
import type { ApiKeys } from './apiKeys.js';

/**
 * Makes an admin key for a service that nobody can talk to yet, and prints it once; with any key there already, or people
 * signing in through an identity provider, nothing happens.
 */
export async function announceFirstKey(apiKeys: ApiKeys, config: Config, endpoint: string): Promise<void> {
  if (config.jwt !== null || (await apiKeys.list()).length > 0) return;
  const { text } = await apiKeys.create({ name: 'First admin key', role: 'ADMIN', scopes: [], expiresAt: null });
  process.stdout.write(
    `\nThis is a new service, so an admin key was made. It is shown this once and stored as a hash only:\n\n  ${text}\n\n` +
      `  curl -s ${endpoint} -H 'content-type: application/json' -H 'authorization: Bearer ${text}' \\\n` +
      `    -d '{"query":"{ courses(first: 3) { edges { node { id title } } } }"}'\n\n` +
      'Make keys for portals with: npm run waymark -- keys create --name NAME --scopes INGEST,RECOMMEND\n\n',
  );
}
