import { closingOf } from '../../learners/skillGaps.js';
import { SIGNALS, type SignalName } from '../../rules/policy.js';
import { type HistoryScores, scoreHistory } from '../../training/model.js';
import { attributeFit } from './attributeFit.js';
import { freshness, levelsTaught, roleRelevance } from './catalogueColumns.js';
import type { RecommendationInputs, SignalChange } from './inputs.js';
import type { LearnerView } from './learnerView.js';
import { type Arrays, NEW_ARRAYS } from './scratchArrays.js';
import { searchIntents } from './searchIntents.js';
import { ATTRIBUTES, type AttributeColumn, type AttributeMix, type ServingIndex } from './servingIndex.js';
import type { SparseColumn } from './sparseColumn.js';

/** One signal for every course, by position. Kept in the form that it comes in, since most are the same for many. */
export type SignalValues =
  | { readonly form: 'DENSE'; readonly values: Float32Array | Float64Array }
  /** By item of the model. */
  | {
      readonly form: 'BY_ITEM';
      readonly values: Float64Array;
      /** By position; −1: an item that the model does not know, whose value is `unknown`. */
      readonly itemIndices: Int32Array;
      readonly unknown: number;
    }
  | ({ readonly form: 'LISTED' } & SparseColumn)
  | { readonly form: 'TABLE'; readonly column: AttributeColumn; readonly table: Float64Array }
  /** 0 where there is none. */
  | { readonly form: 'SPARSE'; readonly values: ReadonlyMap<number, number> }
  /** 0 for all: nothing is known. */
  | { readonly form: 'ABSENT' };

type ByItem = Extract<SignalValues, { readonly form: 'BY_ITEM' }>;

export type Signals = Readonly<Record<SignalName, SignalValues>>;

export interface LearnerSignals {
  readonly signals: Signals;
  /** What the model said; null without a model. */
  readonly modelled: HistoryScores | null;
}

const ABSENT: SignalValues = { form: 'ABSENT' };

/** All that speaks for or against each course for one learner, before it is weighed. */
export function signalsOf(inputs: RecommendationInputs, view: LearnerView, arrays = NEW_ARRAYS): LearnerSignals {
  const { index, trends, now, goals } = inputs;
  const { model } = index;
  const modelled =
    model === null ? null : scoreHistory(model, view.history, arrays.roughDoubles(model.scorer.itemCount));
  const fits = attributeFit(index, view);
  const habit = (name: (typeof ATTRIBUTES)[number]): SignalValues => {
    const table = fits?.[name];
    return table == null ? ABSENT : { form: 'TABLE', column: index.attributes[name], table };
  };
  const hasGroup = view.audiences.length > 0;
  return {
    modelled,
    signals: changed(inputs.asIf?.signals ?? [], {
      collaborative: modelled === null ? ABSENT : byItem(index, modelled),
      skillGap: gapClosing(inputs, view, arrays),
      role: view.roles.length === 0 ? ABSENT : { form: 'LISTED', ...roleRelevance(index, view.roles) },
      goal: goals == null ? ABSENT : { form: 'LISTED', values: goals.values, positions: goals.positions },
      peers: hasGroup ? { form: 'LISTED', ...trends.peers(view.audiences, arrays) } : ABSENT,
      search: sparse(searchIntents(inputs.searches, index, now.getTime(), view.isPersonal)),
      format: habit('format'),
      length: habit('length'),
      level: habit('level'),
      language: habit('language'),
      provider: habit('provider'),
      // A model has popularity for its prior: counted twice, best sellers would push out what suits fewer people.
      popularity: modelled === null ? { form: 'DENSE', values: trends.popularity } : ABSENT,
      trending: { form: 'LISTED', ...trends.trending(view.trendAudience) },
      freshness: { form: 'DENSE', values: freshness(index, now) },
    }),
  };
}

