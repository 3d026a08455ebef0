import type { LocalActiveHour } from '../../learners/activeHours.js';
import { bootstrapMeans, type MeanInterval, type ResampledMeans } from '../../stats/bootstrap.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import { createRandom, shuffled } from '../../stats/random.js';
import { fitShrinkage } from '../model/shrinkage.js';
import type { GroupNames, TimingModel, TimingPerson } from '../model/timingModel.js';
import { knownGroupLevels, sequenceOf, timingPrior } from '../model/timingPrior.js';
import {
  DEFAULT_SHRINKAGE,
  MINIMUM_PEOPLE,
  normalised,
  organisationLevel,
  type PriorLevel,
  personShare,
  type Shrinkage,
  spreadHours,
  weekModel,
} from '../model/weekModel.js';
import { fitTiming, heldOutPoints, ownOnes, type PastHours, pastHours, splitOf } from './timingFit.js';
import {
  type Calibration,
  CalibrationBands,
  DAY_GRID,
  onGrid,
  type ScoreGrid,
  scoreWeek,
  WEEK_GRID,
  type WeekScore,
} from './timingMetrics.js';

/** Somebody whose times are predicted. */
export interface TimedPerson extends GroupNames {
  readonly id: string;
  /** Their active hours by the local clock, oldest first. */
  readonly history: readonly LocalActiveHour[];
}

export interface TimingEvaluationOptions {
  readonly seed: number;
  /** How many times people are divided anew; everyone's figures are averaged over the times they are tested. */
  readonly splits: number;
  /** True: by the hour of the day alone, as for times without a zone. */
  readonly hoursOfDay: boolean;
  readonly now: Date;
}

/** From knowing nothing to knowing the most; the last is what the service does. */
export const TIMING_MODELS = [
  'uniform',
  'organisationUtc',
  'organisationLocal',
  'rawOwn',
  'ownAndOrganisation',
  'full',
] as const;
export type TimingModelName = (typeof TIMING_MODELS)[number];

const MEASURES = ['bits', 'inBestOfDay', 'inBestOfWeek'] as const;
type Measure = (typeof MEASURES)[number];
type Figures = Readonly<Record<Measure, MeanInterval | null>>;

/** Past active hours that models are shown, the latest of each person; null: all there are. */
const SIZES: readonly (number | null)[] = [0, 1, 2, 5, 10, 20, 40, 80, null];
const FITTED_SHARE = 0.6;
const MOST_CASES_PER_SIZE = 1_000;

export interface TimingLevel {
  /** Past active hours shown; null: all of at least one. */
  readonly hours: number | null;
  readonly people: number;
  readonly models: Readonly<Record<TimingModelName, Figures & { readonly calibration: Calibration }>>;
  /** The full model's figures less those of each other, person by person. */
  readonly fullLess: Readonly<Record<Exclude<TimingModelName, 'full'>, Figures>>;
}

export interface TimingEvaluation {
  readonly people: number;
  readonly activeHours: number;
  readonly hoursOfDay: boolean;
  readonly bestOfDay: number;
  readonly bestOfWeek: number | null;
  readonly seed: number;
  readonly splits: number;
  /** What was fitted in each division of the people. */
  readonly fits: readonly {
    readonly people: number;
    readonly archetypes: number;
    readonly shrinkage: Shrinkage;
    readonly ownAndOrganisation: Shrinkage;
  }[];
  readonly levels: readonly TimingLevel[];
}

/**
 * How well a person's future active hours can be told from their past ones: the first 70 % of everyone's hours are past;
 * everything is fitted on 60 % of the people and measured on the others. Intervals are 95 %, bootstrapped over people.
 *
 * @param people in any order; it does not change the figures
 * @returns null when there are too few people to learn anything from
 */
