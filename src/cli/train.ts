import { createProgress, type Progress } from '../platform/jobs/progress.js';
import { parseRanking, type RankingName, type RankingReport } from '../recommendations/fitting/storedRanking.js';
import { FITTED_SIGNALS } from '../rules/policy.js';
import type { ModelVersionSummary, TrainingService } from '../training/training.service.js';

export const TRAIN_HELP = `Usage: waymark train

Trains a model on everything recorded so far, measures it on the most recent activity, and makes it live if it is no worse
than popularity. On an embedded database, stop the service first or ask it with the trainModel mutation.
`;

/** Trains in this process, showing every long step. */
export async function trainWithProgress(
  training: TrainingService,
  signal: AbortSignal = new AbortController().signal,
): Promise<ModelVersionSummary | null> {
  let phase: string | null = null;
  let progress: Progress | null = null;
  const version = await training.train({
    report(step) {
      if (step.phase !== phase) {
        progress?.finish();
        phase = step.phase;
        progress = createProgress(`Training: ${step.phase}`, step.total, process.stderr, { unit: 'steps' });
      }
      progress?.update(step.done);
    },
    shouldStop: () => signal.aborted,
  });
  (progress as Progress | null)?.finish();
  return version;
}

/** The version with its figures, for people. */
export function describeVersion(version: ModelVersionSummary | null): string {
  if (version === null) return 'There is no activity to learn from yet: import some, or send it with recordActivity.';
  const { holdout } = version.metrics;
  const lines = [`Model ${version.id} is ${version.status}: ${version.verdict}`];
  if (holdout === null) return lines.join('\n');
  lines.push(
    '',
    `Fitted on what happened before ${new Date(holdout.cutMs).toISOString().slice(0, 10)}, measured on what ` +
      `${holdout.measuredOnCount} learners took up after it:`,
    '',
    `  ${''.padEnd(24)}${'NDCG@10'.padEnd(26)}${'Recall@10'.padEnd(26)}${'coverage'.padEnd(12)}blend less this`,
  );
  for (const { name, figures, blendOver } of holdout.measured) {
    lines.push(`${row(NAMES_IN_WORDS[name], figures)}${blendOver === null ? '' : signed(blendOver)}`.trimEnd());
  }
  if (holdout.overLive !== null) {
    lines.push('', `  NDCG@10 less that of the live model's settings on the same past: ${signed(holdout.overLive)}`);
  }
  const ranking = parseRanking(version.ranking);
  if (ranking !== null) lines.push('', ...describeRanking(ranking.report));
  return lines.join('\n');
}

/** What lists do with the model, beside the model alone. */
function describeRanking(report: RankingReport): string[] {
  const { fittedOnCount, measuredOnCount, measured, fitted, fittedOverDefault, verdict } = report;
  const times = FITTED_SIGNALS.filter((signal) => fitted.weights[signal] > 0)
    .map((signal) => ({ signal, weight: fitted.weights[signal] }))
    .sort((a, b) => b.weight - a.weight);
  return [
    `The whole pipeline: signals weighed on ${fittedOnCount} of the learners that the model was tuned on, and measured on ` +
      `${measuredOnCount} others, among all courses that they could have been recommended at the cut:`,
    '',
    `  ${''.padEnd(24)}${'NDCG@10'.padEnd(26)}${'Recall@10'.padEnd(26)}${'coverage'.padEnd(12)}` +
      `${'diversity'.padEnd(12)}${'one provider'.padEnd(14)}this less the model`,
    ...measured.map(({ name, ndcg, recall, coverage, diversity, largestProvider, overModel }) =>
      [
        `  ${RANKINGS_IN_WORDS[name].padEnd(24)}${interval(ndcg).padEnd(26)}${interval(recall).padEnd(26)}`,
        `${percent(coverage).padEnd(12)}${diversity.mean.toFixed(3).padEnd(12)}`,
        `${(largestProvider === null ? 'none named' : percent(largestProvider.mean)).padEnd(14)}`,
        overModel === null ? '' : signed(overModel),
      ]
        .join('')
        .trimEnd(),
    ),
    '',
    `  ${verdict} NDCG@10 less that of the usual weights: ${signed(fittedOverDefault)}`,
    `  Weights of a standard deviation: ${times.map(({ signal, weight }) => `${signal} ${weight.toFixed(3)}`).join(', ')}`,
  ];
}

const RANKINGS_IN_WORDS: Readonly<Record<RankingName, string>> = {
  MODEL: 'the model alone',
  DEFAULT: 'usual weights',
  FITTED: 'fitted weights',
  SERVED: 'fitted, as served',
};

const NAMES_IN_WORDS = {
  ials: 'iALS',
  ease: 'EASE',
  itemknn: 'item kNN',
  sequence: 'what comes next',
  content: 'similar content',
  popularity: 'popularity',
  blend: 'blend, as served',
} as const;

type Figures = NonNullable<ModelVersionSummary['metrics']['holdout']>['measured'][number]['figures'];
type Interval = NonNullable<Figures['ndcg']>;

function row(name: string, figures: Figures): string {
  const cells = [figures.ndcg, figures.recall].map((f) => (f === null ? 'not measured' : interval(f)).padEnd(26));
  return `  ${name.padEnd(24)}${cells.join('')}${percent(figures.coverage).padEnd(12)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function interval({ mean, low, high }: Interval): string {
  return `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function signed({ mean, low, high }: Interval): string {
  return `${mean >= 0 ? '+' : ''}${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}
