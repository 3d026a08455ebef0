import { DomainError } from '../../src/platform/errors.js';
import { fitIals, type IalsOptions } from '../../src/recsys/als.js';
import { type EaseOptions, fitEase } from '../../src/recsys/ease.js';
import type { TrainingData } from '../../src/recsys/fitting.js';
import { itemsWithEvidence } from '../../src/recsys/itemWeights.js';
import type { Engine } from '../../src/recsys/kernels/engine.js';
import { openEngine } from '../../src/recsys/kernels/openEngine.js';
import { type BenchData, loadBenchData } from './benchData.js';
import { ialsEpochFlops, inverseFlops, itemGramianFlops } from './trainingArithmetic.js';

/** One configuration to be measured. */
export interface TrainRequest {
  readonly data: BenchData;
  readonly model:
    | { readonly family: 'ials'; readonly options: IalsOptions }
    | { readonly family: 'ease'; readonly options: EaseOptions };
  readonly threads: number;
  readonly kernels: 'auto' | 'plain';
  /** Epochs, or whole fits of EASE, that are not counted, and that are. */
  readonly warmUps: number;
  readonly repeats: number;
}

export interface Spent {
  readonly seconds: number;
  /** Of the whole process, all threads. */
  readonly cpuSeconds: number;
}

interface CommonFigures {
  readonly engine: string;
  readonly learnerCount: number;
  /** Those with evidence. */
  readonly itemCount: number;
  readonly interactionCount: number;
  /** Reading or making the data. */
  readonly loading: Spent;
  /** Resident once the data was there, and the greatest up to then. */
  readonly loadedBytes: number;
  readonly loadingPeakBytes: number;
  /** The greatest of the process's life: `process.resourceUsage().maxRSS`. */
  readonly peakBytes: number;
}

export interface IalsFigures extends CommonFigures {
  readonly family: 'ials';
  /** Placing the interactions in the engine's memory, both ways round. */
  readonly placing: Spent;
  readonly epochs: readonly Spent[];
  readonly flopsPerEpoch: number;
}

export interface EaseFit {
  readonly total: Spent;
  readonly gramian: Spent;
  readonly inverse: Spent;
}

export interface EaseFigures extends CommonFigures {
  readonly family: 'ease';
  readonly fits: readonly EaseFit[];
  readonly gramianFlops: number;
  readonly inverseFlops: number;
}

export type TrainFigures = IalsFigures | EaseFigures;

/** What the parent is told. */
export type TrainReply =
  | { readonly kind: 'measured'; readonly figures: TrainFigures }
  | { readonly kind: 'refused'; readonly message: string };

/** Measures what the parent process asks for, answers and ends. */
export async function run(): Promise<void> {
  const request = await new Promise<TrainRequest>((resolve) => process.once('message', resolve));
  const reply = await measure(request).catch((error: unknown): TrainReply => {
    // Too many items or too little memory: the caller's to change.
    if (error instanceof RangeError || error instanceof DomainError) return { kind: 'refused', message: error.message };
    throw error;
  });
  await new Promise((resolve) => process.send?.(reply, undefined, undefined, resolve));
  process.disconnect?.();
}

async function measure({ data, model, threads, kernels, warmUps, repeats }: TrainRequest): Promise<TrainReply> {
  const load = startWatch();
  const interactions = await loadBenchData(data);
  const loading = load();
  const loadedBytes = process.memoryUsage.rss();
  const loadingPeakBytes = peakBytes();
  const training: TrainingData = { interactions, atMs: null, asOfMs: 0, content: null };
  const engine = await openEngine({ threads, force: kernels === 'plain' ? 'plain' : undefined });
  try {
    const measured =
      model.family === 'ials'
        ? measureIals(training, { ...model.options, epochs: warmUps + repeats }, engine, warmUps)
        : measureEase(training, model.options, engine, warmUps, repeats);
    const common: CommonFigures = {
      engine: engine.description,
      learnerCount: interactions.rowCount,
      itemCount: itemsWithEvidence(interactions).length,
      interactionCount: interactions.values.length,
      loading,
      loadedBytes,
      loadingPeakBytes,
      peakBytes: peakBytes(),
    };
    return { kind: 'measured', figures: { ...common, ...measured } };
  } finally {
    await engine.close();
  }
}

function measureIals(
  training: TrainingData,
  options: IalsOptions,
  engine: Engine,
  warmUps: number,
): Omit<IalsFigures, keyof CommonFigures> {
  let placing: Spent = { seconds: 0, cpuSeconds: 0 };
  let epoch = startWatch();
  const epochs: Spent[] = [];
  fitIals(training, options, {
    engine: {
      ...engine,
      openAls(byLearner, rank) {
        const place = startWatch();
        const workspace = engine.openAls(byLearner, rank);
        placing = place();
        epoch = startWatch();
        return workspace;
      },
    },
    onStep(done) {
      if (done > warmUps) epochs.push(epoch());
      epoch = startWatch();
    },
  });
  return { family: 'ials', placing, epochs, flopsPerEpoch: ialsEpochFlops(training.interactions, options) };
}

function measureEase(
  training: TrainingData,
  options: EaseOptions,
  engine: Engine,
  warmUps: number,
  repeats: number,
): Omit<EaseFigures, keyof CommonFigures> {
  const fits: EaseFit[] = [];
  for (let fit = 0; fit < warmUps + repeats; fit++) {
    let gramian: Spent = { seconds: 0, cpuSeconds: 0 };
    let inverse = gramian;
    const whole = startWatch();
    fitEase(training, options, {
      engine: {
        ...engine,
        openItemGramian(byLearner) {
          const sum = startWatch();
          const workspace = engine.openItemGramian(byLearner);
          gramian = sum();
          return {
            ...workspace,
            inverse(l2, onPart) {
              const invert = startWatch();
              const result = workspace.inverse(l2, onPart);
              inverse = invert();
              return result;
            },
          };
        },
      },
    });
    if (fit >= warmUps) fits.push({ total: whole(), gramian, inverse });
  }
  return {
    family: 'ease',
    fits,
    gramianFlops: itemGramianFlops(training.interactions),
    inverseFlops: inverseFlops(itemsWithEvidence(training.interactions).length),
  };
}

function startWatch(): () => Spent {
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  return () => {
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(startCpu);
    return { seconds, cpuSeconds: (user + system) / 1e6 };
  };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
