import { closingOf } from '../learners/skillGaps.js';
import { SIGNALS, type SignalName } from '../rules/policy.js';
import { type HistoryScores, scoreHistory } from '../training/model.js';
import { attributeFit } from './attributeFit.js';
import { freshness, roleRelevance } from './catalogueColumns.js';
import type { RecommendationInputs, SignalChange } from './inputs.js';
import type { LearnerView } from './learnerView.js';
import { searchIntents } from './searchIntents.js';
import type { ATTRIBUTES, AttributeColumn } from './servingIndex.js';

/** One signal for every course, by position. Kept in the form that it comes in, since most are the same for many. */
export type SignalValues =
  | { readonly form: 'DENSE'; readonly values: Float32Array | Float64Array }
  | { readonly form: 'TABLE'; readonly column: AttributeColumn; readonly table: Float64Array }
  /** 0 where there is none. */
  | { readonly form: 'SPARSE'; readonly values: ReadonlyMap<number, number> }
  /** 0 for all: nothing is known. */
  | { readonly form: 'ABSENT' };

export type Signals = Readonly<Record<SignalName, SignalValues>>;

export interface LearnerSignals {
  readonly signals: Signals;
  /** What the model said; null without a model. */
  readonly modelled: HistoryScores | null;
}

const ABSENT: SignalValues = { form: 'ABSENT' };

/** All that speaks for or against each course for one learner, before it is weighed. */
export function signalsOf(inputs: RecommendationInputs, view: LearnerView): LearnerSignals {
  const { index, trends, now } = inputs;
  const modelled = index.model === null ? null : scoreHistory(index.model, view.history);
  const fits = attributeFit(index, view);
  const habit = (name: (typeof ATTRIBUTES)[number]): SignalValues => {
    const table = fits?.[name];
    return table == null ? ABSENT : { form: 'TABLE', column: index.attributes[name], table };
  };
  const hasGroup = view.audiences.length > 0;
  return {
    modelled,
    signals: changed(inputs.asIf?.signals ?? [], {
      collaborative: modelled === null ? ABSENT : { form: 'DENSE', values: byPosition(index.itemIndices, modelled) },
      skillGap: gapClosing(inputs, view),
      role: view.roles.length === 0 ? ABSENT : { form: 'DENSE', values: roleRelevance(index, view.roles) },
      peers: hasGroup ? { form: 'DENSE', values: trends.peers(view.audiences) } : ABSENT,
      search: sparse(searchIntents(inputs.searches, index, now.getTime(), view.isPersonal)),
      format: habit('format'),
      length: habit('length'),
      level: habit('level'),
      language: habit('language'),
      provider: habit('provider'),
      // A model has popularity for its prior: counted twice, best sellers would push out what suits fewer people.
      popularity: modelled === null ? { form: 'DENSE', values: trends.popularity } : ABSENT,
      trending: { form: 'DENSE', values: trends.trending(view.trendAudience) },
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
    case 'DENSE': {
      const values = signal.values.slice();
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
      return signal.values[position] ?? 0;
    case 'TABLE':
      return signal.table[signal.column.indices[position] ?? 0] ?? 0;
    case 'SPARSE':
      return signal.values.get(position) ?? 0;
    case 'ABSENT':
      return 0;
  }
}

/** What a unit of each signal is worth. */
export type SignalFactors = Readonly<Record<SignalName, number>>;

/** So many courses are scored at a time that their scores stay in the fastest cache while signal after signal is added. */
const BLOCK = 2048;

/** Score of every course by position: the signals, each times its factor. */
export function weigh(signals: Signals, factors: SignalFactors, count: number): Float64Array {
  const scores = new Float64Array(count);
  const weighed = SIGNALS.filter((name) => factors[name] !== 0 && signals[name].form !== 'ABSENT');
  for (let from = 0; from < count; from += BLOCK) {
    const until = Math.min(count, from + BLOCK);
    for (const name of weighed) addSignal(scores, signals[name], factors[name], from, until);
  }
  for (const name of weighed) {
    const signal = signals[name];
    if (signal.form !== 'SPARSE') continue;
    for (const [position, value] of signal.values) scores[position]! += factors[name] * value;
  }
  return scores;
}

function addSignal(scores: Float64Array, signal: SignalValues, factor: number, from: number, until: number): void {
  if (signal.form === 'TABLE') addTable(scores, signal.column.indices, signal.table, factor, from, until);
  else if (signal.form !== 'DENSE') return;
  else if (signal.values instanceof Float32Array) addSingles(scores, signal.values, factor, from, until);
  else addDoubles(scores, signal.values, factor, from, until);
}

// The same loop three times, so that each only ever meets one kind of array.

function addSingles(scores: Float64Array, values: Float32Array, factor: number, from: number, until: number): void {
  for (let i = from; i < until; i++) scores[i]! += factor * values[i]!;
}

function addDoubles(scores: Float64Array, values: Float64Array, factor: number, from: number, until: number): void {
  for (let i = from; i < until; i++) scores[i]! += factor * values[i]!;
}

function addTable(
  scores: Float64Array,
  indices: Uint16Array,
  table: Float64Array,
  factor: number,
  from: number,
  until: number,
): void {
  for (let i = from; i < until; i++) scores[i]! += factor * table[indices[i]!]!;
}

function byPosition(itemIndices: Int32Array, { scores }: HistoryScores): Float64Array {
  const values = new Float64Array(itemIndices.length);
  let hasUnknown = false;
  for (let position = 0; position < values.length; position++) {
    const item = itemIndices[position]!;
    if (item < 0) hasUnknown = true;
    else values[position] = scores[item]!;
  }
  if (!hasUnknown) return values;
  // A course that the model cannot know speaks as little for itself as the least of those that it knows.
  const floor = scores.reduce((least, score) => Math.min(least, score), 0);
  for (let position = 0; position < values.length; position++) if (itemIndices[position]! < 0) values[position] = floor;
  return values;
}

function gapClosing({ index }: RecommendationInputs, { gaps }: LearnerView): SignalValues {
  let values: Float64Array | null = null;
  for (const gap of gaps.values()) {
    for (const teaching of index.teachingBySkill.get(gap.skillId) ?? []) {
      const closing = closingOf(gap, teaching);
      if (!(closing > 0)) continue;
      values ??= new Float64Array(index.courses.length);
      values[teaching.position]! += closing;
    }
  }
  return values === null ? ABSENT : { form: 'DENSE', values };
}

function sparse(values: ReadonlyMap<number, number>): SignalValues {
  return values.size === 0 ? ABSENT : { form: 'SPARSE', values };
}
