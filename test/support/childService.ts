import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Answer, dataOf, postGraphQL } from './testApp.js';

/** The service as a process of its own, as operators run it. */
export interface ChildService {
  readonly pid: number;
  readonly url: string;
  ask<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
  post(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Resolves when the process is gone. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

export interface ChildServiceOptions {
  /** On top of a port of its own and no training. */
  readonly env: Readonly<Record<string, string>>;
  /** From an earlier start on the same database; null: the service is new and shows one. */
  readonly key: string | null;
  /** Handed what ends the process with SIGKILL as soon as there is one, long before it answers. */
  readonly onSpawn?: (kill: () => void) => void;
}

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const START_WITHIN_MS = 60_000;

/**
 * Starts the service and resolves when it answers.
 *
 * @throws Error with what the process printed when it ended instead
 */
export async function startChildService({
  env,
  key,
  onSpawn,
}: ChildServiceOptions): Promise<ChildService & { key: string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], PORT: '0', TRAIN_EVERY_MINUTES: '0', TRAIN_BUDGET_SECONDS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onSpawn?.(() => child.kill('SIGKILL'));
  const printed = collect(child);
  const url = await readyUrl(child, printed);
  const usedKey = key ?? /wmk_\S+(?=\n)/.exec(printed.text)?.[0];
  if (usedKey === undefined) throw new Error(`The service showed no key.\n${printed.text}`);
  const post: ChildService['post'] = (query, variables = {}) => postGraphQL(url, query, variables, usedKey);
  return {
    pid: child.pid as number,
    url,
    key: usedKey,
    post,
    ask: async (query, variables) => dataOf(await post(query, variables)),
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

function collect(child: ChildProcess): { text: string } {
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      printed.text += text;
    });
  }
  return printed;
}

async function readyUrl(child: ChildProcess, printed: { readonly text: string }): Promise<string> {
  const deadline = Date.now() + START_WITHIN_MS;
  for (;;) {
    const url = /"url":"([^"]+)".*"msg":"ready"/.exec(printed.text)?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The service did not start (exit code ${child.exitCode}).\n${printed.text}`);
    }
    await sleep(20);
  }
}