export function evaluateTiming(
  people: readonly TimedPerson[],
  { seed, splits, hoursOfDay, now }: TimingEvaluationOptions,
  onProgress: (done: number, total: number) => void = () => {},
): TimingEvaluation | null {
  const grid = hoursOfDay ? DAY_GRID : WEEK_GRID;
  const ordered = people.filter(({ history }) => history.length > 0).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const random = createRandom(seed);
  const tallies = SIZES.map(() => new LevelTally());
  const fits: TimingEvaluation['fits'][number][] = [];
  for (let split = 0; split < splits; split++) {
    const drawn = shuffled(ordered, random);
    const fittedCount = Math.floor(drawn.length * FITTED_SHARE);
    const rivals = fitRivals(drawn.slice(0, fittedCount), now);
    if (rivals === null) return null;
    const { timing, ownAndOrganisation } = rivals;
    const archetypes = timing.mixture.weights.length;
    fits.push({ people: fittedCount, archetypes, shrinkage: timing.shrinkage, ownAndOrganisation });
    for (const person of drawn.slice(fittedCount)) testPerson(person, rivals, grid, tallies);
    onProgress(split + 1, splits);
  }
  return {
    people: ordered.length,
    activeHours: ordered.reduce((sum, { history }) => sum + history.length, 0),
    hoursOfDay,
    bestOfDay: grid.bestOfDay,
    bestOfWeek: grid.bestOfWeek,
    seed,
    splits,
    fits,
    levels: SIZES.map((hours, i) => tallies[i]!.level(hours, createRandom(seed))),
  };
}

/** Everything that was fitted on one part of the people. */
interface Rivals {
  readonly timing: TimingModel;
  readonly organisation: PriorLevel;
  readonly groupLevelOf: (person: GroupNames) => PriorLevel | null;
  readonly organisationUtc: Float64Array;
  readonly ownAndOrganisation: Shrinkage;
}

function fitRivals(people: readonly TimedPerson[], now: Date): Rivals | null {
  const persons = people.map(timingPerson);
  const timing = fitTiming(persons, { fittedAt: now });
  const organisation = timing === null ? null : organisationLevel(timing.organisation);
  if (timing === null || organisation === null) return null;
  const priorWeek = organisation.shape;
  const cases = heldOutPoints(persons, MOST_CASES_PER_SIZE).map((point) => ({ ...point, priorWeek }));
  return {
    timing,
    organisation,
    groupLevelOf: knownGroupLevels(timing.groups),
    organisationUtc: utcWeek(people),
    ownAndOrganisation: fitShrinkage(cases, DEFAULT_SHRINKAGE),
  };
}

function timingPerson({ history, department, location }: TimedPerson): TimingPerson {
  const { hourCounts, effectiveHours } = pastHours(history);
  const hours = {
    hourCounts,
    effectiveHours,
    history,
    hours: history.length,
    exposureWeeks: 0,
    exposedHours: 0,
    weeklyRate: null,
  };
  return { hours, department, location };
}

/** The organisation's week as one clock for everyone would show it. */
function utcWeek(people: readonly TimedPerson[]): Float64Array {
  const pooled = new Float64Array(HOURS_PER_WEEK);
  for (const { history } of people) {
    const { hourCounts, effectiveHours } = pastHours(history.map((hour) => ({ ...hour, cell: utcCell(hour) })));
    const weight = Math.min(1, 20 / effectiveHours);
    for (let cell = 0; cell < HOURS_PER_WEEK; cell++) pooled[cell]! += weight * hourCounts[cell]!;
  }
  const effectiveHours = pooled.reduce((sum, count) => sum + count, 0);
  const level = organisationLevel({ hourCounts: pooled, effectiveHours, people: MINIMUM_PEOPLE, weeklyRate: null });
  return level?.shape ?? new Float64Array(HOURS_PER_WEEK).fill(1 / HOURS_PER_WEEK);
}

/** 1 January 1970 was a Thursday. */
function utcCell({ startMs }: LocalActiveHour): number {
  return (((Math.floor(startMs / 3_600_000) + 72) % HOURS_PER_WEEK) + HOURS_PER_WEEK) % HOURS_PER_WEEK;
}

function testPerson(person: TimedPerson, rivals: Rivals, grid: ScoreGrid, tallies: readonly LevelTally[]): void {
  const split = splitOf(person.history.length);
  const future = ownOnes(person.history.slice(split));
  if (future.length === 0) return;
  const local = future.map(({ cell }) => cell);
  const utc = future.map(utcCell);
  for (const [i, size] of SIZES.entries()) {
    const shown = size ?? split;
    if (shown > split || (size === null && split === 0)) continue;
    const past = pastHours(person.history.slice(split - shown, split));
    for (const [m, week] of expectations(past, person, rivals).entries()) {
      const cells = TIMING_MODELS[m] === 'organisationUtc' ? utc : local;
      tallies[i]!.add(person.id, m, onGrid(week, grid), cells, grid);
    }
  }
}

