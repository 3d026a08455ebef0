import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { App } from '../../src/app.js';
import { loadDemo } from '../../src/cli/demo.js';
import { trainWithProgress } from '../../src/cli/train.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import type { PreviewResult } from '../../src/recommendations/rulePreview/rulePreviewResult.js';
import type { StoredOrder } from '../../src/recommendations/rulePreview/rulePreviews.store.js';
import { audienceOf, type GivenRule, ruleOf } from '../../src/rules/model/givenRule.js';
import type { Rule } from '../../src/rules/model/rule.js';
import { wholeNumber } from './arguments.js';
import { readSize, type Size, withService } from './demoBench.js';
import { count, figure, print, printTable } from './printing.js';

const HELP = `Usage: npm run bench -- preview [OPTIONS]

Loads a demo organisation, trains, and has the lists of everybody made before and after a change of rules, several times
over. Shows how long that takes, and what stands in the way of other requests meanwhile.

  --learners N                  of the organisation, all of whom are looked at; default 10000
  --courses N                   default 1000
  --months N                    of activity; default 12
  --rounds N                    default 3
  --database postgres|embedded  a throw-away PostgreSQL server (the default; DATABASE_URL instead when set), or the embedded one

Machines differ and are noisy: compare within one run. A server of this bench does not wait for the disk at commits.
`;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      learners: { type: 'string', default: '10000' },
      courses: { type: 'string', default: '1000' },
      months: { type: 'string', default: '12' },
      rounds: { type: 'string', default: '3' },
      database: { type: 'string', default: 'postgres' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const size = readSize(values);
  const rounds = wholeNumber('--rounds', values.rounds, 1, 100);
  await withService(values.database, size, (app) => measure(app, size, rounds));
}

async function measure(app: App, size: Size, rounds: number): Promise<void> {
  if ((await app.learners.countLearners()) === 0) {
    await loadDemo(app, createDemoOrganisation({ seed: 1, ...size, now: new Date() }));
    await trainWithProgress(app.training);
  }
  const departments = [...(await app.learners.trends()).groups.values()].filter(
    ({ audience }) => audience.kind === 'DEPARTMENT',
  );
  const [largest] = departments.sort((a, b) => b.people - a.people);
  const order = orderOf(app, largest?.audience.value ?? '');
  const rows: string[][] = [];
  let result: PreviewResult | null = null;
  for (let round = 0; round < rounds; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [startMs, cpu] = [performance.now(), process.cpuUsage()];
    result = await app.rulePreviews.compute(order, { report: () => {}, shouldStop: () => false });
    const { user, system } = process.cpuUsage(cpu);
    delay.disable();
    rows.push([
      `round ${round + 1}`,
      `${figure((performance.now() - startMs) / 1e3)} s`,
      `${figure((user + system) / 1e6)} s`,
      `${figure(delay.percentile(99) / 1e6)} ms`,
      `${figure(delay.max / 1e6)} ms`,
    ]);
  }
  printTable(['', 'wall clock', 'CPU of this process', 'delay of the event loop, p99', 'worst'], rows);
  if (result !== null) printResult(result);
}

const NOWHERE = 'Nowhere';

/** Nobody is left as they were: a bury and a quota for everybody, a pin for the largest department, one for nobody. */
function rulesOf(app: App, department: string): Rule[] {
  const { courses } = app.catalog.snapshot;
  const given = (action: GivenRule['action'], rest: Omit<GivenRule, 'action' | 'owner'>): GivenRule => ({
    ...{ action, owner: 'bench' },
    ...rest,
  });
  const provider = courses.find((course) => course.provider !== null)?.provider ?? '';
  const tag = courses.find(({ tags }) => tags.length > 0)?.tags[0];
  return [
    given({ kind: 'BURY', strength: 'MODERATE' }, { target: { providers: [provider] } }),
    given({ kind: 'QUOTA', percent: 30 }, { target: tag === undefined ? { kinds: ['VIDEO'] } : { tags: [tag] } }),
    given({ kind: 'PIN', place: 1 }, { audience: { departments: [department] }, target: { levels: ['BEGINNER'] } }),
    given({ kind: 'PIN', place: 2 }, { audience: { departments: [department], locations: [NOWHERE] } }),
  ].map((rule, i) => ruleOf(rule, { id: `rule-${i}`, createdAt: new Date(0).toISOString(), zone: 'UTC' }));
}

function orderOf(app: App, department: string): StoredOrder {
  const { change: _, ...policy } = app.policies.current;
  const before = {
    ruleSet: { rules: [], holdoutPercent: 5 },
    policy,
    signalWeights: app.learners.signalWeights.weights,
  };
  return {
    before,
    after: { ...before, ruleSet: { rules: rulesOf(app, department), holdoutPercent: 5 } },
    audience: audienceOf({}),
    learnerIds: [],
    sampleSize: null,
    surface: 'HOME',
    first: 10,
    // What editors are told takes more than what administrators are.
    mayTellFew: false,
  };
}

function printResult({ people, population, rules }: PreviewResult): void {
  const relevance = population?.relevance;
  print(`${count(people ?? 0)} lists before and after, ${count(population?.exposure.changed ?? 0)} of them differ`);
  for (const { sentence, lists } of rules) print(`  ${lists === null ? 'few or no' : count(lists)} lists: ${sentence}`);
  if (relevance == null) return;
  const { before, difference } = relevance;
  print(
    `NDCG@10 ${figure(before.mean)} before; difference ${figure(difference.mean)}, 95 % interval ` +
      `${figure(difference.low)} to ${figure(difference.high)}, over ${count(relevance.people)} people`,
  );
}
