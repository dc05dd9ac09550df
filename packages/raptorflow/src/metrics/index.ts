export type {
  Aggregation,
  BoundCounter,
  BoundGauge,
  BoundHistogram,
  Counter,
  Gauge,
  Histogram,
  HistogramDefinition,
  HistogramSeries,
  InstrumentDefinition,
  InstrumentKind,
  Meter,
  MetricCategory,
  MetricSnapshot,
  MetricsSnapshot,
  NumberSeries,
  Tags,
} from './instrument.ts';
export { createProcessMeters, type ProcessMetersDeps, type ProcessMetersOptions } from './process-meters.ts';
export {
  createMetrics,
  silentMeter,
  type Metrics,
  type MetricsDeps,
  type MetricsOptions,
} from './registry.ts';
export {
  mergeHistogramValues,
  percentileOf,
  percentileRelativeError,
  Sketch,
  type HistogramValue,
  type Percentile,
} from './sketch.ts';
