import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type App, openApp } from '../../src/app.js';
import { loadDemo } from '../../src/cli/demo.js';
import { trainWithProgress } from '../../src/cli/train.js';
import { createDemoOrganisation } from '../../src/demo/organisation.js';
import { readConfig } from '../../src/platform/config.js';
import { createLogger } from '../../src/platform/logger.js';
import { recommend } from '../../src/recommendations/pipeline/pipeline.js';
import { createServingIndex } from '../../src/recommendations/pipeline/servingIndex.js';
import { recommendationInputs } from '../support/recommendationInputs.js';
import { print, printMachine } from './printing.js';
import { timed } from './timed.js';

const HELP = `Usage: npm run bench -- [service] [--learners N] [--courses N] [--months N] [--requests N]

Loads a demo organisation into a fresh embedded database, or into the empty server of DATABASE_URL, and prints what loading,
training, recommending and suggesting a time cost. Machines differ and are noisy: compare within one run, quote medians.
`;

interface ServiceValues {
  readonly learners: string;
  readonly courses: string;
  readonly months: string;
  readonly requests: string;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      learners: { type: 'string', default: '2000' },
      courses: { type: 'string', default: '1000' },
      months: { type: 'string', default: '12' },
      requests: { type: 'string', default: '500' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
  const app = await openApp({
    config: readConfig({ ...process.env, DATA_DIR: dataDir }),
    logger: createLogger('warn'),
  });
  try {
    await measure(app, values);
  } finally {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(app: App, values: ServiceValues): Promise<void> {
  printMachine();
  print(`${values.learners} learners × ${values.courses} courses, database ${app.database.kind}`);
  const organisation = createDemoOrganisation({
    seed: 1,
    learnerCount: Number(values.learners),
    courseCount: Number(values.courses),
    months: Number(values.months),
    now: new Date(),
  });
  await loadDemo(app, organisation);
  await trainWithProgress(app.training);

  const learnerIds = [...organisation.learners()].slice(0, Number(values.requests)).map((learner) => learner.id);
  const { liveModel } = app.training;
  const index = createServingIndex(app.catalog.snapshot, liveModel);
  const states = await app.learners.states(learnerIds);
  const now = new Date();
  await timed('pure pipeline, first 10 of 200', states, async (state) => {
    recommend(recommendationInputs({ now, state, index }), 200, 10);
  });
  await timed('gather: profile of one learner', learnerIds, (id) => app.learners.states([id]));
  await timed('recommend, recorded', learnerIds, (id) => app.recommendations.recommend([id], 10, 'HOME'));
  const courseId = app.catalog.snapshot.courses[0]?.id ?? '';
  const request = { from: null, horizonDays: 14, count: 3, purpose: 'RECOMMENDATION' } as const;
  await timed('suggest a time, recorded', learnerIds, (learnerId) =>
    app.delivery.suggest(learnerId, { ...request, courseId }),
  );
  print(`memory ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`);
}
