export { defineInstrument, type CustomKind, type ExposedSample } from './custom-kind.ts';
export type {
  Aggregation,
  GaugeDefinition,
  GaugeMerge,
  HistogramDefinition,
  InstrumentDefinition,
  InstrumentKind,
  MetricCategory,
  RateDefinition,
  Tags,
  TimerDefinition,
} from './definition.ts';
export { exposeSnapshot, type ExposeSnapshotOptions } from './exposition/expose.ts';
export type { AnyKind } from './exposition/family.ts';
export { negotiateExposition, type NegotiatedExposition } from './exposition/negotiation.ts';
export type { ExpositionFormat } from './exposition/text.ts';
export type {
  BoundCounter,
  BoundCustom,
  BoundGauge,
  BoundHistogram,
  BoundRate,
  BoundTimer,
  Counter,
  CustomInstrument,
  ExemplarOrigin,
  Gauge,
  Histogram,
  Meter,
  Rate,
  RunningTimer,
  Timer,
} from './instrument.ts';
export { mergeSnapshots, type MergeOptions } from './merge.ts';
export type { NamedRecording, RecordingDetails } from './named-recording.ts';
export {
  createOtlpExporter,
  type OtlpExporter,
  type OtlpExporterDeps,
  type OtlpExporterOptions,
  type OtlpExporterStatus,
} from './otlp/exporter.ts';
export { createMetrics, type Metrics, type MetricsDeps, type MetricsOptions } from './registry.ts';
export { silentMeter } from './silent-meter.ts';
export {
  mergeHistogramValues,
  percentileOf,
  percentileRelativeError,
  Sketch,
  type HistogramValue,
  type Percentile,
} from './sketch.ts';
export {
  decodeSnapshot,
  encodeSnapshot,
  type EncodedMetric,
  type EncodedNumber,
  type EncodedSnapshot,
} from './snapshot-codec.ts';
export type {
  CustomSeries,
  Exemplar,
  FoldedTags,
  FoldReport,
  HistogramSeries,
  MetricSnapshot,
  MetricSnapshotBase,
  MetricsSnapshot,
  NumberSeries,
  RateSeries,
  RateValue,
} from './snapshot.ts';
