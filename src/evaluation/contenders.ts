import { type AlsOptions, fitAls } from '../recsys/als.js';
import type { RankingProtocol } from '../recsys/evaluate.js';
import { fadedInteractions, type TrainingData } from '../recsys/fitting.js';
import { createFoldIn, foldIn, scoreItems } from '../recsys/foldIn.js';
import type { History } from '../recsys/history.js';
import { DEFAULT_TRAINING_OPTIONS } from '../training/trainer.js';
import type { Cost, CostWatch } from './costWatch.js';
import type { ModelOptions, OptionValue } from './overrides.js';

/** Models that can be evaluated, in the order in which they are shown. */
export const MODEL_NAMES = ['ials', 'popularity'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** A fitted model that takes part, and what the fit took. */
export interface Contender {
  readonly name: ModelName;
  readonly scorer: {
    readonly itemCount: RankingProtocol['itemCount'];
    score(history: History, out: Float32Array): void;
  };
  readonly options: ModelOptions;
  readonly isTuned: boolean;
  readonly fit: Cost;
  readonly secondsPerEpoch: number | null;
}

export const MODEL_DEFAULTS: Readonly<Record<string, ModelOptions>> = {
  ials: { ...DEFAULT_TRAINING_OPTIONS.als },
  popularity: {},
};

export interface ContenderOptions {
  readonly models: readonly ModelName[];
  readonly overrides: Readonly<Record<string, Readonly<Record<string, OptionValue>>>>;
  readonly seed: number;
}

/** What is under way, in words, and what it is counted in. */
export interface EvaluationStep {
  readonly text: string;
  readonly unit: 'steps' | 'learners' | 'lines';
}

/** Called after every step of what is under way. */
export type OnStep = (step: EvaluationStep, done: number, total: number) => void;

/** Fits every model that is asked for on all training data. */
export function fitContenders(
  training: TrainingData,
  { models, overrides, seed }: ContenderOptions,
  watch: CostWatch,
  onStep: OnStep,
): Contender[] {
  const interactions = fadedInteractions(training, null);
  const itemCount = interactions.columnCount;
  return models.map((name): Contender => {
    if (name === 'popularity') {
      const { result: counts, cost: fit } = watch.measure(() => {
        const sums = new Float32Array(itemCount);
        interactions.columnIndices.forEach((item, cell) => {
          sums[item]! += Math.max(0, interactions.values[cell]!);
        });
        return sums;
      });
      const scorer = { itemCount, score: (_: History, out: Float32Array) => out.set(counts) };
      return { name, scorer, options: {}, isTuned: false, fit, secondsPerEpoch: null };
    }
    const options = { ...MODEL_DEFAULTS['ials'], seed, ...overrides['ials'] } as unknown as AlsOptions;
    const epochEndsMs = [performance.now()];
    const { result: model, cost: fit } = watch.measure(() =>
      fitAls(interactions, options, {
        onEpoch: (done, total) => {
          epochEndsMs.push(performance.now());
          onStep({ text: `Fitting ${name}`, unit: 'steps' }, done, total);
        },
      }),
    );
    const context = createFoldIn(model);
    const scores = new Float64Array(itemCount);
    return {
      name,
      scorer: {
        itemCount,
        score(history, out) {
          scoreItems(model, foldIn(context, history), scores);
          out.set(scores);
        },
      },
      options: { ...options },
      isTuned: false,
      fit,
      secondsPerEpoch: medianStep(epochEndsMs),
    };
  });
}

/** The median time between moments, in seconds; null with fewer than two. */
function medianStep(momentsMs: readonly number[]): number | null {
  const steps = momentsMs.slice(1).map((moment, m) => (moment - momentsMs[m]!) / 1000);
  if (steps.length === 0) return null;
  const sorted = steps.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
