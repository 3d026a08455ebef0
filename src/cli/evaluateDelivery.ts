import { writeFile } from 'node:fs/promises';
import { type SampledPerson, type SampleSources, sampledPeople } from '../delivery/fitting/sampledPeople.js';
import { evaluateTiming, type TimedPerson, type TimingEvaluation } from '../delivery/fitting/timingEvaluation.js';
import { splitOf } from '../delivery/fitting/timingFit.js';
import { ownHoursInSteps } from '../delivery/model/ownHours.js';
import { renderChart } from '../evaluation/chart.js';
import { createProgress, type ProgressStream } from '../platform/jobs/progress.js';
import { atOnce } from '../platform/turns/turns.js';
import { readTimes } from './timingFile.js';
import { describeTiming, timingChart } from './timingReport.js';
import { UsageError } from './usageError.js';

export const EVALUATE_DELIVERY_OPTIONS = {
  events: { type: 'string' },
  'hours-of-day': { type: 'boolean', default: false },
  splits: { type: 'string', default: '5' },
  seed: { type: 'string', default: '1' },
  json: { type: 'string' },
  svg: { type: 'string' },
} as const;

export const EVALUATE_DELIVERY_HELP = `Usage: waymark evaluate-delivery [--events FILE] [OPTIONS]

Measures how well a person's active hours can be told from earlier ones. The first 70 % of everyone's active hours are
past; everything is fitted on 60 % of the people and measured on the other 40 %, who are known by the latest 0, 1, 2, 5,
10, 20, 40, 80 or all of their past hours.

  --events FILE    lines of  person<TAB>ISO 8601 instant with offset ; local time is the offset's, several instants in
                   one hour of that clock count once; no header; .gz is unpacked. The offset of the latest past hour
                   stands in for the location. Without it: the service's own data of the last two years, of at
                   most 20,000 people; on an embedded database, stop the service first
  --hours-of-day   measures the hour of the day alone, as for times in UTC of people whose zone is not known
  --splits N       how many times people are divided anew, each person's figures averaged; default 5
  --seed N         equal seeds give equal figures; default 1
  --json FILE      writes every figure with its interval
  --svg FILE       writes a picture of the share of activity in the best hours of its day

Compared are any time, the organisation's week in UTC and in local time, a person's own hours, these shrunk to the
organisation, and the full model: own hours, people of the same rhythm, department and location, organisation.
`;

interface EvaluateDeliveryValues {
  readonly events?: string;
  readonly 'hours-of-day': boolean;
  readonly splits: string;
  readonly seed: string;
  readonly json?: string;
  readonly svg?: string;
}

/** What the command needs besides its arguments. */
export interface EvaluateDeliverySurroundings {
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
  readonly now: Date;
  /** Opens the service for as long as its data is read. */
  readonly withService: <T>(use: (sources: SampleSources) => Promise<T>) => Promise<T>;
}

/**
 * Evaluates, prints the figures, and writes the files that were asked for.
 *
 * @throws UsageError for a number out of range, or people too few to learn from
 */
export async function evaluateDelivery(
  values: EvaluateDeliveryValues,
  { stdout, stderr, now, withService }: EvaluateDeliverySurroundings,
): Promise<TimingEvaluation> {
  const { events, json, svg } = values;
  const splits = wholeNumber('--splits', values.splits, 1);
  const seed = wholeNumber('--seed', values.seed, 0);
  for (const output of [json, svg]) {
    if (output !== undefined && output === events) throw new UsageError(`${output} is read; it is not overwritten.`);
  }
  const people = events === undefined ? await withService((s) => readOwn(s, now)) : await readFile(events, stderr);
  const progress = createProgress('Fitting and measuring', splits, stderr, { unit: 'divisions' });
  const options = { seed, splits, hoursOfDay: values['hours-of-day'], now };
  const report = evaluateTiming(people, options, (done, total) => progress.update(done, done / total));
  progress.finish();
  if (report === null) throw new UsageError('There are too few people with active hours to learn anything from.');
  stdout.write(`${describeTiming(report)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  if (svg !== undefined) await writeFile(svg, renderChart(timingChart(report)));
  return report;
}

async function readFile(path: string, stderr: ProgressStream): Promise<readonly TimedPerson[]> {
  const progress = createProgress(`Reading ${path}`, null, stderr, { unit: 'lines' });
  const people = await readTimes(path, splitOf, (lines, fraction) => progress.update(lines, fraction));
  progress.finish();
  return people;
}

/** As many as a training looks at; their histories have to fit into memory. */
const MOST_PEOPLE = 20_000;

/** The rhythm of everyone, or of as many as a training looks at, as the timing model that serves is fitted on it. */
async function readOwn(sources: SampleSources, now: Date): Promise<readonly TimedPerson[]> {
  const people: SampledPerson[] = [];
  for await (const page of sampledPeople(sources, now, MOST_PEOPLE)) people.push(...page);
  const hours = atOnce(ownHoursInSteps(people, now));
  return people.map(({ department, location }, i) => {
    return { id: String(i).padStart(8, '0'), department, location, history: hours[i]?.history ?? [] };
  });
}

function wholeNumber(option: string, text: string, least: number): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) < least) {
    throw new UsageError(`${option} takes a whole number of at least ${least}, not "${text}".`);
  }
  return Number(text);
}
