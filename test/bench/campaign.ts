import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { App } from '../../src/app.js';
import { loadDemo } from '../../src/cli/demo.js';
import { trainWithProgress } from '../../src/cli/train.js';
import type { Campaign } from '../../src/delivery/delivery.service.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { wholeNumber } from './arguments.js';
import { measureOverHttp } from './campaignOverHttp.js';
import { readSize, type Size, withService } from './demoBench.js';
import { count, figure, print, printTable, quantile } from './printing.js';

const HELP = `Usage: npm run bench -- campaign [OPTIONS]

Loads a demo organisation, trains, and asks for the delivery windows of a whole campaign at once, several times over, with the
answer written out as JSON: from the service itself, and in one request over HTTP, asked for and planned. Shows how far each
campaign spreads the departments, and what stands in the way of other requests.

  --learners N                  of the organisation; default 3000
  --courses N                   default 300
  --months N                    of activity; default 12
  --people N                    in the campaign; default 2000
  --windows N                   for each of them; default 1
  --rounds N                    default 7
  --database postgres|embedded  a throw-away PostgreSQL server (the default; DATABASE_URL instead when set), or the embedded one

Machines differ and are noisy: compare within one run. A server of this bench does not wait for the disk at commits.
`;

interface Asking {
  readonly people: number;
  readonly windows: number;
  readonly rounds: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      learners: { type: 'string', default: '3000' },
      courses: { type: 'string', default: '300' },
      months: { type: 'string', default: '12' },
      people: { type: 'string', default: '2000' },
      windows: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '7' },
      database: { type: 'string', default: 'postgres' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const size = readSize(values);
  const asking = {
    people: wholeNumber('--people', values.people, 1, Math.min(2_000, size.learnerCount)),
    windows: wholeNumber('--windows', values.windows, 1, 20),
    rounds: wholeNumber('--rounds', values.rounds, 1, 100),
  };
  await withService(values.database, size, (app) => measure(app, size, asking));
}

async function measure(app: App, size: Size, { people, windows, rounds }: Asking): Promise<void> {
  const organisation = createDemoOrganisation({ seed: 1, ...size, now: new Date() });
  await loadDemo(app, organisation);
  await trainWithProgress(app.training);
  const learnerIds = [...organisation.learners()].slice(0, people).map(({ id }) => id);
  const departments = new Map([...organisation.learners()].map(({ id, department }) => [id, department ?? null]));
  const courseId = app.catalog.snapshot.courses[0]?.id ?? '';
  const request = { courseId, from: null, horizonDays: 14, count: windows, purpose: 'RECOMMENDATION' } as const;
  // Just to see: the same campaign again must find the same time free.
  const ask = () => app.delivery.suggestForCampaign(learnerIds, request);
  await ask();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  const cpus: number[] = [];
  let campaign: Campaign | null = null;
  delay.enable();
  for (let round = 0; round < rounds; round++) {
    const [startMs, cpu] = [performance.now(), process.cpuUsage()];
    campaign = await ask();
    times.push(performance.now() - startMs);
    const { user, system } = process.cpuUsage(cpu);
    cpus.push((user + system) / 1000);
  }
  delay.disable();
  const startMs = performance.now();
  const bytes = Buffer.byteLength(JSON.stringify(campaign));
  const jsonMs = performance.now() - startMs;
  const at = (values: readonly number[], share: number) => `${figure(quantile(values, share))} ms`;
  print(`campaign of ${count(people)} learners, ${windows} windows each, ${rounds} times`);
  printTable(
    ['', 'p50', 'worst'],
    [
      ['wall clock, recorded', at(times, 0.5), at(times, 1)],
      ['CPU of this process', at(cpus, 0.5), at(cpus, 1)],
      [
        'delay of the event loop, p50 and p99',
        `${figure(delay.percentile(50) / 1e6)} ms`,
        `${figure(delay.percentile(99) / 1e6)} ms`,
      ],
      ['longest delay', '', `${figure(delay.max / 1e6)} ms`],
    ],
  );
  print(`answer ${figure(bytes / 2 ** 20)} MB as JSON, written out in ${figure(jsonMs)} ms`);
  if (campaign !== null) printSpread(campaign, departments);
  await measureOverHttp(app, { learnerIds, courseId, windows }, rounds);
}

/** The fullest window of any department, by its share of the people asked for there. */
function printSpread({ suggestions }: Campaign, departments: ReadonlyMap<string, string | null>): void {
  const teams = new Map<string, number>();
  const filled = new Map<string, { readonly team: string; people: number }>();
  for (const { learnerId, windows } of suggestions) {
    const team = departments.get(learnerId);
    if (team == null) continue;
    teams.set(team, (teams.get(team) ?? 0) + 1);
    for (const { startsAt } of windows) {
      const key = `${team} ${startsAt.getTime()}`;
      const window = filled.get(key) ?? { team, people: 0 };
      window.people += 1;
      filled.set(key, window);
    }
  }
  const shares = [...filled.values()].map(({ team, people }) => people / (teams.get(team) ?? 1));
  const none = suggestions.filter(({ outcome }) => outcome === 'NO_WINDOW').length;
  print(`${teams.size} departments; the fullest window holds ${figure(100 * Math.max(...shares))} % of one`);
  print(`${count(suggestions.length - none)} learners have a window, ${count(none)} have none`);
}
