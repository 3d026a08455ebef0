import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

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
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
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
