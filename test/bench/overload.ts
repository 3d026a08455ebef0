import { parseArgs } from 'node:util';
import { positiveNumber, wholeNumber } from './arguments.js';
import { withPreparedService } from './childBench.js';
import { readSize } from './demoBench.js';
import type { OverloadReport, OverloadRequest } from './overloadLoad.js';
import { inOwnProcess } from './ownProcess.js';
import { count, figure, megabytes, print, printTable, quantile } from './printing.js';
import { memoryOf } from './processFigures.js';

const HELP = `Usage: npm run bench -- overload [OPTIONS]

Measures how many lists of ten a second the service answers when asked as fast as it answers, then sends several times as many
whether or not they are answered, from another process; and so on in turn, since the speed of a shared machine drifts. Prints what
is still answered, how fast, and how fast the rest is refused; and asks for /healthz all the while.

  --learners N                  default 2000
  --courses N                   default 1000
  --months N                    of activity; default 3
  --seconds N                   of each overload; default 5
  --rounds N                    overloads; default 12
  --times N                     the capacity; default 2
  --database postgres|embedded  a throw-away PostgreSQL server (the default; DATABASE_URL instead when set), or the embedded one

Settings of the service, such as MAX_CONCURRENT_REQUESTS or WORKERS, come from the environment.
`;

const PASSED_ON = ['MAX_CONCURRENT_REQUESTS', 'WORKERS', 'DATABASE_POOL_SIZE'];

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      learners: { type: 'string', default: '2000' },
      courses: { type: 'string', default: '1000' },
      months: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '12' },
      times: { type: 'string', default: '2' },
      database: { type: 'string', default: 'postgres' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const seconds = wholeNumber('--seconds', values.seconds, 1, 3_600);
  const rounds = wholeNumber('--rounds', values.rounds, 1, 100);
  const times = positiveNumber('--times', values.times);
  const given = PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  // What one key may ask for is another limit than what the service can do.
  const settings = { RATE_PER_KEY: '0', ...Object.fromEntries(given) };
  await withPreparedService(values.database, readSize(values), settings, async ({ service, key, learnerIds }) => {
    const request: OverloadRequest = { url: service.url, key, learnerIds, seconds, rounds, times, pid: service.pid };
    printReport(await inOwnProcess<OverloadRequest, OverloadReport>('./overloadLoad.js', request), times);
    const { nowBytes, mostBytes } = await memoryOf(service.pid);
    print(`memory of the service ${megabytes(nowBytes)}, at most ${megabytes(mostBytes)}`);
  });
}

function printReport(report: OverloadReport, times: number): void {
  const { rounds, admitted, refused, health } = report;
  const shares = rounds.map(({ capacityBefore, capacityAfter, goodput }) => {
    // What the machine could do meanwhile is taken to be between the two.
    const share = (200 * goodput) / (capacityBefore + capacityAfter);
    print(
      `capacity ${figure(capacityBefore)} lists a second; at ${figure(times)} times as many ${figure(goodput)} answered; ` +
        `capacity then ${figure(capacityAfter)}: ${figure(share)} % of the mean of the two`,
    );
    return share;
  });
  print(`at the median ${figure(quantile(shares, 0.5))} %`);
  printTable(
    ['', 'number', 'p50', 'p99', 'longest'],
    [['answered', admitted] as const, ['refused', refused] as const, ['/healthz', health] as const].map(
      ([name, { requests, p50Ms, p99Ms, longestMs }]) => [
        name,
        count(requests),
        ...[p50Ms, p99Ms, longestMs].map((ms) => `${figure(ms)} ms`),
      ],
    ),
  );
  const { failed, withoutRetryAfter, healthFailed, cores } = report;
  print(`neither answered nor refused ${failed}, refused without Retry-After ${withoutRetryAfter}`);
  print(`/healthz not answered ${healthFailed}`);
  print(`cores taken meanwhile: service ${figure(cores.service)}, sender ${figure(cores.sender)}`);
}
