import type { InstrumentDefinition, Tags } from './definition.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { ExemplarOrigin } from './instrument.ts';
import type { Metric } from './metric.ts';

/** What may accompany a recording by name. */
export interface RecordingDetails {
  readonly tags?: Tags;
  /** What the value belongs to: a histogram or timer keeps it as an exemplar, and for other kinds it must be absent. */
  readonly metadata?: ExemplarOrigin;
}

/**
 * Recording by name, for those who have no instrument at hand. A name that is new becomes a metric, of the kind that the call says, with
 * the unit that its ending says (`_ms`, `_seconds`, `_bytes`, `_usd`; otherwise `1`); define it beforehand to say more about it. A
 * name that is no snake_case is made one (`apiLatency` and `api.latency` become `api_latency`). None of these calls throws: what fits
 * no metric is dropped and counted.
 */
export interface NamedRecording {
  /** Records a value of whatever the name stands for: adds to a counter, sets a gauge, marks a rate; a new name becomes a histogram. */
  recordMetric(name: string, value: number, details?: RecordingDetails): void;
  /** Adds to a counter (default 1). */
  incrementCounter(name: string, amount?: number, details?: Pick<RecordingDetails, 'tags'>): void;
  setGauge(name: string, value: number, details?: Pick<RecordingDetails, 'tags'>): void;
  /** Records a duration in milliseconds; it is converted where the timer's unit is seconds. */
  recordTimer(name: string, durationMs: number, details?: RecordingDetails): void;
}

/** The kinds of metrics that come about by recording to a new name. */
export type NamedKind = 'counter' | 'gauge' | 'histogram';

const unitByEnding: Readonly<Record<string, string>> = {
  ms: 'ms',
  s: 's',
  seconds: 's',
  bytes: 'bytes',
  usd: 'usd',
};
const namesKnownMax = 10_000;
const noTags: Tags = Object.freeze({});

/** Builds the calls. `find` makes the metric of a definition, or answers the one that is there; it may throw. */
export function namedRecording(
  known: ReadonlyMap<string, Metric>,
  make: (kind: NamedKind, definition: InstrumentDefinition) => Metric,
  diagnosis: Diagnosis,
): NamedRecording {
  const snakeNames = new Map<string, string>();

  const nameOf = (name: string): string => {
    if (known.has(name)) return name;
    let snake = snakeNames.get(name);
    if (snake === undefined) {
      snake = snakeCase(name);
      if (snakeNames.size < namesKnownMax) snakeNames.set(name, snake);
    }
    return snake;
  };

  const attempt = (name: string, record: (name: string) => string | undefined): void => {
    let failure: string | undefined;
    try {
      failure = record(nameOf(name));
    } catch (error) {
      failure = error instanceof Error ? error.message : 'unknown';
    }
    if (failure !== undefined) diagnosis.misfit(name, failure);
  };

  const metricOf = (name: string, kind: NamedKind, unit?: string): Metric =>
    known.get(name) ??
    make(kind, {
      name,
      unit: unit ?? unitByEnding[name.slice(name.lastIndexOf('_') + 1)] ?? '1',
      description: `Recorded by its name, ${name}.`,
      category: 'performance',
    });

  return {
    recordMetric: (name, value, details) =>
      attempt(name, (snake) => recordAny(metricOf(snake, 'histogram'), value, details)),
    incrementCounter: (name, amount, details) =>
      attempt(name, (snake) => {
        const metric = metricOf(snake, 'counter');
        if (metric.kind !== 'counter') return `is a ${metric.kind}`;
        metric.instrument.with(details?.tags ?? noTags).add(amount);
        return undefined;
      }),
    setGauge: (name, value, details) =>
      attempt(name, (snake) => {
        const metric = metricOf(snake, 'gauge');
        if (metric.kind !== 'gauge') return `is a ${metric.kind}`;
        metric.instrument.with(details?.tags ?? noTags).set(value);
        return undefined;
      }),
    recordTimer: (name, durationMs, details) =>
      attempt(name, (snake) => {
        const metric = metricOf(
          snake,
          'histogram',
          unitByEnding[snake.slice(snake.lastIndexOf('_') + 1)] === 's' ? 's' : 'ms',
        );
        if (metric.kind !== 'histogram') return `is a ${metric.kind}`;
        if (metric.unit !== 'ms' && metric.unit !== 's') return `is a histogram of ${metric.unit}`;
        const value = metric.unit === 's' ? durationMs / 1_000 : durationMs;
        metric.instrument.with(details?.tags ?? noTags).record(value, details?.metadata);
        return undefined;
      }),
  };
}

function recordAny(metric: Metric, value: number, details: RecordingDetails | undefined): string | undefined {
  const tags = details?.tags ?? noTags;
  switch (metric.kind) {
    case 'counter':
      metric.instrument.with(tags).add(value);
      return undefined;
    case 'gauge':
      metric.instrument.with(tags).set(value);
      return undefined;
    case 'histogram':
      metric.instrument.with(tags).record(value, details?.metadata);
      return undefined;
    case 'rate':
      metric.instrument.with(tags).mark(value);
      return undefined;
    case 'custom':
      metric.instrument.with(tags).observe(value);
      return undefined;
  }
}

function snakeCase(name: string): string {
  return name
    .slice(0, 200)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}
