import { createProgress, type Progress } from '../platform/progress.js';
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
  return lines.join('\n');
}

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
  return `  ${name.padEnd(24)}${cells.join('')}${`${(figures.coverage * 100).toFixed(1)} %`.padEnd(12)}`;
}

function interval({ mean, low, high }: Interval): string {
  return `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function signed({ mean, low, high }: Interval): string {
  return `${mean >= 0 ? '+' : ''}${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}
