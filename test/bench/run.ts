import { DomainError } from '../../src/platform/errors.js';
import { BenchUsageError } from './arguments.js';
import { print } from './printing.js';

/** What one bench is run by; loaded only when asked for, so that its memory is its own. */
interface Bench {
  run(args: string[]): Promise<void>;
}

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  service: () => import('./service.js'),
  serve: () => import('./serve.js'),
  ingest: () => import('./ingest.js'),
  overload: () => import('./overload.js'),
  soak: () => import('./soak.js'),
  fuzz: () => import('./fuzz.js'),
  campaign: () => import('./campaign.js'),
  'run-campaign': () => import('./runCampaign.js'),
  preview: () => import('./preview.js'),
  insights: () => import('./insights.js'),
  faults: () => import('./faults.js'),
  train: () => import('./train.js'),
  'serve-math': () => import('./serveMath.js'),
  'serve-rules': () => import('./serveRules.js'),
  'train-while-serving': () => import('./trainWhileServing.js'),
  // One configuration of `train`, in a process of its own; told what to do by its parent.
  'train-once': () => import('./trainOnce.js'),
};

const HELP = `Usage: npm run bench -- [BENCH] [OPTIONS]

  service              the default: what loading, training, recommending and suggesting a time cost on a demo organisation
  serve                answers over HTTP from a service of its own, one at a time and under load
  ingest               activity sent over HTTP in batches to a service of its own
  overload             what is answered, and how fast, when twice as much is asked for as can be answered
  soak                 memory and times of a service that is asked the same for long
  fuzz                 operations drawn from the schema, right and wrong ones, one after the other
  campaign             the delivery windows of 2,000 learners at once, and how far they are spread
  run-campaign         a campaign for 2,000 learners from its preview to its end
  preview              the lists of 10,000 learners before and after a change of rules
  insights             a year of activity counted month by month, and every section of the answer
  faults               kill -9 of the service and its database while activity comes in or a model is trained
  train                seconds, CPU seconds, GFLOP/s and memory of training iALS or EASE, on a file or on made-up data
  serve-math           fold-in, scores of all items and the best 20 of them, by size of model and length of history
  serve-rules          what L&D rules add to a list, by how many there are
  train-while-serving  the delay of the event loop while a model is trained beside it

npm run bench -- BENCH --help  says what each takes. Machines differ and are noisy: compare within one run.
`;

const [first = 'service', ...rest] = process.argv.slice(2);
if (first === '--help') print(HELP);
else {
  const isNamed = !first.startsWith('-');
  const load = BENCHES[isNamed ? first : 'service'];
  try {
    if (load === undefined) throw new BenchUsageError(`There is no bench "${first}".\n\n${HELP}`);
    const bench = await load();
    await bench.run(isNamed ? rest : process.argv.slice(2));
  } catch (error) {
    if (!isForPeople(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/** What is wrong with the command line, its files or the size of what it asks for; anything else is a bug. */
function isForPeople(error: unknown): error is Error {
  if (error instanceof BenchUsageError || error instanceof DomainError) return true;
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
