import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { App } from '../../src/app.js';
import { loadDemo } from '../../src/cli/demo.js';
import { trainWithProgress } from '../../src/cli/train.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { readSize, type Size, withService } from './demoBench.js';
import { count, figure, print, printTable } from './printing.js';

const HELP = `Usage: npm run bench -- run-campaign [OPTIONS]

Loads a demo organisation, trains, and runs a campaign for everybody, a tenth held out: taking people in and planning the first
course, looking at everybody again when nothing has changed, and withdrawing what was planned.

  --learners N                  of the organisation and in the campaign; default 2000
  --courses N                   default 300
  --months N                    of activity; default 12
  --database postgres|embedded  a throw-away PostgreSQL server (the default; DATABASE_URL instead when set), or the embedded one

Machines differ and are noisy: compare within one run. A server of this bench does not wait for the disk at commits.
`;

const ID = 'bench';
const BY = 'bench';

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      learners: { type: 'string', default: '2000' },
      courses: { type: 'string', default: '300' },
      months: { type: 'string', default: '12' },
      database: { type: 'string', default: 'postgres' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const size = readSize(values);
  await withService(values.database, size, (app) => measure(app, size));
}

async function measure(app: App, size: Size): Promise<void> {
  await loadDemo(app, createDemoOrganisation({ seed: 1, ...size, now: new Date() }));
  await trainWithProgress(app.training);
  const courseIds = app.catalog.snapshot.courses
    .filter(({ kind, prerequisiteIds }) => kind === 'VIDEO' && prerequisiteIds.length === 0)
    .slice(0, 3)
    .map(({ id }) => id);
  const { campaigns } = app;
  await campaigns.create(ID, { name: 'Bench', owner: 'L&D', courseIds, holdoutPercent: 10 }, 'bench', BY);
  const change = { id: ID, reason: 'bench', by: BY };
  const turn = () => campaigns.run({ shouldStop: () => false });
  const rows: string[][] = [];
  const timed = async (what: string, work: () => Promise<unknown>) => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [startMs, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(cpu);
    const ms = [performance.now() - startMs, (user + system) / 1000, delay.percentile(99) / 1e6, delay.max / 1e6];
    delay.disable();
    rows.push([what, ...ms.map((one) => `${figure(one)} ms`)]);
  };
  await timed('preview', () => campaigns.preview(ID, true));
  await campaigns.move('START', { ...change, expectedVersion: 1 });
  await timed('taking in and planning', turn);
  const { enrolled, heldOut, steps } = await campaigns.progress(ID, true);
  await app.database.dataSource.query('UPDATE campaign_member SET next_look_at = enrolled_at');
  await timed('looking again', turn);
  await timed('progress', () => campaigns.progress(ID, true));
  const span = { from: new Date(), to: new Date(Date.now() + 30 * 86_400_000) };
  await timed('100 messages', () => campaigns.messages(ID, span, 100, null));
  await campaigns.move('PAUSE', { ...change, expectedVersion: 2 });
  await timed('withdrawing', turn);
  printTable(['', 'wall clock', 'CPU of this process', 'event loop p99', 'longest'], rows);
  print(
    `${count(enrolled ?? 0)} taken in, ${count(heldOut ?? 0)} held out, ${count(steps[0]?.planned ?? 0)} planned for the first course`,
  );
}
