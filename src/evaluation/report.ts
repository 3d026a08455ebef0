import type { Chart } from './chart.js';
import type { Tuning } from './contenders.js';
import type { Cost } from './costWatch.js';
import type { CurvePoint } from './curve.js';
import type { EvaluationCounts, ValueMeaning } from './evaluationSet.js';
import type { ModelOptions } from './overrides.js';
import { METRICS, type Metric, type Quality } from './quality.js';

/** How a model came about, and what that took. */
export interface ModelMaking {
  readonly options: ModelOptions;
  /** Whether its options were chosen on a part of the training data. */
  readonly isTuned: boolean;
  /** Of the fit on all training data; for the blend the sum of its parts' fits, and the greatest memory of them. */
  readonly fit: Cost;
  /** Median; null for models without epochs. */
  readonly secondsPerEpoch: number | null;
  /** Ranking all evaluated learners. */
  readonly ranking: Cost;
}

/** Everything an evaluation found. Plain values: this is what `--json` writes. */
export interface EvaluationReport {
  readonly format: 'waymark-evaluation';
  readonly formatVersion: 1;
  readonly versions: { readonly waymark: string; readonly node: string; readonly platform: string };
  readonly machine: { readonly cpu: string; readonly cpus: number; readonly memoryBytes: number };
  readonly engine: { readonly kind: string; readonly threads: number; readonly description: string };
  readonly options: Readonly<Record<string, unknown>>;
  readonly data: {
    readonly source: string;
    readonly valuesTakenAs: ValueMeaning;
    readonly timesKnown: boolean;
    readonly counts: EvaluationCounts;
    /** What a reader of the figures should know, in words. */
    readonly notes: readonly string[];
  };
  readonly metricMeanings: Readonly<Record<Metric, string>>;
  readonly intervals: {
    readonly method: string;
    readonly confidenceLevel: 0.95;
    readonly resamples: number;
  };
  readonly models: Readonly<Record<string, ModelReport>>;
  readonly differences: Quality['differences'];
  readonly byHistoryLength: Quality['byHistoryLength'];
  /** Whether the blend is at least as good as its parts; null without a blend, or when it stands alone. */
  readonly blendAgainstParts: BlendAgainstParts | null;
  /** Quality by the number of learners that models are fitted on; null when it was not asked for. */
  readonly curve: readonly CurvePoint[] | null;
  /** Choosing settings and the blend, when anything was chosen. */
  readonly tuning: Tuning | null;
}

/** By the interval of the difference in NDCG@20, learner by learner: the blend less a part. */
export interface BlendAgainstParts {
  /** Parts whose interval reaches 0 or lies above it. */
  readonly atLeastAsGoodAs: readonly string[];
  /** Parts whose interval lies below 0. */
  readonly worseThan: readonly string[];
}

export interface ModelReport {
  readonly options: ModelOptions;
  readonly isTuned: boolean;
  readonly metrics: Quality['models'][string];
  readonly secondsToFit: number;
  readonly secondsPerEpoch: number | null;
  readonly cpuSeconds: number;
  /** Greatest resident size of the whole process during the fit, data and threads included. */
  readonly peakMemoryBytes: number;
  /** How much that was above the size at the beginning of the fit. */
  readonly extraMemoryBytes: number;
  readonly secondsToRank: number;
}

export const INTERVAL_METHOD = 'percentile bootstrap over learners; for coverage centred on the share of all learners';

export function modelReports(quality: Quality, making: ReadonlyMap<string, ModelMaking>): Record<string, ModelReport> {
  return Object.fromEntries(
    [...making].map(([name, { options, isTuned, fit, secondsPerEpoch, ranking }]) => [
      name,
      {
        options,
        isTuned,
        metrics: quality.models[name]!,
        secondsToFit: fit.seconds,
        secondsPerEpoch,
        cpuSeconds: fit.cpuSeconds,
        peakMemoryBytes: fit.peakMemoryBytes,
        extraMemoryBytes: fit.extraMemoryBytes,
        secondsToRank: ranking.seconds,
      },
    ]),
  );
}

export function compareBlend(differences: Quality['differences']): BlendAgainstParts | null {
  const own = differences.filter(({ model, metric }) => model === 'blend' && metric === 'NDCG@20');
  if (own.length === 0) return null;
  const parts = (isAsGood: boolean): string[] =>
    own.filter(({ difference }) => difference.high >= 0 === isAsGood).map(({ against }) => against);
  return { atLeastAsGoodAs: parts(true), worseThan: parts(false) };
}

