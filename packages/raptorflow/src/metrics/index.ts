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
