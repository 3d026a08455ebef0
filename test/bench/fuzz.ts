import { parseArgs } from 'node:util';
import { wholeNumber } from './arguments.js';
import { withPreparedService } from './childBench.js';
import { readSize } from './demoBench.js';
import type { FuzzReport, FuzzRequest } from './fuzzLoad.js';
import { inOwnProcess } from './ownProcess.js';
import { count, figure, megabytes, print, printTable } from './printing.js';
import { memoryOf } from './processFigures.js';

const HELP = `Usage: npm run bench -- fuzz [OPTIONS]

Draws operations that are valid in the schema, any field with any argument and ids that exist, and as many that are wrong in
some way, and sends them one after the other to a service of its own. Prints every failure: an answer that is masked, a status
of 500, no answer at all; what took longer than half a second, and again when asked once more; valid queries whose answer
changes once the service has made code for them; and the memory.

  --valid N                     default 10000
  --mutated N                   default 10000
  --seed N                      default 1
  --learners N                  default 500
  --courses N                   default 300
  --months N                    of activity; default 6
  --database postgres|embedded  a throw-away PostgreSQL server (the default; DATABASE_URL instead when set), or the embedded one
`;

const MOST_SHOWN = 20;
const MOST_LEARNERS = 60;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      valid: { type: 'string', default: '10000' },
      mutated: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      learners: { type: 'string', default: '500' },
      courses: { type: 'string', default: '300' },
      months: { type: 'string', default: '6' },
      database: { type: 'string', default: 'postgres' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const wanted = {
    valid: wholeNumber('--valid', values.valid, 0),
    mutated: wholeNumber('--mutated', values.mutated, 0),
    seed: wholeNumber('--seed', values.seed, 0),
  };
  // Hardly any request of ours is refused for what it costs; the limits on one alone stand.
  const settings = { RATE_PER_KEY: '0' };
  await withPreparedService(values.database, readSize(values), settings, async ({ service, key, learnerIds }) => {
    const request: FuzzRequest = { ...wanted, url: service.url, key, learnerIds: learnerIds.slice(0, MOST_LEARNERS) };
    const report = await inOwnProcess<FuzzRequest, FuzzReport>('./fuzzLoad.js', request);
    printReport(report);
    const { nowBytes, mostBytes } = await memoryOf(service.pid);
    print(`memory of the service ${megabytes(nowBytes)}, at most ${megabytes(mostBytes)}`);
  });
}

function printReport({ kinds, failures, slow, compared, longLists }: FuzzReport): void {
  printTable(
    ['', 'sent', 'with data', 'refused', 'p50', 'p99', 'longest'],
    kinds.map(({ name, sent, withData, refused, p50Ms, p99Ms, longestMs }) => [
      name,
      ...[sent, withData, refused].map(count),
      ...[p50Ms, p99Ms, longestMs].map((ms) => `${figure(ms)} ms`),
    ]),
  );
  print(`failures: ${failures.length}`);
  for (const { root, why, body } of failures.slice(0, MOST_SHOWN)) print(`  ${root}: ${why}\n    ${body}`);
  print(
    `longer than half a second: ${slow.length}, of which again when asked once more ${slow.filter(isSlowAgain).length}`,
  );
  for (const one of slow.slice(0, MOST_SHOWN)) {
    print(`  ${one.root}: ${figure(one.ms)} ms, again ${figure(one.againMs)} ms\n    ${one.body}`);
  }
  const { differing, steady } = compared;
  print(
    `sent until compiled: ${count(compared.count)} valid queries, ${count(steady)} of them the same when sent twice before; ` +
      `answered in another way when compiled: ${differing.length}`,
  );
  for (const { root, usual, compiled, body } of differing.slice(0, MOST_SHOWN)) {
    print(`  ${root}\n    usual    ${usual}\n    compiled ${compiled}\n    ${body}`);
  }
  print('longest lists of fields without pages:');
  for (const { field, length } of longLists.slice(0, MOST_SHOWN)) print(`  ${field} ${length}`);
}

const isSlowAgain = ({ againMs }: FuzzReport['slow'][number]): boolean => againMs > 500;
