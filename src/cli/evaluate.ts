import { readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { renderChart } from '../evaluation/chart.js';
import { type EvaluationStep, MODEL_DEFAULTS, MODEL_NAMES, type ModelName } from '../evaluation/contenders.js';
import { curveChart } from '../evaluation/curve.js';
import { type EvaluationRequest, evaluateModels } from '../evaluation/evaluateModels.js';
import type { LearnerSampling, ValueMeaning } from '../evaluation/evaluationSet.js';
import { readOverrides } from '../evaluation/overrides.js';
import { type EvaluationPaths, readEvaluationFiles } from '../evaluation/readEvaluationFiles.js';
import { describeReport, type EvaluationReport, historyLengthChart } from '../evaluation/report.js';
import { createServiceSet, gatherServiceEvents, type ServiceSources } from '../evaluation/serviceData.js';
import { createProgress, type Progress, type ProgressStream } from '../platform/jobs/progress.js';
import { readCourseContents } from './courseContents.js';
import { UsageError } from './usageError.js';

export const EVALUATE_OPTIONS = {
  train: { type: 'string' },
  history: { type: 'string' },
  holdout: { type: 'string' },
  candidates: { type: 'string' },
  content: { type: 'string' },
  models: { type: 'string' },
  set: { type: 'string', multiple: true },
  values: { type: 'string', default: 'auto' },
  seed: { type: 'string', default: '1' },
  threads: { type: 'string' },
  budget: { type: 'string', default: '300' },
  'max-learners': { type: 'string' },
  curve: { type: 'string' },
  json: { type: 'string' },
  svg: { type: 'string' },
} as const;

export const EVALUATE_HELP = `Usage: waymark evaluate [OPTIONS]
       waymark evaluate --train T [--history H] --holdout O [--candidates C] [OPTIONS]

Without files: fits models on the service's activity up to a moment, and measures how well they find what learners took up
after it, which is the latest 15 %. On an embedded database, stop the service first.

With files: fits models on T, shows them the histories H, and measures how well they find what O holds. Every learner in O
is ranked for, whether T and H know them or not.

  --train T        what models are fitted on
  --history H      what learners are known by when asked for; without it T
  --holdout O      what is to be found: the lines with a value above 0
  --candidates C   restricts the ranking of the learners in it to the items of their line, even to ones in their history;
                   without it, and for other learners, all items of T are ranked but those in the learner's history
  --content FILE   what is written about the items: a CSV file of courses as for import (course_id, title, description,
                   level, language, categories, skills …). Items in it that T does not know are ranked as well, as new

T, H and O have a line  user<TAB>item[<TAB>value[<TAB>epochSeconds]]  for each interaction, C a line
user<TAB>item<TAB>item…  for each learner; no header; UTF-8; .gz is unpacked. Without a value it is 1. Of several lines on
the same user and item the latest counts, or else the strongest.

  --values auto|confidence|binary
                   auto: as signed confidences when none is beyond ±1; otherwise, as for ratings and counts, any value
                   above 0 is 1 and any below is −1
  --models LIST    of ${MODEL_NAMES.join(', ')}; all of them when left out. The blend is of the others in
                   the list, and of all when it stands alone
  --set MODEL.OPTION=VALUE
                   any number of times, for example  --set ials.factors=192 --set ials.regularization=0.007
                   A model with an option given is not tuned, and forgets nothing with age unless halfLifeDays is
                   given too; the others are tuned on a part of T. Options:
${Object.entries(MODEL_DEFAULTS)
  .filter(([, options]) => Object.keys(options).length > 0)
  .map(([model, options]) => `                   ${model}: ${Object.keys(options).join(', ')}`)
  .join('\n')}
  --budget SECONDS of tuning, after which no further setting is tried; default 300
  --max-learners N evaluates a random N of the learners; all when left out
  --curve LIST     with files: fits and tunes on so many learners of T as well, as in 50,500,5000,all, and compares the
                   blend with its best part at each number. The fewer are a random part of the more; small numbers
                   are drawn several times, and each learner's figures averaged. Histories, holdout and items stay
  --seed N         equal seeds give equal figures, with any number of threads; default 1
  --threads N      default: one for each core
  --json FILE      writes every figure with its interval
  --svg FILE       writes a picture of quality by the length of the history; with --curve by the number of learners

Items with equal scores are ranked in a random order that depends on the seed alone, never by their place in a file.
`;

interface EvaluateValues {
  readonly train?: string;
  readonly history?: string;
  readonly holdout?: string;
  readonly candidates?: string;
  readonly content?: string;
  readonly models?: string;
  readonly set?: string[];
  readonly values: string;
  readonly seed: string;
  readonly threads?: string;
  readonly budget: string;
  readonly 'max-learners'?: string;
  readonly curve?: string;
  readonly json?: string;
  readonly svg?: string;
}

/** A command line that was understood. */
export interface EvaluateArguments {
  /** Null: the service's own data. */
  readonly paths: EvaluationPaths | null;
  /** A file of what is written about items; null: none. */
  readonly contentPath: string | null;
  readonly sampling: LearnerSampling;
  /** Null: told from the values. */
  readonly values: ValueMeaning | null;
  readonly request: EvaluationRequest;
  readonly jsonPath: string | null;
  readonly svgPath: string | null;
}

/** @throws UsageError or DomainError BAD_USER_INPUT that says how it is used */
export function readEvaluateArguments(values: EvaluateValues): EvaluateArguments {
  const paths = pathsOf(values);
  const models = modelsOf(values.models);
  const overrides = readOverrides(values.set ?? [], MODEL_DEFAULTS);
  const seed = wholeNumber('--seed', values.seed, 0);
  const maxLearners = values['max-learners'];
  const request: EvaluationRequest = {
    models,
    overrides,
    seed,
    threads: values.threads === undefined ? availableParallelism() : wholeNumber('--threads', values.threads, 1),
    budgetSeconds: wholeNumber('--budget', values.budget, 0),
    curveSizes: values.curve === undefined ? null : curveSizesOf(values.curve),
    asked: { ...values },
    waymarkVersion: ownVersion(),
  };
  if (values.content !== undefined && paths === null) {
    throw new UsageError('--content goes with files; the service knows the content of its own courses.');
  }
  if (values.curve !== undefined && paths === null) throw new UsageError('--curve goes with --train and --holdout.');
  const inputs = [...Object.values(paths ?? {}), values.content ?? null].flatMap((path) =>
    path === null ? [] : [resolve(path)],
  );
  for (const output of [values.json, values.svg]) if (output !== undefined) assertWritable(output, inputs);
  return {
    paths,
    contentPath: values.content ?? null,
    sampling: { seed, maxLearners: maxLearners === undefined ? null : wholeNumber('--max-learners', maxLearners, 1) },
    values: meaningOf(values.values),
    request,
    jsonPath: values.json ?? null,
    svgPath: values.svg ?? null,
  };
}

/** What the command needs besides its arguments. */
export interface EvaluateSurroundings {
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
  readonly now: Date;
  /** Opens the service for as long as its data is read. */
  readonly withService: <T>(use: (sources: ServiceSources) => Promise<T>) => Promise<T>;
}

/** Evaluates, prints the figures, and writes the files that were asked for. */
export async function evaluateAndReport(
  { paths, contentPath, sampling, values, request, jsonPath, svgPath }: EvaluateArguments,
  { stdout, stderr, now, withService }: EvaluateSurroundings,
): Promise<EvaluationReport> {
  const steps = showSteps(stderr);
  const readService = async () => {
    const events = await withService((sources) =>
      gatherServiceEvents(sources, (done, total) =>
        steps.show({ text: 'Reading activity', unit: 'events' }, done, total === 0 ? 1 : done / total),
      ),
    );
    return createServiceSet(events, now.getTime(), sampling);
  };
  const readFiles = async (files: EvaluationPaths) =>
    await readEvaluationFiles(files, await contentsOf(contentPath), values, sampling, (path, lines, fraction) =>
      steps.show({ text: `Reading ${path}`, unit: 'lines' }, lines, fraction),
    );
  const contentsOf = async (path: string | null) => (path === null ? null : await readCourseContents(path));
  const { set, description } = paths === null ? await readService() : await readFiles(paths);
  const report = await evaluateModels(set, description, request, {
    onStep: (step, done, total) => steps.show(step, done, done / total),
  });
  steps.finish();
  stdout.write(`${describeReport(report)}\n`);
  if (jsonPath !== null) await writeFile(jsonPath, `${JSON.stringify(report, null, 2)}\n`);
  if (svgPath !== null) {
    const { curve, data } = report;
    const chart = curve === null ? historyLengthChart(report) : curveChart(curve, data.counts.evaluatedLearners);
    await writeFile(svgPath, renderChart(chart));
  }
  return report;
}

/** One progress bar after the other. */
function showSteps(stream: ProgressStream) {
  let text: string | null = null;
  let progress: Progress | null = null;
  return {
    show(step: EvaluationStep, done: number, fraction: number): void {
      if (step.text !== text) {
        progress?.finish();
        text = step.text;
        progress = createProgress(step.text, null, stream, { unit: step.unit });
      }
      progress?.update(done, fraction);
      if (fraction < 1) return;
      progress?.finish();
      progress = null;
    },
    finish(): void {
      progress?.finish();
      progress = null;
    },
  };
}

function pathsOf({ train, history, holdout, candidates }: EvaluateValues): EvaluationPaths | null {
  if (train !== undefined && holdout !== undefined) {
    return { train, history: history ?? null, holdout, candidates: candidates ?? null };
  }
  if ([train, history, holdout, candidates].every((path) => path === undefined)) return null;
  throw new UsageError(`--train and --holdout are both needed to evaluate files.\n\n${EVALUATE_HELP}`);
}

function modelsOf(text: string | undefined): ModelName[] {
  if (text === undefined) return [...MODEL_NAMES];
  const asked = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const unknown = asked.find((name) => !MODEL_NAMES.some((model) => model === name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no model "${unknown}"; --models takes any of ${MODEL_NAMES.join(', ')}.`);
  }
  if (asked.length === 0) throw new UsageError(`--models takes any of ${MODEL_NAMES.join(', ')}.`);
  return MODEL_NAMES.filter((name) => asked.includes(name));
}

function meaningOf(text: string): ValueMeaning | null {
  if (text === 'auto') return null;
  if (text === 'confidence' || text === 'binary') return text;
  throw new UsageError(`--values takes auto, confidence or binary, not "${text}".`);
}

function curveSizesOf(text: string): number[] {
  return text
    .split(',')
    .map((size) => (size.trim() === 'all' ? Number.POSITIVE_INFINITY : wholeNumber('--curve', size.trim(), 1)));
}

function wholeNumber(option: string, text: string, least: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) {
    throw new UsageError(`${option} takes a whole number of at least ${least}, not "${text}".`);
  }
  return Number(text);
}

/** Told before hours of work, not after them. */
function assertWritable(path: string, inputs: readonly string[]): void {
  if (inputs.includes(resolve(path)))
    throw new UsageError(`${path} is one of the files to read; it is not overwritten.`);
  const folder = dirname(resolve(path));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`${path} cannot be written: there is no folder ${folder}.`);
  }
}

function ownVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