/** What a reader of the figures should know of the data. */
export function dataNotes(counts: EvaluationCounts, linesWithoutTime: readonly [string, number, number][]): string[] {
  const notes: string[] = [];
  const note = (count: number, text: string): void => {
    if (count > 0) notes.push(`${whole(count)} ${text}`);
  };
  const { heldOutUnknownItems: unknown, heldOutNotAmongCandidates: unlisted } = counts;
  note(counts.duplicateLines, 'lines are on a learner and item of another line: the latest or strongest is kept.');
  note(
    counts.valuesOfZero,
    'values are 0 and tell nothing; where they stand in the history the item is not recommended.',
  );
  note(counts.heldOutNotWanted, 'held-out values are not above 0: these items are not to be found.');
  note(unknown, 'held-out items are not in the training data: they count as missed.');
  note(counts.heldOutAlreadyInHistory, 'held-out items are in the history, and so not ranked: they count as missed.');
  note(unlisted, "held-out items are not among the learner's candidates: they count as missed.");
  if (unlisted + unknown === counts.heldOutItems && unlisted > 0) {
    notes.push('No held-out item is among the candidates: the lists must hold the items to be found as well.');
  }
  note(counts.historyUnknownItems, 'items of histories are not in the training data: no model can use them.');
  note(counts.candidatesUnknownItems, 'candidates are not in the training data: they are ranked nowhere.');
  note(counts.learnersWithoutCandidates, 'evaluated learners have no candidates: all items are ranked for them.');
  for (const [path, without, count] of linesWithoutTime) {
    if (without > 0 && without < count)
      notes.push(`${whole(without)} lines of ${path} have no time: its order counts as unknown.`);
  }
  return notes;
}

/** The picture: NDCG@20 by the length of the history. */
export function historyLengthChart({ byHistoryLength, models, data }: EvaluationReport): Chart {
  return {
    title: 'Quality by length of history',
    subtitle: `NDCG@20 with 95 % intervals, ${whole(data.counts.evaluatedLearners)} learners, ${whole(data.counts.items)} items`,
    xTitle: 'items in the history, and learners with so many',
    yTitle: 'NDCG@20',
    categories: byHistoryLength.map(({ label, learners }) => ({ label, note: whole(learners), place: null })),
    series: Object.keys(models).map((name) => ({
      name,
      isEmphasised: name === 'blend',
      points: byHistoryLength.map((bucket) => bucket.models[name]?.['NDCG@20'] ?? null),
    })),
  };
}

