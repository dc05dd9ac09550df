import {
  exposeSnapshot,
  type HistogramSeries,
  type InstrumentDefinition,
  type MetricSnapshot,
  type MetricSnapshotBase,
  type NumberSeries,
} from '../metrics/index.ts';
import type { CircuitState, CircuitSummary, OperationSummary } from './metrics-summary.ts';
import { operationDefinitions } from './operation-meters.ts';
import type { OperationRecord } from './operation-record.ts';

/** What is written. */
export interface ExposedFigures {
  readonly records: readonly OperationRecord[];
  readonly operations: readonly OperationSummary[];
  readonly circuits: readonly CircuitSummary[];
  readonly deadLetters: number;
  readonly at: number;
}

const circuitStates: readonly CircuitState[] = ['closed', 'open', 'half_open', 'isolated'];

/** The figures of operations as Prometheus text, under the names that a registry gives them: TYPE, labels, histogram and gauges included. */
export async function prometheusText(figures: ExposedFigures): Promise<string> {
  const metrics = metricsOf(figures).toSorted((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  const series = metrics.reduce((sum, metric) => sum + metric.series.length, 0);
  const snapshot = { takenAt: figures.at, metrics, series, valuesDropped: 0 };
  const decoder = new TextDecoder();
  let text = '';
  for await (const slice of exposeSnapshot(snapshot, { format: 'prometheus' })) text += decoder.decode(slice);
  return text;
}

function metricsOf({ records, operations, circuits, deadLetters }: ExposedFigures): MetricSnapshot[] {
  const { attemptMs, ...counters } = operationDefinitions;
  const counted = (
    definition: InstrumentDefinition,
    valueOf: (operation: OperationSummary) => number,
  ): MetricSnapshot =>
    numbers(
      'counter',
      definition,
      operations.map((each) => ({ tags: { operation: each.operation }, value: valueOf(each) })),
    );
  const durations: HistogramSeries[] = records.map((record) => ({
    tags: { operation: record.name },
    value: record.attemptMs.value(),
  }));
  return [
    counted(counters.calls, (each) => each.calls),
    counted(counters.attempts, (each) => each.attempts),
    counted(counters.retries, (each) => each.retries),
    counted(counters.successes, (each) => each.successes),
    counted(counters.failures, (each) => each.failures),
    numbers(
      'counter',
      define('breaker_trips', 'calls', 'Times that a circuit opened.'),
      circuits.map(({ name, trips }) => ({ tags: { breaker: name }, value: trips })),
    ),
    { ...base(attemptMs), kind: 'histogram', series: durations },
    numbers(
      'gauge',
      define('breaker_state', '1', 'The state of a circuit: 1 for the one that it is in, 0 for others.'),
      circuits.flatMap(({ name, state: present }) =>
        circuitStates.map((state) => ({
          tags: { breaker: name, state },
          value: state === present ? 1 : 0,
        })),
      ),
    ),
    numbers('gauge', define('dead_letters', 'events', 'Dead letters that wait.'), [
      { tags: {}, value: deadLetters },
    ]),
  ];
}

function define(name: string, unit: string, description: string): InstrumentDefinition {
  return { name, unit, description, category: 'reliability' };
}

function numbers(
  kind: 'counter' | 'gauge',
  definition: InstrumentDefinition,
  series: readonly NumberSeries[],
): MetricSnapshot {
  return { ...base(definition), kind, series };
}

function base<D extends InstrumentDefinition>(
  definition: D,
): { readonly definition: D } & MetricSnapshotBase {
  return {
    definition,
    valuesDropped: 0,
    lookupsFolded: 0,
    foldedExamples: [],
    folded: { weight: 0, replaced: 0, heaviest: [] },
  };
}
