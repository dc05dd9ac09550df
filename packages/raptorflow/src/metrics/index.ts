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
export { decodeSamples, encodeSamples, type SampleColumns } from './history/block.ts';
export { createHistory, type HistoryDeps } from './history/create-history.ts';
export type { HistoryExport } from './history/export.ts';
export {
  forecast,
  type Forecast,
  type ForecastInput,
  type ForecastOptions,
  type ForecastPoint,
} from './history/forecast.ts';
export type { History, HistoryReport } from './history/history.ts';
export type { SpaceRemoval } from './history/keeper.ts';
export type { LiveHistory, LiveSeries, WindowSummary } from './history/live.ts';
export type { HistoryLimits, HistoryOptions, HistoryResolution } from './history/options.ts';
export type { SeriesDescription } from './history/point.ts';
export type {
  HistoryAggregation,
  HistoryAnswer,
  HistoryPoint,
  HistoryQuery,
  HistorySeries,
} from './history/query.ts';
export type {
  GaugeMerging,
  SampledMetric,
  SampledMetrics,
  SampledSeries,
  SeriesKind,
} from './history/sampled.ts';
export type { HistoryMetric } from './history/series-reading.ts';
export type {
  BlockRange,
  FrameRange,
  HistoryStore,
  HistoryStoreHost,
  Removal,
  ResolutionUsage,
  Sealing,
  StoredBlock,
  StoredFrame,
  StoreUsage,
} from './history/store.ts';
export { memoryHistoryStore } from './history/stores/memory.ts';
export type { OperationLog, OperationSample } from './history/stores/operation-keys.ts';
export {
  redisHistoryStore,
  type RedisHistoryOptions,
  type RedisHistoryStore,
} from './history/stores/redis.ts';
export { sqliteHistoryStore, type SqliteHistoryOptions } from './history/stores/sqlite.ts';
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
export { createProcessMeters, type ProcessMetersDeps, type ProcessMetersOptions } from './process-meters.ts';
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
