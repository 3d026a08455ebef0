import { cpus, totalmem } from 'node:os';
import { type RankingFigures, rankForLearners } from '../recsys/evaluate.js';
import { openEngine } from '../recsys/kernels/openEngine.js';
import { type ContenderOptions, fitContenders, type OnStep } from './contenders.js';
import { openCostWatch } from './costWatch.js';
import { type CurveFigures, measureCurve } from './curve.js';
import type { EvaluationSet, ValueMeaning } from './evaluationSet.js';
import { METRIC_MEANINGS, summariseQuality } from './quality.js';
import { compareBlend, type EvaluationReport, INTERVAL_METHOD, type ModelMaking, modelReports } from './report.js';

/** What is evaluated, apart from the data. */
export interface EvaluationRequest extends ContenderOptions {
  readonly threads: number;
  /** Numbers of learners to fit models on as well, at least 1; Infinity is all. Null: no learning curve. */
  readonly curveSizes: readonly number[] | null;
  /** Everything that was asked for, as the report repeats it. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly waymarkVersion: string;
}

/** Where the data of an evaluation comes from, in words and figures. */
export interface DataDescription {
  readonly source: string;
  readonly valuesTakenAs: ValueMeaning;
  readonly notes: readonly string[];
}

export interface EvaluationHooks {
  readonly onStep: OnStep;
}

/**
 * Fits every model on the training data and measures how it ranks. Blocks its thread, for minutes if need be.
 *
 * @param set at least one learner to rank for
 */
export async function evaluateModels(
  set: EvaluationSet,
  description: DataDescription,
  request: EvaluationRequest,
  hooks: EvaluationHooks,
): Promise<EvaluationReport> {
  const watch = await openCostWatch();
  const engine = await openEngine({ threads: request.threads });
  try {
    const fitAndRank = (data: EvaluationSet, onStep: OnStep) => {
      const { contenders, tuning, notes } = fitContenders(data, request, engine, watch, onStep);
      const figures = new Map<string, RankingFigures>();
      const making = new Map<string, ModelMaking>();
      for (const { name, scorer, options, isTuned, fit, secondsPerEpoch } of contenders) {
        const { result, cost: ranking } = watch.measure(() =>
          rankForLearners(data.protocol, scorer, {
            onLearner: (done, total) => onStep({ text: `Ranking by ${name}`, unit: 'learners' }, done, total),
          }),
        );
        figures.set(name, result);
        making.set(name, { options, isTuned, fit, secondsPerEpoch, ranking });
      }
      return { figures, making, tuning, notes };
    };
    const ofAll = fitAndRank(set, hooks.onStep);
    const { figures, making, tuning, notes } = ofAll;
    const curve =
      request.curveSizes &&
      measureCurve(set, request.curveSizes, curveFigures(ofAll), (part) => curveFigures(fitAndRank(part, () => {})), {
        seed: request.seed,
        onDraw: (done, total) => hooks.onStep({ text: 'Learning curve', unit: 'draws' }, done, total),
      });
    const quality = summariseQuality(set.protocol, set.training.interactions, figures, request.seed);
    return {
      format: 'waymark-evaluation',
      formatVersion: 1,
      versions: {
        waymark: request.waymarkVersion,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
      },
      machine: { cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, memoryBytes: totalmem() },
      engine: { kind: engine.kind, threads: engine.threads, description: engine.description },
      options: request.asked,
      data: {
        ...description,
        notes: [...description.notes, ...notes],
        timesKnown: set.training.atMs !== null,
        counts: set.counts,
      },
      metricMeanings: METRIC_MEANINGS,
      intervals: { method: INTERVAL_METHOD, confidenceLevel: 0.95, resamples: quality.resamples },
      models: modelReports(quality, making),
      differences: quality.differences,
      byHistoryLength: quality.byHistoryLength,
      blendAgainstParts: compareBlend(quality.differences),
      curve,
      tuning,
    };
  } finally {
    await engine.close();
    await watch.close();
  }
}

function curveFigures({
  figures,
  making,
}: {
  readonly figures: ReadonlyMap<string, RankingFigures>;
  readonly making: ReadonlyMap<string, ModelMaking>;
}): CurveFigures {
  return {
    ndcgs: new Map([...figures].map(([name, { metrics }]) => [name, metrics['NDCG@20']])),
    blend: making.get('blend')?.options ?? null,
  };
}
