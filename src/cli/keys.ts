import { type KeyRole, SCOPES, type Scope } from '../platform/access/access.js';
import type { ApiKey, ApiKeys } from '../platform/access/apiKeys.js';
import { UsageError } from './usageError.js';

export const KEYS_HELP = `Usage: waymark keys create --name NAME [--scopes A,B | --admin] [--expires ISO-DATE]
       waymark keys list
       waymark keys revoke ID

Scopes:
${Object.entries(SCOPES)
  .map(([scope, meaning]) => `  ${scope.padEnd(10)} ${meaning}`)
  .join('\n')}
`;

export interface KeysOptions {
  readonly name: string | undefined;
  readonly scopes: string | undefined;
  readonly admin: boolean | undefined;
  readonly expires: string | undefined;
}

/** Runs one of the `keys` commands and answers what to print. */
export async function manageKeys(apiKeys: ApiKeys, words: readonly string[], options: KeysOptions): Promise<string> {
  const [command, id] = words;
  if (command === 'create') return await create(apiKeys, options);
  if (command === 'list') return await list(apiKeys);
  if (command === 'revoke' && id !== undefined) {
    const key = await apiKeys.revoke(id);
    return `Revoked ${key.id} (${key.name}). Running services refuse it within 5 seconds.`;
  }
  throw new UsageError(KEYS_HELP);
}

async function create(apiKeys: ApiKeys, options: KeysOptions): Promise<string> {
  if (options.name === undefined) throw new UsageError(`--name is needed.\n\n${KEYS_HELP}`);
  const role: KeyRole = options.admin === true ? 'ADMIN' : 'PORTAL';
  const scopes = (options.scopes ?? '')
    .split(',')
    .map((word) => word.trim().toUpperCase())
    .filter((word) => word !== '');
  const unknown = scopes.filter((scope) => !Object.hasOwn(SCOPES, scope));
  if (unknown.length > 0) throw new UsageError(`Unknown scope ${unknown.join(', ')}.\n\n${KEYS_HELP}`);
  const expiresAt = options.expires === undefined ? null : new Date(options.expires);
  if (expiresAt !== null && Number.isNaN(expiresAt.getTime())) {
    throw new UsageError('--expires is not a date such as 2027-06-30.');
  }
  const { text, key } = await apiKeys.create({ name: options.name, role, scopes: scopes as Scope[], expiresAt });
  return `Key ${key.id} (${key.role}). It is shown this once:\n\n  ${text}\n`;
}

async function list(apiKeys: ApiKeys): Promise<string> {
  const keys = await apiKeys.list();
  if (keys.length === 0) return 'There are no keys.';
  const nowMs = Date.now();
  return keys
    .map((key) => {
      const used = key.lastUsedAt === null ? 'never used' : `last used ${day(key.lastUsedAt)}`;
      return `${key.id}  ${key.role.padEnd(6)}  ${stateOf(key, nowMs)}, ${used}  ${key.name}  ${key.scopes.join(',')}`;
    })
    .join('\n');
}

function stateOf({ revokedAt, expiresAt }: ApiKey, nowMs: number): string {
  if (revokedAt !== null) return `revoked ${day(revokedAt)}`;
  if (expiresAt === null) return 'active';
  return expiresAt.getTime() <= nowMs ? `expired ${day(expiresAt)}` : `active, expires ${day(expiresAt)}`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
