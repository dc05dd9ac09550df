export type {
  ActionExecutor,
  Advice,
  AdviceEffort,
  AdvicePriority,
  Application,
  OptimizationType,
  Recommendation,
  RecommendedAction,
} from './analytics/advice/recommendation.ts';
export type {
  Analytics,
  AnalyticsReport,
  KeptPattern,
  SeriesForecast,
  UsageFilter,
} from './analytics/analytics.ts';
export { createAnalytics, type AnalyticsDeps } from './analytics/create-analytics.ts';
export {
  forecastCapacity,
  type CapacityForecast,
  type CapacityForecastOptions,
} from './analytics/forecast/capacity.ts';
export type { Comparison } from './analytics/forecast/choice.ts';
export type { Exhaustion } from './analytics/forecast/exhaustion.ts';
export type { CapacityPoint, ForecastMethodName } from './analytics/forecast/method.ts';
export { historyUsage, type UsageHistory, type UsageMeter } from './analytics/history-usage.ts';
export type { AnalyticsLimits, AnalyticsOptions, AnalyticsWindow } from './analytics/options.ts';
export { detectPatterns, type Detection, type DetectOptions } from './analytics/patterns/detect.ts';
export type { PatternEvidence, PatternKind, Undecided, UsagePattern } from './analytics/patterns/pattern.ts';
export { profileOf, type NotEnoughData, type UsageFigures, type UsageProfile } from './analytics/profile.ts';
export type {
  UsageKind,
  UsagePoint,
  UsageRange,
  UsageReading,
  UsageSeries,
  UsageSource,
} from './analytics/usage.ts';
export { windowOf, type UsageWindow } from './analytics/window.ts';