function changed(changes: readonly SignalChange[], signals: Signals): Signals {
  if (changes.length === 0) return signals;
  const result = { ...signals };
  for (const { signal, position, value } of changes) result[signal] = withValue(result[signal], position, value);
  return result;
}

function withValue(signal: SignalValues, position: number, value: number): SignalValues {
  switch (signal.form) {
    case 'DENSE':
    case 'LISTED': {
      const values = signal.values.slice();
      values[position] = value;
      return { form: 'DENSE', values };
    }
    case 'BY_ITEM': {
      const values = Float64Array.from(signal.itemIndices, (_, at) => valueAt(signal, at));
      values[position] = value;
      return { form: 'DENSE', values };
    }
    case 'TABLE': {
      const table = signal.table.slice();
      table[signal.column.indices[position] as number] = value;
      return { ...signal, table };
    }
    case 'SPARSE':
      return { form: 'SPARSE', values: new Map(signal.values).set(position, value) };
    case 'ABSENT':
      return { form: 'SPARSE', values: new Map([[position, value]]) };
  }
}

/** The value of a signal for the course at a position. */
export function valueAt(signal: SignalValues, position: number): number {
  switch (signal.form) {
    case 'DENSE':
    case 'LISTED':
      return signal.values[position] ?? 0;
    case 'BY_ITEM':
      return signal.values[signal.itemIndices[position] ?? -1] ?? signal.unknown;
    case 'TABLE':
      return signal.table[signal.column.indices[position] ?? 0] ?? 0;
    case 'SPARSE':
      return signal.values.get(position) ?? 0;
    case 'ABSENT':
      return 0;
  }
}

/** Whether a signal that comes course by course is above 0 for any of them. */
export function speaksForAny(signal: SignalValues): boolean {
  if (signal.form === 'DENSE') return signal.values.some((value) => value > 0);
  if (signal.form !== 'LISTED') return false;
  for (const position of signal.positions) if (signal.values[position]! > 0) return true;
  return false;
}

/** What a unit of each signal is worth. */
export type SignalFactors = Readonly<Record<SignalName, number>>;

/** Score of every course by position: the signals, each times its factor. */
export function weigh(
  { courses, attributeMix }: Pick<ServingIndex, 'courses' | 'attributeMix'>,
  signals: Signals,
  factors: SignalFactors,
  arrays = NEW_ARRAYS,
): Float64Array {
  const habits = habitsOf(attributeMix, signals, factors);
  const { collaborative, freshness: fresh } = signals;
  // What nearly everybody has goes in at once: a pass over all courses costs more than what it adds.
  const isAtOnce =
    habits !== null &&
    collaborative.form === 'BY_ITEM' &&
    fresh.form === 'DENSE' &&
    fresh.values instanceof Float32Array;
  const scores = isAtOnce ? arrays.roughDoubles(courses.length) : arrays.doubles(courses.length);
  if (isAtOnce) setCommon(scores, attributeMix.indices, habits, collaborative, fresh.values, factors);
  else if (habits !== null) addTable(scores, attributeMix.indices, habits);
  for (const name of SIGNALS) {
    if (!(isAtOnce && (name === 'collaborative' || name === 'freshness')))
      addSignal(scores, signals[name], factors[name]);
  }
  return scores;
}

/** Adds a signal times a factor to the scores; what comes as a table is added with the other habits. */
export function addSignal(scores: Float64Array, signal: SignalValues, factor: number): void {
  if (factor === 0) return;
  if (signal.form === 'DENSE') addDense(scores, signal.values, factor);
  else if (signal.form === 'BY_ITEM') addByItem(scores, signal, factor);
  else if (signal.form === 'LISTED') addListed(scores, signal, factor);
  else if (signal.form === 'SPARSE') addFew(scores, signal.values, factor);
}

