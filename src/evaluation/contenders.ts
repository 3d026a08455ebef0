import { createBlendScorer } from '../recsys/blendScorer.js';
import { type Choice, choose, type Holdout, priorOf } from '../recsys/choose.js';
import { easeFits } from '../recsys/ease.js';
import {
  createScorers,
  FAMILIES,
  type FamilyModel,
  type FamilyModels,
  type FamilyOptions,
  type FamilySettings,
  placeByContent,
} from '../recsys/families.js';
import type { FitContext, TrainingData } from '../recsys/fitting.js';
import type { History } from '../recsys/history.js';
import type { HoldoutOptions } from '../recsys/holdouts.js';
import { FAMILY_NAMES, type FamilyName } from '../recsys/itemScorer.js';
import { itemsWithEvidence } from '../recsys/itemWeights.js';
import type { Engine } from '../recsys/kernels/engine.js';
import type { Cost, CostWatch } from './costWatch.js';
import type { ModelOptions, OptionValue } from './overrides.js';

/** Models that can be evaluated, in the order in which they are shown. */
export const MODEL_NAMES = [...FAMILY_NAMES, 'blend'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** The usual options of the models that have any. */
export const MODEL_DEFAULTS: Readonly<Record<FamilyName, ModelOptions>> = {
  ials: { ...FAMILIES.ials.defaults },
  ease: { ...FAMILIES.ease.defaults },
  itemknn: { ...FAMILIES.itemknn.defaults },
  sequence: { ...FAMILIES.sequence.defaults },
  content: { ...FAMILIES.content.defaults },
  popularity: { ...FAMILIES.popularity.defaults },
};

/** A fitted model that takes part, and what the fit took. */
export interface Contender {
  readonly name: ModelName;
  readonly scorer: { readonly itemCount: number; score(history: History, out: Float32Array): void };
  readonly options: ModelOptions;
  /** Whether the options were chosen on a part of the training data. */
  readonly isTuned: boolean;
  /** For the blend the sum over its parts, and the greatest memory of them. */
  readonly fit: Cost;
  /** Median; null for models without epochs. */
  readonly secondsPerEpoch: number | null;
}

export interface ContenderOptions {
  readonly models: readonly ModelName[];
  /** By family; one with any is not tuned. */
  readonly overrides: Readonly<Record<string, Readonly<Record<string, OptionValue>>>>;
  readonly seed: number;
  /** Of tuning: no further setting is tried after this, but the first of each family always is. */
  readonly budgetSeconds: number;
}

/** What models are fitted and tuned on. */
export interface ContenderData {
  readonly training: TrainingData;
  /** Divides the training data for tuning; none when it is too little. */
  readonly tuningHoldouts: (options: HoldoutOptions) => readonly Holdout[];
}

/** What is under way, in words, and what it is counted in. */
export interface EvaluationStep {
  readonly text: string;
  readonly unit: 'settings' | 'steps' | 'learners' | 'lines' | 'events' | 'draws';
}

/** Called after every step of what is under way. */
export type OnStep = (step: EvaluationStep, done: number, total: number) => void;

export interface Tuning {
  readonly seconds: number;
  readonly tunedOnLearners: number;
  readonly tried: Choice['tried'];
}

export interface Contenders {
  readonly contenders: readonly Contender[];
  /** Null: nothing was to be chosen, or there was too little to choose on. */
  readonly tuning: Tuning | null;
  /** What was left out or could not be chosen, in words. */
  readonly notes: readonly string[];
}

/** How many recommendations tuning looks at. */
const TUNING_K = 20;
const MAX_TUNING_LEARNERS = 2_000;
/** What a blend is when there is nothing to fit it on: popularity. */
const POPULARITY_ALONE = { weights: {}, priorStrength: 5 } as const;

/**
 * Chooses what is not given, on a part of the training data, and fits every model that is asked for on all of it.
 *
 * A family with an option given starts from its usual ones without any fading by age, since settings that were published
 * for a data set know none.
 *
 * @throws RangeError when an option is out of range
 */
export function fitContenders(
  { training, tuningHoldouts }: ContenderData,
  { models, overrides, seed, budgetSeconds }: ContenderOptions,
  engine: Engine,
  watch: CostWatch,
  onStep: OnStep,
): Contenders {
  const notes: string[] = [];
  const itemCount = training.interactions.columnCount;
  const asked = FAMILY_NAMES.filter((family) => models.includes(family));
  const isBlendAsked = models.includes('blend');
  const namesParts = asked.some((family) => family !== 'popularity');
  const wanted = isBlendAsked && !namesParts ? FAMILY_NAMES : asked;
  const refusals = new Map(wanted.map((family) => [family, FAMILIES[family].refusal(training)]));
  const isEverythingAsked = models.length === MODEL_NAMES.length;
  for (const model of Object.keys(overrides)) {
    if (!wanted.some((family) => family === model))
      notes.push(`--set ${model}.… changes nothing: ${model} is not asked for.`);
  }
  const families = wanted.filter((family) => {
    const refusal = refusals.get(family) ?? null;
    if (refusal === null) return true;
    if (family === 'ease' && easeFits(itemsWithEvidence(training.interactions).length, Number.POSITIVE_INFINITY)) {
      if (Object.hasOwn(overrides, family)) {
        notes.push(`ease is no part of the blend: ${refusal} where it has to be tuned.`);
        return true;
      }
      notes.push(
        `ease is left out: ${refusal}; given an option, such as --set ease.l2=500, it is fitted all the same.`,
      );
      return false;
    }
    // Whoever names no models need not be told of each that has nothing to work on.
    if (family !== 'content' || !isEverythingAsked) notes.push(`${family} is left out: ${refusal}.`);
    return false;
  });

  const fixed = settingsOf(
    families.filter((family) => Object.hasOwn(overrides, family)),
    (family) => ({ ...withoutFading(defaultsOf(family, seed)), ...overrides[family] }),
  );
  const untuned = families.filter((family) => fixed[family] === undefined);
  const chosenAmong = isBlendAsked ? families.filter((family) => FAMILIES[family].refusal(training) === null) : untuned;
  let choice: Choice | null = null;
  let tuning: Tuning | null = null;
  if (chosenAmong.length > 0) {
    const startedMs = performance.now();
    const holdouts = tuningHoldouts({ seed, maxLearners: 2 * MAX_TUNING_LEARNERS });
    if (holdouts.length === 0) {
      notes.push('Too little training data to tune on: the usual options are taken, and the blend is popularity.');
    } else {
      choice = choose(
        holdouts,
        null,
        {
          seed,
          k: TUNING_K,
          families: chosenAmong,
          starts: settingsOf(chosenAmong, (family) => defaultsOf(family, seed)),
          fixed,
          maxEvaluatedLearners: MAX_TUNING_LEARNERS,
          timeBudgetMs: 1000 * budgetSeconds,
        },
        {
          engine,
          elapsedMs: () => performance.now(),
          onStep: (done, total) => onStep({ text: 'Choosing settings', unit: 'settings' }, done, total),
        },
      );
      tuning = {
        seconds: (performance.now() - startedMs) / 1000,
        tunedOnLearners: choice.tunedOnCount,
        tried: choice.tried,
      };
    }
  }

  const blend = choice?.recipe.blend ?? POPULARITY_ALONE;
  const isPart = (family: FamilyName): boolean =>
    isBlendAsked && (family === 'popularity' || ((blend.weights as Record<string, number>)[family] ?? 0) > 0);
  const fitted = FAMILY_NAMES.filter((family) => families.includes(family) || isPart(family)).filter(
    (family) => asked.includes(family) || isPart(family),
  );
  const settings: FamilySettings = {
    ...settingsOf(fitted, (family) => defaultsOf(family, seed)),
    ...choice?.recipe.settings,
    ...fixed,
  };
  const parts = new Map<FamilyName, Contender>();
  let familyModels: FamilyModels = {};
  const fitFamily = <F extends FamilyName>(family: F): void => {
    const options = settings[family] as FamilyOptions<F>;
    const step: EvaluationStep = { text: `Fitting ${family}`, unit: 'steps' };
    onStep(step, 0, 1);
    const momentsMs = [performance.now()];
    const context: FitContext = {
      engine,
      onStep: (done, total) => {
        momentsMs.push(performance.now());
        onStep(step, done, total);
      },
    };
    const { result: model, cost: fit } = watch.measure((): FamilyModel<F> => {
      const learned: FamilyModels = { [family]: FAMILIES[family].fit(training, options, context) };
      return placeByContent(learned, training, { engine })[family] as FamilyModel<F>;
    });
    familyModels = { ...familyModels, [family]: model };
    parts.set(family, {
      name: family,
      scorer: FAMILIES[family].createScorer(model),
      options: { ...options } as ModelOptions,
      isTuned: choice !== null && fixed[family] === undefined,
      fit,
      secondsPerEpoch: 'epochs' in options ? medianStep(momentsMs) : null,
    });
  };
  for (const family of fitted) fitFamily(family);

  const contenders = asked.flatMap((family) => parts.get(family) ?? []);
  if (!isBlendAsked) return { contenders, tuning, notes };
  const blendScorer = createBlendScorer(createScorers(familyModels), priorOf(familyModels), blend);
  const exact = new Float64Array(itemCount);
  const partFits = fitted.filter(isPart).map((family) => parts.get(family)!.fit);
  return {
    contenders: [
      ...contenders,
      {
        name: 'blend',
        scorer: {
          itemCount,
          score(history, out) {
            blendScorer.score(history, exact);
            out.set(exact);
          },
        },
        options: {
          ...Object.fromEntries(Object.entries(blend.weights).map(([family, weight]) => [`weights.${family}`, weight])),
          priorStrength: blend.priorStrength,
        },
        isTuned: choice !== null,
        fit: {
          seconds: sumOf(partFits, ({ seconds }) => seconds),
          cpuSeconds: sumOf(partFits, ({ cpuSeconds }) => cpuSeconds),
          peakMemoryBytes: Math.max(...partFits.map(({ peakMemoryBytes }) => peakMemoryBytes)),
          extraMemoryBytes: Math.max(...partFits.map(({ extraMemoryBytes }) => extraMemoryBytes)),
        },
        secondsPerEpoch: null,
      },
    ],
    tuning,
    notes,
  };
}

function settingsOf(families: readonly FamilyName[], optionsOf: (family: FamilyName) => ModelOptions): FamilySettings {
  return Object.fromEntries(families.map((family) => [family, optionsOf(family)])) as FamilySettings;
}

/** The usual options, with the seed of this evaluation where a family draws at random. */
function defaultsOf(family: FamilyName, seed: number): ModelOptions {
  const defaults = MODEL_DEFAULTS[family];
  return 'seed' in defaults ? { ...defaults, seed } : defaults;
}

function withoutFading(options: ModelOptions): ModelOptions {
  return 'halfLifeDays' in options ? { ...options, halfLifeDays: null } : options;
}

function sumOf(costs: readonly Cost[], pick: (cost: Cost) => number): number {
  return costs.reduce((sum, cost) => sum + pick(cost), 0);
}

/** The median time between moments, in seconds; null with fewer than two. */
function medianStep(momentsMs: readonly number[]): number | null {
  const steps = momentsMs.slice(1).map((moment, m) => (moment - momentsMs[m]!) / 1000);
  if (steps.length === 0) return null;
  const sorted = steps.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