/** What each model expects, in the order of `TIMING_MODELS`. */
function expectations(past: PastHours, person: TimedPerson, rivals: Rivals): readonly Float64Array[] {
  const { timing, organisation, organisationUtc, ownAndOrganisation } = rivals;
  const even = new Float64Array(HOURS_PER_WEEK).fill(1 / HOURS_PER_WEEK);
  // The counts themselves give an hour never seen no chance at all: one hour's worth of "any time" goes on top.
  const rawOwn = even.map((share, cell) => (past.hourCounts[cell]! + share) / (past.effectiveHours + 1));
  const group = rivals.groupLevelOf(person);
  const prior = timingPrior(timing.mixture, sequenceOf(past.history), past.effectiveHours, group, [organisation]);
  const { concentrations, totalConcentration } = weekModel(past, prior, timing.shrinkage);
  return [
    even,
    organisationUtc,
    organisation.shape,
    rawOwn,
    shrunk(past, organisation.shape, ownAndOrganisation),
    concentrations.map((concentration) => concentration / totalConcentration),
  ];
}

function shrunk(past: PastHours, prior: Float64Array, shrinkage: Shrinkage): Float64Array {
  if (past.effectiveHours === 0) return prior;
  const own = normalised(spreadHours(past));
  const share = personShare(past.effectiveHours, shrinkage);
  return prior.map((expected, cell) => share * own[cell]! + (1 - share) * expected);
}

/** The figures of everyone who was tested with so many hours. */
class LevelTally {
  /** Per person the sums of model × measure, and how many times they were tested. */
  readonly #sums = new Map<string, { readonly values: Float64Array; tests: number }>();
  readonly #calibration = TIMING_MODELS.map(() => new CalibrationBands());

  add(id: string, model: number, expected: Float64Array, future: readonly number[], grid: ScoreGrid): void {
    const score = scoreWeek(expected, future, grid);
    const sums = this.#sums.get(id) ?? { values: new Float64Array(TIMING_MODELS.length * MEASURES.length), tests: 0 };
    if (model === 0) sums.tests += 1;
    for (const [m, measure] of MEASURES.entries()) {
      sums.values[model * MEASURES.length + m]! += figureOf(score, measure);
    }
    this.#sums.set(id, sums);
    this.#calibration[model]!.add(expected, future, grid);
  }

  level(hours: number | null, random: ReturnType<typeof createRandom>): TimingLevel {
    // Sorted, so that the intervals do not hang on the order of the tests.
    const people = [...this.#sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sums]) => sums);
    const columns = TIMING_MODELS.flatMap((_, model) =>
      MEASURES.map((_, m) => people.map(({ values, tests }) => values[model * MEASURES.length + m]! / tests)),
    );
    const means = bootstrapMeans(columns, { random });
    const full = TIMING_MODELS.length - 1;
    return {
      hours,
      people: people.length,
      models: byModel(TIMING_MODELS, (model) => ({
        ...figures(means, (means_, m) => means_.interval(model * MEASURES.length + m)),
        calibration: this.#calibration[model]!.report(),
      })),
      fullLess: byModel(TIMING_MODELS.slice(0, full) as Exclude<TimingModelName, 'full'>[], (model) =>
        figures(means, (means_, m) => means_.difference(full * MEASURES.length + m, model * MEASURES.length + m)),
      ),
    };
  }
}

/** Without a week to tell apart there is nothing to measure in it. */
function figureOf(score: WeekScore, measure: Measure): number {
  return score[measure] ?? 0;
}

function byModel<N extends string, T>(names: readonly N[], valueOfModel: (index: number) => T): Record<N, T> {
  return Object.fromEntries(names.map((name, index) => [name, valueOfModel(index)])) as Record<N, T>;
}

function figures(means: ResampledMeans, of: (means: ResampledMeans, measure: number) => MeanInterval | null): Figures {
  return byModel(MEASURES, (measure) => of(means, measure));
}