/** What all habits together are worth for each mix of attributes, of which there are far fewer than courses. */
function habitsOf({ of, count }: AttributeMix, signals: Signals, factors: SignalFactors): Float64Array | null {
  let worth: Float64Array | null = null;
  for (const name of ATTRIBUTES) {
    const signal = signals[name];
    const factor = factors[name];
    if (factor === 0 || signal.form !== 'TABLE') continue;
    worth ??= new Float64Array(count);
    const indices = of[name];
    for (let mix = 0; mix < count; mix++) worth[mix]! += factor * signal.table[indices[mix]!]!;
  }
  return worth;
}

function setCommon(
  scores: Float64Array,
  indices: Uint32Array,
  table: Float64Array,
  { values, itemIndices, unknown }: ByItem,
  fresh: Float32Array,
  { collaborative, freshness: freshWorth }: SignalFactors,
): void {
  for (let i = 0; i < scores.length; i++) {
    const item = itemIndices[i]!;
    const known = item < 0 ? unknown : values[item]!;
    scores[i] = table[indices[i]!]! + collaborative * known + freshWorth * fresh[i]!;
  }
}

function addTable(scores: Float64Array, indices: Uint32Array, table: Float64Array): void {
  for (let i = 0; i < scores.length; i++) scores[i]! += table[indices[i]!]!;
}

function addDense(scores: Float64Array, values: Float32Array | Float64Array, factor: number): void {
  // The same loop twice, so that each only ever meets one kind of array.
  if (values instanceof Float32Array) for (let i = 0; i < scores.length; i++) scores[i]! += factor * values[i]!;
  else for (let i = 0; i < scores.length; i++) scores[i]! += factor * values[i]!;
}

function addByItem(scores: Float64Array, { values, itemIndices, unknown }: ByItem, factor: number): void {
  for (let i = 0; i < scores.length; i++) {
    const item = itemIndices[i]!;
    scores[i]! += factor * (item < 0 ? unknown : values[item]!);
  }
}

function addListed(scores: Float64Array, { values, positions }: SparseColumn, factor: number): void {
  // As with what is dense: a loop for each kind of array that most columns are made of.
  if (values instanceof Float32Array && positions instanceof Int32Array) {
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      scores[position]! += factor * values[position]!;
    }
  } else if (values instanceof Float64Array && positions instanceof Int32Array) {
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      scores[position]! += factor * values[position]!;
    }
  } else for (let i = 0; i < positions.length; i++) scores[positions[i]!]! += factor * values[positions[i]!]!;
}

function addFew(scores: Float64Array, values: ReadonlyMap<number, number>, factor: number): void {
  for (const [position, value] of values) scores[position]! += factor * value;
}

function byItem({ itemIndices, hasUnknownItems }: ServingIndex, { scores }: HistoryScores): SignalValues {
  // A course that the model cannot know speaks as little for itself as the least of those that it knows.
  const unknown = hasUnknownItems ? scores.reduce((least, score) => Math.min(least, score), 0) : 0;
  return { form: 'BY_ITEM', values: scores, itemIndices, unknown };
}

function gapClosing({ index }: RecommendationInputs, { gaps }: LearnerView, arrays: Arrays): SignalValues {
  if (gaps.size === 0) return ABSENT;
  const values = arrays.doubles(index.courses.length);
  const positions = arrays.roughIntegers(values.length);
  let count = 0;
  for (const gap of gaps.values()) {
    for (const { levels, taughtAt } of levelsTaught(index, gap.skillId)) {
      const closing = closingOf(gap, levels);
      if (!(closing > 0)) continue;
      for (const position of taughtAt) {
        if (values[position] === 0) positions[count++] = position;
        values[position]! += closing;
      }
    }
  }
  return count === 0 ? ABSENT : { form: 'LISTED', values, positions: positions.subarray(0, count) };
}

function sparse(values: ReadonlyMap<number, number>): SignalValues {
  return values.size === 0 ? ABSENT : { form: 'SPARSE', values };
}
