import cluster from 'node:cluster';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { DomainError } from './errors.js';

type Labels<Label extends string> = Readonly<Record<Label, string>>;

export interface CounterMetric<Label extends string> {
  add(labels: Labels<Label>, amount?: number): void;
}

export interface GaugeMetric<Label extends string> {
  set(labels: Labels<Label>, value: number): void;
}

export interface HistogramMetric<Label extends string> {
  observe(labels: Labels<Label>, value: number): void;
}

interface MetricDefinition<Label extends string> {
  /** Without the prefix `waymark_`, with the unit at its end: `request_duration_seconds`, `rows_total`. */
  readonly name: string;
  readonly help: string;
  /** Values must come from a small closed set: every combination is kept for ever. */
  readonly labels?: readonly Label[];
}

/** Figures for Prometheus. Nothing outside this file knows the library behind it. */
export interface Metrics {
  counter<Label extends string = never>(definition: MetricDefinition<Label>): CounterMetric<Label>;
  /** With `read`, which needs no labels, the value is asked for whenever figures are collected. */
  gauge<Label extends string = never>(
    definition: MetricDefinition<Label> & { readonly read?: () => number },
  ): GaugeMetric<Label>;
  histogram<Label extends string = never>(
    definition: MetricDefinition<Label> & { readonly buckets: readonly number[] },
  ): HistogramMetric<Label>;
  /** Everything in the text format of Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** A registry of its own, with the process's memory, CPU, garbage collection and event-loop delay in it from the start. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const options = <Label extends string>(definition: MetricDefinition<Label>) => ({
    name: `waymark_${definition.name}`,
    help: definition.help,
    labelNames: [...(definition.labels ?? [])],
    registers: [registry],
  });
  return {
    counter(definition) {
      const metric = new Counter(options(definition));
      return { add: (labels, amount = 1) => metric.inc(labels, amount) };
    },
    gauge(definition) {
      const { read } = definition;
      const metric: Gauge = new Gauge({
        ...options(definition),
        ...(read === undefined ? {} : { collect: () => metric.set(read()) }),
      });
      return { set: (labels, value) => metric.set(labels, value) };
    },
    histogram(definition) {
      const metric = new Histogram({ ...options(definition), buckets: [...definition.buckets] });
      return { observe: (labels, value) => metric.observe(labels, value) };
    },
    render: cluster.isWorker
      ? renderOfAll(registry)
      : async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

const ASK_TYPE = 'waymark:metrics';
const ANSWER_TYPE = 'waymark:metrics-answer';
const GATHER_WITHIN_MS = 3_000;

interface MetricsMessage {
  readonly type: typeof ASK_TYPE | typeof ANSWER_TYPE;
  readonly id: number;
  /** Null in a question, and when the primary could not gather them. */
  readonly text: string | null;
}

const isMetricsMessage = (message: unknown, type: string): message is MetricsMessage =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === type;

/**
 * Figures of all workers together, whichever of them is asked: counters and sizes as sums, delays of the event loop as
 * means. A worker cannot reach the others, so the primary asks them.
 */
function renderOfAll(registry: Registry): Metrics['render'] {
  AggregatorRegistry.setRegistries([registry]);
  // Made for its listener, by which this worker answers the primary.
  new AggregatorRegistry();
  let lastId = 0;
  const asked = new Map<number, (text: string | null) => void>();
  process.on('message', (message: unknown) => {
    if (isMetricsMessage(message, ANSWER_TYPE)) asked.get(message.id)?.(message.text);
  });
  return async () => {
    const id = ++lastId;
    const text = await new Promise<string | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), GATHER_WITHIN_MS);
      asked.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      process.send?.({ type: ASK_TYPE, id, text: null } satisfies MetricsMessage);
    });
    asked.delete(id);
    if (text === null) throw new DomainError('UNAVAILABLE', 'Not all processes have told their figures; try again.');
    return { contentType: registry.contentType, text };
  };
}

/** In the primary of several workers: gathers the figures of all whenever one of them is asked for them. */
export function gatherMetricsOfWorkers(): void {
  const gatherer = new AggregatorRegistry();
  cluster.on('message', (worker, message: unknown) => {
    if (!isMetricsMessage(message, ASK_TYPE)) return;
    const answer = (text: string | null) => {
      if (worker.isConnected()) worker.send({ type: ANSWER_TYPE, id: message.id, text } satisfies MetricsMessage);
    };
    gatherer.clusterMetrics().then(answer, () => answer(null));
  });
}

/** Makes the values of a label a small closed set when they come from outside: the first ones seen, then `other`. */
export function createLabelLimit(maxValues: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= maxValues || !/^\w{1,64}$/.test(value)) return 'other';
    seen.add(value);
    return value;
  };
}