/** The report for people. */
export function describeReport(report: EvaluationReport): string {
  const { data, models, engine, tuning, byHistoryLength, differences } = report;
  const { counts } = data;
  const names = Object.keys(models);
  const lines = [
    `Data: ${data.source}`,
    `  training  ${whole(counts.trainingInteractions)} interactions of ${whole(counts.trainingLearners)} learners with ` +
      `${whole(counts.items)} items; values taken as ${data.valuesTakenAs === 'binary' ? 'wanted or not' : 'signed confidences'}, ` +
      `times ${data.timesKnown ? 'known' : 'unknown'}`,
    `  held out  ${whole(counts.heldOutItems)} items of ${whole(counts.evaluatedLearners)} learners, of whom ` +
      `${whole(counts.evaluatedLearnersUnseenInTraining)} are not in the training data and ` +
      `${whole(counts.evaluatedLearnersWithoutHistory)} have no history`,
    ...(counts.candidateLists > 0 ? [`  candidates for ${whole(counts.candidateLists)} learners`] : []),
    ...data.notes.map((note) => `  note: ${note}`),
    `Engine: ${engine.description}`,
    ...(tuning === null
      ? []
      : [
          `Tuning: ${whole(tuning.tried.length)} settings in ${tuning.seconds.toFixed(1)} s, on ` +
            `${whole(tuning.tunedOnLearners)} learners of the training data`,
        ]),
  ];
  const halves: Metric[][] = [
    ['HR@10', 'Recall@20', 'Recall@50', 'MRR'],
    ['NDCG@10', 'NDCG@20', 'NDCG@100'],
    METRICS.filter((metric) => metric.startsWith('Coverage') || metric.startsWith('Mean')),
  ];
  for (const metrics of halves) {
    lines.push(
      '',
      ...table([
        ['', ...metrics],
        ...names.map((name) => [
          name,
          ...metrics.map((metric) => {
            const { mean, low, high } = models[name]!.metrics[metric];
            const places = metric.startsWith('Mean') ? 1 : 4;
            return `${mean.toFixed(places)} [${low.toFixed(places)}, ${high.toFixed(places)}]`;
          }),
        ]),
      ]),
    );
  }
  lines.push(
    '',
    ...table([
      ['', 'fit s', 's/epoch', 'CPU s', 'peak memory', 'grown by', 'ranking s', 'settings'],
      ...names.map((name) => {
        const model = models[name]!;
        return [
          name,
          model.secondsToFit.toFixed(2),
          model.secondsPerEpoch === null ? '–' : model.secondsPerEpoch.toFixed(3),
          model.cpuSeconds.toFixed(2),
          megabytes(model.peakMemoryBytes),
          megabytes(model.extraMemoryBytes),
          model.secondsToRank.toFixed(2),
          `${model.isTuned ? 'tuned' : 'not tuned'}: ${optionsText(model.options)}`,
        ];
      }),
    ]),
    '',
    'NDCG@20 by length of history:',
    ...table([
      ['items', 'learners', ...names],
      ...byHistoryLength.map(({ label, learners, models: own }) => [
        label,
        whole(learners),
        ...names.map((name) => own[name]!['NDCG@20'].mean.toFixed(4)),
      ]),
    ]),
  );
  const shown = differences.filter(
    ({ model, metric }) =>
      (metric === 'NDCG@20' || metric === 'NDCG@10') && (model === 'blend' || !names.includes('blend')),
  );
  if (shown.length > 0) {
    lines.push(
      '',
      'Differences, learner by learner:',
      ...table([
        ['', '', 'difference', 'relative'],
        ...shown.map(({ model, against, metric, difference: { mean, low, high }, relative }) => [
          `${model} less ${against}`,
          metric,
          `${signed(mean)} [${signed(low)}, ${signed(high)}]`,
          relative === null ? '–' : `${relative >= 0 ? '+' : '−'}${Math.abs(100 * relative).toFixed(1)} %`,
        ]),
      ]),
    );
  }
  if (report.blendAgainstParts !== null) lines.push('', blendLine(report.blendAgainstParts));
  if (report.curve !== null) lines.push('', ...curveLines(report.curve));
  lines.push(
    '',
    `Figures in brackets are 95 % bootstrap intervals over learners (${whole(report.intervals.resamples)} resamples). Recall@k is ` +
      'hits / min(k, held-out items).',
    'Peak memory is that of the whole process during the fit, data and threads included.',
  );
  return lines.join('\n');
}

function blendLine({ atLeastAsGoodAs, worseThan }: BlendAgainstParts): string {
  const within = 'by NDCG@20, within the interval of the difference';
  if (worseThan.length === 0)
    return `The blend is at least as good as each of its parts (${atLeastAsGoodAs.join(', ')}) ${within}.`;
  const others = atLeastAsGoodAs.length === 0 ? '' : `; at least as good as ${atLeastAsGoodAs.join(', ')}`;
  return `The blend is worse than ${worseThan.join(', ')} by NDCG@20, beyond the interval of the difference${others}.`;
}

function curveLines(points: readonly CurvePoint[]): string[] {
  const names = [...new Set(points.flatMap(({ models }) => Object.keys(models)))];
  return [
    'NDCG@20 by the number of learners that models are fitted on, averaged over draws of them:',
    ...table([
      ['learners', 'draws', ...names, 'blend less best part', ''],
      ...points.map(({ learners, draws, models, blendAgainstBest: best }) => [
        whole(learners),
        whole(draws),
        ...names.map((name) => {
          const figure = models[name];
          return figure === undefined
            ? '–'
            : `${figure.mean.toFixed(4)} [${figure.low.toFixed(4)}, ${figure.high.toFixed(4)}]`;
        }),
        best === null
          ? '–'
          : `${signed(best.difference.mean)} [${signed(best.difference.low)}, ${signed(best.difference.high)}] ${best.part}`,
        best === null ? '' : best.isAsGood ? 'at least as good' : 'worse',
      ]),
    ]),
  ];
}

/** Columns in line, the first to the left and figures to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, c) => (c === 0 || isText(rows, c) ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ')}`.trimEnd(),
  );
}

function isText(rows: readonly (readonly string[])[], column: number): boolean {
  return /^[a-z]|^NDCG/i.test(rows[1]?.[column] ?? '');
}

function optionsText(options: ModelOptions): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`)
    .join(' ');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}

function megabytes(bytes: number): string {
  return `${whole(Math.round(bytes / 1e6))} MB`;
}

function whole(count: number): string {
  return count.toLocaleString('en');
}
