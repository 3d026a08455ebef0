import { parseArgs } from 'node:util';
import { positiveNumber, wholeNumber } from './arguments.js';
import { withPreparedService } from './childBench.js';
import { readSize } from './demoBench.js';
import { inOwnProcess } from './ownProcess.js';
import { count, figure, megabytes, print, printTable } from './printing.js';
import type { SoakReport, SoakRequest } from './soakLoad.js';

const HELP = `Usage: npm run bench -- soak [OPTIONS]

Asks a service of its own for lists, feeds and the catalogue and sends it activity, at one pace for long, from another process.
Prints for each tenth of the time how fast it answered, what it held in memory and how many files it had open.

  --learners N                  default 2000
  --courses N                   default 1000
  --months N                    of activity; default 3
  --minutes N                   default 30
  --rate N                      requests a second; default 50
  --database postgres|embedded  a throw-away PostgreSQL server (the default; DATABASE_URL instead when set), or the embedded one
`;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      learners: { type: 'string', default: '2000' },
      courses: { type: 'string', default: '1000' },
      months: { type: 'string', default: '3' },
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '50' },
      database: { type: 'string', default: 'postgres' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const seconds = 60 * positiveNumber('--minutes', values.minutes);
  const rate = wholeNumber('--rate', values.rate, 1, 10_000);
  const size = readSize(values);
  await withPreparedService(values.database, size, { RATE_PER_KEY: '0' }, async ({ service, key, learnerIds }) => {
    const courseIds = await coursesOf(service.url, key);
    const request: SoakRequest = { url: service.url, key, learnerIds, courseIds, seconds, rate, pid: service.pid };
    printReport(await inOwnProcess<SoakRequest, SoakReport>('./soakLoad.js', request));
  });
}

async function coursesOf(url: string, key: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: '{ courses(first: 100) { edges { node { id } } } }' }),
  });
  const { data } = (await response.json()) as { data: { courses: { edges: { node: { id: string } }[] } } };
  return data.courses.edges.map(({ node }) => node.id);
}

function printReport({ stretches }: SoakReport): void {
  printTable(
    ['tenth', 'requests', 'failed', 'p50', 'p99', 'memory', 'open files'],
    stretches.map(({ requests, failed, p50Ms, p99Ms, residentBytes, openFiles }, i) => [
      String(i + 1),
      ...[requests, failed].map(count),
      ...[p50Ms, p99Ms].map((ms) => `${figure(ms)} ms`),
      megabytes(residentBytes),
      count(openFiles),
    ]),
  );
}
